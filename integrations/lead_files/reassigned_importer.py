"""Importing what the reassigned numbers database answered: the file is checked while PostgreSQL takes what was read."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dialer.clock import Clock, SystemClock
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.reassigned_numbers import Answered, loading, refuse_time
from integrations.lead_files.fault import Fault
from integrations.lead_files.reassigned_file import ReassignedFile
from integrations.lead_files.report import Report, default_report
from integrations.lead_files.whole_list import ListProgress, Tally, read_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions:
    checked_at: datetime
    """When the database was asked."""
    region: str = "US"
    """Of numbers without a country code (ISO 3166)."""
    report: Path | None = None
    """Where damaged lines are told; None: FILE.rejected.csv."""
    dry_run: bool = False
    skip_damaged: int = 0
    """So many damaged lines may be left out."""
    allow_empty: bool = True
    """A file without answers changes nothing."""


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """What an import did; of a dry run, what it would have done."""

    lines: int
    """Blank ones and a header not counted."""
    damaged: int
    """Left out."""
    faults: tuple[Fault, ...]
    """The first of them."""
    report: Path | None
    answered: Answered
    seconds: float


async def import_answers(
    file: Path,
    options: AnswerOptions,
    database: ContactDatabase,
    progress: Callable[[ListProgress], None] = lambda _: None,
    *,
    clock: Clock | None = None,
) -> AnswerSummary:
    """Set on every contact's number what the database answered of it; a number that was asked about later stays so.

    DamagedList when lines are damaged, BadInput when the file can't be read to its end or the answers are of a time to
    come, Conflict while another import runs. Then, and when it is cancelled, nothing has changed.
    """
    clock = clock or SystemClock()
    started, now = clock.monotonic(), clock.now()
    refuse_time(options.checked_at, now)
    latest = options.checked_at.astimezone(UTC).date()
    opened = await asyncio.to_thread(ReassignedFile, file, latest, options.region)
    with closing(opened) as source, Report(options.report or default_report(file)) as report:
        tally = Tally(file, source.total, options, report, progress)
        async with loading(database, options.checked_at, now, keep=not options.dry_run) as load:
            written = await read_whole(source, tally, load)
    assert load.answered is not None
    seconds = clock.monotonic() - started
    return AnswerSummary(tally.lines, tally.damaged, tuple(tally.faults), written, load.answered, seconds)
