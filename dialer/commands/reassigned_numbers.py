"""`dialer lists reassigned`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.list_faults import fault_lines, faults_told, moment_of
from dialer.commands.progress import Seen, reading

if TYPE_CHECKING:
    from dialer.settings import Settings
    from integrations.lead_files.reassigned_importer import AnswerOptions, AnswerSummary
    from integrations.lead_files.whole_list import ListProgress

_LINES_A_WORD = 500_000


def add_reassigned(lists: typer.Typer) -> None:
    lists.command("reassigned")(import_answers_of)


def import_answers_of(
    file: Annotated[Path, typer.Argument(help="CSV, plain or in a .gz or .zip", show_default=False)],
    checked_at: Annotated[
        str,
        typer.Option(
            "--checked-at",
            metavar="TIME",
            help="when the database was asked: 2026-11-20 (its first moment in UTC), or 2026-11-20T09:30-05:00",
            show_default=False,
        ),
    ],
    region: Annotated[str, typer.Option(help="of numbers without a country code")] = "US",
    report: Annotated[
        Path | None, typer.Option(help="where damaged lines are told; else FILE.rejected.csv", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and change nothing")] = False,
    skip_damaged: Annotated[
        int, typer.Option(min=0, metavar="N", help="leave up to so many damaged lines out; else one refuses the file")
    ] = 0,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Set on contacts' numbers what the American reassigned numbers database answered of them: whole or not at all.

    A line is number,since,answer; a header may stand above. The answer to "was it permanently disconnected since that
    day?" is yes, no, or no data: the number then counts as not asked about. Of several lines about a number the worst
    counts; a number that was asked about later stays as it is. Leads that wanted an answer are looked at again.

    Example: dialer lists reassigned answers.csv --checked-at 2026-11-20T09:30-05:00
    """
    from integrations.lead_files.reassigned_importer import AnswerOptions  # noqa: PLC0415

    options = AnswerOptions(
        checked_at=moment_of(checked_at, "--checked-at"),
        region=region,
        report=report,
        dry_run=dry_run,
        skip_damaged=skip_damaged,
    )
    with faults_told():
        summary = asyncio.run(_import(file, options, chosen_settings(settings, database)))
    print("\n".join(summary_lines(summary, options)))


async def _import(file: Path, options: "AnswerOptions", settings: "Settings") -> "AnswerSummary":
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.lead_files.reassigned_importer import import_answers  # noqa: PLC0415

    async with chosen_database(settings) as database:
        with reading(_LINES_A_WORD) as move:
            clock = parse_clock(settings.clock)
            return await import_answers(file, options, database, lambda seen: move(_seen(seen)), clock=clock)


def _seen(seen: "ListProgress") -> Seen:
    words = f"{seen.lines:,} lines, {seen.damaged:,} damaged"
    share = 100 * seen.done / max(1, seen.total)
    return Seen(seen.done, seen.total, seen.lines, words, f"{seen.lines:,} lines read ({share:.0f}%)")


def summary_lines(summary: "AnswerSummary", options: "AnswerOptions") -> list[str]:
    told = summary.answered
    would = "would be " if options.dry_run else "are "
    lines = [f"{summary.lines:,} lines in {summary.seconds:.1f} s, about {told.numbers:,} numbers"]
    if summary.damaged:
        lines += [f"left out, since {options.skip_damaged:,} may be:"]
        lines += fault_lines(summary.faults, summary.damaged, summary.report)
    lines += ["nothing was changed"] if options.dry_run else []
    return [
        *lines,
        f"{told.known:,} of them are contacts': {told.given_up:,} given up, {told.cleared:,} without data, "
        f"{told.later:,} left, since they were asked about later",
        f"{told.leads:,} leads that wanted an answer {would}looked at again",
    ]
