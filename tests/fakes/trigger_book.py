"""Events, offers, products and the calendar in memory. tests/contract/test_triggers.py holds them to the real ones."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from dialer.domain.calendar import CalendarEntry
from dialer.domain.campaign import CampaignStatus
from dialer.domain.clash import DEADLINE
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import Condition, ContactEvent, EventState, EventTaken, Raise, Raised, Sign, Whom, holds
from dialer.ports.triggers import Evaluated, Offer, UnknownEvent
from tests.fakes.contact_book import FakeContact, FakeContactBook, FakeLead

OVER = (LeadStatus.DONE, LeadStatus.EXHAUSTED)


@dataclass(frozen=True)
class Noted:
    contact: ContactId
    lead: LeadId
    rule: str
    at: datetime
    deadline: datetime
    offer: str


@dataclass
class FakeTriggerBook:
    book: FakeContactBook
    seen: set[tuple[ContactId, str]] = field(default_factory=set)
    lost: dict[str, UnknownEvent] = field(default_factory=dict)
    raised: list[Noted] = field(default_factory=list)

    async def receive(self, told: Sequence[tuple[ContactEvent, Sequence[Raise]]], now: datetime) -> list[EventTaken]:
        return [self._receive(event, wanted, now) for event, wanted in told]

    def _receive(self, event: ContactEvent, wanted: Sequence[Raise], now: datetime) -> EventTaken:
        fitting = [one for one in self.book.contacts.values() if _is(one, event.whom)]
        if len(fitting) != 1:
            why = "several contacts have this number" if fitting else "no contact is known so"
            self.lost.setdefault(event.id, UnknownEvent(event, now, why))
            return EventTaken(event.id, EventState.UNKNOWN_PERSON, why=why)
        self.lost.pop(event.id, None)
        [contact] = fitting
        if (contact.id, event.id) in self.seen:
            return EventTaken(event.id, EventState.KNOWN, contact.id, why="it was told before")
        self.seen.add((contact.id, event.id))
        raised = [self._for(contact, one, now) for one in wanted]
        return EventTaken(event.id, EventState.TAKEN, contact.id, raised)

    def _for(self, contact: FakeContact, wanted: Raise, now: datetime) -> Raised:
        rule = wanted.rule
        if not all(_fits(one, contact) for one in rule.who):
            return Raised(rule.id, rule.campaign, why="the rule is not for this contact")
        return self._raise(contact, wanted, now)

    def _raise(self, contact: FakeContact, wanted: Raise, now: datetime) -> Raised:
        rule, campaign = wanted.rule, wanted.campaign
        held = next((o for o in self.book.leads.values() if (o.campaign, o.contact) == (campaign, contact.id)), None)
        clash, until = self.book.clash(campaign, contact.id, now, None)
        reasons = (
            (wanted.deadline <= now, DEADLINE),
            (held is not None and held.reason == "erased", "erased"),
            (self._lately(contact.id, wanted, now), "raised by this rule already, a short while ago"),
            (held is not None and self.book.calling(held.id), "in a call now"),
            (held is not None and held.call_back is not None, "a call-back is promised"),
            (bool(clash) and (until is None or until >= wanted.deadline), clash),
        )
        why = next((words for holds_, words in reasons if holds_), None)
        if why is not None:
            return Raised(rule.id, rule.campaign, due_at=until, why=why)
        lead = held or self.book.leads[self.book.add_lead(campaign, contact.id, float("nan"))]
        _lift(lead, wanted, made=held is None)
        lead.move(LeadStatus.WAITING if clash else LeadStatus.READY, until, clash or None)
        self.raised.append(Noted(contact.id, lead.id, rule.id, now, wanted.deadline, rule.offer))
        return Raised(rule.id, rule.campaign, lead.id, wanted.deadline, until, clash)

    def _lately(self, contact: ContactId, wanted: Raise, now: datetime) -> bool:
        since = now - timedelta(days=wanted.rule.once_in_days)
        return wanted.rule.once_in_days > 0 and any(
            (one.contact, one.rule) == (contact, wanted.rule.id) and one.at > since for one in self.raised
        )

    async def evaluate(
        self, wanted: Raise, now: datetime, after: ContactId | None, limit: int, *, keep: bool
    ) -> tuple[Evaluated, ContactId | None]:
        fitting = [
            one
            for one in self.book.contacts.values()
            if one.id > (after or 0) and all(_fits(condition, one) for condition in wanted.rule.who)
            if not self._lately(one.id, wanted, now)
        ][:limit]
        done = [self._raise(one, wanted, now) for one in fitting] if keep else []
        reasons = Counter(one.why for one in done if one.lead is None)
        last = fitting[-1].id if len(fitting) == limit else None
        return Evaluated(len(fitting), sum(one.lead is not None for one in done), reasons), last

    async def unknown(self, after: str, limit: int) -> Sequence[UnknownEvent]:
        return [self.lost[id] for id in sorted(self.lost) if id > after][:limit]

    async def discard(self, events: Sequence[str]) -> int:
        return sum(self.lost.pop(id, None) is not None for id in set(events))


def _lift(lead: FakeLead, wanted: Raise, *, made: bool) -> None:
    if made or lead.status in OVER:
        lead.raised_from, lead.attempts, lead.disposition = None, 0, None
    elif lead.deadline is None:
        lead.raised_from = lead.score
    lead.score, lead.deadline = wanted.rule.score, wanted.deadline


def _is(contact: FakeContact, whom: Whom) -> bool:
    return (
        contact.id == whom.contact
        or bool(whom.external_key and contact.attributes.get("key") == whom.external_key)
        or any(held.number == whom.number for held in contact.numbers)
    )


def _fits(condition: Condition, contact: FakeContact) -> bool:
    known: Any = contact.attributes.get(condition.name)
    if known is not None and condition.sign is not Sign.CHANGED and isinstance(condition.value, float | int):
        try:
            known = float(known)
        except ValueError:
            known = None
    return holds(condition, known)


@dataclass
class FakeOfferBook:
    book: FakeContactBook
    triggers: FakeTriggerBook
    calendar: "FakeCalendarBook"

    async def offers(self, contact: ContactId, now: datetime) -> Sequence[Offer]:
        if contact not in self.book.contacts:
            raise NotFound(f"no contact with number {contact}")
        return sorted(
            self._offers(contact, now), key=lambda one: (bool(one.why_not), one.lead is None, one.deadline is None)
        )

    def _offers(self, contact: ContactId, now: datetime) -> list[Offer]:
        found = []
        for campaign in self.book.plans.values():
            plan = campaign.plan
            lead = next(
                (o for o in self.book.leads.values() if (o.campaign, o.contact) == (campaign.id, contact)), None
            )
            offers = plan.offer or (lead and plan.script)
            entry = self.calendar.kept.get(campaign.id)
            planned = entry is not None and entry.on(now.date())
            if not (planned or campaign.status is CampaignStatus.RUNNING) or not offers:
                continue
            target = lead is not None and lead.status not in (*OVER, LeadStatus.BLOCKED)
            noted = [one for one in self.triggers.raised if lead and one.lead == lead.id and one.deadline > now]
            words = (noted[-1].offer if noted else "") or plan.offer or plan.script
            why, until = self.book.clash(campaign.id, contact, now, None)
            if lead is not None and not target:
                why, until = f"the lead is {lead.status}", None
            if plan.product and (contact, plan.product) in self.book.held_products:
                why, until = "held already", None
            deadline = lead.deadline if lead and target and lead.deadline and lead.deadline > now else None
            shown = lead.id if lead and target else None
            found.append(Offer(campaign.id, plan.name, plan.product, words, shown, deadline, why, until))
        return found

    async def callers(self, number: PhoneNumber) -> Sequence[ContactId]:
        return [one.id for one in self.book.contacts.values() if number in {held.number for held in one.numbers}]


@dataclass
class FakeProductBook:
    book: FakeContactBook

    async def exclusive(self) -> Mapping[tuple[str, str], float]:
        return {
            (min(pair), max(pair)): days for pair, days in sorted(self.book.exclusive.items(), key=lambda p: min(p[0]))
        }

    async def exclude(self, product: str, other: str, offered_days: float) -> None:
        if product == other or not product.strip() or not other.strip():
            raise BadInput("must be another product", "other")
        self.book.exclusive[frozenset({product, other})] = offered_days

    async def allow(self, product: str, other: str) -> None:
        if self.book.exclusive.pop(frozenset({product, other}), None) is None:
            raise NotFound(f"{product} and {other} do not exclude each other")


@dataclass
class FakeCalendarBook:
    book: FakeContactBook
    kept: dict[CampaignId, CalendarEntry] = field(default_factory=dict)
    room: dict[Channel, int] = field(default_factory=dict)

    async def entries(self, begin: date | None, end: date | None) -> Sequence[CalendarEntry]:
        found = [
            self._entry(one)
            for one in self.kept.values()
            if (begin is None or one.ends_on >= begin) and (end is None or one.begins_on <= end)
        ]
        return sorted(found, key=lambda one: (one.begins_on, one.campaign))

    def _entry(self, kept: CalendarEntry) -> CalendarEntry:
        plan = self.book.plans[kept.campaign].plan
        return replace(kept, name=plan.name, product=plan.product, shares_people=plan.shares_people)

    async def entry(self, campaign: CampaignId) -> CalendarEntry | None:
        return self._entry(self.kept[campaign]) if campaign in self.kept else None

    async def put(self, entry: CalendarEntry) -> None:
        if entry.campaign not in self.book.plans:
            raise NotFound(f"no campaign with number {entry.campaign}")
        self.kept[entry.campaign] = entry

    async def remove(self, campaign: CampaignId) -> None:
        if self.kept.pop(campaign, None) is None:
            raise NotFound("the campaign is not in the calendar")

    async def people(self, campaign: CampaignId) -> int:
        return len(self._people(campaign))

    async def shared(self, campaign: CampaignId, others: Collection[CampaignId]) -> Mapping[CampaignId, int]:
        mine = self._people(campaign)
        counted = {other: len(mine & self._people(other)) for other in others}
        return {other: count for other, count in counted.items() if count}

    def _people(self, campaign: CampaignId) -> set[ContactId]:
        return {one.contact for one in self.book.leads.values() if one.campaign == campaign and one.status not in OVER}

    async def capacity(self) -> Mapping[Channel, int]:
        return dict(self.room)

    async def set_capacity(self, channel: Channel, a_day: int | None) -> None:
        self.room.pop(channel, None)
        if a_day is not None:
            self.room[channel] = a_day
