"""From lead to outcome, in virtual time."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.ids import AgentId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from tests.flow.rig import new_rig

pytestmark = pytest.mark.looptime


async def test_every_lead_ends_with_the_outcome_its_telephone_gave(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=5, max_attempts=1)
    for behaviour in ("00", "01", "02", "03", "04", "05", "00", "01"):
        rig.lead(behaviour)
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes().total() >= 8 and rig.open_attempts() == 0, 600)
    outcomes = rig.outcomes()
    assert outcomes[Outcome.ANSWERED] >= 2
    assert outcomes[Outcome.BUSY] == 2
    assert outcomes[Outcome.NO_ANSWER] == 1
    assert outcomes[Outcome.INVALID_NUMBER] == 1
    assert outcomes[Outcome.CONGESTION] >= 1
    assert rig.telephony.ended == {}


async def test_the_attempt_is_written_before_its_originate(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    for _ in range(5):
        rig.lead("01")
    written_first = []
    rig.telephony.before_placing = lambda order: written_first.append(
        order.attempt in rig.book.attempts and bool(rig.book.attempts[order.attempt].attempt.verdict)
    )
    async with rig.working():
        await rig.agents_on("1001", "1002", "1003")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes().total() >= 5, 600)
    assert len(written_first) >= 5
    assert all(written_first)


async def test_leads_come_in_order_of_score(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    low, high, middle = rig.lead("01", 1.0), rig.lead("01", 9.0), rig.lead("01", 5.0)
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) >= 3, 600)
    assert [rig.book.attempts[o.attempt].attempt.lead for o in rig.telephony.orders[:3]] == [high, middle, low]


async def test_progressive_dials_one_line_for_each_ready_agent(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    for _ in range(20):
        rig.lead("02")
    async with rig.working():
        await rig.agents_on("1001", "1002", "1003")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(5)
        assert len(rig.telephony.calls) == 3


async def test_power_dials_its_level(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=2.5)
    for _ in range(20):
        rig.lead("02")
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(5)
        assert len(rig.telephony.calls) == 5


async def test_a_callee_without_an_agent_is_abandoned_and_rests(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=2)
    first, second = rig.lead("00"), rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes().total() >= 2, 600)
    assert rig.outcomes() == Counter({Outcome.ANSWERED: 1, Outcome.ABANDONED: 1})
    waiting = [lead for lead in rig.book.leads.values() if lead.status is LeadStatus.WAITING]
    assert [lead.id in (first, second) for lead in waiting] == [True]
    assert waiting[0].due_at is not None
    assert waiting[0].due_at - rig.clock.now() > timedelta(hours=71)


async def test_nothing_is_dialed_without_an_agent(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=3)
    rig.lead("00")
    async with rig.working():
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(60)
        assert rig.telephony.orders == []


async def test_nothing_is_dialed_when_the_database_can_not_write(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    for _ in range(5):
        rig.lead("01")
    rig.book.refuse_open = True
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(30)
        assert rig.telephony.orders == []
        rig.book.refuse_open = False
        await rig.until(lambda: len(rig.telephony.orders) >= 1, 300)


async def test_a_number_put_on_dnc_after_the_claim_is_not_dialed(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    rig.lead("06", 9.0)
    held = rig.lead("01", 1.0)
    number = rig.book.contacts[rig.book.leads[held].contact].numbers[0].number
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        assert rig.book.leads[held].status is LeadStatus.LEASED
        await rig.desk.add_dnc([number], "caller asked")
        await rig.clock.sleep(900)
    assert number not in [order.number for order in rig.telephony.orders]
    assert rig.book.leads[held].status is LeadStatus.BLOCKED


async def test_outside_calling_hours_nothing_is_dialed_and_the_list_says_why(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("00")
    contact = next(iter(rig.book.contacts.values()))
    contact.time_zone = "Asia/Tokyo"
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(60)
        assert rig.telephony.orders == []
        view = rig.desk.campaigns()[0]
        assert view.blocked == {"calling hours": 1}
        assert not view.exhausted


async def test_an_exhausted_list_says_so(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(max_attempts=1)
    rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.desk.campaigns()[0].exhausted, 300)
        assert rig.desk.campaigns()[0].leads == {"exhausted": 1}


async def test_caps_on_lines_and_calls_a_second_hold(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, lines=7, calls_per_second=2.0)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=10)
    for _ in range(30):
        rig.lead("02")
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        began = rig.clock.monotonic()
        await rig.until(lambda: len(rig.telephony.calls) == 7, 60)
        assert rig.clock.monotonic() - began >= 2.5
        await rig.clock.sleep(10)
        assert len(rig.telephony.calls) == 7


async def test_draining_dials_nothing_and_lets_calls_finish(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    for _ in range(5):
        rig.lead("06")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        rig.stop.set()
    assert rig.outcomes() == Counter({Outcome.ANSWERED: 1})
    assert len(rig.telephony.orders) == 1
    assert all(lead.owner is None for lead in rig.book.leads.values())


async def test_outcomes_that_the_database_can_not_take_are_kept_on_disk(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("01")
    rig.book.refuse_close = True
    async with rig.until_killed():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(rig.spool.exists)
    assert rig.outcomes().total() == 0
    rig.book.refuse_close = False
    rig.telephony.ended.clear()  # Asterisk has lost its records too
    async with rig.until_killed():
        await rig.until(lambda: rig.outcomes() == Counter({Outcome.BUSY: 1}))
        await rig.until(lambda: not rig.spool.exists())


async def test_an_agent_pauses_after_the_call(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=10)
    for _ in range(3):
        rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING)
        rig.desk.pause(AgentId("1001"), "lunch")
        assert rig.state_of("1001") is AgentState.TALKING
        await rig.until(lambda: rig.state_of("1001") is AgentState.PAUSED)
        await rig.clock.sleep(120)
        assert len(rig.telephony.orders) == 1
        rig.desk.ready(AgentId("1001"))
        await rig.until(lambda: len(rig.telephony.orders) == 2)
