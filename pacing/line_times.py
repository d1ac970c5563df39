"""How long lines ring: until a person answers, and until a line fails, by cause. Learned as lines end."""

from math import exp
from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats

BIN_SECONDS = 0.5
BINS = 240
"""Two minutes, the longest ring time that a campaign may have; the last bin is open."""
CAUSES = 3
"""Busy or rejected, rang out, anything else."""
_MEMORY = 3000.0
_PRIOR_LINES = 12.0
_RATIO_LEAST, _RATIO_MOST = 1e-3, 1e3


class LineTimes(NamedTuple):
    """Discounted counts by half second; updated in place."""

    answered: Floats
    """(bins,)"""
    failed: Floats
    """(causes, bins)"""
    odds: Floats
    """(bins,) survival of answers over survival of failures: by how much a line's odds of an answer have changed when
    it still rings at this age. Derived by `refresh`."""
    mean_answer_seconds: Floats
    """(1,) Derived by `refresh`."""


def new_line_times(ring_seconds: float = 25.0) -> LineTimes:
    """A weak prior of `_PRIOR_LINES` lines: answers 3 s + gamma with mean 12 s, a quarter of the failed at once, the
    others when the ring time ends."""
    answered, failed = np.zeros(BINS), np.zeros((CAUSES, BINS))
    for b in range(BINS):
        t = (b + 0.5) * BIN_SECONDS - 3.0
        answered[b] = t * t * exp(-t / 3.0) if 0.0 < t < ring_seconds - 3.0 else 0.0
    answered *= _PRIOR_LINES / answered.sum()
    failed[0, _bin(2.0)] = 0.25 * _PRIOR_LINES
    failed[1, _bin(ring_seconds)] = 0.75 * _PRIOR_LINES
    times = LineTimes(answered, failed, np.ones(BINS), np.zeros(1))
    refresh(times)
    return times


def note_answer(times: LineTimes, seconds: float) -> None:
    times.answered[:] *= 1.0 - 1.0 / _MEMORY
    times.answered[_bin(seconds)] += 1.0


def note_failure(times: LineTimes, seconds: float, cause: int) -> None:
    times.failed[:] *= 1.0 - 1.0 / _MEMORY
    times.failed[cause, _bin(seconds)] += 1.0


def refresh(times: LineTimes) -> None:
    """Derive the odds by age from the counts."""
    answers_total = times.answered.sum()
    failures_total = times.failed.sum()
    answers_left, failures_left = answers_total, failures_total
    weighted = 0.0
    for b in range(BINS):
        # the middle of the bin, and half a line's weight against a division by nothing
        at_middle = answers_left - 0.5 * times.answered[b]
        failed_here = times.failed[:, b].sum()
        failures_middle = failures_left - 0.5 * failed_here
        ratio = ((at_middle + 1e-3) / (answers_total + 1e-3)) / ((failures_middle + 1e-3) / (failures_total + 1e-3))
        times.odds[b] = min(_RATIO_MOST, max(_RATIO_LEAST, ratio))
        weighted += times.answered[b] * (b + 0.5) * BIN_SECONDS
        answers_left -= times.answered[b]
        failures_left -= failed_here
    times.mean_answer_seconds[0] = weighted / answers_total if answers_total > 0.0 else 12.0


def odds_at(times: LineTimes, ages_seconds: Floats) -> Floats:
    """By how much the odds of an answer have changed, for lines of these ages."""
    return times.odds[np.minimum(BINS - 1, np.maximum(0.0, ages_seconds / BIN_SECONDS).astype(np.int64))]


def _bin(seconds: float) -> int:
    return min(BINS - 1, max(0, int(seconds / BIN_SECONDS)))
