"""The log of verdicts: a chain an engine, only ever added to, and cut from its beginning when retention is over."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from compliance.proof import Anchor, Beginnings, Dialed, Head, Link
from dialer.domain.errors import Conflict
from dialer.domain.ids import EngineName
from integrations.contact_db.database import ContactDatabase

_PAGE = 5_000
_HEAD = text("""
(SELECT place, hash FROM verdicts WHERE engine = :engine ORDER BY place DESC LIMIT 1)
UNION ALL
SELECT place, hash FROM verdict_anchors WHERE engine = :engine
ORDER BY place DESC LIMIT 1
""")
_GIVEN = """
    SELECT * FROM unnest(CAST(:places AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:attempts AS uuid[]),
        CAST(:contacts AS bigint[]), CAST(:campaigns AS bigint[]), CAST(:records AS text[]), CAST(:hashes AS bytea[]))
        AS given(place, at, attempt_id, contact_id, campaign_id, record, hash)
"""
_APPEND = text(f"""
WITH added AS (
    INSERT INTO verdicts (engine, place, at, attempt_id, contact_id, campaign_id, record, hash)
    SELECT :engine, place, at, attempt_id, contact_id, campaign_id, record, hash FROM ({_GIVEN}) AS given
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM added
""")
_HELD = text(f"""
SELECT count(*) FROM ({_GIVEN}) AS given
JOIN verdicts ON verdicts.engine = :engine AND verdicts.place = given.place AND verdicts.hash = given.hash
""")
_ENGINES = text("SELECT engine FROM verdicts UNION SELECT engine FROM verdict_anchors ORDER BY engine")
_ANCHORS = text("SELECT engine, place, hash, at, deleted_at FROM verdict_anchors")
_LAST_TO_GO = text("SELECT 1 FROM verdicts WHERE engine = :engine AND place = :place AND hash = :hash")
_ONE_AT_A_TIME = text("LOCK TABLE verdict_anchors IN SHARE ROW EXCLUSIVE MODE")
_MOVE_ANCHOR = text("""
INSERT INTO verdict_anchors AS held (engine, place, hash, at, deleted_at)
VALUES (:engine, :place, :hash, :at, :deleted_at)
ON CONFLICT (engine) DO UPDATE SET place = excluded.place, hash = excluded.hash,
    at = greatest(held.at, excluded.at), deleted_at = excluded.deleted_at
""")
_CUT = text("DELETE FROM verdicts WHERE engine = :engine AND place <= :place")
_LINKS = text("""
SELECT place, at, attempt_id, contact_id, campaign_id, record, hash FROM verdicts
WHERE engine = :engine AND place > :after ORDER BY place LIMIT :most
""")


_COUNT = text("SELECT (SELECT count(*) FROM verdicts) AS verdicts, (SELECT count(*) FROM attempts) AS attempts")
_BEGAN = text("SELECT least((SELECT min(at) FROM verdicts), (SELECT min(at) FROM verdict_anchors))")
_DIALED = text("""
SELECT attempts.id, attempts.contact_id, attempts.lead_id, attempts.campaign_id, e164, opened_at, verdict,
    attempts.engine, verdicts.record
FROM attempts LEFT JOIN verdicts ON verdicts.attempt_id = attempts.id
WHERE (opened_at, attempts.id) > (:after, CAST(:after_id AS uuid))
ORDER BY opened_at, attempts.id LIMIT :most
""")


class DatabaseProofBook:
    """dialer.ports.ProofBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def head(self, engine: EngineName) -> Head:
        rows = await self._database.fetch(_HEAD, {"engine": engine})
        return Head(rows[0].place, rows[0].hash) if rows else Head()

    async def append(self, engine: EngineName, links: Sequence[Link]) -> None:
        """As the port says; adding links again that are there already changes nothing."""
        values = {
            "engine": engine,
            "places": [one.place for one in links],
            "ats": [one.at for one in links],
            "attempts": [one.attempt for one in links],
            "contacts": [one.contact for one in links],
            "campaigns": [one.campaign for one in links],
            "records": [one.record for one in links],
            "hashes": [one.hash for one in links],
        }
        added = (await self._database.fetch(_APPEND, values))[0][0]
        if added < len(links) and (await self._database.fetch(_HELD, values))[0][0] < len(links):
            raise Conflict(f"the log of verdicts of engine {engine} goes on otherwise, or has one of these attempts")

    async def engines(self) -> list[EngineName]:
        """Whose chains there are."""
        return [EngineName(row.engine) for row in await self._database.fetch(_ENGINES)]

    async def anchors(self) -> dict[EngineName, Anchor]:
        """Where the chains begin that were cut."""
        rows = await self._database.fetch(_ANCHORS)
        return {EngineName(row.engine): Anchor(row.place, row.hash, row.at, row.deleted_at) for row in rows}

    async def cut(self, engine: EngineName, to: Anchor) -> int:
        """Delete a chain's verdicts up to a place, and keep that as where it begins; how many were deleted.

        0: somebody else cut it, or the verdict there is another one.
        """
        values = {"engine": engine, "place": to.place, "hash": to.hash, "at": to.at, "deleted_at": to.deleted_at}

        async def work(connection: AsyncConnection) -> int:
            await connection.execute(_ONE_AT_A_TIME)
            if not (await connection.execute(_LAST_TO_GO, values)).all():
                return 0
            await connection.execute(_MOVE_ANCHOR, values)
            return (await connection.execute(_CUT, values)).rowcount

        return await self._database.run(work)

    async def links(self, engine: EngineName) -> AsyncIterator[Sequence[Link]]:
        """A chain from its beginning, page by page."""
        after = 0
        while True:
            rows = await self._database.fetch(_LINKS, {"engine": engine, "after": after, "most": _PAGE})
            if not rows:
                return
            yield [_link(row) for row in rows]
            after = rows[-1].place

    async def count(self) -> tuple[int, int]:
        """Verdicts and attempts that there are."""
        [row] = await self._database.fetch(_COUNT)
        return row.verdicts, row.attempts

    async def beginnings(self) -> Beginnings:
        """From when on every attempt must have its verdict."""
        [row] = await self._database.fetch(_BEGAN)
        return Beginnings(row[0], {str(name): one for name, one in (await self.anchors()).items()})

    async def dialed(self) -> AsyncIterator[Sequence[tuple[Dialed, str | None]]]:
        """Every attempt with the record of the verdict that names it, the oldest first, page by page."""
        after, after_id = datetime(1, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000"
        while True:
            values = {"after": after, "after_id": after_id, "most": _PAGE}
            rows = await self._database.fetch(_DIALED, values)
            if not rows:
                return
            yield [(_dialed(row), row.record) for row in rows]
            after, after_id = rows[-1].opened_at, str(rows[-1].id)


def _dialed(row: Row[Any]) -> Dialed:
    return Dialed(
        str(row.id), row.contact_id, row.lead_id, row.campaign_id, row.e164, row.opened_at, row.verdict, row.engine
    )  # fmt: skip


def _link(row: Row[Any]) -> Link:
    attempt = None if row.attempt_id is None else str(row.attempt_id)
    at: datetime = row.at
    return Link(row.place, at, attempt, row.contact_id, row.campaign_id, row.record, row.hash)
