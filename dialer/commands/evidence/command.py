"""`dialer compliance evidence`."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.domain.errors import BadInput
from dialer.domain.ids import AttemptId

if TYPE_CHECKING:
    from compliance.rulebook import Rules
    from dialer.commands.evidence.file import Form
    from dialer.commands.evidence.gather import Asked
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase


def add_evidence(app: typer.Typer) -> None:
    """Put the command on evidence beside those on rules."""
    app.command("evidence")(evidence)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where evidence goes, and from what it is made."""

    settings: "Settings"
    rules: "Rules"
    now: datetime
    out: Path
    form: "Form"


def evidence(
    out: Annotated[
        Path, typer.Option(help="the file to write, .html for readers or .json for programs", show_default=False)
    ],
    attempt: Annotated[
        str | None, typer.Option(metavar="ID", help="of this one call alone", show_default=False)
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="2026-07-01, or 2026-07-01T00:00-04:00; UTC, if not said", show_default=False
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="TIME", help="the end, which is no longer in it", show_default=False)
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="of a period: this campaign alone", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite the file if it exists")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Evidence of one call, or of a period, as a file that a regulator can read.

    It tells who was called when, how it ended, by which rules and facts the call was allowed, what was counted as
    abandoned, and whether the log of verdicts is whole. It names numbers in full: only its owner can read the file.

    Example: dialer compliance evidence --from 2026-07-01 --to 2026-08-01 --campaign autumn --out july.html
    """
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.commands.evidence.file import check_free, form_of  # noqa: PLC0415

    form = form_of(out)
    asked = _asked(attempt, from_, to, campaign)
    check_free(out, force=force)
    chosen = chosen_settings(settings, database)
    rules = compliance_rules(chosen.compliance.rules)
    wanted = Wanted(chosen, rules, parse_clock(chosen.clock).now(), out, form)
    digest, calls = asyncio.run(_written(wanted, asked))
    print(f"evidence of {calls:,} {'call' if calls == 1 else 'calls'} is in {out}")
    print(f"SHA-256 of the file: {digest}")
    print(_retention(wanted))


def _asked(attempt: str | None, from_: str | None, to: str | None, campaign: str | None) -> "AttemptId | Asked":
    from dialer.commands.evidence.gather import Asked  # noqa: PLC0415

    if attempt is not None:
        if from_ or to or campaign:
            raise BadInput("goes with no period and no campaign", "--attempt")
        try:
            return AttemptId(str(UUID(attempt)))
        except ValueError:
            raise BadInput("must be the id of an attempt, as `dialer attempts list` tells it", "--attempt") from None
    if from_ is None or to is None:
        raise BadInput("name a call by --attempt, or a period by --from and --to", "evidence")
    since, until = _moment(from_, "--from"), _moment(to, "--to")
    if since >= until:
        raise BadInput(f"{to} is not after {from_}", "--to")
    return Asked(since, until, campaign)


async def _written(wanted: Wanted, asked: "AttemptId | Asked") -> tuple[str, int]:
    async with chosen_database(wanted.settings) as database:
        return await write_evidence(database, wanted, asked)


async def write_evidence(database: "ContactDatabase", wanted: Wanted, asked: "AttemptId | Asked") -> tuple[str, int]:
    """Write the file; its SHA-256, and how many calls it is about. NotFound: no such call, or no such campaign."""
    if isinstance(asked, str):
        return await _one(wanted, database, asked), 1
    return await _many(wanted, database, asked)


async def _one(wanted: Wanted, database: "ContactDatabase", attempt: AttemptId) -> str:
    from dialer.commands.evidence.file import put  # noqa: PLC0415
    from dialer.commands.evidence.gather import gather_call  # noqa: PLC0415
    from dialer.commands.evidence.notes import about, call_notes  # noqa: PLC0415

    told = await gather_call(database, attempt, wanted.rules)
    head = {"about": about(f"one call, attempt {attempt}", wanted.now, _version()), **told}
    return put(wanted.out, iter([wanted.form.call({**head, "notes": call_notes(told, _retention(wanted))})]))


async def _many(wanted: Wanted, database: "ContactDatabase", asked: "Asked") -> tuple[str, int]:
    from dialer.commands.evidence.file import put, waiting  # noqa: PLC0415
    from dialer.commands.evidence.gather import Gathering  # noqa: PLC0415
    from dialer.commands.evidence.notes import COUNTING, about, period_notes  # noqa: PLC0415
    from dialer.commands.evidence.period import until_words  # noqa: PLC0415

    share = wanted.settings.compliance.amd_false_share
    with waiting(wanted.form, wanted.out) as lines, counting("calls and verdicts") as progress:
        gathering = Gathering(database, wanted.rules, share, wanted.now, progress)
        told = await gathering.period(asked, lines.take)
        whole = {
            "about": about(_span_words(asked), wanted.now, _version()),
            "not_over": until_words(asked.until, wanted.now),
            "counting": COUNTING,
            **told,
            "notes": period_notes(told, share, _retention(wanted)),
        }
        return put(wanted.out, lines.pieces(whole)), lines.lines


def _span_words(asked: "Asked") -> str:
    since, until = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" for at in (asked.since, asked.until))
    of = f"campaign {asked.campaign}" if asked.campaign else "all campaigns"
    return f"calls dialed from {since} (included) to {until} (excluded), {of}"


def _retention(wanted: Wanted) -> str:
    from compliance.retention import span_of  # noqa: PLC0415

    fewest, most = span_of(wanted.rules, wanted.settings.compliance.retain_years)
    years = f"{most} years" if fewest == most else f"{fewest} to {most} years, by the place called"
    return f"Verdicts are kept for {years} (rules on retention); calls are not deleted."


def _moment(written: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput("must be like 2026-07-01 or 2026-07-01T00:00-04:00", place) from None


def _version() -> str:
    try:
        return version("paceline")
    except PackageNotFoundError:
        return "0"
