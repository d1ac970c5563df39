"""Asterisk's end of the AMI, scripted, on a free loopback port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """An action as it arrived."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def name(self) -> str:
        return self.get("Action")


Answer = Callable[[Asked], bytes]


def response(asked: Asked, status: str = "Success", **headers: str) -> bytes:
    lines = [f"Response: {status}", f"ActionID: {asked.get('ActionID')}"]
    return "".join(f"{line}\r\n" for line in [*lines, *(f"{k}: {v}" for k, v in headers.items()), ""]).encode()


def event(name: str, **headers: str) -> bytes:
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{k}: {v}" for k, v in headers.items()), ""]
    return "".join(f"{line}\r\n" for line in lines).encode()


def silence(_: Asked) -> bytes:
    return b""


class PeerLink(asyncio.Protocol):
    def __init__(self, peer: "AmiPeer") -> None:
        self.closed = asyncio.Event()
        self._peer = peer
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._peer.links.append(self)
        self.transport.write(self._peer.greeting)

    def data_received(self, data: bytes) -> None:
        *actions, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for action in actions:
            pairs = (line.partition(": ") for line in action.decode().split("\r\n"))
            asked = Asked(tuple((key, value) for key, _, value in pairs))
            self._peer.asked.append(asked)
            self.transport.write(self._peer.answers.get(asked.name, response)(asked))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


class AmiPeer:
    """`answers` by action name; an action without one is answered Success. `asked` and `links` are of all links."""

    def __init__(self) -> None:
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n"
        self.answers: dict[str, Answer] = {"Login": lambda asked: response(asked) + BOOTED}
        self.asked: list[Asked] = []
        self.links: list[PeerLink] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: PeerLink(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def go_down(self) -> None:
        """Drop the links and listen no more; `listen` comes back on the same port."""
        if self._server is not None:
            self._server.close()
        self._server = None
        await self.drop()

    async def drop(self) -> None:
        for link in self.links:
            link.transport.abort()
            await link.closed.wait()

    def send(self, *messages: bytes) -> None:
        """Write to the newest link, all in one piece."""
        self.links[-1].transport.write(b"".join(messages))

    def count(self, name: str) -> int:
        return sum(asked.name == name for asked in self.asked)


@asynccontextmanager
async def ami_peer() -> AsyncIterator[AmiPeer]:
    peer = AmiPeer()
    await peer.listen()
    try:
        yield peer
    finally:
        await peer.go_down()


async def until(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Wait for the condition, at most so long; whether it holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        if condition():
            return True
        if loop.time() > deadline:
            return False
        await asyncio.sleep(0.001)
