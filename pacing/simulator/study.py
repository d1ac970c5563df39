"""What callers use of the simulator: settings in, measured results out, the same random streams for all settings."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from pacing.answer_rate import Floats
from pacing.simulator.compiled import compiled_run, run_compiled
from pacing.simulator.floor import (
    ABANDONED,
    BUSY_SECONDS,
    DAY_WORST,
    DAYS_JUDGED,
    DAYS_OVER,
    DIALED,
    INBOUND_IN_TIME,
    INBOUND_OFFERED,
    LIST_DONE_AT,
    LIVE,
    MEASURED_ABANDONED,
    MEASURED_LIVE,
    WARM_AT,
    WORKED_SECONDS,
)
from pacing.simulator.interval import Interval, mean_interval, ratio_interval
from pacing.simulator.plan import Plan
from pacing.simulator.rules import (
    ISSABEL,
    POWER,
    PREDICTIVE,
    PROGRESSIVE,
    REPLAY,
    TOLD_TRUTH,
    VICIDIAL_AVERAGE,
    VICIDIAL_HARD,
    VICIDIAL_TAPERED,
)
from pacing.simulator.run import SERIES

SERIES_STEP_SECONDS = 60.0
BLOCK_SECONDS = 1800.0
"""Abandoned calls come in bursts, and the knob answers them within minutes: blocks this long are about independent."""
SECONDS, WORKING, BUSY, LINES, WAITING, LIVE_SO_FAR, ABANDONED_SO_FAR = range(7)
"""Columns of the series that are read here and drawn."""


class Rule(StrEnum):
    PREDICTIVE = "predictive"
    TOLD_TRUTH = "told-truth"  # predictive, told the true answer probability
    PROGRESSIVE = "progressive"
    POWER = "power"
    VICIDIAL_HARD_LIMIT = "vicidial-hard-limit"
    VICIDIAL_AVERAGE = "vicidial-average"
    VICIDIAL_TAPERED = "vicidial-tapered"
    ISSABEL = "issabel"
    REPLAY = "replay"

    @property
    def number(self) -> int:
        return _NUMBERS[self]


_NUMBERS: dict[Rule, int] = {
    Rule.PREDICTIVE: PREDICTIVE,
    Rule.TOLD_TRUTH: TOLD_TRUTH,
    Rule.PROGRESSIVE: PROGRESSIVE,
    Rule.POWER: POWER,
    Rule.VICIDIAL_HARD_LIMIT: VICIDIAL_HARD,
    Rule.VICIDIAL_AVERAGE: VICIDIAL_AVERAGE,
    Rule.VICIDIAL_TAPERED: VICIDIAL_TAPERED,
    Rule.ISSABEL: ISSABEL,
    Rule.REPLAY: REPLAY,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule and the plan that it paces."""

    rule: Rule
    level: float
    """Lines an idle agent, for power alone."""
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One simulation. What is measured is measured after the plan's warm-up; `dialed` and the list from the start."""

    occupancy: float
    """Share of working time that agents talk or wrap up, inbound calls included; 0 to 1."""
    abandoned_ratio: Interval
    """Abandoned of live answers, with the interval that blocks of half an hour leave."""
    live_answers: int
    abandoned: int
    dialed: int
    hours_to_finish: float | None
    """Until every lead was reached or used up; None: the time was over before, or the list never ends."""
    reached_share: float | None
    """Leads that a person answered, of the list; None: the list never ends."""
    hours_to_most: float | None
    """Until nine tenths of those reached at all were: what is left waits for its next attempt more than for agents."""
    worst_day: float | None
    """The highest abandoned ratio of a day with answers enough to be judged; None: there was none."""
    days_judged: int
    days_over: int
    """Judged days over the cap."""
    inbound_in_time: float | None
    """Share of inbound callers who had an agent within 20 s; None: nobody called."""
    talk_hours: float
    """Connected people times the mean talk."""
    worked_hours: float
    blocks: Floats
    """(blocks, 2) live answers and abandoned calls of each half hour."""
    series: Floats
    """A row a minute; columns as pacing.simulator.run.SERIES says."""


@dataclass(frozen=True)
class Compared:
    """One setting over several seeds."""

    setting: Setting
    results: tuple[Result, ...]

    @cached_property
    def occupancy(self) -> Interval:
        """The mean over seeds; one seed has no width."""
        return mean_interval(np.array([result.occupancy for result in self.results]))

    @cached_property
    def abandoned_ratio(self) -> Interval:
        """Of all seeds' answers together, by their blocks of half an hour."""
        blocks = np.concatenate([result.blocks for result in self.results])
        return ratio_interval(blocks[:, 0], blocks[:, 1])

    @property
    def hours_to_finish(self) -> float | None:
        """The mean over seeds; None when any of them did not finish."""
        hours = [result.hours_to_finish for result in self.results]
        finished = [one for one in hours if one is not None]
        return float(np.mean(finished)) if len(finished) == len(hours) else None

    def mean(self, of: Callable[[Result], float | None]) -> float | None:
        """The mean over the seeds that have a figure."""
        figures = [figure for result in self.results if (figure := of(result)) is not None]
        return float(np.mean(figures)) if figures else None


def simulate(setting: Setting, seed: int) -> Result:
    """One run; the same seed gives the same run, and every setting the same leads, talks and inbound callers."""
    plan = setting.plan
    if plan.agents < 1:
        return _result(plan, np.zeros(20), np.zeros((0, SERIES)))
    tally, series = run_compiled(
        plan.kernel(), setting.rule.number, float(setting.level), SERIES_STEP_SECONDS, int(seed)
    )
    return _result(plan, tally, series)


def study(
    settings: Sequence[Setting], seeds: Sequence[int], told: Callable[[int, int], None] | None = None
) -> list[Compared]:
    """Every setting with every seed, on all processor cores. `told`: after each run, how many of how many are done."""
    asked = [(place, seed) for seed in range(len(seeds)) for place in range(len(settings))]
    results: dict[tuple[int, int], Result] = {}
    compiled_run()  # here, so that no two threads make it at once
    threads = ThreadPoolExecutor(min(len(asked), os.cpu_count() or 1) or 1)
    try:
        running = {threads.submit(simulate, settings[place], seeds[seed]): (place, seed) for place, seed in asked}
        for done in as_completed(running):
            results[running[done]] = done.result()
            if told is not None:
                told(len(results), len(asked))
    finally:
        threads.shutdown(cancel_futures=True)
    return [
        Compared(setting, tuple(results[place, seed] for seed in range(len(seeds))))
        for place, setting in enumerate(settings)
    ]


def _result(plan: Plan, tally: Floats, series: Floats) -> Result:
    warm_at, live, abandoned = tally[WARM_AT], tally[MEASURED_LIVE], tally[MEASURED_ABANDONED]
    if plan.warm_up_answers <= 0.0:  # the answer that ends a warm-up is not measured: without one, every answer is
        warm_at, live, abandoned = 0.0, tally[LIVE], tally[ABANDONED]
    blocks = blocks_of(series, warm_at, live, abandoned)
    return Result(
        occupancy=float(tally[BUSY_SECONDS] / tally[WORKED_SECONDS]) if tally[WORKED_SECONDS] > 0.0 else 0.0,
        abandoned_ratio=ratio_interval(blocks[:, 0], blocks[:, 1]),
        live_answers=int(live),
        abandoned=int(abandoned),
        dialed=int(tally[DIALED]),
        hours_to_finish=float(tally[LIST_DONE_AT]) / 3600.0 if tally[LIST_DONE_AT] > 0.0 else None,
        reached_share=min(1.0, float(tally[LIVE]) / plan.leads) if plan.leads > 0 else None,
        hours_to_most=_hours_to_most(series, float(tally[LIVE])) if plan.leads > 0 else None,
        worst_day=float(tally[DAY_WORST]) if tally[DAYS_JUDGED] > 0.0 else None,
        days_judged=int(tally[DAYS_JUDGED]),
        days_over=int(tally[DAYS_OVER]),
        inbound_in_time=float(tally[INBOUND_IN_TIME] / tally[INBOUND_OFFERED]) if tally[INBOUND_OFFERED] else None,
        talk_hours=float(live - abandoned) * plan.talk_seconds / 3600.0,
        worked_hours=float(tally[WORKED_SECONDS]) / 3600.0,
        blocks=blocks,
        series=series,
    )


def _hours_to_most(series: Floats, live: float) -> float | None:
    reached = np.flatnonzero(series[:, LIVE_SO_FAR] >= 0.9 * live)
    return float(series[reached[0], SECONDS]) / 3600.0 if live > 0.0 and len(reached) else None


def blocks_of(series: Floats, warm_at: float, live: float, abandoned: float) -> Floats:
    """Live answers and abandoned calls of each block of time since the warm-up; all together `live` and `abandoned`."""
    warm = series[series[:, SECONDS] >= warm_at]
    rows = warm[:: int(BLOCK_SECONDS / SERIES_STEP_SECONDS)][:, LIVE_SO_FAR : ABANDONED_SO_FAR + 1]
    if live <= 0.0 or not len(rows):
        return np.array([[live, abandoned]])
    within = rows[1:] - rows[0]
    marks = np.concatenate([np.zeros((1, 2)), within, [[live, abandoned]]])
    return np.asarray(np.diff(marks, axis=0), dtype=np.float64)
