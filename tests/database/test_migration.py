"""The migrations make the schema that the code speaks of, and start-up checks which one it meets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text

from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.migration import check_version, migrate
from integrations.contact_db.schema import metadata

CONSTRAINTS = text("""
SELECT CAST(conrelid AS regclass) || ': ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace)
""")
INDEXES = text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
VERSION_TABLE = "alembic_version"


@pytest.fixture
async def empty_url(embedded_url: str) -> AsyncIterator[str]:
    """A database without tables."""
    server = await ContactDatabase.open(embedded_url, 1)
    await server.fetch(text("CREATE DATABASE empty"))
    yield make_url(embedded_url).set(database="empty").render_as_string(hide_password=False)
    await server.fetch(text("DROP DATABASE empty WITH (FORCE)"))
    await server.close()


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[ContactDatabase]:
    database = await ContactDatabase.open(empty_url, 2)
    yield database
    await database.close()


async def described(database: ContactDatabase) -> set[str]:
    """Every constraint and index, in PostgreSQL's own words."""
    rows = [*await database.fetch(CONSTRAINTS), *await database.fetch(INDEXES)]
    return {row[0] for row in rows if VERSION_TABLE not in row[0]}


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_a_migrated_database_is_what_the_tables_say(empty: ContactDatabase, empty_url: str) -> None:
    await migrate(empty_url)
    async with empty.transaction() as connection:
        assert await connection.run_sync(differences) == []


async def test_constraints_and_indexes_are_the_same_too(
    empty: ContactDatabase, empty_url: str, database: ContactDatabase
) -> None:
    async with empty.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    assert await described(empty) == await described(database)


async def test_two_engines_that_start_together_migrate_once(empty: ContactDatabase, empty_url: str) -> None:
    await asyncio.gather(migrate(empty_url), migrate(empty_url), migrate(empty_url))
    await check_version(empty)


async def test_a_database_without_tables_says_what_to_do(empty: ContactDatabase) -> None:
    with pytest.raises(DatabaseUnavailable, match="no tables yet: run `dialer database migrate`"):
        await check_version(empty)


async def test_a_database_of_a_newer_release_is_refused(empty: ContactDatabase, empty_url: str) -> None:
    await migrate(empty_url)
    await empty.fetch(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match=r"version 9999.* update Paceline"):
        await check_version(empty)
