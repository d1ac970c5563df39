"""How long an answered callee waits for an agent on a real Asterisk: our Redirect to AgentRequest, and app_queue.

Counted from the moment that both callee and agent are to be had (the callee's DialerWaiting, or the agent's return from
another call) until both are in a bridge, by the clock of one unfiltered AMI reader. With and without the beep that
app_agent_pool plays to the agent first. Needs what the tests against a real Asterisk need.

    python -m benchmarks.agent_connect [--calls 10]

One JSON object a line: name, value, unit, statistic, calls.
"""

import argparse
import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from dialer.clock import SystemClock
from dialer.domain.events import AgentOnLine, CallConnected, CallWaiting
from dialer.domain.ids import AttemptId
from integrations.asterisk.ami import AmiAddress, AmiClient, RawEvent
from tests.asterisk.carrier import Carrier
from tests.asterisk.fixtures import AGENTS, CAMPAIGN
from tests.asterisk.instance import AsteriskInstance, free_ports
from tests.contract.telephone_worlds import World, asterisk_world

ANN = AGENTS[0].id
_READER = "[reader]\nsecret = reader\nread = system,call,user\nwrite = system\n"


@dataclass(slots=True)
class Ear:
    """Hears when callees begin to wait, and who comes into which kind of bridge."""

    waiting: dict[str, float] = field(default_factory=dict)
    talking: dict[str, float] = field(default_factory=dict)
    """Latest entry into a bridge of two, by channel: an attempt's id, or the name of the agent's phone."""
    agent_free_at: float = 0.0

    def take(self, event: RawEvent) -> None:
        now = asyncio.get_running_loop().time()
        phone = event.get("Channel").partition("-")[0]
        if event.name == "UserEvent":
            self.waiting.setdefault(event.get("Attempt"), now)
        elif event.get("BridgeTechnology") == "holding_bridge":
            self.agent_free_at = now
        else:
            self.talking[event.get("Uniqueid")] = self.talking[phone] = now

    def waited_ms(self, attempt: AttemptId) -> float:
        together = max(self.talking[attempt], self.talking[f"PJSIP/{ANN}"])
        return (together - max(self.waiting[attempt], self.agent_free_at)) * 1000


@dataclass(slots=True)
class Bench:
    world: World
    ear: Ear
    random: Random = field(default_factory=lambda: Random(1))

    async def idle(self, world: World, *, ask: bool) -> AttemptId:
        """The agent is free when the callee answers."""
        attempt = await world.dial("answer_long")
        await world.until(CallWaiting, attempt)
        if ask:
            await world.telephony.connect(world.server, attempt, ANN)
        return attempt

    async def freed(self, world: World, *, ask: bool) -> AttemptId:
        """The agent comes back from another call while the callee waits."""
        before = await self.idle(self.world, ask=True)
        await self.world.until(CallConnected, before)
        attempt = await world.dial("answer_long")
        await world.until(CallWaiting, attempt)
        await asyncio.sleep(self.random.uniform(0.3, 1.3))
        times_free = sum(isinstance(event, AgentOnLine) and event.agent == ANN for event in world.events)
        await self.world.telephony.hang_up(world.server, before)
        if ask:
            await world.until(AgentOnLine, ANN, times_free + 1)
            await world.telephony.connect(world.server, attempt, ANN)
        return attempt

    async def measure(self, world: World, begin: Callable[..., Awaitable[AttemptId]], *, ask: bool) -> float:
        attempt = await begin(world, ask=ask)
        await world.until(CallConnected, attempt)
        await asyncio.sleep(0.6)  # the beep, if there is one, is over
        waited_ms = self.ear.waited_ms(attempt)
        await world.telephony.hang_up(world.server, attempt)
        await world.ended(attempt)
        await asyncio.sleep(0.1)
        return waited_ms


@asynccontextmanager
async def hearing(asterisk: AsteriskInstance) -> AsyncIterator[Ear]:
    ear, linked = Ear(), asyncio.Event()
    reader = AmiClient(
        AmiAddress("127.0.0.1", asterisk.ports.ami, "reader", "reader"),
        events=("UserEvent", "BridgeEnter"),
        on_event=ear.take,
        on_link=lambda *_: linked.set(),
        clock=SystemClock(),
    )
    running = asyncio.create_task(reader.run())
    await linked.wait()
    try:
        yield ear
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def compare(beep: bool, calls: int) -> None:
    def spoil(name: str, text: str) -> str:
        if name == "manager.conf":
            return text + _READER
        return text.replace("custom_beep =", "custom_beep = beep") if beep else text

    asterisk = AsteriskInstance([CAMPAIGN], AGENTS[:1], free_ports(), spoil)
    with asterisk, Carrier(asterisk.folder, asterisk.ports):
        async with hearing(asterisk) as ear, asterisk_world(asterisk, "bench") as world, world.beside() as silent:
            await world.seat(ANN)
            bench = Bench(world, ear)
            for way, caller, ask in (("redirect", world, True), ("queue", silent, False)):
                for when, begin in (("idle", bench.idle), ("freed", bench.freed)):
                    times = [await bench.measure(caller, begin, ask=ask) for _ in range(calls)]
                    report(f"agent_connect_{way}_{when}_{'beep' if beep else 'no_beep'}", times)


def report(name: str, times: list[float]) -> None:
    for statistic, value in (("median", statistics.median(times)), ("max", max(times))):
        line = {"name": name, "value": round(value, 1), "unit": "ms", "statistic": statistic, "calls": len(times)}
        print(json.dumps(line), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10, help="calls for each figure")
    calls: int = parser.parse_args().calls
    for beep in (False, True):
        asyncio.run(compare(beep, calls))


if __name__ == "__main__":
    main()
