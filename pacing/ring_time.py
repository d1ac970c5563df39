"""How long to let unanswered lines ring: for most answers per line-second, from the answers seen so far.

By the renewal-reward theorem the answers a line yields per second are p F(T) / (p E[min(A, T)] + (1 - p) E[min(B, T)])
with A the time to an answer, F its distribution, B the time of lines that fail and T the ring time. The best T is where
the next second yields as much as the average (Ross, Stochastic Processes, 1996, section 3.6).

Answers that would come later than the present ring time are never seen. So when the last seconds before it still yield
more than the average, the ring time goes up by one second, and what is then seen decides whether it stays.
"""

import numpy as np

from pacing.answer_rate import Floats
from pacing.line_times import BIN_SECONDS, BINS, LineTimes

MINIMUM_ANSWERS = 200
"""Answers to see before the ring time is taken from data."""
MOVE_SECONDS = 600.0
"""Between two moves of a second."""
_GAIN = 1.005
"""How much better a shorter ring time must be before it is taken."""
_EDGE_SECONDS = 3
"""The last seconds of ringing, by which it is judged whether to ring longer."""
_MIDDLES = (np.arange(BINS) + 0.5) * BIN_SECONDS


def next_ring_seconds(
    times: LineTimes, answer_probability: float, present: int, least: int, most: int, setup_seconds: float
) -> int:
    """The ring time to take next, in whole seconds: the present one or one second beside it, within its limits.

    `setup_seconds`: how long a line lasts before it rings; times of lines are counted from the dial.
    """
    least, most = min(least, most), max(least, most)
    present = min(most, max(least, present))
    p = min(1.0, max(0.0, answer_probability))
    yields = [answers_per_second(times, p, ring + setup_seconds) for ring in range(least, present + 1)]
    best = least + int(np.argmax(yields))
    if best < present:
        return present - 1 if yields[best - least] > _GAIN * yields[-1] else present
    if present < most and _edge(times, p, present + setup_seconds) >= yields[-1]:
        return present + 1
    return present


def answers_per_second(times: LineTimes, answer_probability: float, limit_seconds: float) -> float:
    """Answers per line-second when lines are given up after so long."""
    answers, seconds = _yield(times, answer_probability, limit_seconds)
    return answers / seconds if seconds > 0.0 else 0.0


def _edge(times: LineTimes, p: float, limit_seconds: float) -> float:
    more, longer = _yield(times, p, limit_seconds)
    less, shorter = _yield(times, p, limit_seconds - _EDGE_SECONDS)
    return (more - less) / (longer - shorter) if longer > shorter else 0.0


def _yield(times: LineTimes, p: float, limit: float) -> tuple[float, float]:
    """Answers of a line, and its mean length."""
    failed = times.failed.sum(axis=0)
    answers = p * _share(times.answered, times.answered[limit > _MIDDLES].sum())
    return answers, p * _mean_until(times.answered, limit) + (1.0 - p) * _mean_until(failed, limit)


def _mean_until(counts: Floats, limit: float) -> float:
    return _share(counts, float((counts * np.minimum(_MIDDLES, limit)).sum()))


def _share(counts: Floats, part: float) -> float:
    total = float(counts.sum())
    return float(part) / total if total > 0.0 else 0.0
