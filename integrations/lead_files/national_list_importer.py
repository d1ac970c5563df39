"""Importing a national do-not-call list: the file is read and checked while PostgreSQL takes what was read before.

Whole or not at all: a list with a hole lets a number be called that is on it, so one damaged line more than was allowed
refuses the file. It is still read to its end, to tell all that is wrong with it.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dialer.clock import Clock, SystemClock
from integrations.contact_db.national_lists import DatabaseNationalLists, Placed
from integrations.lead_files.fault import Fault
from integrations.lead_files.national_list import ListFormat, NationalListFile
from integrations.lead_files.national_numbers import is_region
from integrations.lead_files.report import Report, default_report
from integrations.lead_files.whole_list import ListProgress, Tally, read_whole


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
        tally = Tally(file, source.total, options, report, progress)
        if options.dry_run:
            await lists.admit(options.name, options.copied_at, now, force=options.force)
            written = await read_whole(source, tally, None)
            placed, blocked = None, await lists.blocked_leads()
        else:
            where = f"file {file.name}"
            async with lists.loading(options.name, options.copied_at, now, where, force=options.force) as load:
                written = await read_whole(source, tally, load)
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
