"""One day of ours under shocks, minute by minute."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.pacing.cells import DAY_HOURS, Cell
from benchmarks.pacing.rules import CONTENDERS, OURS
from benchmarks.pacing.scenarios import plan_of
from pacing.answer_rate import Floats
from pacing.simulator.compiled import run_compiled

_STEP_SECONDS = 60.0
_SMOOTHED = 10
"""Steps over which occupancy is averaged for the eye."""
_SECONDS, _WORKING, _BUSY, _LIVE, _ABANDONED, _BELIEVED, _KNOB, _AIMED = 0, 1, 2, 5, 6, 7, 8, 9
"""Columns of the simulator's series."""


@dataclass(frozen=True, slots=True)
class Trace:
    hours: Floats
    true: Floats
    believed: Floats
    knob: Floats
    occupancy: Floats
    abandoned: Floats
    """Of the day's live answers so far, %."""
    aimed: Floats
    """What may be abandoned of the live answers from here on, %."""
    shocks: tuple[tuple[float, float], ...]
    """Hours at which each begins and ends."""


def trace(cell: Cell, seed: int) -> Trace:
    plan = plan_of(replace(cell, days=1.0), seed)
    contender = CONTENDERS[OURS]
    _, series = run_compiled(plan.kernel(), contender.rule.number, contender.level, _STEP_SECONDS, seed)
    series = series[series[:, _SECONDS] <= DAY_HOURS * 3600.0]
    hours = series[:, _SECONDS] / 3600.0
    factor = np.array(plan.factor)[(series[:, _SECONDS] / plan.factor_step_seconds).astype(int) % len(plan.factor)]
    steps = np.flatnonzero(np.diff(np.concatenate([[1.0], factor, [1.0]])))
    edges = np.append(hours, DAY_HOURS)[steps]
    share = series[:, _BUSY] / np.maximum(1.0, series[:, _WORKING])
    weights = np.convolve(np.ones(len(share)), np.ones(_SMOOTHED))[: len(share)]
    return Trace(
        hours=hours,
        true=np.minimum(1.0, plan.answer_probability * factor),
        believed=series[:, _BELIEVED],
        knob=series[:, _KNOB],
        occupancy=np.convolve(share, np.ones(_SMOOTHED))[: len(share)] / weights,
        abandoned=100.0 * series[:, _ABANDONED] / np.maximum(1.0, series[:, _LIVE]),
        aimed=100.0 * series[:, _AIMED],
        shocks=tuple((float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)),
    )
