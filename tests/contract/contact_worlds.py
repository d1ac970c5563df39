"""The contact database as the contract tests see it: all its roles, and ways to put leads in and look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import text

from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.ports import (
    AbandonmentBook,
    AgentBook,
    AttemptBook,
    CampaignBook,
    ContactBook,
    DispositionBook,
    DncBook,
    LeadStock,
    PacingBook,
)
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.contact_book import DatabaseContactBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.disposition_book import DatabaseDispositionBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.pacing_book import DatabasePacingBook
from tests.fakes.contact_book import FakeContactBook

ADD_CONTACT = text("""
INSERT INTO contacts (name, time_zone, attributes) VALUES (:name, :zone, CAST(:attributes AS jsonb)) RETURNING id
""")
ADD_NUMBERS = text("""
INSERT INTO phone_numbers (contact_id, e164, rank)
SELECT :contact, e164, place FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS given(e164, place)
""")
ADD_LEAD = text("""
INSERT INTO leads (campaign_id, contact_id, score, base_score)
VALUES (:campaign, :contact, CAST(:score AS float8), CAST(:score AS float8)) RETURNING id
""")
SEE_LEAD = text("SELECT status, due_at, reason, attempts, score FROM leads WHERE id = :lead")


@dataclass(frozen=True)
class LeadSeen:
    status: LeadStatus
    due_at: datetime | None
    reason: str | None
    attempts: int
    score: float


class World(Protocol):
    @property
    def stock(self) -> LeadStock: ...
    @property
    def attempts(self) -> AttemptBook: ...
    @property
    def abandonment(self) -> AbandonmentBook: ...
    @property
    def pacing(self) -> PacingBook: ...
    @property
    def dispositions(self) -> DispositionBook: ...
    @property
    def campaigns(self) -> CampaignBook: ...
    @property
    def agents(self) -> AgentBook: ...
    @property
    def dnc(self) -> DncBook: ...
    @property
    def contacts(self) -> ContactBook: ...

    async def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId: ...

    async def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId: ...

    async def lead(self, lead: LeadId) -> LeadSeen: ...


class FakeWorld:
    def __init__(self) -> None:
        self.book = FakeContactBook()
        self.stock = self.attempts = self.abandonment = self.pacing = self.dispositions = self.book
        self.campaigns = self.agents = self.dnc = self.contacts = self.book

    async def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId:
        return self.book.add_contact(*numbers, name=name, time_zone=time_zone, attributes=attributes)

    async def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId:
        return self.book.add_lead(campaign, contact, score)

    async def lead(self, lead: LeadId) -> LeadSeen:
        held = self.book.leads[lead]
        return LeadSeen(held.status, held.due_at, held.reason, held.attempts, held.score)


class DatabaseWorld:
    def __init__(self, database: ContactDatabase) -> None:
        self.database = database
        self.stock = DatabaseLeadStock(database)
        self.attempts = DatabaseAttemptBook(database)
        self.abandonment = DatabaseAbandonmentBook(database)
        self.pacing = DatabasePacingBook(database)
        self.dispositions = DatabaseDispositionBook(database)
        self.campaigns = DatabaseCampaignBook(database)
        self.agents = DatabaseAgentBook(database)
        self.dnc = DatabaseDncBook(database)
        self.contacts = DatabaseContactBook(database)

    async def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId:
        pairs = ", ".join(f'"{key}": "{value}"' for key, value in (attributes or {}).items())
        values = {"name": name, "zone": time_zone, "attributes": f"{{{pairs}}}"}
        [row] = await self.database.fetch(ADD_CONTACT, values)
        await self.database.fetch(ADD_NUMBERS, {"contact": row.id, "numbers": list(numbers)})
        return ContactId(row.id)

    async def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId:
        [row] = await self.database.fetch(ADD_LEAD, {"campaign": campaign, "contact": contact, "score": score})
        return LeadId(row.id)

    async def lead(self, lead: LeadId) -> LeadSeen:
        [row] = await self.database.fetch(SEE_LEAD, {"lead": lead})
        return LeadSeen(LeadStatus(row.status), row.due_at, row.reason, row.attempts, row.score)
