"""The do-not-call list."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select, text

from dialer.domain.errors import NotFound
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import dnc_entries

_ADD = text("""
INSERT INTO dnc_entries (e164, source, added_at)
SELECT e164, :source, :at FROM unnest(CAST(:numbers AS text[])) AS given(e164)
ON CONFLICT DO NOTHING RETURNING 1
""")
_REMOVE = text("""
WITH removed AS (
    DELETE FROM dnc_entries WHERE e164 = :number RETURNING e164
), looked_at_again AS (
    UPDATE leads SET status = 'ready', reason = NULL
    FROM removed JOIN phone_numbers ON phone_numbers.e164 = removed.e164
    WHERE leads.contact_id = phone_numbers.contact_id AND status = 'blocked' AND reason = 'do-not-call'
)
SELECT e164 FROM removed
""")


class DatabaseDncBook:
    """dialer.ports.DncBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def add(self, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
        values = {"numbers": [number.e164 for number in numbers], "source": source, "at": at}
        return len(await self._database.fetch(_ADD, values))

    async def remove(self, number: PhoneNumber) -> None:
        if not await self._database.fetch(_REMOVE, {"number": number.e164}, repeatable=False):
            raise NotFound("the number is not on the do-not-call list")

    async def listed(self, number: PhoneNumber) -> bool:
        rows = await self._database.fetch(select(exists().where(dnc_entries.c.e164 == number.e164)))
        return bool(rows[0][0])
