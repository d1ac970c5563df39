"""`dialer floor` and `dialer events`."""

import json
from typing import TYPE_CHECKING

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

_TABLES = {
    "campaigns": ("name", "status", "agents", "lines", "outcomes", "occupancy", "decision"),
    "agents": ("id", "campaign", "state", "since", "attempt"),
    "servers": ("name", "connected", "trusted", "lines_held", "lines", "calls_per_second"),
}


def add_watching(app: typer.Typer) -> None:
    over_api(app, "floor")(floor)
    over_api(app, "events")(events)


async def floor(client: "ApiClient") -> Screen:
    """Campaigns, agents and servers at this moment.

    Example: dialer floor
    """
    return Screen(await client.ask("GET", "floor"), tables=_TABLES)


async def events(client: "ApiClient") -> None:
    """What happens on the floor as it happens, one JSON object a line, until Ctrl-C.

    Example: dialer events | grep screen_pop
    """
    async for event in client.events():
        print(json.dumps(event, ensure_ascii=False), flush=True)
