"""The migrations make the schema that the code speaks of, and start-up checks which one it meets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text

import migrations
from dialer.domain.campaign import CampaignPlan, DialMode
from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.migration import check_version, migrate
from integrations.contact_db.schema import metadata

CONSTRAINTS = text("""
SELECT CAST(conrelid AS regclass) || ': ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace) AND contype <> 't'
""")
"""But triggers, of which tables know nothing."""
INDEXES = text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
VERSION_TABLE = "alembic_version"
OLD_CAMPAIGN = text("""
INSERT INTO campaigns (name, purpose, service_group, dial_mode, dial_level, ring_seconds, agent_wait_seconds,
    wrap_up_seconds, machine_handling, caller_id, max_attempts, max_lines, recording, message, information_message,
    script, recycle)
VALUES ('spring', '', '', 'power', 2, 25, 2, 30, 'off', '', 6, 500, true, '', '', '', '{}')
""")

LEADS_OF_THE_RELEASE_BEFORE = (
    "INSERT INTO contacts (name) SELECT 'somebody' FROM generate_series(1, 3)",
    "INSERT INTO leads (campaign_id, contact_id) SELECT campaigns.id, contacts.id FROM campaigns, contacts",
    "UPDATE leads SET status = 'leased', lease_owner = 'one', lease_until = '2026-03-02 15:02:00+00' WHERE id = 2",
    "UPDATE leads SET status = 'leased', lease_owner = 'two', lease_until = 'infinity' WHERE id = 3",
)
SEE_LEADS_BEFORE = text(
    "SELECT id, status, lease_owner, CAST(lease_until AS text) AS lease_until FROM leads ORDER BY id"
)


def alembic_on(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.attributes["connection"] = connection
    return config


def first_release(connection: Connection) -> None:
    command.upgrade(alembic_on(connection), "0001")


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


async def test_a_campaign_of_the_first_release_keeps_its_mode_and_gets_the_legal_cap_and_an_opt_out_key(
    empty: ContactDatabase, empty_url: str
) -> None:
    async with empty.transaction() as connection:
        await connection.run_sync(first_release)
    await empty.fetch(OLD_CAMPAIGN)
    await migrate(empty_url)
    [campaign] = await DatabaseCampaignBook(empty).campaigns()
    plan = campaign.plan
    assert (plan.dial_mode, plan.abandon_cap, plan.opt_out_key) == (DialMode.POWER, 0.03, "9")
    predictive = replace(plan, dial_mode=DialMode.PREDICTIVE)
    assert (await DatabaseCampaignBook(empty).tune(campaign.id, predictive)).plan == predictive


async def test_the_step_to_this_release_can_be_taken_back(empty: ContactDatabase, empty_url: str) -> None:
    await migrate(empty_url)
    await DatabaseCampaignBook(empty).create(CampaignPlan("spring", dial_mode=DialMode.PREDICTIVE))
    async with empty.transaction() as connection:
        await connection.run_sync(lambda held: command.downgrade(alembic_on(held), "0001"))
    [row] = await empty.fetch(text("SELECT dial_mode FROM campaigns"))
    assert row.dial_mode == "progressive"
    await migrate(empty_url)
    await check_version(empty)


async def test_leases_move_beside_their_leads_and_back(empty: ContactDatabase) -> None:
    async def to(revision: str) -> None:
        move = command.downgrade if revision == "0022" else command.upgrade
        async with empty.transaction() as connection:
            await connection.run_sync(lambda held: move(alembic_on(held), revision))

    async with empty.transaction() as connection:
        await connection.run_sync(first_release)
        await connection.execute(OLD_CAMPAIGN)
        await connection.run_sync(lambda held: command.upgrade(alembic_on(held), "0022"))
        for statement in LEADS_OF_THE_RELEASE_BEFORE:
            await connection.execute(text(statement))
    before = await empty.fetch(SEE_LEADS_BEFORE)
    assert [row.status for row in before] == ["ready", "leased", "leased"]
    await to("0023")
    assert [row.status for row in await empty.fetch(text("SELECT status FROM leads ORDER BY id"))] == ["ready"] * 3
    leases = await empty.fetch(text("SELECT owner, CAST(until AS text) FROM lead_leases ORDER BY lead_id"))
    assert [tuple(row) for row in leases] == [("one", "2026-03-02 15:02:00+00"), ("two", "infinity")]
    [table] = await empty.fetch(text("SELECT relpersistence FROM pg_class WHERE relname = 'lead_leases'"))
    assert table.relpersistence in {"u", b"u"}, "it is unlogged"
    await to("0022")
    assert await empty.fetch(SEE_LEADS_BEFORE) == before
