"""Rows of COPY ... TO in binary form (PostgreSQL, COPY, "Binary Format") as whole columns: compiled code walks over the
bytes without the interpreter's lock, so that a page of leads costs neither much time nor the dialing's turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.domain.errors import DatabaseUnavailable

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]
_HEADER = 19
"""Bytes before the first row, where no extension is announced."""


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """Fields of 8 bytes hold their bits, others where they begin; sizes are in bytes, -1 for null."""

    data: Bytes
    fields: Longs
    sizes: Longs

    def __len__(self) -> int:
        return int(self.fields.shape[1])

    def whole(self, place: int) -> Longs:
        """A column of bigint, or of timestamptz: microseconds since 2000; none may be null."""
        found: Longs = self.fields[place]
        return found

    def floats(self, place: int) -> NDArray[np.float64]:
        """A column of double precision; NaN: null."""
        return np.where(self.sizes[place] < 0, np.nan, self.fields[place].view(np.float64))

    def moments(self, place: int) -> NDArray[np.float64]:
        """A column of timestamptz as seconds since 1970; NaN: null."""
        seconds = self.fields[place] / 1e6 + 946_684_800.0
        return np.where(self.sizes[place] < 0, np.nan, seconds)

    def words(self, place: int) -> tuple[list[str], Longs]:
        """A column of text: the words that there are, and for each row which of them; a null is an empty one."""
        sizes = np.maximum(self.sizes[place], 0)
        codes, firsts = _compiled(_coded)(self.data, self.fields[place], sizes)
        told = zip(self.fields[place][firsts].tolist(), sizes[firsts].tolist(), strict=True)
        return [bytes(self.data[start : start + size]).decode() for start, size in told], codes


def copied_rows(copied: bytes, is_text: Sequence[bool]) -> CopiedRows:
    """Of columns that are text, or of 8 bytes each."""
    data = np.frombuffer(copied, dtype=np.uint8)
    most = max(0, len(data) - _HEADER) // (2 + 4 * len(is_text))
    fields, sizes = (np.zeros((len(is_text), most), dtype=np.int64) for _ in range(2))
    rows = _compiled(_walked)(data, _HEADER, np.array(is_text), fields, sizes)
    if rows < 0:
        raise DatabaseUnavailable("the database sent rows of another form than was asked for: is it PostgreSQL?")
    return CopiedRows(data, fields[:, :rows], sizes[:, :rows])


@cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    import numba  # noqa: PLC0415  takes a second, and only scoring needs it

    compiled: Callable[..., Any] = numba.njit(nogil=True)(function)
    return compiled


def _walked(data: Any, at: Any, is_text: Any, fields: Any, sizes: Any) -> int:
    """How many rows there are; -1: these are no rows of this form."""
    row, end = 0, len(data)
    while at + 2 <= end:
        count = (np.int64(data[at]) << 8) | np.int64(data[at + 1])
        at += 2
        if count == 0xFFFF:
            return row
        if count != len(is_text) or row >= fields.shape[1]:
            return -1
        for place in range(count):
            size = np.int64(0)
            if at + 4 > end:
                return -1
            for step in range(4):
                size = (size << 8) | np.int64(data[at + step])
            at += 4
            if size == 0xFFFFFFFF:
                sizes[place, row] = -1
                continue
            if at + size > end or not (is_text[place] or size == 8):
                return -1
            sizes[place, row] = size
            fields[place, row] = at
            if not is_text[place]:
                bits = np.int64(0)
                for step in range(8):
                    bits = (bits << 8) | np.int64(data[at + step])
                fields[place, row] = bits
            at += size
        row += 1
    return -1


def _coded(data: Any, starts: Any, sizes: Any) -> Any:
    """For each word its code, and for each code a row that has it."""
    rows, room = len(starts), 16
    while room < 2 * rows:
        room *= 2
    slots = np.full(room, -1, dtype=np.int64)
    codes, firsts = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    found = 0
    for row in range(rows):
        start, size = starts[row], sizes[row]
        mixed = np.uint64(14695981039346656037)  # FNV-1a
        for step in range(size):
            mixed = (mixed ^ np.uint64(data[start + step])) * np.uint64(1099511628211)
        slot = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(room - 1))
        while True:
            code = slots[slot]
            if code < 0:
                slots[slot], firsts[found] = found, row
                code = found
                found += 1
                break
            other = firsts[code]
            same = sizes[other] == size
            for step in range(size if same else 0):
                if data[starts[other] + step] != data[start + step]:
                    same = False
                    break
            if same:
                break
            slot = (slot + 1) & (room - 1)
        codes[row] = code
    return codes, firsts[:found]
