"""A service group's inbound service in figures. Times are POSIX seconds, UTC."""

from dataclasses import dataclass, field

from pacing.marketing.rule import RateKind


@dataclass(slots=True)
class Counts:
    """Calls and callers of a step or of a day, by the moment at which they were offered."""

    offered: int = 0
    """Without short abandons. A call counts when its fate is known; one waiting beyond the threshold counts already."""
    answered: int = 0
    within: int = 0
    """Answered within the threshold."""
    abandoned: int = 0
    """By callers who gave up; short abandons not among them."""
    short_abandons: int = 0
    left: int = 0
    """Out of the queue without an agent: its time limit, a key, a transfer, or a restart of the switch. Missed."""
    callers: int = 0
    """Who tried; repeat calls counted once."""
    callers_through: int = 0


@dataclass(slots=True)
class Step:
    begins: float
    counts: Counts = field(default_factory=Counts)
    blind: bool = False
    """Not all of it was seen."""


@dataclass(frozen=True, slots=True)
class CallerTry:
    """A caller's try: the first call, and what followed within the repeat time."""

    caller: str
    began: float
    through: bool


@dataclass(frozen=True, slots=True)
class AgentCounts:
    """Members of a group's queues, each person once."""

    free: int = 0
    busy: int = 0
    paused: int = 0
    away: int = 0


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """How a group stands at one moment."""

    now: float
    day_begins: float
    day_ends: float
    """When the service day is over; a day has 23 to 25 hours."""
    day: Counts
    day_blind: bool
    """Some of the day was not seen."""
    steps: tuple[Step, ...]
    """The complete ones of the sustained time, oldest first; steps of before today among them."""
    current: Step
    """The step that is not over."""
    waiting: int = 0
    longest_wait_seconds: float = 0.0
    agents: AgentCounts = AgentCounts()


def rate(kind: RateKind, counts: Counts) -> float | None:
    """Perceived connect rate, 0 to 1; None: nobody tried."""
    tried = counts.callers if kind is RateKind.CALLERS else counts.offered
    if tried <= 0:
        return None
    got = {
        RateKind.ANSWERED: counts.answered,
        RateKind.WITHIN_THRESHOLD: counts.within,
        RateKind.CALLERS: counts.callers_through,
    }[kind]
    return got / tried
