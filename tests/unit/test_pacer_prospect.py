from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.forecast import Forecast
from pacing.prospect import CELLS, prospect


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.one_of(st.none(), st.integers(-30, 60)),
    st.integers(-5, 200),
    st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
)
def test_every_lead_has_its_cells(score: float, hour: int | None, attempts: int, probability: float | None) -> None:
    found = prospect(score, hour, attempts, probability)
    assert all(0 <= cell <= CELLS for cell in found.cells)
    assert -8 < found.own < 9


def test_a_better_score_is_never_in_a_lower_band() -> None:
    scores = [-1e9, -100.0, -1.0, 0.0, 0.05, 0.2, 0.5, 0.9, 1.0, 2.0, 7.0, 30.0, 200.0, 1e4, 1e9]
    bands = [prospect(score, None, 0, None).cells[0] for score in scores]
    assert bands == sorted(bands)
    assert len(set(bands)) >= 11


def test_hours_attempts_and_bands_do_not_share_a_cell() -> None:
    hours = {prospect(0.0, hour, 0, None).cells[1] for hour in range(24)}
    attempts = {prospect(0.0, None, count, None).cells[2] for count in range(9)}
    bands = {prospect(sign * 2.0**power, None, 0, None).cells[0] for sign in (-1, 1) for power in range(-10, 20)}
    assert len(hours) == 24
    assert len(attempts) == 4
    assert not (hours & attempts | hours & bands | attempts & bands)


def test_a_known_probability_stands_for_the_score() -> None:
    likely, unlikely = prospect(5.0, 10, 0, 0.6), prospect(5.0, 10, 0, 0.1)
    assert likely.own > 0 > unlikely.own
    assert likely.cells[0] == unlikely.cells[0] == 0


@pytest.mark.parametrize("probability", [nan, inf, -0.1, 1.1])
def test_a_probability_that_can_not_be_is_left_out(probability: float) -> None:
    assert prospect(5.0, 10, 0, probability) == prospect(5.0, 10, 0, None)


# --- live answers to come ---------------------------------------------------------------------------------------------


def dialed(seconds: int, every: int) -> Forecast:
    """A forecast after so long of dialing, with an answer every so many seconds."""
    forecast = Forecast()
    for second in range(seconds + 1):
        forecast.note_turn(float(second), dialing=True)
        if second % every == 0:
            forecast.note_answer()
    return forecast


def test_answers_to_come_are_fewer_than_the_rate_says() -> None:
    forecast = dialed(3600, 10)
    assert 0.7 * 360 < forecast.to_come(3600.0) < 360


def test_no_more_than_the_rest_of_an_eight_hour_day_is_counted_on() -> None:
    forecast = dialed(3600, 10)
    assert forecast.to_come(30 * 86400.0) == pytest.approx(7 * forecast.to_come(3600.0))
    forecast.today_seconds = 9 * 3600.0
    assert forecast.to_come(30 * 86400.0) == 0.0


def test_nothing_is_to_come_while_nothing_is_known() -> None:
    assert Forecast().to_come(1e6) == 0.0
    assert dialed(30, 2).to_come(1e6) == 0.0
    assert dialed(600, 10).to_come(-5.0) == 0.0


def test_a_clock_that_steps_adds_no_time() -> None:
    forecast = dialed(100, 10)
    before = forecast.seconds
    forecast.note_turn(50.0, dialing=True)
    assert forecast.seconds == before
    forecast.note_turn(10_000.0, dialing=True)
    assert forecast.seconds <= before + 5.0


def test_a_day_ends_with_four_hours_of_rest() -> None:
    forecast = dialed(100, 10)
    forecast.note_turn(100 + 3 * 3600.0, dialing=True)
    assert forecast.today_seconds > 100
    forecast.note_turn(100 + 8 * 3600.0, dialing=True)
    assert forecast.today_seconds <= 5
