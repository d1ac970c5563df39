"""The AMI over TCP: log-ins, each client's own subscriptions, and one write per batch of messages."""

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import partial

from integrations.telephone_lab.actions import CALL_ACTIONS, Act
from integrations.telephone_lab.database_actions import DATABASE_ACTIONS
from integrations.telephone_lab.queue_actions import QUEUE_ACTIONS
from integrations.telephone_lab.switch import Switch
from integrations.telephone_lab.wire import Request, answer, parse_request, refusal

BANNER = "Asterisk Call Manager/11.0.0\r\n"
_WAITING_BYTES = 32 * 2**20
"""A client that lets so much pile up is dropped, as Asterisk drops one that stalls."""
_REQUEST_BYTES = 64 * 2**10
_NAMED: Mapping[str, Act] = {**CALL_ACTIONS, **DATABASE_ACTIONS, **QUEUE_ACTIONS}
_ACTIONS = {name.lower(): act for name, act in _NAMED.items()}


class AmiServer:
    """The links there are; tells events to those that want them."""

    def __init__(self) -> None:
        self._links: set[AmiLink] = set()
        self._unsent: list[AmiLink] = []
        self._server: asyncio.Server | None = None
        self._refusing_until = 0.0

    async def listen(self, host: str, port: int, switch: Switch) -> int:
        """Take clients; the port that is listened on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(partial(AmiLink, self, switch), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
            self._server = None

    def tell(self, text: str) -> None:
        for link in self._links:
            link.hear(text)

    def cut(self) -> None:
        """Drop every link at once, unsent messages with it."""
        for link in list(self._links):
            link.abort()

    def refuse(self, loop_seconds: float) -> None:
        """Cut, and let nobody in for so long."""
        self.cut()
        self._refusing_until = asyncio.get_running_loop().time() + loop_seconds

    def admit(self, link: "AmiLink") -> bool:
        if asyncio.get_running_loop().time() < self._refusing_until:
            return False
        self._links.add(link)
        return True

    def dismiss(self, link: "AmiLink") -> None:
        self._links.discard(link)

    def will_flush(self, link: "AmiLink") -> None:
        """Write for this link once all that is due in this turn of the loop has happened."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(link)

    def _flush(self) -> None:
        links, self._unsent = self._unsent, []
        for link in links:
            link.flush()


class AmiLink(asyncio.Protocol):
    """One client."""

    def __init__(self, server: AmiServer, switch: Switch) -> None:
        self.switch = switch
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._out: list[str] = []
        self._logged_in = False
        self._events_on = False
        self._wanted: list[re.Pattern[str]] = []
        self._unwanted: list[re.Pattern[str]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._server.admit(self):
            self.send(BANNER)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.dismiss(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        *blocks, self._received = (self._received + data).split(b"\r\n\r\n")
        for block in blocks:
            if block.strip():
                self._take(parse_request(block))
        if len(self._received) > _REQUEST_BYTES:
            self.abort()

    def send(self, text: str) -> None:
        if not self._out:
            self._server.will_flush(self)
        self._out.append(text)

    def hear(self, text: str) -> None:
        """An event has happened."""
        if self._events_on and self._passes(text):
            self.send(text)

    def flush(self) -> None:
        text, self._out = "".join(self._out), []
        if not text or self._transport is None or self._transport.is_closing():
            return
        self._transport.write(text.encode())
        if self._transport.get_write_buffer_size() > _WAITING_BYTES:
            self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._server.dismiss(self)

    def _passes(self, text: str) -> bool:
        if self._wanted and not any(pattern.search(text) for pattern in self._wanted):
            return False
        return not any(pattern.search(text) for pattern in self._unwanted)

    def _take(self, request: Request) -> None:
        action = request.get("action").lower()
        own = self._own_action(action)
        if own is not None:
            own(request)
        elif not action:
            self.send(refusal(request, "Missing action in request"))
        elif not self._logged_in:
            self.send(refusal(request, "Permission denied"))
        elif action in _ACTIONS:
            _ACTIONS[action](self, request)
        else:
            hint = "Use Action: ListCommands to show available commands."
            self.send(refusal(request, f"Invalid/unknown command: {request.get('action')}. {hint}"))

    def _own_action(self, action: str) -> Callable[[Request], None] | None:
        """Actions on the link itself; the first two for everyone."""
        if action in {"login", "logoff", "challenge"}:
            return {"login": self._log_in, "logoff": self._log_off, "challenge": self._challenge}[action]
        own = {"events": self._set_events, "filter": self._add_filter, "listcommands": self._list_commands}
        return own.get(action) if self._logged_in else None

    def _log_in(self, request: Request) -> None:
        plan = self.switch.core.plan
        if (request.get("username"), request.get("secret")) != (plan.username, plan.secret):
            self.send(refusal(request, "Authentication failed"))
            self._finish()
            return
        self._logged_in = True
        self._events_on = request.get("events").lower() != "off"
        self.send(answer(request, "Authentication accepted"))
        seconds = int((self.switch.core.now() - self.switch.core.started_at).total_seconds())
        if self._events_on:
            self.send(
                f"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: {seconds}\r\nLastReload: {seconds}\r\n"
                "Status: Fully Booted\r\n\r\n"
            )

    def _log_off(self, request: Request) -> None:
        self.send(answer(request, "Thanks for all the fish.", kind="Goodbye"))
        self._finish()

    def _challenge(self, request: Request) -> None:
        self.send(refusal(request, "Authentication type not supported"))

    def _set_events(self, request: Request) -> None:
        mask = request.get("eventmask").lower()
        if not mask:
            self.send(refusal(request, "Invalid event mask"))
            return
        self._events_on = mask != "off"
        self.send(answer(request, Events="On" if self._events_on else "Off"))

    def _add_filter(self, request: Request) -> None:
        text = request.get("filter")
        if request.get("operation").lower() != "add":
            self.send(refusal(request, "Unknown operation"))
            return
        try:
            pattern = re.compile(text.removeprefix("!"), re.DOTALL)
        except re.error:
            self.send(refusal(request, "Filter did not compile.  Check the syntax of the filter given."))
            return
        (self._unwanted if text.startswith("!") else self._wanted).append(pattern)
        self.send(answer(request, "Filter added successfully"))

    def _list_commands(self, request: Request) -> None:
        names = sorted([*_NAMED, "Events", "Filter", "ListCommands", "Login", "Logoff"])
        self.send(answer(request, **dict.fromkeys(names, "(Priv: <none>)")))

    def _finish(self) -> None:
        """Close when what was said is on its way."""
        self.flush()
        self._server.dismiss(self)
        if self._transport is not None:
            self._transport.close()
