"""Rows on their way from a file: what every kind of table gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from integrations.lead_files.fault import Fault


@dataclass(slots=True)
class Chunk:
    """Some rows in order. `lines[i]` is the line of `rows[i]`; rows that can't be told apart are faults."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    done: int = 0
    """How far the file is read, in the table's own measure."""

    def __len__(self) -> int:
        return len(self.rows) + len(self.faults)


class Table(Protocol):
    @property
    def columns(self) -> tuple[str, ...]:
        """Headers, trimmed; some may be empty or double."""

    @property
    def about(self) -> str:
        """What the file was taken for, e.g. "CSV in utf-8, separated by comma"."""

    @property
    def total(self) -> int:
        """All there is, in the measure of `Chunk.done` (bytes or rows)."""

    @property
    def expected_rows(self) -> int:
        """About how many rows there are."""

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows below the header, at most `size` at a time, once. OSError when the file can't be read on."""

    def close(self) -> None: ...
