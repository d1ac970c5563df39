"""The OpenAPI 3.1 document of a table of routes."""

import inspect
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pydantic import BaseModel

from integrations.http_api.faults import Refusal
from integrations.http_api.rights import ROLES
from integrations.http_api.routing import Route, SoundFile

_REF = "#/components/schemas/{model}"
_REASONS = {
    200: "done",
    201: "created",
    202: "begun; its progress is asked for",
    204: "done; nothing to tell",
    206: "the part that was asked for",
    401: "no token, or an unknown one",
    403: "the token's role does not allow it",
    404: "what is named is not there",
    409: "the present state does not allow it",
    413: "the body is too large",
    416: "there is no such part",
    415: "the body is not JSON in UTF-8",
    422: "a value can't be accepted; `place` says which",
    426: "only a WebSocket is served here",
    500: "a fault of ours",
    502: "Asterisk said no",
    503: "the database or telephony can't be used now",
}
EVENTS = {
    "summary": "Events of the floor as they happen, over a WebSocket.",
    "description": (
        "Each message is one JSON object whose `event` is agent_moved, call_moved, screen_pop, caller_tag (who called "
        "in is a target: campaign, lead and offer), campaign_moved, server_moved, switch_moved (marketing went off or "
        "came back in a service group), lost (`count` events that you were too slow for) or draining. An agent gets "
        "its own moves, screen pops and caller tags, and switch_moved; pops and tags carry the contact's card and the "
        "campaign's script. Where no header can be set, name the token as a subprotocol: "
        "`Sec-WebSocket-Protocol: bearer, TOKEN`."
    ),
    "operationId": "watch_events",
    "tags": ["events"],
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    events = EVENTS | {
        "responses": {"101": {"description": "the stream begins"}} | _refusals((401, 403, 422, 426, 500), schemas)
    }
    paths.setdefault("/v1/events", {})["get"] = events
    return {
        "openapi": "3.1.0",
        "info": {"title": "Paceline", "version": _version(), "description": "Commands and readings of the dialer."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": (inspect.getdoc(route.act) or "").partition("\n")[0],
        "operationId": route.act.__name__,
        "tags": [route.path.split("/")[2] if route.path.startswith("/v1/") else "health"],
        "responses": _responses(route, schemas),
    }
    if route.right is None:
        operation["security"] = []
    else:
        operation["description"] = f"For: {', '.join(sorted(ROLES[route.right]))}."
    parameters = _parameters(route.parts, "path", schemas) + _parameters(route.query, "query", schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.body:
        content = {"application/json": {"schema": _schema(route.body, "validation", schemas)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": _REASONS[route.success]}
    if route.answer is SoundFile:
        sound = {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
        told = {str(status): {"description": _REASONS[status]} | sound for status in (200, 206)}
        return told | {"416": {"description": _REASONS[416]}} | _refusals(refusal_statuses(route), schemas)
    if route.answer:
        schema = _schema(route.answer, "serialization", schemas)
        success["content"] = {"application/json": {"schema": schema}}
    return {str(route.success): success} | _refusals(refusal_statuses(route), schemas)


def refusal_statuses(route: Route) -> list[int]:
    """With which statuses a route may refuse."""
    statuses = {422, 500, 503}
    if route.right is not None:
        statuses |= {401, 403}
    if route.parts.model_fields or route.query or route.body:
        statuses.add(404)
    if route.body:
        statuses |= {413, 415}
    if route.conflicts:
        statuses |= {409, 502}
    return sorted(statuses)


def _refusals(statuses: Sequence[int], schemas: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": _schema(Refusal, "serialization", schemas)}}
    return {str(status): {"description": _REASONS[status], "content": content} for status in statuses}


def _parameters(model: type[BaseModel] | None, place: str, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema, others = _described(model, "validation")
    schemas.update(others)
    required = schema.get("required", [])
    return [
        {"name": name, "in": place, "required": name in required, "schema": _without_null(field)}
        for name, field in schema.get("properties", {}).items()
    ]


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """A parameter left out is null for us, but nobody can send null in an address."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "title")}
    if rest.get("default", 0) is None:
        del rest["default"]
    return rest | kinds[0] if len(kinds) == 1 else rest


def _schema(
    model: type[BaseModel], mode: Literal["validation", "serialization"], schemas: dict[str, Any]
) -> dict[str, str]:
    schema, others = _described(model, mode)
    schemas.update(others)
    schemas[model.__name__] = schema
    return {"$ref": _REF.format(model=model.__name__)}


@cache
def _described(
    model: type[BaseModel], mode: Literal["validation", "serialization"]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's schema and those that it refers to; made once, since most routes refuse alike. Not to be changed."""
    schema = model.model_json_schema(ref_template=_REF, mode=mode)
    return schema, schema.pop("$defs", {})


def _version() -> str:
    try:
        return version("paceline")
    except PackageNotFoundError:
        return "0"
