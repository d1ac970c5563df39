"""Made-up rows in the form of COPY BINARY (PostgreSQL, COPY, "Binary Format"), whole columns at once: so that what is
measured is the server and not this process."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_KINDS = {"i": ">i", "u": ">i", "f": ">f"}
Column = NDArray[np.generic]
Text = NDArray[np.bytes_]


def rows_of(columns: Mapping[str, Column]) -> bytes:
    """All rows, without head and end. Columns are of numbers, which become bigint, integer or smallint by their size
    and double precision, or of byte strings of one length each, which are sent as they are (text, and jsonb)."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, column in columns.items():
        kind, size = column.dtype.kind, column.dtype.itemsize
        layout += [(f"{name} size", ">i4"), (name, f"S{size}" if kind == "S" else f"{_KINDS[kind]}{size}")]
    made = np.empty(len(next(iter(columns.values()))), dtype=layout)
    made["fields"] = len(columns)
    for name, column in columns.items():
        made[f"{name} size"] = column.dtype.itemsize
        made[name] = column
    return made.tobytes()


def digits(numbers: NDArray[np.int64], width: int) -> Text:
    """Numbers as texts of one length, with leading zeros."""
    places = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    figures = (numbers[:, None] // places % 10 + ord("0")).astype(np.uint8)
    return np.ascontiguousarray(figures).view(f"S{width}")[:, 0]


def joined(*parts: Text) -> Text:
    """Texts of one length each after each other, row by row."""
    rows = [np.ascontiguousarray(part).view(np.uint8).reshape(len(part), part.itemsize) for part in parts]
    glued = np.concatenate(rows, axis=1)
    return glued.view(f"S{glued.shape[1]}")[:, 0]


def moments(seconds: NDArray[np.float64], since: datetime) -> NDArray[np.int64]:
    """Times as timestamptz has them: microseconds since 2000."""
    start = round((since - _EPOCH).total_seconds() * 1e6)
    return (seconds * 1e6).astype(np.int64) + start
