"""What the agent's screen shows of a contact."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, text

from dialer.domain.errors import NotFound
from dialer.domain.ids import ContactId, NumberId
from dialer.domain.phone import PhoneNumber
from dialer.ports import ContactCard
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import contacts, phone_numbers

HISTORY_ATTEMPTS = 50
"""Past attempts on a card, the latest."""

_HISTORY = text("""
SELECT attempts.opened_at AS at, campaigns.name AS campaign, outcomes.outcome, dispositions.disposition,
    coalesce(dispositions.agent_id, outcomes.agent_id) AS agent, dispositions.note
FROM attempts
JOIN campaigns ON campaigns.id = attempts.campaign_id
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
WHERE attempts.contact_id = :contact ORDER BY attempts.opened_at DESC, attempts.id DESC LIMIT :most
""")


class DatabaseContactBook:
    """dialer.ports.ContactBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def card(self, contact: ContactId) -> ContactCard:
        """NotFound when there is no such contact."""
        people = await self._database.fetch(select(contacts).where(contacts.c.id == contact))
        if not people:
            raise NotFound(f"no contact with number {contact}")
        numbers = await self._database.fetch(
            select(phone_numbers.c.id, phone_numbers.c.e164)
            .where(phone_numbers.c.contact_id == contact)
            .order_by(phone_numbers.c.rank, phone_numbers.c.id)
        )
        history = await self._database.fetch(_HISTORY, {"contact": contact, "most": HISTORY_ATTEMPTS})
        return ContactCard(
            contact=contact,
            name=people[0].name,
            attributes={name: str(value) for name, value in people[0].attributes.items()},
            numbers=tuple((NumberId(row.id), PhoneNumber(row.e164)) for row in numbers),
            history=tuple(_past(row) for row in history),
        )


def _past(row: Row[Any]) -> Mapping[str, str]:
    return {
        "at": row.at.isoformat(),
        "campaign": row.campaign,
        "outcome": row.outcome or "",
        "disposition": row.disposition or "",
        "agent": row.agent or "",
        "note": row.note or "",
    }
