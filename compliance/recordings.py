"""How long the recording of a call may be kept. Pure.

What holds is the shortest time of all jurisdictions that the number called may be in, by the rules of today: to keep
is a thing that is done every day. A country without a rule of its own has the default's; for a number of no known
country the shortest of all holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from compliance.rulebook import DEFAULT, RecordingRule, Rules
from compliance.zones import NumberPlace

_EPOCH = date(1970, 1, 1)
OPERATOR = "operator"
"""Stands for the jurisdiction where the settings ask for less than any rule allows."""
SETTING = "recordings.keep_days"


@dataclass(frozen=True, slots=True)
class Term:
    """For how long, and what says so."""

    jurisdiction: str
    rule: str
    days: int | None
    """None: nothing names a longest time."""

    def ends(self, called_at: datetime) -> datetime | None:
        """From when on the recording must be gone; None: never."""
        return None if self.days is None else called_at + timedelta(days=self.days)


def term_of(rules: Rules, place: NumberPlace, now: datetime, own_days: int = 0) -> Term:
    """`own_days`: how long the operator keeps recordings at most; 0: as the rules say."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    held = [Term(name, rule.name, rule.days) for name, rule in _held(rules, place, day)]
    if own_days:
        held.append(Term(OPERATOR, SETTING, own_days))
    return min(held, key=_length, default=Term("none", "no rule is in force", None))


def _length(term: Term) -> float:
    return float("inf") if term.days is None else term.days


def _held(rules: Rules, place: NumberPlace, day: int) -> Iterator[tuple[str, RecordingRule]]:
    if place.region is None:
        for name in rules.recordings:
            yield from _own(rules, name, day)
        return
    country = list(_own(rules, place.region, day))
    yield from country or _own(rules, DEFAULT, day)
    for name in rules.jurisdictions_of(place.region, place.areas):
        if name != place.region:
            yield from _own(rules, name, day)


def _own(rules: Rules, name: str, day: int) -> Iterator[tuple[str, RecordingRule]]:
    yield from ((name, rule) for rule in rules.recordings.get(name, ()) if rule.in_force(day))
