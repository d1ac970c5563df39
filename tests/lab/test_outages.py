"""Links break and Asterisk restarts: calls and records survive the one, records alone the other."""

import time

import pytest

from dialer.clock import ScaledClock
from dialer.domain.outcome import Outcome
from integrations.telephone_lab import LabPlan, TelephoneLab, outcome_by_ledger, read_ledger
from tests.lab.conftest import BEHAVIOURS
from tests.lab.probe import Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)


async def test_a_call_and_its_record_survive_a_cut_link(lab: TelephoneLab, probe: Probe, clock: ScaledClock) -> None:
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100011")
    await probe.until(UserEvent="DialerWaiting")
    await probe.ask("Redirect", Channel="a1", Context="dialer-connect", Exten="1001", Priority=1)
    lab.cut_links()
    with pytest.raises(ConnectionError):
        await probe.until(Event="Hangup")
    await clock.sleep(10)
    async with Probe(lab.port) as again:
        await again.log_in()
        assert (await again.record("a1")).split("|")[7] == "1001"
        assert [m["Status"] for m in await again.listing("Agents")] == ["AGENT_IDLE"]


async def test_links_are_refused_for_as_long_as_asked(lab: TelephoneLab, probe: Probe, clock: ScaledClock) -> None:
    lab.refuse_links(30)
    with pytest.raises(ConnectionError):
        await probe.read()
    async with Probe(lab.port) as early:
        assert early.banner == ""
    await clock.sleep(30.1)
    async with Probe(lab.port) as late:
        await late.log_in()


async def test_a_restart_takes_calls_agents_and_globals_and_leaves_records_and_members(
    lab: TelephoneLab, probe: Probe, clock: ScaledClock
) -> None:
    member = "Local/1001@dialer-agent-request"
    await probe.ask("QueueAdd", Queue="campaign-1", Interface=member, StateInterface="Agent:1001")
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100003")
    probe.dial("a2", "+15550100004")
    await probe.until(Event="OriginateResponse", ActionID="a1")
    before = clock.now()
    lab.restart()
    async with Probe(lab.port) as again:
        await again.log_in()
        assert [m["Key"] for m in await again.listing("DBGetTree", Family="dialer-ended-e1")] == ["/dialer-ended-e1/a1"]
        assert await again.listing("CoreShowChannels") == []
        assert (await again.ask("Getvar", Variable="DIALER_ALIVE_e1")).get("Value", "") == ""
        assert [m["Status"] for m in await again.listing("Agents")] == ["AGENT_LOGGEDOFF"]
        assert [m["Location"] for m in await again.listing("QueueStatus") if m["Event"] == "QueueMember"] == [member]
        status = await again.ask("CoreStatus")
        assert f"{status['CoreStartupDate']} {status['CoreStartupTime']}" == f"{before:%Y-%m-%d %H:%M:%S}"
        await clock.sleep(300)
        await again.drain()
        assert not [m for m in again.heard if m.get("Event") == "Hangup"]


async def test_the_ledger_knows_the_calls_that_a_restart_took(lab: TelephoneLab, probe: Probe) -> None:
    probe.dial("a1", "+15550100004")
    await probe.until(ChannelStateDesc="Ringing")
    lab.restart(down_seconds=5)
    assert lab.ledger is not None
    (entry,) = read_ledger(lab.ledger)
    assert (entry.attempt, outcome_by_ledger(entry)) == ("a1", Outcome.LOST)


class TestWithOneLine:
    @pytest.fixture
    def plan(self) -> LabPlan:
        return LabPlan(behaviours=BEHAVIOURS, lines=1)

    async def test_a_call_beyond_the_lines_meets_congestion(self, probe: Probe) -> None:
        probe.dial("a1", "+15550100004")
        probe.dial("a2", "+15550100104")
        hangup = await probe.until(Event="Hangup")
        assert (hangup["Uniqueid"], hangup["Cause"]) == ("a2", "34")
        assert (await probe.until(Event="OriginateResponse"))["Reason"] == "8"
