"""Hours of a week as JSON: [[days, begins, ends], ...]."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from dialer.domain.week_time import WeekTime


def written(times: Iterable[WeekTime]) -> list[list[Any]]:
    return [[list(one.days), one.begins.isoformat(), one.ends.isoformat()] for one in times]


def read(stored: Iterable[Any]) -> tuple[WeekTime, ...]:
    return tuple(
        WeekTime(tuple(days), time.fromisoformat(begins), time.fromisoformat(ends)) for days, begins, ends in stored
    )
