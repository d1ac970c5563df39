"""What calls brought, summed by segment and offer."""

import pytest

from dialer.domain.effect import LEFT_OVER, Brought, Effect, effects_of, summed_effects

SEGMENTS = ["gold", "big"]


def test_a_person_counts_for_the_first_segment_that_fits() -> None:
    brought = [
        Brought((False, False), "spring", "fibre", 7, 3, 0),
        Brought((False, True), "spring", "fibre", 4, 2, 1),
        Brought((True, True), "spring", "fibre", 2, 1, 1),
        Brought((True, False), "spring", "fibre", 3, 1, 0),
        Brought((True, False), "autumn", "tv", 1, 0, 0),
    ]
    assert effects_of(SEGMENTS, brought) == [
        Effect("gold", "autumn", "tv", 1, 0, 0),
        Effect("gold", "spring", "fibre", 5, 2, 1),
        Effect("big", "spring", "fibre", 4, 2, 1),
        Effect(LEFT_OVER, "spring", "fibre", 7, 3, 0),
    ]


def test_pages_are_summed() -> None:
    one = Effect("big", "spring", "fibre", 4, 2, 1)
    assert summed_effects(SEGMENTS, [one, one]) == [Effect("big", "spring", "fibre", 8, 4, 2)]


def test_the_ratio_has_the_interval_of_wilson() -> None:
    few, many = Effect("big", "spring", "", 40, 20, 5), Effect("big", "spring", "", 4000, 2000, 500)
    assert few.sale_ratio == many.sale_ratio == 0.25
    assert few.interval == pytest.approx((0.1119, 0.4687), abs=1e-4)
    assert many.interval == pytest.approx((0.2315, 0.2695), abs=1e-4)


def test_where_nobody_answered_there_is_no_ratio() -> None:
    none = Effect("big", "spring", "", 3, 0, 0)
    assert (none.sale_ratio, none.interval) == (None, None)
