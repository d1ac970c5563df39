"""The page at `/`: the floor, live, for those without Grafana. What it shows comes by server-sent events.

A look at the desk a second, however many look at the page; who connects gets what was kept of the last two hours, then
each look. The page itself tells nothing, so it is served to anybody; the stream wants a caller who may see the floor.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response

from dialer.clock import Clock
from dialer.engine.desk import Desk
from monitoring.wallboard.figures import board, point

_LOOK_SECONDS = 1.0
"""By the wall's clock, as people look."""
_POINT_SECONDS = 5.0
"""By the floor's clock."""
_POINTS = 1_440
_PAGES = {
    "/": ("board.html", "text/html"),
    "/wallboard/board.js": ("board.js", "text/javascript"),
    "/wallboard/board.css": ("board.css", "text/css"),
}
_CHARTS = ("plotly", "package_data/plotly.min.js")
_HEADERS = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # the chart library writes its own style sheet
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}

_log = logging.getLogger(__name__)

Admit = Callable[[web.Request], object]
"""Raises for a caller who may not see the floor."""


class Wallboard:
    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock
        self._points: deque[dict[str, Any]] = deque(maxlen=_POINTS)
        self._kept_at = -_POINT_SECONDS
        self._latest = ""
        self._fresh = asyncio.Event()
        """Set once, with the next look; then there is another."""
        self._ended = False

    async def run(self) -> None:
        """Look at the floor, for as long as the service is served."""
        try:
            while True:
                try:
                    self._look()
                except Exception:  # a board that fails takes nothing else with it
                    _log.exception("the wallboard could not be drawn")
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._ended = True
            self._fresh.set()

    def _look(self) -> None:
        desk = self._desk
        told = board(
            self._clock.now(), desk.campaigns(), desk.servers(), desk.marketing.statuses(), draining=desk.draining
        )
        if self._clock.monotonic() >= self._kept_at + _POINT_SECONDS:
            self._kept_at = self._clock.monotonic()
            self._points.append(point(told))
        self._latest = json.dumps(told)
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()

    def routes(self, admit: Admit) -> list[web.RouteDef]:
        async def stream(request: web.Request) -> web.StreamResponse:
            admit(request)
            return await self._stream(request)

        return [
            web.get("/wallboard/stream", stream, allow_head=False),
            web.get("/wallboard/plotly.min.js", _charts, allow_head=False),
            *(web.get(path, _file(name, kind), allow_head=False) for path, (name, kind) in _PAGES.items()),
        ]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        async with sse_response(request) as response:
            await response.send(json.dumps(list(self._points)), event="history")
            while not self._ended and response.is_connected():
                if self._latest:
                    await response.send(self._latest, event="floor")
                await self._fresh.wait()
        return response


def _file(name: str, kind: str) -> Callable[[web.Request], Any]:
    body = (files("monitoring.wallboard") / name).read_bytes()

    async def handle(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=_HEADERS)

    return handle


async def _charts(_: web.Request) -> web.StreamResponse:
    """Sent from the disk: some five megabytes, which the browser keeps."""
    package, name = _CHARTS
    return web.FileResponse(str(files(package) / name), headers=_HEADERS | {"Cache-Control": "public, max-age=86400"})
