"""The propensity model: what it reads, learns, refuses, and how it is kept."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.scoring import days_of, walked
from dialer.domain.errors import BadInput
from dialer.engine.scoring.best_hour import best_of, by_hour
from dialer.engine.scoring.features import Floats, columns_of, encoding_of, part_of
from dialer.engine.scoring.forest import forest_of
from dialer.engine.scoring.judging import judged
from dialer.engine.scoring.model_file import read, written
from dialer.engine.scoring.propensity import History, Propensity, TooLittle, check_enough, fit
from dialer.engine.scoring.training import rolled, trained
from dialer.ports.scores import HOURS

ROWS = 4_000


def past(rows: int = ROWS, seed: int = 1, drop_at: int | None = None) -> History:
    """Nurses answer in the afternoon; from `drop_at` on nobody does as often. Every seventh age is missing."""
    random = np.random.default_rng(seed)
    people = [
        {
            "job": str(random.choice(["nurse", "clerk", "driver"])),
            "age": None if row % 7 == 0 else float(random.integers(18, 80)),
            "local_hour": float(random.integers(9, 20)),
        }
        for row in range(rows)
    ]
    columns = columns_of(people)
    chance = np.where((columns["job"] == "nurse") & (columns["local_hour"] >= 14), 0.6, 0.1)
    if drop_at is not None:
        chance[drop_at:] *= 0.2
    return History(columns, np.arange(rows) / 200.0, (random.random(rows) < chance).astype(float))


@pytest.fixture(scope="module")
def model() -> Propensity:
    return fit(past())


def test_what_is_known_only_after_the_call_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="feature duration: is known only after the call"):
        columns_of([{"age": 30.0, "duration": 261.0}])
    with pytest.raises(BadInput, match="feature age: must be a number"):
        columns_of([{"age": [30]}])


def test_numbers_words_truths_and_gaps_are_told_apart() -> None:
    columns = columns_of([{"age": 30, "job": "nurse", "loan": True}, {"job": None, "age": None}])
    assert columns["age"].dtype == float
    assert np.isnan(columns["age"][1])
    assert list(columns["job"]) == ["nurse", ""]
    assert list(columns["loan"]) == ["yes", ""]


def test_numbers_written_as_words_read_as_the_numbers_they_are() -> None:
    history = past()
    encoding = encoding_of(history.columns)
    words = np.array(["" if np.isnan(age) else f"{age:g}" for age in history.columns["age"]], dtype=object)
    as_words = {**history.columns, "age": words}
    assert np.array_equal(encoding.for_linear(as_words), encoding.for_linear(history.columns))
    assert np.array_equal(encoding.for_trees(as_words), encoding.for_trees(history.columns), equal_nan=True)
    as_words["age"] = words.copy()
    as_words["age"][0] = "old"
    assert np.isnan(encoding.for_trees(as_words)[0, 0])


def test_our_trees_say_what_the_library_says_of_them() -> None:
    history = past()
    matrix = encoding_of(history.columns).for_trees(history.columns)
    grown = grown_on(matrix, history, leaves=8)
    beyond = np.vstack([matrix, *(np.full((1, matrix.shape[1]), odd) for odd in (np.nan, np.inf, -np.inf))])
    assert np.allclose(forest_of(grown).log_odds(beyond), grown.decision_function(beyond), atol=1e-9)


def test_a_tree_with_more_leaves_than_a_byte_tells_apart_is_refused() -> None:
    history = past()
    matrix = encoding_of(history.columns).for_trees(history.columns)
    with pytest.raises(ValueError, match="more than 8 leaves"):
        forest_of(grown_on(matrix, history, leaves=9)).log_odds(matrix)


def grown_on(matrix: Floats, history: History, leaves: int) -> HistGradientBoostingClassifier:
    trees = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=leaves, early_stopping=False)
    return trees.fit(matrix, history.won)


def test_a_model_is_kept_and_read_without_a_change(model: Propensity) -> None:
    history = past(seed=2)
    again = read(written(replace(model, weights=(0.4, 0.9), shift=-0.1)))
    assert again.weights == (0.4, 0.9)
    same = replace(again, weights=model.weights, shift=model.shift)
    assert np.array_equal(
        same.log_odds(history.columns, history.at_days), model.log_odds(history.columns, history.at_days)
    )


@pytest.mark.parametrize("damage", ["short", "pickle", "endless", "feature"])
def test_a_damaged_model_is_named_and_never_followed(model: Propensity, damage: str) -> None:
    data = written(model)
    if damage == "short":
        data = data[:200]
    elif damage == "pickle":
        data = b"\x80\x04\x95\x00"
    elif damage == "endless":
        left = np.zeros_like(model.forest.left)
        data = written(replace(model, forest=replace(model.forest, left=left)))
    else:
        inner = np.where(model.forest.feature >= 0, 99, -1)
        data = written(replace(model, forest=replace(model.forest, feature=inner)))
    with pytest.raises(BadInput, match="train anew"):
        read(data)


def test_it_tells_who_answers_and_when(model: Propensity) -> None:
    history = past(seed=3)
    assert judged(model.log_odds(history.columns, history.at_days), history.won).auc > 0.7
    nurses = part_of(history.columns, history.columns["job"] == "nurse")
    at = np.full(len(nurses["job"]), 20.0)
    chances = by_hour(model, nurses, at)
    assert chances.shape == (len(at), len(HOURS))
    assert (best_of(chances) >= 14).mean() > 0.95


def test_a_word_never_seen_counts_as_missing(model: Propensity) -> None:
    known = {"job": np.array([""], dtype=object), "age": np.array([40.0]), "local_hour": np.array([15.0])}
    new = {**known, "job": np.array(["astronaut"], dtype=object)}
    at = np.array([20.0])
    assert model.log_odds(new, at) == model.log_odds(known, at)


def test_too_few_calls_are_told_with_how_many_it_takes() -> None:
    with pytest.raises(
        TooLittle, match=r"12 of 340 calls to learn from had a sale: a model needs 1,000 calls, 60 with"
    ):
        check_enough(np.repeat([1.0, 0.0], [12, 328]), "a sale")
    with pytest.raises(TooLittle, match="the same"):
        fit(replace(past(), won=np.zeros(ROWS)))
    outcome = trained(past(300), np.arange(300), "an answer")
    assert outcome.model is None
    assert "of 238 calls to learn from had an answer" in outcome.judgement.reason


def test_a_rate_that_falls_is_noticed_within_a_few_thousand_calls() -> None:
    history = past(6_000, drop_at=3_000)
    model = fit(history)
    coming = past(500, seed=9)
    said = model.probability(coming.columns, np.full(500, 30.0)).mean()
    assert said < 0.6 * history.won[:3_000].mean()


def test_what_is_said_is_about_what_comes() -> None:
    history = past(8_000)
    outcome = trained(history, np.arange(len(history)), "an answer")
    assert outcome.model is not None
    assert outcome.figures is not None
    assert outcome.figures["newest"]["calibration_error"] < 0.04
    coming = past(2_000, seed=11)
    said = outcome.model.probability(coming.columns, np.full(2_000, 40.0))
    assert abs(said.mean() - coming.won.mean()) < 0.04


def test_scores_of_a_batch_know_nothing_of_its_outcomes() -> None:
    history = past(2_500)
    turned = replace(history, won=np.concatenate([history.won[:2_000], 1 - history.won[2_000:]]))

    def scores(of: History) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return walked(of, lambda known, coming: fit(known).log_odds(coming.columns, coming.at_days), 2_000, 2_500)

    assert np.array_equal(scores(history), scores(turned))
    assert not np.array_equal(rolled(fit(turned), history, 2_000), scores(history))


def test_years_are_reckoned_from_the_order_of_the_calls() -> None:
    told = [("5", "may"), ("30", "dec"), ("2", "jan"), ("29", "feb")]
    _, *found = list(days_of([{"day": day, "month": month} for day, month in told]))
    assert (found[1] - found[0], found[2] - found[1]) == (3, 57)
