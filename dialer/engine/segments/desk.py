"""All that can be asked of and ordered about segments: what the API calls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from dialer.clock import Clock
from dialer.domain.attributes import Catalogue
from dialer.domain.condition import Condition, Holding
from dialer.domain.effect import Effect, effects_of
from dialer.domain.errors import BadInput, BadInputs, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.phone import PhoneNumber
from dialer.domain.segment import Experience, Segment, Sizes, check_set
from dialer.engine.segments.language import Language
from dialer.engine.segments.portrait import Portrait, portrait
from dialer.engine.segments.sampling import MOST_COUNTED, Looked, Sampling
from dialer.engine.segments.suits import Association, Suits, associations, customer_view, product_view
from dialer.ports.segments import (
    FactBook,
    Fed,
    Members,
    NewLeads,
    Page,
    PeopleReading,
    PersonFacts,
    Reached,
    SegmentBook,
    Target,
    WrittenRule,
    WrittenSegment,
)

MOST_OF_A_SIDE = 20_000
"""Buyers and others that a portrait looks at: enough for shares to a percent."""
MOST_PEOPLE = 200_000
"""Looked at for associations and a product's segments."""
FRESH = timedelta(hours=1)
"""For so long associations are used again."""
T = TypeVar("T")
W = TypeVar("W", WrittenSegment, WrittenRule)


@dataclass(frozen=True, slots=True)
class FactsTold:
    """What another system says of one person, not yet checked."""

    external_key: str
    name: str
    numbers: Sequence[PhoneNumber]
    attributes: Mapping[str, object]
    holdings: Sequence[Holding]


@dataclass(frozen=True, slots=True)
class CustomerView:
    held: Sequence[str]
    segment: Segment | None
    suits: Sequence[Suits]


class SegmentDesk:
    def __init__(
        self, book: SegmentBook, people: PeopleReading, facts: FactBook, catalogue: Catalogue, clock: Clock
    ) -> None:
        self._book, self._people, self._facts, self._clock = book, people, facts, clock
        self._catalogue, self._language = catalogue, Language(catalogue)
        self._sampling = Sampling(people, clock, Random())
        self._found: tuple[datetime, Sequence[Association]] | None = None

    async def note(self, told: Sequence[FactsTold], source: str) -> int:
        """Take what another system knows of people; how many were new. BadInputs names each fault with its place:
        people.3.attributes.town."""
        at = self._clock.now()
        faults: list[BadInput] = []
        people: list[PersonFacts] = []
        for place, one in enumerate(told):
            try:
                said = self._catalogue.read(one.attributes, source, at, f"people.{place}.attributes")
                people.append(PersonFacts(one.external_key, one.name, one.numbers, said, one.holdings))
            except BadInputs as error:
                faults += error.faults
        if faults:
            raise BadInputs(faults)
        return await self._facts.note(people, source)

    async def segments(self) -> Sequence[Segment]:
        """By priority. BadInputs names each whose expression no longer fits the catalogue."""
        return _all(self._segment, await self._book.segments(), "segments")

    async def written(self) -> Sequence[WrittenSegment]:
        return await self._book.segments()

    async def written_rules(self) -> Sequence[WrittenRule]:
        return await self._book.rules()

    async def rules(self) -> Sequence[Experience]:
        return _all(self._rule, await self._book.rules(), "rules")

    async def load(
        self, segments: Sequence[WrittenSegment], rules: Sequence[WrittenRule], *, only: bool, go: bool = True
    ) -> None:
        """Take all of these, or nothing; `go` False: only look. BadInputs names every one that can't be, and why."""
        faults = [*_faults(self._segment, segments, "segments"), *_faults(self._rule, rules, "rules")]
        if faults:
            raise BadInputs(faults)
        given_names = {one.name for one in segments}
        kept = [] if only else [one for one in await self._book.segments() if one.name not in given_names]
        check_set(_all(self._segment, [*kept, *segments], "segments"))
        if go:
            await self._book.put(segments, rules, only=only)

    async def remove(self, name: str) -> None:
        await self._book.remove(name)

    async def segment(self, name: str) -> Segment:
        return (await self._up_to(name))[-1]

    async def sizes(self, page: Page) -> tuple[Sequence[Segment], Sizes, Reached]:
        """How many of a page's people each segment has. BadInput: there are no segments."""
        segments = await self._some()
        conditions = [one.condition for one in segments]
        patterns, reached = await self._people.patterns(conditions, page, self._clock.now())
        return segments, _sizes(segments, patterns), reached

    async def quick_sizes(self) -> tuple[Sequence[Segment], Sizes, Looked | None]:
        """The same of all people, at once: from a sample, whose counts are to be read by what was looked at; None: all
        were counted, since there are few. BadInput: there are no segments. Conflict: see Sampling.look."""
        segments, now = await self._some(), self._clock.now()
        conditions = [one.condition for one in segments]
        span = await self._people.span(MOST_COUNTED + 1)
        if span.people <= MOST_COUNTED:
            patterns, _ = await self._people.patterns(conditions, Page(0, MOST_COUNTED), now)
            return segments, _sizes(segments, patterns), None
        looked = await self._sampling.look(conditions, span, now)
        return segments, _sizes(segments, looked.patterns), looked

    async def effects(self, days: float, page: Page) -> tuple[Sequence[str], Sequence[Effect], Reached]:
        """What the calls of so many days brought with a page's people: the segments' names, and a row a segment and
        offer. Who belongs to which is asked as of now. BadInput: there are no segments."""
        segments, now = await self._some(), self._clock.now()
        conditions, names = [one.condition for one in segments], [one.name for one in segments]
        brought, reached = await self._people.brought(conditions, now - timedelta(days=days), page, now)
        return names, effects_of(names, brought), reached

    async def members(self, name: str, page: Page) -> tuple[Sequence[ContactId], Reached]:
        """Whom a segment has after those before it took theirs. NotFound: no such segment."""
        return await self._people.members(await self._members(name), page, self._clock.now())

    async def feed(self, name: str, lead: NewLeads, page: Page, *, go: bool) -> tuple[Fed, Reached]:
        """Make leads of a page's members; `go` False: say how many it would make. NotFound: no such segment."""
        return await self._people.feed(await self._members(name), page, self._clock.now(), lead, go=go)

    async def portrait(self, target: Target) -> Portrait:
        """BadInput: too few buyers or others."""
        fields = [one for one in self._language.fields if one.name != "time_zone"]
        sample = await self._people.sample(target, fields, MOST_OF_A_SIDE, self._clock.now())
        return await asyncio.to_thread(portrait, sample, fields)  # seconds of reckoning, while calls go on

    async def product(self, product: str) -> Sequence[Suits]:
        """Whom a product suits. NotFound: nobody holds it, and no rule or segment speaks of it."""
        segments, rules = await self.segments(), await self.rules()
        conditions = [one.condition for one in segments]
        patterns = await self._people.holding_patterns(conditions, product, MOST_PEOPLE, self._clock.now())
        known = {one.product for one in rules} | {one.offer for one in segments}
        if product not in known and not any(pattern[-1] for pattern in patterns):
            raise NotFound(f"nobody holds '{product}', and no rule or segment speaks of it")
        return product_view(product, segments, patterns, rules, await self._associations())

    async def customer(self, contact: ContactId) -> CustomerView:
        """NotFound: no such contact."""
        segments, rules = await self.segments(), await self.rules()
        conditions = [*(one.condition for one in segments), *(one.condition for one in rules)]
        fits = await self._people.matching(contact, conditions, self._clock.now())
        mine = [one for one, does in zip(segments, fits, strict=False) if does]
        told = [rule for rule, does in zip(rules, fits[len(segments) :], strict=True) if does]
        held = await self._people.held_by(contact, self._clock.now())
        segment = mine[0] if mine else None
        return CustomerView(held, segment, customer_view(held, told, segment, await self._associations()))

    async def _associations(self) -> Sequence[Association]:
        now = self._clock.now()
        if self._found is None or now - self._found[0] > FRESH:
            self._found = now, associations(await self._people.baskets(MOST_PEOPLE, now))
        return self._found[1]

    async def _some(self) -> Sequence[Segment]:
        if segments := await self.segments():
            return segments
        raise BadInput("there are no segments yet: load some, as docs/segments.md tells", "segments")

    async def _members(self, name: str) -> Members:
        *before, segment = await self._up_to(name)
        return Members(segment.condition, [one.condition for one in before])

    async def _up_to(self, name: str) -> Sequence[Segment]:
        """The segment, and before it those of higher priority."""
        segments = await self.segments()
        for place, one in enumerate(segments):
            if one.name == name:
                return segments[: place + 1]
        raise NotFound(f"no segment '{name}'; see dialer segments list")

    def _segment(self, one: WrittenSegment) -> Segment:
        condition = self._read(one.expression)
        return Segment(
            one.name, one.priority, one.expression, condition, one.outreach, one.campaign, one.offer, one.note
        )

    def _rule(self, one: WrittenRule) -> Experience:
        return Experience(one.name, one.product, one.expression, self._read(one.expression), one.because)

    def _read(self, expression: str) -> Condition:
        try:
            return self._language.read(expression)
        except BadInput as error:
            raise BadInput(error.reason, "expression") from None


def _sizes(segments: Sequence[Segment], patterns: Mapping[tuple[bool, ...], int]) -> Sizes:
    sizes = Sizes()
    sizes.add([one.name for one in segments], patterns)
    return sizes


def _faults(read: Callable[[W], object], written: Sequence[W], place: str) -> list[BadInput]:
    faults = []
    for one in written:
        try:
            read(one)
        except BadInput as error:
            faults.append(BadInput(error.reason, f"{place}.{one.name}.{error.place}"))
    return faults


def _all(read: Callable[[W], T], written: Sequence[W], place: str) -> list[T]:
    """BadInputs names each that can't be."""
    if faults := _faults(read, written, place):
        raise BadInputs(faults)
    return [read(one) for one in written]
