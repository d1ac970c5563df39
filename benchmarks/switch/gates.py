"""What a day gave under a gate, and the gates that other dialers have."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.switch.compiled import run_day
from benchmarks.switch.days import SECONDS, TRIES, Day, Ints, Streams
from benchmarks.switch.floor import (
    ABANDONED,
    ANSWERED,
    ANSWERS,
    DIALED,
    DROPPED,
    FREE_AT_LEAST,
    KEEP,
    NO_CALL_WAITS,
    OFF,
    OUTBOUND_SECONDS,
    WAITING,
    Floor,
)
from pacing.marketing.rule import SwitchRule

NO_GATE, CALL_WAITS, FREE_AGENTS = "no-gate", "call-waits", "free-agents"
FREE_AGENTS_TRIED = (1, 2, 3, 4, 6, 8, 10, 12)
RULE = SwitchRule(busy_first_days=0, busy_last_days=0)
"""As it is by default, but for the busy days: they would keep marketing off on a whole month end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day under a gate."""

    day: str
    policy: str
    seed: int
    offered: int
    """Calls, short abandons left out."""
    within: int
    """Answered within the threshold."""
    abandoned: int
    outbound_seconds: int
    """Agents' talk with callees."""
    dialed: int
    callees: int
    dropped: int
    """Callees who answered and got no agent."""
    closed_seconds: int
    changes: int
    """From on to off or back, in the course of the day."""
    detail: str = ""
    """Of a gate with a figure: which was best; of the switch: what closed it."""
    floor: Floor | None = field(default=None, compare=False, repr=False)

    @property
    def service_level(self) -> float:
        return self.within / max(self.offered, 1)

    @property
    def keeps_target(self) -> bool:
        return self.within >= RULE.target * self.offered

    @property
    def outbound_hours(self) -> float:
        return self.outbound_seconds / 3600.0


def outcome(day: Day, policy: str, seed: int, floor: Floor, detail: str = "") -> Outcome:
    judged = calls_judged(floor)
    off = floor.series[:SECONDS, 5] >= OFF
    return Outcome(
        day.name, policy, seed, int(judged.sum()), int((judged & in_time(floor)).sum()),
        int((judged & (floor.fate == ABANDONED)).sum()), int(floor.of[OUTBOUND_SECONDS]), int(floor.of[DIALED]),
        int(floor.of[ANSWERS]), int(floor.of[DROPPED]), int(off.sum()), int(np.diff(off).sum()), detail, floor,
    )  # fmt: skip


def calls_judged(floor: Floor) -> NDArray[np.bool_]:
    """Calls that were offered, but for short abandons; by slot."""
    short = (floor.fate == ABANDONED) & (floor.waited < RULE.short_abandon_seconds)
    return np.asarray((floor.fate >= WAITING) & ~short, dtype=np.bool_)


def in_time(floor: Floor) -> NDArray[np.bool_]:
    return np.asarray((floor.fate == ANSWERED) & (floor.waited <= RULE.threshold_seconds), dtype=np.bool_)


def caller_of(slot: int) -> int:
    return slot // TRIES


def constant(level: int) -> Ints:
    return np.array([level])


def no_gate(day: Day, chances: Streams, seed: int) -> Outcome:
    return outcome(day, NO_GATE, seed, run_day(day, chances, KEEP, constant(0), SECONDS))


def call_waits(day: Day, chances: Streams, seed: int) -> Outcome:
    """VICIdial's gate, "inbound queue no dial": no new line while a call waits."""
    return outcome(day, CALL_WAITS, seed, run_day(day, chances, NO_CALL_WAITS, constant(0), SECONDS))


def free_agents(day: Day, chances: Streams, seed: int) -> Outcome:
    """VICIdial's "inbound no-agents no-dial" with its threshold: no new line while fewer agents are free; the best
    figure for this very day: the most talk of those that keep the target, else the best service."""
    tried = [
        outcome(day, FREE_AGENTS, seed, run_day(day, chances, FREE_AT_LEAST, constant(n), SECONDS), f"n = {n}")
        for n in FREE_AGENTS_TRIED
    ]
    keeping = [each for each in tried if each.keeps_target]
    if keeping:
        return max(keeping, key=lambda each: each.outbound_seconds)
    return max(tried, key=lambda each: each.service_level)
