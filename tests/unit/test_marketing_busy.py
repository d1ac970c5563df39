"""Service days of 23 to 25 hours, busy days and busy hours, and when they end."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.marketing.busy import busy_day, busy_day_ends, busy_hours, busy_hours_end, calm_from, service_day
from pacing.marketing.rule import BusyHours, SwitchRule

BERLIN = SwitchRule(time_zone="Europe/Berlin", busy_first_days=0, busy_last_days=0)
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
)


def berlin(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_a_service_day_has_23_to_25_hours(day: str, hours: int) -> None:
    begins, ends = service_day(BERLIN, berlin(f"{day} 12:00"))
    assert begins == berlin(f"{day} 00:00")
    assert ends - begins == hours * 3600


def test_a_service_day_begins_by_the_groups_own_clock() -> None:
    late = replace(BERLIN, day_begins=time(4, 30))
    assert service_day(late, berlin("2026-07-02 04:29")) == (berlin("2026-07-01 04:30"), berlin("2026-07-02 04:30"))
    assert service_day(late, berlin("2026-07-02 04:30"))[0] == berlin("2026-07-02 04:30")


def test_a_day_whose_beginning_clocks_skip_begins_behind_the_change() -> None:
    skipped = replace(BERLIN, day_begins=time(2, 30))
    assert service_day(skipped, berlin("2026-03-29 12:00"))[0] == berlin("2026-03-29 03:30")


def test_of_a_beginning_that_comes_twice_the_first_is_meant() -> None:
    twice = replace(BERLIN, day_begins=time(2, 30))
    assert service_day(twice, berlin("2026-10-25 02:45", fold=1))[0] == berlin("2026-10-25 02:30", fold=0)


@given(
    at=st.floats(0.0, 4e9),
    zone=st.sampled_from(ZONES),
    begins=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
)
def test_days_meet_without_a_gap_whatever_the_zone(at: float, zone: str, begins: time) -> None:
    rule = SwitchRule(time_zone=zone, day_begins=begins)
    first, last = service_day(rule, at)
    assert first <= at < last
    assert first % 60.0 == 0.0
    assert service_day(rule, first) == (first, last)
    assert service_day(rule, last)[0] == last


@pytest.mark.parametrize(
    ("changes", "day", "why"),
    [
        ({"busy_first_days": 1}, "2026-07-01", "first day of the month"),
        ({"busy_first_days": 1}, "2026-07-02", None),
        ({"busy_first_days": 3}, "2026-07-03", "one of the first 3 days of the month"),
        ({"busy_last_days": 1}, "2026-02-28", "last day of the month"),
        ({"busy_last_days": 1}, "2028-02-28", None),
        ({"busy_last_days": 2}, "2028-02-28", "one of the last 2 days of the month"),
        ({"busy_dates": (date(2026, 7, 8),)}, "2026-07-08", "set by hand"),
        ({"busy_holidays": "DE"}, "2026-10-03", "public holiday: German Unity Day"),
        ({"busy_holidays": "DE"}, "2026-01-06", None),
        ({"busy_holidays": "DE-BY"}, "2026-01-06", "public holiday: Epiphany"),
        ({}, "2026-07-01", None),
    ],
)
def test_a_busy_day_says_why(changes: dict[str, Any], day: str, why: str | None) -> None:
    assert busy_day(replace(BERLIN, **changes), berlin(f"{day} 12:00")) == why


def test_the_hours_after_midnight_belong_to_the_service_day_before() -> None:
    rule = replace(BERLIN, day_begins=time(4), busy_first_days=1)
    assert busy_day(rule, berlin("2026-07-02 03:59")) == "first day of the month"
    assert busy_day(rule, berlin("2026-07-01 03:59")) is None


def test_busy_days_in_a_row_end_together() -> None:
    rule = replace(BERLIN, busy_first_days=1, busy_last_days=2, busy_dates=(date(2026, 7, 2),))
    assert busy_day_ends(rule, berlin("2026-06-29 10:00")) == berlin("2026-07-03 00:00")
    assert busy_day_ends(rule, berlin("2026-07-03 10:00")) == berlin("2026-07-03 10:00")


def test_a_rule_by_which_each_day_is_busy_never_ends() -> None:
    assert busy_day_ends(replace(BERLIN, busy_first_days=31), berlin("2026-07-01 10:00")) is None
    assert calm_from(replace(BERLIN, busy_first_days=31), berlin("2026-07-01 10:00")) is None


WEEKDAYS = (0, 1, 2, 3, 4)
EVENING = BusyHours(WEEKDAYS, time(17), time(19))


@pytest.mark.parametrize(
    ("at", "busy"),
    [
        ("2026-07-06 16:59", False),
        ("2026-07-06 17:00", True),
        ("2026-07-06 18:59", True),
        ("2026-07-06 19:00", False),
        ("2026-07-05 18:00", False),  # a Sunday
    ],
)
def test_busy_hours_go_by_the_local_clock_and_the_weekday(at: str, busy: bool) -> None:
    assert (busy_hours(replace(BERLIN, busy_hours=(EVENING,)), berlin(at)) is not None) is busy


def test_busy_hours_that_meet_end_together() -> None:
    rule = replace(
        BERLIN, busy_hours=(EVENING, BusyHours((0,), time(18, 30), time(0)), BusyHours((1,), time(0), time(8)))
    )
    assert busy_hours_end(rule, berlin("2026-07-06 17:30")) == berlin("2026-07-07 08:00")


def test_busy_hours_all_round_the_week_never_end() -> None:
    always = replace(BERLIN, busy_hours=(BusyHours(tuple(range(7)), time(0), time(0)),))
    assert busy_hours_end(always, berlin("2026-07-06 17:30")) is None


def test_busy_hours_in_the_hour_that_comes_twice_are_met_twice() -> None:
    rule = replace(BERLIN, busy_hours=(BusyHours((6,), time(2), time(2, 30)),))
    for fold in (0, 1):
        assert busy_hours(rule, berlin("2026-10-25 02:15", fold)) is not None
        assert busy_hours_end(rule, berlin("2026-10-25 02:15", fold)) == berlin("2026-10-25 02:30", fold)


def test_busy_hours_that_end_in_the_hour_that_clocks_skip_end_behind_it() -> None:
    rule = replace(BERLIN, busy_hours=(BusyHours((6,), time(1), time(2, 30)),))
    ends = busy_hours_end(rule, berlin("2026-03-29 01:30"))
    assert ends is not None
    assert busy_hours(rule, ends) is None


def test_calm_is_neither_in_busy_hours_nor_on_a_busy_day() -> None:
    rule = replace(BERLIN, busy_dates=(date(2026, 7, 6),), busy_hours=(BusyHours((1,), time(0), time(9)),))
    assert calm_from(rule, berlin("2026-07-06 10:00")) == berlin("2026-07-07 09:00")


@given(
    at=st.floats(1.7e9, 1.9e9),
    zone=st.sampled_from(ZONES),
    hours=st.lists(
        st.tuples(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 22), st.integers(1, 23)).filter(
            lambda each: each[1] < each[2]
        ),
        max_size=3,
    ),
)
def test_a_calm_moment_is_calm(at: float, zone: str, hours: list[tuple[set[int], int, int]]) -> None:
    chosen = tuple(BusyHours(tuple(sorted(days)), time(begins), time(ends)) for days, begins, ends in hours)
    rule = SwitchRule(time_zone=zone, busy_holidays="DE-BY", busy_hours=chosen)
    calm = calm_from(rule, at)
    assert calm is not None
    assert calm >= at
    assert busy_day(rule, calm) is None
    assert busy_hours(rule, calm) is None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"busy_holidays": "XX"}, "busy_holidays"),
        ({"busy_holidays": "de"}, "busy_holidays"),
        ({"busy_holidays": "DE-XX"}, "busy_holidays"),
        ({"busy_holidays": "HolidayBase"}, "busy_holidays"),
        ({"day_begins": time(4, 0, 1)}, "day_begins"),
        ({"day_begins": time(4, tzinfo=ZoneInfo("UTC"))}, "day_begins"),
        ({"busy_hours": (BusyHours((0,), time(4, tzinfo=ZoneInfo("UTC")), time(5)),)}, "busy_hours"),
        ({"busy_hours": (BusyHours((0,), time(5), time(4)),)}, "busy_hours"),
        ({"busy_hours": (BusyHours((7,), time(4), time(5)),)}, "busy_hours"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_a_calendar_that_can_not_be_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=f"^{place}: "):
        SwitchRule(**changes)
