from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment import (
    AbandonmentRule,
    AbandonmentWindow,
    Tally,
    WindowKind,
    abandoned,
    late,
    live_answers,
    ratio,
    window_of,
)

RULE = AbandonmentRule(
    id="T-ABN", figure="3%", source="test", mark="D", version=1, valid_from=date(2020, 1, 1), cap_ratio=0.03,
    window=WindowKind.SUCCESSIVE_30_DAYS,
)  # fmt: skip
DAILY = replace(RULE, window=WindowKind.DAY)
MONTHLY = replace(RULE, window=WindowKind.MONTH)
FIRST = datetime(2026, 1, 10, 15, 30, 7, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANSWERED = datetime(2026, 1, 10, 16, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


# --- the arithmetic


def test_callmedias_example_leaves_room_for_two_more_abandoned_calls() -> None:
    """1,000 dials, 400 machines, 200 live, 1% of the machines were people: 4 silent calls of the 6 that 3% allow."""
    tally = Tally(connected=200, amd_machines=400, amd_false_share=0.01)
    assert (abandoned(tally), live_answers(tally)) == (4, 204)
    assert ratio(replace(tally, dropped=2)) <= 0.03 < ratio(replace(tally, dropped=3))


def test_at_two_percent_false_machines_nothing_is_left() -> None:
    assert ratio(Tally(connected=200, amd_machines=400, amd_false_share=0.02)) == pytest.approx(8 / 208)
    assert ratio(Tally(connected=200, amd_machines=400, amd_false_share=0.02)) > 0.03


def test_machines_that_agents_were_given_are_no_live_answers() -> None:
    tally = Tally(connected=100, connected_machines=40, dropped=3)
    assert (abandoned(tally), live_answers(tally)) == (3, 63)
    assert ratio(tally) == pytest.approx(3 / 63)


def test_machine_detection_that_nobody_measured_counts_as_always_wrong() -> None:
    assert ratio(Tally(connected=1, amd_machines=3)) == 0.75


def test_without_a_live_answer_the_ratio_is_none() -> None:
    assert ratio(Tally()) == 0
    assert ratio(Tally(connected=2, connected_machines=2)) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Tally(connected=-1),
        lambda: Tally(connected_machines=1),
        lambda: Tally(dropped=-1),
        lambda: Tally(amd_machines=-1),
        lambda: Tally(amd_false_share=1.01),
        lambda: Tally(amd_false_share=-0.01),
        lambda: Tally(amd_false_share=float("nan")),
    ],
)
def test_a_tally_that_cannot_be_is_refused(wrong: Callable[[], Tally]) -> None:
    with pytest.raises(ValueError, match="can't be"):
        wrong()


counts = st.integers(0, 10_000)
shares = st.floats(0, 1)


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    connected = draw(counts)
    return Tally(connected, draw(st.integers(0, connected)), draw(counts), draw(counts), draw(shares))


@given(tallies())
def test_the_ratio_is_from_none_to_all(tally: Tally) -> None:
    assert 0 <= ratio(tally) <= 1
    assert 0 <= abandoned(tally) <= live_answers(tally)


@given(tallies())
def test_taking_a_connected_call_away_never_lowers_the_ratio(tally: Tally) -> None:
    if tally.connected > tally.connected_machines:
        assert ratio(replace(tally, connected=tally.connected - 1)) >= ratio(tally)
        assert ratio(replace(tally, connected_machines=tally.connected_machines + 1)) >= ratio(tally)


@given(tallies(), shares)
def test_knowing_less_of_machine_detection_never_lowers_the_ratio(tally: Tally, share: float) -> None:
    known, unknown = sorted((share, tally.amd_false_share))
    assert ratio(replace(tally, amd_false_share=known)) <= ratio(replace(tally, amd_false_share=unknown)) + 1e-12
    assert ratio(tally) <= ratio(replace(tally, amd_false_share=1.0)) + 1e-12


@given(tallies(), tallies())
def test_two_tallies_together_are_both(one: Tally, other: Tally) -> None:
    both = one.plus(other)
    assert (both.connected, both.dropped) == (one.connected + other.connected, one.dropped + other.dropped)
    assert both.amd_false_share == max(one.amd_false_share, other.amd_false_share)
    assert one.plus(other) == other.plus(one)


# --- the limit


@pytest.mark.parametrize(
    ("waiting_seconds", "until_seconds", "is_late"),
    [
        (0.0, 2.0, False),
        (0.0, 2.001, True),
        (0.5, 2.5, False),
        (0.5, 2.501, True),
        (2.0, 4.0, False),
        (5.0, 4.0, False),  # machine detection listened for 5 s, and no greeting lasts so long
        (5.0, 4.001, True),
        (None, 2.0, False),
        (None, 2.001, True),
    ],
)
def test_the_limit_is_two_seconds_from_the_end_of_the_greeting(
    waiting_seconds: float | None, until_seconds: float, is_late: bool
) -> None:
    waiting = None if waiting_seconds is None else ANSWERED + seconds(waiting_seconds)
    assert late(ANSWERED, waiting, ANSWERED + seconds(until_seconds)) is is_late


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_wait_that_was_not_noted_never_makes_an_agent_less_late(waiting: float, until: float) -> None:
    reached = ANSWERED + seconds(until)
    assert late(ANSWERED, None, reached) >= late(ANSWERED, ANSWERED + seconds(waiting), reached)


# --- windows


def test_blocks_of_thirty_days_follow_each_other_from_the_first_dial() -> None:
    month = timedelta(days=30)
    assert window_of(RULE, FIRST, FIRST) == (FIRST, FIRST + month)
    assert window_of(RULE, FIRST, FIRST + month - SECOND) == (FIRST, FIRST + month)
    assert window_of(RULE, FIRST, FIRST + month) == (FIRST + month, FIRST + 2 * month)
    assert window_of(RULE, FIRST, FIRST + 25 * month + 9 * SECOND) == (FIRST + 25 * month, FIRST + 26 * month)


def test_a_clock_that_went_back_before_the_first_dial_is_in_its_block() -> None:
    assert window_of(RULE, FIRST, FIRST - SECOND)[0] == FIRST


def test_a_day_is_utcs_without_a_zone_the_campaigns_with_one_and_the_rules_before_all() -> None:
    now = datetime(2026, 1, 10, 2, tzinfo=UTC)
    assert window_of(DAILY, FIRST, now) == utc("2026-01-10T00:00", "2026-01-11T00:00")
    assert window_of(DAILY, FIRST, now, "America/New_York") == utc("2026-01-09T05:00", "2026-01-10T05:00")
    british = replace(DAILY, zone="Europe/London")
    assert window_of(british, FIRST, now, "America/New_York") == utc("2026-01-10T00:00", "2026-01-11T00:00")


@pytest.mark.parametrize(
    ("zone", "now", "opens", "ends", "hours"),
    [
        ("America/New_York", "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00", 23),
        ("America/New_York", "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00", 25),
        ("Europe/London", "2026-03-29T12:00", "2026-03-29T00:00", "2026-03-29T23:00", 23),
        ("Europe/London", "2026-10-25T12:00", "2026-10-24T23:00", "2026-10-26T00:00", 25),
        ("Africa/Cairo", "2026-04-24T12:00", "2026-04-23T22:00", "2026-04-24T21:00", 23),  # midnight is left out
        ("Australia/Lord_Howe", "2026-04-05T03:00", "2026-04-04T13:00", "2026-04-05T13:30", 24.5),
    ],
)
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(
    zone: str, now: str, opens: str, ends: str, hours: float
) -> None:
    window = utc(opens, ends)
    assert window_of(DAILY, FIRST, utc(now)[0], zone) == window
    assert window_of(DAILY, FIRST, window[0], zone) == window
    assert window_of(DAILY, FIRST, window[1] - SECOND, zone) == window
    assert window_of(DAILY, FIRST, window[0] - SECOND, zone)[1] == window[0]
    assert window_of(DAILY, FIRST, window[1], zone)[0] == window[1]
    assert window[1] - window[0] == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "opens", "ends"),
    [
        ("2026-01-31T23:59:59", "2026-01-01T00:00", "2026-02-01T00:00"),
        ("2026-02-28T23:59:59", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("2028-02-29T00:00", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("2028-02-29T23:59:59", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("2026-12-31T23:59:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2027-01-01T00:00", "2027-01-01T00:00", "2027-02-01T00:00"),
    ],
)
def test_a_month_ends_with_its_last_second(now: str, opens: str, ends: str) -> None:
    assert window_of(MONTHLY, FIRST, utc(now)[0]) == utc(opens, ends)


def test_a_month_is_the_zones() -> None:
    window = utc("2026-03-01T05:00", "2026-04-01T04:00")
    assert window_of(MONTHLY, FIRST, utc("2026-03-01T05:00")[0], "America/New_York") == window
    assert window_of(MONTHLY, FIRST, utc("2026-04-01T03:59:59")[0], "America/New_York") == window


@given(
    st.sampled_from(WindowKind),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.sampled_from(["UTC", "America/New_York", "Europe/London", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia",
                     "America/Santiago", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_every_moment_is_in_one_window_and_windows_touch(
    kind: WindowKind, first: datetime, after: timedelta, zone: str
) -> None:
    rule, now = replace(RULE, window=kind), first + after
    opens, ends = window_of(rule, first, now, zone)
    assert opens <= now < ends
    assert window_of(rule, first, ends, zone)[0] == ends
    assert window_of(rule, first, max(opens, first), zone) == (opens, ends)


def test_a_time_without_its_offset_is_refused() -> None:
    naive = datetime(2026, 1, 10)  # noqa: DTZ001
    for first, now in ((FIRST, naive), (naive, FIRST)):
        with pytest.raises(ValueError, match="UTC offset"):
            window_of(RULE, first, now)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises((KeyError, ValueError)):
        window_of(DAILY, FIRST, FIRST, "Mars/Olympus")


def utc(*written: str) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in written)


# --- what pacing is told


def window(live: float, dropped: float, minimum: int = 0, cap: float = 0.03) -> AbandonmentWindow:
    return AbandonmentWindow(RULE, cap, FIRST, FIRST + timedelta(days=30), minimum, live, dropped)


def test_a_window_is_judged_from_its_minimum_of_answers_on() -> None:
    assert not window(999, 900, 1000).judged
    assert not window(999, 900, 1000).exceeded
    assert window(1000, 900, 1000).exceeded
    assert not window(0, 0).exceeded


def test_at_the_cap_a_window_is_not_exceeded_and_above_it_is() -> None:
    assert not window(100, 3).exceeded
    assert window(100, 3.01).exceeded
    assert not window(100, 0, cap=0.0).exceeded
    assert window(100, 0.1, cap=0.0).exceeded
    assert window(0, 0).ratio == 0
