"""Every refusal as one JSON shape: what kind, why, and where in the request."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialer.domain.errors import BadInput, BadInputs, Conflict, DialerError

_log = logging.getLogger(__name__)
_KINDS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    426: "upgrade_required",
}


class Unauthorized(DialerError):
    """No token, or one that nobody has."""

    exit_code = 2
    http_status = 401
    kind = "unauthorized"


class Forbidden(DialerError):
    """The token's role does not allow it."""

    exit_code = 2
    http_status = 403
    kind = "forbidden"


class UnsupportedMedia(BadInput):
    """A body in a form that is not read here."""

    http_status = 415
    kind = "unsupported_media_type"


class UpgradeRequired(DialerError):
    """A plain request where only a WebSocket is served."""

    exit_code = 2
    http_status = 426
    kind = "upgrade_required"


class NotReady(DialerError):
    http_status = 503
    kind = "not_ready"


class Fault(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str
    reason: str


class Refusal(BaseModel):
    """The body of every answer that is not a success."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    error: str = Field(description="kind of error, e.g. bad_input, not_found, conflict, forbidden")
    reason: str = Field(description="why, in words")
    place: str = Field(
        description="where: body.name, query.limit ..., or a file, rule and field; empty: the request as a whole"
    )
    faults: list[Fault] = Field(description="everything that is wrong, when it is more than one thing; else empty")


def bad_request(error: ValidationError, where: str) -> BadInputs:
    """What pydantic found, without the values: they may be personal."""
    return BadInputs(
        [
            BadInput(one["msg"], ".".join([where, *map(str, one["loc"])]))
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    )


def refusal(error: DialerError) -> web.Response:
    several = error.faults if isinstance(error, BadInputs) and len(error.faults) > 1 else ()
    faults = [Fault(place=one.place, reason=one.reason) for one in several]
    reason = error.reason if isinstance(error, BadInput) else str(error)
    place = error.place if isinstance(error, BadInput | Conflict) else ""
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == 401 else {}
    return _answer(error.http_status, Refusal(error=error.kind, reason=reason, place=place, faults=faults), headers)


@web.middleware
async def tell_faults(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every error into a refusal; one that we did not foresee is logged and told without its words."""
    try:
        return await handler(request)
    except DialerError as error:
        if error.http_status >= 500:
            _log.warning("%s: %s", _route_of(request), error)
        return refusal(error)
    except web.HTTPException as error:
        return _http_refusal(error)
    except Exception:
        _log.exception("%s failed", _route_of(request))
        return refusal(DialerError("a fault of ours; the service's log tells more"))


def _http_refusal(error: web.HTTPException) -> web.Response:
    """The framework's own noes: no such path or method, a body too large."""
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    reason = error.text or error.reason
    if error.status == 404:
        reason = "no such path"
    kind = _KINDS.get(error.status, "bad_request" if error.status < 500 else "fault")
    return _answer(error.status, Refusal(error=kind, reason=reason, place="", faults=[]), headers)


def _answer(status: int, body: Refusal, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=status, body=body.model_dump_json().encode(), content_type="application/json", headers=headers
    )


def _route_of(request: web.Request) -> str:
    """Method and the route's pattern: paths and queries may name people."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else 'unknown path'}"
