"""Predictive dialing, from what was learned to the calls placed, in virtual time."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.abandonment import Tally
from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import AgentId, CampaignId
from dialer.domain.outcome import Outcome
from dialer.engine.feed import AgentMoved
from dialer.ports import PacingState
from pacing.pacer import Pacer
from tests.fakes.telephony import Behaviour
from tests.flow.predictive_rig import PredictiveRig, predictive_rig

pytestmark = pytest.mark.looptime
TEN = tuple(str(1001 + number) for number in range(10))


async def started(rig: PredictiveRig, *agents: str, leads: int = 300) -> None:
    rig.leads(leads)
    await rig.agents_on(*agents)
    await rig.desk.start_campaign("autumn")
    await rig.clock.sleep(1)


# --- how many lines ---------------------------------------------------------------------------------------------------


async def test_a_campaign_that_has_learned_dials_ahead_of_its_agents(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await started(rig, *TEN)
        assert rig.ringing() > 15
        view = rig.desk.campaigns()[0]
        assert view.pacing is not None
        assert view.pacing.answer_probability == pytest.approx(0.3, abs=0.05)
        assert [window.name for window in view.pacing.windows] == ["successive 30 days", "24 h", "calendar month"]
        assert "answers expected of" in view.decision


async def test_a_campaign_that_has_learned_nothing_dials_one_line_an_agent(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive(learned=None)
    async with rig.working():
        await started(rig, *TEN)
        assert rig.ringing() == 10
        assert rig.reason.startswith("cold start, 0 of 300 answers seen")


async def test_agents_are_kept_busier_than_by_one_line_each_and_within_the_cap(tmp_path: Path) -> None:
    occupancy, abandoned = {}, {}
    for mode in (DialMode.PROGRESSIVE, DialMode.PREDICTIVE):
        rig = predictive_rig(tmp_path / mode, talk_seconds=90.0)
        await rig.make_predictive(dial_mode=mode)
        async with rig.working():
            await started(rig, *TEN, leads=700)
            await rig.clock.sleep(1200)
            occupancy[mode] = rig.desk.campaigns()[0].occupancy or 0.0
            live = rig.outcomes()[Outcome.ANSWERED] + rig.abandoned()
            abandoned[mode] = rig.abandoned() / live
            await rig.desk.stop_campaign("autumn")
    assert occupancy[DialMode.PREDICTIVE] > occupancy[DialMode.PROGRESSIVE] + 0.08
    assert abandoned[DialMode.PREDICTIVE] < 0.06  # of under a hundred answers, aimed at 3%


async def test_a_budget_that_is_spent_brings_back_one_line_an_idle_agent(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path, past=Tally(connected=1000, dropped=120))
    await rig.make_predictive()
    most = 0
    async with rig.working():
        await started(rig, *TEN)
        for _ in range(600):
            idle = sum(rig.state_of(agent) is AgentState.READY for agent in TEN)
            assert rig.ringing() <= 10
            most = max(most, rig.ringing() - idle)
            await rig.clock.sleep(0.5)
        assert "one agent is kept spare" in rig.reason or "one line an idle agent" in rig.reason
    assert most <= 0
    assert rig.abandoned() == 0


async def test_a_cap_of_zero_brings_one_line_an_idle_agent_and_says_so(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive(abandon_cap=0.0)
    async with rig.working():
        await started(rig, *TEN)
        assert rig.ringing() == 10
        assert rig.reason.startswith("no call may be abandoned, so one line an idle agent")


async def test_while_the_counts_can_not_be_read_there_is_one_line_an_idle_agent(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    rig.book.refuse_counts = True
    async with rig.working():
        await started(rig, *TEN)
        assert rig.ringing() == 10
        assert rig.reason.startswith("abandoned calls can't be counted now")
        rig.book.refuse_counts = False
        await rig.until(lambda: rig.ringing() > 10, 60)


async def test_pacing_that_fails_falls_back_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(Pacer, "decide", broken)
    monkeypatch.setattr(Pacer, "line_ended", broken)
    with caplog.at_level(logging.CRITICAL):
        async with rig.working():
            await started(rig, *TEN)
            assert rig.ringing() == 10
            assert rig.reason.startswith("pacing failed (ZeroDivisionError), so one line an idle agent")
            assert rig.desk.campaigns()[0].pacing_faults > 0
            await rig.until(lambda: rig.outcomes()[Outcome.ANSWERED] >= 3, 600)


async def test_a_switch_that_refuses_calls_leaves_no_line_behind(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    rig.telephony.refuse_originate = True
    async with rig.working():
        await started(rig, "1001")
        await rig.until(lambda: rig.outcomes()[Outcome.NOT_PLACED] >= 2, 60)
        rig.telephony.refuse_originate = False
        await rig.until(lambda: rig.ringing() > 0, 60)
        assert rig.engine.floor.tracker.lines(rig.campaign.id) == rig.ringing()


# --- what is learned --------------------------------------------------------------------------------------------------


async def test_the_engine_learns_from_every_line_agent_and_fate(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive(learned=None, dial_mode=DialMode.PROGRESSIVE)
    async with rig.working():
        await started(rig, *TEN)
        await rig.clock.sleep(900)
        pacer = rig.engine.learning.pacers[rig.campaign.id]
        live = sum(rig.outcomes()[one] for one in (Outcome.ANSWERED, Outcome.ABANDONED))
        talking = sum(rig.state_of(agent) is AgentState.TALKING for agent in TEN)
        assert live > 60
        assert pacer.answers_learned == live + talking
        assert pacer.learned.knob.seen[0] == live + talking
        assert set(pacer.speed.calls) == set(TEN)
        assert pacer.learned.handling.ends.sum(axis=1) == pytest.approx([live + 8 * 5, live + 8 * 5], rel=0.5)
        assert 8 < pacer.lag_seconds < 11


async def test_congestion_teaches_nothing(tmp_path: Path) -> None:
    full = Behaviour(ring_seconds=0.2, answers=False, cause=34)
    rig = predictive_rig(tmp_path, callees={f"{number:02}": full for number in range(100)})
    await rig.make_predictive()
    async with rig.working():
        await started(rig, "1001", "1002", leads=50)
        pacer = rig.engine.learning.pacers[rig.campaign.id]
        before = pacer.learned.times.failed.sum()
        await rig.until(lambda: rig.outcomes()[Outcome.CONGESTION] >= 20, 600)
        assert pacer.learned.times.failed.sum() == before


async def test_a_restart_keeps_what_was_learned(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.until_killed():
        await started(rig, *TEN)
        await rig.clock.sleep(120)
        learned = rig.engine.learning.pacers[rig.campaign.id].answers_learned
    async with rig.working():
        await rig.until(lambda: rig.campaign.id in rig.engine.learning.pacers, 10)
        kept = rig.engine.learning.pacers[rig.campaign.id].answers_learned
        assert 400 < learned - 15 <= kept <= learned


async def test_a_drained_engine_has_stored_the_last_call(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await started(rig, *TEN, leads=40)
        await rig.clock.sleep(20)
        pacer = rig.engine.learning.pacers[rig.campaign.id]
    stored = await rig.book.load(rig.campaign.id)
    assert stored is not None
    assert stored.state == json.loads(json.dumps(pacer.state()))


def spoiled(state: PacingState) -> PacingState:
    return replace(state, state={"version": 0})


def stale(state: PacingState) -> PacingState:
    return replace(state, saved_at=state.saved_at - timedelta(days=31))


@pytest.mark.parametrize("change", [spoiled, stale])
async def test_a_state_that_is_foreign_or_old_is_begun_anew(
    tmp_path: Path, change: Callable[[PacingState], PacingState]
) -> None:
    rig = predictive_rig(tmp_path)
    campaign = await rig.make_predictive()
    stored = await rig.book.load(campaign.id)
    assert stored is not None
    changed = change(stored)
    await rig.book.save(campaign.id, changed.state, changed.saved_at)
    async with rig.working():
        await started(rig, *TEN)
        assert rig.reason.startswith("cold start, 0 of 300")


async def test_nothing_is_dialed_before_it_is_known_what_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    load = rig.book.load

    async def away(campaign: CampaignId) -> PacingState | None:
        raise DatabaseUnavailable("down")

    monkeypatch.setattr(rig.book, "load", away)
    async with rig.working():
        await started(rig, *TEN)
        assert rig.telephony.orders == []
        monkeypatch.setattr(rig.book, "load", load)
        await rig.until(lambda: rig.ringing() > 10, 30)


async def test_a_step_of_the_wall_clock_brings_no_burst_and_no_nonsense(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await started(rig, *TEN)
        await rig.clock.sleep(60)
        before = rig.engine.learning.pacers[rig.campaign.id].lag_seconds
        rig.step_wall_clock(timedelta(minutes=-40))
        for _ in range(240):
            assert rig.ringing() <= 100
            await rig.clock.sleep(0.5)
        assert rig.engine.learning.pacers[rig.campaign.id].lag_seconds == pytest.approx(before, rel=0.3)


# --- which leads ------------------------------------------------------------------------------------------------------


async def test_ring_times_are_taken_from_data_when_the_plan_says_so(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive(ring_from_data=True)
    async with rig.working():
        await started(rig, *TEN, leads=500)
        await rig.clock.sleep(700)
        assert [rig.telephony.orders[place].ring_seconds for place in (0, -1)] == [24, 23]
        await rig.desk.tune_campaign("autumn", replace(rig.campaign.plan, ring_from_data=False))
        await rig.clock.sleep(60)
        assert rig.telephony.orders[-1].ring_seconds == 25


# --- agents who leave -------------------------------------------------------------------------------------------------


async def test_an_agent_who_wants_a_pause_waits_for_the_lines_that_ring(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await started(rig, "1001")
        assert rig.ringing() >= 1
        with rig.desk.feed.subscribe() as feed:
            rig.desk.pause(AgentId("1001"), "lunch")
            told = await feed.next()
        assert isinstance(told, AgentMoved)
        assert told.reason.startswith("pausing: ")
        assert told.reason.endswith(" lines ring")
        assert rig.state_of("1001") is AgentState.READY
        await rig.clock.sleep(0.6)
        assert "1 leaving" in rig.reason
        await rig.until(lambda: rig.state_of("1001") in (AgentState.PAUSED, AgentState.TALKING), 30)


async def test_an_agent_who_is_not_needed_pauses_at_once(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await rig.agents_on(*TEN)
        rig.lead("02")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(1)
        rig.desk.pause(AgentId("1001"), "lunch")
        await rig.clock.sleep(0.6)
        assert rig.state_of("1001") is AgentState.PAUSED


async def test_nobody_is_held_longer_than_a_line_should_ring(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path, answers=0.0)
    await rig.make_predictive(learned=1.0, ring_seconds=120)
    async with rig.working():
        await started(rig, "1001")
        await rig.desk.tune_campaign("autumn", replace(rig.campaign.plan, ring_seconds=15))
        rig.desk.log_out(AgentId("1001"))
        await rig.clock.sleep(16)
        assert rig.state_of("1001") is AgentState.READY
        await rig.clock.sleep(2)
        assert rig.ringing() >= 1
        assert rig.state_of("1001") is AgentState.LOGGED_OUT


async def test_an_agent_may_take_the_wish_back(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path, answers=0.0)
    await rig.make_predictive(learned=1.0)
    async with rig.working():
        await started(rig, "1001")
        rig.desk.pause(AgentId("1001"), "lunch")
        rig.desk.ready(AgentId("1001"))
        await rig.clock.sleep(40)
        assert rig.state_of("1001") is AgentState.READY


async def test_a_campaign_that_stops_lets_its_agents_go(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path, answers=0.0)
    await rig.make_predictive(learned=1.0)
    async with rig.working():
        await started(rig, "1001")
        rig.desk.pause(AgentId("1001"), "lunch")
        await rig.desk.stop_campaign("autumn")
        await rig.clock.sleep(1)
        assert rig.state_of("1001") is AgentState.PAUSED


async def test_a_burst_of_log_outs_brings_no_new_line_and_few_abandoned(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        await started(rig, *TEN)
        await rig.clock.sleep(5)
        placed = len(rig.telephony.orders)
        for agent in TEN:
            rig.desk.log_out(AgentId(agent))
        await rig.clock.sleep(1)
        assert len(rig.telephony.orders) == placed
        await rig.until(lambda: rig.ringing() == 0, 60)
        assert rig.abandoned() <= 1


async def test_an_agent_is_not_counted_on_when_the_shift_ends(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    rig.leads(100)
    async with rig.working():
        await rig.agents_on("1001")
        rig.desk.log_out(AgentId("1001"))
        await rig.clock.sleep(2)
        await rig.desk.log_in(AgentId("1001"), "autumn", shift_ends_at=rig.clock.now() + timedelta(seconds=10))
        await rig.clock.sleep(6)
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(5)
        assert rig.telephony.orders == []
        assert "1 leaving" in rig.reason
