"""Answers of the reassigned numbers database: by COPY into a table of the transaction, then set on the numbers at once.

Whole or not at all. Of several lines about a number the worst counts: that it was given up, then that nothing is known,
then the latest day that was asked about, which covers the least.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from compliance.rulebook import Kind
from dialer.domain.errors import BadInput, Conflict
from integrations.contact_db.copying import copied_in
from integrations.contact_db.database import ContactDatabase

LOCK = 0x7265_6173
"""Key of the advisory lock that an import holds."""
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(:lock)")
_CREATE = text("CREATE TEMPORARY TABLE answered (e164 text, since date, reassigned boolean) ON COMMIT DROP")
_WORST = text("""
CREATE TEMPORARY TABLE answers ON COMMIT DROP AS
SELECT DISTINCT ON (e164) e164, CASE WHEN reassigned IS NOT NULL THEN since END AS since, reassigned,
    CASE WHEN reassigned IS NOT NULL THEN CAST(:at AS timestamptz) END AS checked_at
FROM answered ORDER BY e164, reassigned IS FALSE, reassigned IS NULL, answered.since DESC
""")
_ANALYZE = text("ANALYZE answers")
_COUNT = text("""
SELECT (SELECT count(*) FROM answers) AS numbers, count(*) AS known, count(*) FILTER (WHERE later) AS later,
    count(*) FILTER (WHERE NOT later AND reassigned) AS given_up,
    count(*) FILTER (WHERE NOT later AND reassigned IS NULL) AS cleared
FROM (
    SELECT e164, answers.reassigned, bool_or(coalesce(reassignment_checked_at > :at, false)) AS later
    FROM answers JOIN phone_numbers USING (e164) GROUP BY e164, answers.reassigned
) AS held
""")
_ANSWERED_OF = text("CREATE TEMPORARY TABLE answered_of (contact_id bigint PRIMARY KEY) ON COMMIT DROP")
"""Contacts with a number of which something new is known; by its key, leads are found fast whatever the planner
believes of how many are blocked."""
_SET = text("""
WITH changed AS (
    UPDATE phone_numbers SET reassignment_checked_at = answers.checked_at, reassignment_since = answers.since,
        reassigned = answers.reassigned
    FROM answers
    WHERE phone_numbers.e164 = answers.e164 AND (reassignment_checked_at > :at) IS NOT TRUE
        AND (reassignment_checked_at, reassignment_since, phone_numbers.reassigned)
            IS DISTINCT FROM (answers.checked_at, answers.since, answers.reassigned)
    RETURNING phone_numbers.contact_id
)
INSERT INTO answered_of SELECT DISTINCT contact_id FROM changed
""")
_LOOK_AGAIN = text("""
UPDATE leads SET status = 'ready', reason = NULL FROM answered_of
WHERE leads.contact_id = answered_of.contact_id AND status = 'blocked' AND reason = :reason
""")


@dataclass(frozen=True, slots=True)
class Answered:
    """What answers have come to."""

    numbers: int
    """Different ones that were asked about."""
    known: int
    """Of these, those that a contact has."""
    given_up: int
    """Of the known, those that were permanently disconnected."""
    cleared: int
    """Of the known, those of which the database knew nothing: they count as not asked about."""
    later: int
    """Of the known, those left as they are, since they were asked about later."""
    leads: int
    """That wanted an answer, and are looked at again."""


class AnswerLoad:
    """Answers while they are loaded; from `loading`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.answered: Answered | None = None
        """Set when all of them are loaded."""

    async def add(self, batch: bytes, /) -> None:
        """Take lines "+12025550123,2026-01-31,f": the number, since when, whether given up (t, f, or nothing)."""
        await copied_in(self._connection, "answered", batch, format="text", delimiter=",", null="")


class _Undo(Exception):
    pass


@asynccontextmanager
async def loading(
    database: ContactDatabase, checked_at: datetime, now: datetime, *, keep: bool
) -> AsyncIterator[AnswerLoad]:
    """A transaction to load answers of `checked_at` in, committed at the end if `keep`.

    BadInput when that time is not certain or still to come, Conflict while another import runs.
    """
    refuse_time(checked_at, now)
    try:
        async with database.transaction() as connection:
            if not await connection.scalar(_TAKE_TURN, {"lock": LOCK}):
                raise Conflict("another import of answers is running on this database: wait for its end")
            await connection.execute(_CREATE)
            load = AnswerLoad(connection)
            yield load
            load.answered = await _set(connection, checked_at)
            if not keep:
                raise _Undo
    except _Undo:
        return


def refuse_time(checked_at: datetime, now: datetime) -> None:
    """BadInput when the database was asked at no certain time, or at one that is still to come."""
    if checked_at.utcoffset() is None:
        raise BadInput("must bear its UTC offset", "time of the answers")
    if checked_at > now:
        raise BadInput(f"{checked_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC is still to come", "time of the answers")


async def _set(connection: AsyncConnection, checked_at: datetime) -> Answered:
    at = {"at": checked_at}
    await connection.execute(_WORST, at)
    await connection.execute(_ANALYZE)
    row = (await connection.execute(_COUNT, at)).one()
    await connection.execute(_ANSWERED_OF)
    await connection.execute(_SET, at)
    leads = (await connection.execute(_LOOK_AGAIN, {"reason": str(Kind.REASSIGNED)})).rowcount
    return Answered(row.numbers, row.known, row.given_up, row.cleared, row.later, leads)
