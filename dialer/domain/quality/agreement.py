"""How far reviewers agree beyond chance."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import permutations
from typing import TypeVar

Value = TypeVar("Value", bound=Hashable)


def nominal(one: Hashable, other: Hashable) -> float:
    return float(one != other)


def interval(one: float, other: float) -> float:
    return (one - other) ** 2


def krippendorff_alpha(units: Iterable[Sequence[Value]], difference: Callable[[Value, Value], float]) -> float | None:
    """Krippendorff's alpha: 1 - observed / expected disagreement (Krippendorff 2011, Computing Krippendorff's
    Alpha-Reliability, University of Pennsylvania). `units`: the values that each unit was given, by however many; those
    with fewer than two tell nothing. 1: perfect; 0: as by chance. None: no two values differ, so chance is undefined.
    """
    weights: dict[tuple[Value, Value], float] = {}
    for values in units:
        for pair in permutations(values, 2):
            weights[pair] = weights.get(pair, 0.0) + 1 / (len(values) - 1)
    totals: dict[Value, float] = {}
    for (one, _), weight in weights.items():
        totals[one] = totals.get(one, 0.0) + weight
    number = sum(totals.values())
    observed = sum(weight * difference(one, other) for (one, other), weight in weights.items())
    expected = sum(count * totals[other] * difference(one, other) for one, count in totals.items() for other in totals)
    return None if not expected else 1 - (number - 1) * observed / expected


def cohen_kappa(pairs: Sequence[tuple[Value, Value]]) -> float | None:
    """Cohen's kappa of two scores: (agreed - by chance) / (1 - by chance) (Cohen 1960, Educational and Psychological
    Measurement 20, 37). None: there are none, or chance alone agrees always."""
    if not pairs:
        return None
    number = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    agreed = sum(one == other for one, other in pairs) / number
    chance = sum(first[value] * second[value] for value in first) / number**2
    return None if chance >= 1 else (agreed - chance) / (1 - chance)
