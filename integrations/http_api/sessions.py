"""Signed in by a cookie: what a browser asks for by itself (streams, sounds) can't name a bearer token.

The cookie is the token, kept from scripts and from other sites, and is good for reading alone.
"""

from aiohttp import web

from dialer.settings import Role
from integrations.http_api.rights import COOKIE, Caller, Door, cookie_of

_HEADERS = {"Cache-Control": "no-store"}


def session_routes(door: Door) -> list[web.RouteDef]:
    async def see(request: web.Request) -> web.Response:
        return _told(door.known(request))

    async def begin(request: web.Request) -> web.Response:
        """With the token as any request names it."""
        caller, token = door.named(request)
        answer = _told(caller)
        answer.set_cookie(COOKIE, cookie_of(token), httponly=True, samesite="Strict", secure=request.secure)
        return answer

    async def end(_: web.Request) -> web.Response:
        answer = web.Response(status=204, headers=_HEADERS)
        answer.del_cookie(COOKIE, httponly=True, samesite="Strict")
        return answer

    return [
        web.get("/session", see, allow_head=False),
        web.post("/session", begin),
        web.delete("/session", end),
    ]


def _told(caller: Caller) -> web.Response:
    told: dict[str, str | Role] = {"name": caller.name, "role": caller.role}
    return web.json_response(told, headers=_HEADERS)
