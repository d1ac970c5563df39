"""Agents come to the line, count as free later, take one call at a time and stay; queues are the fallback."""

import time

import pytest

from dialer.clock import ScaledClock
from dialer.domain.outcome import Outcome, outcome_of
from integrations.asterisk.protocol import read_record
from integrations.telephone_lab import InboundStreamPlan, LabPlan, TelephoneLab
from tests.lab.conftest import BEHAVIOURS
from tests.lab.probe import Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)
MEMBER = {"Queue": "campaign-1", "Interface": "Local/1001@dialer-agent-request", "StateInterface": "Agent:1001"}


async def redirected(probe: Probe, attempt: str, agent: str) -> None:
    answer = await probe.ask("Redirect", Channel=attempt, Context="dialer-connect", Exten=agent, Priority=1)
    assert answer["Response"] == "Success"


async def test_an_agent_counts_as_free_some_seconds_after_the_login(probe: Probe, clock: ScaledClock) -> None:
    began = clock.monotonic()
    await probe.agent_on_line("1001")
    assert clock.monotonic() - began == pytest.approx(5.5, abs=0.1)
    states = [m["State"] for m in probe.heard if m.get("Event") == "DeviceStateChange"]
    assert states == ["INUSE", "NOT_INUSE"]
    assert [(m["Agent"], m["Status"]) for m in await probe.listing("Agents")] == [("1001", "AGENT_IDLE")]


async def test_an_agent_not_on_the_line_or_not_free_yet_is_missed_and_the_call_waits_again(probe: Probe) -> None:
    probe.dial("a1", "+15550100002")
    await probe.until(UserEvent="DialerWaiting")
    await redirected(probe, "a1", "1001")
    missed = await probe.until(UserEvent="DialerMissed")
    assert (missed["Attempt"], missed["Agent"], missed["Reason"]) == ("a1", "1001", "NOT_LOGGED_IN")
    await probe.until(UserEvent="DialerWaiting")
    await probe.until(UserEvent="DialerAbandoned")


async def test_a_miss_does_not_prolong_the_wait(probe: Probe) -> None:
    probe.dial("a1", "+15550100002")
    await probe.until(UserEvent="DialerWaiting")
    await redirected(probe, "a1", "1001")
    await probe.until(Event="Hangup")
    end = read_record(await probe.record("a1"))
    assert end.waiting_since is not None
    assert (end.ended_at - end.waiting_since).total_seconds() == pytest.approx(6.0, abs=0.01)


async def test_a_busy_agent_is_missed(probe: Probe) -> None:
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100002")
    probe.dial("a2", "+15550100102")
    await probe.until(UserEvent="DialerWaiting", Attempt="a2")
    await redirected(probe, "a1", "1001")
    await redirected(probe, "a2", "1001")
    assert (await probe.until(UserEvent="DialerMissed"))["Reason"] == "BUSY"


async def test_an_agent_is_free_again_after_a_call(probe: Probe) -> None:
    await probe.agent_on_line("1001")
    for attempt in ("a1", "a2"):
        probe.dial(attempt, "+15550100001")
        await probe.until(UserEvent="DialerWaiting", Attempt=attempt)
        await redirected(probe, attempt, "1001")
        await probe.until(Device="Agent:1001", State="INUSE")
        await probe.until(Device="Agent:1001", State="NOT_INUSE")


async def test_a_call_that_lost_its_agent_leaves_the_agent_to_the_next(probe: Probe) -> None:
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100002")
    probe.dial("a2", "+15550100102")
    await probe.until(UserEvent="DialerWaiting", Attempt="a2")
    await redirected(probe, "a1", "1001")
    await probe.until(Event="BridgeEnter", Uniqueid="a1")
    await probe.ask("Redirect", Channel="a1", Context="dialer-abandoned", Exten="s", Priority=1)
    await redirected(probe, "a2", "1001")
    await probe.until(Event="BridgeEnter", Uniqueid="a2")
    await probe.until(Event="Hangup", Uniqueid="a1")
    assert [m["Status"] for m in await probe.listing("Agents")] == ["AGENT_ONCALL"]


async def test_a_logoff_ends_the_call_unless_it_is_soft(probe: Probe) -> None:
    for attempt, soft in (("a1", "false"), ("a2", "true")):
        await probe.agent_on_line("1001")
        probe.dial(attempt, "+15550100001")
        await probe.until(UserEvent="DialerWaiting", Attempt=attempt)
        await redirected(probe, attempt, "1001")
        await probe.until(Event="BridgeEnter", Uniqueid=attempt)
        assert (await probe.ask("AgentLogoff", Agent="1001", Soft=soft))["Message"] == "Agent logged out"
        if soft == "true":
            assert [m["Status"] for m in await probe.listing("Agents")] == ["AGENT_ONCALL"]
            await probe.until(Event="AgentLogoff", Agent="1001")
    assert [m["Status"] for m in await probe.listing("Agents")] == ["AGENT_LOGGEDOFF"]
    assert outcome_of(read_record(await probe.record("a1"))) is Outcome.ANSWERED


async def test_without_a_living_engine_the_queue_finds_an_agent(probe: Probe, clock: ScaledClock) -> None:
    await probe.agent_on_line("1001")
    await probe.ask("QueueAdd", **MEMBER)
    await probe.beat(clock, ahead_seconds=-60)
    probe.dial("a1", "+15550100001")
    await probe.until(Event="AgentConnect", Uniqueid="a1")
    await probe.until(Event="AgentComplete", Uniqueid="a1")
    await probe.until(Event="Hangup", Uniqueid="a1")
    told = [name for name in probe.events_of("a1") if name.startswith(("Queue", "Agent", "Bridge", "Dialer"))]
    assert told == [
        "DialerWaiting",
        "QueueCallerJoin",
        "AgentCalled",
        "QueueCallerLeave",
        "AgentConnect",
        "BridgeEnter",
        "AgentComplete",
        "BridgeLeave",
        "DialerEnded",
    ]
    end = read_record(await probe.record("a1"))
    assert (outcome_of(end), end.agent) == (Outcome.ANSWERED, "1001")


async def test_an_engine_that_dies_during_the_wait_leaves_the_call_to_the_queue(probe: Probe) -> None:
    await probe.agent_on_line("1001")
    await probe.ask("QueueAdd", **MEMBER)
    probe.lives = False
    probe.dial("a1", "+15550100011")
    waiting = await probe.until(UserEvent="DialerWaiting")
    assert waiting["Attempt"] == "a1"
    assert (await probe.until(Event="AgentConnect"))["Uniqueid"] == "a1"


async def test_the_queue_looks_for_an_agent_once_a_second(probe: Probe, clock: ScaledClock) -> None:
    await probe.ask("QueueAdd", **MEMBER)
    await probe.beat(clock, ahead_seconds=-60)
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100002")
    await probe.until(Event="AgentConnect")
    probe.dial("a2", "+15550100102")
    await probe.until(Event="QueueCallerJoin", Uniqueid="a2")
    assert [m["Wait"] for m in await probe.listing("QueueStatus") if m["Event"] == "QueueEntry"] == ["0"]
    await probe.ask("Hangup", Channel="a1")
    connected = await probe.until(Event="AgentConnect")
    assert (connected["Uniqueid"], connected["HoldTime"]) == ("a2", "1")


async def test_a_queue_without_anyone_on_line_is_not_joined(probe: Probe, clock: ScaledClock) -> None:
    await probe.ask("QueueAdd", **MEMBER)
    await probe.beat(clock, ahead_seconds=-60)
    probe.dial("a1", "+15550100002")
    await probe.until(UserEvent="DialerAbandoned")
    assert "QueueCallerJoin" not in probe.events_of("a1")


async def test_a_caller_may_give_up_in_the_queue(probe: Probe, clock: ScaledClock) -> None:
    await probe.agent_on_line("1001")
    await probe.ask("QueueAdd", **MEMBER, Paused="true")
    await probe.beat(clock, ahead_seconds=-60)
    probe.dial("a1", "+15550100008")
    abandoned = await probe.until(Event="QueueCallerAbandon")
    assert (abandoned["Position"], abandoned["OriginalPosition"]) == ("1", "1")
    await probe.until(Event="Hangup")
    assert outcome_of(read_record(await probe.record("a1"))) is Outcome.HUNG_UP


async def test_queue_members_are_added_paused_and_removed_as_asterisk_says(probe: Probe) -> None:
    assert (await probe.ask("QueueAdd", **MEMBER))["Message"] == "Added interface to queue"
    assert (await probe.ask("QueueAdd", **MEMBER))["Message"] == "Unable to add interface: Already there"
    pause = {"Interface": MEMBER["Interface"], "Paused": "true", "Reason": "lunch"}
    assert (await probe.ask("QueuePause", **pause))["Message"] == "Interface paused successfully"
    (member,) = [m for m in await probe.listing("QueueStatus", Queue="campaign-1") if m["Event"] == "QueueMember"]
    assert (member["Location"], member["Status"], member["Paused"]) == (MEMBER["Interface"], "5", "1")
    (summary,) = await probe.listing("QueueSummary")
    assert (summary["LoggedIn"], summary["Available"], summary["Callers"]) == ("0", "0", "0")
    remove = {"Queue": "campaign-1", "Interface": MEMBER["Interface"]}
    assert (await probe.ask("QueueRemove", **remove))["Message"] == "Removed interface from queue"
    assert (await probe.ask("QueueRemove", **remove))["Message"] == "Unable to remove interface: Not there"
    assert (await probe.ask("QueuePause", **pause))["Message"] == "Interface not found"


class TestWithoutTheQuestionAtTheLimit:
    @pytest.fixture
    def plan(self) -> LabPlan:
        return LabPlan(behaviours=BEHAVIOURS, limit_seconds=0)

    async def test_the_sign_of_life_decides(self, probe: Probe, clock: ScaledClock) -> None:
        await probe.agent_on_line("1001")
        await probe.ask("QueueAdd", **MEMBER)
        probe.dial("a1", "+15550100002")
        assert (await probe.until(UserEvent="DialerAbandoned"))["Attempt"] == "a1"
        await probe.beat(clock, ahead_seconds=-1)
        probe.dial("a2", "+15550100102", DIALER_SILENCE_MS="3000")
        await probe.until(UserEvent="DialerWaiting", Attempt="a2")
        assert (await probe.until(Event="AgentConnect"))["Uniqueid"] == "a2"
        assert "DialerLimit" not in probe.events_of("a1") + probe.events_of("a2")


class TestInboundCallers:
    @pytest.fixture
    def plan(self) -> LabPlan:
        stream = InboundStreamPlan("inbound", calls_per_hour=120, talk_mean_seconds=60, enrolls_agents=True)
        return LabPlan(behaviours=BEHAVIOURS, inbound=(stream,))

    async def test_they_take_the_same_agents(self, lab: TelephoneLab, probe: Probe) -> None:
        await probe.agent_on_line("1001")
        connected = await probe.until(Event="AgentConnect", Queue="inbound")
        probe.dial("a1", "+15550100002")
        await probe.until(UserEvent="DialerWaiting")
        await redirected(probe, "a1", "1001")
        assert (await probe.until(UserEvent="DialerMissed"))["Reason"] == "BUSY"
        complete = await probe.until(Event="AgentComplete", Uniqueid=connected["Uniqueid"])
        assert int(complete["TalkTime"]) > 0

    async def test_they_give_up_when_nobody_comes(self, probe: Probe) -> None:
        abandoned = await probe.until(Event="QueueCallerAbandon", Queue="inbound")
        assert int(abandoned["HoldTime"]) >= 0
        await probe.until(Event="Hangup", Uniqueid=abandoned["Uniqueid"])
