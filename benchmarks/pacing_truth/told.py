"""What the simulator says of the same figures: the interval that 19 of 20 such hours lie in."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count

import numpy as np

from benchmarks.pacing_truth.figures import Figures
from benchmarks.pacing_truth.measured import Measured
from pacing.answer_rate import Floats
from pacing.simulator.compiled import run_compiled
from pacing.simulator.plan import Plan
from pacing.simulator.recorded import plan_of
from pacing.simulator.study import ABANDONED_SO_FAR, BUSY, LIVE_SO_FAR, SECONDS, WORKING, Rule

_DAY_HOURS = 8.0
"""As long as the live dialer takes a day of dialing for (pacing.forecast): it borrows from what is still to come."""
_STEP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Interval:
    """2.5th and 97.5th percentile over seeds, and the median."""

    low: float
    median: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Told:
    occupancy: Interval
    abandoned_ratio: Interval
    live_answers: Interval


def plan_like(measured: Measured, figures: Figures) -> Plan:
    """The measured campaign as the simulator's plan.

    The simulator's agents talk at once; real ones are reserved first. So that long they are not to be had: it is added
    to wrap-up, taken from the callee's two seconds, and counted as idle (see `as_occupied`).
    """
    plan = plan_of(measured.day)
    return replace(
        plan,
        hours=_DAY_HOURS,
        day_hours=_DAY_HOURS,
        factor=(1.0,),
        comings=(),
        inbound_per_hour=(0.0,),
        talk_seconds=measured.talk[0],
        talk_shape=measured.talk[1],
        wrap_up_seconds=measured.wrap_up[0] + measured.connect_seconds,
        wrap_up_shape=measured.wrap_up[1],
        patience_seconds=max(0.1, plan.patience_seconds - measured.connect_seconds),
        warm_up_answers=float(figures.warm_up_answers),
    )


def as_occupied(measured: Measured) -> float:
    """Share of an agent's simulated call that is talk and wrap-up, and not connecting."""
    handling = measured.talk[0] + measured.wrap_up[0]
    return handling / (handling + measured.connect_seconds)


def told_of(plan: Plan, share: float, measured_seconds: float, seeds: Sequence[int]) -> Told:
    """Simulate the plan's warm-up and then `measured_seconds`, once a seed."""
    kernel = plan.kernel()

    def one(seed: int) -> tuple[float, float, float]:
        _, series = run_compiled(kernel, Rule.PREDICTIVE.number, 1.0, _STEP_SECONDS, seed)
        return measured_of(series, plan.warm_up_answers, measured_seconds)

    with ThreadPoolExecutor(cpu_count()) as threads:
        runs = np.array(list(threads.map(one, seeds)))
    return Told(_interval(runs[:, 0] * share), _interval(runs[:, 1]), _interval(runs[:, 2]))


def compile_now() -> None:
    """So that the simulator is of the same sources as the engine that is about to run, whatever changes meanwhile."""
    run_compiled(Plan(agents=1, hours=0.01).kernel(), Rule.PREDICTIVE.number, 1.0, _STEP_SECONDS, 0)


def measured_of(series: Floats, warm_up_answers: float, seconds: float) -> tuple[float, float, float]:
    """Occupancy, abandoned ratio and live answers in `seconds` from the answer that ends the warm-up.

    ValueError when the simulation is over before.
    """
    warm = series[series[:, LIVE_SO_FAR] >= warm_up_answers]
    if not len(warm) or warm[-1, SECONDS] < warm[0, SECONDS] + seconds:
        raise ValueError(f"the simulation ended before {seconds:g} s of measured time")
    rows = warm[warm[:, SECONDS] <= warm[0, SECONDS] + seconds]
    live, abandoned = (rows[-1, column] - rows[0, column] for column in (LIVE_SO_FAR, ABANDONED_SO_FAR))
    return float(rows[:, BUSY].sum() / rows[:, WORKING].sum()), float(abandoned / live), float(live)


def _interval(values: Floats) -> Interval:
    low, median, high = (float(value) for value in np.percentile(values, (2.5, 50.0, 97.5)))
    return Interval(low, median, high)
