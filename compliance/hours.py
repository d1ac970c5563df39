"""When calling hours hold: spells of open time, exact to the second through every change of a zone's UTC offset.

Times are whole seconds since 1970 UTC, days are days since 1970, in the local calendar where it is said so.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from math import inf
from zoneinfo import ZoneInfo

DAY = 86_400
_WEEK = 7 * DAY
_HORIZON = 9 * DAY
"""A calendar reaches past its week, so that no call that begins in the week runs out of it."""
_WEEKS_AHEAD = 54
_SAMPLE = DAY
"""Offsets are compared this often: no zone changes twice within it."""

_OFFSET_HOLDS = 900

Spells = tuple[tuple[int, int], ...]
"""Open times from (included) to (excluded), in order, apart from each other."""


class CallingHours:
    """Calling hours by local day, answered for any set of zones; calendars are cached by zones and week."""

    def __init__(self, windows_on: Callable[[int], Spells]) -> None:
        """`windows_on`: a local day's windows, in seconds of that day (0 to 86,400)."""
        self._windows_on = windows_on
        self._calendar = lru_cache(maxsize=8_192)(self._reckon)

    def hold(self, zones: tuple[str, ...], start: float, seconds: float) -> bool:
        """Whether it is open in all zones from `start` on, for so long. Raises KeyError or ValueError for no zone."""
        spells = self._calendar(zones, int(start // _WEEK))
        before = bisect_right(spells, (start, inf))
        return before > 0 and start + seconds < spells[before - 1][1]

    def next_open(self, zones: tuple[str, ...], not_before: float, seconds: float) -> float | None:
        """The first moment from which it is open in all zones for so long; None: none within a year."""
        week = int(not_before // _WEEK)
        for ahead in range(week, week + _WEEKS_AHEAD):
            for opens, closes in self._calendar(zones, ahead):
                start = max(not_before, opens)
                if start + seconds < closes:
                    return start
        return None

    def _reckon(self, zones: tuple[str, ...], week: int) -> Spells:
        start = week * _WEEK
        shared: Spells = ((start, start + _HORIZON),) if zones else ()
        for zone in zones:
            shared = overlap(shared, _spells(ZoneInfo(zone), start, start + _HORIZON, self._windows_on))
            if not shared:
                break
        return shared


def local_days(zones: tuple[str, ...], start: float, seconds: float) -> tuple[int, ...]:
    """The dates, counted from 1970, that the time from `start` on touches in any of the zones, in order. KeyError or
    ValueError: no such zone."""
    return _dates(zones, int(start // _OFFSET_HOLDS), int((start + seconds) // _OFFSET_HOLDS))


def days_touched(zones: tuple[str, ...], start: float, seconds: float) -> tuple[int, ...]:
    """The same, with the date on which it begins in UTC."""
    return _dates_and_utc(zones, int(start // _OFFSET_HOLDS), int((start + seconds) // _OFFSET_HOLDS))


@lru_cache(maxsize=8_192)
def _dates(zones: tuple[str, ...], first: int, last: int) -> tuple[int, ...]:
    """Dates from one quarter of an hour to another. Offsets are whole quarters, so within one no date changes."""
    quarters = (first, last)
    return tuple(sorted({(at * _OFFSET_HOLDS + offset) // DAY for at in quarters for offset in _offsets(zones, at)}))


@lru_cache(maxsize=8_192)
def _dates_and_utc(zones: tuple[str, ...], first: int, last: int) -> tuple[int, ...]:
    return tuple(sorted({first * _OFFSET_HOLDS // DAY, *_dates(zones, first, last)}))


def _offsets(zones: tuple[str, ...], quarter: int) -> frozenset[int]:
    """UTC offsets of zones at both ends of a quarter of an hour, within which clocks change at most once."""
    ends = (quarter * _OFFSET_HOLDS, (quarter + 1) * _OFFSET_HOLDS)
    return frozenset(_offset(ZoneInfo(zone), at) for zone in zones for at in ends)


def overlap(left: Spells, right: Spells) -> Spells:
    """The times that both have open."""
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        opens, closes = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if opens < closes:
            found.append((opens, closes))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def joined(spells: Iterable[tuple[int, int]]) -> Spells:
    """The same times, with what touches or overlaps made one."""
    whole: list[tuple[int, int]] = []
    for opens, closes in sorted(spells):
        if whole and opens <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(closes, whole[-1][1]))
        else:
            whole.append((opens, closes))
    return tuple(whole)


def _spells(zone: ZoneInfo, start: int, end: int, windows_on: Callable[[int], Spells]) -> Spells:
    found = []
    for begin, until, offset in _stretches(zone, start, end):
        for day in range((begin + offset) // DAY, (until + offset) // DAY + 1):
            midnight = day * DAY - offset
            for opens, closes in windows_on(day):
                spell = (max(begin, midnight + opens), min(until, midnight + closes))
                if spell[0] < spell[1]:
                    found.append(spell)
    return joined(found)


def _stretches(zone: ZoneInfo, start: int, end: int) -> Sequence[tuple[int, int, int]]:
    """The stretches of [start, end) in which the zone keeps one UTC offset, each with that offset in seconds."""
    samples = [*range(start, end, _SAMPLE), end]
    offsets = [_offset(zone, at) for at in samples]
    cuts = [
        _change(zone, *between)
        for between, (before, after) in zip(pairwise(samples), pairwise(offsets), strict=True)
        if before != after
    ]
    return [(begin, until, _offset(zone, begin)) for begin, until in pairwise([start, *cuts, end])]


def _change(zone: ZoneInfo, left: int, right: int) -> int:
    """The first second after `left` that has another offset."""
    before = _offset(zone, left)
    while right - left > 1:
        middle = (left + right) // 2
        if _offset(zone, middle) == before:
            left = middle
        else:
            right = middle
    return right


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None  # a ZoneInfo always knows
    return int(offset.total_seconds())
