"""COPY into a table of a transaction: whatever becomes of the connection meanwhile is told, and soon."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import BadInput, DatabaseUnavailable
from integrations.contact_db import copying
from integrations.contact_db.copying import copied_in
from integrations.contact_db.database import ContactDatabase

CREATE = text("CREATE TEMPORARY TABLE taken (number bigint) ON COMMIT DROP")
COUNT = text("SELECT count(*) FROM taken")
PID = text("SELECT pg_backend_pid()")
CUT = text("SELECT pg_terminate_backend(:pid)")
CUT_COPY = text("""
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE pid = :pid AND state = 'active' AND query LIKE 'COPY%'
""")
MANY = b"".join(b"%d\n" % number for number in range(500_000))
"""More than the network holds on its way."""


@pytest.fixture
async def other(database: ContactDatabase, database_url: str) -> AsyncIterator[ContactDatabase]:
    opened = await ContactDatabase.open(database_url, 1)
    yield opened
    await opened.close()


async def server_process(connection: AsyncConnection) -> int:
    return int(await connection.scalar(PID))


async def copied(database: ContactDatabase, *rows: bytes) -> int:
    """How many rows were taken, by a transaction of their own."""
    async with database.transaction() as connection:
        await connection.execute(CREATE)
        for some in rows:
            await copied_in(connection, "taken", some, columns=["number"], format="text")
        return int(await connection.scalar(COUNT))


async def test_rows_are_taken(database: ContactDatabase) -> None:
    assert await copied(database, b"1\n2\n", b"", b"3\n") == 3


async def test_what_the_server_refuses_is_told_and_the_connection_goes_on(other: ContactDatabase) -> None:
    with pytest.raises(BadInput):
        await copied(other, b"99999999999999999999\n")
    assert await copied(other, b"1\n") == 1


async def test_a_connection_lost_before_it_is_told(database: ContactDatabase, other: ContactDatabase) -> None:
    async def cut() -> None:
        async with database.transaction() as connection:
            await connection.execute(CREATE)
            await copied_in(connection, "taken", b"1\n")
            await other.fetch(CUT, {"pid": await server_process(connection)})
            await copied_in(connection, "taken", b"2\n")

    with pytest.raises(DatabaseUnavailable, match="can't be reached"):
        await cut()
    assert await copied(database, b"1\n") == 1


async def test_a_connection_lost_in_the_midst_is_told(database: ContactDatabase, other: ContactDatabase) -> None:
    async def cut(pid: int) -> None:
        cuts = 0
        while not cuts:
            [[cuts]] = await other.fetch(CUT_COPY, {"pid": pid})

    async def copy() -> None:
        async with database.transaction() as connection:
            await connection.execute(CREATE)
            cutting = asyncio.ensure_future(cut(await server_process(connection)))
            while not cutting.done():
                await copied_in(connection, "taken", MANY)
            await copied_in(connection, "taken", b"1\n")

    with pytest.raises(DatabaseUnavailable, match="can't be reached"):
        async with asyncio.timeout(30):
            await copy()
    assert await copied(database, b"1\n") == 1


async def test_a_server_that_takes_nothing_any_more_is_told(
    database: ContactDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_COPY_SECONDS", 0.2)
    monkeypatch.setattr(copying, "_GRACE_SECONDS", 0.1)
    halted = list[int]()

    async def copy() -> None:
        async with database.transaction() as connection:
            await connection.execute(CREATE)
            halted.append(await server_process(connection))
            os.kill(halted[0], signal.SIGSTOP)
            await copied_in(connection, "taken", MANY)

    try:
        with pytest.raises(DatabaseUnavailable, match="no answer in time"):
            async with asyncio.timeout(30):
                await copy()
    finally:
        os.kill(halted[0], signal.SIGCONT)
    monkeypatch.undo()
    assert await copied(database, b"1\n") == 1


async def test_one_that_is_cancelled_ends_as_such(database: ContactDatabase, other: ContactDatabase) -> None:
    begun = asyncio.Event()

    async def copy() -> None:
        async with database.transaction() as connection:
            await connection.execute(CREATE)
            begun.set()
            while True:
                await copied_in(connection, "taken", MANY)

    task = asyncio.ensure_future(copy())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await copied(database, b"1\n") == 1
