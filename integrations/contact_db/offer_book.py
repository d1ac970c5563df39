"""What campaigns may offer a contact now, at the point of contact."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.clash import EXCLUSIVE, PRESSURE
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.phone import PhoneNumber
from dialer.ports.triggers import Offer
from integrations.contact_db.clashes import PLAN, clashes_of
from integrations.contact_db.database import ContactDatabase

HELD = "held already"
_MOST_CALLERS = 5

_THERE = text("SELECT id FROM contacts WHERE id = :contact")
_CAMPAIGNS = text("""
SELECT campaigns.id, campaigns.name, campaigns.product, lead.id AS lead, lead.status, lead.deadline, lead.score,
    coalesce(nullif(raised.offer, ''), nullif(campaigns.offer, ''), campaigns.script) AS offer,
    EXISTS (SELECT FROM products_held AS held WHERE held.contact_id = :contact AND held.product = campaigns.product
        AND since <= CAST(CAST(:now AS timestamptz) AS date)
        AND (until IS NULL OR until > CAST(CAST(:now AS timestamptz) AS date))) AS held
FROM campaigns
LEFT JOIN leads AS lead ON lead.campaign_id = campaigns.id AND lead.contact_id = :contact
LEFT JOIN LATERAL (
    SELECT offer FROM raised_leads WHERE raised_leads.contact_id = :contact AND raised_leads.lead_id = lead.id
        AND raised_leads.deadline > CAST(:now AS timestamptz)
    ORDER BY at DESC LIMIT 1
) AS raised ON true
WHERE (campaigns.status = 'running' OR EXISTS (SELECT FROM calendar_entries WHERE campaign_id = campaigns.id
        AND CAST(CAST(:now AS timestamptz) AS date) BETWEEN begins_on AND ends_on))
    AND (campaigns.offer <> '' OR lead.id IS NOT NULL AND campaigns.script <> '')
ORDER BY campaigns.id
""")
_CLASH = text(f"""
WITH {PLAN} SELECT excluded_until IS NOT NULL AS excluded,
    nullif(excluded_until, 'infinity') AS excluded_until, pressure_until
FROM plan CROSS JOIN LATERAL ({clashes_of(":contact")}) AS clashes""")
_CALLERS = text(f"""
SELECT DISTINCT contact_id FROM phone_numbers WHERE e164 = :number ORDER BY contact_id LIMIT {_MOST_CALLERS}
""")
_OPEN = frozenset({"ready", "waiting"})


class DatabaseOfferBook:
    """dialer.ports.triggers.OfferBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def offers(self, contact: ContactId, now: datetime) -> Sequence[Offer]:
        if not await self._database.fetch(_THERE, {"contact": contact}):
            raise NotFound(f"no contact with number {contact}")
        rows = await self._database.fetch(_CAMPAIGNS, {"contact": contact, "now": now})
        found = [(row, await self._offer(row, contact, now)) for row in rows]
        return [offer for _, offer in sorted(found, key=_first)]

    async def callers(self, number: PhoneNumber) -> Sequence[ContactId]:
        rows = await self._database.fetch(_CALLERS, {"number": number.e164})
        return [ContactId(row.contact_id) for row in rows]

    async def _offer(self, row: Row[Any], contact: ContactId, now: datetime) -> Offer:
        why, until = await self._why_not(row, contact, now)
        open_lead = row.lead is not None and row.status in _OPEN
        in_time = open_lead and row.deadline is not None and row.deadline > now
        return Offer(
            CampaignId(row.id),
            row.name,
            row.product,
            row.offer,
            LeadId(row.lead) if open_lead else None,
            row.deadline if in_time else None,
            why,
            until,
        )

    async def _why_not(self, row: Row[Any], contact: ContactId, now: datetime) -> tuple[str, datetime | None]:
        if row.product and row.held:
            return HELD, None
        if row.lead is not None and row.status not in _OPEN:
            return f"the lead is {row.status}", None
        [clash] = await self._database.fetch(_CLASH, {"campaign": row.id, "contact": contact, "now": now})
        if clash.excluded:
            return EXCLUSIVE, clash.excluded_until
        return (PRESSURE, clash.pressure_until) if clash.pressure_until else ("", None)


def _first(found: tuple[Row[Any], Offer]) -> tuple[bool, bool, bool, float]:
    """What may be offered, to targets, raised by an event, by score."""
    row, offer = found
    return bool(offer.why_not), offer.lead is None, offer.deadline is None, -(row.score or 0.0)
