"""What inbound service and the marketing switches cost the engine: share of a core at a steady load of inbound calls.

    python -m benchmarks.switch_load [--groups 200] [--queues 500] [--calls 100] [--minutes 3]

A floor in memory without telephony and database. Half of the groups are cities, half are brands, and each queue
belongs to one of both, so every call is counted twice. A call joins a queue, waits, and is answered by a member whose
state Asterisk tells before and after, or the caller gives up: about five events. Each event arrives alone, the worst
case, and is counted and decided on as the engine does at once; twice a second the switches have their turn, and once
a second what changed is gathered for the database. JSON lines: name, value, unit, and what it was measured with.
"processor" is the thread's processor time over the virtual time, so that a machine that others use too doesn't
matter. Should be under .05.
"""

import argparse
import asyncio
import gc
import heapq
import itertools
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from random import Random
from typing import Any

from benchmarks.pacing_decision import MAIN, SteppedTime, resident_kib
from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundEvent,
    InboundJoined,
    InboundMember,
    LinkUp,
    MemberState,
)
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.service_group import ServiceGroup
from dialer.engine.floor import Floor
from dialer.engine.inbound_watch import InboundWatch
from dialer.engine.marketing_switch import MarketingSwitch
from dialer.ports import InboundRecord, SwitchChange
from pacing.marketing.figures import Counts, Step
from pacing.marketing.rule import SwitchRule
from pacing.marketing.verdict import SwitchState
from tests.fakes.inbound_books import FakeInboundBook, FakeSwitchBook
from tests.fakes.telephony import FakeTelephony

_WARM_UP_SECONDS = 240.0
_TURN_SECONDS, _TURNS = 0.5, 4
_HISTORY_SECONDS = 3 * 3600
_MEMBERS = 4
"""Of each queue."""


class PassingBook(FakeInboundBook):
    """Has what was stored before, and keeps nothing more: its memory is not the engine's."""

    async def save(self, saved: Mapping[str, InboundRecord], seen: Mapping[ServerName, datetime]) -> None:
        pass


@dataclass
class Bench:
    arguments: argparse.Namespace
    clock: SteppedTime = field(default_factory=SteppedTime)
    random: Random = field(default_factory=lambda: Random(1))
    due: list[tuple[float, int, InboundEvent]] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    spawned: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    events: int = 0
    turn: int = 0

    def __post_init__(self) -> None:
        self.queues = [f"queue-{number}" for number in range(self.arguments.queues)]
        self.groups = groups(self.arguments.groups, self.queues)
        self.book, switches = PassingBook(), FakeSwitchBook()
        now = self.clock.now()
        for group in self.groups:
            self._remember(group)
            begun = now - timedelta(hours=1)
            switches.noted.append(SwitchChange(group.name, begun, SwitchState.OPEN, (), "bench", {}, ""))
        self.book.servers[MAIN] = now
        telephony = FakeTelephony(self.clock, inbound_queues=self.queues)
        self.watch = InboundWatch(
            self.groups, self.book, telephony, self.clock, lambda task, _: self.spawned.append(task)
        )
        self.switch = MarketingSwitch(
            watch=self.watch, book=switches, floor=Floor(), telephony=telephony, clock=self.clock, campaigns={},
            nudge=lambda _: None,
        )  # fmt: skip
        telephony.link_up()
        asyncio.run(self._begin())

    def _remember(self, group: ServiceGroup) -> None:
        """Calm hours before now, so that marketing is on."""
        now = self.clock.now().timestamp() // 60 * 60
        for begins in range(int(now) - _HISTORY_SECONDS, int(now) + 60, 60):
            counts = Counts(offered=10, answered=10, within=10, callers=10, callers_through=10)
            self.book.steps[group.name, float(begins)] = Step(float(begins), counts)

    async def _begin(self) -> None:
        await self.watch.load()
        await self.switch.load()
        self.watch.apply(LinkUp(MAIN, self.clock.now()))
        for task in self.spawned:
            await task
        for queue in self.queues:
            for number in range(_MEMBERS):
                self._happens(self.clock.seconds, self._member(queue, number, MemberState.FREE, self.clock.seconds))

    def _happens(self, at: float, event: InboundEvent) -> None:
        heapq.heappush(self.due, (at, next(self.numbers), event))

    def _at(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds - self.clock.seconds)

    def _member(self, queue: str, number: int, state: MemberState, at: float) -> InboundMember:
        return InboundMember(MAIN, self._at(at), queue, f"Agent:{queue}-{number}", state)

    def call(self, at: float) -> None:
        """A caller: joins, and is answered and gone again, or gives up."""
        queue, call = self.random.choice(self.queues), f"{next(self.numbers)}.1"
        caller = str(self.random.randrange(300_000))
        self._happens(at, InboundJoined(MAIN, self._at(at), queue, call, caller))
        waits = self.random.expovariate(1 / 8)
        if self.random.random() < 0.05:
            self._happens(at + waits, InboundAbandoned(MAIN, self._at(at + waits), queue, call))
            return
        talk, number = self.random.expovariate(1 / 120), self.random.randrange(_MEMBERS)
        began, ends = at + waits, at + waits + talk
        self._happens(began, self._member(queue, number, MemberState.BUSY, began))
        self._happens(began, InboundConnected(MAIN, self._at(began), queue, call, AgentId("1000")))
        self._happens(ends, InboundEnded(MAIN, self._at(ends), queue, call, talk))
        self._happens(ends, self._member(queue, number, MemberState.FREE, ends))

    def pass_second(self) -> float:
        """A second of virtual time; the processor time that the engine's part took."""
        begins = self.clock.seconds
        for _ in range(self.arguments.calls):
            self.call(begins + self.random.random())
        halves = [self._take(begins + half) for half in (_TURN_SECONDS, 2 * _TURN_SECONDS)]
        saving = asyncio.new_event_loop()
        worked = time.thread_time()  # once a second: asking for it costs more than an event on some machines
        for place, events in enumerate(halves):
            for at, event in events:
                self.clock.seconds = max(self.clock.seconds, at)
                self.watch.apply(event)
                self.switch.evaluate(self.watch.take_changed())
            self.clock.seconds = begins + (place + 1) * _TURN_SECONDS
            self._turn()
        saving.run_until_complete(self.watch.save())
        took = time.thread_time() - worked
        saving.close()
        self.events += sum(len(events) for events in halves)
        return took

    def _take(self, until: float) -> list[tuple[float, InboundEvent]]:
        taken = []
        while self.due and self.due[0][0] <= until:
            at, _, event = heapq.heappop(self.due)
            taken.append((at, event))
        return taken

    def _turn(self) -> None:
        """As MarketingSwitch.run does twice a second."""
        self.turn = (self.turn + 1) % _TURNS
        restless = self.switch._restless
        self.switch.evaluate(
            [name for place, name in enumerate(self.watch.groups) if name in restless or place % _TURNS == self.turn]
        )


def groups(count: int, queues: list[str]) -> list[ServiceGroup]:
    """Cities and brands in halves; each queue in one of both."""
    rule = SwitchRule(day_begins=time_of_day(14), busy_first_days=0, busy_last_days=0)
    cities, brands = max(1, count // 2), max(1, count - count // 2)
    of_brand = [range(n * len(queues) // brands, (n + 1) * len(queues) // brands) for n in range(brands)]
    return [
        *(ServiceGroup(f"city-{n}", tuple(queues[n::cities]), rule) for n in range(cities)),
        *(ServiceGroup(f"brand-{n}", tuple(queues[at] for at in places), rule) for n, places in enumerate(of_brand)),
    ]


def say(name: str, value: float, unit: str, arguments: argparse.Namespace) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, **vars(arguments)}), flush=True)


def run(arguments: argparse.Namespace) -> None:
    bench = Bench(arguments)
    for _ in range(int(_WARM_UP_SECONDS)):
        bench.pass_second()
    gc.collect()
    before, events, seconds = resident_kib(), bench.events, int(60 * arguments.minutes)
    took = sum(bench.pass_second() for _ in range(seconds))
    gc.collect()
    told = bench.events - events
    marketing_on = sum(bench.switch.is_open(group.name) for group in bench.groups)
    say("switch_load_processor", took / seconds, "cores", arguments)
    say("switch_load_events", told / seconds, "events/s", arguments)
    say("switch_load_each_event", 1e6 * took / told, "us", arguments)
    say("switch_load_groups_open", marketing_on, "groups", arguments)
    say("switch_load_memory_growth", (resident_kib() - before) / 1024, "MiB", arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=200, help="service groups (%(default)s)")
    parser.add_argument("--queues", type=int, default=500, help="inbound queues (%(default)s)")
    parser.add_argument("--calls", type=int, default=100, help="inbound calls a second (%(default)s)")
    parser.add_argument("--minutes", type=float, default=3.0, help="virtual minutes measured (%(default)s)")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
