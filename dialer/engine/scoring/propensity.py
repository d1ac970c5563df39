"""How likely something is for a person, learned from outcomes: one learner for answers, sales, and any other yes or no.

The log-odds of four models are averaged. Three logistic regressions, of shorter and longer memory,
follow a rate that drifts, by two figures about time beside the person's features: how many days ahead of the newest
known outcome a row lies, and how many days the last 500 outcomes took. Boosted trees find what goes together. Old
outcomes count less: weights halve with so many outcomes since. At last the two kinds are
weighed against each other and calibrated (Platt 1999) on the newest outcomes, which were kept out of a fit for that and
for the figures that the model is judged by.

Rows come in order of time; a row's figures about time are those of the outcomes before its batch of 500, so a model
learns under the conditions under which it will score.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.domain.errors import Conflict
from dialer.engine.scoring.features import Columns, Encoding, Floats, Plain, encoding_of, part_of
from dialer.engine.scoring.forest import Forest, forest_of

BATCH = 500
LEAST_ROWS = 1_000
LEAST_OF_EACH = 60
"""Outcomes of either kind without which there is nothing to learn from."""
_LINEAR_HALF_LIVES = (8_000.0, 4_000.0, 2_000.0)
_FOREST_HALF_LIFE = 3_000.0
_RIDGE = 0.03


class TooLittle(Conflict):
    """Too few outcomes to train on; a simpler scorer must do."""


@dataclass(frozen=True, slots=True)
class History:
    """Outcomes in order of time, with what was known before each."""

    columns: Plain
    at_days: Floats
    """When, days since any fixed day."""
    won: Floats
    """1: yes, 0: no."""

    def __len__(self) -> int:
        return len(self.won)

    def upto(self, rows: int) -> "History":
        return History(part_of(self.columns, slice(0, rows)), self.at_days[:rows], self.won[:rows])

    def where(self, rows: NDArray[np.bool_]) -> "History":
        return History(part_of(self.columns, rows), self.at_days[rows], self.won[rows])


@dataclass(frozen=True, slots=True)
class Moment:
    """What time itself tells when rows are scored."""

    known_until: float
    """When the newest known outcome was, in days."""
    pace_days: float
    """How many days the last 500 outcomes took."""

    def figures(self, at_days: Floats) -> Floats:
        ahead = np.log1p(np.maximum(0.0, at_days - self.known_until))
        return np.column_stack([ahead, np.full(len(at_days), np.log1p(max(0.0, self.pace_days)))])


@dataclass(frozen=True, slots=True)
class Linear:
    weights: Floats
    intercept: float

    def log_odds(self, matrix: Floats) -> Floats:
        answers: Floats = matrix @ self.weights + self.intercept
        return answers


@dataclass(frozen=True, slots=True)
class Propensity:
    """A trained model."""

    encoding: Encoding
    linear: tuple[Linear, ...]
    forest: Forest
    moment: Moment
    weights: tuple[float, float] = (0.75, 0.25)
    """Of the mean of the logistic regressions, and of the trees; calibrated with `shift`."""
    shift: float = 0.0

    def log_odds(self, columns: Columns, at_days: Floats) -> Floats:
        linear, trees = self.parts(columns, at_days)
        return self.weights[0] * linear + self.weights[1] * trees + self.shift

    def parts(self, columns: Columns, at_days: Floats) -> tuple[Floats, Floats]:
        """Log-odds by the logistic regressions, and by the trees."""
        figures = self.moment.figures(at_days)
        weights = np.mean([one.weights for one in self.linear], axis=0)
        of_features, of_time = np.split(weights, [len(weights) - figures.shape[1]])
        linear = self.encoding.weighed(columns, of_features) + figures @ of_time
        linear += float(np.mean([one.intercept for one in self.linear]))
        return linear, self.forest.log_odds(self.encoding.for_trees(columns))

    def probability(self, columns: Columns, at_days: Floats) -> Floats:
        return probability_of(self.log_odds(columns, at_days))


def probability_of(log_odds: Floats) -> Floats:
    answers: Floats = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30, 30)))
    return answers


def check_enough(won: Floats, what: str) -> None:
    """TooLittle, with what there is and what it takes."""
    wins = int(won.sum())
    if len(won) < LEAST_ROWS or min(wins, len(won) - wins) < LEAST_OF_EACH:
        raise TooLittle(
            f"{wins:,} of {len(won):,} calls to learn from had {what}: a model needs {LEAST_ROWS:,} calls, "
            f"{LEAST_OF_EACH} with and {LEAST_OF_EACH} without"
        )


def moment_of(at_days: Floats) -> Moment:
    """After so many outcomes in order."""
    if not len(at_days):
        return Moment(0.0, 0.0)
    return Moment(float(at_days[-1]), float(at_days[-1] - at_days[-min(BATCH, len(at_days))]))


def fit(history: History, seed: int = 0, learn: NDArray[np.bool_] | None = None) -> Propensity:
    """A model of all of it, or of the outcomes that `learn` marks; not calibrated. TooLittle when it is all yes or all
    no."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  takes a second
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    moment, figures = moment_of(history.at_days), _figures(history.at_days)
    if learn is not None:
        history, figures = history.where(learn), figures[learn]
    if not 0 < history.won.sum() < len(history):
        raise TooLittle("every outcome is the same: there is nothing to tell apart")
    encoding = encoding_of(history.columns)
    matrix = np.column_stack([encoding.for_linear(history.columns), figures])
    linear = []
    for half_life in _LINEAR_HALF_LIVES:
        fitted = LogisticRegression(C=_RIDGE, max_iter=300)
        fitted.fit(matrix, history.won, sample_weight=_weights(len(history), half_life))
        linear.append(Linear(fitted.coef_[0].astype(float), float(fitted.intercept_[0])))
    weights = _weights(len(history), _FOREST_HALF_LIFE)
    trees: Any = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=80, max_leaf_nodes=8, min_samples_leaf=60, l2_regularization=5.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(1):  # its threads spin while they wait, which takes the other core from the calls
        trees.fit(encoding.for_trees(history.columns), history.won, sample_weight=weights / weights.mean())
    return Propensity(encoding, tuple(linear), forest_of(trees), moment)


def _figures(at_days: Floats) -> Floats:
    """Of each row, by the outcomes before its batch."""
    starts = range(0, len(at_days), BATCH)
    return np.concatenate([moment_of(at_days[:start]).figures(at_days[start : start + BATCH]) for start in starts])


def _weights(rows: int, half_life: float) -> Floats:
    weights: Floats = 0.5 ** ((rows - np.arange(rows)) / half_life)
    return weights
