"""Leases beside their leads: a claim writes a narrow row, and leaves the lead's own as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_leases",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="infinity: while its attempt is open"),
        sa.PrimaryKeyConstraint("contact_id", "lead_id", name=op.f("lead_leases_pkey")),
        prefixes=["UNLOGGED"],
    )
    op.execute(
        "INSERT INTO lead_leases (lead_id, contact_id, campaign_id, owner, until)"
        " SELECT id, contact_id, campaign_id, lease_owner, lease_until FROM leads WHERE status = 'leased'"
    )
    op.drop_index("leads_leased", table_name="leads")
    op.drop_constraint(op.f("leads_lease_check"), "leads")
    op.execute("UPDATE leads SET status = 'ready', lease_owner = NULL, lease_until = NULL WHERE status = 'leased'")
    op.drop_column("leads", "lease_owner")
    op.drop_column("leads", "lease_until")
    op.drop_constraint(op.f("leads_status_check"), "leads")
    op.create_check_constraint(
        op.f("leads_status_check"), "leads", "status IN ('ready', 'waiting', 'done', 'exhausted', 'blocked')"
    )
    # leads that were called or got another place leave dead entries at the head of `leads_ready`, which every claim
    # steps over: with a fifth of the table, as is usual, 3 million of them
    op.execute("ALTER TABLE leads SET (autovacuum_vacuum_scale_factor = 0.01)")


def downgrade() -> None:
    op.execute("ALTER TABLE leads RESET (autovacuum_vacuum_scale_factor)")
    op.add_column("leads", sa.Column("lease_owner", sa.Text(), nullable=True))
    op.add_column("leads", sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("leads_status_check"), "leads")
    op.create_check_constraint(
        op.f("leads_status_check"),
        "leads",
        "status IN ('ready', 'waiting', 'leased', 'done', 'exhausted', 'blocked')",
    )
    op.execute(
        "UPDATE leads SET status = 'leased', lease_owner = lease.owner, lease_until = lease.until"
        " FROM lead_leases AS lease WHERE lease.lead_id = leads.id AND lease.contact_id = leads.contact_id"
        " AND leads.status = 'ready'"
    )
    op.create_check_constraint(
        op.f("leads_lease_check"),
        "leads",
        "(status = 'leased') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)",
    )
    op.create_index("leads_leased", "leads", ["lease_until"], postgresql_where=sa.text("status = 'leased'"))
    op.drop_table("lead_leases")
