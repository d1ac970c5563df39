"""Hours of a week in local time: when somebody likes to be called, or is in office."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.domain.errors import BadInput

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = time(0)
_DAYS_AHEAD = 8
"""A week, and the rest of today."""


@dataclass(frozen=True, slots=True)
class WeekTime:
    """From `begins` to before `ends`, on some weekdays; `ends` 00:00 is the end of the day."""

    days: tuple[str, ...]
    begins: time
    ends: time

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(WEEKDAYS):
            raise BadInput(f"must be of {', '.join(WEEKDAYS)}", "days")
        if self.ends not in {_MIDNIGHT} and self.ends <= self.begins:
            raise BadInput("must be after begins; for a night, name two times", "ends")

    def holds(self, local: datetime) -> bool:
        """`local`: in the zone in question."""
        if WEEKDAYS[local.weekday()] not in self.days or local.time() < self.begins:
            return False
        return self.ends == _MIDNIGHT or local.time() < self.ends


def hold(times: Iterable[WeekTime], local: datetime) -> bool:
    return any(one.holds(local) for one in times)


def next_begin(times: Sequence[WeekTime], zones: Sequence[str], now: datetime) -> datetime | None:
    """When they begin next in all zones at once; None: never do they overlap there."""
    begins = sorted(
        begin
        for zone in zones
        for one in times
        for day in range(_DAYS_AHEAD)
        if (begin := _begin(one, zone, now, day)) > now
    )
    return next((begin for begin in begins if all(hold(times, begin.astimezone(ZoneInfo(z))) for z in zones)), None)


def _begin(one: WeekTime, zone: str, now: datetime, days_on: int) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=days_on), one.begins, tzinfo=ZoneInfo(zone)).astimezone(
        now.tzinfo
    )
