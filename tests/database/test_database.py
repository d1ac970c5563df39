"""The pool of connections: what it asks again, what it says when it can't, and what it gives back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable, DialerError
from integrations.contact_db import database as module
from integrations.contact_db.database import ContactDatabase, bare_rows
from integrations.contact_db.embedded import embedded_postgres
from tests.database_servers import open_folder

SHUT_OUT = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND pid = :pid")
PID = text("SELECT pg_backend_pid()")
FAILS_ONCE = """
CREATE FUNCTION fails_once(state text) RETURNS integer LANGUAGE plpgsql AS '
BEGIN
    IF nextval(''tries'') = 1 THEN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = ''the first time''; END IF;
    RETURN 42;
END'
"""


@pytest.fixture
async def single(embedded_url: str) -> AsyncIterator[ContactDatabase]:
    """One connection, so that what befell it shows."""
    opened = await ContactDatabase.open(embedded_url, 1)
    yield opened
    await opened.close()


@pytest.fixture
async def fails_once(database: ContactDatabase) -> AsyncIterator[None]:
    await database.fetch(text("CREATE SEQUENCE tries"))
    await database.fetch(text(FAILS_ONCE))
    yield
    await database.fetch(text("DROP FUNCTION fails_once"))
    await database.fetch(text("DROP SEQUENCE tries"))


async def cut(single: ContactDatabase, database: ContactDatabase) -> None:
    """The server ends the one connection of `single`."""
    [row] = await single.fetch(PID)
    await database.fetch(SHUT_OUT, {"pid": row[0]})


async def test_a_lost_connection_is_replaced_where_asking_again_is_harmless(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    await cut(single, database)
    assert (await single.fetch(text("SELECT 42")))[0][0] == 42


async def test_a_lost_connection_is_told_where_asking_again_is_not(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    await cut(single, database)
    with pytest.raises(DatabaseUnavailable):
        await single.fetch(text("SELECT 42"), repeatable=False)
    assert (await single.fetch(text("SELECT 42"), repeatable=False))[0][0] == 42


async def test_a_statement_that_takes_too_long_is_told_within_a_transaction_too(embedded_url: str) -> None:
    hurried = await ContactDatabase.open(embedded_url, 1, statement_seconds=0.2)

    async def sleep() -> None:
        async with hurried.transaction() as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))

    try:
        with pytest.raises(DatabaseUnavailable, match="no answer in time"):
            await sleep()
        assert (await hurried.fetch(text("SELECT 42")))[0][0] == 42
    finally:
        await hurried.close()


async def test_a_connection_that_went_while_it_lay_in_the_pool_is_replaced_for_the_drivers_own_statements_too(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    answer = text("SELECT 42")

    async def by_driver(connection: AsyncConnection) -> int:
        [row] = await bare_rows(connection, answer, {})
        return int(row[0])

    await cut(single, database)
    with pytest.raises(DatabaseUnavailable):
        await single.fetch_bare(answer, {})
    assert (await single.fetch_bare(answer, {}))[0][0] == 42
    await cut(single, database)
    assert (await single.fetch_bare(answer, {}, repeatable=True))[0][0] == 42
    await cut(single, database)
    assert await single.run(by_driver, repeatable=True, by_kept_plans=True) == 42


async def test_a_connection_that_goes_within_a_transaction_is_replaced(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    tries = 0

    async def work(connection: AsyncConnection) -> int:
        nonlocal tries
        tries += 1
        [pid] = await bare_rows(connection, PID, {})
        if tries == 1:
            await database.fetch(SHUT_OUT, {"pid": pid[0]})
        [row] = await bare_rows(connection, text("SELECT 42"), {})
        return int(row[0])

    assert await single.run(work, repeatable=True) == 42
    assert tries == 2


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_certainly_did_nothing_is_asked_again(
    database: ContactDatabase, fails_once: None, state: str
) -> None:
    rows = await database.fetch(text("SELECT fails_once(:state)"), {"state": state}, repeatable=False)
    assert rows[0][0] == 42


async def test_a_whole_transaction_is_asked_again(database: ContactDatabase, fails_once: None) -> None:
    async def work(connection: AsyncConnection) -> int:
        await connection.execute(text("INSERT INTO dnc_entries VALUES ('+12025550101', 'test', now())"))
        return int((await connection.execute(text("SELECT fails_once('40001')"))).scalar_one())

    assert await database.run(work) == 42


async def test_other_faults_are_not_asked_again(database: ContactDatabase, fails_once: None) -> None:
    with pytest.raises(DialerError, match="the first time"):
        await database.fetch(text("SELECT fails_once('P0001')"))


async def test_a_change_of_tables_under_a_warm_pool_goes_unnoticed(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    await database.fetch(text("CREATE TABLE changing AS SELECT 1 AS number"))
    try:
        for _ in range(3):
            await single.fetch(text("SELECT * FROM changing"))
        await database.fetch(text("ALTER TABLE changing ALTER number TYPE text"))
        assert (await single.fetch(text("SELECT * FROM changing")))[0][0] == "1"
    finally:
        await database.fetch(text("DROP TABLE changing"))


async def test_a_transaction_that_fails_leaves_nothing_behind(database: ContactDatabase) -> None:
    insert = text("INSERT INTO dnc_entries VALUES ('+12025550101', 'test', now())")

    async def twice() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert)
            await connection.execute(insert)

    with pytest.raises(Conflict):
        await twice()
    assert (await database.fetch(text("SELECT count(*) FROM dnc_entries")))[0][0] == 0


async def test_what_the_caller_raises_in_a_transaction_comes_out_as_it_is(database: ContactDatabase) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.transaction():
            raise FileNotFoundError("list.csv")


async def test_a_cancelled_statement_gives_its_connection_back(single: ContactDatabase) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await single.fetch(text("SELECT pg_sleep(60)"))
    assert (await single.fetch(text("SELECT 42")))[0][0] == 42


async def test_a_statement_that_takes_too_long_is_ended(embedded_url: str) -> None:
    impatient = await ContactDatabase.open(embedded_url, 1, statement_seconds=0.1)
    with pytest.raises(DatabaseUnavailable, match="no answer in time"):
        await impatient.fetch(text("SELECT pg_sleep(60)"), repeatable=False)
    await impatient.close()


async def test_a_database_that_is_not_there_says_so(embedded_url: str) -> None:
    url = make_url(embedded_url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnavailable, match="no such database: create it"):
        await ContactDatabase.open(url, 1)


async def test_a_server_that_is_too_old_is_refused(embedded_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST_SERVER", 990000)
    with pytest.raises(DatabaseUnavailable, match="too old: install 99 or newer"):
        await ContactDatabase.open(embedded_url, 1)


async def test_a_server_that_stops_under_us_is_unavailable_and_found_again() -> None:
    with open_folder() as folder:
        async with embedded_postgres(folder) as url:
            database = await ContactDatabase.open(url, 1)
        with pytest.raises(DatabaseUnavailable):
            await database.fetch(text("SELECT 42"))
        async with embedded_postgres(folder):
            assert (await database.fetch(text("SELECT 42")))[0][0] == 42
            await database.close()


@pytest.mark.parametrize("value", ["nul \0", "half a character \ud800"])
async def test_text_that_cant_be_stored_is_bad_input_and_not_quoted(database: ContactDatabase, value: str) -> None:
    with pytest.raises(BadInput) as caught:
        await database.fetch(text("SELECT CAST(:value AS text)"), {"value": value})
    assert value not in str(caught.value)


async def test_a_number_that_is_too_big_is_bad_input(database: ContactDatabase) -> None:
    with pytest.raises(BadInput):
        await database.fetch(text("SELECT CAST(:value AS bigint)"), {"value": 2**63})


async def test_statements_in_turn_commit_each_for_itself_on_one_connection(
    single: ContactDatabase, database: ContactDatabase
) -> None:
    async def work(connection: AsyncConnection) -> tuple[int, int]:
        [first] = await bare_rows(connection, PID, {})
        [own] = await bare_rows(connection, text("SELECT txid_current()"), {})
        [other] = await bare_rows(connection, text("SELECT txid_current()"), {})
        assert own[0] != other[0]
        [second] = await bare_rows(connection, PID, {})
        return int(first[0]), int(second[0])

    one, other = await single.in_turn(work)
    assert one == other
    await cut(single, database)
    with pytest.raises(DatabaseUnavailable):
        await single.in_turn(work)
    assert len(set(await single.in_turn(work))) == 1
