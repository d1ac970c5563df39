"""The contact database's migrations, shipped with the package; integrations.contact_db.migration runs them."""
