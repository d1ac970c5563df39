"""Segments, and questions to people, over the contact database in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import permutations

from dialer.clock import Clock
from dialer.domain.condition import Condition, Fact, Field, Happened, Person, held, matches
from dialer.domain.effect import Brought
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.outcome import Disposition
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.segments.desk import SegmentDesk
from dialer.ports.segments import (
    Baskets,
    Fed,
    Members,
    NewLeads,
    Page,
    PersonFacts,
    Reached,
    Sample,
    Span,
    Target,
    WrittenRule,
    WrittenSegment,
)
from integrations.http_api.people import ERASED_LEAD
from tests.fakes.contact_book import FakeAttempt, FakeContactBook


@dataclass
class FakeSegmentBook:
    book: FakeContactBook
    kept: dict[str, WrittenSegment] = field(default_factory=dict)
    kept_rules: dict[str, WrittenRule] = field(default_factory=dict)

    async def segments(self) -> Sequence[WrittenSegment]:
        return sorted(self.kept.values(), key=lambda one: one.priority)

    async def rules(self) -> Sequence[WrittenRule]:
        return sorted(self.kept_rules.values(), key=lambda one: one.name)

    async def put(self, segments: Sequence[WrittenSegment], rules: Sequence[WrittenRule], *, only: bool) -> None:
        after = ({} if only else dict(self.kept)) | {one.name: one for one in segments}
        if len({one.priority for one in after.values()}) < len(after):
            raise Conflict("a priority is another segment's already", "priority")
        names = {one.plan.name for one in self.book.plans.values()}
        if any(one.campaign and one.campaign not in names for one in segments):
            raise NotFound("no such campaign")
        self.kept = after
        self.kept_rules = ({} if only else self.kept_rules) | {one.name: one for one in rules}

    async def remove(self, name: str) -> None:
        if self.kept.pop(name, None) is None:
            raise NotFound(f"no segment '{name}'")


@dataclass
class FakePeopleReading:
    book: FakeContactBook
    persons: dict[ContactId, Person] = field(default_factory=dict)
    """What conditions may ask of whom; of all others nothing is known."""

    async def note(self, people: Sequence[PersonFacts], source: str) -> int:
        known = {one.attributes["key"]: one.id for one in self.book.contacts.values() if "key" in one.attributes}
        closed = {one.contact for one in self.book.leads.values() if one.reason == ERASED_LEAD}
        erased = [place for place, one in enumerate(people) if known.get(one.external_key) in closed]
        if erased:
            raise Conflict(", ".join(f"people.{place}" for place in erased) + ": erased", "people")
        for one in people:
            if one.external_key not in known:
                numbers = (number.e164 for number in one.numbers)
                self.book.add_contact(*numbers, name=one.name, attributes={"key": one.external_key})
            contact = known.get(one.external_key, ContactId(len(self.book.contacts)))
            before = self.persons.get(contact, Person())
            said = {told.spec.name: told.value for told in one.said}
            held = {(old.product, old.since): old for old in (*before.holdings, *one.holdings)}
            self.persons[contact] = Person({**before.values, **said}, list(held.values()))
        return sum(one.external_key not in known for one in people)

    async def patterns(
        self, conditions: Sequence[Condition], page: Page, now: datetime
    ) -> tuple[Mapping[tuple[bool, ...], int], Reached]:
        ids, reached = self._page(page)
        return Counter(self.fits(one, conditions, now) for one in ids), reached

    async def patterns_of(
        self, conditions: Sequence[Condition], contacts: Sequence[ContactId], now: datetime
    ) -> Mapping[tuple[bool, ...], int]:
        return Counter(self.fits(one, conditions, now) for one in contacts if one in self.book.contacts)

    async def span(self, most: int) -> Span:
        ids = self.book.contacts
        return Span(min(ids, default=0), max(ids, default=0), min(most, len(ids)))

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, page: Page, now: datetime
    ) -> tuple[Sequence[Brought], Reached]:
        ids, reached = self._page(page)
        ended = [one for one in self.book.attempts.values() if one.closed and one.counts]
        asked = [one for one in ended if one.attempt.contact in ids and one.attempt.opened_at >= since]
        return [self._brought(one, self.fits(one.attempt.contact, conditions, now)) for one in asked], reached

    def _brought(self, one: FakeAttempt, pattern: Sequence[bool]) -> Brought:
        plan = self.book.plans[one.attempt.campaign].plan
        connected = one.closed is not None and one.closed.ended.end.connected_at is not None
        return Brought(
            pattern, plan.name, plan.product or plan.offer, 1, connected, one.disposition is Disposition.SALE
        )

    async def members(self, wanted: Members, page: Page, now: datetime) -> tuple[Sequence[ContactId], Reached]:
        ids, reached = self._page(page)
        asked = [wanted.condition, *wanted.before]
        return [one for one in ids if self.fits(one, asked, now) == (True, *[False] * len(wanted.before))], reached

    async def feed(
        self, wanted: Members, page: Page, now: datetime, lead: NewLeads, *, go: bool
    ) -> tuple[Fed, Reached]:
        found, reached = await self.members(wanted, page, now)
        leads = {one.contact for one in self.book.leads.values() if one.campaign == lead.campaign}
        numbers = {one: [n.number for n in self.book.contacts[one].numbers] for one in found}
        new = [one for one in found if one not in leads]
        bare = [one for one in new if not numbers[one]]
        listed = [one for one in new if numbers[one] and all(n in self.book.dnc for n in numbers[one])]
        made = [one for one in new if one not in bare and one not in listed]
        for one in made if go else ():
            self.book.add_lead(lead.campaign, one, lead.score)
        return Fed(len(found), len(found) - len(new), len(listed), len(bare), len(made)), reached

    async def matching(self, contact: ContactId, conditions: Sequence[Condition], now: datetime) -> Sequence[bool]:
        if contact not in self.book.contacts:
            raise NotFound(f"no contact {contact}")
        return list(self.fits(contact, conditions, now))

    async def held_by(self, contact: ContactId, now: datetime) -> Sequence[str]:
        return sorted(self._held(contact, now.astimezone(UTC).date()))

    async def sample(self, target: Target, fields: Sequence[Field], most: int, now: datetime) -> Sample:
        ids = sorted(self.book.contacts)
        bought = [bool(matches(Happened(Fact.BOUGHT, target.product), self._person(one), now.date())) for one in ids]
        values = {one.name: [self._person(person).values.get(one.name) for person in ids] for one in fields}
        products = [sorted(self._held(one, now.date())) for one in ids]
        return Sample(sum(bought), len(bought) - sum(bought), bought, values, products)

    async def baskets(self, most: int, now: datetime) -> Baskets:
        held_by = [self._held(one, now.date()) for one in self.book.contacts]
        holders = Counter(product for products in held_by for product in products)
        return Baskets(len(held_by), holders, Counter(pair for one in held_by for pair in permutations(one, 2)))

    async def holding_patterns(
        self, conditions: Sequence[Condition], product: str, most: int, now: datetime
    ) -> Mapping[tuple[bool, ...], int]:
        asked = [*conditions, Happened(Fact.HOLDS, product)]
        return Counter(self.fits(one, asked, now) for one in self.book.contacts)

    def _person(self, contact: ContactId) -> Person:
        return self.persons.get(contact, Person())

    def _held(self, contact: ContactId, today: date) -> set[str]:
        return {one.product for one in self._person(contact).holdings if held(one, today)}

    def fits(self, contact: ContactId, conditions: Sequence[Condition], now: datetime) -> tuple[bool, ...]:
        return tuple(matches(one, self._person(contact), now.date()) is True for one in conditions)

    def _page(self, page: Page) -> tuple[Sequence[ContactId], Reached]:
        rest = [one for one in sorted(self.book.contacts) if one > page.after]
        taken = rest[: page.people]
        last = max(self.book.contacts, default=0)
        return taken, Reached(taken[-1] if len(rest) > len(taken) else None, last)


def fake_segment_desk(book: FakeContactBook, clock: Clock) -> SegmentDesk:
    people = FakePeopleReading(book)
    return SegmentDesk(FakeSegmentBook(book), people, people, load_catalogue(), clock)
