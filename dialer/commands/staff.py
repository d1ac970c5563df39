"""`dialer staff`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.screen import Screen, show
from dialer.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from dialer.domain.staff import Stay
    from dialer.settings import Settings

staff = typer.Typer(
    no_args_is_help=True,
    help="Who sits where: agents' teams, rooms and centres, from lists, with its history; the daily report goes by it.",
)
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
_COLUMNS = ("agent", "team", "room", "centre", "from", "to")


@staff.command("import")
def import_staff(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX", show_default=False)],
    zone: Annotated[
        str, typer.Option(help="of times that name none, as Europe/Berlin; left out: that of [report]")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="where refused rows are told; else FILE.rejected.csv", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and change nothing")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Take a list of who sits where: columns agent, team, room, centre, and from when.

    `from` is a date or a time, as 2026-11-28T12:00; without it a row counts from today's beginning. A row that says
    what is known changes nothing; another moves its agent, and where it was before stays known. A row without team,
    room and centre takes its agent out. Who is not in the list stays where it is.

    Example: dialer staff import floor.csv --zone Europe/Berlin
    """
    chosen = chosen_settings(settings, database)
    print("\n".join(asyncio.run(_import(chosen, file, _zone(zone or chosen.report.zone), report, dry_run=dry_run))))


@staff.command("list")
def list_staff(
    at: Annotated[
        str, typer.Option(metavar="TIME", help="as 2026-11-28T12:00+01:00, UTC if not said; left out: now")
    ] = "",
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Who sits where, now or at another time.

    Example: dialer staff list --at 2026-11-28T12:00+01:00
    """
    stays = asyncio.run(_at(chosen_settings(settings, database), at))
    if stays or as_json:
        show(Screen({"items": [_row(one) for one in stays]}, _COLUMNS), as_json=as_json)
    else:
        print("nobody said who sits where: dialer staff import")


@staff.command("history")
def staff_history(
    agent: Annotated[str, typer.Argument(help="its number", show_default=False)],
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Where an agent was, since when and until when.

    Example: dialer staff history 1001
    """
    stays = asyncio.run(_history(chosen_settings(settings, database), agent))
    show(Screen({"items": [_row(one) for one in stays]}, _COLUMNS), as_json=as_json)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("is no time zone of the IANA's list, as Europe/Berlin", "--zone") from None


def _row(stay: "Stay") -> dict[str, Any]:
    return {
        "agent": stay.agent,
        "team": stay.seat.team,
        "room": stay.seat.room,
        "centre": stay.seat.centre,
        "from": stay.begins_at.isoformat(),
        "to": None if stay.ends_at is None else stay.ends_at.isoformat(),
    }


async def _import(settings: "Settings", file: Path, zone: ZoneInfo, report: Path | None, *, dry_run: bool) -> list[str]:
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.contact_db.agent_book import DatabaseAgentBook  # noqa: PLC0415
    from integrations.contact_db.staff_book import DatabaseStaffBook  # noqa: PLC0415
    from integrations.lead_files.report import Report, default_report  # noqa: PLC0415
    from integrations.lead_files.staff_file import moves_of, read_staff  # noqa: PLC0415

    today = parse_clock(settings.clock).now().astimezone(zone).date()
    rows, faults = read_staff(file, zone, today)
    with Report(report or default_report(file)) as told:
        async with chosen_database(settings) as held:
            book = DatabaseStaffBook(held)
            enrolled = {one.id for one in await DatabaseAgentBook(held).agents()}
            moves, refused = moves_of(rows, enrolled, await book.last())
            if not dry_run:
                await book.move(moves)
        told.add(sorted([*faults, *refused]))
        written = told.publish()
    count = len(faults) + len(refused)
    lines = [f"{len(rows) + len(faults):,} rows, {count:,} refused", f"{len(moves):,} moves {_done(dry_run)}"]
    lines += [f"  line {one.line}, {one.column or 'row'}: {one.reason}" for one in sorted([*faults, *refused])[:10]]
    return [*lines, f"refused rows: {written}"] if written else lines


def _done(dry_run: bool) -> str:
    return "would be noted; nothing was changed" if dry_run else "are noted"


async def _at(settings: "Settings", written: str) -> "list[Stay]":
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.contact_db.staff_book import DatabaseStaffBook  # noqa: PLC0415

    try:
        at = datetime.fromisoformat(written) if written else parse_clock(settings.clock).now()
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        after = datetime.fromtimestamp(at.timestamp() + 1, UTC)
    except (ValueError, OverflowError):
        raise BadInput("must be like 2026-11-28T12:00+01:00", "--at") from None
    async with chosen_database(settings) as held:
        return [one for one in await DatabaseStaffBook(held).stays(at, after) if one.holds(at)]


async def _history(settings: "Settings", agent: str) -> "list[Stay]":
    from dialer.domain.ids import AgentId  # noqa: PLC0415
    from integrations.contact_db.staff_book import DatabaseStaffBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        stays = await DatabaseStaffBook(held).history(AgentId(agent))
    if not stays:
        raise NotFound(f"nobody said where agent {agent} sits")
    return list(stays)
