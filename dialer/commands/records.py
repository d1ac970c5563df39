"""`dialer attempts`, `dialer call-backs` and `dialer dnc`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen
from dialer.domain.outcome import Disposition, Outcome

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

attempts = typer.Typer(no_args_is_help=True, help="See attempts and what came of them.")
call_backs = typer.Typer(no_args_is_help=True, help="See and cancel promised call-backs.")
dnc = typer.Typer(no_args_is_help=True, help="The do-not-call list. Numbers are E.164: a plus and 7 to 15 digits.")

Campaign = Annotated[str | None, typer.Option(help="of this campaign alone", show_default=False)]
Agent = Annotated[str | None, typer.Option(help="of this agent alone", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="most rows")]
After = Annotated[str | None, typer.Option(help="the page after this", show_default=False)]
Moment = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="opened then or later", show_default=False)
]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="opened before", show_default=False)
]
Attempt = Annotated[str, typer.Argument(help="the attempt's id", show_default=False)]


@over_api(attempts, "list")
async def list_attempts(
    client: "ApiClient",
    campaign: Campaign = None,
    agent: Agent = None,
    outcome: Annotated[Outcome | None, typer.Option(help="that ended so", show_default=False)] = None,
    disposition: Annotated[Disposition | None, typer.Option(help="closed so", show_default=False)] = None,
    since: Moment = None,
    until: Until = None,
    limit: Limit = 100,
    after: After = None,
) -> Screen:
    """Attempts, the latest first.

    Example: dialer attempts list --campaign autumn --outcome abandoned
    """
    query = {
        "campaign": campaign,
        "agent": agent,
        "outcome": outcome,
        "disposition": disposition,
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
        "limit": limit,
        "after": after,
    }
    columns = ("id", "opened_at", "campaign", "number", "outcome", "agent", "disposition", "ring_seconds")
    return Screen(await client.ask("GET", "attempts", query=query), columns)


@over_api(attempts, "show")
async def show_attempt(client: "ApiClient", attempt: Attempt) -> Screen:
    """One attempt with all that is known of it.

    Example: dialer attempts show 01890a5d-ac96-774b-bcce-b302099a8057
    """
    return Screen(await client.ask("GET", "attempts", attempt))


@over_api(call_backs, "list")
async def list_call_backs(
    client: "ApiClient", campaign: Campaign = None, agent: Agent = None, limit: Limit = 100, after: After = None
) -> Screen:
    """Call-backs not kept yet, the earliest first.

    Example: dialer call-backs list --agent 1001
    """
    query = {"campaign": campaign, "agent": agent, "limit": limit, "after": after}
    columns = ("attempt", "due_at", "campaign", "lead", "agent")
    return Screen(await client.ask("GET", "call-backs", query=query), columns)


@over_api(call_backs, "cancel")
async def cancel_call_back(client: "ApiClient", attempt: Attempt) -> Screen:
    """Cancel the call-back that was promised in an attempt; its lead is dialed like any other.

    Example: dialer call-backs cancel 01890a5d-ac96-774b-bcce-b302099a8057
    """
    await client.ask("DELETE", "call-backs", attempt)
    return Screen(None, words="the call-back is cancelled")


@over_api(dnc, "add")
async def add_dnc(
    client: "ApiClient",
    numbers: Annotated[list[str], typer.Argument(help="the numbers", show_default=False)],
    source: Annotated[str, typer.Option(help="who or what asked for it")] = "by hand",
) -> Screen:
    """Put numbers on the list, effective at once.

    Example: dialer dnc add +12125550100 +12125550101 --source "letter of 3 March"
    """
    answer = await client.ask("POST", "dnc", body={"numbers": numbers, "source": source})
    return Screen(answer, words=f"{answer['added']} of {len(numbers)} were not on the list before")


@over_api(dnc, "remove")
async def remove_dnc(client: "ApiClient", number: Annotated[str, typer.Argument(show_default=False)]) -> Screen:
    """Take a number off the list.

    Example: dialer dnc remove +12125550100
    """
    await client.ask("POST", "dnc", "remove", body={"number": number})
    return Screen(None, words="it is off the list")


@over_api(dnc, "check")
async def check_dnc(client: "ApiClient", number: Annotated[str, typer.Argument(show_default=False)]) -> Screen:
    """Whether a number is on the list.

    Example: dialer dnc check +12125550100
    """
    answer = await client.ask("POST", "dnc", "check", body={"number": number})
    return Screen(answer, words="on the list" if answer["listed"] else "not on the list")
