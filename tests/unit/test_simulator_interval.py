"""How sure a ratio is: held to how often the interval covers the truth."""

import numpy as np
import pytest

from pacing.simulator.interval import mean_interval, ratio_interval

RANDOM = np.random.default_rng(5)


def test_it_holds_the_truth_about_95_times_in_100_also_when_calls_are_lost_in_bursts() -> None:
    covered = {False: 0, True: 0}
    for _ in range(400):
        counts = RANDOM.poisson(200.0, 20).astype(float)
        for bursts in covered:
            # of bursts half the blocks have all of the abandoned calls
            rate = 0.06 * RANDOM.integers(0, 2, 20) if bursts else np.full(20, 0.03)
            found = ratio_interval(counts, RANDOM.binomial(counts.astype(int), rate).astype(float))
            covered[bursts] += found.low <= 0.03 <= found.high
    assert covered[False] >= 0.92 * 400
    assert covered[True] >= 0.92 * 400


def test_bursts_widen_it() -> None:
    counts = np.full(20, 200.0)
    even, bursts = ratio_interval(counts, np.full(20, 6.0)), ratio_interval(counts, np.repeat([0.0, 12.0], 10))
    assert even.value == bursts.value == pytest.approx(0.03)
    assert bursts.high - bursts.low > 1.5 * (even.high - even.low)


def test_none_abandoned_leaves_an_upper_bound_and_no_answers_leave_all_open() -> None:
    none = ratio_interval(np.full(10, 100.0), np.zeros(10))
    assert (none.value, none.low) == (0.0, 0.0)
    assert 0.002 < none.high < 0.01
    nothing = ratio_interval(np.zeros(3), np.zeros(3))
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 1.0)


def test_all_abandoned_and_one_block_alone_are_within_bounds() -> None:
    every = ratio_interval(np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    assert (every.value, every.high) == (1.0, 1.0)
    alone = ratio_interval(np.array([1000.0]), np.array([30.0]))
    assert alone.low == pytest.approx(0.0211, abs=0.0005)
    assert alone.high == pytest.approx(0.0425, abs=0.0005)


def test_a_mean_of_one_run_has_no_width() -> None:
    assert mean_interval(np.array([0.8])).low == 0.8
    several = mean_interval(np.array([0.7, 0.8, 0.9]))
    assert several.value == pytest.approx(0.8)
    assert several.low < 0.7
    assert 0.9 < several.high <= 1.0
