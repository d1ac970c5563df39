"""The simpler scorers, who serves, drift, and the pilot."""

import numpy as np
import pytest

from dialer.domain.errors import BadInput
from dialer.engine.scoring.champion import Choice, deciles_of, drift, is_held, judge, psi
from dialer.engine.scoring.expected_value import CallTimes, ValueTiers, a_minute
from dialer.engine.scoring.judging import judged
from dialer.engine.scoring.pilot import CellResult, allocate, estimates, sample
from dialer.engine.scoring.rfm import Rfm, points
from dialer.engine.scoring.scorer import HistoryScorer, People, RfmScorer, ranked

RANDOM = np.random.default_rng(4)
TRUTH = RANDOM.uniform(0.05, 0.5, 2_000)
WON = (RANDOM.random(2_000) < TRUTH).astype(float)


def test_who_bought_lately_often_and_for_much_comes_first() -> None:
    columns = {
        "days_since_purchase": np.array([400.0, 200.0, 10.0, np.nan]),
        "purchases": np.array([1.0, 4.0, 9.0, np.nan]),
        "monthly_spend": np.array([5.0, 40.0, 90.0, np.nan]),
    }
    cells = Rfm().fitted(columns)
    assert list(cells.cells(columns)) == [111, 222, 333, 0]
    assert list(points(cells.cells(columns))) == [*sorted(points(cells.cells(columns))[:3]), 0.0]
    assert cells.knows(columns)
    assert not Rfm().knows({"age": np.array([1.0, 2.0])})
    people = People(columns, np.zeros(4), np.array([0.0, 0.0, -100.0, 100.0]))
    assert list(np.argsort(RfmScorer(cells).score(people).score)) == [3, 0, 1, 2]
    assert list(np.argsort(HistoryScorer().score(people).score)) == [2, 0, 1, 3]


def test_value_is_weighed_by_the_time_that_it_takes() -> None:
    tiers = ValueTiers(worth={"gold": 300.0})
    worth = tiers.of({"value_tier": np.array(["gold", "tin"], dtype=object)})
    assert list(worth) == [300.0, 1.0]
    [found] = a_minute(np.array([0.5]), np.array([0.1]), np.array([300.0]), CallTimes(4.0, 0.5))
    assert found == pytest.approx(15 / 2.5)
    with pytest.raises(BadInput, match="worth of gold"):
        ValueTiers(worth={"gold": -1.0})


def test_places_are_percentiles_and_equals_share_theirs() -> None:
    scores = np.array([5.0, 1.0, 1.0, 9.0])
    assert list(ranked(scores, np.sort(scores))) == [62.5, 25.0, 25.0, 87.5]


def test_figures_of_a_perfect_a_random_and_an_empty_score() -> None:
    perfect = judged(WON, WON)
    assert (perfect.auc, perfect.better_half) == (1.0, 1.0)
    equal = judged(np.zeros(2_000), WON)
    assert (equal.auc, equal.lift_area, equal.better_half) == (0.5, 0.5, 0.5)


def test_a_worse_model_is_not_promoted() -> None:
    noise = np.clip(TRUTH * RANDOM.uniform(0.2, 2.5, 2_000), 0.01, 0.99)
    verdict = judge(noise, TRUTH, 0.2, WON)
    assert verdict.choice is Choice.REFUSED
    assert "of the champion" in verdict.reason
    assert judge(TRUTH, noise, 0.2, WON).choice is Choice.PROMOTED


def test_the_first_model_must_beat_the_bare_rate() -> None:
    assert judge(TRUTH, None, WON.mean(), WON).choice is Choice.PROMOTED
    assert judge(np.full(2_000, 0.9), None, WON.mean(), WON).choice is Choice.DEGRADED


def test_nobody_is_judged_on_too_few() -> None:
    few = slice(0, 20)
    assert judge(TRUTH[few], None, 0.2, WON[few]).choice is Choice.DEGRADED
    verdict = judge(TRUTH[few], TRUTH[few], 0.2, WON[few])
    assert verdict.choice is Choice.REFUSED
    assert "only 20 outcomes" in verdict.reason


def test_the_held_contacts_are_a_fifth_and_always_the_same() -> None:
    held = [is_held(contact) for contact in range(20_000)]
    assert 0.19 < np.mean(held) < 0.21
    assert held == [is_held(contact) for contact in range(20_000)]


def test_drift_is_told_by_scores_and_by_what_came() -> None:
    deciles = deciles_of(TRUTH)
    assert drift(deciles, TRUTH, WON).words == "steady"
    moved = drift(deciles, TRUTH / 3, WON)
    assert moved.score_psi > 0.25
    assert moved.rate_z > 4
    assert moved.words == "moved"
    assert psi(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    assert psi(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx(0.4 * np.log(1.8) + 0.4 * np.log(5))


def test_a_pilot_samples_every_cell_by_its_size() -> None:
    assert sample({111: 1_000, 222: 200, 333: 3, 0: 0}, 0.05) == {111: 50, 222: 10, 333: 1}
    with pytest.raises(BadInput, match="sample"):
        sample({111: 10}, 0)


RESULTS = [
    CellResult(111, 5_000, 200, 2, 20.0, 200.0),
    CellResult(222, 5_000, 200, 4, 40.0, 400.0),
    CellResult(333, 5_000, 200, 30, 300.0, 3_000.0),
]


def test_effort_goes_to_the_cell_that_pays_and_the_floor_is_kept() -> None:
    given = allocate(RESULTS, 1_000, 0.3, np.random.default_rng(1))
    assert sum(given.values()) == 1_000
    assert given[333] >= 780
    assert min(given.values()) >= 99
    assert allocate(RESULTS, 1_000, 1.0, np.random.default_rng(1)) == {111: 334, 222: 333, 333: 333}
    with pytest.raises(BadInput, match="floor"):
        allocate(RESULTS, 10, 1.5, np.random.default_rng(1))


def test_what_a_cell_cannot_take_goes_to_the_others() -> None:
    small = [*RESULTS[:2], CellResult(333, 40, 200, 30, 300.0, 3_000.0)]
    given = allocate(small, 1_000, 0.1, np.random.default_rng(1))
    assert given[333] == 40
    assert sum(given.values()) == 1_000
    assert allocate([CellResult(111, 0)], 10, 0.1, np.random.default_rng(1)) == {}


def test_a_cell_without_calls_is_tried_and_its_interval_is_wide() -> None:
    results = [*RESULTS, CellResult(123, 5_000)]
    assert allocate(results, 1_000, 0.0, np.random.default_rng(1))[123] > 30
    by_cell = {one.cell: one for one in estimates(results)}
    assert by_cell[333].value_a_call == pytest.approx(1.5, rel=0.02)
    assert by_cell[333].low < 1.5 < by_cell[333].high
    assert by_cell[123].high - by_cell[123].low > 5 * (by_cell[333].high - by_cell[333].low)


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    random, covered = np.random.default_rng(5), 0
    for _ in range(400):
        sales = int(random.binomial(300, 0.08))
        [one] = estimates([CellResult(111, 0, 300, sales, 10.0 * sales, 100.0 * sales)])
        covered += one.low <= 0.8 <= one.high
    assert covered / 400 > 0.92
