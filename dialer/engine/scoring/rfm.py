"""Cells by recency, frequency and money: who bought lately, often and for much is likely to buy again.

Hughes, Strategic Database Marketing (1994), with thirds in place of fifths: 27 cells fill up in a pilot, 125 don't. A
cell is a number of three digits, recency, frequency, money, each 1 (low) to 3 (high), 0 where it is not known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.features import Columns, Floats, length_of, numbers_of

GROUPS = 3
Cells = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Rfm:
    """Which features tell of the three, and where their groups part."""

    recency: str = "days_since_purchase"
    """Days; fewer are better."""
    frequency: str = "purchases"
    money: str = "monthly_spend"
    edges: tuple[tuple[float, ...], ...] = ((), (), ())

    @property
    def features(self) -> frozenset[str]:
        return frozenset((self.recency, self.frequency, self.money))

    def fitted(self, columns: Columns) -> "Rfm":
        """With the edges that part these people evenly."""
        edges = tuple(_edges(sides) for sides in self._sides(columns))
        return Rfm(self.recency, self.frequency, self.money, edges)

    def cells(self, columns: Columns) -> Cells:
        digits = [_digit(side, edges) for side, edges in zip(self._sides(columns), self.edges, strict=True)]
        found: Cells = (100 * digits[0] + 10 * digits[1] + digits[2]).astype(np.int16)
        return found

    def knows(self, columns: Columns) -> bool:
        """Something is known that parts people."""
        return any(len(_edges(side)) for side in self._sides(columns))

    def _sides(self, columns: Columns) -> tuple[Floats, Floats, Floats]:
        rows = length_of(columns)
        return (
            -numbers_of(columns, self.recency, rows),
            numbers_of(columns, self.frequency, rows),
            numbers_of(columns, self.money, rows),
        )


def points(cells: Cells) -> Floats:
    """0 to 100; recency weighs most, money least, as in Hughes's nested sort."""
    share = (25 * (cells // 100) + 5 * (cells // 10 % 10) + cells % 10) / (31 * GROUPS)
    found: Floats = 100.0 * share
    return found


def _edges(side: Floats) -> tuple[float, ...]:
    known = side[np.isfinite(side)]
    if not len(known):
        return ()
    return tuple(sorted({float(edge) for edge in np.quantile(known, [1 / 3, 2 / 3])} - {float(known.max())}))


def _digit(side: Floats, edges: tuple[float, ...]) -> NDArray[np.int64]:
    place = 1 + np.searchsorted(np.array(edges), side, side="left")
    return np.where(np.isfinite(side), np.minimum(place, GROUPS), 0)
