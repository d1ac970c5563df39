"""What agents do: preview, call-backs, dispositions, pauses, log-outs."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, LeadId, ServerName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.feed import ScreenPop
from dialer.ports import AgentRecord
from tests.flow.rig import Rig, SteppedClock, new_rig

pytestmark = pytest.mark.looptime
ANNA, BEN = AgentId("1001"), AgentId("1002")


def attempt_of(rig: Rig, agent: AgentId) -> AttemptId:
    attempt = rig.engine.floor.roster.known(agent).attempt
    assert attempt is not None
    return attempt


async def test_in_preview_only_an_accepted_lead_is_dialed_for_the_one_who_accepted(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.PREVIEW)
    rig.lead("00", 2.0)
    rig.lead("00", 1.0)
    async with rig.working():
        await rig.agents_on("1001", "1002")
        with rig.desk.feed.subscribe() as subscription:
            await rig.desk.start_campaign("autumn")
            await rig.until(lambda: rig.state_of("1001") is rig.state_of("1002") is AgentState.PREVIEWING)
            offered: dict[AgentId, LeadId] = {}
            while len(offered) < 2:
                event = await subscription.next()
                if isinstance(event, ScreenPop):
                    offered[event.agent] = event.lead
        await rig.clock.sleep(30)
        assert rig.telephony.orders == []
        attempt = rig.desk.accept_preview(ANNA)
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        assert rig.book.attempts[attempt].attempt.lead == offered[ANNA]
        assert rig.book.attempts[attempt].attempt.reserved_for == ANNA
        assert rig.state_of("1002") is AgentState.PREVIEWING


async def test_a_skipped_preview_puts_the_lead_off_and_offers_the_next(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.PREVIEW)
    first = rig.lead("00", 2.0)
    rig.lead("00", 1.0)
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.PREVIEWING)
        assert rig.desk.skip_preview(ANNA) == first
        await rig.until(lambda: rig.book.leads[first].status is LeadStatus.WAITING, 10)
        await rig.until(lambda: rig.state_of("1001") is AgentState.PREVIEWING, 10)
    assert rig.telephony.orders == []


async def test_a_call_back_goes_at_its_time_to_the_agent_who_promised_it(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=300)
    lead = rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        promised = rig.clock.now() + timedelta(minutes=30)
        attempt = attempt_of(rig, ANNA)
        await rig.desk.dispose(ANNA, attempt, Disposition.CALL_BACK, call_back_at=promised, call_back_mine=True)
        assert rig.state_of("1001") is AgentState.READY
        await rig.agents_on("1002")
        await rig.until(lambda: len(rig.telephony.orders) == 2, 2000)
        assert rig.clock.now() >= promised
        second = rig.book.attempts[rig.telephony.orders[1].attempt].attempt
        assert (second.lead, second.reserved_for) == (lead, ANNA)
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        assert rig.state_of("1002") is AgentState.READY


async def test_a_call_back_whose_agent_stays_away_goes_to_any(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=300)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        due = rig.clock.now() + timedelta(minutes=10)
        await rig.desk.dispose(
            ANNA, attempt_of(rig, ANNA), Disposition.CALL_BACK, call_back_at=due, call_back_mine=True
        )
        rig.desk.log_out(ANNA)
        await rig.agents_on("1002")
        await rig.until(lambda: rig.state_of("1002") is AgentState.TALKING, 3000)
        assert timedelta(minutes=14) < rig.clock.now() - due < timedelta(minutes=18)


async def test_an_agent_can_not_log_in_twice(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.working():
        await rig.agents_on("1001")
        with pytest.raises(Conflict, match="logged in already"):
            await rig.desk.log_in(ANNA, "autumn")
        assert rig.state_of("1001") is AgentState.READY


async def test_unknown_agents_and_campaigns_are_named(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.working():
        with pytest.raises(NotFound, match="enroll"):
            await rig.desk.log_in(ANNA, "autumn")
        with pytest.raises(NotFound):
            await rig.desk.start_campaign("winter")
        with pytest.raises(NotFound):
            rig.desk.pause(ANNA, "lunch")
        with pytest.raises(NotFound, match="other"):
            await rig.desk.enroll_agent(AgentRecord(ANNA, "Anna", ServerName("other")))


async def test_a_call_is_disposed_of_once_and_by_its_own_agent(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=300)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        await rig.until(lambda: rig.outcomes().total() == 1)
        attempt = attempt_of(rig, ANNA)
        with pytest.raises(Conflict):
            await rig.desk.dispose(BEN, attempt, Disposition.SALE)
        with pytest.raises(Conflict, match="call-back needs its time"):
            await rig.desk.dispose(ANNA, attempt, Disposition.CALL_BACK)
        await rig.desk.dispose(ANNA, attempt, Disposition.SALE)
        with pytest.raises(Conflict):
            await rig.desk.dispose(ANNA, attempt, Disposition.REFUSED)
    assert [lead.status for lead in rig.book.leads.values()] == [LeadStatus.DONE]


async def test_do_not_call_ends_the_lead_and_the_number(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=300)
    lead = rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        await rig.desk.dispose(ANNA, attempt_of(rig, ANNA), Disposition.DO_NOT_CALL)
    number = rig.book.contacts[rig.book.leads[lead].contact].numbers[0].number
    assert await rig.book.listed(number)
    assert rig.book.leads[lead].status is LeadStatus.DONE


async def test_a_log_out_in_mid_call_waits_for_the_call_and_lets_the_phone_go(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=10)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        rig.desk.log_out(ANNA)
        await rig.clock.sleep(20)
        assert rig.state_of("1001") is AgentState.TALKING
        await rig.until(lambda: rig.state_of("1001") is AgentState.LOGGED_OUT)
        await rig.until(lambda: "1001" not in rig.telephony.agents, 10)
    assert rig.outcomes()[Outcome.ANSWERED] == 1


async def test_a_phone_that_drops_logs_its_agent_out_and_another_gets_the_callee(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.calls) == 1)
        rig.telephony.hang_up_phone(ANNA)
        await rig.until(lambda: rig.state_of("1002") is AgentState.TALKING, 60)
        assert rig.state_of("1001") is AgentState.LOGGED_OUT


async def test_a_draining_engine_takes_nothing_new(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("06")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        rig.stop.set()
        await rig.clock.sleep(1)
        with pytest.raises(Conflict, match="draining"):
            await rig.desk.start_campaign("autumn")
        with pytest.raises(Conflict, match="draining"):
            await rig.desk.log_in(BEN, "autumn")


async def test_a_power_campaign_tuned_down_dials_less_at_once(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    campaign = await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=4)
    for _ in range(40):
        rig.lead("02")
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.calls) == 8)
        await rig.desk.tune_campaign("autumn", replace(campaign.plan, dial_level=1))
        await rig.until(lambda: len(rig.telephony.calls) <= 2, 60)
        await rig.clock.sleep(20)
        assert len(rig.telephony.calls) <= 2


async def test_an_agent_who_does_not_pick_up_is_logged_out_again(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.telephony.phones_ring_out = True
    async with rig.working():
        await rig.agents_on("1001")
        assert rig.state_of("1001") is AgentState.LOGGING_IN
        await rig.until(lambda: rig.state_of("1001") is AgentState.LOGGED_OUT, 80)
        rig.telephony.phones_ring_out = False
        await rig.agents_on("1001")
        assert rig.state_of("1001") is AgentState.READY


async def test_a_step_of_the_clock_does_not_hold_agents_in_wrap_up(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    rig.clock = clock = SteppedClock(rig.clock)
    await rig.make_campaign(wrap_up_seconds=20)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        clock.step = timedelta(hours=-1)
        await rig.until(lambda: rig.state_of("1001") is AgentState.READY, 21)


class CountingClock(SteppedClock):
    """Refuses to wait for less than a clock can tell, again and again."""

    trifles = 0

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        self.trifles += seconds < 1e-5
        assert self.trifles < 100, "waits for ever for a moment that does not come"
        return await super().wait(event, seconds)


async def test_a_wrap_up_that_ends_within_the_clocks_step_ends(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    rig.clock = CountingClock(rig.clock)
    await rig.make_campaign(wrap_up_seconds=20)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP)
        agent = rig.engine.floor.roster.known(ANNA)
        agent.wrap_up_until = rig.clock.monotonic() + 1.0 + 4e-10
        rig.engine._wrap_up_nudge.set()
        await rig.until(lambda: rig.state_of("1001") is AgentState.READY, 21)
