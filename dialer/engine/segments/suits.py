"""Two views on products: who suits this product, and what suits this customer; each answer with its reason.

**Figures.** Of `n` people, `a` hold A, `b` hold B and `ab` hold both: support = ab / n, confidence(A to B) = ab / a,
lift = n * ab / (a * b) (R. Agrawal and others, SIGMOD 1993; S. Brin and others, SIGMOD 1997). The interval of a lift is
that of a ratio of shares, by logarithms (D. Katz and others, Biometrics 34, 1978). What may be chance is left out:
fewer than 30 holders of both, or an interval that reaches down to 1.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, log, sqrt

from dialer.domain.segment import Experience, Segment
from dialer.ports.segments import Baskets

FEWEST = 30
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Lift:
    """How much likelier it makes a product."""

    people: int
    """Who have it."""
    holders: int
    """Of those, who hold the product, too."""
    support: float
    confidence: float
    lift: float
    low: float
    high: float


def lift(people: int, holders: int, all_people: int, all_holders: int) -> Lift:
    """`all_people`: with and without it."""
    if not people or not all_holders or not all_people:
        return Lift(people, holders, 0.0, 0.0, 0.0, 0.0, inf)
    share, base = holders / people, all_holders / all_people
    if not holders:
        return Lift(people, 0, 0.0, 0.0, 0.0, 0.0, inf)
    spread = _Z * sqrt(max(0.0, 1 / holders - 1 / people + 1 / all_holders - 1 / all_people))
    ratio = share / base
    return Lift(people, holders, holders / all_people, share, ratio, ratio * exp(-spread), exp(log(ratio) + spread))


@dataclass(frozen=True, slots=True)
class Association:
    """Who holds `given` is likelier to hold `product`."""

    given: str
    product: str
    figures: Lift


def associations(baskets: Baskets) -> list[Association]:
    """Those that are no chance, the strongest first."""
    found = [
        Association(given, product, lift(baskets.holders[given], both, baskets.people, baskets.holders[product]))
        for (given, product), both in baskets.both.items()
        if both >= FEWEST
    ]
    kept = [one for one in found if one.figures.low > 1]
    return sorted(kept, key=lambda one: (-one.figures.lift, one.product, one.given))


class Why(StrEnum):
    EXPERIENCE = "experience"
    SEGMENT = "segment"
    ASSOCIATION = "association"


@dataclass(frozen=True, slots=True)
class Suits:
    """A product that suits a customer, or those whom a product suits."""

    product: str
    why: Why
    by: str
    """The rule, segment or other product that says so."""
    because: str
    figures: Lift | None = None


def product_view(
    product: str,
    segments: Sequence[Segment],
    patterns: Mapping[tuple[bool, ...], int],
    rules: Sequence[Experience],
    found: Sequence[Association],
) -> list[Suits]:
    """Whom a product suits: rules of experience, then segments and holders of other products by lift.

    `patterns`: how many people fit which of the segments, and, the last value, hold the product.
    """
    known = [Suits(product, Why.EXPERIENCE, one.name, one.because) for one in rules if one.product == product]
    people = sum(patterns.values())
    holders = sum(count for pattern, count in patterns.items() if pattern[-1])
    told = [*_by_segment(product, segments, patterns, people, holders), *_by_product(product, found)]
    return known + sorted(told, key=lambda one: -(one.figures.lift if one.figures else 0.0))


def _by_segment(
    product: str, segments: Sequence[Segment], patterns: Mapping[tuple[bool, ...], int], people: int, holders: int
) -> Iterator[Suits]:
    for place, segment in enumerate(segments):
        inside = sum(count for pattern, count in patterns.items() if pattern[place])
        with_it = sum(count for pattern, count in patterns.items() if pattern[place] and pattern[-1])
        figures = lift(inside, with_it, people, holders)
        if with_it >= FEWEST and figures.low > 1:
            yield Suits(product, Why.SEGMENT, segment.name, _words(figures, f"of segment {segment.name}"), figures)


def _by_product(product: str, found: Sequence[Association]) -> Iterator[Suits]:
    for one in found:
        if one.product == product:
            because = _words(one.figures, f"of those who hold {one.given}")
            yield Suits(product, Why.ASSOCIATION, one.given, because, one.figures)


def customer_view(
    held: Collection[str],
    rules: Sequence[Experience],
    segment: Segment | None,
    found: Sequence[Association],
) -> list[Suits]:
    """What suits a customer who holds `held`, is of `segment` and fits these rules: each product once, by its best
    reason: experience, the segment's offer, then the other products held."""
    told = [Suits(one.product, Why.EXPERIENCE, one.name, one.because) for one in rules]
    if segment is not None and segment.offer:
        told.append(Suits(segment.offer, Why.SEGMENT, segment.name, f"the offer of segment {segment.name}"))
    likely = sorted((one for one in found if one.given in held), key=lambda one: -one.figures.confidence)
    for one in likely:
        because = _words(one.figures, f"of those who hold {one.given}")
        told.append(Suits(one.product, Why.ASSOCIATION, one.given, because, one.figures))
    best: dict[str, Suits] = {}
    for suits in told:
        if suits.product not in held:
            best.setdefault(suits.product, suits)
    return list(best.values())


def _words(figures: Lift, whom: str) -> str:
    return f"{figures.confidence:.0%} {whom} hold it, {figures.lift:.1f} times as many as of all"
