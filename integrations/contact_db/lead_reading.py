"""Leads with the facts that the gate needs, read without taking them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import text

from dialer.domain.ids import CampaignId
from dialer.domain.lead import Lead
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_facts import columns_of, leads_of

_PAGE = 2_000
_OPEN = "campaign_id = :campaign AND status NOT IN ('done', 'exhausted')"
_COUNT = text(f"SELECT count(*) FROM leads WHERE {_OPEN}")
_LEADS = text(f"SELECT {columns_of('leads')} FROM leads WHERE {_OPEN} AND id > :after ORDER BY id LIMIT :most")
_OF_NUMBER = text(f"""
SELECT {columns_of("leads")} FROM leads WHERE campaign_id = :campaign
    AND contact_id IN (SELECT contact_id FROM phone_numbers WHERE e164 = :number)
ORDER BY id
""")


class LeadReading:
    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def count(self, campaign: CampaignId) -> int:
        """The campaign's leads that are neither done nor exhausted."""
        return int((await self._database.fetch(_COUNT, {"campaign": campaign}))[0][0])

    async def pages(self, campaign: CampaignId, now: datetime) -> AsyncIterator[Sequence[Lead]]:
        """Those leads, page by page."""
        after = 0
        while True:
            rows = await self._database.fetch(_LEADS, {"campaign": campaign, "after": after, "most": _PAGE})
            if not rows:
                return
            yield await leads_of(self._database, campaign, rows, now)
            after = rows[-1].id

    async def of_number(self, campaign: CampaignId, number: PhoneNumber, now: datetime) -> Sequence[Lead]:
        """The campaign's leads, in whatever state, of contacts that have this number."""
        rows = await self._database.fetch(_OF_NUMBER, {"campaign": campaign, "number": number.e164})
        return await leads_of(self._database, campaign, rows, now)
