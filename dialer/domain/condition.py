"""What a segment asks of a person: a tree of conditions, and whether it holds of one person.

**Unknown.** Logic has three values, as in SQL: a comparison with an attribute that nobody told is unknown (None),
`not` leaves it unknown, and who is to be a member must match for certain. `known(x)` and what happened to a person
(held, contacted ...) are always true or false: what is not in the database did not happen.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from dialer.domain.attributes import Value, ValueType
from dialer.domain.contact import Channel, Direction


class Op(StrEnum):
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


OPERATORS: Mapping[Op, Callable[[Any, Any], Any]] = {
    Op.EQUAL: eq,
    Op.UNEQUAL: ne,
    Op.LESS: lt,
    Op.AT_MOST: le,
    Op.MORE: gt,
    Op.AT_LEAST: ge,
}


class Fact(StrEnum):
    """What happened to a person."""

    HOLDS = "holds"
    BOUGHT = "bought"
    CONTACTED = "contacted"
    CAME = "came"
    CLOSED = "closed"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Field:
    """Something that has a value: an attribute of the catalogue, or what the database knows by itself."""

    name: str
    type: ValueType
    half_life_days: float = 0.0
    """Of what its sources say; 0: it does not age."""
    built_in: bool = False


BUILT_IN = (
    Field("region", ValueType.TEXT, built_in=True),
    Field("time_zone", ValueType.TEXT, built_in=True),
    Field("last_contact", ValueType.DATE, built_in=True),
)
"""`last_contact`: the day (UTC) of the last contact by any channel, in either direction."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, or one counted from today: `days` and `years` ahead, less than 0: ago."""

    fixed: date | None = None
    days: int = 0
    years: int = 0

    def on(self, today: date) -> date:
        if self.fixed is not None:
            return self.fixed
        year = min(9999, max(1, today.year + self.years))
        try:
            moved = today.replace(year=year)
        except ValueError:
            moved = today.replace(year=year, day=28)
        return moved + timedelta(days=self.days)


Literal = str | float | bool | Day


@dataclass(frozen=True, slots=True)
class Compared:
    field: Field
    op: Op
    literal: Literal


@dataclass(frozen=True, slots=True)
class Within:
    """`field in (...)`."""

    field: Field
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A list has this text."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class IsKnown:
    field: Field


@dataclass(frozen=True, slots=True)
class Happened:
    fact: Fact
    what: str = ""
    """A product, channel, disposition or campaign; empty: any."""
    days: int | None = None
    """Today, or so many days ago at most; None: ever."""


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Condition", ...]


Condition = Compared | Within | Has | IsKnown | Happened | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Holding:
    product: str
    since: date
    until: date | None = None
    """The first day without it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    channel: Channel
    direction: Direction
    on: date


@dataclass(frozen=True, slots=True)
class Person:
    """What conditions may ask of one person; of several sources, the value that counts."""

    values: Mapping[str, Value] = field(default_factory=dict)
    holdings: Sequence[Holding] = ()
    meetings: Sequence[Meeting] = ()
    closed: Sequence[tuple[str, date]] = ()
    """Dispositions, each with its day."""
    campaigns: Collection[str] = ()
    """Those in which the person is a lead."""


def matches(condition: Condition, person: Person, today: date) -> bool | None:
    """Whether it holds; None: unknown."""
    match condition:
        case Not(part):
            inner = matches(part, person, today)
            return None if inner is None else not inner
        case All(parts):
            return _least([matches(part, person, today) for part in parts])
        case AnyOf(parts):
            inner = _least([_flipped(matches(part, person, today)) for part in parts])
            return _flipped(inner)
        case Happened():
            return _happened(condition, person, today)
        case IsKnown(asked):
            return asked.name in person.values
        case Compared() | Within() | Has():
            value = person.values.get(condition.field.name)
            return None if value is None else _said(condition, value, today)


def fields_of(condition: Condition) -> Iterator[Field]:
    """Every field that it asks for, once or more."""
    match condition:
        case Not(part):
            yield from fields_of(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from fields_of(part)
        case Compared() | Within() | Has() | IsKnown():
            yield condition.field
        case Happened():
            return


def happened_of(condition: Condition) -> Iterator[Happened]:
    """All that it asks of the past, once or more."""
    match condition:
        case Not(part):
            yield from happened_of(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from happened_of(part)
        case Happened():
            yield condition
        case Compared() | Within() | Has() | IsKnown():
            return


def plain(literal: Literal, today: date) -> str | float | bool:
    """As values are kept: days as texts like 2026-01-31, which are in order as texts too."""
    return literal.on(today).isoformat() if isinstance(literal, Day) else literal


def _flipped(value: bool | None) -> bool | None:
    return None if value is None else not value


def _least(values: Sequence[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _said(condition: Compared | Within | Has, value: Value, today: date) -> bool:
    match condition:
        case Compared(_, op, literal):
            return bool(OPERATORS[op](value, plain(literal, today)))
        case Within(_, literals):
            return value in [plain(one, today) for one in literals]
        case Has(_, text):
            return isinstance(value, tuple) and text in value


def _happened(asked: Happened, person: Person, today: date) -> bool:
    first = date.min if asked.days is None else today - timedelta(days=asked.days)

    def fits(what: str, on: date) -> bool:
        return asked.what in {"", what} and first <= on <= today

    match asked.fact:
        case Fact.HOLDS:
            return any(asked.what in {"", one.product} and held(one, today) for one in person.holdings)
        case Fact.BOUGHT:
            return any(fits(one.product, one.since) for one in person.holdings)
        case Fact.CONTACTED | Fact.CAME:
            way = Direction.OUTBOUND if asked.fact is Fact.CONTACTED else Direction.INBOUND
            return any(one.direction is way and fits(one.channel, one.on) for one in person.meetings)
        case Fact.CLOSED:
            return any(fits(disposition, on) for disposition, on in person.closed)
        case Fact.LEAD:
            return asked.what in person.campaigns


def held(holding: Holding, today: date) -> bool:
    return holding.since <= today and (holding.until is None or holding.until > today)
