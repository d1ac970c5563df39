"""How likely is it that a lead answers: learned line by line, forgetting as fast as the answers drift.

On the scale of log-odds a lead's probability is the campaign's level + the lead's own offset + the effects of its cells
(score band, segment, hour). The level is tracked by several memories at once, each a discounted Beta-binomial posterior
carried on the log-odds scale so that leads of different probability can share it; they are weighted by how well each
foretold the lines so far (dynamic model averaging: Raftery, Karny & Ettler, Technometrics 52(1), 2010). A cell's effect
is the log-odds of its Beta-binomial posterior, shrunk to what the rest of the model expected of the same lines.

A line is learned once every line dialed with it must have ended. Learned as they end, answers would come before the
lines that ring out, and after each burst of dialing the rate would swing up and down.
"""

from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEMORIES = np.array([150.0, 500.0, 1500.0, 6000.0])
"""Effective lines that each memory of the level holds. A shorter one would take a run of unanswered lines, which is not
rare where p is small, for a fall of p."""
_WEIGHT_KEPT = 0.995
"""Share of the log-weights that a line keeps: how fast one memory may take over from another."""
_WEIGHT_LEAST = 1e-3
_CELL_MEMORY = 5000.0
"""Effective lines that a cell holds."""
_CELL_PRIOR = 40.0
"""Lines' worth of belief that a cell is like the rest."""
CELLS_A_LINE = 3
"""Cells that a lead is in at most."""
_NO_CELL = 0
_PENDING = 4096
_FIRST_PROBABILITY = 0.25
_FIRST_LINES = 6.0
_LEVEL_LIMIT = 8.0


class AnswerRate(NamedTuple):
    """What is known of answers; updated in place by `learn`."""

    level: Floats
    """(memories,) log-odds of an answer for a lead with offset 0 and no effects."""
    information: Floats
    """(memories,) inverse variance of the level."""
    weight: Floats
    """(memories,) sums to 1."""
    answered: Floats
    """(cells,) discounted answers of each cell's lines; cell 0 stands for "no cell"."""
    expected: Floats
    """(cells,) answers that the rest of the model expected of the same lines."""
    lines: Floats
    """(cells,)"""
    pending: Floats
    """(lines, 3 + cells a line) ended lines that wait to be learned: when, own offset, answered, cells."""
    pending_count: Ints
    """(1,)"""


class Level(NamedTuple):
    """The campaign's level, log-odds."""

    mean: float
    variance: float
    expected: float
    """Log-odds of the answer probability to expect: the less is known of a small one, the more it exceeds that of the
    mean."""


def new_answer_rate(cells: int = 0) -> AnswerRate:
    """Nothing seen yet; `cells` cells beside the empty one."""
    memories = len(MEMORIES)
    p = _FIRST_PROBABILITY
    return AnswerRate(
        level=np.full(memories, log(p / (1 - p))),
        information=np.full(memories, _FIRST_LINES * p * (1 - p)),
        weight=np.full(memories, 1.0 / memories),
        answered=np.zeros(cells + 1),
        expected=np.zeros(cells + 1),
        lines=np.zeros(cells + 1),
        pending=np.zeros((_PENDING, 3 + CELLS_A_LINE)),
        pending_count=np.zeros(1, dtype=np.int64),
    )


def probability_of(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-log_odds))


def level_of(rate: AnswerRate) -> Level:
    """The campaign's level: mean over the memories, and variance within and between them."""
    mean = 0.0
    for k in range(len(rate.level)):
        mean += rate.weight[k] * rate.level[k]
    variance = 0.0
    for k in range(len(rate.level)):
        off = rate.level[k] - mean
        variance += rate.weight[k] * (1.0 / rate.information[k] + off * off)
    # the mean of a logit-normal to second order; never below the mean's own, which would be bold
    return Level(mean, variance, mean + max(0.0, 0.5 - probability_of(mean)) * variance)


def upper_bound(rate: AnswerRate, offset: float, deviations: float) -> float:
    """Upper credible bound of a lead's probability, so many standard deviations above the mean level."""
    level = level_of(rate)
    return probability_of(level.mean + offset + deviations * sqrt(level.variance))


def effect_of(rate: AnswerRate, cell: int) -> float:
    """Log-odds by which a cell's leads differ from what the rest of the model says of them."""
    lines = rate.lines[cell]
    if cell == _NO_CELL or lines <= 0.0:
        return 0.0
    expected = rate.expected[cell]
    mean = min(max(expected / lines, 1e-6), 1.0 - 1e-6)
    yes, no = _CELL_PRIOR * mean, _CELL_PRIOR * (1.0 - mean)
    seen = (rate.answered[cell] + yes) / (lines - rate.answered[cell] + no)
    foretold = (expected + yes) / (lines - expected + no)
    return log(seen / foretold)


def offset_of(rate: AnswerRate, own: float, cells: Ints) -> float:
    """A lead's distance from the level: its own known offset and its cells' effects."""
    total = own
    for j in range(len(cells)):
        total += effect_of(rate, cells[j])
    return total


def note_line(rate: AnswerRate, due: float, own: float, cells: Ints, answered: bool) -> None:
    """A line has ended, answered by a person or not; it is learned at `due`, the dial time plus the ring time. Lines
    that never reached the network must not be told."""
    at = rate.pending_count[0]
    if at >= _PENDING:
        learn(rate, own, cells, answered)
        return
    entry = rate.pending[at]
    entry[0], entry[1], entry[2] = due, own, 1.0 if answered else 0.0
    entry[3:] = float(_NO_CELL)
    for j in range(min(len(cells), CELLS_A_LINE)):
        entry[3 + j] = cells[j]
    rate.pending_count[0] = at + 1


def learn_due(rate: AnswerRate, now: float) -> None:
    """Learn the lines that are due, in order of their due times: of lines dialed together, the answered must not come
    before the others, so their due times differ by a trifle."""
    count = rate.pending_count[0]
    first = np.inf
    for i in range(count):
        first = min(first, rate.pending[i, 0])
    if first > now:
        return
    cells = np.zeros(CELLS_A_LINE, dtype=np.int64)
    order = np.argsort(rate.pending[:count, 0])
    ordered = rate.pending[:count][order]
    due = 0
    while due < count and ordered[due, 0] <= now:
        for j in range(CELLS_A_LINE):
            cells[j] = int(ordered[due, 3 + j])
        learn(rate, ordered[due, 1], cells, ordered[due, 2] > 0.5)
        due += 1
    rate.pending[: count - due] = ordered[due:]
    rate.pending_count[0] = count - due


def learn(rate: AnswerRate, own: float, cells: Ints, answered: bool) -> None:
    """One line's end, in order of dialing."""
    came = 1.0 if answered else 0.0
    offset = offset_of(rate, own, cells)
    mean = level_of(rate).mean
    _learn_level(rate, offset, came)
    kept = 1.0 - 1.0 / _CELL_MEMORY
    for j in range(len(cells)):
        cell = cells[j]
        if cell != _NO_CELL:
            without = probability_of(mean + offset - effect_of(rate, cell))
            rate.answered[cell] = rate.answered[cell] * kept + came
            rate.expected[cell] = rate.expected[cell] * kept + without
            rate.lines[cell] = rate.lines[cell] * kept + 1.0


def _learn_level(rate: AnswerRate, offset: float, came: float) -> None:
    total = 0.0
    for k in range(len(rate.level)):
        p = min(max(probability_of(rate.level[k] + offset), 1e-4), 1.0 - 1e-4)
        likelihood = came * p + (1.0 - came) * (1.0 - p)
        rate.weight[k] = max(_WEIGHT_LEAST, rate.weight[k]) ** _WEIGHT_KEPT * likelihood
        total += rate.weight[k]
        rate.information[k] = rate.information[k] * (1.0 - 1.0 / MEMORIES[k]) + p * (1.0 - p)
        moved = rate.level[k] + min(1.0, max(-1.0, (came - p) / max(rate.information[k], 0.2)))
        rate.level[k] = min(_LEVEL_LIMIT, max(-_LEVEL_LIMIT, moved))
    for k in range(len(rate.level)):
        rate.weight[k] /= total
