"""Buyers against others: in what they differ, by how much, and whether that matters.

**Figures.** Numbers and dates: difference of means with Welch's interval, Cohen's d with the pooled deviation, Welch's
test. Texts, yes or no, lists: for each answer the difference of shares with Newcombe's interval (R. G. Newcombe,
Statistics in Medicine 17, 1998, method 10), Cramer's V and the chi-squared test. All tests of one portrait together
are held to a false discovery rate of 5% (Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57,
1995). A difference matters if it passes that and is at least small by J. Cohen's measure: d 0.2, V 0.1.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite, sqrt

import numpy as np
from scipy import stats

from dialer.domain.attributes import Value, ValueType
from dialer.domain.condition import Field
from dialer.domain.errors import BadInput
from dialer.ports.segments import Sample

FEWEST = 30
"""Buyers and others at least, and those of each side of whom an attribute is known."""
CONFIDENCE = 0.95
FALSE_DISCOVERIES = 0.05
LEAST_D, LEAST_V = 0.2, 0.1
MOST_ANSWERS = 20
"""The rest of a text's answers counts as one."""
OTHER = "(any other)"
PRODUCTS = Field("holds", ValueType.TEXTS, built_in=True)


@dataclass(frozen=True, slots=True)
class Difference:
    attribute: str
    answer: str
    """The answer whose share differs; empty: it is a difference of means."""
    buyers: float
    """Their mean, or share with this answer, 0 to 1; dates in days since 1970."""
    others: float
    low: float
    high: float
    """95% interval of buyers less others."""
    effect: float
    """Cohen's d, signed, or Cramer's V of the whole attribute."""
    measure: str
    """`d` or `v`."""
    known_buyers: int
    known_others: int
    p: float
    q: float = 1.0
    """p, made larger for how many tests there were."""

    @property
    def matters(self) -> bool:
        return self.q <= FALSE_DISCOVERIES and abs(self.effect) >= (LEAST_D if self.measure == "d" else LEAST_V)


@dataclass(frozen=True, slots=True)
class Portrait:
    buyers: int
    others: int
    looked_at_buyers: int
    looked_at_others: int
    differences: Sequence[Difference]
    """Those that matter first, then by effect."""
    too_little: Sequence[str]
    """Attributes of which too little is known."""


def portrait(sample: Sample, fields: Sequence[Field]) -> Portrait:
    """BadInput: there are too few buyers or others to tell anything."""
    bought = np.array(sample.bought, dtype=bool)
    for count, who in ((int(bought.sum()), "buyers"), (int((~bought).sum()), "others")):
        if count < FEWEST:
            raise BadInput(f"only {count} {who}: a portrait needs at least {FEWEST}", who)
    found: list[Difference] = []
    too_little = []
    columns = [(one, sample.values[one.name]) for one in fields if one.name in sample.values]
    for one, values in [*columns, (PRODUCTS, [tuple(names) for names in sample.products])]:
        told = list(_compared(one, values, bought))
        found += told
        if not told:
            too_little.append(one.name)
    adjusted = stats.false_discovery_control([one.p for one in found]) if found else []
    known = [replace(one, q=float(q)) for one, q in zip(found, adjusted, strict=True)]
    known.sort(key=lambda one: (not one.matters, -_size(one)))
    counts = (sample.buyers, sample.others, int(bought.sum()), int((~bought).sum()))
    return Portrait(*counts, known, too_little)


def _size(one: Difference) -> float:
    """Effects of both measures on one scale: how many times the least that matters."""
    return abs(one.effect) / (LEAST_D if one.measure == "d" else LEAST_V)


def _compared(
    field: Field, values: Sequence[Value | None], bought: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Iterator[Difference]:
    mine = [value for value, buyer in zip(values, bought, strict=True) if buyer and value is not None]
    theirs = [value for value, buyer in zip(values, bought, strict=True) if not buyer and value is not None]
    if min(len(mine), len(theirs)) < FEWEST:
        return
    match field.type:
        case ValueType.NUMBER:
            yield from _means(field.name, [float(str(one)) for one in mine], [float(str(one)) for one in theirs])
        case ValueType.DATE:
            yield from _means(field.name, [_day(one) for one in mine], [_day(one) for one in theirs])
        case ValueType.TEXTS:
            for text in _common([mine, theirs]):
                have, lack = ([_has(one, text) for one in side] for side in (mine, theirs))
                yield from _shares(field.name, have, lack, text)
        case ValueType.TEXT | ValueType.YES_NO:
            kept = set(_common([mine, theirs]))
            one, two = ([_kept(value, kept) for value in side] for side in (mine, theirs))
            yield from _shares(field.name, one, two)


def _means(name: str, mine: list[float], theirs: list[float]) -> Iterator[Difference]:
    one, two = np.array(mine), np.array(theirs)
    variance = ((len(one) - 1) * one.var(ddof=1) + (len(two) - 1) * two.var(ddof=1)) / (len(one) + len(two) - 2)
    if variance <= 0:
        return
    test = stats.ttest_ind(one, two, equal_var=False)
    span = test.confidence_interval(CONFIDENCE)
    d = float((one.mean() - two.mean()) / sqrt(variance))
    if isfinite(float(test.pvalue)):
        figures = (float(one.mean()), float(two.mean()), float(span.low), float(span.high), d)
        yield Difference(name, "", *figures, "d", len(one), len(two), float(test.pvalue))


def _shares(name: str, mine: list[str], theirs: list[str], only: str = "") -> Iterator[Difference]:
    """The answer that differs most, or `only`, with V and p of the whole table."""
    counts, others = Counter(mine), Counter(theirs)
    answers = sorted(counts | others)
    if len(answers) < 2:
        return
    table = np.array([[counts[one] for one in answers], [others[one] for one in answers]])
    test = stats.chi2_contingency(table, correction=False)
    v = sqrt(float(test.statistic) / int(table.sum()))
    best = only or max(answers, key=lambda one: abs(counts[one] / len(mine) - others[one] / len(theirs)))
    low, high = newcombe(counts[best], len(mine), others[best], len(theirs))
    shares = (counts[best] / len(mine), others[best] / len(theirs))
    yield Difference(name, best, *shares, low, high, v, "v", len(mine), len(theirs), float(test.pvalue))


def newcombe(one: int, of_one: int, two: int, of_two: int) -> tuple[float, float]:
    """The interval of a difference of two shares."""
    span_one = stats.binomtest(one, of_one).proportion_ci(CONFIDENCE, "wilson")
    span_two = stats.binomtest(two, of_two).proportion_ci(CONFIDENCE, "wilson")
    p, q = one / of_one, two / of_two
    low = p - q - sqrt((p - span_one.low) ** 2 + (span_two.high - q) ** 2)
    high = p - q + sqrt((span_one.high - p) ** 2 + (q - span_two.low) ** 2)
    return float(low), float(high)


def _common(sides: Sequence[Sequence[Value]]) -> list[str]:
    told = (one if isinstance(one, tuple) else (_answer(one),) for side in sides for one in side)
    seen = Counter(answer for answers in told for answer in answers)
    return [answer for answer, _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_ANSWERS]]


def _kept(value: Value, kept: Collection[str]) -> str:
    return _answer(value) if _answer(value) in kept else OTHER


def _has(value: Value, text: str) -> str:
    return text if isinstance(value, tuple) and text in value else ""


def _answer(value: Value) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _day(value: Value) -> float:
    return float((date.fromisoformat(str(value)) - date(1970, 1, 1)).days)
