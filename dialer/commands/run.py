"""`dialer run`: the service, from one settings file, until SIGTERM; SIGHUP has the rule files read anew."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.domain.errors import BadInput, DialerError

if TYPE_CHECKING:
    from dialer.settings import Settings

_log = logging.getLogger(__name__)
_LEVELS = ("debug", "info", "warning", "error")


def run(
    settings: Annotated[
        Path | None, typer.Option("--settings", "-s", help="TOML file; `dialer settings --example` prints one.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="PostgreSQL address; wins over file and environment.", metavar="URL")
    ] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error")] = "info",
) -> None:
    """Run the service until SIGTERM or Ctrl-C; then drain: no new calls, live ones finish. A second one ends at once.
    SIGHUP has the rule files read anew, as `dialer compliance reload` and `dialer triggers reload` do.

    Example: dialer run --settings dialer.toml
    """
    from dialer.settings import load_settings  # noqa: PLC0415
    from monitoring.logs import log_to  # noqa: PLC0415

    if log_level.lower() not in _LEVELS:
        raise BadInput(f"must be one of {', '.join(_LEVELS)}", "--log-level")
    overrides = {"database": {"url": database}} if database else {}
    found = load_settings(settings, **overrides)
    log_to(form=found.logs.form, level=log_level.upper())
    asyncio.run(_serve(found))


async def _serve(settings: "Settings") -> None:
    from dialer.bootstrap import running_service, serving_api  # noqa: PLC0415

    async with (
        running_service(settings) as service,
        serving_api(service) as port,
        reloading_on_hangup(service.desk.rules.reload, service.desk.trigger_rules.reload),
    ):
        # what is loaded by now stays: to go through it once more takes the collector a quarter of a second
        gc.collect()
        gc.freeze()
        on_signals(service.stop.set)
        print(f"paceline serves on http://{settings.api.host}:{port}", flush=True)
        await service.stop.wait()
        print("draining: no new calls, live ones finish (once more to end at once)", flush=True)
        await service.engine.drained.wait()


@asynccontextmanager
async def reloading_on_hangup(*reloads: Callable[[str], Awaitable[object]]) -> AsyncIterator[None]:
    """While it lasts, SIGHUP has files of rules read anew: each by itself, whatever is wrong in another."""
    arrived, loop = asyncio.Event(), asyncio.get_running_loop()

    async def watch() -> None:
        while True:
            await arrived.wait()
            arrived.clear()
            for reload in reloads:
                await read_anew(reload)

    async def read_anew(reload: Callable[[str], Awaitable[object]]) -> None:
        try:
            await reload("SIGHUP")
        except DialerError:
            pass  # told in the log already
        except Exception:
            _log.exception("files of rules could not be read anew")

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch(), name="reload")
        loop.add_signal_handler(signal.SIGHUP, arrived.set)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGHUP)
            watching.cancel()


def on_signals(first: Callable[[], None]) -> None:
    """The first SIGTERM or SIGINT calls `first`; the second ends the process, which the next start makes good."""
    loop = asyncio.get_running_loop()
    seen = False

    def arrived() -> None:
        nonlocal seen
        if seen:
            os._exit(130)
        seen = True
        first()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, arrived)
