"""`dialer compliance`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from compliance.facts import Purpose
from compliance.rule_rows import CHANGE_COLUMNS, RULE_COLUMNS
from dialer.commands.chosen import SettingsFile, chosen_settings
from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen, show, show_rows
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

compliance = typer.Typer(no_args_is_help=True, help="The rules of each jurisdiction, and what the law counts.")
Campaign = Annotated[str | None, typer.Option(help="of this campaign alone", show_default=False)]
_DIGITS = 12
"""Of a digest, enough to tell it from others."""
_COLUMNS = ("campaign", "rule", "window", "live_answers", "abandoned", "ratio", "cap_ratio", "exceeded", "ends_at")


@over_api(compliance, "abandonment")
async def see_abandonment(client: "ApiClient", campaign: Campaign = None) -> Screen:
    """Live answers and abandoned calls of each campaign, by legal window, with the cap that holds.

    Example: dialer compliance abandonment --campaign autumn
    """
    return Screen(await client.ask("GET", "abandonment", query={"campaign": campaign}), _COLUMNS)


@over_api(compliance, "reload")
async def reload_rules(client: "ApiClient") -> Screen:
    """Have the service read its rule files anew, while calls go on.

    All are checked first: with any fault in them nothing changes, and each is named with file, rule and field. From the
    next verdict on the new rules hold, and leads that the old ones stopped are judged anew. SIGHUP to `dialer run` does
    the same.

    Example: dialer compliance reload
    """
    answer = await client.ask("POST", "compliance", "reload")
    return Screen(answer, words=reload_words(answer))


@compliance.command("show")
def show_rules(
    number: Annotated[
        str | None,
        typer.Option(help="a number with its country code: what applies to it, and why", show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="2026-08-11, or 2026-08-11T09:30+02:00; now, if left out", show_default=False
        ),
    ] = None,
    ring_seconds: Annotated[float, typer.Option(min=1, max=120, help="s that it would ring")] = 25.0,
    purpose: Annotated[Purpose, typer.Option(help="what the call is for")] = Purpose.MARKETING,
    caller_id: Annotated[
        str | None, typer.Option(help="the number that would be shown; if left out, one that suits", show_default=False)
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="REGION", help="where the contact lives, like FR or US-FL", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print all of it as JSON")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="print every rule, past ones too, for docs")] = False,
    settings: SettingsFile = None,
) -> None:
    """The rules in force, each with its figure, source and how surely it is known; or those for one number, and whether
    it may be called. No service is asked: that its owner agreed, is on no list and was not called yet is supposed.

    What is called unverified needs a lawyer's sign-off before you dial by it.

    Example: dialer compliance show --number +13055550123 --at 2026-07-15T20:30-04:00
    """
    from compliance.zones import address_of, place_of  # noqa: PLC0415
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.commands import rule_words  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415

    chosen = chosen_settings(settings, None)
    rules = compliance_rules(chosen.compliance.rules)
    if as_markdown:
        print(rule_words.markdown(rules), end="")
        return
    moment = parse_clock(chosen.clock).now() if at is None else _moment(at)
    if number is None:
        answer = {"at": moment.isoformat(), "items": rule_words.rows_on(rules, moment.astimezone(UTC).date())}
        show(Screen(answer, RULE_COLUMNS), as_json=as_json)
        return
    shown = None if caller_id is None else PhoneNumber(caller_id).e164
    asked = rule_words.Asked(ring_seconds, purpose, shown, None if address is None else address_of(address))
    told = rule_words.number_told(rules, place_of(PhoneNumber(number).e164), moment, asked)
    show(Screen(told, words=told["words"]), as_json=as_json)
    if not as_json:
        print()
        show_rows(RULE_COLUMNS, told["items"])


@compliance.command("diff")
def compare_days(
    before: Annotated[str, typer.Argument(metavar="A", help="a day, as 2026-08-10", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="B", help="another day", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
    settings: SettingsFile = None,
) -> None:
    """Rules that begin or end between two days.

    Example: dialer compliance diff 2023-12-31 2024-01-01
    """
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.commands import rule_words  # noqa: PLC0415

    rules = compliance_rules(chosen_settings(settings, None).compliance.rules)
    rows = rule_words.changes_between(rules, _day(before, "A"), _day(after, "B"))
    none = "" if rows else f"the same rules hold on {before} and on {after}"
    show(Screen({"items": rows}, CHANGE_COLUMNS, words=none), as_json=as_json)


def reload_words(answer: Mapping[str, Any]) -> str:
    after, before = answer["rule_files"][:_DIGITS], answer["rule_files_before"][:_DIGITS]
    if not answer["changed"]:
        return f"nothing changes: the rule files are those in force already ({after})"
    lines = [f"the rules of {after} are in force, those of {before} no longer"]
    for row in answer["items"]:
        line = f"{row['change']}: {row['rule']} ({row['jurisdiction']}), {row['kind']}: {row['figure']}, {row['valid']}"
        lines.append(f"{line}; before: {row['before']}" if row["before"] else line)
    return "\n".join(lines if answer["items"] else [*lines, "no rule is another, only the files' other text"])


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise BadInput("must be like 2026-08-11 or 2026-08-11T09:30+02:00", "--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(written: str, place: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadInput("must be a day, like 2026-08-10", place) from None
