"""`dialer leads`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_settings
from dialer.commands.over_api import over_api
from dialer.commands.progress import Seen, reading
from dialer.commands.screen import Screen
from dialer.domain.errors import BadInput, NotFound
from dialer.domain.lead import LeadStatus

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient
    from dialer.domain.campaign import Campaign
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase
    from integrations.lead_files.importer import ImportOptions, ImportSummary
    from integrations.lead_files.importer import Progress as SeenProgress

leads = typer.Typer(no_args_is_help=True, help="Import lists of leads, and see them.")
Campaign_ = Annotated[str, typer.Option("--campaign", "-c", help="the campaign's name", show_default=False)]
_ROWS_A_LINE = 50_000


@leads.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX", show_default=False)],
    campaign: Campaign_,
    create_campaign: Annotated[bool, typer.Option("--create-campaign", help="make it if there is none")] = False,
    region: Annotated[
        str,
        typer.Option(help="of numbers without a country code, like US; else as in the settings", show_default=False),
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=HEADER or FIELD=#3; may be repeated", show_default=False)
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="STATUS=dial, STATUS=done or STATUS=do_not_call; may be repeated", show_default=False),
    ] = None,
    layout: Annotated[str, typer.Option(help="a known layout, like vicidial; else found by the header")] = "",
    encoding: Annotated[str, typer.Option(help="like utf-8 or cp1252; else found")] = "",
    delimiter: Annotated[str, typer.Option(help="between columns; else found")] = "",
    sheet: Annotated[str, typer.Option(help="of an XLSX; else the first")] = "",
    report: Annotated[
        Path | None, typer.Option(help="where refused rows are told; else FILE.rejected.csv", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be done, and change nothing")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes that check rows of big files")] = 2,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Load a list into a campaign, whole or not at all. Rows that can't be taken are told in a report beside it.

    Fields are phone, phone_code, name, first_name, last_name, external_key, score, time_zone, region (of the contact's
    address, as US-TX), born_on, purchased_at, inquired_at and status; every other column becomes an attribute of the
    contact.
    The same list again changes nothing.

    Consent is consent_purpose, consent_at and consent_proof, with consent_wording and consent_expires_at if need be: a
    row that says some of it and not where the proof is kept is refused. Times are 2026-01-31, the day's first moment in
    UTC, or 2026-01-31T09:30-05:00.

    Example: dialer leads import list.csv --campaign autumn --create-campaign --column phone=Mobile
    """
    from integrations.lead_files.importer import ImportOptions  # noqa: PLC0415

    chosen = chosen_settings(settings, database)
    options = ImportOptions(
        default_region=region or chosen.compliance.default_region,
        columns=_grouped(column or (), "--column"),
        layout=layout,
        statuses={name: words[-1] for name, words in _grouped(status or (), "--status").items()},
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        report=report,
        dry_run=dry_run,
        workers=workers,
    )
    summary = asyncio.run(_import(file, campaign, create_campaign, options, chosen))
    print("\n".join(summary_lines(summary)))


@leads.command("sample")
def sample(
    file: Annotated[Path, typer.Argument(help="CSV to write", show_default=False)],
    rows: Annotated[int, typer.Option(min=1, max=1_000_000, help="leads")] = 1000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same list")] = 1,
) -> None:
    """Write a list of fictional leads, to try things with: their numbers are reserved for fiction, and ring nowhere.

    Example: dialer leads sample leads.csv --rows 500
    """
    from integrations.lead_files.sample import write_sample  # noqa: PLC0415

    write_sample(file, rows, seed)
    print(f"{rows:,} fictional leads are in {file}")


@over_api(leads, "add")
async def add_lead(
    client: "ApiClient",
    campaign: Annotated[str, typer.Argument(help="the campaign's name", show_default=False)],
    numbers: Annotated[list[str], typer.Argument(help="E.164, in order of preference", show_default=False)],
    name: Annotated[str, typer.Option(help="the person's", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="the person's key in your own systems", show_default=False)] = "",
    score: Annotated[float, typer.Option(help="the higher the earlier")] = 0.0,
) -> Screen:
    """Add one lead; a person who is known by the key is found again.

    Example: dialer leads add spring +12125550100 --name "Ada Byron" --key K-7
    """
    body = {"campaign": campaign, "numbers": numbers, "name": name, "external_key": key, "score": score}
    answer = await client.ask("POST", "leads", body=body)
    return Screen(answer, words=f"lead {answer['id']} of campaign {campaign}")


@over_api(leads, "list")
async def list_leads(
    client: "ApiClient",
    campaign: Campaign_,
    status: Annotated[LeadStatus | None, typer.Option(help="in this state alone", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100,
    after: Annotated[int | None, typer.Option(help="the page after this", show_default=False)] = None,
) -> Screen:
    """A campaign's leads.

    Example: dialer leads list --campaign autumn --status blocked
    """
    query = {"campaign": campaign, "status": status, "limit": limit, "after": after}
    columns = ("id", "name", "status", "reason", "score", "attempts", "due_at", "last_outcome", "disposition")
    return Screen(await client.ask("GET", "leads", query=query), columns)


@over_api(leads, "counts")
async def count_leads(client: "ApiClient", campaign: Campaign_) -> Screen:
    """A campaign's leads by status, and why those that can't be dialed can't.

    Example: dialer leads counts --campaign autumn
    """
    return Screen(await client.ask("GET", "leads", "counts", query={"campaign": campaign}))


async def _import(
    file: Path, name: str, create: bool, options: "ImportOptions", settings: "Settings"
) -> "ImportSummary":
    from dialer.bootstrap import contact_database  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.lead_files.importer import import_leads  # noqa: PLC0415

    async with (
        contact_database(settings) as database,
        _campaign(database, name, create and not options.dry_run) as campaign,
    ):
        with reading(_ROWS_A_LINE) as move:
            return await import_leads(
                file, campaign, database, options, lambda seen: move(_seen(seen)), clock=parse_clock(settings.clock)
            )


@asynccontextmanager
async def _campaign(database: "ContactDatabase", name: str, create: bool) -> "AsyncIterator[Campaign]":
    """The campaign of this name; one that had to be made goes again if the import fails."""
    from dialer.domain.campaign import CampaignPlan  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    book = DatabaseCampaignBook(database)
    try:
        known = await book.campaign(name)
    except NotFound:
        if not create:
            raise NotFound(f"no campaign {name!r}; --create-campaign makes it (but no dry run does)") from None
    else:
        yield known
        return
    made = await book.create(CampaignPlan(name))
    try:
        yield made
    except BaseException:
        await book.discard(made.id)
        raise


def _seen(seen: "SeenProgress") -> Seen:
    share = 100 * seen.done / max(1, seen.total)
    return Seen(
        seen.done,
        seen.total,
        seen.rows,
        f"{seen.rows:,} rows, {seen.refused:,} refused, {seen.stored:,} stored",
        f"{seen.rows:,} rows checked ({share:.0f}%), {seen.stored:,} stored",
    )


def summary_lines(summary: "ImportSummary") -> list[str]:
    loaded = summary.loaded
    would = "would be " if summary.dry_run else ""
    lines = [
        f"read as {summary.about}: {summary.mapping}",
        f"{summary.rows:,} rows in {summary.seconds:.1f} s; {summary.refused:,} refused, "
        f"{summary.duplicates:,} merged into earlier ones",
        f"contacts: {loaded.new:,} {would}new, {loaded.changed:,} {would}changed, {loaded.unchanged:,} as they were; "
        f"{loaded.new_leads:,} {would}new leads, {loaded.listed:,} numbers {would}new on the do-not-call list, "
        f"{loaded.consents:,} {would}new words of consent",
    ]
    lines += [f"  {count:,} x {reason}" for reason, count in summary.reasons.items()]
    if summary.report is not None:
        lines.append(f"what was not taken, row by row: {summary.report}")
    return lines


def _grouped(pairs: Sequence[str], option: str) -> dict[str, list[str]]:
    """FIELD=HEADER ... by field, in their order."""
    groups: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise BadInput("must be like NAME=VALUE", f"{option} {pair}")
        groups.setdefault(name, []).append(value)
    return groups
