"""One engine of a name on a database."""

import asyncio

import pytest
from sqlalchemy import text

from dialer.domain.errors import Conflict
from dialer.domain.ids import EngineName
from integrations.contact_db import engine_seat as seat_module
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.engine_seat import engine_seat
from tests.database_servers import emptied

ENGINE = EngineName("engine-1")
_LOSE_SEATS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 39630 AND granted"
)
_SEATS = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 39630 AND granted")


async def test_a_seat_is_taken_once_and_free_again_afterwards(database: ContactDatabase, database_url: str) -> None:
    other = await emptied(database_url)
    async with engine_seat(database, ENGINE):
        with pytest.raises(BaseExceptionGroup) as refused:
            async with engine_seat(other, ENGINE):
                pass
        assert refused.group_contains(Conflict, match="works on this database already")
        async with engine_seat(other, EngineName("engine-2")):
            pass
    async with engine_seat(other, ENGINE):
        pass
    await other.close()


async def test_a_seat_whose_connection_was_lost_is_taken_anew(
    database: ContactDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_module, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(seat_module, "_RETRY_SECONDS", 0.05)
    async with engine_seat(database, ENGINE):
        first = await _holders(database)
        await database.fetch(_LOSE_SEATS)
        await asyncio.sleep(2)
        second = await _holders(database)
        assert len(first) == len(second) == 1
        assert first != second


async def test_a_seat_that_another_took_meanwhile_ends_the_first(
    database: ContactDatabase, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_module, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(seat_module, "_RETRY_SECONDS", 0.5)
    other = await emptied(database_url)
    with pytest.raises(BaseExceptionGroup) as ended:
        await _lose_the_seat_to(other, database)
    assert ended.group_contains(Conflict)
    await other.close()


async def _holders(database: ContactDatabase) -> list[int]:
    return [row.pid for row in await database.fetch(_SEATS)]


async def _lose_the_seat_to(other: ContactDatabase, database: ContactDatabase) -> None:
    async with engine_seat(database, ENGINE):
        await other.fetch(_LOSE_SEATS)
        async with engine_seat(other, ENGINE), asyncio.timeout(60):
            await asyncio.Event().wait()
