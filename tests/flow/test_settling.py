"""Crashes, lost links and lost answers: nothing is lost, nothing is dialed twice."""

from collections import Counter
from pathlib import Path

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime


def dialed_twice(rig: Rig) -> list[str]:
    counts = Counter(order.attempt for order in rig.telephony.orders)
    return [attempt for attempt, count in counts.items() if count > 1]


async def test_a_call_that_ended_while_we_were_dead_gets_its_outcome_from_the_record(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("00")
    rig.lead("01")
    async with rig.until_killed():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) == 2)
    await rig.clock.sleep(100)
    assert rig.open_attempts() == 2
    async with rig.working():
        await rig.until(lambda: rig.open_attempts() == 0, 30)
    assert rig.outcomes() == Counter({Outcome.ABANDONED: 1, Outcome.BUSY: 1})
    assert rig.telephony.ended == {}
    assert dialed_twice(rig) == []


async def test_a_live_call_is_adopted_with_its_agent(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    rig.lead("06")
    async with rig.until_killed():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
    async with rig.working():
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING, 10)
        await rig.until(lambda: rig.outcomes() == Counter({Outcome.ANSWERED: 1}), 700)
        await rig.until(lambda: rig.state_of("1001") is AgentState.READY, 10)
    assert dialed_twice(rig) == []


async def test_an_attempt_that_never_reached_the_switch_is_not_placed_and_its_lead_comes_again(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    lead = rig.lead("01")
    rig.telephony.lose_originates = True
    async with rig.until_killed():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) == 1)
    rig.telephony.lose_originates = False
    async with rig.working():
        await rig.until(lambda: Outcome.NOT_PLACED in rig.outcomes(), 30)
        await rig.until(lambda: Outcome.BUSY in rig.outcomes(), 120)
    assert rig.book.leads[lead].attempts == 1
    assert dialed_twice(rig) == []


async def test_an_originate_whose_answer_was_lost_is_found_alive(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("06")
    rig.telephony.swallow_acks = True
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING, 60)
        await rig.clock.sleep(60)
        assert rig.state_of("1001") is AgentState.TALKING
    assert rig.outcomes() == Counter({Outcome.ANSWERED: 1})
    assert len(rig.telephony.orders) == 1


async def test_an_originate_lost_with_its_answer_is_settled_without_a_restart(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("01")
    rig.telephony.lose_originates = True
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) == 1)
        rig.telephony.lose_originates = False
        await rig.until(lambda: Outcome.NOT_PLACED in rig.outcomes(), 60)
        await rig.until(lambda: Outcome.BUSY in rig.outcomes(), 120)
    assert dialed_twice(rig) == []


async def test_after_a_restart_of_the_switch_open_attempts_are_lost_and_count(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    lead = rig.lead("02")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) == 1)
        rig.telephony.restart()
        await rig.clock.sleep(20)
        rig.telephony.link_up()
        await rig.until(lambda: rig.outcomes() == Counter({Outcome.LOST: 1}), 30)
        assert rig.state_of("1001") is AgentState.LOGGED_OUT
    assert rig.book.leads[lead].attempts == 1


async def test_while_the_link_is_down_nothing_is_dialed_and_then_all_is_settled(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0, dial_mode=DialMode.POWER, dial_level=2)
    for behaviour in ("00", "01", "02", "03", "00", "01", "00", "00", "01"):
        rig.lead(behaviour)
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) >= 3)
        rig.telephony.link_down()
        placed = len(rig.telephony.orders)
        await rig.clock.sleep(20)
        assert len(rig.telephony.orders) == placed
        rig.telephony.link_up()
        await rig.until(lambda: len(rig.telephony.orders) >= 9 and rig.open_attempts() == 0, 900)
    assert dialed_twice(rig) == []
    assert rig.telephony.ended == {}


async def test_a_switch_that_refuses_places_nothing_and_says_so(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.PROGRESSIVE)
    rig.lead("00")
    rig.telephony.refuse_originate = True
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: Outcome.NOT_PLACED in rig.outcomes(), 30)
        await rig.desk.pause_campaign("autumn")
    assert rig.telephony.calls == {}


async def test_agents_keep_their_place_over_a_restart_of_the_engine(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.until_killed():
        await rig.agents_on("1001", "1002")
        rig.desk.pause(AgentId("1002"), "lunch")
        await rig.clock.sleep(1)
    async with rig.working():
        await rig.until(lambda: rig.state_of("1001") is AgentState.READY, 10)
        assert rig.state_of("1002") is AgentState.PAUSED


async def test_an_agent_taken_in_the_same_instant_is_replaced(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.calls) == 1)
        first = min(rig.engine.floor.roster.available(rig.campaign.id, rig.telephony.name), key=lambda a: a.since)
        rig.telephony.agents[first.id] = False
        other = "1002" if first.id == "1001" else "1001"
        await rig.until(lambda: rig.state_of(other) is AgentState.TALKING, 30)
    assert rig.outcomes() == Counter({Outcome.ANSWERED: 1})


async def test_nothing_is_dialed_on_a_server_before_its_state_is_known(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    for _ in range(5):
        rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        rig.telephony.link_down()
        await rig.desk.start_campaign("autumn")
        rig.telephony.snapshot_seconds = 5.0
        rig.telephony.link_up()
        await rig.clock.sleep(4.5)
        assert rig.telephony.orders == []
        await rig.until(lambda: len(rig.telephony.orders) == 1, 5)


async def test_what_happens_while_the_state_is_asked_for_is_not_lost(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("06")
    async with rig.until_killed():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
    rig.telephony.snapshot_seconds = 5.0
    async with rig.working():
        await rig.clock.sleep(2)
        await rig.telephony.hang_up(rig.telephony.name, rig.telephony.orders[0].attempt)
        await rig.until(lambda: rig.outcomes() == Counter({Outcome.ANSWERED: 1}), 8)
        await rig.until(lambda: rig.state_of("1001") is AgentState.WRAP_UP, 1)
