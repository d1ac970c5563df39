"""Several sources, one value: which to believe, and how far.

**Formula.** A source that is trusted `t` and spoke `a` days ago weighs `w = min(t, 0.99) * 0.5 ** (a / half_life)`.
Those who say the same value support it together: `s(v) = 1 - product(1 - w)`. Those who say another stand against it:

    accuracy(v) = s(v) * product over u != v of (1 - s(u)), divided by the sum of these over all v
                  and product over all u of (1 - s(u))

**Reason.** This is Dempster's rule for simple support functions (G. Shafer, A Mathematical Theory of Evidence, 1976,
chapters 3 and 4): each source lends its weight to one value and leaves the rest undecided, and what contradicts itself
is divided out. So one source alone gives its own weight, agreement raises it, contradiction lowers it, age leaves the
matter open rather than making it false, and the last term is the share of "nobody knows". No weight is 1, else two
sources that contradict each other would leave nothing to divide by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod

from dialer.domain.attributes import AttributeSpec, Said, Value
from dialer.domain.contact import AttributeKind

MOST_TRUST = 0.99
_KINDS = tuple(AttributeKind)
_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Known:
    """One attribute as it is to be shown and used."""

    spec: AttributeSpec
    value: Value
    accuracy: float
    """0 to 1."""
    source: str
    """The weightiest of those who say so; the value is as they write it."""
    at: datetime
    said: Sequence[Said]
    """All that the sources say, the weightiest first."""

    @property
    def disputed(self) -> bool:
        return any(_same(one.value) != _same(self.value) for one in self.said)


def weight(said: Said, now: datetime) -> float:
    """0 to 0.99; what was said ahead of `now` counts as said now."""
    trust = min(said.trust, MOST_TRUST)
    if not said.spec.half_life_days:
        return trust
    days = max(0.0, (now - said.at).total_seconds()) / _DAY_SECONDS
    return trust * float(0.5 ** (days / said.spec.half_life_days))


def merged(said: Iterable[Said], now: datetime) -> list[Known]:
    """Each attribute that anybody told of, by kind and name."""
    by_name: dict[str, list[Said]] = {}
    for one in said:
        by_name.setdefault(one.spec.name, []).append(one)
    known = [believed(told, now) for told in by_name.values()]
    return sorted(known, key=lambda one: (_KINDS.index(one.spec.kind), one.spec.name))


def believed(told: Sequence[Said], now: datetime) -> Known:
    """The value of one attribute that the sources' weights speak for; of two equally likely, what was said last."""
    sides: dict[object, list[Said]] = {}
    for one in told:
        sides.setdefault(_same(one.value), []).append(one)
    support = {value: 1 - prod(1 - weight(one, now) for one in side) for value, side in sides.items()}
    masses = {value: support[value] * prod(1 - support[other] for other in sides if other != value) for value in sides}
    total = sum(masses.values()) + prod(1 - one for one in support.values())
    best = max(sides, key=lambda value: (masses[value], max(one.at for one in sides[value])))
    told_best = max(sides[best], key=lambda one: (weight(one, now), one.at))
    ordered = sorted(told, key=lambda one: -weight(one, now))
    accuracy = masses[best] / total
    return Known(told_best.spec, told_best.value, accuracy, told_best.source, told_best.at, tuple(ordered))


def rating(known: Sequence[Known]) -> float | None:
    """How accurate what we know of a person is as a whole: the mean; None: nothing is known."""
    return sum(one.accuracy for one in known) / len(known) if known else None


def _same(value: Value) -> object:
    """Values that agree are equal here: letters' case and a list's order do not matter."""
    if isinstance(value, str):
        return value.casefold()
    return frozenset(map(str.casefold, value)) if isinstance(value, tuple) else (type(value), value)
