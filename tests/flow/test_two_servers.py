"""One engine on two servers: each with its own agents, lines, rate and outages. Real AMI links to two labs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from compliance.facts import Listing
from compliance.rule_files import shipped_rules
from dialer.clock import ScaledClock
from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignPlan, DialMode
from dialer.domain.ids import AgentId, EngineName, ServerName
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports import AgentRecord
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.telephone_lab import LabPlan, TelephoneLab
from integrations.telephone_lab.plan import Behaviour
from tests.fakes.caller_id_book import FakeCallerIdBook
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.inbound_books import FakeInboundBook, FakeSwitchBook
from tests.fakes.proof_book import FakeProofBook
from tests.fakes.trigger_book import FakeCalendarBook, FakeOfferBook, FakeProductBook, FakeTriggerBook
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK

pytestmark = pytest.mark.looptime
NORTH, SOUTH = ServerName("north"), ServerName("south")
LINES = {NORTH: 30, SOUTH: 5}
AGENTS = {NORTH: ["1001", "1002"], SOUTH: ["2001"]}


@dataclass
class TwoServers:
    clock: ScaledClock
    labs: dict[ServerName, TelephoneLab]
    book: FakeContactBook
    engine: Engine
    desk: Desk

    def lines(self, server: ServerName) -> int:
        return self.engine.floor.tracker.lines(server)


@asynccontextmanager
async def two_servers(folder: Path) -> AsyncIterator[TwoServers]:
    """A power campaign of unanswered calls, dialed on both servers."""
    clock = ScaledClock(MONDAY_TEN_IN_NEW_YORK, asyncio.get_running_loop().time())
    plan = LabPlan(behaviours={"04": Behaviour.NO_ANSWER}, agent_ready_seconds=0.5)
    async with AsyncExitStack() as stack:
        labs = {name: await stack.enter_async_context(TelephoneLab(plan, clock)) for name in LINES}
        settings = [
            AsteriskSettings(
                name=name, port=lab.port, username=plan.username, secret=plan.secret, lines=LINES[name],
                calls_per_second=4.0,
            )
            for name, lab in labs.items()
        ]  # fmt: skip
        telephony = AsteriskTelephony(settings, EngineSettings(), clock)
        book = FakeContactBook()
        triggers, calendar = FakeTriggerBook(book), FakeCalendarBook(book)
        engine = Engine(
            books=Books(
                book, book, book, book, book, book, FakeInboundBook(), FakeSwitchBook(), FakeProofBook(), book,
                FakeCallerIdBook(book), triggers, FakeOfferBook(book, triggers, calendar), FakeProductBook(book),
                calendar,
            ),
            telephony=telephony,
            gate=Gate(shipped_rules()),
            points=load_rule(None), clock=clock, random=Random(5),
            rhythm=Rhythm(EngineName("engine-1"), 200, 120.0, 0.5, 1.0, 60.0, folder / "spool.jsonl"),
        )  # fmt: skip
        desk, stop = Desk(engine, book, book, shipped_rules), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            links = group.create_task(telephony.run())
            running = group.create_task(engine.run(stop))
            try:
                await dial_both(book, desk, clock)
                yield TwoServers(clock, labs, book, engine, desk)
            finally:
                stop.set()
                await asyncio.wait([running])
                links.cancel()


async def dial_both(book: FakeContactBook, desk: Desk, clock: ScaledClock) -> None:
    campaign = await book.create(
        CampaignPlan("both", dial_mode=DialMode.POWER, dial_level=10, caller_id="+12025550100")
    )
    book.lists["US-DNC"] = lambda _: Listing(clock.now(), False)
    for n in range(120):
        book.add_lead(campaign.id, book.add_contact(f"+1212{300 + n}0104"))
    while not all(server.trusted for server in desk.servers()):
        await clock.sleep(0.1)
    for server, agents in AGENTS.items():
        for agent in agents:
            await desk.enroll_agent(AgentRecord(AgentId(agent), agent, server))
            await desk.log_in(AgentId(agent), "both")
    await clock.sleep(3)
    assert Counter(a.state for a in desk.agents()) == {AgentState.READY: 3}
    await desk.start_campaign("both")


async def test_each_server_keeps_to_its_own_lines_and_agents(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as two:
        began = len(two.book.attempts)
        await two.clock.sleep(2)
        placed = Counter(a.attempt.server for a in two.book.attempts.values())
        assert began == 0
        assert max(placed.values()) <= 4.0 * 2 + 3
        await two.clock.sleep(10)
        assert two.lines(NORTH) == 20  # ten lines for each of two agents
        assert two.lines(SOUTH) == 5  # its own cap, not ten for its agent


async def test_a_server_whose_link_is_gone_does_not_keep_the_other_from_dialing(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as two:
        await two.clock.sleep(12)
        two.labs[NORTH].refuse_links(60)
        two.labs[NORTH].cut_links()
        await two.clock.sleep(2)
        before = Counter(a.attempt.server for a in two.book.attempts.values())
        await two.clock.sleep(45)
        after = Counter(a.attempt.server for a in two.book.attempts.values())
        assert after[NORTH] == before[NORTH]
        assert after[SOUTH] > before[SOUTH]
        await two.clock.sleep(60)
        assert {server.name for server in two.desk.servers() if server.trusted} == {NORTH, SOUTH}
        assert Counter(a.attempt.server for a in two.book.attempts.values())[NORTH] > after[NORTH]
