"""Service days, and the times at which marketing is off by the calendar. Times are POSIX seconds, UTC."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pacing.marketing.public_holidays import public_holiday
from pacing.marketing.rule import BusyHours, SwitchRule

_LOOK_AHEAD_DAYS = 400
"""A rule that leaves no calm moment in so many days leaves none."""

_DAY = timedelta(days=1)


def service_day(rule: SwitchRule, at: float) -> tuple[float, float]:
    """When the service day of `at` begins and ends. It has 23 or 25 hours when clocks change.

    A beginning that clocks skip falls behind the change; of one that comes twice, the first is meant.
    """
    day = service_date(rule, at)
    zone = ZoneInfo(rule.time_zone)
    return _begins(zone, rule.day_begins, day), _begins(zone, rule.day_begins, day + _DAY)


def service_date(rule: SwitchRule, at: float) -> date:
    """The date on which the service day of `at` began."""
    return _date_in_minute(rule.time_zone, rule.day_begins, at // 60.0)


@lru_cache(maxsize=1024)
def _date_in_minute(time_zone: str, day_begins: time, minute: float) -> date:
    """Days begin with a minute, in every zone since 1972; so one answer does for each."""
    zone = ZoneInfo(time_zone)
    at = minute * 60.0
    day = datetime.fromtimestamp(at, zone).date() + _DAY
    while _begins(zone, day_begins, day) > at:
        day -= _DAY
    return day


def _begins(zone: ZoneInfo, day_begins: time, day: date) -> float:
    return datetime.combine(day, day_begins, zone).timestamp()


def busy_day(rule: SwitchRule, at: float) -> str | None:
    """Why the service day of `at` is a busy one, in words; None: it isn't."""
    return _busy_date(rule, service_date(rule, at))


def _busy_date(rule: SwitchRule, day: date) -> str | None:
    if day in rule.busy_dates:
        return "set by hand"
    holiday = public_holiday(rule.busy_holidays, day) if rule.busy_holidays else None
    if holiday is not None:
        return f"public holiday: {holiday}"
    if day.day <= rule.busy_first_days:
        return _of_month("first", rule.busy_first_days)
    if monthrange(day.year, day.month)[1] - day.day < rule.busy_last_days:
        return _of_month("last", rule.busy_last_days)
    return None


def _of_month(which: str, days: int) -> str:
    return f"{which} day of the month" if days == 1 else f"one of the {which} {days} days of the month"


def busy_hours(rule: SwitchRule, at: float) -> BusyHours | None:
    """The busy hours that `at` is in; of several, those that end last."""
    if not rule.busy_hours:
        return None
    local = datetime.fromtimestamp(at, ZoneInfo(rule.time_zone))
    clock = local.time()
    met = [
        hours
        for hours in rule.busy_hours
        if local.weekday() in hours.weekdays
        and hours.begins <= clock
        and (clock < hours.ends or hours.ends == time(0, 0))
    ]
    return max(met, key=lambda hours: (hours.ends == time(0, 0), hours.ends), default=None)


def busy_day_ends(rule: SwitchRule, at: float) -> float | None:
    """When the first service day from `at` on begins that is not busy: `at` itself if it is in one. None: none does."""
    today = service_date(rule, at)
    day = _calm_date(rule, today)
    if day is None:
        return None
    return at if day == today else _begins(ZoneInfo(rule.time_zone), rule.day_begins, day)


@lru_cache(maxsize=1024)
def _calm_date(rule: SwitchRule, day: date) -> date | None:
    days = (day + ahead * _DAY for ahead in range(_LOOK_AHEAD_DAYS))
    return next((day for day in days if _busy_date(rule, day) is None), None)


def busy_hours_end(rule: SwitchRule, at: float) -> float | None:
    """The first moment from `at` on outside busy hours; None: they go all round the week."""
    for _ in range(8 * (1 + 2 * len(rule.busy_hours))):
        hours = busy_hours(rule, at)
        if hours is None:
            return at
        at = _end_of(rule, hours, at)
    return None


def _end_of(rule: SwitchRule, hours: BusyHours, at: float) -> float:
    zone = ZoneInfo(rule.time_zone)
    local = datetime.fromtimestamp(at, zone)
    day = local.date() + _DAY if hours.ends == time(0, 0) else local.date()
    end = datetime.combine(day, hours.ends, zone).timestamp()
    if end <= at:  # the hour that comes twice: its second end is meant
        end = datetime.combine(day, hours.ends.replace(fold=1), zone).timestamp()
    return end if end > at else at + 3600.0


def calm_from(rule: SwitchRule, at: float) -> float | None:
    """The first moment from `at` on that is neither in busy hours nor on a busy day; None: there is none."""
    for _ in range(_LOOK_AHEAD_DAYS):
        of_days = busy_day_ends(rule, at)
        calm = None if of_days is None else busy_hours_end(rule, of_days)
        if calm is None or calm == at:
            return calm
        at = calm
    return None
