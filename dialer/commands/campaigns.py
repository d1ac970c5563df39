"""`dialer campaigns`."""

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from compliance.facts import Purpose
from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen
from dialer.domain.campaign import DialMode, MachineHandling
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

campaigns = typer.Typer(no_args_is_help=True, help="Create, tune, start and stop campaigns.")
Name = Annotated[str, typer.Argument(help="the campaign's name", show_default=False)]


def _option(name: str, kind: Any, meaning: str) -> inspect.Parameter:
    annotation = Annotated[kind | None, typer.Option(help=meaning, show_default=False)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=None)


PLAN = (
    _option("purpose", Purpose, "what it is for (marketing)"),
    _option("seller", str, "for whom it calls; by it and the subject some laws count attempts"),
    _option("subject", str, "about what it calls"),
    _option("service_group", str, "what inbound service is measured by (default)"),
    _option("dial_mode", DialMode, "how calls are paced (progressive)"),
    _option("dial_level", float, "lines per available agent, 1 to 10, for power mode (1)"),
    _option("ring_seconds", int, "s an unanswered line rings, 15 to 120 (25)"),
    _option("ring_from_data", bool, "ring as long as brings most answers per line-second, ring_seconds at most (no)"),
    _option("agent_wait_seconds", float, "s an answered callee may wait for an agent, 0.2 to 2 (2)"),
    _option("abandon_cap", float, "most of the live answers that may be abandoned, 0 to 0.03 (0.03)"),
    _option("wrap_up_seconds", float, "s of wrap-up unless disposed of earlier (30)"),
    _option("machine_handling", MachineHandling, "what happens on an answering machine (off)"),
    _option("caller_id", str, "number shown to the callee, E.164"),
    _option("max_attempts", int, "attempts a lead before it is exhausted (6)"),
    _option("max_lines", int, "most lines held at once (500)"),
    _option("recording", bool, "record calls (yes)"),
    _option("message", str, "sound file for a machine, without its ending"),
    _option("information_message", str, "sound file when no agent comes in time (beep)"),
    _option("opt_out_key", str, "key in that message that asks for no more calls: 0-9 * #, or '' for none (9)"),
    _option("script", str, "text for the agent's screen"),
    _option("product", str, "what it offers; see dialer products"),
    _option("offer", str, "the offer, for the screen of an agent whom a target calls"),
    _option("shares_people", bool, "a person may be live in another campaign that shares people, too (no)"),
    _option("pressure_contacts", int, "most contacts a person over all channels in --pressure-days; 0: no limit (0)"),
    _option("pressure_days", float, "days over which --pressure-contacts counts (7)"),
    _option("recycle", list[str], "OUTCOME=SECONDS until called again, or OUTCOME=never; may be repeated"),
)


def plan_fields(given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the API takes them."""
    fields = {name: value for name, value in given.items() if value is not None}
    if "recycle" in fields:
        fields["recycle"] = dict(_pause(text) for text in fields["recycle"])
    return fields


def _pause(text: str) -> tuple[str, float | None]:
    outcome, _, seconds = text.partition("=")
    try:
        return outcome, None if seconds == "never" else float(seconds)
    except ValueError:
        raise BadInput("must be like busy=900 or refused=never", f"--recycle {text}") from None


@over_api(campaigns, "list")
async def list_campaigns(client: "ApiClient") -> Screen:
    """All campaigns.

    Example: dialer campaigns list
    """
    columns = ("name", "status", "dial_mode", "purpose", "service_group", "max_attempts", "ring_seconds")
    return Screen(await client.ask("GET", "campaigns"), columns)


@over_api(campaigns, "show")
async def show_campaign(client: "ApiClient", name: Name) -> Screen:
    """One campaign with its whole plan.

    Example: dialer campaigns show autumn
    """
    return Screen(await client.ask("GET", "campaigns", name))


@over_api(campaigns, "create", PLAN)
async def create_campaign(client: "ApiClient", name: Name, **plan: Any) -> Screen:
    """Create a campaign; it is stopped until started. What is left out is as in the brackets.

    Example: dialer campaigns create autumn --dial-mode power --dial-level 1.5 --recycle busy=900
    """
    return _said(await client.ask("POST", "campaigns", body={"name": name, **plan_fields(plan)}))


@over_api(campaigns, "tune", PLAN)
async def tune_campaign(client: "ApiClient", name: Name, **plan: Any) -> Screen:
    """Change a campaign; what is left out stays. A running one goes on with it at once.

    Example: dialer campaigns tune autumn --ring-seconds 20
    """
    return _said(await client.ask("PATCH", "campaigns", name, body=plan_fields(plan)))


@over_api(campaigns, "start")
async def start_campaign(client: "ApiClient", name: Name) -> Screen:
    """Begin to dial. What stands against it in the calendar is told; settings may have it refused for that.

    Example: dialer campaigns start autumn
    """
    found = (await client.ask("GET", "calendar", name, "conflicts"))["items"]
    started = _said(await client.ask("POST", "campaigns", name, "start"))
    told = [f"in the calendar: {one['kind']}: {one['words']}" for one in found]
    return Screen(started.answer, words="\n".join([started.words, *told]))


@over_api(campaigns, "pause")
async def pause_campaign(client: "ApiClient", name: Name) -> Screen:
    """Dial no more for now; calls under way go on.

    Example: dialer campaigns pause autumn
    """
    return _said(await client.ask("POST", "campaigns", name, "pause"))


@over_api(campaigns, "stop")
async def stop_campaign(client: "ApiClient", name: Name) -> Screen:
    """Dial no more; calls under way go on.

    Example: dialer campaigns stop autumn
    """
    return _said(await client.ask("POST", "campaigns", name, "stop"))


def _said(campaign: dict[str, Any]) -> Screen:
    return Screen(campaign, words=f"campaign {campaign['name']}: {campaign['status']}, {campaign['dial_mode']}")
