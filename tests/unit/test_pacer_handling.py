"""When busy agents come free, from hazards of talk and wrap-up."""

from math import exp

import numpy as np
import pytest

from pacing.handling import TALK, WRAP_UP, Handling, free_chances, new_handling, note_end, refresh

NOBODY = np.zeros(0)
AGES = np.array([0.0, 7.0, 90.0, 600.0, 2000.0])


def chances(
    handling: Handling, phase: int, lag_seconds: float, *, wraps_up: bool
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    refresh(handling, lag_seconds, NOBODY, NOBODY, wraps_up)
    return free_chances(handling, phase, AGES)


def test_of_a_constant_hazard_the_chance_is_that_of_an_exponential_at_every_age() -> None:
    handling = new_handling(talk_seconds=110.0, wrap_up_seconds=30.0)
    assert chances(handling, TALK, 10.0, wraps_up=False) == pytest.approx(1.0 - exp(-10.0 / 110.0))
    assert chances(handling, WRAP_UP, 10.0, wraps_up=True) == pytest.approx(1.0 - exp(-10.0 / 30.0))


def test_who_still_has_to_wrap_up_is_ready_when_both_phases_have_ended() -> None:
    talk, wrap_up, lag = 1.0 / 110.0, 1.0 / 30.0, 10.0
    # two exponentials in a row
    both = 1.0 - (wrap_up * exp(-talk * lag) - talk * exp(-wrap_up * lag)) / (wrap_up - talk)
    assert chances(new_handling(110.0, 30.0), TALK, lag, wraps_up=True) == pytest.approx(both, rel=0.02)


def test_a_call_that_nears_the_usual_length_is_likelier_to_end() -> None:
    handling = new_handling(110.0, 30.0)
    for _ in range(2000):
        note_end(handling, TALK, 92.0)
    refresh(handling, 10.0, NOBODY, NOBODY, wraps_up=False)
    early, late = free_chances(handling, TALK, np.array([20.0, 84.0]))
    assert early < 0.05
    assert late > 0.5


def test_calls_in_progress_lengthen_what_is_learned() -> None:
    handling = new_handling(110.0, 30.0)
    for _ in range(50):
        note_end(handling, TALK, 30.0)
    refresh(handling, 10.0, NOBODY, NOBODY, wraps_up=False)
    ended_alone = free_chances(handling, TALK, AGES).copy()
    refresh(handling, 10.0, np.full(50, 300.0), NOBODY, wraps_up=False)
    assert (free_chances(handling, TALK, AGES) < ended_alone).all()
