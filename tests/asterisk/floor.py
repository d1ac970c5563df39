"""A whole floor for tests: `dialer run` as a process of its own against a real Asterisk, steered through its API."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import aiohttp

from dialer.settings import AsteriskSettings
from tests.any_hour import ANY_HOUR

TOKEN = "the-test's-own-supervisor"
_READY_SECONDS = 120.0


@dataclass
class Dialer:
    """The service as its users start it; it may be killed and started again."""

    folder: Path
    database_url: str
    asterisk: AsteriskSettings
    more_settings: str = ""
    """TOML, after the settings that every floor has."""
    _process: subprocess.Popen[bytes] | None = None
    _session: aiohttp.ClientSession | None = None
    _address: str = ""

    async def __aenter__(self) -> "Dialer":
        (self.folder / "rules.toml").write_text(ANY_HOUR, "utf-8")
        (self.folder / "dialer.toml").write_text(self._settings(), "utf-8")
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()
        if self._session is not None:
            await self._session.close()

    async def start(self) -> None:
        """Start, and return when it is ready: database, link and state known."""
        with (self.folder / "dialer.log").open("ab") as log:
            self._process = _started(["run", "--settings", str(self.folder / "dialer.toml")], log)
        assert self._process.stdout is not None
        said = await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), _READY_SECONDS)
        assert said, f"dialer ended with {self._process.wait()}:\n{self.log()[-3000:]}"
        self._address = said.decode().split()[-1]
        await self.until(self._ready, _READY_SECONDS)

    def kill(self) -> None:
        """SIGKILL: nothing is drained, stored or told."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM, and wait for the drain; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.send_signal(number)
        code = self._process.wait(120)
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def address(self) -> str:
        """Of its API."""
        return self._address

    def log(self) -> str:
        return (self.folder / "dialer.log").read_text("utf-8", "replace")

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        assert self._session is not None
        async with self._session.request(method, f"{self._address}{path}", json=body) as answer:
            told = None if answer.status == 204 else await answer.json()
            assert answer.status < 300, f"{method} {path}: {answer.status} {told}"
            return told

    async def attempts(self, campaign: str) -> list[dict[str, Any]]:
        """All attempts of a campaign."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.call("GET", f"/v1/attempts?campaign={campaign}&limit=500{after}")
            found += page["items"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    async def leads(self, campaign: str) -> Counter[str]:
        counts = await self.call("GET", f"/v1/leads/counts?campaign={campaign}")
        return Counter(counts["by_status"])

    async def until(self, condition: "Callable[[], Any]", seconds: float) -> None:
        """Poll until the condition (a coroutine function) holds; fails, with the log's end, when it never does."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                if await condition():
                    return
            alive = self._process is None or self._process.poll() is None
            assert alive, f"dialer ended:\n{self.log()[-3000:]}"
            assert asyncio.get_running_loop().time() < end, f"never came true; log:\n{self.log()[-3000:]}"
            await asyncio.sleep(0.25)

    async def _ready(self) -> bool:
        assert self._session is not None
        async with self._session.get(f"{self._address}/readyz") as answer:
            return answer.status == 200

    def command(self, *arguments: str) -> str:
        """Another command of the same program; its output."""
        environment = os.environ | {"DIALER_DATABASE__URL": self.database_url}
        done = subprocess.run(
            [sys.executable, "-m", "dialer", *arguments], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def _settings(self) -> str:
        return f"""
[database]
url = "{self.database_url}"
[api]
port = 0
tokens = [{{ name = "test", role = "admin", token = "{TOKEN}" }}]
[[asterisk]]
name = "main"
port = {self.asterisk.port}
secret = "{self.asterisk.secret}"
dial_string = "{self.asterisk.dial_string}"
lines = 100
calls_per_second = 20
[engine]
data_directory = "{self.folder}"
[compliance]
rules = "{self.folder}/rules.toml"
{self.more_settings}"""


def _started(arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "dialer", *arguments], stdout=subprocess.PIPE, stderr=log)


@dataclass
class AmiProxy:
    """A link to Asterisk's AMI that can be cut."""

    port: int
    """Asterisk's."""
    own_port: int = 0
    _server: asyncio.Server | None = None
    _kept: socket.socket | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _pipes: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["AmiProxy"]:
        await self.restore()
        try:
            yield self
        finally:
            await self.cut()
            self._let_go()

    async def restore(self) -> None:
        self._let_go()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.own_port)
        self.own_port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every connection and take no new one; nobody else gets the port meanwhile."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(("127.0.0.1", self.own_port))
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.port)
        for source, sink in ((reader, ours), (theirs, writer)):
            self._writers.add(sink)
            pipe = asyncio.create_task(self._pipe(source, sink))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
        finally:
            sink.close()
            self._writers.discard(sink)
            with contextlib.suppress(ConnectionError):
                await sink.wait_closed()
