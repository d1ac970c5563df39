"""No dial level breaks the cap knowingly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.hard_stop import hard_stop
from pacing.predictive_input import WindowNow


def window(live: float, abandoned: float, *, cap: float = 0.03, minimum: float = 0.0) -> WindowNow:
    return WindowNow("30 days", cap, live, abandoned, minimum, 86_400.0)


def test_a_window_with_room_lets_more_lines_be_dialed() -> None:
    assert hard_stop([window(1000, 29)], at_risk=0) is None


def test_a_window_that_one_more_abandoned_call_would_break_stops() -> None:
    assert hard_stop([window(1000, 29.5)], at_risk=0) == (
        "nothing may be abandoned now in 30 days (29.5 of 1000 abandoned)"
    )


def test_callees_who_wait_are_counted_as_abandoned_already() -> None:
    assert hard_stop([window(1000, 27)], at_risk=1) is None
    assert hard_stop([window(1000, 27)], at_risk=3) is not None


def test_the_tightest_window_decides() -> None:
    assert hard_stop([window(100_000, 0), window(1000, 31)], at_risk=0) is not None


def test_a_new_campaign_bears_one_abandoned_call() -> None:
    assert hard_stop([window(0, 0)], at_risk=0) is None
    assert hard_stop([window(3, 1)], at_risk=0) is not None


def test_a_window_is_judged_before_it_has_its_least_answers_not_when() -> None:
    assert hard_stop([window(500, 100, minimum=1000)], at_risk=0) is None
    assert hard_stop([window(970, 100, minimum=1000)], at_risk=0) is not None


@pytest.mark.parametrize("windows", [None, []])
def test_what_can_not_be_counted_stops(windows: list[WindowNow] | None) -> None:
    assert hard_stop(windows, at_risk=0) == "abandoned calls can't be counted now"


def test_a_cap_of_zero_stops() -> None:
    assert hard_stop([window(10_000, 0, cap=0.0)], at_risk=0) == "no call may be abandoned"


@given(live=st.integers(40, 100_000), abandoned=st.integers(0, 5_000), cap=st.floats(0.001, 0.03))
def test_beyond_the_first_answers_one_more_abandoned_call_keeps_the_cap_or_it_stops(
    live: int, abandoned: int, cap: float
) -> None:
    if hard_stop([window(live, abandoned, cap=cap)], at_risk=0) is None:
        assert (abandoned + 1) / live <= cap * (1 + 1e-9)
