"""Boosted trees as plain arrays: kept as numbers, read without the library that grew them, and fast.

A model from the database is data, never code: no pickle is read. What the arrays say is held to scikit-learn's own
answers by test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.features import Floats

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees' nodes in one row; a tree begins at its root. A leaf's feature is -1."""

    roots: Ints
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    missing_left: Ints
    value: Floats
    base: float

    def log_odds(self, matrix: Floats) -> Floats:
        answers = np.full(len(matrix), self.base)
        _compiled()(
            np.ascontiguousarray(matrix, dtype=np.float64), self.roots, self.feature, self.threshold, self.left,
            self.right, self.missing_left, self.value, answers,
        )  # fmt: skip
        return answers


def forest_of(fitted: Any) -> Forest:
    """The trees of a HistGradientBoostingClassifier of two classes, all of whose features are numbers."""
    nodes = [trees[0].nodes for trees in fitted._predictors]
    sizes = np.array([len(one) for one in nodes], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    shift = np.repeat(roots, sizes)
    flat = np.concatenate(nodes)
    return Forest(
        roots=roots,
        feature=np.where(flat["is_leaf"], -1, flat["feature_idx"]).astype(np.int64),
        threshold=flat["num_threshold"].astype(np.float64),
        left=flat["left"].astype(np.int64) + shift,
        right=flat["right"].astype(np.int64) + shift,
        missing_left=flat["missing_go_to_left"].astype(np.int64),
        value=flat["value"].astype(np.float64),
        base=float(np.ravel(fitted._baseline_prediction)[0]),
    )


@cache
def _compiled() -> Callable[..., None]:
    import numba  # noqa: PLC0415  takes a second, and only scoring needs it

    compiled: Callable[..., None] = numba.njit(nogil=True)(_add)
    return compiled


def _add(  # noqa: PLR0917  compiled functions take no keyword arguments
    matrix: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, missing_left: Any, value: Any,
    answers: Any,
) -> None:  # fmt: skip
    for row in range(matrix.shape[0]):
        total = 0.0
        for root in roots:
            node = root
            while feature[node] >= 0:
                known = matrix[row, feature[node]]
                if np.isnan(known):
                    node = left[node] if missing_left[node] else right[node]
                else:
                    node = left[node] if known <= threshold[node] else right[node]
            total += value[node]
        answers[row] += total
