"""How agents closed attempts, and what follows for the lead.

The lead's row is locked first, and whatever closing an attempt needs to know of dispositions stands in that row
(`disposition`, `call_back_attempt`): so either order of `close` and `dispose`, or both at once, ends the same.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.outcome import FINAL_DISPOSITIONS, Disposition
from dialer.ports import Disposed
from integrations.contact_db.database import ContactDatabase
from integrations.http_api.people import ERASED_LEAD

# By the contact every other statement is found on its node; this one asks each.
_WHOSE = text("SELECT contact_id FROM attempts WHERE id = :attempt")

_LOCK = text("""
SELECT leads.id FROM attempts JOIN leads ON leads.id = attempts.lead_id AND leads.contact_id = attempts.contact_id
WHERE attempts.id = :attempt AND attempts.contact_id = :contact FOR NO KEY UPDATE OF leads
""")

_FACTS = text("""
SELECT attempts.lead_id, attempts.contact_id, attempts.campaign_id, attempts.e164,
    coalesce(outcomes.agent_id, attempts.reserved_for) AS agent_id, dispositions.agent_id AS disposed_by,
    EXISTS (SELECT FROM attempts AS another WHERE another.lead_id = leads.id
        AND another.contact_id = :contact AND another.state = 'open') AS calling,
    leads.disposition, leads.reason
FROM attempts
JOIN leads ON leads.id = attempts.lead_id AND leads.contact_id = attempts.contact_id
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
WHERE attempts.id = :attempt AND attempts.contact_id = :contact
""")

_DISPOSE = text("""
INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at, note)
VALUES (:attempt, :contact, :agent, :disposition, :at, :note)
""")

_LIST = text("""
INSERT INTO dnc_entries (e164, source, added_at) VALUES (:e164, :source, :at) ON CONFLICT DO NOTHING
""")

_PROMISE = text("""
INSERT INTO call_backs (attempt_id, contact_id, lead_id, campaign_id, due_at, agent_id, made_at)
VALUES (:attempt, :contact, :lead, :campaign, :due_at, :agent, :at)
""")

_NOTE_ON_LEAD = text("""
UPDATE leads SET disposition = :disposition WHERE id = :lead AND contact_id = :contact
""")

_PROMISE_ON_LEAD = text("""
UPDATE leads SET call_back_at = :due_at, call_back_agent = :agent, call_back_attempt = :attempt
WHERE id = :lead AND contact_id = :contact
""")

_MOVE_LEAD = text("""
WITH taken_back AS (
    DELETE FROM lead_leases WHERE lead_id = :lead AND contact_id = :contact AND until < 'infinity'
)
UPDATE leads SET status = :status, reason = :reason, due_at = :due_at WHERE id = :lead AND contact_id = :contact
""")

_FORGET_PROMISE = text("""
UPDATE leads SET call_back_at = NULL, call_back_agent = NULL, call_back_attempt = NULL
WHERE id = :lead AND contact_id = :contact
""")


class DatabaseDispositionBook:
    """dialer.ports.DispositionBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def dispose(self, disposed: Disposed) -> None:
        check_call_back(disposed)

        async def work(connection: AsyncConnection) -> None:
            contact = await connection.scalar(_WHOSE, {"attempt": disposed.attempt})
            one = {"attempt": disposed.attempt, "contact": contact}
            await connection.execute(_LOCK, one)
            facts = (await connection.execute(_FACTS, one)).one_or_none()
            await _store(connection, disposed, _allowed(disposed, facts))

        await self._database.run(work)


def check_call_back(disposed: Disposed) -> None:
    """BadInput when a call-back comes without its time, or a time with another disposition."""
    if (disposed.disposition is Disposition.CALL_BACK) != (disposed.call_back is not None):
        raise BadInput("a call-back needs its time, and nothing else has one", "call_back")


def _allowed(disposed: Disposed, facts: Row[Any] | None) -> Row[Any]:
    if facts is None:
        raise NotFound(f"no attempt {disposed.attempt}")
    if facts.disposed_by is not None:
        raise Conflict(f"attempt {disposed.attempt} was disposed of already")
    if facts.agent_id not in {None, disposed.agent}:
        raise Conflict(f"attempt {disposed.attempt} was another agent's")
    return facts


async def _store(connection: AsyncConnection, disposed: Disposed, facts: Row[Any]) -> None:
    row = {
        "attempt": disposed.attempt,
        "contact": facts.contact_id,
        "lead": facts.lead_id,
        "campaign": facts.campaign_id,
        "agent": disposed.agent,
        "disposition": disposed.disposition.value,
        "at": disposed.at,
        "note": "" if facts.reason == ERASED_LEAD else disposed.note,
    }
    await connection.execute(_DISPOSE, row)
    if disposed.disposition is Disposition.DO_NOT_CALL:
        await connection.execute(_LIST, {"e164": facts.e164, "source": f"agent {disposed.agent}", "at": disposed.at})
    if disposed.call_back:
        promise = row | {"agent": disposed.call_back.agent, "due_at": disposed.call_back.due_at}
        await connection.execute(_PROMISE, promise)
    if facts.disposition not in FINAL_DISPOSITIONS:
        await _move_lead(connection, disposed, row, calling=facts.calling)


async def _move_lead(connection: AsyncConnection, disposed: Disposed, row: dict[str, Any], *, calling: bool) -> None:
    """While an attempt is open, closing it will move the lead on, by what is noted here."""
    await connection.execute(_NOTE_ON_LEAD, row)
    if disposed.disposition in FINAL_DISPOSITIONS:
        await connection.execute(_FORGET_PROMISE, row)
        if not calling:
            await connection.execute(_MOVE_LEAD, row | _move("done"))
    elif promise := disposed.call_back:
        await connection.execute(_PROMISE_ON_LEAD, row | {"agent": promise.agent, "due_at": promise.due_at})
        if not calling:
            await connection.execute(_MOVE_LEAD, row | _move("waiting", "call-back", promise.due_at))


def _move(status: str, reason: str | None = None, due_at: datetime | None = None) -> dict[str, Any]:
    return {"status": status, "reason": reason, "due_at": due_at}
