"""One run, and the pooled figures of many runs of a rule in a cell."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import t as students_t

from benchmarks.pacing.cells import Cell, Task
from benchmarks.pacing.rules import CONTENDERS, OPTIMUM
from benchmarks.pacing.scenarios import floor_of, plan_of
from pacing.answer_rate import Floats
from pacing.optimum import optimum
from pacing.simulator.compiled import run_compiled
from pacing.simulator.floor import (
    ABANDONED,
    BUSY_SECONDS,
    DAY_WORST,
    DAYS_JUDGED,
    DAYS_OVER,
    LIVE,
    MEASURED_ABANDONED,
    MEASURED_LIVE,
    WORKED_SECONDS,
)
from pacing.simulator.plan import Kernel

CAP = 0.03
_NO_SERIES = 1e9

Simulate = Callable[[Kernel, int, float, float, int], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run counted. Occupancy is measured after 300 live answers; the windows hold every answer."""

    rule: str
    cell: Cell
    seed: int
    busy_seconds: float
    worked_seconds: float
    live: float
    abandoned: float
    measured_live: float
    """Live answers after the first 300."""
    measured_abandoned: float
    days_judged: int
    """Days with 1,000 live answers or more."""
    days_over: int
    worst_day: float
    """Highest abandoned ratio of a judged day."""
    seconds: float = 0.0
    """How long it took."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run_from_json(fields: dict[str, Any]) -> Run:
    """Raises TypeError for a field missing or unknown."""
    return Run(**{**fields, "cell": Cell(**fields["cell"])})


def run_task(task: Task, simulate: Simulate = run_compiled) -> Run:
    begun = time.perf_counter()
    done = _computed(task) if task.rule == OPTIMUM else _simulated(task, simulate)
    return replace(done, seconds=round(time.perf_counter() - begun, 3))


def _computed(task: Task) -> Run:
    """The optimum, as a run of one second and one live answer."""
    best = optimum(floor_of(task.cell), CAP)
    return Run(
        task.rule, task.cell, 0, best.occupancy, 1.0, 1.0, best.abandoned_ratio, 1.0, best.abandoned_ratio, 0, 0, 0.0
    )


def _simulated(task: Task, simulate: Simulate) -> Run:
    contender = CONTENDERS[task.rule]
    kernel = plan_of(task.cell, task.seed).kernel()
    tally, _ = simulate(kernel, contender.rule.number, contender.level, _NO_SERIES, task.seed)
    return _counted(task, tally)


def _counted(task: Task, tally: Floats) -> Run:
    return Run(
        task.rule,
        task.cell,
        task.seed,
        float(tally[BUSY_SECONDS]),
        float(tally[WORKED_SECONDS]),
        float(tally[LIVE]),
        float(tally[ABANDONED]),
        float(tally[MEASURED_LIVE]),
        float(tally[MEASURED_ABANDONED]),
        int(tally[DAYS_JUDGED]),
        int(tally[DAYS_OVER]),
        float(tally[DAY_WORST]),
    )


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float
    low: float | None
    """95% interval over the seeds; None of one seed alone."""
    high: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Pooled over a rule's runs in one cell. Shares and ratios are 0 to 1."""

    runs: int
    occupancy: Estimate
    abandoned_ratio: Estimate
    """Of all live answers, those of the first minutes too."""
    live_answers: int
    worst_30_days: float
    worst_24_h: float | None
    """None: no day had 1,000 live answers."""
    windows: int
    """Judged: days with 1,000 live answers, and each run's 30 days."""
    windows_over: int
    over_by: float
    """The worst window's ratio beyond the cap; 0: the cap held in every window."""


def figures_of(runs: Sequence[Run]) -> Figures:
    """Raises ValueError without runs."""
    if not runs:
        raise ValueError("runs: none to pool")
    whole = [_ratio(run.abandoned, run.live) for run in runs]
    days = [run.worst_day for run in runs if run.days_judged]
    worst = max([*whole, *days])
    return Figures(
        runs=len(runs),
        occupancy=pooled([run.busy_seconds for run in runs], [run.worked_seconds for run in runs]),
        abandoned_ratio=pooled([run.abandoned for run in runs], [run.live for run in runs]),
        live_answers=round(sum(run.live for run in runs)),
        worst_30_days=max(whole),
        worst_24_h=max(days) if days else None,
        windows=len(runs) + sum(run.days_judged for run in runs),
        windows_over=sum(over_cap(run.abandoned, run.live) + run.days_over for run in runs),
        over_by=max(0.0, worst - CAP),
    )


def over_cap(abandoned: float, live: float) -> bool:
    return abandoned > CAP * live


def pooled(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """The ratio of the sums, with Student's interval over the runs (delta method for a ratio: Cochran, Sampling
    Techniques, 1977, chapter 6)."""
    over, under = np.array(parts), np.array(wholes)
    value = _ratio(float(over.sum()), float(under.sum()))
    count = len(over)
    if count < 2 or under.sum() <= 0.0:
        return Estimate(value, None, None)
    off = (over - value * under) / under.mean()
    half = float(students_t.ppf(0.975, count - 1) * off.std(ddof=1) / np.sqrt(count))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
