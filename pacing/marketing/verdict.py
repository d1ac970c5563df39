"""What the marketing switch decides, and by what. Times are POSIX seconds, UTC."""

from dataclasses import dataclass
from enum import StrEnum


class SwitchState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Cause(StrEnum):
    """Why marketing is off, or stays off."""

    BY_HAND = "by_hand"
    UNMEASURED = "unmeasured"
    BUSY_DAY = "busy_day"
    BUSY_HOURS = "busy_hours"
    RATE = "rate"  # the day's cumulative rate is below target
    FORECAST = "forecast"  # it will be, says the forecast
    NOT_SUSTAINED = "not_sustained"  # a step of the sustained time was below target, or was not seen
    LEAST_CLOSED = "least_closed"  # the shortest time closed is not over
    NO_RULE = "no_rule"  # no such service group, or one without a queue


@dataclass(frozen=True, slots=True)
class HandOrder:
    """A supervisor's order to keep marketing off."""

    by: str
    why: str
    at: float
    until: float | None = None
    """When it ends by itself; None: when it is lifted."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing that keeps marketing off."""

    cause: Cause
    words: str
    """For people, with its figures."""
    until: float | None
    """When it can end at the earliest; None: that can't be told."""


@dataclass(frozen=True, slots=True)
class SwitchMemory:
    """What the switch remembers between decisions."""

    state: SwitchState = SwitchState.CLOSED
    since: float = 0.0
    """When this state began; at the start of a group's life, the first decision."""
    causes: tuple[Cause, ...] = ()
    """Of a closed switch: what closed it."""


@dataclass(frozen=True, slots=True)
class SwitchVerdict:
    memory: SwitchMemory
    """To be remembered for the next decision."""
    changed: bool
    holding: tuple[Holding, ...]
    """What keeps marketing off now; empty: nothing does."""
    earliest_open: float | None
    """Of a closed switch: when it can open if all goes well; None: not before a hand or a fact changes."""
    rate: float | None
    """The day's cumulative rate; None: nobody tried."""
    forecast: float | None = None
    """The cumulative rate at the forecast's end."""

    @property
    def open(self) -> bool:
        return self.memory.state is SwitchState.OPEN
