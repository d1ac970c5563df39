"""Segments, and what the people of the contact database have in common, as they are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.attributes import Said, Value
from dialer.domain.condition import Condition, Field, Holding
from dialer.domain.contact import Channel
from dialer.domain.effect import Brought
from dialer.domain.ids import CampaignId, ContactId
from dialer.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """A segment as it is kept; its expression is read when it is used, since the catalogue may change."""

    name: str
    priority: int
    expression: str
    outreach: Channel | None = None
    campaign: str = ""
    offer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule of experience as it is kept."""

    name: str
    product: str
    expression: str
    because: str


class SegmentBook(Protocol):
    async def segments(self) -> Sequence[WrittenSegment]:
        """By priority."""

    async def rules(self) -> Sequence[WrittenRule]:
        """By name."""

    async def put(self, segments: Sequence[WrittenSegment], rules: Sequence[WrittenRule], *, only: bool) -> None:
        """Add or change all of these, or nothing. `only`: all others are removed. Conflict: a priority is another
        segment's. NotFound: no such campaign."""

    async def remove(self, name: str) -> None:
        """NotFound: no such segment."""


@dataclass(frozen=True, slots=True)
class Page:
    """People in the order of their ids: those after `after`, so many of them at most."""

    after: int
    people: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a page came."""

    next: int | None
    """Where the next page goes on; None: it was the last."""
    last: int
    """The highest id there is."""


@dataclass(frozen=True, slots=True)
class Span:
    """Between which ids people are."""

    first: int
    last: int
    people: int
    """How many, counted up to a limit."""


@dataclass(frozen=True, slots=True)
class Members:
    """Whom a segment has: those who match, and none of the segments before it."""

    condition: Condition
    before: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True)
class NewLeads:
    campaign: CampaignId
    score: float = 0.0
    """What each begins with, before its history counts."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of a segment's people of one page, or would."""

    members: int
    already: int
    """Are leads of the campaign."""
    do_not_call: int
    """All their numbers are on the do-not-call list."""
    no_number: int
    """Have no valid number."""
    leads: int
    """New ones."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is a buyer: whoever ever held the product, or bought in the campaign (of those it spoke with)."""

    product: str = ""
    campaign: CampaignId | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What another system knows of one person."""

    external_key: str
    name: str
    numbers: Sequence[PhoneNumber]
    said: Sequence[Said]
    holdings: Sequence[Holding]


class FactBook(Protocol):
    async def note(self, people: Sequence[PersonFacts], source: str) -> int:
        """Add people by their keys, or bring them up to date: attributes and products held; how many were new.

        Conflict, and nothing is taken: some of them were erased; their places are named."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Buyers and others with what is known of them."""

    buyers: int
    """Of how many the sample was taken."""
    others: int
    bought: Sequence[bool]
    values: Mapping[str, Sequence[Value | None]]
    """By field, in the order of `bought`."""
    products: Sequence[Sequence[str]]
    """What each holds."""


@dataclass(frozen=True, slots=True)
class Baskets:
    """How many of the people looked at hold which products, and which two of them."""

    people: int
    holders: Mapping[str, int]
    both: Mapping[tuple[str, str], int]


class PeopleReading(Protocol):
    """Questions to the people of the contact database, all as of `now`."""

    async def patterns(
        self, conditions: Sequence[Condition], page: Page, now: datetime
    ) -> tuple[Mapping[tuple[bool, ...], int], Reached]:
        """How many people match which of the conditions for certain."""

    async def patterns_of(
        self, conditions: Sequence[Condition], contacts: Sequence[ContactId], now: datetime
    ) -> Mapping[tuple[bool, ...], int]:
        """The same of these contacts; ids that are nobody's count nowhere."""

    async def span(self, most: int) -> Span:
        """`people` is at most `most`, and takes no longer to count. Nobody: 0 to 0."""

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, page: Page, now: datetime
    ) -> tuple[Sequence[Brought], Reached]:
        """What calls placed since then brought with the people of a page."""

    async def members(self, wanted: Members, page: Page, now: datetime) -> tuple[Sequence[ContactId], Reached]: ...

    async def feed(
        self, wanted: Members, page: Page, now: datetime, lead: NewLeads, *, go: bool
    ) -> tuple[Fed, Reached]:
        """Make leads of those who have a number that may be called and are no leads yet; `go` False: only count.

        NotFound: no such campaign. Conflict: an import is running."""

    async def matching(self, contact: ContactId, conditions: Sequence[Condition], now: datetime) -> Sequence[bool]:
        """Which of the conditions one person matches. NotFound: no such contact."""

    async def held_by(self, contact: ContactId, now: datetime) -> Sequence[str]:
        """The products that one person holds."""

    async def sample(self, target: Target, fields: Sequence[Field], most: int, now: datetime) -> Sample:
        """Buyers and others, at most so many of each, taken evenly."""

    async def baskets(self, most: int, now: datetime) -> Baskets:
        """Of at most about so many people, taken evenly."""

    async def holding_patterns(
        self, conditions: Sequence[Condition], product: str, most: int, now: datetime
    ) -> Mapping[tuple[bool, ...], int]:
        """As `patterns`, whose last value is whether the person holds the product; of at most about so many people."""
