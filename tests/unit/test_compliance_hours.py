from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.hours import DAY, CallingHours, Spells, joined, overlap

ZONES = (
    "UTC",
    "America/New_York",
    "America/Havana",  # changes at midnight
    "America/St_Johns",
    "Africa/Casablanca",  # goes back for Ramadan
    "Asia/Kathmandu",  # +05:45
    "Asia/Tehran",
    "Australia/Lord_Howe",  # changes by half an hour
    "Europe/London",
    "Pacific/Apia",  # 30 December 2011 never was
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Spells, ...]:
    """Hours for each of seven days, of up to two windows with edges at any second."""
    days = []
    for _ in range(7):
        edges = draw(st.lists(st.integers(0, DAY), min_size=0, max_size=4, unique=True).map(sorted))
        days.append(tuple(zip(edges[::2], edges[1::2], strict=False)))
    return tuple(days)


@st.composite
def instants(draw: st.DrawFn) -> tuple[str, int]:
    """A zone, and a second that is often near a change of its offset."""
    zone = draw(st.sampled_from(ZONES))
    at = draw(st.integers(1_300_000_000, 1_900_000_000))
    if draw(st.booleans()):
        at = _change_after(zone, at) + draw(st.integers(-7_200, 7_200))
    return zone, at


def _change_after(zone: str, at: int) -> int:
    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset()

    for left, right in pairwise(range(at, at + 400 * DAY, DAY)):
        if offset(left) != offset(right):
            return next(second for second in range(left, right + 60, 60) if offset(second) != offset(left))
    return at


def _open_by_the_clock_on_the_wall(week: tuple[Spells, ...], zone: str, at: int) -> bool:
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    second = local.hour * 3600 + local.minute * 60 + local.second
    day = (local.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    return any(opens <= second < closes for opens, closes in week[day % 7])


@given(weeks(), instants())
def test_it_is_open_exactly_when_the_clock_on_the_wall_says_so(
    week: tuple[Spells, ...], where: tuple[str, int]
) -> None:
    zone, at = where
    hours = CallingHours(lambda day: week[day % 7])
    assert hours.hold((zone,), at, 0.5) == _open_by_the_clock_on_the_wall(week, zone, at)


@given(weeks(), st.lists(instants(), min_size=1, max_size=3), st.floats(15, 122))
def test_the_next_opening_is_open_and_the_second_before_it_is_not(
    week: tuple[Spells, ...], where: list[tuple[str, int]], seconds: float
) -> None:
    hours = CallingHours(lambda day: week[day % 7])
    zones = tuple({zone for zone, _ in where})
    now = where[0][1]
    opens = hours.next_open(zones, now, seconds)
    if opens is None:
        assert not hours.hold(zones, now, seconds)
        return
    assert opens >= now
    assert hours.hold(zones, opens, seconds)
    if opens > now:
        assert not hours.hold(zones, opens - 1, seconds)
        assert not hours.hold(zones, opens - 0.001, seconds)
        middle = now + (opens - now) / 2
        assert not hours.hold(zones, middle, seconds)


@given(weeks(), instants(), st.integers(15, 122))
def test_a_call_is_held_only_if_every_second_of_it_is_open(
    week: tuple[Spells, ...], where: tuple[str, int], seconds: int
) -> None:
    zone, at = where
    hours = CallingHours(lambda day: week[day % 7])
    every_second = all(_open_by_the_clock_on_the_wall(week, zone, at + s) for s in range(seconds + 1))
    assert hours.hold((zone,), at, seconds) == every_second


def test_hours_that_never_meet_have_no_next_opening() -> None:
    hours = CallingHours(lambda day: ((9 * 3600, 10 * 3600),))
    assert hours.next_open(("Asia/Tokyo", "America/New_York"), 1_750_000_000, 20) is None


def test_an_opening_that_only_winter_time_brings_is_found() -> None:
    hours = CallingHours(lambda day: ((9 * 3600, 10 * 3600),))
    july = datetime(2026, 7, 1, tzinfo=UTC).timestamp()
    zones = ("Europe/London", "Africa/Abidjan")  # both at UTC in winter alone
    opens = hours.next_open(zones, july, 20)
    assert opens == datetime(2026, 10, 25, 9, tzinfo=UTC).timestamp()


def test_nothing_is_open_without_a_zone() -> None:
    hours = CallingHours(lambda day: ((0, DAY),))
    assert not hours.hold((), 1_750_000_000, 20)
    assert hours.next_open((), 1_750_000_000, 20) is None


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_zone_that_is_none_raises(zone: str) -> None:
    hours = CallingHours(lambda day: ((0, DAY),))
    with pytest.raises((KeyError, ValueError)):
        hours.hold((zone,), 1_750_000_000, 20)


SPELLS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9))).map(
    lambda written: joined((start, start + length) for start, length in written)
)


@given(SPELLS, SPELLS)
def test_overlap_is_what_both_have(left: Spells, right: Spells) -> None:
    def instants_of(spells: Spells) -> set[int]:
        return {at for opens, closes in spells for at in range(opens, closes)}

    assert instants_of(overlap(left, right)) == instants_of(left) & instants_of(right)
