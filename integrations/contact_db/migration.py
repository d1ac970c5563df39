"""Bringing the contact database to this release's schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import migrations
from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.database import ContactDatabase

LOCK = 0x7061_6365
"""Key of the advisory lock under which migrations run: two engines that start together take turns."""


async def migrate(url: str) -> None:
    """Bring the database at `url` to this release's schema. DatabaseUnavailable when it can't be reached."""
    database = await ContactDatabase.open(url, 1)
    try:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await database.close()


async def check_version(database: ContactDatabase) -> None:
    """DatabaseUnavailable when the schema is not this release's."""
    async with database.transaction() as connection:
        found = await connection.run_sync(_found_version)
    fault = version_fault(found, _script())
    if fault:
        raise DatabaseUnavailable(fault)


def version_fault(found: str | None, script: ScriptDirectory) -> str | None:
    """What is wrong with a database whose schema version is `found`, with what to do; None when nothing is."""
    wanted = script.get_current_head()
    if found == wanted:
        return None
    if found is None:
        return "the contact database has no tables yet: run `dialer database migrate`"
    if found in {revision.revision for revision in script.walk_revisions()}:
        return f"the contact database is at version {found}, this release needs {wanted}: run `dialer database migrate`"
    return f"the contact database is at version {found}, newer than this release ({wanted}): update Paceline"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _found_version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
