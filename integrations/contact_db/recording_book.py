"""Recorded calls, and the log of what was done with their recordings, on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId, ServerName
from dialer.domain.phone import PhoneNumber
from dialer.domain.recording import RecordedCall, RecordingAct, RecordingNote
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import recording_log

_CALLS = text("""
SELECT attempts.id, attempts.contact_id, attempts.server, attempts.e164, attempts.opened_at,
    coalesce(outcomes.agent_id, attempts.reserved_for) AS agent, outcomes.answered_at, outcomes.ended_at,
    campaigns.name AS campaign, campaigns.recording AND attempts.prompt = '' AS wanted
FROM attempts
JOIN campaigns ON campaigns.id = attempts.campaign_id
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
WHERE attempts.id = ANY(CAST(:attempts AS uuid[]))
""")
_NOTES = text("""
SELECT attempt_id, contact_id, at, by, role, act, why FROM recording_log
WHERE attempt_id = ANY(CAST(:attempts AS uuid[])) ORDER BY id
""")


class DatabaseRecordingBook:
    """Implements dialer.ports.RecordingBook."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def call(self, attempt: AttemptId) -> RecordedCall:
        found = await self.calls([attempt])
        if attempt not in found:
            raise NotFound(f"there is no attempt {attempt}")
        return found[attempt]

    async def calls(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, RecordedCall]:
        rows = await self._database.fetch(_CALLS, {"attempts": list(attempts)})
        return {call.attempt: call for call in map(_call, rows)}

    async def notes(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, Sequence[RecordingNote]]:
        found: dict[AttemptId, list[RecordingNote]] = {attempt: [] for attempt in attempts}
        for row in await self._database.fetch(_NOTES, {"attempts": list(attempts)}):
            note = _note(row)
            found[note.attempt].append(note)
        return found

    async def note(self, notes: Sequence[RecordingNote]) -> None:
        rows = [
            {
                "contact_id": one.contact,
                "attempt_id": one.attempt,
                "at": one.at,
                "by": one.by,
                "role": one.role,
                "act": one.act,
                "why": one.why,
            }
            for one in notes
        ]

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(insert(recording_log), rows)

        if rows:
            await self._database.run(work)


def _call(row: Row[Any]) -> RecordedCall:
    return RecordedCall(
        attempt=AttemptId(str(row.id)),
        contact=ContactId(row.contact_id),
        server=ServerName(row.server),
        campaign=row.campaign,
        number=PhoneNumber(row.e164),
        agent=AgentId(row.agent) if row.agent else None,
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        wanted=row.wanted,
    )


def _note(row: Row[Any]) -> RecordingNote:
    return RecordingNote(
        attempt=AttemptId(str(row.attempt_id)),
        contact=ContactId(row.contact_id),
        at=row.at.astimezone(UTC),
        by=row.by,
        role=row.role,
        act=RecordingAct(row.act),
        why=row.why,
    )
