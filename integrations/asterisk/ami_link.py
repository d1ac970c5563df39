"""One connection to the AMI: panoramisk's protocol with its reading, matching and closing replaced.

Ordering: events reach their taker in the order in which Asterisk wrote them, within the read that brought them.
A taker is called from the transport, so it must be quick; if it raises, that is counted, and the link lives on.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from dialer.domain.errors import ActionRefused, BadInput, TelephonyUnavailable
from integrations.asterisk.ami_wire import END_OF_LINE, END_OF_MESSAGE, RawEvent, event_name, read_response

if TYPE_CHECKING:  # panoramisk has no types; this is what is used of it

    class AMIProtocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None: ...
        def close(self) -> None: ...

    class Manager:
        def __init__(self, **config: object) -> None: ...
        def connect(self) -> asyncio.Task[tuple[asyncio.Transport, asyncio.Protocol]]: ...

else:
    from panoramisk.ami_protocol import AMIProtocol
    from panoramisk.manager import Manager

MESSAGE_BYTES = 64 * 1024
WRITE_QUEUE_BYTES = 1024 * 1024
CLOSED = "the link was closed by us"

_EVENT = b"Event: "
_RESPONSE = b"Response: "
_GREETING = b"Asterisk Call Manager/"

Taker = Callable[[RawEvent], None]
Routes = Mapping[bytes, tuple[str, Taker]]
"""Event name as on the wire, to its text and who takes it. Other events are dropped unread."""


@dataclass(slots=True)
class Pending:
    """An action that was written and has no answer yet."""

    action_id: str
    listing: bool
    answer: asyncio.Future[dict[str, str]]
    events: list[RawEvent] = field(default_factory=list)


class Connector(Manager):
    """panoramisk's way to a connection, without what follows: login, pings, reconnects and replays are the client's."""

    def connection_made(self, connecting: object) -> None:
        """Nothing: whoever awaits `connect` has the connection or its error."""


class AmiLink(AMIProtocol):
    """`on_lost` is called once, with the reason, after every pending action has failed; `on_failure` with the event's
    name when its taker raised."""

    def __init__(
        self,
        where: str,
        routes: Routes,
        on_lost: Callable[[str], None],
        on_failure: Callable[[str, Exception], None],
    ) -> None:
        self.heard = False
        """Set by everything received; cleared by whoever watches."""
        self.reason = ""
        """Why the link is gone, or going; empty while it lives."""
        self.lost = asyncio.Event()
        self._where = where
        self._routes = routes
        self._on_lost = on_lost
        self._on_failure = on_failure
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._pending: dict[str, Pending] = {}
        self._listings: dict[str, Pending] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport = cast(asyncio.Transport, transport)

    # --- writing ---------------------------------------------------------------------------------------------------

    def send(self, action_id: str, message: bytes, *, listing: bool = False) -> Pending:
        """Write an action once. BadInput: its id is taken. TelephonyUnavailable: nothing was written."""
        if action_id in self._pending:
            raise BadInput("an action of this id still waits for its answer", "ActionID")
        self.write(message)
        pending = Pending(action_id, listing, asyncio.get_running_loop().create_future())
        self._pending[action_id] = pending
        if listing:
            self._listings[action_id] = pending
        return pending

    def write(self, message: bytes) -> None:
        """Write an action whose answer nobody awaits."""
        if self.reason or self._transport is None:
            raise TelephonyUnavailable(self.reason or f"{self._where} is not connected")
        if self._transport.get_write_buffer_size() > WRITE_QUEUE_BYTES:
            raise TelephonyUnavailable(f"{self._where} does not read what it is sent; the action was not written")
        self._transport.write(message)

    def forget(self, pending: Pending) -> None:
        """Whatever still comes for it is nobody's."""
        self._pending.pop(pending.action_id, None)
        self._listings.pop(pending.action_id, None)

    def drop(self, reason: str) -> None:
        """End the link at once, the first reason counts; what is not sent by now never will be. `lost` tells when."""
        self.reason = self.reason or reason
        if self._transport is None:
            self.lost.set()
        else:
            self._transport.abort()

    def close(self) -> None:
        self.drop(CLOSED)

    # --- reading ---------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self.heard = True
        block = self._rest + data
        messages = block.split(END_OF_MESSAGE)
        if len(block) > MESSAGE_BYTES and len(max(messages, key=len)) > MESSAGE_BYTES:
            self.drop(f"{self._where} sent a message of more than {MESSAGE_BYTES // 1024} KiB")
            return
        self._rest = messages.pop()
        routes = self._routes
        for message in messages:
            if not message.startswith(_EVENT):
                self._take_other(message)
                continue
            end = message.find(END_OF_LINE)
            route = routes.get(message[7:end] if end > 0 else message[7:])
            if route is not None or self._listings:
                self._take_event(message, route)

    def _take_event(self, message: bytes, route: tuple[str, Taker] | None) -> None:
        if self._listings and self._take_listed(message):
            return
        if route is None:
            return
        name, take = route
        try:
            take(RawEvent(name, message))
        except Exception as error:
            self._on_failure(name, error)

    def _take_listed(self, message: bytes) -> bool:
        event = RawEvent(event_name(message), message)
        pending = self._listings.get(event.get("ActionID"))
        if pending is None:
            return False
        if event.name.endswith("Complete") or event.get("EventList").lower() in ("complete", "cancelled"):
            _settle(pending, {})
        else:
            pending.events.append(event)
        return True

    def _take_other(self, message: bytes) -> None:
        """A response; the greeting, a line by itself, stands before the first one."""
        message = message.lstrip(END_OF_LINE)
        if message.startswith(_GREETING):
            message = message.partition(END_OF_LINE)[2]
        if message.startswith(_EVENT):
            self._take_event(message, self._routes.get(message.partition(END_OF_LINE)[0][len(_EVENT) :]))
        elif message.startswith(_RESPONSE):
            self._take_response(read_response(message))

    def _take_response(self, response: dict[str, str]) -> None:
        pending = self._pending.get(response.get("ActionID", ""))
        if pending is None:
            return
        if response["Response"].lower() in ("error", "fail", "failure"):
            _fail(pending, ActionRefused(response.get("Message", "Asterisk gave no reason")))
        elif not pending.listing:
            _settle(pending, response)

    # --- the end ---------------------------------------------------------------------------------------------------

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.reason:
            self.reason = f"{self._where} closed the link" + (f": {exc}" if exc else "")
        for pending in self._pending.values():
            _fail(pending, TelephonyUnavailable(f"{self.reason}; what became of the action is not known"))
        self._pending.clear()
        self._listings.clear()
        self.lost.set()
        self._on_lost(self.reason)


def _settle(pending: Pending, response: dict[str, str]) -> None:
    if not pending.answer.done():
        pending.answer.set_result(response)


def _fail(pending: Pending, error: Exception) -> None:
    if not pending.answer.done():
        pending.answer.set_exception(error)
