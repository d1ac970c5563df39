"""The contact database as the contract tests see it: all its roles, and ways to put leads in and look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from sqlalchemy import text

from compliance.facts import Listing, Reassignment
from dialer.bootstrap import knowledge
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.phone import PhoneNumber
from dialer.ports import (
    AbandonmentBook,
    AgentBook,
    AttemptBook,
    CampaignBook,
    ConsentBook,
    ContactBook,
    DispositionBook,
    DncBook,
    LeadStock,
    PacingBook,
)
from dialer.settings import ContactsSettings
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.consent_book import DatabaseConsentBook
from integrations.contact_db.contact_book import DatabaseContactBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.disposition_book import DatabaseDispositionBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.leases import status_of
from integrations.contact_db.pacing_book import DatabasePacingBook
from integrations.contact_db.person_book import DatabasePersonBook
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.people import PersonBook
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.knowledge import FakeKnowledgeBook
from tests.fakes.person_book import FakePersonBook

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
GIVE_KEY = text("UPDATE contacts SET external_key = :key WHERE id = :contact")
TELL_OF = text(
    "UPDATE contacts SET region = :region, purchased_at = :purchased, inquired_at = :inquired,"
    " born_on = CAST(:born AS date) WHERE id = :contact"
)
ANSWER_OF = text("""
UPDATE phone_numbers SET reassignment_checked_at = :at, reassignment_since = :since, reassigned = :changed
WHERE e164 = :number
""")
HOLD_LIST = text("""
INSERT INTO national_lists (name, copy_id, copied_at, imported_at, numbers, source)
SELECT :name, coalesce(max(copy_id), 0) + 1, CAST(:at AS timestamptz), CAST(:at AS timestamptz), 0, 'test'
FROM national_lists
RETURNING copy_id
""")
LIST_NUMBER = text("INSERT INTO national_list_numbers (copy_id, number, since) VALUES (:copy, :number, :since)")
SEE_LEAD = text(f"SELECT {status_of('leads')} AS status, due_at, reason, attempts, score FROM leads WHERE id = :lead")


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
    @property
    def consents(self) -> ConsentBook: ...
    @property
    def people(self) -> PersonBook: ...
    @property
    def known(self) -> Knowledge: ...

    async def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId: ...

    async def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId: ...

    async def lead(self, lead: LeadId) -> LeadSeen: ...

    async def give_key(self, contact: ContactId, key: str) -> None:
        """As the import of a list may."""

    async def tell_of(
        self,
        contact: ContactId,
        region: str,
        purchased_at: datetime,
        inquired_at: datetime,
        born_on: date | None = None,
    ) -> None: ...

    async def answer_of(self, number: str, answer: Reassignment) -> None:
        """Have the reassigned numbers database answer so of a number."""

    async def hold_list(self, name: str, copied_at: datetime, numbers: Mapping[str, date | None]) -> None:
        """Have a copy of a national list that has these numbers, each with when it was listed."""


class FakeWorld:
    def __init__(self) -> None:
        self.book = FakeContactBook()
        self.stock = self.attempts = self.abandonment = self.pacing = self.dispositions = self.book
        self.campaigns = self.agents = self.dnc = self.contacts = self.consents = self.book
        self.people = FakePersonBook(self.book)
        self.known = FakeKnowledgeBook(self.book).knowledge()

    async def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId:
        return self.book.add_contact(*numbers, name=name, time_zone=time_zone, attributes=attributes)

    async def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId:
        return self.book.add_lead(campaign, contact, score)

    async def lead(self, lead: LeadId) -> LeadSeen:
        held = self.book.leads[lead]
        return LeadSeen(held.status, held.due_at, held.reason, held.attempts, held.score)

    async def give_key(self, contact: ContactId, key: str) -> None:
        self.book.contacts[contact].attributes["key"] = key

    async def tell_of(
        self,
        contact: ContactId,
        region: str,
        purchased_at: datetime,
        inquired_at: datetime,
        born_on: date | None = None,
    ) -> None:
        held = self.book.contacts[contact]
        held.region, held.purchased_at, held.inquired_at, held.born_on = region, purchased_at, inquired_at, born_on

    async def answer_of(self, number: str, answer: Reassignment) -> None:
        for contact in self.book.contacts.values():
            for held in contact.numbers:
                held.reassignment = answer if held.number.e164 == number else held.reassignment

    async def hold_list(self, name: str, copied_at: datetime, numbers: Mapping[str, date | None]) -> None:
        def says(number: PhoneNumber) -> Listing:
            day = numbers.get(number.e164)
            since = None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
            return Listing(copied_at, number.e164 in numbers, since)

        self.book.lists[name] = says


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
        self.consents = DatabaseConsentBook(database)
        self.people = DatabasePersonBook(database, 5)
        self.known = knowledge(ContactsSettings(), database)

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

    async def give_key(self, contact: ContactId, key: str) -> None:
        await self.database.fetch(GIVE_KEY, {"contact": contact, "key": key})

    async def tell_of(
        self,
        contact: ContactId,
        region: str,
        purchased_at: datetime,
        inquired_at: datetime,
        born_on: date | None = None,
    ) -> None:
        values = {
            "contact": contact,
            "region": region,
            "purchased": purchased_at,
            "inquired": inquired_at,
            "born": born_on,
        }
        await self.database.fetch(TELL_OF, values)

    async def answer_of(self, number: str, answer: Reassignment) -> None:
        values = {"at": answer.checked_at, "since": answer.since, "changed": answer.changed}
        await self.database.fetch(ANSWER_OF, {"number": number, **values})

    async def hold_list(self, name: str, copied_at: datetime, numbers: Mapping[str, date | None]) -> None:
        async with self.database.transaction() as connection:
            copy = (await connection.execute(HOLD_LIST, {"name": name, "at": copied_at})).scalar_one()
            part = f"national_list_copy_{copy}"
            values = f"PARTITION OF national_list_numbers FOR VALUES IN ({copy})"
            await connection.execute(text(f"CREATE TABLE {part} {values}"))
            for e164, day in numbers.items():
                await connection.execute(LIST_NUMBER, {"copy": copy, "number": int(e164[1:]), "since": day})
