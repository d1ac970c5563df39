"""A bare AMI client for the lab's tests: writes actions, reads messages, nothing clever."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from dialer.clock import ScaledClock

Message = dict[str, str]

PATIENCE_SECONDS = 7200.0
START = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
HANDLER = r"dialer-ended\,s\,1"


def virtual_clock() -> ScaledClock:
    """Reads START about when the test's virtual time begins."""
    return ScaledClock(START, time.monotonic())


def order_variables(**more: str) -> dict[str, str]:
    """What the engine sends along with an Originate; living engine `e1`, 2 s wait, no detection."""
    return {
        "DIALER_ENGINE": "e1",
        "DIALER_SILENCE_MS": "4000",
        "DIALER_WAIT_MS": "2000",
        "DIALER_AMD": "off",
        "DIALER_QUEUE": "campaign-1",
        "DIALER_MESSAGE": "",
        "DIALER_INFORMATION": "beep",
        "DIALER_RECORD": "1",
    } | more


class Probe:
    """One link. `heard` keeps every message since the login, in order."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heard: list[Message] = []
        self.banner = ""
        self.lives = True
        """Answers DialerLimit, as a living engine does."""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.banner = (await self._reader.readline()).decode()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.transport.abort()

    def write(self, action: str, variables: Mapping[str, str] | None = None, **headers: object) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Variable: {name}={value}" for name, value in (variables or {}).items()]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def ask(self, action: str, **headers: object) -> Message:
        """The response to an action."""
        action_id = f"probe-{len(self.heard)}"
        self.write(action, None, ActionID=action_id, **headers)
        return await self.until(ActionID=action_id)

    async def listing(self, action: str, **headers: object) -> list[Message]:
        """The events of a list, the closing one left out."""
        first = len(self.heard)
        response = await self.ask(action, **headers)
        assert response["EventList"] == "start"
        await self.until(ActionID=response["ActionID"], EventList="Complete")
        ours = [m for m in self.heard[first:] if m.get("ActionID") == response["ActionID"] and "Event" in m]
        return ours[:-1]

    async def log_in(self) -> None:
        assert (await self.ask("Login", Username="dialer", Secret="secret"))["Response"] == "Success"
        await self.until(Event="FullyBooted")

    async def read(self) -> Message:
        """The next message; ConnectionError when the link ends."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                block = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error
        message: Message = {}
        for line in block.decode().split("\r\n"):
            name, colon, value = line.partition(": ")
            if colon:
                message.setdefault(name, value)
        self.heard.append(message)
        if self.lives and message.get("UserEvent") == "DialerLimit":
            self.write("Redirect", Channel=message["Attempt"], Context="dialer-abandoned", Exten="s", Priority=1)
        return message

    async def until(self, **wanted: str) -> Message:
        """The next message with all of these headers."""
        while True:
            message = await self.read()
            if all(message.get(name) == value for name, value in wanted.items()):
                return message

    async def drain(self) -> None:
        """Take what has arrived, up to the answer of a ping."""
        await self.ask("Ping")

    def events_of(self, attempt: str) -> list[str]:
        """What was heard of a call, in order; user events by their own names."""
        ours = [m for m in self.heard if attempt in (m.get("Uniqueid"), m.get("DestUniqueid"))]
        return [m.get("UserEvent") or m["Event"] for m in ours if "Event" in m]

    # --- what the engine would do

    def dial(self, attempt: str, number: str, ring_seconds: float = 25, **variables: str) -> None:
        self.write(
            "Originate",
            order_variables(DIALER_ATTEMPT=attempt, **variables) | {"CHANNEL(hangup_handler_push)": HANDLER},
            ActionID=attempt,
            Channel=f"PJSIP/{number}@carrier",
            Context="dialer-answered",
            Exten="s",
            Priority=1,
            Timeout=int(ring_seconds * 1000),
            Async="true",
            ChannelId=attempt,
        )

    async def beat(self, clock: ScaledClock, ahead_seconds: float = 100_000) -> None:
        """The engine lives, for so long."""
        at = round((clock.now().timestamp() + ahead_seconds) * 1000)
        await self.ask("Setvar", Variable="DIALER_ALIVE_e1", Value=at)

    async def agent_on_line(self, agent: str) -> None:
        """Call an agent's phone into AgentLogin and wait until the agent counts as free."""
        self.write(
            "Originate",
            ActionID=f"login-{agent}",
            Channel=f"PJSIP/{agent}",
            Context="dialer-agent-login",
            Exten=agent,
            Priority=1,
            Timeout=30_000,
            Async="true",
        )
        await self.until(Device=f"Agent:{agent}", State="NOT_INUSE")

    async def record(self, attempt: str) -> str:
        """What the hangup handler left in AstDB."""
        found = await self.listing("DBGet", Family="dialer-ended-e1", Key=attempt)
        return found[0]["Val"]
