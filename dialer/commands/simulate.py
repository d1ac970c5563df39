"""`dialer simulate`."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.screen import show_table
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.commands.study_table import Row
    from dialer.commands.what_if import Named, Source
    from dialer.settings import Settings
    from pacing.simulator.recorded import RecordedDay
    from pacing.simulator.study import Compared

_PLAN, _REPLAY, _OUTPUT = "The plan", "A recorded day instead", "What is compared and shown"
_FIRST_PLOT = Path("simulation.png")


def _field(words: str) -> Any:
    return typer.Option(help=words, show_default=False, rich_help_panel=_PLAN)


def simulate(
    plan: Annotated[
        Path | None,
        typer.Argument(metavar="[PLAN.toml]", help="a plan file; none: 20 agents for 8 hours", show_default=False),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="print a whole, commented plan file")] = False,
    agents: Annotated[int | None, _field("agents, all there from open to close")] = None,
    open_: Annotated[
        str | None, typer.Option("--open", help="like 09:00-17:00", show_default=False, rich_help_panel=_PLAN)
    ] = None,
    days: Annotated[int | None, _field("days at most; the simulation ends when the list is finished")] = None,
    leads: Annotated[int | None, _field("length of the list; 0: it never ends")] = None,
    answer_probability: Annotated[float | None, _field("a person answers an attempt, 0 to 1")] = None,
    talk_seconds: Annotated[float | None, _field("mean talk")] = None,
    wrap_up_seconds: Annotated[float | None, _field("mean wrap-up")] = None,
    max_lines: Annotated[int | None, _field("trunk limit")] = None,
    cap: Annotated[float | None, _field("most of the live answers that may be abandoned, 0 to 0.03")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="any other field of a plan file; may be repeated",
            show_default=False,
            rich_help_panel=_PLAN,
        ),
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(metavar="CAMPAIGN", help="play a recorded day again", show_default=False, rich_help_panel=_REPLAY),
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="which", show_default=False, rich_help_panel=_REPLAY),
    ] = None,
    zone: Annotated[
        str, typer.Option(help="time zone of the day, like America/New_York", rich_help_panel=_REPLAY)
    ] = "UTC",
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE[:LEVEL]",
            help="compare these instead of predictive, progressive, power:1.5 and power:2",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    try_: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            metavar="FIELD=VALUE,...",
            help="compare the plan with this changed, too; may be repeated",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, max=1000, help="of each setting", rich_help_panel=_OUTPUT)] = 5,
    seed: Annotated[int, typer.Option(min=0, help="the same seed, the same figures", rich_help_panel=_OUTPUT)] = 1,
    plot: Annotated[
        Path | None,
        typer.Option(help="PNG or SVG by its ending", show_default=str(_FIRST_PLOT), rich_help_panel=_OUTPUT),
    ] = None,
    no_plot: Annotated[bool, typer.Option("--no-plot", help="draw nothing", rich_help_panel=_OUTPUT)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object", rich_help_panel=_OUTPUT)] = False,
) -> None:
    """Try a campaign before it is dialed: how busy are agents, how many callees are abandoned, when is the list done?

    The floor is simulated in virtual time, paced by the very code that paces real calls, beside other rules; each
    setting meets the same leads and talks. It calls nobody, and needs neither a service nor, but to replay, a database.

    A campaign by its main figures:

      dialer simulate --agents 20 --leads 5000 --answer-probability 0.3

    By a plan file, with shifts, breaks, machines and inbound calls; and what fewer lines or more agents would do:

      dialer simulate --example > plan.toml

      dialer simulate plan.toml --try max_lines=60 --try "answer_probability=0.2,rule=power,level=2"

    What would other settings have made of a recorded day? Its own figures stand above the simulated ones:

      dialer simulate --replay autumn --day 2026-11-20 --zone America/New_York --rule predictive --try agents=25

    Beside the abandoned ratio stands its 95% interval; the cap is "kept" or "broken" when the whole interval says so.
    """
    if example:
        print((files("dialer.commands") / "plan_example.toml").read_text("utf-8"), end="")
        return
    from dialer.commands.plan_file import read_plan_file  # noqa: PLC0415
    from dialer.commands.study_plot import checked_plot  # noqa: PLC0415
    from dialer.commands.what_if import changes_of, named_settings, source_of_plan  # noqa: PLC0415

    given = {
        "agents": agents, "open": open_, "days": days, "leads": leads, "answer_probability": answer_probability,
        "talk_seconds": talk_seconds, "wrap_up_seconds": wrap_up_seconds, "max_lines": max_lines, "cap": cap,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    for words in set_ or ():
        changes |= changes_of(words, f"--set {words}")
    picture = None if no_plot else checked_plot(plot or _FIRST_PLOT)
    recorded = None
    if replay is not None:
        if plan is not None or day is None:
            raise BadInput("wants --day, and no plan file", "--replay")
        recorded = asyncio.run(_recorded(chosen_settings(settings, database), replay, day.date(), time_zone(zone)))
        source = _replayed(recorded, f"{replay}, {day.date()}", changes)
    elif day is not None:
        raise BadInput("which campaign's? --replay CAMPAIGN", "--day")
    else:
        fields = {} if plan is None else read_plan_file(plan)
        source = source_of_plan(fields | changes, "options" if plan is None else str(plan))
    compared = named_settings(source, rule or (), try_ or (), own=recorded is not None)
    _tell(source, recorded, compared, _studied(compared, runs, seed), picture, as_json)


def time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise BadInput("there is no such time zone", f"--zone {name}") from error


async def _recorded(settings: "Settings", campaign: str, day: date, zone: ZoneInfo) -> "RecordedDay":
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415
    from integrations.contact_db.recorded_day import DatabaseRecordedDays  # noqa: PLC0415

    async with chosen_database(settings) as database:
        known = await DatabaseCampaignBook(database).campaign(campaign)
        since = datetime(day.year, day.month, day.day, tzinfo=zone)
        return await DatabaseRecordedDays(database).day(known, since, since + timedelta(days=1))


def _replayed(recorded: "RecordedDay", name: str, changes: dict[str, Any]) -> "Source":
    from dialer.commands.what_if import source_of_recording  # noqa: PLC0415
    from pacing.simulator.recorded import plan_of  # noqa: PLC0415

    try:
        plan = plan_of(recorded)
    except ValueError as error:
        raise BadInput(str(error), f"--replay {name}") from error
    source = source_of_recording(name, plan, recorded.rule, recorded.level, recorded.opens_at)
    if not changes:
        return source
    plan = source.changed(changes, "options")
    return source_of_recording(name, plan, recorded.rule, recorded.level, recorded.opens_at)


def _studied(compared: "Sequence[Named]", runs: int, seed: int) -> "list[Compared]":
    from pacing.simulator.compiled import needs_compiling  # noqa: PLC0415
    from pacing.simulator.study import study  # noqa: PLC0415

    words = "compiling, once: about a minute" if needs_compiling() else "simulating"
    with _shown_progress(words) as told:
        return study([named.setting for named in compared], range(seed, seed + runs), told)


def _tell(
    source: "Source", recorded: "RecordedDay | None", compared: "Sequence[Named]", studied: "Sequence[Compared]",
    picture: Path | None, as_json: bool,
) -> None:  # fmt: skip
    from dialer.commands import study_table  # noqa: PLC0415

    rows = [study_table.row_of(named.name, one) for named, one in zip(compared, studied, strict=True)]
    if recorded is not None:
        from pacing.simulator.recorded import figures_of  # noqa: PLC0415

        own = study_table.row_of_recording(figures_of(recorded), str(recorded.rule), recorded.level, recorded.cap)
        rows.insert(0, own)
    if picture is not None:
        _draw(picture, source, rows, studied[0])
    if as_json:
        told = {"name": source.name, "settings": study_table.as_json(rows), "plot": picture and str(picture)}
        print(json.dumps(told, ensure_ascii=False))
        return
    show_table(*study_table.columns_and_lines(rows))
    if picture is not None:
        print(f"plot: {picture}")


def _draw(picture: Path, source: "Source", rows: "Sequence[Row]", first: "Compared") -> None:
    from dialer.commands.study_plot import draw  # noqa: PLC0415

    plan, leads = source.plan, ""
    if plan.leads:
        leads = f", {plan.leads:,} leads"
    draw(picture, f"{source.name}: {plan.agents} agents{leads}, simulated", rows, first, source.opens_at)


@contextmanager
def _shown_progress(words: str) -> "Iterator[Callable[[int, int], None]]":
    """A bar on a terminal, a line at the start elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        print(f"{words} ...", file=sys.stderr, flush=True)
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, of: bar.update(task, total=of, completed=done, description="simulating")
