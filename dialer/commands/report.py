"""`dialer report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient
    from dialer.domain.day_report import DayReport

report = typer.Typer(
    no_args_is_help=True,
    help="The daily report: what a day's calls came to by centre, room, team and person, ranked; docs/daily-report.md.",
)
Day = Annotated[str | None, typer.Option(metavar="DATE", help="as 2026-11-28; left out: today", show_default=False)]
_PEOPLE = ("rank", "agent", "name", "sales_an_hour", "sales", "answered", "unranked")
_TEAMS = ("rank", "name", "within", "sales_an_hour", "sales", "answered", "people")


@over_api(report, "day")
async def day_report(
    client: "ApiClient",
    day: Day = None,
    zone: Annotated[
        str | None, typer.Option(help="whose day, as Europe/Berlin; left out: the settings'", show_default=False)
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="write it: FILE.html, .csv or .xlsx; may be given several times", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="overwrite files that exist")] = False,
) -> Screen:
    """Make the report of a day: today's so far, or that of any day before. Without --out its ranks are printed.

    The same day's report is the same file, byte for byte, for as long as nothing is added to the day.

    Example: dialer report day --day 2026-11-28 --out report.html --out report.xlsx
    """
    forms = [_form(one, force=force) for one in out or ()]
    answer = await client.ask("GET", "reports", "day", query={"day": _day(day), "zone": zone})
    found = _read(answer["report"])
    if out:
        words = [f"the report of {found.day} is in {one}" for one in _write(found, out, forms)]
        return Screen(answer, words="\n".join([*_state(found), *words]))
    return Screen(
        answer,
        tables={"teams": _TEAMS, "people": _PEOPLE, "left_out": ("agent", "name", "reason")},
        shown=_ranks(found),
    )


@over_api(report, "send")
async def send_report(client: "ApiClient", day: Day = None) -> Screen:
    """Have the service make a day's report now: into [report] directory, and by e-mail to [report] recipients.

    Example: dialer report send --day 2026-11-28
    """
    answer = await client.ask("POST", "reports", "day", body={"day": _day(day)} if day else {})
    words = [f"the report of {answer['day']} is in {file}" for file in answer["files"]]
    if answer["recipients"]:
        words.append(f"the report of {answer['day']} was sent to {answer['recipients']} addresses")
    return Screen(answer, words="\n".join(words))


def _day(written: str | None) -> str | None:
    from datetime import date  # noqa: PLC0415

    try:
        return None if written is None else date.fromisoformat(written).isoformat()
    except ValueError:
        raise BadInput("must be like 2026-11-28", "--day") from None


def _form(out: Path, *, force: bool) -> Any:
    form = out.suffix.removeprefix(".")
    if form not in ("html", "csv", "xlsx"):
        raise BadInput("must end in .html, .csv or .xlsx", f"--out {out}")
    if not out.parent.is_dir():
        raise BadInput("there is no such folder", f"--out {out}")
    if out.exists() and not force:
        raise BadInput("exists: choose another name, or --force", f"--out {out}")
    return form


def _read(answer: Any) -> "DayReport":
    from pydantic import TypeAdapter  # noqa: PLC0415

    from dialer.domain.day_report import DayReport  # noqa: PLC0415

    return TypeAdapter(DayReport).validate_python(answer)


def _write(found: "DayReport", out: list[Path], forms: list[Any]) -> list[Path]:
    from monitoring.day_report.files import report_files  # noqa: PLC0415

    for path, file in zip(out, report_files(found, forms), strict=True):
        try:
            path.write_bytes(file.data)
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", f"--out {path}") from error
    return out


def _state(found: "DayReport") -> list[str]:
    from monitoring.day_report.words import state_words  # noqa: PLC0415

    return [words] if (words := state_words(found)) else []


def _ranks(found: "DayReport") -> dict[str, list[dict[str, Any]]]:
    from monitoring.day_report.rows import tables_of  # noqa: PLC0415

    rows = {table.level: [dict(row) for row in table.rows] for table in tables_of(found)}
    return {"teams": rows["team"], "people": rows["person"], "left_out": rows["left_out"]}
