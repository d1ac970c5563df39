"""A whole engine in virtual time, between a telephony and a contact database in memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from compliance.abandonment import Tally
from compliance.facts import Listing
from compliance.rule_files import shipped_rules
from compliance.rulebook import Rules
from dialer.bootstrap import compliance_rules, trigger_rules
from dialer.clock import Clock, ScaledClock
from dialer.domain.agent import AgentState
from dialer.domain.calendar import OnConflict
from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, LeadId, ServerName
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.service_group import ServiceGroup
from dialer.domain.trigger import TriggerRule
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports import AgentRecord, ClosedAttempt, OpenedAttempts
from tests.fakes.caller_id_book import FakeCallerIdBook
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.inbound_books import FakeInboundBook, FakeSwitchBook
from tests.fakes.proof_book import FakeProofBook
from tests.fakes.telephony import FakeTelephony
from tests.fakes.trigger_book import FakeCalendarBook, FakeOfferBook, FakeProductBook, FakeTriggerBook

MONDAY_TEN_IN_NEW_YORK = datetime(2026, 11, 23, 15, tzinfo=UTC)
SHIPPED = cache(shipped_rules)
"""Read once: every engine of the tests keeps to them."""


@dataclass
class FlakyBook(FakeContactBook):
    """A contact database that can be told to be away."""

    refuse_open: bool = False
    refuse_close: bool = False
    refuse_counts: bool = False
    refuse_listing: bool = False
    counting_seconds: float = 0.0
    opening_seconds: float = 0.0

    async def open(self, attempts: Sequence[Attempt], owner: EngineName) -> OpenedAttempts:
        if self.refuse_open:
            raise DatabaseUnavailable("down")
        await asyncio.sleep(self.opening_seconds)
        return await super().open(attempts, owner)

    async def close(self, closed: Sequence[ClosedAttempt]) -> None:
        if self.refuse_close:
            raise DatabaseUnavailable("down")
        await super().close(closed)

    async def add(self, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
        if self.refuse_listing:
            raise DatabaseUnavailable("down")
        return await super().add(numbers, source, at)

    async def tallies(
        self, campaign: CampaignId, since: Sequence[datetime], until: datetime, without: Collection[AttemptId]
    ) -> list[Tally]:
        if self.refuse_counts:
            raise DatabaseUnavailable("down")
        await asyncio.sleep(self.counting_seconds / 2)
        counted = await super().tallies(campaign, since, until, without)
        await asyncio.sleep(self.counting_seconds / 2)
        return counted


@dataclass
class SteppedClock:
    """A clock whose wall time can be set, as by an administrator; its intervals go on."""

    inner: Clock
    step: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.inner.now() + self.step

    def monotonic(self) -> float:
        return self.inner.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.inner.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await self.inner.wait(event, seconds)

    def loop_seconds(self, seconds: float) -> float:
        return self.inner.loop_seconds(seconds)


@dataclass
class Rig:
    clock: Clock
    telephony: FakeTelephony
    book: FlakyBook
    spool: Path
    drain_seconds: float = 600.0
    groups: Sequence[ServiceGroup] = ()
    inbound_book: FakeInboundBook = field(default_factory=FakeInboundBook)
    switch_book: FakeSwitchBook = field(default_factory=FakeSwitchBook)
    proof_book: FakeProofBook = field(default_factory=FakeProofBook)
    rule_file: Path | None = None
    """Instead of the shipped ones; tests may change what it says, or which it is."""
    trigger_rules: Sequence[TriggerRule] = ()
    trigger_file: Path | None = None
    """Where they are read from anew; tests may change what it says."""
    on_conflict: OnConflict = "warn"
    caller_ids: FakeCallerIdBook = field(init=False)
    triggers: FakeTriggerBook = field(init=False)
    calendar: FakeCalendarBook = field(init=False)
    engine: Engine = field(init=False)
    desk: Desk = field(init=False)
    stop: asyncio.Event = field(init=False)
    campaign: Campaign = field(init=False)

    def __post_init__(self) -> None:
        self.caller_ids = FakeCallerIdBook(self.book)
        self.triggers = FakeTriggerBook(self.book)
        self.calendar = FakeCalendarBook(self.book)
        self.book.lists["US-DNC"] = lambda _: Listing(self.clock.now(), False)

    def rules(self) -> Rules:
        return compliance_rules(self.rule_file) if self.rule_file else SHIPPED()

    def new_engine(self) -> None:
        rhythm = Rhythm(EngineName("engine-1"), 200, 120.0, 0.5, 1.0, self.drain_seconds, self.spool)
        self.engine = Engine(
            books=Books(
                leads=self.book,
                attempts=self.book,
                agents=self.book,
                campaigns=self.book,
                abandonment=self.book,
                pacing=self.book,
                inbound=self.inbound_book,
                switches=self.switch_book,
                proofs=self.proof_book,
                dnc=self.book,
                caller_ids=self.caller_ids,
                triggers=self.triggers,
                offers=FakeOfferBook(self.book, self.triggers, self.calendar),
                products=FakeProductBook(self.book),
                calendar=self.calendar,
            ),
            telephony=self.telephony,
            gate=Gate(self.rules()),
            points=load_rule(None),
            rhythm=rhythm,
            clock=self.clock,
            random=Random(7),
            groups=self.groups,
            trigger_rules=self.trigger_rules,
        )
        self.desk = Desk(
            self.engine, self.book, self.book, self.rules, self.on_conflict,
            read_triggers=lambda: trigger_rules(self.trigger_file),
        )  # fmt: skip
        self.stop = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """An engine at work; leaving drains it."""
        self.new_engine()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.engine.run(self.stop))
            housekeeping = group.create_task(self._wake())
            await asyncio.sleep(0)
            if not self.telephony.connected:
                self.telephony.link_up()
            try:
                yield
            finally:
                self.stop.set()
                housekeeping.cancel()

    @asynccontextmanager
    async def until_killed(self) -> AsyncIterator[None]:
        """An engine that dies on leaving, as by SIGKILL: nothing is drained, stored or told."""
        self.new_engine()
        running = asyncio.get_running_loop().create_task(self.engine.run(self.stop))
        await asyncio.sleep(0)
        if self.telephony.connected:
            self.telephony.link_down()
        self.telephony.link_up()
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self.telephony.connected = False

    async def _wake(self) -> None:
        while True:
            await self.clock.sleep(5.0)
            await self.book.wake(self.clock.now())

    async def make_campaign(self, **plan: Any) -> Campaign:
        self.campaign = await self.book.create(CampaignPlan(**{"name": "autumn", "caller_id": "+12025550100"} | plan))
        return self.campaign

    def lead(self, behaviour: str, score: float = 0.0, campaign: CampaignId | None = None) -> LeadId:
        """A lead whose number behaves so (tests/fakes/telephony.py); area codes make the numbers differ."""
        contact = self.book.add_contact(f"+1212{202 + len(self.book.contacts)}01{behaviour}")
        return self.book.add_lead(campaign or self.campaign.id, contact, score)

    async def agents_on(self, *agents: str) -> None:
        """Enroll agents, log them in and wait until they are ready."""
        for agent in agents:
            await self.desk.enroll_agent(AgentRecord(AgentId(agent), f"Agent {agent}", ServerName("main")))
            await self.desk.log_in(AgentId(agent), self.campaign.plan.name)
        await self.clock.sleep(6.0)

    def state_of(self, agent: str) -> AgentState:
        entry = self.engine.floor.roster.get(AgentId(agent))
        return entry.state if entry else AgentState.LOGGED_OUT

    def outcomes(self) -> Counter[Outcome]:
        return Counter(a.closed.ended.outcome for a in self.book.attempts.values() if a.closed)

    def open_attempts(self) -> int:
        return sum(1 for a in self.book.attempts.values() if a.closed is None)

    async def until(self, condition: Callable[[], bool], seconds: float = 3600.0) -> None:
        """Virtual time passes until the condition holds; fails when it never does."""
        end = self.clock.monotonic() + seconds
        while not condition():
            assert self.clock.monotonic() < end, "the condition never came true"
            await self.clock.sleep(0.1)


def new_rig(
    folder: Path,
    *,
    lines: int = 100,
    calls_per_second: float = 50.0,
    drain_seconds: float = 600.0,
    start: datetime = MONDAY_TEN_IN_NEW_YORK,
    groups: Sequence[ServiceGroup] = (),
) -> Rig:
    clock = ScaledClock(start, asyncio.get_running_loop().time())
    telephony = FakeTelephony(clock, lines=lines, calls_per_second=calls_per_second)
    return Rig(clock, telephony, FlakyBook(), folder / "spool.jsonl", drain_seconds, groups)
