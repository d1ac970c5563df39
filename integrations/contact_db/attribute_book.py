"""What sources say of people: one row a source and attribute, what it said last."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam

from dialer.domain.attributes import Said
from dialer.domain.ids import ContactId
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.erased import refuse_erased

_NOTE = text("""
INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)
SELECT :contact, name, source, kind, value, trust, at
FROM jsonb_to_recordset(:said) AS told(name text, source text, kind text, value jsonb, trust float8, at timestamptz)
ON CONFLICT (contact_id, name, source) DO UPDATE
SET kind = EXCLUDED.kind, value = EXCLUDED.value, trust = EXCLUDED.trust, at = EXCLUDED.at, recorded_at = now()
WHERE contact_attributes.at <= EXCLUDED.at
""").bindparams(bindparam("said", type_=JSONB))


class DatabaseAttributeBook:
    """dialer.ports.knowledge.AttributeBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def note(self, contact: ContactId, said: Sequence[Said]) -> None:
        async def work(connection: AsyncConnection) -> None:
            await refuse_erased(connection, contact)
            await store(connection, contact, said)

        await self._database.run(work)


async def store(connection: AsyncConnection, contact: ContactId, said: Sequence[Said]) -> None:
    """As a part of a transaction whose contact is there."""
    latest: dict[tuple[str, str], Said] = {}
    for one in sorted(said, key=lambda told: told.at):
        latest[one.spec.name, one.source] = one
    if latest:
        rows = [_row(one) for one in latest.values()]
        await connection.execute(_NOTE, {"contact": contact, "said": rows})


def _row(said: Said) -> dict[str, object]:
    at: datetime = said.at
    return {
        "name": said.spec.name,
        "source": said.source,
        "kind": said.spec.kind.value,
        "value": list(said.value) if isinstance(said.value, tuple) else said.value,
        "trust": said.trust,
        "at": at.isoformat(),
    }
