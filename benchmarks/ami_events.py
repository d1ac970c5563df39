"""How many AMI events a second the client takes, beside panoramisk as it comes, over one loopback socket.

The same bytes go to each reader: calls as Asterisk 22 tells them (about 50 events and 500 bytes an event each), of
which six kinds are wanted, or one, or every one (as where manager.conf filters already at the source); every reader
reads the same three headers of each wanted event. The sender is a process of its own. Readers take turns, in an order
that is turned round each time; figures are medians. Seconds of the reader's CPU are given beside wall-clock seconds,
since other work on the machine disturbs them less.

    python -m benchmarks.ami_events [--events 200000] [--repeats 5]
"""

import argparse
import asyncio
import json
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from panoramisk.manager import Manager

from benchmarks.ami_recorded import calls
from dialer.clock import SystemClock
from integrations.asterisk.ami import AmiAddress, AmiClient

WANTED = ("BridgeEnter", "DialEnd", "Hangup", "Newstate", "OriginateResponse", "UserEvent")
READ = ("Uniqueid", "Channel", "Exten")
LONG_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Result:
    wall_seconds: float
    cpu_seconds: float
    taken: int
    characters: int
    """Length of all header values read: the same work was done when it is equal."""


class Tally:
    """The one callback of every reader."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.taken = 0
        self.characters = 0
        self.done = asyncio.Event()

    def take(self, event: Any) -> None:
        first, second, third = READ
        self.characters += len(event.get(first, "")) + len(event.get(second, "")) + len(event.get(third, ""))
        self.taken += 1
        if self.taken == self.expected:
            self.done.set()

    async def timed(self, go: Awaitable[object]) -> Result:
        wall, cpu = time.perf_counter(), time.process_time()
        await go
        await self.done.wait()
        return Result(time.perf_counter() - wall, time.process_time() - cpu, self.taken, self.characters)


async def stock(port: int, kinds: tuple[str, ...], expected: int) -> Result:
    tally = Tally(expected)
    booted = asyncio.Event()
    manager = Manager(host="127.0.0.1", port=port, username="u", secret="s", ping_delay=LONG_SECONDS)
    manager.register_event("FullyBooted", lambda *_: booted.set())
    for kind in kinds:
        manager.register_event(kind, lambda _, event: tally.take(event))
    await manager.connect()
    await booted.wait()
    result = await tally.timed(manager.send_action({"Action": "Ping"}))
    manager.connection_lost = lambda *_: None
    manager.close()
    await asyncio.sleep(0.05)
    return result


async def ours(port: int, kinds: tuple[str, ...], expected: int) -> Result:
    tally = Tally(expected)
    up = asyncio.Event()
    client = AmiClient(
        AmiAddress("127.0.0.1", port, "u", "s"),
        events=kinds,
        on_event=tally.take,
        on_link=lambda linked, _: up.set() if linked else None,
        clock=SystemClock(),
    )
    running = asyncio.create_task(client.run())
    await up.wait()
    result = await tally.timed(client.action("Ping"))
    running.cancel()
    await asyncio.wait([running])
    return result


def recording(events: int) -> list[bytes]:
    return [message for _, message in zip(range(events), calls(), strict=False)]


Read = Callable[[int, tuple[str, ...], int], Awaitable[Result]]
EVERY = tuple(sorted({message[7 : message.index(b"\r\n")].decode() for message in recording(100)}))
READERS: Mapping[str, tuple[Read, tuple[str, ...], tuple[str, ...]]] = {
    "stock_six_patterns": (stock, WANTED, WANTED),
    "stock_one_pattern": (stock, ("Hangup",), ("Hangup",)),
    "stock_every_event": (stock, ("[!F]*",), EVERY),  # one pattern for all but FullyBooted
    "ours_six_names": (ours, WANTED, WANTED),
    "ours_one_name": (ours, ("Hangup",), ("Hangup",)),
    "ours_every_event": (ours, EVERY, EVERY),
}
"""How it reads, what it registers, and the kinds that this gives it."""
PAIRS = (
    ("ours_six_names", "stock_six_patterns"),
    ("ours_one_name", "stock_one_pattern"),
    ("ours_every_event", "stock_every_event"),
)


def send(events: int) -> None:
    """The sender's process: an AMI that takes one login after the other and plays the recording at each Ping."""
    block = b"".join(recording(events))
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            link, _ = server.accept()
            with link:
                link.sendall(b"Asterisk Call Manager/11.0.0\r\n")
                serve(link, block)


def serve(link: socket.socket, block: bytes) -> None:
    asked = b""
    while data := link.recv(65536):
        *actions, asked = (asked + data).split(b"\r\n\r\n")
        for action in actions:
            headers = dict(line.split(": ", 1) for line in action.decode().split("\r\n"))
            answer = f"Response: Success\r\nActionID: {headers['ActionID']}\r\n\r\n".encode()
            link.sendall(
                answer + (block if headers["Action"] == "Ping" else b"Event: FullyBooted\r\nUptime: 1\r\n\r\n")
            )


def measure(port: int, repeats: int, expected: Mapping[str, int]) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {name: [] for name in READERS}
    for turn in range(repeats):
        for name in list(READERS)[:: 1 if turn % 2 == 0 else -1]:
            read, registered, kinds = READERS[name]
            results[name].append(asyncio.run(_run(read, port, registered, sum(expected[kind] for kind in kinds))))
    for pair in PAIRS:
        if len({(result.taken, result.characters) for name in pair for result in results[name]}) != 1:
            raise SystemExit(f"{' and '.join(pair)} did not read the same")
    return results


async def _run(read: Read, port: int, registered: tuple[str, ...], expected: int) -> Result:
    return await read(port, registered, expected)


def report(events: int, messages: list[bytes], results: Mapping[str, list[Result]]) -> Iterator[dict[str, object]]:
    wall = {name: statistics.median(r.wall_seconds for r in runs) for name, runs in results.items()}
    cpu = {name: statistics.median(r.cpu_seconds for r in runs) for name, runs in results.items()}
    common = {
        "events": events,
        "mean_event_bytes": round(sum(map(len, messages)) / events),
        "repeats": len(next(iter(results.values()))),
        "python": platform.python_version(),
    }
    for name, runs in results.items():
        told = {"wanted_share": round(runs[0].taken / events, 3), **common}
        yield {"name": f"ami_{name}", "value": round(events / wall[name]), "unit": "events/s", **told}
        yield {"name": f"ami_{name}_cpu", "value": round(events / cpu[name]), "unit": "events/s of CPU", **told}
    for mine, base in PAIRS:
        yield {"name": f"ami_{mine}_to_{base}", "value": round(wall[base] / wall[mine], 2), "unit": "times", **common}
        yield {"name": f"ami_{mine}_to_{base}_cpu", "value": round(cpu[base] / cpu[mine], 2), "unit": "times", **common}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send:
        send(options.events)
        return
    messages = recording(options.events)
    expected = {kind: sum(m.startswith(f"Event: {kind}\r\n".encode()) for m in messages) for kind in EVERY}
    command = [sys.executable, "-m", "benchmarks.ami_events", "--send", "--events", str(options.events)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
        try:
            assert sender.stdout is not None
            results = measure(int(sender.stdout.readline()), options.repeats, expected)
        finally:
            sender.terminate()
    for line in report(options.events, messages, results):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
