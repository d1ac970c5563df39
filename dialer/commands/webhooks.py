"""`dialer webhooks`."""

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

webhooks = typer.Typer(
    no_args_is_help=True,
    help="Tell other systems what happens: each event is posted to them, signed, and tried again until it is taken.",
)
Hook = Annotated[str, typer.Argument(help="the webhook's id", show_default=False)]


@over_api(webhooks, "add")
async def add(
    client: "ApiClient",
    url: Annotated[str, typer.Argument(help="where events are posted, https://", show_default=False)],
    kinds: Annotated[list[str], typer.Option("--kind", help="outcome, disposition, wave or reply; again for more")],
    secret: Annotated[str, typer.Option(help="whsec_ and base64; else one is made", show_default=False)] = "",
) -> Screen:
    """Have events posted to an address from now on. The secret, by which the receiver checks signatures, is told once.

    Example: dialer webhooks add https://crm.partner.example/paceline --kind outcome --kind reply
    """
    answer = await client.ask("POST", "webhooks", body={"url": url, "kinds": kinds, "secret": secret})
    return Screen(answer, words=f"webhook {answer['id']}\nkeep its secret, it is not shown again: {answer['secret']}")


@over_api(webhooks, "list")
async def list_all(client: "ApiClient") -> Screen:
    """Who is told what, and how much of it is still to be delivered, or dead.

    Example: dialer webhooks list
    """
    return Screen(await client.ask("GET", "webhooks"), ("id", "url", "kinds", "pending", "dead"))


@over_api(webhooks, "remove")
async def remove(client: "ApiClient", webhook: Hook) -> Screen:
    """Tell it no more; what was not delivered is dropped.

    Example: dialer webhooks remove 01890a5d-ac96-774b-bcce-b302099a8057
    """
    await client.ask("DELETE", "webhooks", webhook)
    return Screen(None, words="it is told no more")


@over_api(webhooks, "deliveries")
async def deliveries(
    client: "ApiClient",
    state: Annotated[str, typer.Option(help="dead or pending")] = "dead",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100,
) -> Screen:
    """Deliveries that could not be made, with why.

    Example: dialer webhooks deliveries --state pending
    """
    columns = ("id", "webhook", "kind", "made_at", "tries", "last_error")
    return Screen(await client.ask("GET", "webhook-deliveries", query={"state": state, "limit": limit}), columns)


@over_api(webhooks, "send-again")
async def send_again(
    client: "ApiClient",
    delivery: Annotated[str | None, typer.Argument(help="the delivery's id; else all", show_default=False)] = None,
) -> Screen:
    """Try a dead delivery, or all of them, anew.

    Example: dialer webhooks send-again 01890a5d-ac96-774b-bcce-b302099a8057
    """
    answer = await client.ask("POST", "webhook-deliveries", "send-again", body={"delivery": delivery})
    return Screen(answer, words=f"{answer['count']} deliveries are tried anew")
