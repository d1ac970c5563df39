"""Pilot, then scale: a proportional sample of each cell is called first; then effort moves to the cells that pay.

A cell's sales a call are a Beta posterior, over a prior of two calls at the rate of all cells; its money a sale is a
mean with its error. Each move draws from both for every cell (Thompson, Biometrika 25, 1933, 285), many times, and a
cell gets the share of the draws that it wins. A floor is shared
out by size whatever was drawn, so that no cell is given up for ever by an unlucky start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import beta

from dialer.domain.errors import BadInput
from dialer.engine.scoring.features import Floats

_DRAWS = 4_000
_LEVEL = 0.95
_PRIOR_CALLS = 2.0


@dataclass(frozen=True, slots=True)
class CellResult:
    """What came of a cell."""

    cell: int
    ready: int
    """Leads that may still be called."""
    calls: int = 0
    sales: int = 0
    value: float = 0.0
    """Of all its sales."""
    value_squares: float = 0.0
    """Sum of the squares of each sale's value."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Value a call, with an interval of 95%."""

    cell: int
    calls: int
    sales: int
    value_a_call: float
    low: float
    high: float


def sample(sizes: Mapping[int, int], share: float) -> dict[int, int]:
    """How many of each cell to call in the pilot: the share of each, at least one. BadInput: no such share."""
    if not 0 < share <= 1:
        raise BadInput("must be above 0, at most 1", "sample")
    return {cell: min(size, max(1, round(size * share))) for cell, size in sizes.items() if size}


def estimates(results: Sequence[CellResult]) -> list[Estimate]:
    """Of each cell, best first. The interval is that of the sales a call times the value a sale."""
    made = [_estimate(one, _prior(results), _a_sale(results)) for one in results]
    return sorted(made, key=lambda one: (-one.value_a_call, one.cell))


def allocate(results: Sequence[CellResult], calls: int, floor: float, random: np.random.Generator) -> dict[int, int]:
    """How many of the next `calls` go to which cell. `floor`: the share that is spread by size, for learning. BadInput
    names a floor that is none."""
    if not 0 <= floor <= 1:
        raise BadInput("must be 0 to 1", "floor")
    open_cells = [one for one in results if one.ready]
    ready = np.array([one.ready for one in open_cells], dtype=float)
    calls = min(calls, int(ready.sum()))
    if calls <= 0:
        return {}
    wanted = (1 - floor) * _wins(open_cells, random, _prior(results), _a_sale(results)) + floor * ready / ready.sum()
    return dict(zip([one.cell for one in open_cells], _filled(wanted, ready, calls), strict=True))


def _estimate(one: CellResult, prior: tuple[float, float], overall: float) -> Estimate:
    worth = one.value / one.sales if one.sales else overall
    yes, no = one.sales + prior[0], one.calls - one.sales + prior[1]
    low, high = beta.interval(_LEVEL, yes, no)
    spread, rate = _relative_error(one), yes / (yes + no)
    return Estimate(
        one.cell, one.calls, one.sales, rate * worth,
        max(0.0, float(low) * worth * (1 - spread)), float(high) * worth * (1 + spread),
    )  # fmt: skip


def _relative_error(one: CellResult) -> float:
    """Of the mean value a sale, at the interval's level; 0 where one sale or none was made."""
    if one.sales < 2 or one.value <= 0:
        return 0.0
    mean = one.value / one.sales
    variance = max(0.0, one.value_squares / one.sales - mean**2) * one.sales / (one.sales - 1)
    return min(1.0, 1.96 * sqrt(variance / one.sales) / mean)


def _wins(
    cells: Sequence[CellResult], random: np.random.Generator, prior: tuple[float, float], overall: float
) -> Floats:
    """The share of draws in which each cell is the best."""
    drawn = np.empty((_DRAWS, len(cells)))
    for place, one in enumerate(cells):
        rate = random.beta(one.sales + prior[0], one.calls - one.sales + prior[1], _DRAWS)
        worth = one.value / one.sales if one.sales else overall
        noise = random.normal(1.0, _relative_error(one) / 1.96, _DRAWS) if one.sales > 1 else np.ones(_DRAWS)
        drawn[:, place] = rate * worth * np.maximum(0.0, noise)
    counts: Floats = np.bincount(drawn.argmax(axis=1), minlength=len(cells)) / _DRAWS
    return counts


def _filled(wanted: Floats, ready: Floats, calls: int) -> list[int]:
    """Whole numbers near wanted x calls, none above what is ready: what a cell can't take goes to the others."""
    given = np.zeros(len(ready))
    left, weights = float(calls), wanted.copy()
    while left > 1e-6:
        room = ready - given
        weights = np.where(room > 1e-9, np.maximum(weights, 1e-9), 0.0)
        step = np.minimum(room, left * weights / weights.sum())
        given += step
        left -= float(step.sum())
    whole = np.floor(given + 1e-9)
    rest = np.argsort(-(given - whole), kind="stable")
    for place in rest[: calls - int(whole.sum())]:
        whole[place] += 1
    return [int(one) for one in whole]


def _prior(results: Sequence[CellResult]) -> tuple[float, float]:
    """Yes and no of two calls at the rate of all cells, which without any is taken for one in twenty."""
    rate = (sum(one.sales for one in results) + 1) / (sum(one.calls for one in results) + 20)
    return _PRIOR_CALLS * rate, _PRIOR_CALLS * (1 - rate)


def _a_sale(results: Sequence[CellResult]) -> float:
    sales = sum(one.sales for one in results)
    return sum(one.value for one in results) / sales if sales else 1.0
