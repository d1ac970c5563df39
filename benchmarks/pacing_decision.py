"""How long one predictive decision takes in the engine, gathering its input included, and whether memory stays flat.

    python -m benchmarks.pacing_decision [--agents 200] [--lines 600] [--leads 200] [--decisions 20000]

A floor in memory without telephony and database: before each decision some lines end and are dialed anew, and agents
change what they do, all learned as in the engine. Writes JSON lines: name, value, unit, and what it was measured with.
Learning the lines that are due, every half second of the floor's time, and the refresh of derived tables, every ten
seconds, are measured by themselves. On a machine that others use too, "processor" tells what the decision itself costs.
"""

import argparse
import asyncio
import gc
import json
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from compliance.abandonment import Tally
from compliance.facts import LastCalls, Listing
from compliance.rule_files import shipped_rules
from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, AttemptState, ended
from dialer.domain.campaign import Campaign, CampaignPlan, DialMode
from dialer.domain.ids import AgentId, CampaignId, ContactId, EngineName, LeadId, NumberId, ServerName, new_attempt_id
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.outcome import CallEnd
from dialer.domain.phone import PhoneNumber
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.call_tracker import PoolLine, TrackedCall
from dialer.engine.dial_loop import pacing_input
from dialer.engine.floor import Floor
from dialer.engine.gate import Gate
from dialer.engine.hopper import Held, Hopper
from dialer.engine.learning import Learning
from dialer.engine.outcome_recorder import OutcomeRecorder
from dialer.engine.predictive_turn import PredictiveTurn
from dialer.engine.proof import Proof
from dialer.engine.prospects import prospect_of
from dialer.engine.spool import Spool
from dialer.ports import ServerStatus
from pacing.pacer import Pacer
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.proof_book import FakeProofBook
from tests.fakes.telephony import FakeTelephony

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MAIN = ServerName("main")
SERVER = ServerStatus(MAIN, True, 5000, 500.0)
CAMPAIGN = Campaign(CampaignId(1), CampaignPlan("bench", dial_mode=DialMode.PREDICTIVE, caller_id="+12025550100"))
STEP_SECONDS = 0.05
_WARM_UP = 25_000


class PastBook(FakeContactBook):
    """A campaign that has dialed before: its windows have room."""

    async def first_dial(self, _: CampaignId) -> datetime | None:
        return START - timedelta(days=10)

    async def tallies(self, *_: Any) -> list[Tally]:
        return [Tally(connected=20_000, dropped=400)] * len(_[1])


@dataclass
class SteppedTime:
    """A clock that moves when it is told to."""

    seconds: float = 1000.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        if not event.is_set():
            self.seconds += seconds
        return event.is_set()

    def loop_seconds(self, seconds: float) -> float:
        return seconds


@dataclass
class Bench:
    arguments: argparse.Namespace
    folder: Path
    clock: SteppedTime = field(default_factory=SteppedTime)
    random: Random = field(default_factory=lambda: Random(1))
    floor: Floor = field(default_factory=Floor)
    numbers: int = 0
    ticks: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))
    refreshes: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))

    def __post_init__(self) -> None:
        book = PastBook()
        recorder = OutcomeRecorder(book, FakeTelephony(self.clock), Spool(self.folder / "spool"), self.clock)
        ledger = AbandonmentLedger(book, Gate(shipped_rules()), self.floor.tracker, recorder, self.clock, 1.0)
        asyncio.run(ledger.read(CAMPAIGN.id))
        self.pacer = Pacer()
        self.pacer.learned.knob.seen[0] = 1000.0
        self.learning = Learning(book, self.clock, lambda _: CAMPAIGN.plan, {CAMPAIGN.id: self.pacer})
        self.turn = PredictiveTurn(self.floor, self.learning, ledger, self.clock)
        engine = EngineName("bench")
        self.hopper = Hopper(CAMPAIGN.id, book, Proof(FakeProofBook(), engine), engine, 120.0)
        self.lines: deque[Attempt] = deque()
        for number in range(self.arguments.agents):
            self._seat(AgentId(str(1000 + number)))
        for _ in range(self.arguments.leads):
            self._stock()
        for _ in range(self.arguments.lines):
            self._dial()

    def _seat(self, agent: AgentId) -> None:
        entry = self.floor.roster.log_in(agent, CAMPAIGN.id, MAIN, self.clock.now())
        entry.free_in_switch = True
        self.floor.roster.move(entry, AgentState.READY, self.clock.now(), "ready")

    def _lead(self) -> Lead:
        self.numbers += 1
        listings = {"US-DNC": Listing(self.clock.now(), False)}
        e164 = PhoneNumber(f"+1212{2_000_000 + self.numbers % 5000}")
        number = LeadNumber(NumberId(self.numbers), e164, (), listings)
        score = self.random.uniform(0, 100)
        return Lead(
            LeadId(self.numbers),
            CAMPAIGN.id,
            ContactId(self.numbers),
            (number,),
            score,
            self.numbers % 4,
            born_on=(),
            contact_attempts=(),
            consents=(),
            last_calls=LastCalls(),
        )

    def _stock(self) -> None:
        lead = self._lead()
        self.hopper._pool.append(Held(lead, self.clock.now(), prospect_of(lead, self.clock.now())))

    def _dial(self) -> None:
        now, lead = self.clock.now(), self._lead()
        prospect = prospect_of(lead, now)
        attempt = Attempt(
            new_attempt_id(now, self.random), CAMPAIGN.id, lead.id, lead.contact, lead.numbers[0].id,
            lead.numbers[0].number, MAIN, now, "allowed",
        )  # fmt: skip
        line = PoolLine(prospect, self.pacer.offset_of(prospect), self.clock.seconds - self.random.uniform(0, 5), 29.0)
        self.floor.tracker.add(attempt, AttemptState.RINGING, line)
        self.lines.append(attempt)

    def move(self) -> None:
        """Time passes: a line ends, another is dialed, an agent goes on to what follows."""
        self.clock.seconds += STEP_SECONDS
        call = self.floor.tracker.get(self.lines.popleft().id)
        assert call is not None
        self._end(call)
        self._dial()
        self._agent()
        for change in self.floor.roster.take_changes():
            self.learning.agent_changed(change)
        self._learn()

    def _learn(self) -> None:
        """What the engine does between decisions, every half second."""
        if self.numbers % 10:
            return
        began = time.perf_counter()
        self.pacer.tick(self.clock.seconds, dialing=True)
        self.ticks.append(time.perf_counter() - began)
        began = time.perf_counter()
        talking = [self.random.expovariate(0.01) for _ in range(self.arguments.agents)]
        if self.pacer.refresh(self.clock.seconds, talking, [], wraps_up=True):
            self.refreshes.append(time.perf_counter() - began)

    def _end(self, call: TrackedCall) -> None:
        attempt, now = call.attempt, self.clock.now()
        live = self.random.random() < 0.3
        if live:
            self.floor.tracker.move(attempt.id, AttemptState.WAITING, now)
            self.learning.answered(call)
            self.floor.tracker.move(attempt.id, AttemptState.CONNECTED, now)
            self.learning.connected(call)
        end = CallEnd(19, now, answered_at=now if live else None, agent=AgentId("1000") if live else None,
                      connected_at=now if live else None)  # fmt: skip
        self.floor.tracker.remove(attempt.id)
        self.learning.ended(call, ended(attempt, end))

    def _agent(self) -> None:
        agents = list(self.floor.roster)
        agent = agents[self.random.randrange(len(agents))]
        follows = {AgentState.READY: AgentState.TALKING, AgentState.TALKING: AgentState.WRAP_UP}
        after = follows.get(agent.state, AgentState.READY)
        attempt = new_attempt_id(self.clock.now(), self.random) if after is AgentState.TALKING else agent.attempt
        self.floor.roster.move(agent, after, self.clock.now(), "bench", None if after is AgentState.READY else attempt)

    def decision(self) -> tuple[float, float]:
        """Seconds that one takes: by the clock on the wall, and of the processor's time."""
        began, worked = time.perf_counter(), time.thread_time()
        held, overdue = self.hopper.peek(200, self.clock.seconds)
        self.turn.decide(CAMPAIGN, SERVER, pacing_input(self.floor, CAMPAIGN, SERVER, 500), held, overdue)
        return time.perf_counter() - began, time.thread_time() - worked


def resident_kib() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def say(name: str, value: float, unit: str, arguments: argparse.Namespace) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, **vars(arguments)}), flush=True)


def run(arguments: argparse.Namespace, folder: Path) -> None:
    bench = Bench(arguments, folder)
    for place in range(_WARM_UP):  # until all that remembers is full
        bench.move()
        if place % 10 == 0:
            bench.decision()
    gc.collect()
    took = np.zeros((arguments.decisions, 2))
    took[:] = 1.0  # touched now, so that it is no growth
    bench.refreshes.clear()
    before = resident_kib()
    for place in range(arguments.decisions):
        bench.move()
        took[place] = bench.decision()
    gc.collect()
    assert not bench.learning.faults, "pacing failed"
    for column, kind in enumerate(("", "_processor")):
        for share in (50, 99, 99.9):
            value = 1000 * float(np.percentile(took[:, column], share))
            say(f"pacing_decision{kind}_p{share:g}", value, "ms", arguments)
    say("pacing_learn_median", 1000 * float(np.median(bench.ticks or [0.0])), "ms", arguments)
    say("pacing_refresh_median", 1000 * float(np.median(bench.refreshes or [0.0])), "ms", arguments)
    say("pacing_memory_growth", (resident_kib() - before) / 1024, "MiB", arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--lines", type=int, default=600)
    parser.add_argument("--leads", type=int, default=200, help="to choose from")
    parser.add_argument("--decisions", type=int, default=20_000)
    with TemporaryDirectory(prefix="paceline-bench-") as folder:
        run(parser.parse_args(), Path(folder))


if __name__ == "__main__":
    main()
