"""What is known of people before they are called, as columns, and how a model reads them.

A person's features are a plain mapping of names to values: numbers, yes or no, or words; what is missing is left out or
None. Which names there are, and of what kind, is learned from the rows that a model is trained on and kept with it.
What is known only after a call is refused by name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.domain.errors import BadInput
from dialer.ports.scores import Coded

Floats = NDArray[np.float64]
Words = NDArray[np.object_]

Plain = Mapping[str, Floats | Words]
"""By name: numbers, NaN where missing, or words, "" where missing. All of one length."""
Columns = Mapping[str, Floats | Words | Coded]
"""As scorers take them."""

AFTER_THE_CALL = frozenset(
    {"duration", "talk_seconds", "ring_seconds", "outcome", "disposition", "result", "sale", "sold", "answered", "y"}
)
"""Names of what only a call tells: never a feature."""
_LEAST_OF_A_LEVEL = 20
"""Rows that have a word, for it to be told apart from others."""
_MOST_LEVELS = 60


def columns_of(rows: Sequence[Mapping[str, object]]) -> Plain:
    """Columns of rows. A name whose every value is a number is a number; else all its values are words. BadInput names
    a feature that is known only after the call, or a value that is neither."""
    names = sorted({name for row in rows for name in row})
    if late := sorted(set(names) & AFTER_THE_CALL):
        raise BadInput("is known only after the call; leave it out", f"feature {late[0]}")
    return {name: _column(name, [row.get(name) for row in rows]) for name in names}


def part_of(columns: Plain, rows: slice | NDArray[Any]) -> Plain:
    return {name: column[rows] for name, column in columns.items()}


def length_of(columns: Columns) -> int:
    return len(next(iter(columns.values()))) if columns else 0


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number: squeezed by asinh(x / scale), then centred and of unit spread, and its square likewise."""

    name: str
    scale: float
    centre: float
    spread: float
    square_centre: float
    square_spread: float
    gaps: bool
    """Some rows lacked it, which is told to the model."""

    def sides(self, numbers: Floats) -> Iterator[Floats]:
        squeezed = (np.arcsinh(numbers / self.scale) - self.centre) / self.spread
        yield np.nan_to_num(squeezed)
        yield np.nan_to_num((squeezed**2 - self.square_centre) / self.square_spread)
        if self.gaps:
            yield np.isnan(squeezed).astype(float)


@dataclass(frozen=True, slots=True)
class Categorical:
    name: str
    levels: tuple[str, ...]
    """Words that are told apart; any other counts as missing."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How columns become the matrices that models read."""

    numeric: tuple[Numeric, ...]
    categorical: tuple[Categorical, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*(one.name for one in self.numeric), *(one.name for one in self.categorical))

    def for_linear(self, columns: Columns) -> Floats:
        """Standardised numbers, their squares, marks for gaps, and a mark for each word."""
        rows = length_of(columns)
        made = [side for one in self.numeric for side in one.sides(numbers_of(columns, one.name, rows))]
        for word in self.categorical:
            codes = _codes(columns, word, rows)
            made += [(codes == code).astype(float) for code in range(len(word.levels))]
        return np.column_stack(made) if made else np.zeros((rows, 0))

    def weighed(self, columns: Columns, weights: Floats) -> Floats:
        """The matrix of `for_linear` times its weights, without making it."""
        rows, place = length_of(columns), 0
        total = np.zeros(rows)
        for one in self.numeric:
            for side in one.sides(numbers_of(columns, one.name, rows)):
                total += weights[place] * side
                place += 1
        for word in self.categorical:
            of_level = np.append(weights[place : place + len(word.levels)], 0.0)
            total += of_level[np.nan_to_num(_codes(columns, word, rows), nan=-1.0).astype(np.int64)]
            place += len(word.levels)
        return total

    def for_trees(self, columns: Columns) -> Floats:
        """Numbers as they are, words by their place among the levels; NaN: missing."""
        rows = length_of(columns)
        made = [numbers_of(columns, one.name, rows) for one in self.numeric]
        made += [_codes(columns, one, rows) for one in self.categorical]
        return np.column_stack(made) if made else np.zeros((rows, 0))


def encoding_of(columns: Plain) -> Encoding:
    """What these rows teach of how to read their like."""
    numeric = [_numeric(name, column) for name, column in columns.items() if column.dtype != object]
    categorical = [_categorical(name, column) for name, column in columns.items() if column.dtype == object]
    return Encoding(
        tuple(one for one in numeric if one is not None), tuple(one for one in categorical if len(one.levels) > 1)
    )


def read_once(columns: Columns, *encodings: Encoding) -> Columns:
    """With the numbers that these read made numbers, for several readers of the same rows."""
    names = {one.name for encoding in encodings for one in encoding.numeric}
    rows = length_of(columns)
    return {name: numbers_of(columns, name, rows) if name in names else column for name, column in columns.items()}


def _column(name: str, values: Sequence[object]) -> Floats | Words:
    known = [value for value in values if value is not None and value != ""]
    for value in known:
        if not isinstance(value, bool | int | float | str):
            raise BadInput(f"must be a number, words, true or false, not {type(value).__name__}", f"feature {name}")
    if known and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return np.array([float(value) if isinstance(value, int | float) else np.nan for value in values])
    return np.array([_word(value) for value in values], dtype=object)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _numeric(name: str, column: Floats | Words) -> Numeric | None:
    numbers = np.asarray(column, dtype=float)
    known = numbers[np.isfinite(numbers)]
    sizes = np.abs(known[known != 0])
    if not len(sizes) or np.ptp(known) == 0:
        return None
    scale = float(np.median(sizes))
    squeezed = np.arcsinh(known / scale)
    centre, spread = float(squeezed.mean()), float(squeezed.std())
    squared = ((squeezed - centre) / spread) ** 2
    return Numeric(
        name, scale, centre, spread, float(squared.mean()), float(squared.std()) or 1.0, len(known) < len(numbers)
    )


def _categorical(name: str, column: Floats | Words) -> Categorical:
    words, counts = np.unique(column.astype(str), return_counts=True)
    often = [(-int(count), str(word)) for word, count in zip(words, counts, strict=True) if count >= _LEAST_OF_A_LEVEL]
    return Categorical(name, tuple(sorted(word for _, word in sorted(often)[:_MOST_LEVELS])))


def numbers_of(columns: Columns, name: str, rows: int) -> Floats:
    """A feature as numbers, NaN where it is missing or no number."""
    column = columns.get(name)
    if column is None:
        return np.full(rows, np.nan)
    worded = isinstance(column, Coded) or column.dtype == object
    numbers = mapped(column, _read) if worded else np.asarray(column, dtype=float)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _codes(columns: Columns, word: Categorical, rows: int) -> Floats:
    column = columns.get(word.name)
    if column is None:
        return np.full(rows, np.nan)
    places = {level: float(code) for code, level in enumerate(word.levels)}
    if column.dtype == object:
        return mapped(column, lambda word: places.get(str(word), np.nan))
    return mapped(column, lambda value: places.get(f"{value:g}", np.nan))


def mapped(column: NDArray[Any] | Coded, figure: Callable[[object], float]) -> Floats:
    """A figure for each of its values; it is asked for once for each different one."""
    if isinstance(column, Coded):
        return np.array([figure(word) for word in column.words], dtype=float)[column.codes]
    values = column.tolist()
    figures = {value: figure(value) for value in set(values)}
    return np.fromiter(map(figures.__getitem__, values), dtype=float, count=len(values))


def _read(word: object) -> float:
    try:
        return float(str(word))
    except ValueError:
        return np.nan
