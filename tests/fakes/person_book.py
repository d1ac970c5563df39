"""A person's data in the contact database in memory. tests/contract/test_person_book.py holds it to the real one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import FINAL_DISPOSITIONS, Disposition
from dialer.domain.preferences import ANYTHING
from dialer.ports import ConsentNote
from integrations.http_api.people import ERASED_LEAD, Erasure, Whom
from tests.fakes.contact_book import FakeContact, FakeContactBook


@dataclass
class FakePersonBook:
    book: FakeContactBook

    async def find(self, whom: Whom) -> Sequence[ContactId]:
        return [contact.id for contact in self._fitting(whom)]

    async def export(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        contacts = self._fitting(whom)
        return {
            "contacts": [{"id": one.id, "name": one.name, "attributes": one.attributes} for one in contacts],
            "phone_numbers": [{"contact": one.id, "number": n.number.e164} for one in contacts for n in one.numbers],
        }

    async def plan(self, whom: Whom, source: str, now: datetime) -> Erasure:
        contacts = self._fitting(whom)
        ids = {contact.id for contact in contacts}
        if any(held.closed is None and held.attempt.contact in ids for held in self.book.attempts.values()):
            raise Conflict("a call to this person is going on: wait for its end")
        leads = [one.id for one in self.book.leads.values() if one.contact in ids and one.reason != ERASED_LEAD]
        return Erasure(sorted(ids), leads, (), (), ())

    async def erase(self, whom: Whom, source: str, now: datetime) -> Erasure:
        planned = await self.plan(whom, source, now)
        for contact in self._fitting(whom):
            self._forget(contact, source, now)
        for lead in planned.leads:
            self._close(lead)
        return planned

    def _fitting(self, whom: Whom) -> list[FakeContact]:
        found = [
            one
            for one in self.book.contacts.values()
            if whom.contact in {None, one.id}
            and (whom.number is None or whom.number in {held.number for held in one.numbers})
            and whom.external_key in {"", one.attributes.get("key")}
        ]
        if not found:
            raise NotFound("no contact fits")
        return found

    def _forget(self, contact: FakeContact, source: str, now: datetime) -> None:
        contact.name, contact.time_zone, contact.region, contact.attributes = "", None, None, {}
        contact.purchased_at = contact.inquired_at = None
        contact.preferences = ANYTHING
        for held in contact.numbers:
            self.book.dnc.setdefault(held.number, source)
            held.valid = False
        dialed = {one.attempt.number_id for one in self.book.attempts.values()}
        contact.numbers = [held for held in contact.numbers if held.id in dialed]
        if not contact.notes or max(contact.notes, key=lambda note: (note.at, not note.given)).given:
            contact.notes.append(ConsentNote(max([now, *(note.at for note in contact.notes)]), False, source))

    def _close(self, lead: LeadId) -> None:
        held = self.book.leads[lead]
        held.move(LeadStatus.DONE, reason=ERASED_LEAD)
        held.score = 0.0
        held.forget_promise()
        if held.disposition not in FINAL_DISPOSITIONS:
            held.disposition = Disposition.DO_NOT_CALL
