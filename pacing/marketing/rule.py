"""What a service group's marketing switch goes by; every figure with its unit."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pacing.marketing.public_holidays import is_region


class RateKind(StrEnum):
    """The three ways to reckon the perceived connect rate. Short abandons are left out of both sides of each."""

    ANSWERED = "answered"  # calls answered / calls offered
    WITHIN_THRESHOLD = "within_threshold"  # calls answered within the threshold / calls offered
    CALLERS = "callers"  # callers who got through / callers who tried, repeat calls counted once


@dataclass(frozen=True, slots=True)
class BusyHours:
    """Hours in which marketing is off, on some weekdays, by the group's local time."""

    weekdays: tuple[int, ...]
    """0 is Monday."""
    begins: time
    ends: time
    """After `begins`, and not past midnight; 0:00 is the day's end."""


@dataclass(frozen=True, slots=True)
class SwitchRule:
    target: float = 0.8
    """Perceived connect rate to keep, above 0 and at most 1."""
    rate: RateKind = RateKind.WITHIN_THRESHOLD
    threshold_seconds: float = 20.0
    """A call that waits longer counts as missed until it is answered (not at all, `within_threshold`)."""
    short_abandon_seconds: float = 5.0
    """A caller who gives up sooner counts nowhere."""
    repeat_minutes: float = 30.0
    """A caller's calls within so long after the first are one try."""
    sustained_minutes: int = 30
    """Every step of so many minutes must have been on target before marketing comes back."""
    step_seconds: int = 60
    """Length of a step; shorter only to try the switch out in less time."""
    empty_steps_count: bool = True
    """A step without calls is one on target."""
    minimum_offered: int = 20
    """Calls offered in the day below which a bad rate does not close the switch."""
    least_open_seconds: float = 120.0
    """Shortest time open before a bad rate closes; by hand, busy times and blindness close at once."""
    least_closed_seconds: float = 300.0
    """Shortest time closed."""
    unmeasured_seconds: float = 15.0
    """Inbound not seen for longer than this closes the switch."""
    time_zone: str = "UTC"
    """The group's own, by its IANA name."""
    day_begins: time = time(0, 0)
    """When its service day begins, local time, a whole minute: cumulative figures start anew."""
    busy_first_days: int = 1
    """So many first days of each month are busy; 0: none."""
    busy_last_days: int = 1
    busy_dates: tuple[date, ...] = ()
    """Busy days set by hand."""
    busy_holidays: str = ""
    """Public holidays of a country ("DE") or of a part of it ("DE-BY") are busy days; empty: no holidays."""
    busy_hours: tuple[BusyHours, ...] = ()
    predictive_minutes: float = 0.0
    """Close when the forecast cumulative rate will miss the target within so many minutes; 0: don't forecast."""
    keep_call_backs: bool = True
    """Call-backs that were promised are dialed while marketing is off."""
    ramp_seconds: float = 300.0
    """After opening, agents come back to marketing evenly over so long; 0: all at once."""
    expected_handle_seconds: float = 240.0
    """What an inbound call takes an agent, until enough were seen."""
    least_free_agents: int = 0
    """Agents kept free for inbound calls while marketing is on, at least."""

    def __post_init__(self) -> None:
        checks = (
            (0.0 < self.target <= 1.0, "target", "must be above 0, at most 1"),
            (0.0 < self.threshold_seconds <= 3600.0, "threshold_seconds", "must be above 0, at most 3600 s"),
            (
                0.0 <= self.short_abandon_seconds < self.threshold_seconds,
                "short_abandon_seconds",
                "must be 0 s or more, and below threshold_seconds",
            ),
            (0.0 < self.repeat_minutes <= 1440.0, "repeat_minutes", "must be above 0, at most 1440 min"),
            (1 <= self.sustained_minutes <= 480, "sustained_minutes", "must be 1 to 480 min"),
            (1 <= self.step_seconds <= 60 and 60 % self.step_seconds == 0, "step_seconds", "must divide 60 s"),
            (0 <= self.minimum_offered <= 100_000, "minimum_offered", "must be 0 to 100000 calls"),
            (0.0 <= self.least_open_seconds <= 86_400.0, "least_open_seconds", "must be 0 to 86400 s"),
            (0.0 <= self.least_closed_seconds <= 86_400.0, "least_closed_seconds", "must be 0 to 86400 s"),
            (1.0 <= self.unmeasured_seconds <= 600.0, "unmeasured_seconds", "must be 1 to 600 s"),
            (_is_zone(self.time_zone), "time_zone", "must be an IANA time zone such as Europe/Berlin"),
            (_is_whole_minute(self.day_begins), "day_begins", "must be a whole minute, local time"),
            (
                not self.busy_holidays or is_region(self.busy_holidays),
                "busy_holidays",
                "must be a country such as DE, a part of one such as DE-BY, or empty",
            ),
            (0 <= self.busy_first_days <= 31, "busy_first_days", "must be 0 to 31 days"),
            (0 <= self.busy_last_days <= 31, "busy_last_days", "must be 0 to 31 days"),
            (0.0 <= self.predictive_minutes <= 120.0, "predictive_minutes", "must be 0 to 120 min"),
            (0.0 <= self.ramp_seconds <= 7200.0, "ramp_seconds", "must be 0 to 7200 s"),
            (
                1.0 <= self.expected_handle_seconds <= 7200.0,
                "expected_handle_seconds",
                "must be 1 to 7200 s",
            ),
            (0 <= self.least_free_agents <= 10_000, "least_free_agents", "must be 0 to 10000 agents"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise ValueError(f"{place}: {reason}")
        for hours in self.busy_hours:
            if hours.begins.tzinfo is not None or hours.ends.tzinfo is not None:
                raise ValueError("busy_hours: must be local times")
            days_fit = bool(hours.weekdays) and all(0 <= day <= 6 for day in hours.weekdays)
            if not days_fit or not (hours.begins < hours.ends or hours.ends == time(0, 0)):
                raise ValueError("busy_hours: must have weekdays 0 (Monday) to 6, and end after they begin")

    @property
    def sustained_steps(self) -> int:
        return self.sustained_minutes * 60 // self.step_seconds


def _is_whole_minute(of_day: time) -> bool:
    return of_day.tzinfo is None and of_day.second == 0 and of_day.microsecond == 0


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
