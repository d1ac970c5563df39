"""One engine of a name on a database: two would settle each other's calls."""

import asyncio
import contextlib
import logging
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, DatabaseUnavailable
from dialer.domain.ids import EngineName
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.faults import VENDOR_ERRORS

_log = logging.getLogger(__name__)
_TAKE = text("SELECT pg_try_advisory_lock(CAST(:space AS integer), CAST(:name AS integer))")
_LEAVE = text("SELECT pg_advisory_unlock(CAST(:space AS integer), CAST(:name AS integer))")
_STILL_THERE = text("SELECT 1")
_SPACE = 0x9ACE  # our own half of PostgreSQL's pair of advisory lock keys
_LOOK_SECONDS = 5.0
_RETRY_SECONDS = 2.0


@asynccontextmanager
async def engine_seat(database: ContactDatabase, engine: EngineName) -> AsyncIterator[None]:
    """Hold the engine's name while it works. Conflict when another process holds it, at first or after an outage.

    PostgreSQL frees the seat itself when the process or the connection dies; it is taken anew when the database is
    back.
    """
    async with asyncio.TaskGroup() as group:
        seated = asyncio.Event()
        holding = group.create_task(_hold(database, engine, seated), name="engine seat")
        holding.add_done_callback(lambda _: seated.set())
        await seated.wait()
        try:
            yield
        finally:
            holding.cancel()


async def _hold(database: ContactDatabase, engine: EngineName, seated: asyncio.Event) -> None:
    while True:
        try:
            async with database.connection() as connection:
                await _sit(connection, engine, seated)
        except DatabaseUnavailable as error:
            if not seated.is_set():
                raise
            _log.warning("the seat of engine %s is taken anew when the database is back: %s", engine, error)
            await asyncio.sleep(_RETRY_SECONDS)


async def _sit(connection: AsyncConnection, engine: EngineName, seated: asyncio.Event) -> None:
    keys = {"space": _SPACE, "name": zlib.crc32(engine.encode()) - 2**31}
    if not (await connection.execute(_TAKE, keys)).scalar_one():
        raise Conflict(f"an engine called {engine} works on this database already; give this one another name")
    seated.set()
    try:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await connection.execute(_STILL_THERE)
    except asyncio.CancelledError:
        with contextlib.suppress(*VENDOR_ERRORS):
            await connection.execute(_LEAVE, keys)
        raise
