"""A recorded day of a campaign: its own figures, and the plan that plays a day like it.

Answer rate by hour, times, shares of busy lines and machines, talk and wrap-up, inbound calls, agents' comings and
goings are taken from the record. The list is not: the simulated one never ends, with the day's own answer rate.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np

from pacing.answer_rate import Floats
from pacing.simulator.interval import Interval, ratio_interval
from pacing.simulator.plan import Plan
from pacing.simulator.presence import Stay, comings_of
from pacing.simulator.study import BLOCK_SECONDS, Rule

HOUR_SECONDS = 3600.0
_HOUR_WEIGHT = 50.0
"""Attempts at the day's mean rate that each hour's own are shrunk by: an hour of ten attempts says little."""


class Ending(Enum):
    PERSON = auto()  # talked with an agent
    ABANDONED = auto()  # a person, without an agent within the limit
    LEFT = auto()  # a person, who hung up within the limit: neither a live answer that counts nor abandoned
    MACHINE = auto()  # by machine detection
    MACHINE_TAKEN = auto()  # a machine that an agent was given
    BUSY = auto()  # busy, rejected, invalid: failed at once
    RANG_OUT = auto()
    CONGESTION = auto()  # says nothing of the callee


class Activity(Enum):
    IDLE = auto()
    TALKING = auto()
    WRAPPING_UP = auto()
    INBOUND = auto()
    AWAY = auto()  # logged out, paused, or with another campaign


@dataclass(frozen=True, slots=True)
class RecordedCall:
    at: float
    """When it was dialed, seconds into the day."""
    ending: Ending
    line_seconds: float
    """From dialing to the answer, or to the end without one."""
    talk_seconds: float = 0.0
    """With an agent; 0: none."""


@dataclass(frozen=True, slots=True)
class RecordedState:
    agent: str
    activity: Activity
    since: float
    """Seconds into the day."""
    until: float


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """What the contact database holds of one campaign's day, from the first second that anybody worked or dialed."""

    calls: Sequence[RecordedCall]
    states: Sequence[RecordedState]
    """Of each agent in order of time, without gaps between the first and the last."""
    rule: Rule
    level: float
    ring_seconds: float
    patience_seconds: float
    cap: float
    max_lines: int
    opens_at: float = 0.0
    """Second 0 as a time of day, hours."""

    @property
    def seconds(self) -> float:
        ends = [call.at + call.line_seconds + call.talk_seconds for call in self.calls]
        return max([*ends, *(state.until for state in self.states)], default=0.0)


@dataclass(frozen=True, slots=True)
class RecordedFigures:
    """What was measured on the day, by the same rules as a simulation's `Result`."""

    occupancy: float | None
    """None: nobody's states were recorded."""
    abandoned_ratio: Interval
    live_answers: int
    abandoned: int
    dialed: int
    talk_hours: float
    worked_hours: float


def figures_of(day: RecordedDay) -> RecordedFigures:
    live = [call for call in day.calls if call.ending in {Ending.PERSON, Ending.ABANDONED}]
    blocks = np.zeros((int(day.seconds // BLOCK_SECONDS) + 1, 2))
    for call in live:
        blocks[int(call.at // BLOCK_SECONDS)] += (1.0, float(call.ending is Ending.ABANDONED))
    busy = _hours(day, {Activity.TALKING, Activity.WRAPPING_UP, Activity.INBOUND})
    worked = _hours(day, set(Activity) - {Activity.AWAY})
    return RecordedFigures(
        occupancy=busy / worked if worked > 0.0 else None,
        abandoned_ratio=ratio_interval(blocks[:, 0], blocks[:, 1]),
        live_answers=len(live),
        abandoned=int(blocks[:, 1].sum()),
        dialed=len(day.calls),
        talk_hours=sum(call.talk_seconds for call in live) / HOUR_SECONDS,
        worked_hours=worked,
    )


def plan_of(day: RecordedDay) -> Plan:
    """A plan that plays a day like this. ValueError when the record is too poor for one, with the reason."""
    agents = sorted({state.agent for state in day.states if state.activity is not Activity.AWAY})
    told = [call for call in day.calls if call.ending is not Ending.CONGESTION]
    if not agents or not told:
        raise ValueError("no agent worked on that day" if told else "no attempt reached the network on that day")
    people = [call for call in told if call.ending in {Ending.PERSON, Ending.ABANDONED, Ending.LEFT}]
    least, mean, shape, ring = line_times(day)
    talk, talk_shape = mean_and_shape([call.talk_seconds for call in people if call.talk_seconds > 0.0], (110.0, 1.0))
    wrap, wrap_shape = mean_and_shape(_lasting(day, Activity.WRAPPING_UP), (0.0, 4.0))
    inbound = _lasting(day, Activity.INBOUND)
    hours = max(day.seconds / HOUR_SECONDS, 0.1)
    return Plan(
        agents=len(agents),
        answer_probability=len(people) / len(told),
        hours=hours,
        day_hours=hours,
        factor=hourly_factors(told, people, day.seconds),
        factor_step_seconds=HOUR_SECONDS,
        answer_least=least,
        answer_mean=mean,
        answer_shape=shape,
        ring_seconds=ring,
        congestion=1.0 - len(told) / len(day.calls),
        talk_seconds=talk,
        talk_shape=talk_shape,
        wrap_up_seconds=wrap,
        wrap_up_shape=wrap_shape,
        patience_seconds=day.patience_seconds,
        max_lines=day.max_lines,
        inbound_per_hour=inbound_by_hour(day),
        inbound_talk_seconds=sum(inbound) / len(inbound) if inbound else 180.0,
        comings=comings_of([_stays(day, agent) for agent in agents], day.seconds),
        cap=day.cap,
        warm_up_answers=0.0,
        **_machines(told, len(told) - len(people)),
    )


def hourly_factors(told: Sequence[RecordedCall], people: Sequence[RecordedCall], seconds: float) -> tuple[float, ...]:
    """Each hour's answer rate over the day's."""
    hours = int(np.ceil(max(seconds, 1.0) / HOUR_SECONDS))
    mean = len(people) / max(1, len(told))
    attempts, answers = _by_hour([call.at for call in told], hours), _by_hour([call.at for call in people], hours)
    if mean <= 0.0:
        return (1.0,) * hours
    return tuple(float(f) for f in (answers + _HOUR_WEIGHT * mean) / (attempts + _HOUR_WEIGHT) / mean)


def inbound_by_hour(day: RecordedDay) -> tuple[float, ...]:
    """Inbound calls taken in each hour; the last hour's, if it is not whole, at its own rate."""
    hours = int(np.ceil(max(day.seconds, 1.0) / HOUR_SECONDS))
    begun = _by_hour([state.since for state in day.states if state.activity is Activity.INBOUND], hours)
    lengths = np.minimum(1.0, np.maximum(0.1, day.seconds / HOUR_SECONDS - np.arange(hours)))
    return tuple(float(rate) for rate in begun / lengths)


def line_times(day: RecordedDay) -> tuple[float, float, float, float]:
    """Least, mean and gamma shape of the time to an answer, and how long lines ring out, seconds.

    By moments, the least from the first percent of the answers; what rang out gives the ring time, else the campaign.
    """
    out = [call.line_seconds for call in day.calls if call.ending is Ending.RANG_OUT]
    ring = max(1.0, float(np.median(out))) if len(out) >= 20 else day.ring_seconds
    answers = np.array([call.line_seconds for call in day.calls if call.ending in _ANSWERED])
    if len(answers) < 20:
        return min(3.0, 0.2 * ring), min(12.0, 0.5 * ring), 3.0, ring
    ring = max(ring, float(np.quantile(answers, 0.99)))
    least = min(max(0.0, 0.95 * float(np.quantile(answers, 0.01))), 0.9 * ring)
    mean = max(float(answers.mean()), least + 0.1)
    return least, mean, _shape(mean - least, float(answers.var())), ring


def mean_and_shape(lasted: Sequence[float], unknown: tuple[float, float]) -> tuple[float, float]:
    """Mean and gamma shape by moments; `unknown` when too few were seen."""
    if len(lasted) < 5:
        return (float(np.mean(lasted)), unknown[1]) if lasted else unknown
    return float(np.mean(lasted)), _shape(float(np.mean(lasted)), float(np.var(lasted)))


_ANSWERED = {Ending.PERSON, Ending.ABANDONED, Ending.LEFT, Ending.MACHINE, Ending.MACHINE_TAKEN}


def _shape(mean: float, variance: float) -> float:
    return min(50.0, max(0.2, mean**2 / max(variance, 1e-6)))


def _machines(told: Sequence[RecordedCall], nobody: int) -> dict[str, Any]:
    """Shares of machines, and of those that detection let through. People it took for machines are not recorded."""
    count = Counter(call.ending for call in told)
    caught, taken = count[Ending.MACHINE], count[Ending.MACHINE_TAKEN]
    with_agents = [call.talk_seconds for call in told if call.ending is Ending.MACHINE_TAKEN]
    return {
        "machine_share": (caught + taken) / max(1, nobody),
        "machine_seconds": max(1.0, sum(with_agents) / len(with_agents)) if with_agents else 15.0,
        "detection": caught > 0,
        "machine_taken_for_person": taken / max(1, caught + taken) if caught else 0.0,
        "busy_share": count[Ending.BUSY] / max(1, count[Ending.BUSY] + count[Ending.RANG_OUT]),
    }


def _by_hour(moments: Sequence[float], hours: int) -> Floats:
    return np.bincount([min(hours - 1, int(at // HOUR_SECONDS)) for at in moments], minlength=hours).astype(np.float64)


def _hours(day: RecordedDay, among: Collection[Activity]) -> float:
    return sum(state.until - state.since for state in day.states if state.activity in among) / HOUR_SECONDS


def _lasting(day: RecordedDay, activity: Activity) -> list[float]:
    return [state.until - state.since for state in day.states if state.activity is activity]


def _stays(day: RecordedDay, agent: str) -> list[Stay]:
    own = [state for state in day.states if state.agent == agent and state.activity is not Activity.AWAY]
    return [(state.since, state.until) for state in own]
