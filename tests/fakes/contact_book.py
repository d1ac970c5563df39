"""The contact database in memory: every book and the lead stock in one object.

tests/contract/test_contact_database.py holds it to the real one.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from math import inf
from typing import Any

from compliance.abandonment import Tally
from compliance.facts import Consent, LastCalls, Listing, Reassignment
from compliance.figures import HISTORY_HOURS
from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus
from dialer.domain.clash import DEADLINE, EXCLUSIVE, LIVE_ELSEWHERE, PRESSURE
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, EngineName, LeadId, NumberId
from dialer.domain.lead import Claimed, Lead, LeadNumber, LeadStatus
from dialer.domain.outcome import FINAL_DISPOSITIONS, NOT_AN_ATTEMPT, REFUSALS, Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import ANYTHING, Preferences
from dialer.engine.abandonment import tally_of
from dialer.ports import (
    AgentNote,
    AgentRecord,
    Blocked,
    CallBack,
    ClosedAttempt,
    ConsentNote,
    ContactCard,
    Disposed,
    OpenedAttempts,
    PacingState,
    StockReport,
)

FOR_GOOD = datetime.max.replace(tzinfo=UTC)


@dataclass
class FakeNumber:
    id: NumberId
    number: PhoneNumber
    valid: bool = True
    reassignment: Reassignment | None = None


@dataclass
class FakeContact:
    id: ContactId
    name: str
    numbers: list[FakeNumber]
    time_zone: str | None
    attributes: dict[str, str]
    region: str | None = None
    notes: list[ConsentNote] = field(default_factory=list)
    born_on: date | None = None
    purchased_at: datetime | None = None
    inquired_at: datetime | None = None
    preferences: Preferences = ANYTHING


@dataclass
class FakeLead:
    id: LeadId
    campaign: CampaignId
    contact: ContactId
    score: float
    status: LeadStatus = LeadStatus.READY
    due_at: datetime | None = None
    attempts: int = 0
    reason: str | None = None
    owner: EngineName | None = None
    lease_until: datetime | None = None
    call_back: CallBack | None = None
    promised_in: AttemptId | None = None
    disposition: Disposition | None = None
    deadline: datetime | None = None
    raised_from: float | None = None

    def move(self, status: LeadStatus, due_at: datetime | None = None, reason: str | None = None) -> None:
        self.status, self.due_at, self.reason = status, due_at, reason
        self.owner = self.lease_until = None

    def forget_promise(self) -> None:
        self.call_back = self.promised_in = None


@dataclass
class FakeAttempt:
    attempt: Attempt
    engine: EngineName
    closed: ClosedAttempt | None = None
    disposed: Disposed | None = None

    @property
    def counts(self) -> bool:
        return self.closed is None or self.closed.ended.outcome not in NOT_AN_ATTEMPT

    @property
    def disposition(self) -> Disposition | None:
        return self.disposed.disposition if self.disposed else None

    @property
    def agent(self) -> AgentId | None:
        return (self.closed and self.closed.ended.end.agent) or self.attempt.reserved_for


@dataclass
class FakeContactBook:
    """Every book of the contact database, and the lead stock."""

    contacts: dict[ContactId, FakeContact] = field(default_factory=dict)
    leads: dict[LeadId, FakeLead] = field(default_factory=dict)
    attempts: dict[AttemptId, FakeAttempt] = field(default_factory=dict)
    plans: dict[CampaignId, Campaign] = field(default_factory=dict)
    dnc: dict[PhoneNumber, str] = field(default_factory=dict)
    enrolled: dict[AgentId, AgentRecord] = field(default_factory=dict)
    notes: list[AgentNote] = field(default_factory=list)
    pacing: dict[CampaignId, tuple[str, datetime]] = field(default_factory=dict)
    lists: dict[str, Callable[[PhoneNumber], Listing]] = field(default_factory=dict)
    """Our copies of national do-not-call lists, by name: what each says of a number."""
    exclusive: dict[frozenset[str], float] = field(default_factory=dict)
    """Pairs of products that exclude each other, with for how many days an offer counts."""
    held_products: list[tuple[ContactId, str]] = field(default_factory=list)
    touches: list[tuple[ContactId, datetime, CampaignId | None]] = field(default_factory=list)
    """Outbound ones."""

    # --- what tests put in ----------------------------------------------------------------------------------------

    def add_contact(
        self, *numbers: str, name: str = "", time_zone: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> ContactId:
        contact = ContactId(len(self.contacts) + 1)
        held = [FakeNumber(NumberId(contact * 100 + i), PhoneNumber(e164)) for i, e164 in enumerate(numbers)]
        self.contacts[contact] = FakeContact(contact, name, held, time_zone, dict(attributes or {}))
        return contact

    def add_lead(self, campaign: CampaignId, contact: ContactId, score: float = 0.0) -> LeadId:
        lead = LeadId(len(self.leads) + 1)
        self.leads[lead] = FakeLead(lead, campaign, contact, score)
        return lead

    # --- LeadStock ------------------------------------------------------------------------------------------------

    async def claim(
        self,
        campaign: CampaignId,
        count: int,
        owner: EngineName,
        now: datetime,
        until: datetime,
        *,
        score_from: float = inf,
    ) -> list[Claimed]:
        promised = sorted((one for one in self._ready(campaign) if one.call_back), key=_promised_first)
        best = [one for one in self._best(campaign) if one.score <= score_from]
        return self._lease((self._raised(campaign, now) + promised + best)[:count], owner, now, until)

    async def look_ahead(self, campaign: CampaignId, count: int) -> float:
        return next((one.score for one in self._best(campaign)), inf)

    async def claim_raised(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> list[Claimed]:
        return self._lease(self._raised(campaign, now)[:count], owner, now, until)

    def _ready(self, campaign: CampaignId) -> list[FakeLead]:
        return [one for one in self.leads.values() if one.campaign == campaign and one.status is LeadStatus.READY]

    def _best(self, campaign: CampaignId) -> list[FakeLead]:
        ordinary = (one for one in self._ready(campaign) if not one.call_back and not one.deadline)
        return sorted(ordinary, key=lambda one: (-one.score, one.id))

    def _raised(self, campaign: CampaignId, now: datetime) -> list[FakeLead]:
        in_time = [
            (-one.score, one.deadline, one.id, one)
            for one in self.leads.values()
            if one.deadline and one.deadline > now and one.campaign == campaign
            if one.status is LeadStatus.READY and not one.call_back
        ]
        return [one for *_, one in sorted(in_time, key=lambda known: known[:3])]

    async def facts(self, campaign: CampaignId, claimed: Sequence[Claimed], now: datetime) -> list[Lead]:
        since = now - timedelta(hours=HISTORY_HOURS)
        return [replace(self._lead(self.leads[one.id], since), claimed_at=one.at) for one in claimed]

    def _lease(self, picked: Sequence[FakeLead], owner: EngineName, now: datetime, until: datetime) -> list[Claimed]:
        free = []
        for one in picked:
            reason, wait = self.clash(one.campaign, one.contact, now, until, promised=one.call_back is not None)
            if reason:
                one.move(LeadStatus.WAITING if wait else LeadStatus.BLOCKED, wait, reason)
                continue
            free.append(one)
            one.move(LeadStatus.LEASED)
            one.owner, one.lease_until = owner, until
        return [
            Claimed(
                id=one.id,
                contact=one.contact,
                score=one.score,
                attempts=one.attempts,
                call_back_agent=one.call_back.agent if one.call_back else None,
                call_back_at=one.call_back.due_at if one.call_back else None,
                deadline=one.deadline,
                answer_probability=None,
                at=now,
            )
            for one in free
        ]

    # --- clashes with other campaigns

    def clash(
        self, campaign: CampaignId, contact: ContactId, now: datetime, until: datetime | None, *, promised: bool = False
    ) -> tuple[str, datetime | None]:
        """Why a contact is held back from a campaign, and until when; `until` None: whoever is live does not matter."""
        if campaign not in self.plans:
            return "", None
        plan = self.plans[campaign].plan
        if until and any(
            one.contact == contact and one.campaign != campaign and one.lease_until and one.lease_until > now
            for one in self.leads.values()
            if not (plan.shares_people and self.plans[one.campaign].plan.shares_people)
        ):
            return LIVE_ELSEWHERE, until
        if promised:
            return "", None
        excluded = self._excluded_until(campaign, contact, now)
        if excluded:
            return EXCLUSIVE, None if excluded == FOR_GOOD else excluded
        if plan.pressure_contacts:
            span = timedelta(days=plan.pressure_days)
            contacted = [held.attempt.opened_at for held in self._of_contact(contact) if held.counts]
            contacted += [at for who, at, _ in self.touches if who == contact]
            within = sorted((at for at in contacted if now - span < at <= now), reverse=True)
            if len(within) >= plan.pressure_contacts:
                return PRESSURE, within[plan.pressure_contacts - 1] + span
        return "", None

    def _of_contact(self, contact: ContactId) -> list[FakeAttempt]:
        return [held for held in self.attempts.values() if held.attempt.contact == contact]

    def _excluded_until(self, campaign: CampaignId, contact: ContactId, now: datetime) -> datetime | None:
        mine = self.plans[campaign].plan.product
        spans = {
            other: days for pair, days in self.exclusive.items() for other in pair if mine in pair and other != mine
        }
        ends = [FOR_GOOD for who, product in self.held_products if who == contact and product in spans]
        offered = [(at, theirs) for who, at, theirs in self.touches if who == contact]
        offered += [
            (held.closed.ended.end.ended_at, held.attempt.campaign)
            for held in self._of_contact(contact)
            if held.closed and held.closed.ended.outcome is Outcome.ANSWERED
        ]
        for at, theirs in offered:
            product = self.plans[theirs].plan.product if theirs in self.plans else ""
            if theirs != campaign and product in spans and at + timedelta(days=spans[product]) > now:
                ends.append(at + timedelta(days=spans[product]))
        return max(ends, default=None)

    async def release(self, leads: Sequence[LeadId], owner: EngineName) -> None:
        for one in self._held(leads, owner):
            one.move(LeadStatus.READY)

    async def release_all(self, owner: EngineName) -> int:
        held = self._held([one.id for one in self.leads.values() if one.owner == owner], owner)
        for one in held:
            one.move(LeadStatus.READY)
        return len(held)

    async def block(self, blocked: Sequence[Blocked], owner: EngineName) -> None:
        for no in blocked:
            for one in self._held([no.lead], owner):
                one.move(LeadStatus.WAITING if no.until else LeadStatus.BLOCKED, no.until, no.reason)

    async def reconsider(self, campaign: CampaignId, reasons: Collection[str], *, waiting: bool = False) -> int:
        statuses = (LeadStatus.BLOCKED, LeadStatus.WAITING) if waiting else (LeadStatus.BLOCKED,)
        blocked = [
            one
            for one in self.leads.values()
            if one.campaign == campaign and one.status in statuses and one.reason in reasons
        ]
        for one in blocked:
            one.move(LeadStatus.READY)
        return len(blocked)

    async def wake(self, now: datetime) -> int:
        for one in self.leads.values():
            self._expire(one, now)
        due = [
            one
            for one in self.leads.values()
            if (one.status is LeadStatus.WAITING and one.due_at and one.due_at <= now)
            or (one.owner and one.lease_until and one.lease_until <= now and not self.calling(one.id))
        ]
        for one in due:
            one.move(LeadStatus.READY)
        return len(due)

    def _expire(self, one: FakeLead, now: datetime) -> None:
        over = one.deadline is not None and one.deadline <= now and not one.call_back
        if not over or one.status not in (LeadStatus.READY, LeadStatus.WAITING, LeadStatus.BLOCKED):
            return
        if one.raised_from is None:
            one.move(LeadStatus.DONE, reason=DEADLINE)
            return
        if one.reason == DEADLINE:
            one.move(LeadStatus.READY)
        one.score, one.deadline, one.raised_from = one.raised_from, None, None

    async def report(self, campaign: CampaignId) -> StockReport:
        leads = [one for one in self.leads.values() if one.campaign == campaign]
        due = [one.due_at for one in leads if one.status is LeadStatus.WAITING and one.due_at]
        return StockReport(
            by_status=Counter(one.status for one in leads),
            reasons=Counter(one.reason for one in leads if one.reason),
            next_due=min(due, default=None),
        )

    def _held(self, leads: Sequence[LeadId], owner: EngineName) -> list[FakeLead]:
        wanted = [self.leads[lead] for lead in leads if lead in self.leads]
        return [one for one in wanted if one.owner == owner and not self.calling(one.id)]

    def calling(self, lead: LeadId) -> bool:
        return any(held.attempt.lead == lead and held.closed is None for held in self.attempts.values())

    def _lead(self, one: FakeLead, since: datetime) -> Lead:
        contact = self.contacts[one.contact]
        valid = [held for held in contact.numbers if held.valid]
        recent = sorted(
            (held.attempt for held in self.attempts.values() if held.counts and held.attempt.opened_at > since),
            key=lambda attempt: attempt.opened_at,
        )
        return Lead(
            id=one.id,
            campaign=one.campaign,
            contact=one.contact,
            numbers=tuple(
                LeadNumber(
                    held.id,
                    held.number,
                    tuple(attempt.opened_at for attempt in recent if attempt.number == held.number),
                    {name: listing_of(held.number) for name, listing_of in self.lists.items()},
                    held.reassignment,
                )
                for held in valid
                if held.number not in self.dnc
            ),
            score=one.score,
            attempts=one.attempts,
            contact_attempts=tuple(attempt.opened_at for attempt in recent if attempt.contact == one.contact),
            other_sellers=self._of_others(one, recent, lambda plan: plan.seller),
            other_subjects=self._of_others(one, recent, lambda plan: plan.subject),
            born_on=() if contact.born_on is None else (contact.born_on,),
            consents=tuple(
                Consent(note.at, note.given, note.purpose, note.proof, note.expires_at)
                for note in sorted(contact.notes, key=lambda note: note.at)
            ),
            last_calls=self._last_calls(one.contact),
            time_zone=contact.time_zone,
            region=contact.region,
            purchased_at=contact.purchased_at,
            inquired_at=contact.inquired_at,
            preferences=contact.preferences,
            on_dnc=bool(valid) and all(held.number in self.dnc for held in valid),
            call_back_agent=one.call_back.agent if one.call_back else None,
            call_back_at=one.call_back.due_at if one.call_back else None,
            deadline=None if one.call_back else one.deadline,
        )

    def _of_others(
        self, lead: FakeLead, recent: Sequence[Attempt], what: Callable[[CampaignPlan], str]
    ) -> frozenset[datetime]:
        words = {campaign: what(known.plan).lower() for campaign, known in self.plans.items()}
        own = words.get(lead.campaign)
        theirs = ((one, words.get(one.campaign)) for one in recent if one.contact == lead.contact)
        return frozenset(one.opened_at for one, other in theirs if own and other and own != other)

    def _last_calls(self, contact: ContactId) -> LastCalls:
        past = [held for held in self.attempts.values() if held.attempt.contact == contact]
        ends = [held.closed.ended for held in past if held.closed]
        refused = [held.disposed.at for held in past if held.disposed and held.disposition in REFUSALS]
        return LastCalls(
            max(refused, default=None),
            max((one.end.ended_at for one in ends if one.end.abandoned), default=None),
            max((one.end.ended_at for one in ends if one.outcome is Outcome.MACHINE), default=None),
        )

    # --- AttemptBook ----------------------------------------------------------------------------------------------

    async def open(self, attempts: Sequence[Attempt], owner: EngineName) -> OpenedAttempts:
        refused = {attempt.id: self._open_one(attempt, owner) for attempt in attempts}
        return OpenedAttempts(
            opened=frozenset(attempt for attempt, reason in refused.items() if reason is None),
            refused={attempt: reason for attempt, reason in refused.items() if reason is not None},
        )

    def _open_one(self, attempt: Attempt, owner: EngineName) -> str | None:
        if attempt.id in self.attempts:
            return None
        numbers = self.contacts[attempt.contact].numbers
        dialable = any(one.id == attempt.number_id and one.number == attempt.number and one.valid for one in numbers)
        reasons = (
            (attempt.number in self.dnc, "do-not-call"),
            (self._has_withdrawn(attempt.contact), "consent"),
            (self._is_stale(attempt), "dialed by another meanwhile"),
            (not dialable, "no number"),
            (self.calling(attempt.lead), "another attempt is open"),
            (self.leads[attempt.lead].owner != owner, "lease lost"),
        )
        refused = next((words for holds, words in reasons if holds), None)
        if refused is None:
            self.attempts[attempt.id] = FakeAttempt(attempt, owner)
        return refused

    def _is_stale(self, attempt: Attempt) -> bool:
        """Whether there are more attempts now than the verdict knew of."""
        if attempt.judged is None:
            return False
        facts, since = attempt.judged.facts, attempt.judged.at - timedelta(hours=HISTORY_HOURS)
        recent = [held.attempt for held in self.attempts.values() if held.counts and held.attempt.opened_at > since]
        of_contact = sum(one.contact == attempt.contact for one in recent)
        of_number = sum(one.number == attempt.number for one in recent)
        return of_contact > len(facts.contact_attempts or ()) or of_number > len(facts.number_attempts or ())

    def _has_withdrawn(self, contact: ContactId) -> bool:
        words = sorted(self.contacts[contact].notes, key=lambda note: (note.at, not note.given))
        return bool(words) and not words[-1].given

    async def close(self, closed: Sequence[ClosedAttempt]) -> None:
        for one in closed:
            held = self.attempts.get(one.ended.attempt)
            if held and held.closed is None:
                held.closed = one
                self._close_one(held, one)

    def _close_one(self, held: FakeAttempt, one: ClosedAttempt) -> None:
        lead, outcome = self.leads[held.attempt.lead], one.ended.outcome
        lead.attempts += outcome not in NOT_AN_ATTEMPT
        lead.score += one.points
        due_at, numberless = one.due_at, False
        if outcome is Outcome.INVALID_NUMBER:
            numberless = not self._drop_number(held.attempt) and not one.exhausted
            due_at = due_at if numberless or one.exhausted else one.ended.end.ended_at
        if lead.disposition in FINAL_DISPOSITIONS:
            lead.move(LeadStatus.DONE)
        elif lead.call_back and lead.promised_in == held.attempt.id:
            lead.move(LeadStatus.WAITING, lead.call_back.due_at, "call-back")
        elif numberless:
            lead.move(LeadStatus.BLOCKED, reason="no number")
        elif due_at:
            lead.move(LeadStatus.WAITING, due_at, f"after {outcome.replace('_', ' ')}")
        elif one.exhausted:
            lead.move(LeadStatus.EXHAUSTED, reason="attempt limit")
        else:
            lead.move(LeadStatus.DONE)
        kept = outcome is Outcome.ANSWERED and lead.promised_in != held.attempt.id
        if lead.status is not LeadStatus.WAITING or kept:
            lead.forget_promise()

    def _drop_number(self, attempt: Attempt) -> bool:
        """Mark the number invalid; whether the contact has another to dial."""
        numbers = self.contacts[attempt.contact].numbers
        for held in numbers:
            held.valid = held.valid and held.id != attempt.number_id
        return any(held.valid and held.number not in self.dnc for held in numbers)

    async def still_open(self, owner: EngineName) -> list[Attempt]:
        return [held.attempt for held in self.attempts.values() if held.engine == owner and held.closed is None]

    # --- AbandonmentBook ------------------------------------------------------------------------------------------

    async def first_dial(self, campaign: CampaignId) -> datetime | None:
        return min((held.attempt.opened_at for held in self._attempts_of(campaign)), default=None)

    async def tallies(
        self, campaign: CampaignId, since: Sequence[datetime], until: datetime, without: Collection[AttemptId]
    ) -> list[Tally]:
        answered = [
            (held.closed.ended.end.answered_at, tally_of(held.closed.ended, held.disposition))
            for held in self._attempts_of(campaign)
            if held.closed and held.attempt.id not in without
        ]
        return [
            reduce(Tally.plus, (one for at, one in answered if at and first <= at < until), Tally()) for first in since
        ]

    def _attempts_of(self, campaign: CampaignId) -> list[FakeAttempt]:
        return [held for held in self.attempts.values() if held.attempt.campaign == campaign]

    # --- PacingBook -----------------------------------------------------------------------------------------------

    async def load(self, campaign: CampaignId) -> PacingState | None:
        if campaign not in self.pacing:
            return None
        written, at = self.pacing[campaign]
        return PacingState(json.loads(written), at)

    async def save(self, campaign: CampaignId, state: Mapping[str, Any], at: datetime) -> None:
        written = json.dumps(state, allow_nan=False)
        if campaign in self.plans:
            self.pacing[campaign] = written, at

    # --- DispositionBook ------------------------------------------------------------------------------------------

    async def dispose(self, disposed: Disposed) -> None:
        if (disposed.disposition is Disposition.CALL_BACK) != (disposed.call_back is not None):
            raise BadInput("a call-back needs its time, and nothing else has one", "call_back")
        held = self.attempts.get(disposed.attempt)
        if held is None:
            raise NotFound(f"no attempt {disposed.attempt}")
        if held.disposed or held.agent not in {None, disposed.agent}:
            raise Conflict(f"attempt {disposed.attempt} was disposed of already, or another agent's")
        lead = self.leads[held.attempt.lead]
        held.disposed = disposed
        if disposed.disposition is Disposition.DO_NOT_CALL:
            self.dnc.setdefault(held.attempt.number, f"agent {disposed.agent}")
        if lead.disposition not in FINAL_DISPOSITIONS:
            self._note_on_lead(lead, disposed)

    def _note_on_lead(self, lead: FakeLead, disposed: Disposed) -> None:
        lead.disposition = disposed.disposition
        if disposed.disposition in FINAL_DISPOSITIONS:
            lead.forget_promise()
            if not self.calling(lead.id):
                lead.move(LeadStatus.DONE)
        elif disposed.call_back:
            lead.call_back, lead.promised_in = disposed.call_back, disposed.attempt
            if not self.calling(lead.id):
                lead.move(LeadStatus.WAITING, disposed.call_back.due_at, "call-back")

    # --- CampaignBook ---------------------------------------------------------------------------------------------

    async def campaigns(self) -> list[Campaign]:
        return list(self.plans.values())

    async def campaign(self, name: str) -> Campaign:
        for campaign in self.plans.values():
            if campaign.plan.name == name:
                return campaign
        raise NotFound(f"no campaign {name!r}")

    async def create(self, plan: CampaignPlan) -> Campaign:
        return self._store(Campaign(CampaignId(len(self.plans) + 1), plan))

    async def tune(self, campaign: CampaignId, plan: CampaignPlan) -> Campaign:
        return self._store(replace(self._known(campaign), plan=plan))

    async def set_status(self, campaign: CampaignId, status: CampaignStatus) -> Campaign:
        return self._store(replace(self._known(campaign), status=status))

    def _known(self, campaign: CampaignId) -> Campaign:
        if campaign not in self.plans:
            raise NotFound(f"no campaign with number {campaign}")
        return self.plans[campaign]

    def _store(self, campaign: Campaign) -> Campaign:
        names = {other.plan.name for other in self.plans.values() if other.id != campaign.id}
        if campaign.plan.name in names:
            raise Conflict(f"there is a campaign {campaign.plan.name!r} already")
        self.plans[campaign.id] = campaign
        return campaign

    # --- AgentBook ------------------------------------------------------------------------------------------------

    async def agents(self) -> list[AgentRecord]:
        return sorted(self.enrolled.values(), key=lambda agent: agent.id)

    async def enroll(self, agent: AgentRecord) -> None:
        self.enrolled[agent.id] = agent

    async def note_states(self, notes: Sequence[AgentNote]) -> None:
        self.notes += [note for note in notes if note.agent in self.enrolled]

    async def logged_in(self) -> Mapping[AgentId, tuple[CampaignId, AgentState]]:
        last = {note.agent: note for note in self.notes}
        return {
            agent: (note.campaign, note.state)
            for agent, note in last.items()
            if note.state is not AgentState.LOGGED_OUT
        }

    # --- DncBook --------------------------------------------------------------------------------------------------

    async def add(self, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
        new = set(numbers) - self.dnc.keys()
        self.dnc.update(dict.fromkeys(new, source))
        return len(new)

    async def remove(self, number: PhoneNumber) -> None:
        if number not in self.dnc:
            raise NotFound("the number is not on the do-not-call list")
        del self.dnc[number]
        theirs = {one.id for one in self.contacts.values() if any(held.number == number for held in one.numbers)}
        for lead in self.leads.values():
            if lead.contact in theirs and (lead.status, lead.reason) == (LeadStatus.BLOCKED, "do-not-call"):
                lead.move(LeadStatus.READY)

    async def listed(self, number: PhoneNumber) -> bool:
        return number in self.dnc

    # --- ConsentBook ----------------------------------------------------------------------------------------------

    async def note(self, contact: ContactId, note: ConsentNote) -> None:
        if contact not in self.contacts:
            raise NotFound(f"no contact with number {contact}")
        self.contacts[contact].notes.append(note)
        for lead in self.leads.values():
            waits = lead.status is LeadStatus.BLOCKED and lead.reason in {"consent", "reassigned number"}
            if note.given and lead.contact == contact and waits:
                lead.move(LeadStatus.READY)

    async def of(self, contact: ContactId) -> Sequence[ConsentNote]:
        notes = sorted(self.contacts[contact].notes, key=lambda note: note.at)
        return notes[::-1]

    # --- ContactBook ----------------------------------------------------------------------------------------------

    async def card(self, contact: ContactId) -> ContactCard:
        if contact not in self.contacts:
            raise NotFound(f"no contact with number {contact}")
        held = self.contacts[contact]
        past = [one for one in self.attempts.values() if one.attempt.contact == contact]
        return ContactCard(
            contact=contact,
            name=held.name,
            attributes=held.attributes,
            numbers=tuple((one.id, one.number) for one in held.numbers),
            history=[self._past(one) for one in sorted(past, key=lambda one: one.attempt.opened_at, reverse=True)],
        )

    def _past(self, one: FakeAttempt) -> Mapping[str, str]:
        return {
            "at": one.attempt.opened_at.isoformat(),
            "campaign": self.plans[one.attempt.campaign].plan.name,
            "outcome": one.closed.ended.outcome.value if one.closed else "",
            "disposition": one.disposed.disposition.value if one.disposed else "",
            "agent": (one.disposed and one.disposed.agent) or (one.closed and one.closed.ended.end.agent) or "",
            "note": one.disposed.note if one.disposed else "",
        }


def _promised_first(lead: FakeLead) -> tuple[datetime, LeadId]:
    assert lead.call_back is not None
    return lead.call_back.due_at, lead.id
