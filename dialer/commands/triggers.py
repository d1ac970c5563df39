"""`dialer triggers` and `dialer contact-events`."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen, show

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient
    from dialer.domain.trigger import ContactEvent, EventTaken, TriggerRule
    from dialer.engine.triggers import Triggers
    from dialer.ports.triggers import Evaluated
    from dialer.settings import Settings
    from integrations.lead_files.event_file import EventRow

triggers = typer.Typer(
    no_args_is_help=True,
    help="Rules by which events of contacts, or their attributes, raise leads that are dialed before all others.",
)
contact_events = typer.Typer(
    no_args_is_help=True,
    help="Events of contacts: taken from files, and those of unknown people, kept for review. Over the API: "
    "POST /v1/events.",
)
Rules = Annotated[
    Path | None, typer.Option("--rules", help="TOML file; else [campaigns] trigger_rules", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
_BATCH = 500
_LIMIT = 1000
_RULES = ("id", "about", "who", "campaign", "deadline_minutes", "score", "once_in_days", "offer")


@triggers.command("rules")
def show_rules(rules: Rules = None, as_json: AsJson = False, settings: SettingsFile = None) -> None:
    """Check the rules and print them.

    Example: dialer triggers rules --rules triggers.toml
    """
    found = _rules(chosen_settings(settings, None), rules)
    if found or as_json:
        show(Screen({"items": [_rule_row(rule) for rule in found]}, _RULES), as_json=as_json)
    else:
        print("there are no trigger rules: name a file by --rules, or in the settings")


@over_api(triggers, "reload")
async def reload_rules(client: "ApiClient") -> Screen:
    """Have the service read its file of trigger rules anew ([campaigns] trigger_rules), while events come in.

    All is checked first: with any fault nothing changes, and each is named with file, rule and field. From the next
    event on the new rules hold; leads that are raised stay. SIGHUP to `dialer run` does the same.

    Example: dialer triggers reload
    """
    answer = await client.ask("POST", "triggers", "reload")
    if not answer["changed"]:
        return Screen(answer, words=f"nothing changes: the {answer['rules']} trigger rules are those in force already")
    lines = [f"{row['change']}: {row['rule']}, for {row['campaign']}" for row in answer["items"]]
    return Screen(answer, words="\n".join([f"{answer['rules']} trigger rules are in force", *lines]))


@triggers.command("evaluate")
def evaluate(
    rule: Annotated[str, typer.Argument(help="the static rule's id", show_default=False)],
    rules: Rules = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say for how many it is, and change nothing")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Raise leads of all contacts that a static rule is for: run it by hand, or from a schedule such as cron.

    Running engines have them at the head of their hoppers within a second.

    Example: dialer triggers evaluate big-spenders --rules triggers.toml --dry-run
    """
    chosen = chosen_settings(settings, database)
    done = asyncio.run(_evaluate(chosen, _rules(chosen, rules), rule, keep=not dry_run))
    print(f"rule {rule} is for {done.fitting:,} contacts{_would(done, dry_run)}")
    for why, count in done.reasons.items():
        print(f"  {count:,} not: {why}")


@contact_events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or .jsonl", show_default=False)],
    rules: Rules = None,
    region: Annotated[str, typer.Option(help="of numbers without a country code")] = "",
    report: Annotated[
        Path | None, typer.Option(help="where refused rows are told; else FILE.rejected.csv", show_default=False)
    ] = None,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Take events from a file: id, kind, at, who (contact, external_key or number); other columns are facts.

    The same file again does nothing. Events of people whom nobody knows are kept: dialer contact-events unknown.

    Example: dialer contact-events import roaming.csv --rules triggers.toml
    """
    chosen = chosen_settings(settings, database)
    region = region or chosen.compliance.default_region
    print("\n".join(asyncio.run(_import(chosen, _rules(chosen, rules), file, region, report))))


@contact_events.command("unknown")
def list_unknown(
    after: Annotated[str, typer.Option(help="behind this event's id")] = "",
    limit: Annotated[int, typer.Option(min=1, max=_LIMIT, help="most rows")] = 100,
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Events of people whom nobody knows, by their id.

    Example: dialer contact-events unknown
    """
    rows = asyncio.run(_unknown(chosen_settings(settings, database), after, limit))
    if rows or as_json:
        show(Screen({"items": rows}, ("id", "kind", "at", "whom", "why", "facts")), as_json=as_json)
    else:
        print("no events of unknown people are kept")


@contact_events.command("retry")
def retry_unknown(rules: Rules = None, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Take the events of unknown people again, after contacts were imported.

    Example: dialer contact-events retry --rules triggers.toml
    """
    chosen = chosen_settings(settings, database)
    taken = asyncio.run(_retry(chosen, _rules(chosen, rules)))
    print("\n".join(_taken_lines(taken)))


@contact_events.command("discard")
def discard(
    ids: Annotated[list[str], typer.Argument(help="the events' ids", show_default=False)],
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Forget events of unknown people.

    Example: dialer contact-events discard e-4711 e-4712
    """
    print(f"{asyncio.run(_discard(chosen_settings(settings, database), ids))} events are forgotten")


def _rules(settings: "Settings", file: Path | None) -> "tuple[TriggerRule, ...]":
    from dialer.bootstrap import trigger_rules  # noqa: PLC0415

    return trigger_rules(file or settings.campaigns.trigger_rules)


def _rule_row(rule: "TriggerRule") -> dict[str, Any]:
    about = "all contacts" if rule.static else " and ".join([f"events {rule.event}", *map(str, rule.facts)])
    own = {name: getattr(rule, name) for name in _RULES if name not in ("about", "who")}
    return {**own, "about": about, "who": " and ".join(map(str, rule.who)) or "anyone"}


def _would(done: "Evaluated", dry_run: bool) -> str:
    if dry_run:
        return f"; nothing was changed, {done.raised:,} leads would be raised"
    return f", {done.raised:,} leads are raised"


@asynccontextmanager
async def _working(settings: "Settings", rules: "tuple[TriggerRule, ...]" = ()) -> "AsyncIterator[Triggers]":
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.engine.triggers import Triggers  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415
    from integrations.contact_db.trigger_book import DatabaseTriggerBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        clock = parse_clock(settings.clock)
        yield Triggers(rules, DatabaseTriggerBook(held), DatabaseCampaignBook(held), clock)


async def _evaluate(settings: "Settings", rules: "tuple[TriggerRule, ...]", rule: str, *, keep: bool) -> "Evaluated":
    from dialer.commands.progress import counting  # noqa: PLC0415

    async with _working(settings, rules) as working:
        with counting("contacts that it is for") as move:
            return await working.evaluate(rule, keep=keep, progress=lambda done: move(done, None))


async def _import(
    settings: "Settings", rules: "tuple[TriggerRule, ...]", file: Path, region: str, report: Path | None
) -> list[str]:
    from dialer.commands.progress import counting  # noqa: PLC0415
    from integrations.lead_files.event_file import read_events  # noqa: PLC0415
    from integrations.lead_files.report import Report, default_report  # noqa: PLC0415

    taken: list[EventTaken] = []
    rows = refused = 0
    async with _working(settings, rules) as working:
        with Report(report or default_report(file)) as told, counting("events taken") as move:
            for batch in _batches(read_events(file, region)):
                good = [row.event for row in batch if row.event is not None]
                rows, refused = rows + len(batch), refused + len(batch) - len(good)
                told.add([fault for row in batch for fault in row.faults])
                taken += await working.take(good)
                move(len(taken), None)
            written = told.publish()
    lines = [f"{rows:,} rows, {refused:,} refused", *_taken_lines(taken)]
    return [*lines, f"refused rows: {written}"] if written else lines


def _batches(rows: "Iterator[EventRow]") -> "Iterator[list[EventRow]]":
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _taken_lines(taken: "list[EventTaken]") -> list[str]:
    """How many events came to what, and the leads that they raised."""
    states = Counter(one.state for one in taken)
    lines = [
        f"{len(taken):,} events: " + (", ".join(f"{count:,} {state}" for state, count in states.items()) or "none")
    ]
    raised = [raised for one in taken for raised in one.raised]
    leads = Counter((one.rule, one.campaign) for one in raised if one.lead is not None)
    lines += [f"  {count:,} leads raised in {campaign} by rule {rule}" for (rule, campaign), count in leads.items()]
    noes = Counter((one.rule, one.why) for one in raised if one.why)
    lines += [f"  {count:,} by rule {rule}: {why}" for (rule, why), count in noes.items()]
    whys = Counter(one.why for one in taken if one.why)
    return lines + [f"  {count:,} events: {why}" for why, count in whys.items()]


async def _unknown(settings: "Settings", after: str, limit: int) -> list[dict[str, Any]]:
    async with _working(settings) as working:
        found = await working.unknown(after, limit)
    return [
        {
            "id": one.event.id,
            "kind": one.event.kind,
            "at": one.event.at.isoformat(),
            "whom": _whom(one.event),
            "why": one.why,
            "facts": dict(one.event.facts),
        }
        for one in found
    ]


def _whom(event: "ContactEvent") -> str:
    whom = event.whom
    if whom.number is not None:
        return whom.number.e164
    return whom.external_key or f"contact {whom.contact}"


async def _retry(settings: "Settings", rules: "tuple[TriggerRule, ...]") -> "list[EventTaken]":
    async with _working(settings, rules) as working:
        return await working.retry_unknown()


async def _discard(settings: "Settings", ids: list[str]) -> int:
    async with _working(settings) as working:
        return await working.discard(ids)
