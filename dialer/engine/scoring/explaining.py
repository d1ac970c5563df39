"""Why a lead has its place: what models say of it, and what of its features they say it by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dialer.engine.scoring.best_hour import by_hour
from dialer.engine.scoring.features import Columns, Floats, Words
from dialer.engine.scoring.propensity import Propensity
from dialer.ports.scores import HOURS, Coded, Target

_MOST = 5


@dataclass(frozen=True, slots=True)
class Because:
    """How much one feature moves a chance."""

    target: Target
    feature: str
    value: str
    change: float
    """Of the chance, against the same person of whom it is not known; -1 to 1."""


def chances_of(answers: Propensity, columns: Columns, at_days: float) -> dict[int, float]:
    """One lead's chance of an answer by local hour."""
    made = by_hour(answers, columns, np.array([at_days]))[0]
    return {hour: float(chance) for hour, chance in zip(HOURS, made, strict=True)}


def because(target: Target, model: Propensity, columns: Columns, at_days: float) -> Sequence[Because]:
    """The features of one lead that move its chance most, the strongest first. They are looked at one by one: what two
    do together only is not told."""
    at = np.array([at_days])
    chance = float(model.probability(columns, at)[0])
    found = []
    for name in model.encoding.names:
        column = columns.get(name)
        if column is None or not (value := _word(column)):
            continue
        without = {**columns, name: _unknown(column)}
        found.append(Because(target, name, value, chance - float(model.probability(without, at)[0])))
    return sorted(found, key=lambda one: -abs(one.change))[:_MOST]


def _word(column: Floats | Words | Coded) -> str:
    value = column.words[column.codes[0]] if isinstance(column, Coded) else column[0]
    if isinstance(value, str):
        return value
    return "" if np.isnan(value) else f"{value:g}"


def _unknown(column: Floats | Words | Coded) -> Floats | Coded:
    return Coded([""], np.zeros(1, dtype=np.int64)) if column.dtype == object else np.array([np.nan])
