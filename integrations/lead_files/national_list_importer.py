"""Importing a national do-not-call list: the file is read and checked while PostgreSQL takes what was read before.

Whole or not at all: a list with a hole lets a number be called that is on it, so one damaged line more than was allowed
refuses the file. It is still read to its end, to tell all that is wrong with it.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dialer.clock import Clock, SystemClock
from dialer.domain.errors import BadInput
from integrations.contact_db.national_lists import DatabaseNationalLists, ListLoad, Placed
from integrations.lead_files.fault import Fault
from integrations.lead_files.national_list import Batch, ListFormat, NationalListFile
from integrations.lead_files.national_numbers import is_region
from integrations.lead_files.report import Report, default_report

SHOWN_FAULTS = 20
MOST_FAULTS = 100_000
"""At so many damaged lines the file is given up: it is no such list."""
_AHEAD = 4
"""Batches read ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    name: str
    """As rules name it, like US-DNC."""
    copied_at: datetime
    """Of when the copy is."""
    region: str = ""
    """Of numbers without a country code (ISO 3166); empty: the country that the list's name begins with."""
    form: ListFormat = ListFormat.AUTO
    report: Path | None = None
    """Where damaged lines are told; None: FILE.rejected.csv."""
    dry_run: bool = False
    skip_damaged: int = 0
    """So many damaged lines may be left out."""
    allow_empty: bool = False
    force: bool = False
    """Take a copy that is older, or much smaller, than the one held."""


@dataclass(frozen=True, slots=True)
class ListProgress:
    done: int
    """How far the file is read, in its bytes; `total` when all that remains is the database's work."""
    total: int
    lines: int
    damaged: int


@dataclass(frozen=True, slots=True)
class ListSummary:
    """What an import did; of a dry run, what it found."""

    about: str
    """What the file was taken for."""
    lines: int
    """Blank ones and a header not counted."""
    damaged: int
    """Left out."""
    faults: tuple[Fault, ...]
    """The first of them."""
    report: Path | None
    placed: Placed | None
    """None: a dry run."""
    blocked_leads: int
    """Of a dry run: leads that would be looked at again."""
    seconds: float


class DamagedList(BadInput):
    """A file with more damaged lines than may be left out."""

    def __init__(self, reason: str, place: str, damaged: int, faults: tuple[Fault, ...], report: Path | None) -> None:
        super().__init__(reason, place)
        self.damaged = damaged
        self.faults = faults
        """The first of them."""
        self.report = report


async def import_list(
    file: Path,
    options: ListOptions,
    lists: DatabaseNationalLists,
    progress: Callable[[ListProgress], None] = lambda _: None,
    *,
    clock: Clock | None = None,
) -> ListSummary:
    """Put a new copy of a list in the place of the one held.

    DamagedList when lines are damaged, BadInput when the file can't be read to its end, is empty, or the copy is of a
    time to come; Conflict when it is older or much smaller than the one held, or while another import of the list
    runs. Then, and when it is cancelled, nothing has changed.
    """
    clock = clock or SystemClock()
    started, now = clock.monotonic(), clock.now()
    with closing(await asyncio.to_thread(_opened, file, options)) as source, _report(file, options) as report:
        tally = _Tally(file, source, options, report, progress)
        if options.dry_run:
            await lists.admit(options.name, options.copied_at, now, force=options.force)
            written = await _read(source, tally, None)
            placed, blocked = None, await lists.blocked_leads()
        else:
            where = f"file {file.name}"
            async with lists.loading(options.name, options.copied_at, now, where, force=options.force) as load:
                written = await _read(source, tally, load)
            placed, blocked = load.placed, 0
    seconds = clock.monotonic() - started
    return ListSummary(source.about, tally.lines, tally.damaged, tuple(tally.faults), written, placed, blocked, seconds)


def _opened(file: Path, options: ListOptions) -> NationalListFile:
    country = options.name[:2]
    region = options.region or (country if is_region(country) else "")
    # a day more than the copy's: it is of a moment in UTC, the days on it are of the registry's own clock
    latest = options.copied_at.date() + timedelta(days=1)
    return NationalListFile(file, latest, region=region, form=options.form)


def _report(file: Path, options: ListOptions) -> Report:
    return Report(options.report or default_report(file))


class _Tally:
    """Counts lines, and says when the file is refused."""

    def __init__(
        self,
        file: Path,
        source: NationalListFile,
        options: ListOptions,
        report: Report,
        progress: Callable[[ListProgress], None],
    ) -> None:
        self._file, self._options, self._report, self._progress = file, options, report, progress
        self._total = source.total
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


async def _read(source: NationalListFile, tally: _Tally, load: ListLoad | None) -> Path | None:
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


async def _store(ahead: asyncio.Queue[Batch | None], tally: _Tally, load: ListLoad | None) -> None:
    while (batch := await ahead.get()) is not None:
        tally.read(batch)
        if load is not None and not tally.refused:
            await load.add(batch.rows)
