"""National do-not-call lists: tens of millions of numbers, of which a new copy takes the old one's place at once.

A copy is a table of its own, loaded beside the one that is looked up, then made a partition. All of it is one
transaction, so a failure leaves nothing behind.

**The swap.** A statement plans with the partitions that it finds, and reads with a snapshot that it takes afterwards.
Were a copy swapped in between, it would look a listed number up in a copy that it does not know of, and find nothing:
the number would be called. So the swap holds the parent table for itself, for the milliseconds to its commit: whoever
plans a look-up holds that table until it has read. It never queues for it longer than a tenth of a second, since
look-ups queue behind it; it tries again instead. For the same reason look-ups are single statements, READ COMMITTED.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from compliance.facts import Listing
from compliance.rulebook import Kind
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.faults import sqlstate
from integrations.contact_db.national_list_copy import ListCopy, table_of

LIST_NAME = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,20}")
"""As rules name lists."""
_SPACE = 0x9ACF  # our own half of PostgreSQL's pair of advisory lock keys; the other is the list's name
_SWAP_TRIES = 600
_SWAP_PAUSE_SECONDS = 0.5
_LOCK_NOT_AVAILABLE = "55P03"
_LEAST_SHARE = 0.9
"""A copy with less than this share of the numbers held was probably cut short: registries don't shrink so."""
_WORTH_COMPARING = 1_000

_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(CAST(:space AS integer), CAST(:name AS integer))")
_HELD = text("SELECT name, copied_at, imported_at, numbers, source FROM national_lists ORDER BY name")
_HELD_ONE = text("SELECT copy_id, name, copied_at, imported_at, numbers, source FROM national_lists WHERE name = :name")
_PATIENCE = text("SET LOCAL lock_timeout = '100ms'")
_HOLD_ALONE = text("LOCK TABLE national_list_numbers IN ACCESS EXCLUSIVE MODE")
_BLOCKED = f"status = 'blocked' AND reason = '{Kind.NATIONAL_LIST}'"
_COUNT_BLOCKED = text(f"SELECT count(*) FROM leads WHERE {_BLOCKED}")
_LOOK_AGAIN = f"UPDATE leads SET status = 'ready', reason = NULL WHERE {_BLOCKED}"
_ATTACH = "ALTER TABLE national_list_numbers ATTACH PARTITION"
_FORGET = text("DELETE FROM national_lists WHERE name = :name")
_ENTER = text("""
INSERT INTO national_lists (name, copy_id, copied_at, imported_at, numbers, source)
VALUES (:name, :copy, :copied_at, :imported_at, :numbers, :source)
ON CONFLICT (name) DO UPDATE SET copy_id = EXCLUDED.copy_id, copied_at = EXCLUDED.copied_at,
    imported_at = EXCLUDED.imported_at, numbers = EXCLUDED.numbers, source = EXCLUDED.source
""")
# a list whose copy somebody took away counts as not there, which blocks, and not as one that lists nobody
_LISTED = text("""
SELECT asked.number, lists.name, lists.copied_at, found.listed, found.since
FROM unnest(CAST(:numbers AS bigint[])) AS asked(number)
CROSS JOIN national_lists AS lists
CROSS JOIN LATERAL (
    SELECT count(*) > 0 AS listed, min(since) AS since
    FROM national_list_numbers AS entry WHERE entry.copy_id = lists.copy_id AND entry.number = asked.number
) AS found
WHERE to_regclass('national_list_copy_' || lists.copy_id) IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list whose copy is looked up."""

    name: str
    copied_at: datetime
    """Of when the copy is."""
    imported_at: datetime
    numbers: int
    """Different ones."""
    source: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What a new copy has come to."""

    numbers: int
    """Different ones."""
    duplicates: int
    """Rows that named a number again."""
    leads: int
    """That a national list had blocked, and that are looked at again."""
    replaced: HeldList | None


class ListLoad:
    """A new copy while it is loaded; from `DatabaseNationalLists.loading`."""

    def __init__(self, copy: ListCopy) -> None:
        self._copy = copy
        self.placed: Placed | None = None
        """Set when all of it is loaded and in its place."""

    async def add(self, batch: bytes | Iterable[tuple[int, date | None]]) -> None:
        """Take numbers (the digits of E.164), each with the day when it was listed, or None where that is not known.

        As bytes they are lines "12025550123,2026-11-20", nothing after the comma for None. A megabyte is a good size.
        """
        rows = batch if isinstance(batch, bytes) else b"".join(b"%d,%b\n" % (one, _written(day)) for one, day in batch)
        if rows:
            await self._copy.take(rows)


class DatabaseNationalLists:
    """The lists that are here, and the way new copies come in."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def held(self) -> list[HeldList]:
        """All lists, by name."""
        return [_held(row) for row in await self._database.fetch(_HELD)]

    async def blocked_leads(self) -> int:
        """Leads of all campaigns that a national list keeps from being dialed."""
        return int((await self._database.fetch(_COUNT_BLOCKED))[0][0])

    async def listed(self, numbers: Sequence[PhoneNumber]) -> dict[PhoneNumber, Mapping[str, Listing]]:
        """What each held list says of each number."""
        known: dict[int, dict[str, Listing]] = {int(number.e164[1:]): {} for number in numbers}
        for row in await self._database.fetch(_LISTED, {"numbers": list(known)}):
            since = None if row.since is None else datetime.combine(row.since, time(), UTC)
            known[row.number][row.name] = Listing(row.copied_at, row.listed, since)
        return {number: known[int(number.e164[1:])] for number in numbers}

    @asynccontextmanager
    async def loading(
        self, name: str, copied_at: datetime, imported_at: datetime, source: str, *, force: bool = False
    ) -> AsyncIterator[ListLoad]:
        """Load a copy of a list; when the context ends well, it is the one that is looked up, and the old one is gone.

        `copied_at`: of when the copy is; `imported_at`: now. BadInput as `refuse_name` and `refuse_time` say. Conflict
        while another import of this list runs; and, but not with `force`, when the copy is older than the one held, or
        has so much fewer numbers that it was probably cut short. Then, and when the context ends with an error, nothing
        has changed.
        """
        refuse_name(name)
        refuse_time(copied_at, imported_at)
        async with self._database.transaction() as connection:
            await _take_turn(connection, name)
            old = (await connection.execute(_HELD_ONE, {"name": name})).one_or_none()
            if not force:
                _refuse_older(copied_at, old)
            copy = await ListCopy.begun(connection)
            load = ListLoad(copy)
            yield load
            numbers = await copy.made_ready()
            if not force:
                _refuse_shrunk(numbers, old)
            await _wait_for_readers(connection)
            leads = int((await copy.do(_LOOK_AGAIN)).split()[-1])
            await _hold_alone(connection)
            await copy.do(f"{_ATTACH} {copy.table} FOR VALUES IN ({copy.number})")
            entry = {"name": name, "copied_at": copied_at, "imported_at": imported_at, "source": source}
            await connection.execute(_ENTER, {**entry, "copy": copy.number, "numbers": numbers})
            if old is not None:
                await copy.do(f"DROP TABLE IF EXISTS {table_of(old.copy_id)}")
            load.placed = Placed(numbers, copy.rows - numbers, leads, None if old is None else _held(old))

    async def admit(self, name: str, copied_at: datetime, now: datetime, *, force: bool = False) -> None:
        """Say no to what `loading` would say no to at its beginning."""
        refuse_name(name)
        refuse_time(copied_at, now)
        async with self._database.transaction() as connection:
            await _take_turn(connection, name)
            if not force:
                _refuse_older(copied_at, (await connection.execute(_HELD_ONE, {"name": name})).one_or_none())

    async def drop(self, name: str) -> HeldList:
        """Forget a list: rules that ask for it block from now on. NotFound when it is not held; Conflict while an
        import of it runs."""
        async with self._database.transaction() as connection:
            await _take_turn(connection, name)
            old = (await connection.execute(_HELD_ONE, {"name": name})).one_or_none()
            if old is None:
                raise NotFound(f"there is no copy of a list {name}")
            await _hold_alone(connection)
            await connection.execute(_FORGET, {"name": name})
            await connection.execute(text(f"DROP TABLE IF EXISTS {table_of(old.copy_id)}"))
        return _held(old)


def refuse_name(name: str) -> None:
    """BadInput when rules can't name a list so."""
    if not LIST_NAME.fullmatch(name):
        raise BadInput("must be a country and a name in capitals, like US-DNC", "list's name")


def refuse_time(copied_at: datetime, now: datetime) -> None:
    """BadInput when the copy is of no certain time, or of one that is still to come."""
    if copied_at.utcoffset() is None:
        raise BadInput("must bear its UTC offset", "time of the copy")
    if copied_at > now:
        raise BadInput(f"{_told(copied_at)} is still to come", "time of the copy")


def _refuse_older(copied_at: datetime, old: Row[Any] | None) -> None:
    if old is not None and copied_at < old.copied_at:
        raise Conflict(
            f"this copy of {old.name} is of {_told(copied_at)}, the one held is of {_told(old.copied_at)}: "
            "an older one is only taken by force"
        )


def _refuse_shrunk(numbers: int, old: Row[Any] | None) -> None:
    if old is not None and old.numbers >= _WORTH_COMPARING and numbers < _LEAST_SHARE * old.numbers:
        raise Conflict(
            f"this copy of {old.name} has {numbers:,} numbers, the one held has {old.numbers:,}: "
            "was it cut short? So small a one is only taken by force"
        )


async def _take_turn(connection: AsyncConnection, name: str) -> None:
    keys = {"space": _SPACE, "name": zlib.crc32(name.encode()) - 2**31}
    if not await connection.scalar(_TAKE_TURN, keys):
        raise Conflict(f"another import of {name} is running on this database: wait for its end")


async def _wait_for_readers(connection: AsyncConnection) -> None:
    """A backup may read for long: found out before leads are changed, which others would wait for."""
    async with connection.begin_nested() as trial:
        await _hold_alone(connection)
        await trial.rollback()


async def _hold_alone(connection: AsyncConnection) -> None:
    """Nobody else looks a number up until the transaction ends."""
    for _ in range(_SWAP_TRIES):
        try:
            async with connection.begin_nested():
                await connection.execute(_PATIENCE)
                await connection.execute(_HOLD_ALONE)
        except DBAPIError as error:
            if sqlstate(error) != _LOCK_NOT_AVAILABLE:
                raise
            await asyncio.sleep(_SWAP_PAUSE_SECONDS)
        else:
            return
    raise Conflict("something has been reading the lists all the time, perhaps a backup: try again after its end")


def _held(row: Row[Any]) -> HeldList:
    return HeldList(row.name, row.copied_at, row.imported_at, row.numbers, row.source)


def _written(day: date | None) -> bytes:
    return b"" if day is None else day.isoformat().encode()


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
