"""What a pacer has learned, as plain values that JSON can carry, and back: checked as a whole before it is used."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from pacing.answer_rate import CELLS_A_LINE, AnswerRate, Floats, note_line
from pacing.handling import Handling
from pacing.knob import Knob
from pacing.line_times import LineTimes
from pacing.predictive import Learned, new_learned

VERSION = 1
_MOST = 1e12
_PENDING = "rate.pending"
_SIGNED = ("rate.level", "knob.offset", _PENDING)
"""All else is never below 0."""


class BadPacingState(ValueError):
    """A stored state that is damaged, or of another layout; says where."""


def kernel_state(learned: Learned) -> dict[str, list[Any]]:
    """Each array by its place; what is derived is left out."""
    state = {place: array.tolist() for place, array in _arrays(learned)}
    waiting = learned.rate.pending[: learned.rate.pending_count[0], 1:]
    return state | {_PENDING: waiting.tolist()}


def restored_kernel(state: object, cells: int) -> Learned:
    """BadPacingState when an array lacks, has another shape, or holds what can't be."""
    found = mapping(state, "learned")
    learned = new_learned(cells)
    for place, array in _arrays(learned):
        if place not in found:
            raise BadPacingState(f"{place} is missing")
        array[...] = _checked(found[place], array.shape, place)
    if learned.rate.information.min() <= 0.0 or not 0.99 < learned.rate.weight.sum() < 1.01:
        raise BadPacingState("rate: no weights that sum to 1, or no information")
    _restore_pending(learned.rate, found.get(_PENDING), cells)
    return learned


def _restore_pending(rate: AnswerRate, value: object, cells: int) -> None:
    """Lines that waited to be learned: all of them have ended by now, so they are due."""
    if not isinstance(value, list) or len(value) > len(rate.pending):
        raise BadPacingState(f"{_PENDING} is no list of lines")
    for at, line in enumerate(value):
        array = _checked(line, (2 + CELLS_A_LINE,), f"{_PENDING}[{at}]")
        if array[2:].min() < 0 or array[2:].max() > cells:
            raise BadPacingState(f"{_PENDING}[{at}] names a cell that there is not")
        note_line(rate, -_MOST, float(array[0]), array[2:].astype(np.int64), bool(array[1] > 0.5))


def _arrays(learned: Learned) -> list[tuple[str, Floats]]:
    parts: tuple[tuple[str, AnswerRate | LineTimes | Handling | Knob, tuple[str, ...]], ...] = (
        ("rate", learned.rate, ("level", "information", "weight", "answered", "expected", "lines")),
        ("times", learned.times, ("answered", "failed")),
        ("handling", learned.handling, ("ends", "exposure_seconds")),
        ("knob", learned.knob, Knob._fields),
    )
    return [(f"{part}.{name}", getattr(values, name)) for part, values, names in parts for name in names]


def _checked(value: object, shape: tuple[int, ...], place: str) -> Floats:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadPacingState(f"{place} is not an array of numbers") from None
    if array.shape != shape:
        raise BadPacingState(f"{place} has the shape {array.shape}, not {shape}")
    least = -_MOST if place.startswith(_SIGNED) else 0.0
    if not (np.isfinite(array).all() and (array >= least).all() and (array <= _MOST).all()):
        raise BadPacingState(f"{place} holds a figure that can't be")
    return array


def mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadPacingState(f"{place} is no table")
    return value


def number(value: object, place: str, least: float = 0.0, most: float = _MOST) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise BadPacingState(f"{place} is no number")
    if not least <= value <= most:
        raise BadPacingState(f"{place} is {value:g}, not {least:g} to {most:g}")
    return float(value)
