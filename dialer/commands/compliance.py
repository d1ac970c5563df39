"""`dialer compliance`."""

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

compliance = typer.Typer(no_args_is_help=True, help="See what the law counts.")
Campaign = Annotated[str | None, typer.Option(help="of this campaign alone", show_default=False)]
_COLUMNS = ("campaign", "rule", "window", "live_answers", "abandoned", "ratio", "cap_ratio", "exceeded", "ends_at")


@over_api(compliance, "abandonment")
async def see_abandonment(client: "ApiClient", campaign: Campaign = None) -> Screen:
    """Live answers and abandoned calls of each campaign, by legal window, with the cap that holds.

    Example: dialer compliance abandonment --campaign autumn
    """
    return Screen(await client.ask("GET", "abandonment", query={"campaign": campaign}), _COLUMNS)
