"""One engine of a name on a database: two would settle each other's calls."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from dialer.domain.errors import Conflict
from dialer.domain.ids import EngineName
from integrations.contact_db.database import ContactDatabase

_TAKE = text("SELECT pg_try_advisory_lock(CAST(:space AS integer), CAST(:name AS integer))")
_LEAVE = text("SELECT pg_advisory_unlock(CAST(:space AS integer), CAST(:name AS integer))")
_SPACE = 0x9ACE  # our own half of PostgreSQL's pair of advisory lock keys


@asynccontextmanager
async def engine_seat(database: ContactDatabase, engine: EngineName) -> AsyncIterator[None]:
    """Hold the engine's name while it works. Conflict when another process holds it.

    PostgreSQL frees the seat itself when the process dies, since the lock lives as long as its connection.
    """
    keys = {"space": _SPACE, "name": zlib.crc32(engine.encode()) - 2**31}
    async with database.connection() as connection:
        if not (await connection.execute(_TAKE, keys)).scalar_one():
            raise Conflict(f"an engine called {engine} works on this database already; give this one another name")
        try:
            yield
        finally:
            await connection.execute(_LEAVE, keys)
