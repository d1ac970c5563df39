"""What is simulated: a team, its callees, the day's ups and downs, and the limits; as arrays for compiled code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats

SCORE_BANDS = 16
_FOREVER = 1e15


class Kernel(NamedTuple):
    """A `Plan` as compiled code reads it; see there."""

    hours: float
    day_hours: float
    agents: int
    events_at: Floats
    event_agents: Floats
    event_kinds: Floats
    drain_seconds: float
    answer_probability: float
    factor: Floats
    factor_step_seconds: float
    spread: float
    knowledge: int
    score_noise: float
    at_hand: int
    answer_seconds: Floats
    busy_share: float
    ring_seconds: float
    machine_share: float
    machine_seconds: float
    detection: int
    person_taken_for_machine: float
    machine_taken_for_person: float
    congestion: float
    talk_seconds: float
    talk_shape: float
    wrap_up_seconds: float
    wrap_up_shape: float
    patience_seconds: float
    max_lines: int
    inbound_per_hour: Floats
    inbound_step_seconds: float
    inbound_talk_seconds: float
    cap: float
    minimum_answers: float
    warm_up_answers: float
    leads: int
    max_attempts: int
    recycle_seconds: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign to simulate. Times in seconds but for `hours`; shares and probabilities 0 to 1."""

    agents: int
    answer_probability: float = 0.3
    """A person answers an attempt, on the mean."""
    hours: float = 8.0
    """How long; days of `day_hours` follow each other without a gap."""
    day_hours: float = 8.0
    factor: Sequence[float] = (1.0,)
    """The answer probability is multiplied by these in turn, each for `factor_step_seconds`."""
    factor_step_seconds: float = 60.0
    spread: float = 0.0
    """0: all leads alike; else the concentration of a Beta distribution of their probabilities."""
    knowledge: int = 0
    """What is known of a lead's own probability: 0 nothing, 1 all, 2 a score with noise."""
    score_noise: float = 0.0
    """Standard deviation of the score's noise, log-odds."""
    at_hand: int = 0
    """Leads to choose from; 0: three an agent, at least 60, at most 100."""
    answer_least: float = 3.0
    answer_mean: float = 12.0
    answer_shape: float = 3.0
    """Answers come after `answer_least` + a gamma time; those beyond the ring time are none."""
    busy_share: float = 0.26
    """Of the lines that nobody answers, those that fail at once (1 to 3 s); the others ring out."""
    ring_seconds: float = 25.0
    machine_share: float = 0.0
    """Of the lines that no person answers, those that a machine does."""
    machine_seconds: float = 15.0
    """An agent's talk with a machine."""
    detection: bool = False
    """Machine detection (2.5 s), with the errors that follow."""
    person_taken_for_machine: float = 0.0
    machine_taken_for_person: float = 0.0
    congestion: float = 0.0
    """Share of dials that find no trunk; it says nothing of the callee."""
    talk_seconds: float = 110.0
    talk_shape: float = 1.0
    """Gamma shape of talk; 1 is exponential."""
    wrap_up_seconds: float = 30.0
    wrap_up_shape: float = 4.0
    patience_seconds: float = 2.0
    """The legal limit: a callee without an agent after this is abandoned."""
    max_lines: int = 10_000
    inbound_per_hour: Sequence[float] = (0.0,)
    inbound_step_seconds: float = 3600.0
    inbound_talk_seconds: float = 180.0
    comings: Sequence[tuple[float, int, int]] = ()
    """(second, agent, 1 comes or 0 leaves), in order; agents not named are there from the start."""
    drain_seconds: float = 27.0
    """How long an agent who wants to leave stays for lines that ring; 0: goes at once."""
    cap: float = 0.03
    minimum_answers: float = 1000.0
    """Live answers below which a day is not judged."""
    warm_up_answers: float = 300.0
    """Live answers before occupancy and abandonment are measured."""
    leads: int = 0
    """Length of the list; 0: it never ends."""
    max_attempts: int = 6
    recycle_seconds: Sequence[float] = field(default=(900.0, 7200.0, 14400.0))
    """Until the next attempt after busy, no answer, machine."""

    def __post_init__(self) -> None:
        checks = (
            (self.agents >= 0, "agents", "must not be negative"),
            (0.0 <= self.answer_probability <= 1.0, "answer_probability", "must be 0 to 1"),
            (0.0 < self.hours <= 24 * 366, "hours", "must be above 0, at most a year's"),
            (self.day_hours > 0.0, "day_hours", "must be above 0"),
            (len(self.factor) > 0 and min(self.factor, default=-1.0) >= 0.0, "factor", "must not be negative"),
            (self.factor_step_seconds > 0.0, "factor_step_seconds", "must be above 0"),
            (self.spread >= 0.0, "spread", "must not be negative"),
            (self.answer_least < self.ring_seconds, "ring_seconds", "must be beyond the first answers"),
            (self.answer_mean > self.answer_least, "answer_mean", "must be above answer_least"),
            (0.0 <= self.cap <= 1.0, "cap", "must be 0 to 1"),
            (self.talk_seconds > 0.0, "talk_seconds", "must be above 0"),
            (self.patience_seconds >= 0.0, "patience_seconds", "must not be negative"),
            (list(self.comings) == sorted(self.comings), "comings", "must be in order of time"),
            (all(0 <= a < self.agents for _, a, _ in self.comings), "comings", "must name agents of the team"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise ValueError(f"{place}: {reason}")

    def kernel(self) -> Kernel:
        scale = (self.answer_mean - self.answer_least) / self.answer_shape
        return Kernel(
            hours=float(self.hours),
            day_hours=float(self.day_hours),
            agents=self.agents,
            events_at=_floats([e[0] for e in self.comings] + [_FOREVER]),
            event_agents=_floats([e[1] for e in self.comings] + [0]),
            event_kinds=_floats([e[2] for e in self.comings] + [0]),
            drain_seconds=float(self.drain_seconds),
            answer_probability=float(self.answer_probability),
            factor=_floats(self.factor),
            factor_step_seconds=float(self.factor_step_seconds),
            spread=float(self.spread),
            knowledge=self.knowledge,
            score_noise=float(self.score_noise),
            at_hand=self.at_hand or max(60, min(3 * self.agents, 100)),
            answer_seconds=_floats([self.answer_least, self.answer_shape, scale]),
            busy_share=float(self.busy_share),
            ring_seconds=float(self.ring_seconds),
            machine_share=float(self.machine_share),
            machine_seconds=float(self.machine_seconds),
            detection=int(self.detection),
            person_taken_for_machine=float(self.person_taken_for_machine),
            machine_taken_for_person=float(self.machine_taken_for_person),
            congestion=float(self.congestion),
            talk_seconds=float(self.talk_seconds),
            talk_shape=float(self.talk_shape),
            wrap_up_seconds=float(self.wrap_up_seconds),
            wrap_up_shape=float(self.wrap_up_shape),
            patience_seconds=float(self.patience_seconds),
            max_lines=self.max_lines,
            inbound_per_hour=_floats(self.inbound_per_hour),
            inbound_step_seconds=float(self.inbound_step_seconds),
            inbound_talk_seconds=float(self.inbound_talk_seconds),
            cap=float(self.cap),
            minimum_answers=float(self.minimum_answers),
            warm_up_answers=float(self.warm_up_answers),
            leads=self.leads,
            max_attempts=self.max_attempts,
            recycle_seconds=_floats(self.recycle_seconds),
        )


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
