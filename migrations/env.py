"""Alembic's entry: migrates the connection that it is handed; from Alembic's command line, DIALER_DATABASE__URL."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import metadata


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_by_address(url: str) -> None:
    database = await ContactDatabase.open(url, 1)
    try:
        async with database.transaction() as connection:
            await connection.run_sync(migrate)
    finally:
        await database.close()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(migrate_by_address(os.environ["DIALER_DATABASE__URL"]))
