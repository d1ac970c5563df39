"""What calls that were heard tell of all calls.

Each call heard stands for 1 / (its inclusion probability) calls (Horvitz & Thompson 1952, J. Am. Stat. Assoc. 47, 663).
The mean is the ratio of the estimated total to the estimated count of the domain (Hajek's; Sarndal, Swensson & Wretman
1992, Model Assisted Survey Sampling, 5.8), which for an agent, whose calls are counted, is Horvitz and Thompson's own.

Its variance is that of a stratified simple random sample with the finite population correction, of the residuals
e = y - mean within the domain, 0 outside (Sarndal 5.8.3): the sum over strata of N^2 (1 - n/N) s_e^2 / n, divided by
the square of the domain's count.
A stratum of which all is heard adds nothing. One of which a single call is heard, of several, shows no variance of its
own: it takes that of all residuals of the domain, which has the differences between strata in it, too, so it is rather
too large than too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from scipy.stats import t as student

_LEVEL = 0.95
_QUANTILE = NormalDist().inv_cdf(0.5 + _LEVEL / 2)


@dataclass(frozen=True, slots=True)
class Stratum:
    """Calls of one stratum: how many there are, and what was found in those heard."""

    calls: int
    values: Sequence[float | None]
    """One for each call heard; None: the call is not of the domain asked for."""


@dataclass(frozen=True, slots=True)
class Estimate:
    mean: float | None
    """None: `why` says why nothing can be said."""
    low: float | None
    high: float | None
    """Of the 95% interval; None: it can't be told."""
    heard: int
    """Calls of the domain that were heard."""
    calls: float
    """Calls of the domain that there are, as estimated; of an agent, exactly."""
    why: str = ""


def horvitz_thompson_total(values: Sequence[float], probabilities: Sequence[float]) -> float:
    """Sum of value / inclusion probability: unbiased for the sum over all, whatever the probabilities above 0."""
    return sum(value / probability for value, probability in zip(values, probabilities, strict=True))


def mean_of(strata: Sequence[Stratum], most: float = 1.0) -> Estimate:
    """The mean of values from 0 to `most`, with an interval that stays there. All strata must have been heard.

    Student's t with heard - strata degrees of freedom; where all values heard are the same, though not all calls were
    heard, the interval of `share_of`, since a value from 0 to 1 varies no more than a yes or no with the same mean.
    """
    known = _known(strata)
    if isinstance(known, Estimate):
        return known
    mean, count, heard, variance, freedom = known
    if all(len(one.values) >= one.calls for one in strata):
        return Estimate(mean, mean, mean, heard, count)
    if variance is None:
        return Estimate(mean, None, None, heard, count, "a single call was heard: that shows no interval")
    if variance <= 0:
        low, high = _score_interval(mean / most, _effective(strata, count, None, mean / most))
        return Estimate(mean, most * low, most * high, heard, count)
    half = float(student.ppf(0.5 + _LEVEL / 2, max(1, freedom))) * sqrt(variance)
    return Estimate(mean, max(0.0, mean - half), min(most, mean + half), heard, count)


def share_of(strata: Sequence[Stratum]) -> Estimate:
    """The share of yes (1) among yes and no (0), with Wilson's interval (1927) for the effective number of calls heard:
    p (1 - p) / variance (Korn & Graubard 1998, Survey Methodology 24, 193), but not more than the same numbers would
    give were all strata alike, which also holds where nothing, or everything, was a yes."""
    known = _known(strata)
    if isinstance(known, Estimate):
        return known
    share, count, heard, variance, _ = known
    if all(len(one.values) >= one.calls for one in strata):
        return Estimate(share, share, share, heard, count)
    low, high = _score_interval(share, _effective(strata, count, variance, share))
    return Estimate(share, low, high, heard, count)


def _known(strata: Sequence[Stratum]) -> Estimate | tuple[float, float, int, float | None, int]:
    """Mean, the domain's count, calls heard, variance of the mean, degrees of freedom; or why there is none."""
    unheard = sum(not one.values for one in strata)
    in_domain = [(one.calls / len(one.values), value) for one in strata for value in one.values if value is not None]
    if unheard:
        return Estimate(
            None, None, None, len(in_domain), 0.0, f"of {unheard} of {len(strata)} strata nothing is heard yet"
        )
    if not in_domain:
        return Estimate(None, None, None, 0, 0.0, "no such call was heard")
    count = sum(weight for weight, _ in in_domain)
    mean = sum(weight * value for weight, value in in_domain) / count
    pooled = _pooled(in_domain, mean, count)
    variances = [_variance(one, mean, pooled) for one in strata]
    freedom = sum(len(one.values) - 1 for one in strata if len(one.values) < one.calls) or len(in_domain) - 1
    known = [one for one in variances if one is not None]
    variance = sum(known) / count**2 if len(known) == len(variances) else None
    return mean, count, len(in_domain), variance, freedom


def _pooled(in_domain: Sequence[tuple[float, float]], mean: float, count: float) -> float | None:
    """The variance of all residuals; None: a single one shows none."""
    number = len(in_domain)
    if number < 2:
        return None
    return sum(weight * (value - mean) ** 2 for weight, value in in_domain) / count * number / (number - 1)


def _variance(stratum: Stratum, mean: float, pooled: float | None) -> float | None:
    """Of the estimated total of residuals."""
    number, calls = len(stratum.values), stratum.calls
    residuals = [0.0 if value is None else value - mean for value in stratum.values]
    if number >= calls:
        return 0.0
    if number == 1:
        if stratum.values[0] is None:
            return 0.0
        return None if pooled is None else calls**2 * (1 - 1 / calls) * pooled
    middle = sum(residuals) / number
    square = sum((one - middle) ** 2 for one in residuals) / (number - 1)
    return calls**2 * (1 - number / calls) * square / number


def _effective(strata: Sequence[Stratum], count: float, variance: float | None, share: float) -> float:
    """Calls of a simple random sample that would tell as much."""
    alike = sum(
        (one.calls / len(one.values)) ** 2 * (1 - len(one.values) / one.calls) * _inside(one)
        for one in strata
        if len(one.values) < one.calls
    )
    most = count**2 / alike if alike else float("inf")
    return min(most, share * (1 - share) / variance) if variance else most


def _inside(stratum: Stratum) -> int:
    return sum(value is not None for value in stratum.values)


def _score_interval(share: float, number: float) -> tuple[float, float]:
    if number == float("inf"):
        return share, share
    square = _QUANTILE**2
    middle = share + square / (2 * number)
    half = _QUANTILE * sqrt(max(0.0, share * (1 - share)) / number + square / (4 * number**2))
    return max(0.0, (middle - half) / (1 + square / number)), min(1.0, (middle + half) / (1 + square / number))
