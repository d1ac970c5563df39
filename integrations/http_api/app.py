"""The API as an aiohttp application, and serving it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from dialer.clock import Clock
from dialer.domain.errors import BadInput
from dialer.engine.desk import Desk
from integrations.http_api.events import Streams
from integrations.http_api.faults import tell_faults
from integrations.http_api.office import ApiBooks, Office
from integrations.http_api.openapi import document
from integrations.http_api.page import page
from integrations.http_api.rights import Door
from integrations.http_api.routes import ROUTES
from integrations.http_api.routing import handler
from integrations.http_api.self_service import self_service_routes
from integrations.http_api.sessions import session_routes

BODY_BYTES = 256 * 1024
"""The largest body that is read."""


def api(
    desk: Desk,
    books: ApiBooks,
    door: Door,
    clock: Clock,
    extra_routes: Sequence[web.AbstractRouteDef] = (),
) -> web.Application:
    """The application; `extra_routes` (e.g. /metrics) are mounted as they are: who may ask is their own affair."""
    office = Office(desk, books, clock)
    streams = Streams(office, door)
    described = document(ROUTES)
    app = web.Application(middlewares=[tell_faults], client_max_size=BODY_BYTES)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, handler(route, office, door))
    app.router.add_get("/v1/events", streams.handle, allow_head=False)
    app.router.add_get("/openapi.json", _fixed(json.dumps(described), "application/json"), allow_head=False)
    app.router.add_get("/docs", _fixed(page(described), "text/html"), allow_head=False)
    app.add_routes(self_service_routes(books.knowledge, clock))
    app.add_routes(session_routes(door))
    app.add_routes(extra_routes)

    async def close_streams(_: web.Application) -> None:
        await streams.close()

    app.on_shutdown.append(close_streams)
    return app


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve on host and port (0: any free one) and yield the bound port. BadInput when it can't be had."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise BadInput(f"{host}:{port} can't be listened on: {error.strerror}", "api.port") from error
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _fixed(text: str, content_type: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type=content_type)

    return handle
