"""How long things took, counted into classes: all that a histogram of them needs, at a few nanoseconds a span."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf

TO_AN_AGENT = (0.05, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds; 2 is what most laws allow."""
OF_A_MACHINE = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(slots=True)
class Spans:
    bounds: Sequence[float] = OF_A_MACHINE
    """Upper bounds of the classes but the last, in s; a span at a bound is within it."""
    total_seconds: float = 0.0
    _counts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._counts = [0] * (len(self.bounds) + 1)

    def note(self, seconds: float) -> None:
        """One more; below 0, as when a clock stepped, counts as 0."""
        seconds = max(0.0, seconds)
        self._counts[bisect_left(self.bounds, seconds)] += 1
        self.total_seconds += seconds

    @property
    def count(self) -> int:
        return sum(self._counts)

    def up_to(self) -> Iterator[tuple[float, int]]:
        """Each upper bound, infinity the last, with how many spans are within it."""
        return zip((*self.bounds, inf), accumulate(self._counts), strict=True)
