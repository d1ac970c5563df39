"""How sure a measured ratio is, when what it counts comes in bursts."""

from dataclasses import dataclass
from math import sqrt

from scipy.special import stdtrit

from pacing.answer_rate import Floats

_TWO_SIDED_95 = 0.975


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured share and its 95% interval, all 0 to 1."""

    value: float
    low: float
    high: float


def ratio_interval(counts: Floats, hits: Floats) -> Interval:
    """The ratio of all `hits` to all `counts`, which come in clusters: an entry of each a block of time or a run.

    Wilson's interval with the effective sample size that the clusters' own spread amounts to, never more than the
    counts, and Student's quantile for the number of clusters (Korn and Graubard, Survey Methodology 24, 1998). So calls
    that are abandoned together widen it, and none abandoned at all still leaves an upper bound. Without counts: 0 to 1.
    """
    kept = counts > 0
    counts, hits = counts[kept], hits[kept]
    clusters, total = len(counts), float(counts.sum())
    if total <= 0.0:
        return Interval(0.0, 0.0, 1.0)
    ratio = min(1.0, float(hits.sum()) / total)
    alone = ratio * (1.0 - ratio) / total
    effective = total
    if clusters > 1 and alone > 0.0:
        spread = clusters / (clusters - 1) * float(((hits - ratio * counts) ** 2).sum()) / total**2
        effective = total * min(1.0, alone / spread) if spread > 0.0 else total
    quantile = float(stdtrit(max(1, clusters - 1), _TWO_SIDED_95)) if clusters > 1 else 1.96
    return _wilson(ratio, effective, quantile)


def mean_interval(values: Floats) -> Interval:
    """The mean of independent runs, Student's interval within 0 to 1; one run alone has no width."""
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, mean, mean)
    half = float(stdtrit(len(values) - 1, _TWO_SIDED_95)) * float(values.std(ddof=1)) / sqrt(len(values))
    return Interval(mean, max(0.0, mean - half), min(1.0, mean + half))


def _wilson(ratio: float, count: float, quantile: float) -> Interval:
    square = quantile**2 / count
    middle = (ratio + square / 2.0) / (1.0 + square)
    half = quantile / (1.0 + square) * sqrt(ratio * (1.0 - ratio) / count + square / (4.0 * count))
    return Interval(ratio, min(ratio, max(0.0, middle - half)), max(ratio, min(1.0, middle + half)))
