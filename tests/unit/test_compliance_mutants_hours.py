"""Calling hours at single seconds: of weeks, of days, and of changes of a zone's offset."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.hours import DAY, CallingHours, Spells, joined, overlap

WEEK = 7 * DAY
MONDAY_WEEK = 2_900
"""A week counted from 1970, which begins on a Thursday."""
START = MONDAY_WEEK * WEEK


def always(_: int) -> Spells:
    return ((0, DAY),)


def only_on(day: int, opens: int = 0, closes: int = DAY) -> CallingHours:
    return CallingHours(lambda one: ((opens, closes),) if one == day else ())


def second(written: str, zone: str = "America/New_York") -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).timestamp())


def day_of(written: str) -> int:
    return (datetime.fromisoformat(written).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (((0, 10),), ((0, 10),), ((0, 10),)),
        (((0, 10),), ((10, 20),), ()),
        (((0, 10), (20, 30)), ((5, 25),), ((5, 10), (20, 25))),
        (((5, 25),), ((0, 10), (20, 30)), ((5, 10), (20, 25))),
        (((0, 10), (10, 20)), ((0, 10), (12, 14)), ((0, 10), (12, 14))),
        (((0, 3), (4, 9)), ((1, 2), (5, 6), (8, 12)), ((1, 2), (5, 6), (8, 9))),
        (((0, 1),), ((0, 1), (2, 3)), ((0, 1),)),
        ((), ((0, 1),), ()),
    ],
)
def test_overlap_is_exact(left: Spells, right: Spells, both: Spells) -> None:
    assert overlap(left, right) == both
    assert overlap(right, left) == both


@pytest.mark.parametrize(
    ("spells", "whole"),
    [
        ([(0, 1), (1, 2)], ((0, 2),)),
        ([(1, 2), (0, 1)], ((0, 2),)),
        ([(0, 5), (1, 2), (3, 9)], ((0, 9),)),
        ([(0, 1), (2, 3)], ((0, 1), (2, 3))),
        ([(0, 9), (1, 2)], ((0, 9),)),
        ([(0, 1), (4, 9), (5, 6)], ((0, 1), (4, 9))),
        ([(0, 1), (4, 5), (5, 6)], ((0, 1), (4, 6))),
        ([], ()),
    ],
)
def test_what_touches_or_overlaps_is_made_one(spells: list[tuple[int, int]], whole: Spells) -> None:
    assert joined(spells) == whole


def test_the_opening_second_is_open_and_the_closing_one_is_not() -> None:
    day = MONDAY_WEEK * 7 + 3
    hours, midnight = only_on(day, 3_600, 7_200), day * DAY
    assert hours.hold(("UTC",), midnight + 3_600, 1)
    assert not hours.hold(("UTC",), midnight + 3_599, 1)
    assert not hours.hold(("UTC",), midnight + 3_599.999, 1)
    assert hours.hold(("UTC",), midnight + 3_600, 3_599.999)
    assert not hours.hold(("UTC",), midnight + 3_600, 3_600)
    assert hours.hold(("UTC",), midnight + 7_198, 1)
    assert not hours.hold(("UTC",), midnight + 7_199, 1)


def test_a_call_may_go_on_over_the_end_of_a_week() -> None:
    hours = CallingHours(always)
    assert hours.hold(("UTC",), START + WEEK - 1, 120)
    assert hours.hold(("UTC",), START + WEEK - 1, DAY - 1)
    assert hours.hold(("UTC",), START, DAY)
    assert hours.next_open(("UTC",), START + WEEK - 1, DAY - 1) == START + WEEK - 1
    assert hours.hold(("UTC",), START + WEEK - 1, 2 * DAY)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue", "America/New_York"])
def test_every_second_of_many_weeks_is_open_where_all_days_are(zone: str) -> None:
    hours = CallingHours(always)
    for week in range(MONDAY_WEEK, MONDAY_WEEK + 60):
        for at in (week * WEEK, week * WEEK + 1, week * WEEK + 3 * DAY + 1, (week + 1) * WEEK - 1):
            assert hours.hold((zone,), at, 1)


def test_an_opening_is_looked_for_through_a_year_and_not_for_ever() -> None:
    def found(weeks: int, day: int = 3) -> float | None:
        return only_on((MONDAY_WEEK + weeks) * 7 + day).next_open(("UTC",), START + DAY, 20)

    for weeks in (0, 1, 2, 30, 52, 53):
        assert found(weeks) == (MONDAY_WEEK + weeks) * WEEK + 3 * DAY
    assert found(54) is None
    assert found(0, day=0) is None


def test_the_next_opening_is_now_where_it_is_open_long_enough() -> None:
    day = MONDAY_WEEK * 7 + 3
    hours, midnight = only_on(day, 3_600, 7_200), day * DAY
    assert hours.next_open(("UTC",), midnight, 20) == midnight + 3_600
    assert hours.next_open(("UTC",), midnight + 3_600.5, 20) == midnight + 3_600.5
    assert hours.next_open(("UTC",), midnight + 7_179.5, 20) == midnight + 7_179.5
    assert hours.next_open(("UTC",), midnight + 7_180, 20) is None
    assert hours.next_open(("UTC",), START - DAY, 20) == midnight + 3_600


def test_a_first_spell_too_short_is_passed_over() -> None:
    day = MONDAY_WEEK * 7 + 3
    hours = CallingHours(lambda one: ((0, 10), (100, 200)) if one == day else ())
    assert hours.next_open(("UTC",), day * DAY, 20) == day * DAY + 100
    assert hours.next_open(("UTC",), day * DAY, 9) == day * DAY


def test_hours_begin_and_end_to_the_second_when_the_clocks_go_forward() -> None:
    hours = only_on(day_of("2026-03-08"), 3 * 3_600, 4 * 3_600)
    change = second("2026-03-08T03:00")
    assert change == datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp()
    assert hours.hold(("America/New_York",), change, 1)
    assert not hours.hold(("America/New_York",), change - 1, 1)
    before = only_on(day_of("2026-03-08"), 0, 2 * 3_600)
    assert before.hold(("America/New_York",), change - 2, 1)
    assert not before.hold(("America/New_York",), change - 1, 1)
    assert before.hold(("America/New_York",), second("2026-03-08T00:00"), 2 * 3_600 - 1)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("America/St_Johns", "2010-03-14T03:31:00"),  # a minute after midnight there
        ("America/New_York", "2026-03-08T07:00:00"),
        ("Europe/London", "2026-03-29T01:00:00"),
        ("Pacific/Chatham", "2026-09-26T14:00:00"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00"),
    ],
)
def test_the_clocks_go_forward_in_the_very_second(zone: str, change: str) -> None:
    at = second(change, "UTC")
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    opens = local.hour * 3_600 + local.minute * 60
    hours = only_on(day_of(local.isoformat()), opens, opens + 600)
    assert hours.hold((zone,), at, 1)
    assert not hours.hold((zone,), at - 1, 1)


@pytest.mark.parametrize(("zone", "day"), [("Australia/Sydney", "2026-04-05"), ("Australia/Sydney", "2026-10-04")])
def test_the_night_before_a_change_of_the_clocks_is_open_east_of_greenwich_too(zone: str, day: str) -> None:
    hours = only_on(day_of(day), 0, 3_600)
    assert hours.hold((zone,), second(f"{day}T00:00", zone), 3_599)
    assert not hours.hold((zone,), second(f"{day}T00:00", zone), 3_600)


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    hours = only_on(day_of("2026-11-01"), 3_600, 2 * 3_600)
    first = second("2026-11-01T01:00")
    assert hours.hold(("America/New_York",), first, 2 * 3_600 - 1)
    assert not hours.hold(("America/New_York",), first - 1, 1)
    assert not hours.hold(("America/New_York",), first + 2 * 3_600, 1)


def test_an_hour_that_is_left_out_is_never_open() -> None:
    hours = only_on(day_of("2026-03-08"), 2 * 3_600, 3 * 3_600)
    assert hours.next_open(("America/New_York",), second("2026-03-05T00:00"), 1) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/St_Johns"])
def test_a_whole_local_day_is_open_to_the_second(zone: str) -> None:
    for offset in range(9):
        day = MONDAY_WEEK * 7 + offset
        begin = second((date(1970, 1, 1) + timedelta(days=day)).isoformat(), zone)
        hours = only_on(day)
        assert hours.hold((zone,), begin, DAY - 1)
        assert not hours.hold((zone,), begin - 1, 1)
        assert not hours.hold((zone,), begin, DAY)


def test_all_zones_must_be_open() -> None:
    hours = CallingHours(lambda _: ((9 * 3_600, 17 * 3_600),))
    zones = ("America/New_York", "America/Chicago", "America/Los_Angeles")
    opens = second("2026-07-15T09:00", "America/Los_Angeles")
    assert hours.next_open(zones, second("2026-07-15T06:00"), 20) == opens
    for order in (zones, zones[::-1]):
        assert hours.hold(order, opens, 20)
        assert not hours.hold(order, opens - 1, 20)
        assert not hours.hold(order, second("2026-07-15T17:00"), 20)


def test_a_day_that_never_was_is_never_open() -> None:
    hours = only_on(day_of("2011-12-30"))
    assert hours.next_open(("Pacific/Apia",), second("2011-12-20T00:00", "Pacific/Apia"), 1) is None
    after = only_on(day_of("2011-12-31"))
    begin = second("2011-12-31T00:00", "Pacific/Apia")
    assert after.next_open(("Pacific/Apia",), begin - 9 * DAY, 1) == begin
