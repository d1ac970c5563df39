"""`dialer export`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.settings import Settings


class What(StrEnum):
    ATTEMPTS = "attempts"
    OUTCOMES = "outcomes"
    TOUCHES = "touches"


class Form(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]


def export(
    what: Annotated[What, typer.Argument(help="what to write", show_default=False)],
    since: Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="then or later, UTC", show_default=False)],
    until: Annotated[datetime, typer.Option("--to", formats=_FORMATS, help="before then, UTC", show_default=False)],
    out: Annotated[Path, typer.Option(help="file to write; must not be there yet", show_default=False)],
    form: Annotated[Form, typer.Option("--format", help="csv or parquet")] = Form.CSV,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Write attempts, outcomes (with dispositions) or touches (messages, visits, replies) of a time to a file.

    Reads a page at a time, so calls go on beside it. Numbers are personal data: the file is for its owner alone.

    Example: dialer export outcomes --from 2026-11-01 --to 2026-12-01 --format parquet --out november.parquet
    """
    begins, ends = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in (since, until))
    if ends <= begins:
        raise BadInput("must be after --from", "--to")
    with counting(f"writing {what}") as moved:
        rows = asyncio.run(_export(chosen_settings(settings, database), what, (begins, ends), (out, form), moved))
    print(f"{rows} {what} are in {out}")
    if not rows:
        print("there were none in that time", file=sys.stderr)


async def _export(
    settings: "Settings",
    what: What,
    span: tuple[datetime, datetime],
    target: tuple[Path, Form],
    moved: Callable[[int, int | None], None],
) -> int:
    from integrations.contact_db.exporting import SOURCES, Exported, ExportReading  # noqa: PLC0415
    from integrations.exports.files import ExportFile  # noqa: PLC0415

    wanted, done = Exported(what), 0
    columns = {name: kind for name, (_, kind) in SOURCES[wanted].columns.items()}
    with ExportFile(*target, columns) as file:
        async with chosen_database(settings) as held:
            reading = ExportReading(held)
            total = await reading.count(wanted, *span)
            async for rows in reading.pages(wanted, *span):
                file.write(rows)
                done += len(rows)
                moved(done, total)
        file.publish()
    return done
