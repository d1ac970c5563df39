"""Commands that go over the HTTP API: each gets --api, --token and --json, and a client as its first argument."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer

from dialer.commands.screen import Screen, show

Api = Annotated[str, typer.Option("--api", envvar="DIALER_API_URL", metavar="URL", help="address of the service's API")]
Token = Annotated[str, typer.Option(envvar="DIALER_API_TOKEN", help="your token", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print the API's answer as it is")]
Work = Callable[..., Awaitable[Screen | None]]


def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


_COMMON = (
    _parameter("api", Api, "http://127.0.0.1:8080"),
    _parameter("token", Token, ""),
    _parameter("as_json", AsJson, False),
)


def over_api(
    group: typer.Typer, name: str, more: Sequence[inspect.Parameter] = (), panel: str | None = None
) -> Callable[[Work], Work]:
    """Make an async function a command of `group`. `more`: options it takes as keywords beside its own parameters."""

    def register(work: Work) -> Work:
        own = [one for one in inspect.signature(work).parameters.values() if one.kind is not one.VAR_KEYWORD][1:]

        def run(**arguments: Any) -> None:
            common = [arguments.pop(one.name) for one in _COMMON]
            asyncio.run(_run(work, arguments, *common))

        kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        run.__dict__["__signature__"] = inspect.Signature([*kept, *more, *_COMMON])
        group.command(name, help=inspect.getdoc(work), rich_help_panel=panel)(run)
        return work

    return register


async def _run(work: Work, arguments: dict[str, Any], api: str, token: str, as_json: bool) -> None:
    from dialer.commands.api_client import api_client  # noqa: PLC0415

    async with api_client(api, token) as client:
        screen = await work(client, **arguments)
    if screen is not None:
        show(screen, as_json=as_json)
