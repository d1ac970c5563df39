"""Reading a list about numbers to its end, whole or not at all, while the database takes what was read before.

A list with a hole lets a number be called that must not be, so one damaged line more than was allowed refuses the file.
It is still read to its end, to tell all that is wrong with it.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dialer.domain.errors import BadInput
from integrations.lead_files.fault import Fault
from integrations.lead_files.list_lines import Batch
from integrations.lead_files.report import Report

SHOWN_FAULTS = 20
MOST_FAULTS = 100_000
"""At so many damaged lines the file is given up: it is no such list."""
_AHEAD = 4
"""Batches read ahead."""


class Tolerance(Protocol):
    @property
    def skip_damaged(self) -> int:
        """So many damaged lines may be left out."""

    @property
    def allow_empty(self) -> bool: ...


class ListSource(Protocol):
    def batches(self) -> Iterator[Batch]:
        """All lines, once. BadInput when the file can't be read to its end."""


class ListLoad(Protocol):
    async def add(self, batch: bytes, /) -> None:
        """Take the rows of a batch."""


@dataclass(frozen=True, slots=True)
class ListProgress:
    done: int
    """How far the file is read, in its bytes; `total` when all that remains is the database's work."""
    total: int
    lines: int
    damaged: int


class DamagedList(BadInput):
    """A file with more damaged lines than may be left out."""

    def __init__(self, reason: str, place: str, damaged: int, faults: tuple[Fault, ...], report: Path | None) -> None:
        super().__init__(reason, place)
        self.damaged = damaged
        self.faults = faults
        """The first of them."""
        self.report = report


class Tally:
    """Counts lines, and says when the file is refused."""

    def __init__(
        self,
        file: Path,
        total: int,
        options: Tolerance,
        report: Report,
        progress: Callable[[ListProgress], None],
    ) -> None:
        self._file, self._options, self._report, self._progress = file, options, report, progress
        self._total = total
        self.lines = self.damaged = 0
        self.faults: list[Fault] = []

    @property
    def refused(self) -> bool:
        return self.damaged > self._options.skip_damaged

    def read(self, batch: Batch) -> None:
        self.lines += batch.good + len(batch.faults)
        self.damaged += len(batch.faults)
        self.faults += batch.faults[: SHOWN_FAULTS - len(self.faults)]
        self._report.add(batch.faults)
        self._progress(ListProgress(min(batch.done, self._total), self._total, self.lines, self.damaged))
        if self.refused and self.damaged >= MOST_FAULTS:
            self._refuse(f"no list of such numbers: given up at {self.damaged:,} damaged lines of {self.lines:,}")

    def ended(self) -> Path | None:
        """The report, if there is one. DamagedList or BadInput when the file as a whole is not to be taken."""
        self._progress(ListProgress(self._total, self._total, self.lines, self.damaged))
        if self.refused:
            self._refuse(f"{self.damaged:,} of {self.lines:,} lines are damaged, nothing was taken")
        if self.lines == self.damaged and not self._options.allow_empty:
            raise BadInput("names no number; a list that is truly empty must be allowed to be", str(self._file))
        return self._report.publish()

    def _refuse(self, reason: str) -> None:
        raise DamagedList(reason, str(self._file), self.damaged, tuple(self.faults), self._report.publish())


async def read_whole(source: ListSource, tally: Tally, load: ListLoad | None) -> Path | None:
    """All of the file. Where damaged lines are told, if there are any."""
    ahead: asyncio.Queue[Batch | None] = asyncio.Queue(_AHEAD)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_fill(source.batches(), ahead), name="read list")
            group.create_task(_store(ahead, tally, load), name="store list")
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return await asyncio.to_thread(tally.ended)


async def _fill(batches: Iterator[Batch], ahead: asyncio.Queue[Batch | None]) -> None:
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        await ahead.put(batch)
    await ahead.put(None)


async def _store(ahead: asyncio.Queue[Batch | None], tally: Tally, load: ListLoad | None) -> None:
    while (batch := await ahead.get()) is not None:
        tally.read(batch)
        if load is not None and not tally.refused:
            await load.add(batch.rows)
