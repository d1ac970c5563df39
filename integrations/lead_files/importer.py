"""Importing a list of leads: read, checked and loaded at the same time, whole or not at all.

A thread reads the file, processes check its rows, and PostgreSQL merges batch after batch in one transaction. What is
read ahead is bounded, so memory is too, however long the list.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from dialer.clock import Clock, SystemClock
from dialer.domain.campaign import Campaign
from dialer.domain.errors import BadInput, DialerError
from dialer.engine.scoring.contact_history import Rule, load_rule
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_loader import LeadLoader, Loaded, loading
from integrations.lead_files.chunk import Chunk, Table
from integrations.lead_files.mapping import ColumnMap, find_layout, load_layout, map_columns
from integrations.lead_files.normalising import Normalised, normalise
from integrations.lead_files.report import Report, default_report
from integrations.lead_files.row import RowReader
from integrations.lead_files.table import open_table

CHUNK_ROWS = 5_000
BATCH_ROWS = 100_000
_UnderWay = asyncio.Queue[asyncio.Future[Normalised] | None]
_AHEAD = 24
"""Chunks under way at once."""
_MANY_ROWS = 50_000
"""From so many on, processes are worth their start."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    default_region: str = "US"
    """Of numbers written without a country code."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field to the headers (or "#3") that hold it; see mapping.Field."""
    layout: str = ""
    """A layout's name; empty: known by the header, or by the header's words."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """What statuses of another dialer mean: dial, done or do_not_call."""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    report: Path | None = None
    """Where faults are told; None: FILE.rejected.csv."""
    dry_run: bool = False
    rule: Rule = field(default_factory=load_rule)
    """Points of past contacts, for the scores of new leads."""
    workers: int = 2
    """Processes that check rows, for big files."""


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    """How far the file is checked, in bytes, or in rows of a sheet."""
    total: int
    rows: int
    """Checked so far, good or not."""
    refused: int
    stored: int
    """Rows in the database, though not yet committed; behind `rows`."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did; of a dry run, what it would have done."""

    about: str
    """What the file was taken for."""
    mapping: str
    """Which columns were taken for what."""
    rows: int
    refused: int
    """Rows not taken; the report has them."""
    left_out: int
    """Values not taken of rows that were."""
    reasons: Mapping[str, int]
    """Why, by count, the commonest first."""
    duplicates: int
    """Rows merged into a contact that an earlier row of the file named."""
    loaded: Loaded
    report: Path | None
    seconds: float
    dry_run: bool

    @property
    def changes_nothing(self) -> bool:
        done = self.loaded
        return not (done.new or done.changed or done.new_leads or done.listed or done.consents)


async def import_leads(
    file: Path,
    campaign: Campaign,
    database: ContactDatabase,
    options: ImportOptions | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    clock: Clock | None = None,
) -> ImportSummary:
    """Load a list into a campaign. Rows that can't be taken are left out and told in the report.

    BadInput when the file can't be read as a list to its end, Conflict while another import runs; then, and when it is
    cancelled, nothing has changed.
    """
    options, clock = options or ImportOptions(), clock or SystemClock()
    started = clock.monotonic()
    job = await asyncio.to_thread(_open, file, options, clock.now())
    rule, keep = options.rule, not options.dry_run
    with closing(job.table), Report(options.report or default_report(file)) as report:
        tally = _Tally(job.table.total, report, progress)
        async with loading(database, campaign.id, rule, f"list {file.name}", job.now, keep=keep) as loader:
            await _load(job, loader, tally)
            loaded = await loader.loaded()
            written = await asyncio.to_thread(report.publish)
    return ImportSummary(
        about=job.table.about,
        mapping=job.columns.in_words(),
        rows=tally.rows,
        refused=tally.rows - tally.good,
        left_out=tally.left_out,
        reasons=dict(tally.reasons.most_common()),
        duplicates=tally.good - loaded.contacts,
        loaded=loaded,
        report=written,
        seconds=clock.monotonic() - started,
        dry_run=options.dry_run,
    )


@dataclass(frozen=True, slots=True)
class _Job:
    file: Path
    table: Table
    columns: ColumnMap
    region: str
    now: datetime
    workers: int


def _open(file: Path, options: ImportOptions, now: datetime) -> _Job:
    reopen = partial(open_table, file, encoding=options.encoding, delimiter=options.delimiter, sheet=options.sheet)
    table = reopen()
    try:
        layout = load_layout(options.layout) if options.layout else find_layout(table.columns)
        if layout and not layout.quoted:
            table.close()
            table = reopen(quoted=False)
        columns = map_columns(table.columns, options.columns, layout, options.statuses)
        RowReader(columns, options.default_region, now)
    except BaseException:
        table.close()
        raise
    workers = options.workers if table.expected_rows >= _MANY_ROWS else 0
    return _Job(file, table, columns, options.default_region, now, workers)


class _Tally:
    """Counts what was checked and stored, and tells it."""

    def __init__(self, total: int, report: Report, progress: Callable[[Progress], None]) -> None:
        self._total, self._report, self._progress = total, report, progress
        self.rows = self.good = self.left_out = 0
        self.reasons: Counter[str] = Counter()
        self._done = self._stored = 0

    def checked(self, chunk: Normalised) -> None:
        self.rows += chunk.rows
        self.good += chunk.good
        self._done = chunk.done
        self.left_out += sum(not fault.refused for fault in chunk.faults)
        self.reasons.update(f"{fault.column}: {fault.reason}".removeprefix(": ") for fault in chunk.faults)
        self._report.add(chunk.faults)
        self._tell()

    def stored(self, rows: int) -> None:
        self._stored += rows
        self._tell()

    def _tell(self) -> None:
        self._progress(Progress(self._done, self._total, self.rows, self.rows - self.good, self._stored))


async def _load(job: _Job, loader: LeadLoader, tally: _Tally) -> None:
    under_way: _UnderWay = asyncio.Queue(_AHEAD)
    with _executor(job.workers) as executor:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_read(job, executor, under_way), name=f"read {job.file.name}")
                group.create_task(_store(under_way, loader, tally), name=f"store {job.file.name}")
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _read(job: _Job, executor: Executor, under_way: _UnderWay) -> None:
    loop = asyncio.get_running_loop()
    chunks = job.table.chunks(CHUNK_ROWS)
    while (chunk := await asyncio.to_thread(_next, chunks, job.file)) is not None:
        await under_way.put(loop.run_in_executor(executor, normalise, job.columns, job.region, job.now, chunk))
    await under_way.put(None)


def _next(chunks: Iterator[Chunk], file: Path) -> Chunk | None:
    try:
        return next(chunks, None)
    except OSError as error:
        raise BadInput(f"can't be read to its end: {error.strerror or error}", str(file)) from error


async def _store(under_way: _UnderWay, loader: LeadLoader, tally: _Tally) -> None:
    batch: list[bytes] = []
    rows = 0
    while (checking := await under_way.get()) is not None:
        try:
            checked = await checking
        except BrokenProcessPool:
            raise DialerError("a process that checked rows was ended from outside: out of memory?") from None
        tally.checked(checked)
        batch.append(checked.staged)
        rows += checked.good
        if rows >= BATCH_ROWS:
            await loader.load(b"".join(batch))
            tally.stored(rows)
            batch, rows = [], 0
    if rows:
        await loader.load(b"".join(batch))
        tally.stored(rows)


@contextmanager
def _executor(workers: int) -> Iterator[Executor]:
    """Processes, or a thread when none are wanted. Spawned: a fork of a process that has threads may hang."""
    executor: Executor = (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers else ThreadPoolExecutor(1)
    )
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
