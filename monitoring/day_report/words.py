"""Figures of a report as readers see them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.domain.day_report import DayReport

NONE = "–"


def whole(count: int) -> str:
    return f"{count:,}"


def share(ratio: float | None) -> str:
    return NONE if ratio is None else f"{100 * ratio:.1f}%"


def hours(seconds: float) -> str:
    """Hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def rate(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def clock(at: datetime, report: DayReport) -> str:
    """A time of the day; its end is 24:00."""
    if at == report.ends:
        return "24:00"
    return f"{at.astimezone(ZoneInfo(report.zone)):%H:%M}"


def day(at: date) -> str:
    return f"{at:%A} {at.day} {at:%B %Y}"


def state_words(report: DayReport) -> str:
    """Whether the day is over."""
    if report.so_far is None:
        return ""
    return f"So far: the day is not over. Calls are counted that had ended by {clock(report.so_far, report)}."
