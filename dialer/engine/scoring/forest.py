"""Boosted trees as plain arrays: kept as numbers, read without the library that grew them, and fast.

A model from the database is data, never code: no pickle is read. What the arrays say is held to scikit-learn's own
answers by test.

A row does not walk down every tree. For each feature it is known beforehand which leaves of all trees a value rules
out, as bits; what a row's values leave over, of each tree, is read off by one look into a table (Lucchese et al.,
"QuickScorer", SIGIR 2015, with trees so small that a byte holds one).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.features import Floats

Ints = NDArray[np.int64]
MOST_LEAVES = 8
"""Of a tree: a bit each."""
_EVERY_LEAF = 0xFF


@dataclass(frozen=True, slots=True, eq=False)
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
        """ValueError: a tree has more leaves than MOST_LEAVES."""
        answers = np.full(len(matrix), self.base)
        known = tables_of(self)
        _compiled()(
            np.ascontiguousarray(matrix, dtype=np.float64), known.features, known.thresholds, known.begins,
            known.left_over, known.values, answers,
        )  # fmt: skip
        return answers


@dataclass(frozen=True, slots=True)
class Tables:
    """What values leave over of the trees."""

    features: Ints
    """Those that any tree asks for."""
    thresholds: Floats
    """Of each feature in order, side by side."""
    begins: Ints
    """Where a feature's thresholds begin, and the end of all."""
    left_over: NDArray[np.uint64]
    """Eight trees a column. A feature has one row more than thresholds, by how many of them a value is above, and
    one for a value that is missing."""
    values: Floats
    """By tree, and by the leaves that are left over: that of the first."""


@lru_cache(maxsize=32)
def tables_of(forest: Forest) -> Tables:
    """ValueError: a tree has more leaves than MOST_LEAVES."""
    nodes = [node for tree, root in enumerate(forest.roots.tolist()) for node in _inner(forest, tree, root)]
    features = sorted({node.feature for node in nodes})
    known = {feature: sorted({node.threshold for node in nodes if node.feature == feature}) for feature in features}
    sizes = [len(known[feature]) for feature in features]
    begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    columns = -(-len(forest.roots) // 8) * 8
    left_over = np.full((int(begins[-1]) + 2 * len(features), columns), _EVERY_LEAF, dtype=np.uint8)
    for node in nodes:
        place = features.index(node.feature)
        first, above = begins[place] + 2 * place, known[node.feature].index(node.threshold) + 1
        left_over[first + above : first + sizes[place] + 1, node.tree] &= _EVERY_LEAF ^ node.left_leaves
        if not node.missing_left:
            left_over[first + sizes[place] + 1, node.tree] &= _EVERY_LEAF ^ node.left_leaves
    return Tables(
        features=np.array(features, dtype=np.int64),
        thresholds=np.array([one for feature in features for one in known[feature]], dtype=np.float64),
        begins=begins,
        left_over=left_over.view(np.uint64),
        values=np.concatenate([_by_leaves(forest, root) for root in forest.roots.tolist()]),
    )


@dataclass(frozen=True, slots=True)
class _Inner:
    tree: int
    feature: int
    threshold: float
    missing_left: bool
    left_leaves: int
    """Bits of the leaves that a value above the threshold rules out."""


def _inner(forest: Forest, tree: int, root: int) -> Iterator[_Inner]:
    bits = {leaf: 1 << place for place, leaf in enumerate(_leaves(forest, root))}

    def below(node: int) -> int:
        return sum(bits[leaf] for leaf in _leaves(forest, node))

    waiting = [root]
    while waiting:
        node = waiting.pop()
        if forest.feature[node] >= 0:
            left, right = int(forest.left[node]), int(forest.right[node])
            waiting += [left, right]
            threshold, missing_left = float(forest.threshold[node]), bool(forest.missing_left[node])
            yield _Inner(tree, int(forest.feature[node]), threshold, missing_left, below(left))


def _leaves(forest: Forest, root: int) -> list[int]:
    """From left to right."""
    found, waiting = list[int](), [root]
    while waiting:
        node = waiting.pop()
        if forest.feature[node] < 0:
            found.append(node)
        else:
            waiting += [int(forest.right[node]), int(forest.left[node])]
        if len(found) + len(waiting) > MOST_LEAVES:
            raise ValueError(f"a tree has more than {MOST_LEAVES} leaves")
    return found


def _by_leaves(forest: Forest, root: int) -> Floats:
    found = np.zeros(_EVERY_LEAF + 1)
    for place, leaf in reversed(list(enumerate(_leaves(forest, root)))):
        found[np.arange(_EVERY_LEAF + 1) & (1 << place) > 0] = forest.value[leaf]
    return found


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
    matrix: Any, features: Any, thresholds: Any, begins: Any, left_over: Any, values: Any, answers: Any
) -> None:
    trees, columns = len(values) // 256, left_over.shape[1]
    leaves = np.zeros(columns, dtype=np.uint64)
    for row in range(matrix.shape[0]):
        leaves[:] = ~np.uint64(0)
        for place in range(len(features)):
            known = matrix[row, features[place]]
            low, high = begins[place], begins[place + 1]
            first = low + 2 * place
            if np.isnan(known):
                first += high - low + 1
            else:
                size = high - low
                start = low
                while size > 0:
                    half = size // 2
                    if thresholds[start + half] < known:
                        start += half + 1
                        size -= half + 1
                    else:
                        size = half
                first += start - low
            for column in range(columns):
                leaves[column] &= left_over[first, column]
        total = 0.0
        for tree in range(trees):
            rest = (leaves[tree >> 3] >> np.uint64(8 * (tree & 7))) & np.uint64(255)
            total += values[tree * 256 + np.int64(rest)]
        answers[row] += total
