"""How long verdicts are kept, and how far a chain of them may be cut from its beginning. Pure.

What holds for a verdict is the longest of the jurisdictions of the number called and of its owner's address, by the
rules of the day when it was given and of the day when it would go. A country without a rule of its own has the
default's; of a number of no known country, and of a record that can't be read, the longest of all holds. A chain of
hashes can only be cut from its beginning, so a verdict stays as long as any before it must.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from compliance.proof import Anchor, Finding, Head, Link, faults_in
from compliance.rulebook import DEFAULT, RetentionRule, Rules

_EPOCH = date(1970, 1, 1)
_ELSEWHERE = timedelta(days=1)
"""A day is over in every time zone when this has passed since its end by UTC."""
OPERATOR = "operator"
"""Stands for the jurisdiction where the settings ask for more than any rule does."""
SETTING = "compliance.retain_years"

Place = tuple[str | None, tuple[str, ...]]
"""A region, and the parts of it that a number may be in."""
NOWHERE: tuple[Place, ...] = ((None, ()),)


@dataclass(frozen=True, slots=True)
class Term:
    """How long a verdict is kept, and what says so."""

    jurisdiction: str
    rule: str
    years: int | None
    """None: for good, since no rule in force says how long."""


FOR_GOOD = Term("none", "no rule is in force", None)


def places_in(record: str) -> tuple[Place, ...]:
    """Of the number, and of its owner's address if that was known; NOWHERE if the record can't be read."""
    try:
        facts = json.loads(record)["facts"]
        told = [facts["place"]] if facts["address"] is None else [facts["place"], facts["address"]]
        return tuple(_place(one["region"], one["areas"]) for one in told)
    except (ValueError, KeyError, TypeError):
        return NOWHERE


def _place(region: object, areas: object) -> Place:
    if region is None:
        return None, ()
    if isinstance(region, str) and isinstance(areas, list) and all(isinstance(area, str) for area in areas):
        return region, tuple(areas)
    raise ValueError("no place")


def last_day(day: date, years: int) -> date:
    """The last of a verdict's days: the same day so many years on; 1 March for a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def is_over(term: Term, at: datetime, now: datetime) -> bool:
    """Whether a verdict of then may go: its last day is over, in whatever time zone."""
    if term.years is None:
        return False
    return now.astimezone(UTC).date() > last_day(at.astimezone(UTC).date(), term.years) + _ELSEWHERE


class Retention:
    """What is kept for how long, seen from a moment."""

    def __init__(self, rules: Rules, now: datetime, least_years: int = 0) -> None:
        """`least_years`: what the operator keeps at least; 0: as the rules say."""
        self.now = now
        self._rules, self._least = rules, least_years
        self._term = lru_cache(maxsize=65_536)(self._longest)

    def term(self, record: str, at: datetime) -> Term:
        """Of the verdict that a record is about."""
        return self._term(places_in(record), _day(at))

    def _longest(self, places: tuple[Place, ...], day: int) -> Term:
        today = [list(self._of(place, _day(self.now))) for place in places]
        if not all(today):
            return FOR_GOOD
        found = [one for held in today for one in held]
        found += [one for place in places for one in self._of(place, day)]
        jurisdiction, rule = max(found, key=lambda one: one[1].years)
        if rule.years < self._least:
            return Term(OPERATOR, SETTING, self._least)
        return Term(jurisdiction, rule.name, rule.years)

    def _of(self, place: Place, day: int) -> Iterator[tuple[str, RetentionRule]]:
        region, areas = place
        if region is None:
            for name in self._rules.retention:
                yield from self._own(name, day)
            return
        country = list(self._own(region, day))
        yield from country or self._own(DEFAULT, day)
        for name in self._rules.jurisdictions_of(region, areas):
            if name != region:
                yield from self._own(name, day)

    def _own(self, name: str, day: int) -> Iterator[tuple[str, RetentionRule]]:
        yield from ((name, rule) for rule in self._rules.retention.get(name, ()) if rule.in_force(day))


@dataclass(slots=True)
class Share:
    """Verdicts of a prefix that go by one term."""

    verdicts: int = 0
    calls: int = 0
    """Of these, the ones that allowed a call."""
    first: datetime | None = None
    last: datetime | None = None

    def add(self, one: Link) -> None:
        self.verdicts += 1
        self.calls += one.attempt is not None
        self.first = one.at if self.first is None else min(self.first, one.at)
        self.last = one.at if self.last is None else max(self.last, one.at)


@dataclass(slots=True)
class Prefix:
    """The longest part of a chain, from its beginning, in which every verdict may go. Links are added in order."""

    retention: Retention
    begins: Anchor | None
    """Where an earlier cut left off."""
    cuts: list[Anchor] = field(default_factory=list)
    """A cut for each batch of links that were added, as far as they may go."""
    shares: dict[Term, Share] = field(default_factory=dict)
    stays: Link | None = None
    """The first verdict that must stay."""
    stays_by: Term | None = None
    fault: Finding | None = None
    """What is wrong at that place, if it is for this that it must stay: what shows it is not deleted."""

    def add(self, links: Sequence[Link]) -> bool:
        """Whether the part goes on behind these."""
        end = begun = self.end
        for one in links:
            if not self._goes(one, Head() if end is None else end.head):
                break
            at = one.at if end is None else max(end.at, one.at)
            end = Anchor(one.place, one.hash, at, self.retention.now)
        if end is not None and end is not begun:
            self.cuts.append(end)
        return self.stays is None

    def _goes(self, one: Link, before: Head) -> bool:
        term = self.retention.term(one.record, one.at)
        if one.place <= before.place:
            self.fault = Finding(one.place, "it stands before where the log is said to begin")
        else:
            self.fault = next(faults_in([one], before), None)
        if self.fault is not None or not is_over(term, one.at, self.retention.now):
            self.stays, self.stays_by = one, term
            return False
        self.shares.setdefault(term, Share()).add(one)
        return True

    @property
    def end(self) -> Anchor | None:
        """Where the chain begins once all of the part is deleted; None: where it always did."""
        return self.cuts[-1] if self.cuts else self.begins

    @property
    def verdicts(self) -> int:
        return sum(one.verdicts for one in self.shares.values())


def span_of(rules: Rules, least_years: int = 0) -> tuple[int, int]:
    """The fewest and the most years that any rule asks for, whenever it is in force."""
    held = [rule.years for of in rules.retention.values() for rule in of]
    return max(min(held, default=0), least_years), max(max(held, default=0), least_years)


def _day(moment: datetime) -> int:
    return (moment.astimezone(UTC).date() - _EPOCH).days
