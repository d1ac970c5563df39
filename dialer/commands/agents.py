"""`dialer agents`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen
from dialer.domain.outcome import Disposition

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

agents = typer.Typer(no_args_is_help=True, help="Enroll agents, and act for them.")
Agent = Annotated[str, typer.Argument(help="the agent's login number", show_default=False)]


@over_api(agents, "list")
async def list_agents(client: "ApiClient") -> Screen:
    """All enrolled agents with their present state.

    Example: dialer agents list
    """
    return Screen(await client.ask("GET", "agents"), ("id", "name", "server", "state", "campaign", "since", "attempt"))


@over_api(agents, "enroll")
async def enroll_agent(
    client: "ApiClient",
    agent: Agent,
    name: Annotated[str, typer.Option(help="the agent's name", show_default=False)],
    server: Annotated[str, typer.Option(help="the Asterisk server of the agent's phone")] = "main",
) -> Screen:
    """Add an agent, or change name and server of one.

    Example: dialer agents enroll 1001 --name Anna --server main
    """
    answer = await client.ask("PUT", "agents", agent, body={"name": name, "server": server})
    return Screen(answer, words=f"agent {agent} is enrolled on server {server}")


@over_api(agents, "login")
async def log_in(
    client: "ApiClient",
    agent: Agent,
    campaign: Annotated[str, typer.Option(help="its name", show_default=False)],
    shift_ends_at: Annotated[
        str | None, typer.Option(help="when the agent leaves, as 2026-03-02T17:00:00Z", show_default=False)
    ] = None,
) -> Screen:
    """Call the agent's phone onto the line, for a campaign.

    Example: dialer agents login 1001 --campaign autumn --shift-ends-at 2026-03-02T17:00:00Z
    """
    shift = {} if shift_ends_at is None else {"shift_ends_at": shift_ends_at}
    return _said(await client.ask("POST", "agents", agent, "login", body={"campaign": campaign, **shift}))


@over_api(agents, "logout")
async def log_out(client: "ApiClient", agent: Agent) -> Screen:
    """Leave the line: at once, or after the call that the agent is in.

    Example: dialer agents logout 1001
    """
    return _said(await client.ask("POST", "agents", agent, "logout"))


@over_api(agents, "ready")
async def ready(client: "ApiClient", agent: Agent) -> Screen:
    """End a pause or a wrap-up.

    Example: dialer agents ready 1001
    """
    return _said(await client.ask("POST", "agents", agent, "ready"))


@over_api(agents, "pause")
async def pause(
    client: "ApiClient", agent: Agent, reason: Annotated[str, typer.Option(help="why")] = "break"
) -> Screen:
    """Pause: at once, or after the call that the agent is in.

    Example: dialer agents pause 1001 --reason lunch
    """
    return _said(await client.ask("POST", "agents", agent, "pause", body={"reason": reason}))


@over_api(agents, "dispose")
async def dispose(
    client: "ApiClient",
    agent: Agent,
    attempt: Annotated[str, typer.Argument(help="the attempt's id", show_default=False)],
    disposition: Annotated[Disposition, typer.Argument(help="how the call was closed", show_default=False)],
    note: Annotated[str, typer.Option(help="what to remember")] = "",
    call_back_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="when, with its offset, for call_back"),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="the call-back is promised by this agent")] = False,
) -> Screen:
    """Say how a call was closed; ends its wrap-up.

    Example: dialer agents dispose 1001 01890a5d-ac96-774b-bcce-b302099a8057 call_back
    --call-back-at 2026-03-02T10:00:00+0100 --mine
    """
    body: dict[str, Any] = {"attempt": attempt, "disposition": disposition, "note": note}
    if call_back_at is not None:
        body["call_back"] = {"at": call_back_at.isoformat(), "mine": mine}
    await client.ask("POST", "agents", agent, "dispose", body=body)
    return Screen(None, words=f"attempt {attempt}: {disposition}")


def _said(act: dict[str, Any]) -> Screen:
    return Screen(act, words=f"agent {act['agent']}: {act['state']}")
