"""The stream of what happens on the floor, over a WebSocket."""

import asyncio
import dataclasses
import json
import re
from datetime import datetime
from typing import Any

from aiohttp import WSCloseCode, web

from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput, DialerError
from dialer.domain.ids import AgentId, CampaignId
from dialer.engine.feed import AgentMoved, CallerTag, FloorEvent, ScreenPop, Subscription, SwitchMoved
from dialer.ports import ContactCard
from integrations.http_api.answers import shown
from integrations.http_api.faults import UpgradeRequired
from integrations.http_api.office import Office
from integrations.http_api.rights import Caller, Door, Right

_HEARTBEAT_SECONDS = 20.0
_LOOK_SECONDS = 1.0
"""How often a quiet stream looks whether the engine drains."""
_CLOSE_SECONDS = 2.0
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Streams:
    """The open streams; all are closed, with the reason told, when the service goes down."""

    def __init__(self, office: Office, door: Door) -> None:
        self._office, self._door = office, door
        self._open: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        caller = self._door.admit(request, Right.WATCH)
        if request.query:
            raise BadInput("takes no parameters", "query")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_SECONDS, protocols=("bearer",), timeout=_CLOSE_SECONDS)
        if not socket.can_prepare(request).ok:
            raise UpgradeRequired("this is a WebSocket: connect with Upgrade: websocket")
        with self._office.desk.feed.subscribe() as subscription:
            await socket.prepare(request)
            self._open.add(socket)
            try:
                await _talk(self._office, caller, subscription, socket)
            finally:
                self._open.discard(socket)
        return socket

    async def close(self) -> None:
        reason = b"the service drains and goes down"
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY, message=reason) for one in list(self._open)))


async def _talk(office: Office, caller: Caller, subscription: Subscription, socket: web.WebSocketResponse) -> None:
    """Write until the other side goes. What it says is not listened to, but read: closing and pongs come that way."""
    async with asyncio.TaskGroup() as group:
        writer = group.create_task(_write(office, caller, subscription, socket), name=f"stream to {caller.name}")
        async for _ in socket:
            pass
        writer.cancel()


async def _write(office: Office, caller: Caller, subscription: Subscription, socket: web.WebSocketResponse) -> None:
    told_of_drain = False
    while not socket.closed:
        if office.desk.draining and not told_of_drain:
            told_of_drain = True
            await _send(socket, {"event": "draining", "at": office.clock.now()})
        event = await _next(subscription)
        if subscription.lost:
            lost, subscription.lost = subscription.lost, 0
            await _send(socket, {"event": "lost", "count": lost})
        if event is not None and concerns(event, caller.only):
            await _send(socket, await _told(office, caller, event))


async def _next(subscription: Subscription) -> FloorEvent | None:
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            return await subscription.next()
    except TimeoutError:
        return None


async def _send(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    try:
        await socket.send_str(json.dumps(message, default=_written))
    except ConnectionError:
        return


def concerns(event: FloorEvent, only: AgentId | None) -> bool:
    """Whether who is narrowed to one agent is told of an event. Marketing off is everyone's affair: agents move."""
    if only is None or isinstance(event, SwitchMoved):
        return True
    return isinstance(event, AgentMoved | ScreenPop | CallerTag) and event.agent == only


def message(event: FloorEvent) -> dict[str, Any]:
    name = _WORD.sub("_", type(event).__name__).lower()
    return {"event": name} | {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


async def _told(office: Office, caller: Caller, event: FloorEvent) -> dict[str, Any]:
    said = message(event)
    if caller.only is None or not isinstance(event, ScreenPop | CallerTag):
        return said
    try:
        card = await office.books.contacts.card(event.contact)
        plan = await _plan(office, event.campaign)
    except DialerError as error:
        return said | {"card": None, "why": str(error)}
    return said | {"card": _card(card, in_call=_in_call(event)), "script": plan.script if plan else ""}


def _in_call(event: ScreenPop | CallerTag) -> bool:
    return isinstance(event, CallerTag) or event.attempt is not None


async def _plan(office: Office, campaign: CampaignId) -> CampaignPlan | None:
    return next((one.plan for one in await office.books.campaigns.campaigns() if one.id == campaign), None)


def _card(card: ContactCard, *, in_call: bool) -> dict[str, Any]:
    """What the agent's screen shows; numbers in full only for a call that is under way."""
    return {
        "contact": card.contact,
        "name": card.name,
        "attributes": dict(card.attributes),
        "numbers": [shown(number, in_full=in_call) for _, number in card.numbers],
        "history": [dict(past) for past in card.history],
    }


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
