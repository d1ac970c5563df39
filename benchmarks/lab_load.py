"""How many calls a second the telephone lab sustains on one core.

    python -m benchmarks.lab_load [--calls-per-second 300] [--seconds 20] [--agents 200]

Places calls on a lab in a process of its own by a bare AMI client that gives waiting callees to free agents and deletes
records, as the engine does. Prints one JSON line for each case: what the lab's process used, and at how many calls a
second it would fill a core.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from dialer.clock import ScaledClock, scaled_from_now
from integrations.telephone_lab.plan import OUR_EVENTS

SPEED = 10.0
"""Lab seconds a second, so that ringing and talking don't stretch the run; a call costs the same at any speed."""
ORDER = (
    "Action: Originate\r\nActionID: {id}\r\nChannelId: {id}\r\nChannel: PJSIP/+1555{number:07d}@carrier\r\n"
    "Context: dialer-answered\r\nExten: s\r\nPriority: 1\r\nTimeout: 25000\r\nAsync: true\r\n"
    "Variable: DIALER_ENGINE=e1\r\nVariable: DIALER_SILENCE_MS=4000\r\nVariable: DIALER_WAIT_MS=2000\r\n"
    "Variable: DIALER_AMD=off\r\nVariable: DIALER_QUEUE=campaign-1\r\nVariable: DIALER_INFORMATION=beep\r\n"
    "Variable: CHANNEL(hangup_handler_push)=dialer-ended\\,s\\,1\r\n\r\n"
)
REDIRECT = "Action: Redirect\r\nChannel: {}\r\nContext: dialer-connect\r\nExten: {}\r\nPriority: 1\r\n\r\n"
LOGIN = "Action: Originate\r\nChannel: PJSIP/{0}\r\nContext: dialer-agent-login\r\nExten: {0}\r\nAsync: true\r\n\r\n"


@dataclass
class Driver(asyncio.Protocol):
    """The engine's part, as little of it as will do."""

    free: list[str] = field(default_factory=list)
    placed: int = 0
    ended: int = 0
    connected: int = 0
    bytes_heard: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.write("Action: Login\r\nUsername: dialer\r\nSecret: secret\r\n\r\n")

    def write(self, text: str) -> None:
        self.transport.write(text.encode())

    def place(self, count: int) -> None:
        self.write("".join(ORDER.format(id=f"a{n}", number=n) for n in range(self.placed, self.placed + count)))
        self.placed += count

    def data_received(self, data: bytes) -> None:
        self.bytes_heard += len(data)
        *messages, self._rest = (self._rest + data).split(b"\r\n\r\n")
        self.write("".join(answer for message in messages for answer in self._answers(message)))
        self.heard.set()

    async def until_free(self, agents: int) -> None:
        while len(self.free) < agents:
            self.heard.clear()
            await self.heard.wait()

    async def until_ended(self) -> None:
        while self.ended < self.placed:
            self.heard.clear()
            await self.heard.wait()

    def _answers(self, message: bytes) -> Iterator[str]:
        if b"State: NOT_INUSE" in message:
            self.free.append(_header(message, b"Device: Agent:"))
        elif b"UserEvent: DialerWaiting" in message and self.free:
            self.connected += 1
            attempt = _header(message, b"Attempt: ")
            yield REDIRECT.format(attempt, self.free.pop())
        elif b"UserEvent: DialerEnded" in message:
            self.ended += 1
            yield f"Action: DBDel\r\nFamily: dialer-ended-e1\r\nKey: {_header(message, b'Attempt: ')}\r\n\r\n"


def _header(message: bytes, key: bytes) -> str:
    start = message.index(key) + len(key)
    end = message.find(b"\r\n", start)
    return (message[start:end] if end >= 0 else message[start:]).decode()


async def measure(arguments: argparse.Namespace, case: str, events: frozenset[str]) -> dict[str, object]:
    clock = scaled_from_now(datetime(2026, 5, 4, 15, 0, tzinfo=UTC), SPEED)
    lab = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, clock.written(), ",".join(sorted(events)), stdout=asyncio.subprocess.PIPE
    )
    assert lab.stdout is not None
    try:
        port = int(await lab.stdout.readline())
        _, driver = await asyncio.get_running_loop().create_connection(Driver, "127.0.0.1", port)
        return await _run(arguments, case, driver, clock, psutil.Process(lab.pid))
    finally:
        lab.terminate()
        await lab.wait()


async def _run(
    arguments: argparse.Namespace, case: str, driver: Driver, clock: ScaledClock, lab: psutil.Process
) -> dict[str, object]:
    alive = round(clock.now().timestamp() * 1000) + 10**9
    driver.write(f"Action: Setvar\r\nVariable: DIALER_ALIVE_e1\r\nValue: {alive}\r\n\r\n")
    driver.write("".join(LOGIN.format(1000 + n) for n in range(arguments.agents)))
    await driver.until_free(arguments.agents)
    used, begun = _cpu_seconds(lab), time.monotonic()
    while (passed := time.monotonic() - begun) < arguments.seconds:
        driver.place(max(0, int(passed * arguments.calls_per_second) - driver.placed))
        await asyncio.sleep(0.01)
    await driver.until_ended()
    cpu_seconds, seconds = _cpu_seconds(lab) - used, time.monotonic() - begun
    driver.transport.close()
    return {
        "case": case,
        "calls": driver.placed,
        "connected": driver.connected,
        "seconds": round(seconds, 1),
        "lab_cpu_seconds": round(cpu_seconds, 2),
        "lab_core_share_while_placing": round(cpu_seconds / arguments.seconds, 3),
        "cpu_ms_per_call": round(1000 * cpu_seconds / driver.placed, 3),
        "calls_per_second_and_core": round(driver.placed / cpu_seconds),
        "bytes_per_call": driver.bytes_heard // driver.placed,
        "lab_megabytes": round(lab.memory_info().rss / 2**20, 1),
    }


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


_PROGRAM = """
import asyncio, sys
from dialer.clock import parse_clock
from integrations.telephone_lab import LabPlan, TelephoneLab

async def main():
    events = frozenset(name for name in sys.argv[2].split(",") if name)
    plan = LabPlan(talk_mean_seconds=20.0, events=events)
    async with TelephoneLab(plan, parse_clock(sys.argv[1])) as lab:
        print(lab.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls-per-second", type=float, default=300.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--agents", type=int, default=200)
    arguments = parser.parse_args()
    for case, events in (("all events", frozenset[str]()), ("our events", OUR_EVENTS)):
        print(json.dumps(asyncio.run(measure(arguments, case, events))), flush=True)


if __name__ == "__main__":
    main()
