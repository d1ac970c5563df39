"""A route: its function's signature says what it takes and gives, for the handler and for the document alike.

Parameters named `office`, `caller`, `query` and `body` get what they are called, `part_asked` what a Range header says;
any other is a part of the path.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args, get_origin

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from dialer.domain.errors import BadInput
from integrations.http_api.faults import Forbidden, UnsupportedMedia, bad_request
from integrations.http_api.office import Office
from integrations.http_api.rights import Caller, Door, Right

_PLACES = ("office", "caller", "query", "body", "part_asked")
_SOUND = {"Content-Type": "audio/wav", "Cache-Control": "no-store"}
_RANGE_LENGTH = 100
_STRICT = ConfigDict(extra="forbid", strict=True)


class SoundFile(BaseModel):
    """Answered as the file itself, or the part of it that is asked for; never as JSON."""

    path: Path


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    right: Right | None
    """None: anyone, without a token."""
    act: Callable[..., Awaitable[BaseModel | None]]
    status: int = 200
    conflicts: bool = False
    """Whether the present state may stand against it."""

    @cached_property
    def takes(self) -> Mapping[str, Any]:
        return {name: one.annotation for name, one in inspect.signature(self.act).parameters.items()}

    @cached_property
    def parts(self) -> type[BaseModel]:
        """What stands in the path."""
        fields: dict[str, Any] = {name: (kind, ...) for name, kind in self.takes.items() if name not in _PLACES}
        return create_model("Path", __config__=_STRICT, **fields)

    @property
    def query(self) -> type[BaseModel] | None:
        return self.takes.get("query")

    @property
    def body(self) -> type[BaseModel] | None:
        return self.takes.get("body")

    @cached_property
    def answer(self) -> type[BaseModel] | None:
        """What it answers with; None: nothing, as status 204."""
        found = inspect.signature(self.act).return_annotation
        return None if found is None or get_origin(found) or get_args(found) else found

    @property
    def success(self) -> int:
        return self.status if self.answer else 204


def handler(route: Route, office: Office, door: Door) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Everything is checked before the route's function runs: who asks, then path, query and body."""
    wanted = set(route.takes)

    async def handle(request: web.Request) -> web.StreamResponse:
        given: dict[str, Any] = {"office": office, "part_asked": request.headers.get("Range", "")[:_RANGE_LENGTH]}
        if route.right is not None:
            given["caller"] = _admit(door, request, route.right)
        given |= _parts(route, request)
        given["query"] = _query(route.query, request)
        given["body"] = await _body(route.body, request)
        answer = await route.act(**{name: value for name, value in given.items() if name in wanted})
        if answer is None:
            return web.Response(status=204)
        if isinstance(answer, SoundFile):
            return web.FileResponse(answer.path, headers=_SOUND)
        body = answer.model_dump_json().encode()
        return web.Response(status=route.success, body=body, content_type="application/json")

    return handle


def _admit(door: Door, request: web.Request, right: Right) -> Caller:
    caller = door.admit(request, right)
    if caller.only is not None and request.match_info.get("agent", caller.only) != caller.only:
        raise Forbidden("an agent may act as itself alone")
    return caller


def _parts(route: Route, request: web.Request) -> dict[str, Any]:
    try:
        read = route.parts.model_validate_strings(dict(request.match_info))
    except ValidationError as error:
        raise bad_request(error, "path") from None
    return {name: getattr(read, name) for name in route.parts.model_fields}


def _query(model: type[BaseModel] | None, request: web.Request) -> BaseModel | None:
    values = dict(request.query)
    if len(values) < len(request.query):
        raise BadInput("a parameter is given twice", "query")
    if model is None:
        if values:
            raise BadInput("takes no parameters", "query")
        return None
    try:
        return model.model_validate_strings(values)
    except ValidationError as error:
        raise bad_request(error, "query") from None


async def _body(model: type[BaseModel] | None, request: web.Request) -> BaseModel | None:
    if model is None:
        if await request.read():
            raise BadInput("takes no body", "body")
        return None
    if request.content_type != "application/json":
        raise UnsupportedMedia("send JSON, as Content-Type: application/json", "body")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMedia("send UTF-8", "body")
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise bad_request(error, "body") from None
