"""What the API reads beyond the engine's ports, from the contact database in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.domain.errors import Conflict, DatabaseUnavailable, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from integrations.http_api.readings import AttemptFilter, AttemptLine, CallBackLine, LeadEntry, LeadLine
from tests.fakes.contact_book import FakeAttempt, FakeContactBook, FakeLead


@dataclass
class FakeReadings:
    book: FakeContactBook
    away: bool = False
    broken: bool = False

    async def answers(self) -> None:
        if self.away:
            raise DatabaseUnavailable("down")

    async def leads(
        self, campaign: CampaignId, status: LeadStatus | None, after: LeadId | None, limit: int
    ) -> Sequence[LeadLine]:
        if self.broken:
            raise RuntimeError("words that only a log should bear")
        found = [
            lead
            for lead in self.book.leads.values()
            if lead.campaign == campaign and status in {None, lead.status} and lead.id > (after or 0)
        ]
        return [self._lead(lead) for lead in found[:limit]]

    async def attempts(self, wanted: AttemptFilter, after: AttemptId | None, limit: int) -> Sequence[AttemptLine]:
        lines = sorted(map(self._attempt, self.book.attempts.values()), key=lambda line: line.id, reverse=True)
        campaign = self.book.plans[wanted.campaign].plan.name if wanted.campaign else None
        return [
            line
            for line in lines
            if campaign in {None, line.campaign}
            and wanted.agent in {None, line.agent}
            and wanted.outcome in {None, line.outcome}
            and wanted.disposition in {None, line.disposition}
            and (wanted.since is None or line.opened_at >= wanted.since)
            and (wanted.until is None or line.opened_at < wanted.until)
            and (after is None or line.id < after)
        ][:limit]

    async def attempt(self, attempt: AttemptId) -> AttemptLine:
        if attempt not in self.book.attempts:
            raise NotFound(f"no attempt {attempt}")
        return self._attempt(self.book.attempts[attempt])

    async def call_backs(
        self, campaign: CampaignId | None, agent: AgentId | None, after: AttemptId | None, limit: int
    ) -> Sequence[CallBackLine]:
        promised = [lead for lead in self.book.leads.values() if lead.call_back and campaign in {None, lead.campaign}]
        lines = sorted(map(self._call_back, promised), key=lambda line: (line.due_at, line.attempt))
        behind = [line.attempt for line in lines].index(after) + 1 if after else 0
        return [line for line in lines[behind:] if agent in {None, line.agent}][:limit]

    async def cancel_call_back(self, attempt: AttemptId, at: datetime) -> None:
        for lead in self.book.leads.values():
            if lead.promised_in == attempt:
                lead.forget_promise()
                if lead.reason == "call-back":
                    lead.due_at, lead.reason = at, None
                return
        raise NotFound(f"no call-back was promised in attempt {attempt}")

    async def add_lead(self, campaign: CampaignId, entry: LeadEntry, now: datetime) -> LeadId:
        if campaign not in self.book.plans:
            raise NotFound(f"no campaign with number {campaign}")
        contact = self._known(entry) or self.book.add_contact(
            *(number.e164 for number in entry.numbers),
            name=entry.name,
            time_zone=entry.time_zone,
            attributes={**entry.attributes, "key": entry.external_key},
        )
        if any((lead.campaign, lead.contact) == (campaign, contact) for lead in self.book.leads.values()):
            raise Conflict("this contact is a lead of the campaign already")
        return self.book.add_lead(campaign, contact, entry.score)

    def _known(self, entry: LeadEntry) -> ContactId | None:
        """The contact of this key, brought up to date."""
        for contact in self.book.contacts.values():
            if entry.external_key and contact.attributes.get("key") == entry.external_key:
                contact.name = entry.name or contact.name
                contact.time_zone = entry.time_zone or contact.time_zone
                contact.attributes.update(entry.attributes)
                return contact.id
        return None

    def _lead(self, lead: FakeLead) -> LeadLine:
        closed = [one.closed for one in self.book.attempts.values() if one.closed and one.attempt.lead == lead.id]
        last = max((one.ended for one in closed), key=lambda ended: ended.end.ended_at, default=None)
        return LeadLine(
            id=lead.id,
            campaign=self.book.plans[lead.campaign].plan.name,
            contact=lead.contact,
            name=self.book.contacts[lead.contact].name,
            status=lead.status,
            score=lead.score,
            attempts=lead.attempts,
            reason=lead.reason or "",
            due_at=lead.due_at,
            call_back_at=lead.call_back.due_at if lead.call_back else None,
            call_back_agent=lead.call_back.agent if lead.call_back else None,
            disposition=lead.disposition,
            last_outcome=last.outcome if last else None,
            last_attempt_at=last.end.ended_at if last else None,
        )

    def _attempt(self, held: FakeAttempt) -> AttemptLine:
        attempt, ended = held.attempt, held.closed.ended if held.closed else None
        return AttemptLine(
            id=attempt.id,
            campaign=self.book.plans[attempt.campaign].plan.name,
            lead=attempt.lead,
            contact=attempt.contact,
            number=attempt.number,
            server=attempt.server,
            opened_at=attempt.opened_at,
            verdict=attempt.verdict,
            agent=held.agent,
            outcome=ended.outcome if ended else None,
            cause=ended.end.cause if ended else None,
            answered_at=ended.end.answered_at if ended else None,
            connected_at=ended.end.connected_at if ended else None,
            ended_at=ended.end.ended_at if ended else None,
            ring_seconds=ended.ring_seconds if ended else None,
            disposition=held.disposed.disposition if held.disposed else None,
            note=held.disposed.note if held.disposed else "",
        )

    def _call_back(self, lead: FakeLead) -> CallBackLine:
        assert lead.call_back is not None
        assert lead.promised_in is not None
        disposed = self.book.attempts[lead.promised_in].disposed
        assert disposed is not None
        return CallBackLine(
            attempt=lead.promised_in,
            campaign=self.book.plans[lead.campaign].plan.name,
            lead=lead.id,
            contact=lead.contact,
            due_at=lead.call_back.due_at,
            agent=lead.call_back.agent,
            made_at=disposed.at,
        )
