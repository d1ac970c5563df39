"""What calls brought, of each segment with each campaign's offer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_QUANTILE = NormalDist().inv_cdf(0.975)
LEFT_OVER = "(left over)"
"""People of no segment."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Calls of one campaign to people who fit the same segments."""

    pattern: Sequence[bool]
    """Which segments they fit, in order of priority."""
    campaign: str
    offer: str
    calls: int
    """That rang and have ended."""
    answers: int
    """With an agent."""
    sales: int


@dataclass(frozen=True, slots=True)
class Effect:
    segment: str
    campaign: str
    offer: str
    calls: int
    answers: int
    sales: int

    @property
    def sale_ratio(self) -> float | None:
        """Sales an answer, 0 to 1; None: nobody answered."""
        return self.sales / self.answers if self.answers else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the sale ratio, at 95%, by Wilson (J. Am. Stat. Assoc. 22, 1927, 209)."""
        if self.sale_ratio is None:
            return None
        count, ratio, square = self.answers, self.sale_ratio, _QUANTILE**2
        middle = ratio + square / (2 * count)
        half = _QUANTILE * sqrt(ratio * (1 - ratio) / count + square / (4 * count**2))
        return max(0.0, (middle - half) / (1 + square / count)), min(1.0, (middle + half) / (1 + square / count))


def effects_of(segments: Sequence[str], brought: Iterable[Brought]) -> list[Effect]:
    """A person counts for the first segment that fits; by segment in order of priority, then by campaign."""
    told = [
        Effect(_first(segments, one.pattern), one.campaign, one.offer, one.calls, one.answers, one.sales)
        for one in brought
    ]
    return summed_effects(segments, told)


def summed_effects(segments: Sequence[str], effects: Iterable[Effect]) -> list[Effect]:
    """Those of the same segment, campaign and offer together."""
    sums: dict[tuple[str, str, str], tuple[int, int, int]] = {}
    for one in effects:
        key = (one.segment, one.campaign, one.offer)
        calls, answers, sales = sums.get(key, (0, 0, 0))
        sums[key] = (calls + one.calls, answers + one.answers, sales + one.sales)
    places = {name: place for place, name in enumerate(segments)}
    keys = sorted(sums, key=lambda key: (places.get(key[0], len(places)), *key[1:]))
    return [Effect(*key, *sums[key]) for key in keys]


def _first(segments: Sequence[str], pattern: Sequence[bool]) -> str:
    return next((name for name, fits in zip(segments, pattern, strict=True) if fits), LEFT_OVER)
