"""`dialer lists`."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.list_faults import fault_lines, faults_told, moment_of
from dialer.commands.progress import Seen, reading
from dialer.commands.screen import Screen, show
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from compliance.facts import Listing
    from dialer.domain.phone import PhoneNumber
    from dialer.settings import Settings
    from integrations.contact_db.national_lists import HeldList
    from integrations.lead_files.national_list_importer import ListOptions, ListSummary
    from integrations.lead_files.whole_list import ListProgress

lists = typer.Typer(
    no_args_is_help=True,
    help="National do-not-call lists, such as the American registry or the British TPS: import copies, and see them.",
)
Name = Annotated[str, typer.Option("--name", "-n", help="as rules name it, like US-DNC", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
Format = Literal["auto", "numbers", "dated", "area-codes"]
_LIST_COLUMNS = ("name", "state", "age_days", "max_age_days", "usable_until", "numbers", "copied_at", "rules", "source")
_LINES_A_WORD = 5_000_000


@lists.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="text, plain or in a .gz or .zip", show_default=False)],
    name: Name,
    copied_at: Annotated[
        str,
        typer.Option(
            "--copied-at",
            metavar="TIME",
            help="of when the copy is: 2026-11-20 (its first moment in UTC), or 2026-11-20T09:30-05:00",
            show_default=False,
        ),
    ],
    region: Annotated[
        str,
        typer.Option(
            help="of numbers without a country code, like US; else the country the name begins with", show_default=False
        ),
    ] = "",
    form: Annotated[
        Format,
        typer.Option("--format", help="a line's columns: number; number,day; area code,number (202,5550123)"),
    ] = "auto",
    report: Annotated[
        Path | None, typer.Option(help="where damaged lines are told; else FILE.rejected.csv", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check the whole file, and change nothing")] = False,
    skip_damaged: Annotated[
        int, typer.Option(min=0, metavar="N", help="leave up to so many damaged lines out; else one refuses the file")
    ] = 0,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="the list may name no number")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="though the copy held is newer, or has many more numbers")
    ] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Put a new copy of a list in the place of the one held: whole or not at all, and at once for every engine. Until
    then the old copy is looked up.

    One number a line, with a plus and its country code or as it is written in the region; a header may stand above.
    Leads that a national list had blocked are looked at again.

    Example: dialer lists import dnc.txt.gz --name US-DNC --copied-at 2026-11-20
    """
    from integrations.lead_files.national_list import ListFormat  # noqa: PLC0415
    from integrations.lead_files.national_list_importer import ListOptions  # noqa: PLC0415

    options = ListOptions(
        name=name,
        copied_at=moment_of(copied_at, "--copied-at"),
        region=region,
        form=ListFormat(form),
        report=report,
        dry_run=dry_run,
        skip_damaged=skip_damaged,
        allow_empty=allow_empty,
        force=force,
    )
    with faults_told():
        summary = asyncio.run(_import(file, options, chosen_settings(settings, database)))
    print("\n".join(summary_lines(summary, options)))


@lists.command("show")
def show_lists(as_json: AsJson = False, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """The lists that are here or that rules in force today ask for: how old each copy is, how old it may be, and
    whether it blocks calls because it is too old or not here.

    Example: dialer lists show --settings dialer.toml
    """
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.commands.list_words import list_rows  # noqa: PLC0415

    chosen = chosen_settings(settings, database)
    rules = compliance_rules(chosen.compliance.rules)

    async def seen() -> "tuple[list[HeldList], datetime]":
        return await _held(chosen), parse_clock(chosen.clock).now()

    held, now = asyncio.run(seen())
    rows = list_rows(held, rules, now)
    none = "" if rows else "no list is here, and no rule in force asks for one"
    show(Screen({"at": now.isoformat(), "items": rows}, _LIST_COLUMNS, words=none), as_json=as_json)


@lists.command("check")
def check_number(
    number: Annotated[str, typer.Argument(help="with a plus and its country code", show_default=False)],
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Whether a number is on each of the lists that are here, and since when.

    Our own do-not-call list is another: dialer dnc check.

    Example: dialer lists check +12025550123
    """
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415

    found = asyncio.run(_listings(PhoneNumber(number), chosen_settings(settings, database)))
    rows = [
        {
            "name": name,
            "listed": listing.listed,
            "since": listing.since.date().isoformat() if listing.since else None,
            "copied_at": listing.copied_at.isoformat(),
        }
        for name, listing in sorted(found.items())
    ]
    none = "" if rows else "no list is here"
    show(Screen({"items": rows}, ("name", "listed", "since", "copied_at"), words=none), as_json=as_json)


@lists.command("drop")
def drop_list(
    name: Annotated[str, typer.Argument(help="as it was imported", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="don't ask")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Forget a list. Rules that ask for it block every call they are about, until it is imported again.

    Example: dialer lists drop US-DNC --yes
    """
    chosen = chosen_settings(settings, database)
    if not yes and not _confirmed(f"Drop {name}? Rules that ask for it will block"):
        raise BadInput("nothing was dropped; --yes drops without asking", name)
    gone = asyncio.run(_drop(name, chosen))
    print(f"{gone.name} with its {gone.numbers:,} numbers is gone; rules that ask for it block from now on")


async def _import(file: Path, options: "ListOptions", settings: "Settings") -> "ListSummary":
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.contact_db.national_lists import DatabaseNationalLists  # noqa: PLC0415
    from integrations.lead_files.national_list_importer import import_list  # noqa: PLC0415

    async with chosen_database(settings) as database:
        with reading(_LINES_A_WORD) as move:
            known = DatabaseNationalLists(database)
            clock = parse_clock(settings.clock)
            return await import_list(file, options, known, lambda seen: move(_seen(seen)), clock=clock)


async def _held(settings: "Settings") -> "list[HeldList]":
    from integrations.contact_db.national_lists import DatabaseNationalLists  # noqa: PLC0415

    async with chosen_database(settings) as database:
        return await DatabaseNationalLists(database).held()


async def _listings(number: "PhoneNumber", settings: "Settings") -> "dict[str, Listing]":
    from integrations.contact_db.national_lists import DatabaseNationalLists  # noqa: PLC0415

    async with chosen_database(settings) as database:
        return dict((await DatabaseNationalLists(database).listed([number]))[number])


async def _drop(name: str, settings: "Settings") -> "HeldList":
    from integrations.contact_db.national_lists import DatabaseNationalLists  # noqa: PLC0415

    async with chosen_database(settings) as database:
        return await DatabaseNationalLists(database).drop(name)


def _confirmed(question: str) -> bool:
    return sys.stdin.isatty() and typer.confirm(question, err=True)


def _seen(seen: "ListProgress") -> Seen:
    words = f"{seen.lines:,} lines, {seen.damaged:,} damaged"
    if seen.done >= seen.total:
        words += "; making the index"
    share = 100 * seen.done / max(1, seen.total)
    return Seen(seen.done, seen.total, seen.lines, words, f"{seen.lines:,} lines read ({share:.0f}%)")


def summary_lines(summary: "ListSummary", options: "ListOptions") -> list[str]:
    speed = summary.lines / max(summary.seconds, 1e-3)
    lines = [f"read as {summary.about}: {summary.lines:,} lines in {summary.seconds:.1f} s ({speed:,.0f} a second)"]
    if summary.damaged:
        lines += [f"left out, since {options.skip_damaged:,} may be:"]
        lines += fault_lines(summary.faults, summary.damaged, summary.report)
    placed = summary.placed
    if placed is None:
        return [
            *lines,
            f"nothing was changed; {options.name} would be the copy of {options.copied_at:%Y-%m-%d}, and "
            f"{summary.blocked_leads:,} leads that a national list blocks would be looked at again",
        ]
    before = (
        f"in the place of {placed.replaced.numbers:,} of {placed.replaced.copied_at:%Y-%m-%d}"
        if placed.replaced
        else "the first copy of it"
    )
    return [
        *lines,
        f"{options.name} has {placed.numbers:,} numbers now, as of {options.copied_at:%Y-%m-%d}, {before}; "
        f"{placed.duplicates:,} lines named a number again",
        f"{placed.leads:,} leads that a national list had blocked are looked at again",
    ]
