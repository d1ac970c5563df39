"""Who presses the opt-out key in the information message is not called again, whatever breaks meanwhile."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.domain.campaign import CampaignPlan, DialMode
from dialer.domain.ids import AgentId, LeadId, ServerName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.spool import Spool, from_json, to_json
from dialer.ports import AgentRecord
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime

PRESSES_9, PRESSES_5, TALKS_LONG = "07", "08", "06"
RECYCLE = {Outcome.ABANDONED: timedelta(seconds=60), Outcome.LOST: timedelta(seconds=60)}


async def campaign_with_one_agent_too_few(rig: Rig, behaviour: str) -> LeadId:
    """The agent gets a long call; the lead returned is abandoned, and would be called again after a minute."""
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=2, recycle=RECYCLE)
    rig.lead(TALKS_LONG, score=10)
    return rig.lead(behaviour)


async def dial(rig: Rig) -> None:
    await rig.agents_on("1001")
    await rig.desk.start_campaign("autumn")


def number_of(rig: Rig, lead: LeadId) -> PhoneNumber:
    return rig.book.contacts[rig.book.leads[lead].contact].numbers[0].number


def times_dialed(rig: Rig, number: PhoneNumber) -> int:
    return sum(order.number == number for order in rig.telephony.orders)


async def test_the_number_is_on_do_not_call_at_once_and_its_lead_is_done(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_9)
    number = number_of(rig, lead)
    async with rig.working():
        await dial(rig)
        await rig.until(lambda: number in rig.book.dnc, 60)
        [attempt] = [order.attempt for order in rig.telephony.orders if order.number == number]
        assert rig.book.dnc[number] == f"key pressed in the message of attempt {attempt}"
        assert attempt in rig.telephony.calls, "listed while the call is still there"
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] == 1, 10)
        assert rig.telephony.opt_outs == {}
        assert rig.book.leads[lead].status is LeadStatus.DONE
        await rig.clock.sleep(900)
    assert times_dialed(rig, number) == 1


async def test_who_presses_another_key_rests_and_is_called_again(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_5)
    async with rig.working():
        await dial(rig)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] == 1, 60)
        assert rig.book.leads[lead].status is LeadStatus.WAITING
        await rig.until(lambda: times_dialed(rig, number_of(rig, lead)) == 2, 900)
    assert rig.book.dnc == {}


async def test_another_campaign_does_not_call_the_number_either_nor_the_first_one_another_of_the_contact(
    tmp_path: Path,
) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=2, recycle=RECYCLE)
    rig.lead(TALKS_LONG, score=10)
    contact = rig.book.add_contact(f"+121229901{PRESSES_9}", "+12122990200")
    first = rig.book.add_lead(rig.campaign.id, contact)
    number = number_of(rig, first)
    other = await rig.book.create(CampaignPlan("winter", caller_id="+12025550100"))
    async with rig.working():
        await dial(rig)
        await rig.until(lambda: number in rig.book.dnc, 60)
        second = rig.book.add_lead(other.id, rig.book.add_contact(number.e164))
        await rig.desk.enroll_agent(AgentRecord(AgentId("1002"), "Bob", ServerName("main")))
        await rig.desk.log_in(AgentId("1002"), other.plan.name)
        await rig.desk.start_campaign(other.plan.name)
        await rig.clock.sleep(900)
    assert Counter(order.number for order in rig.telephony.orders) == Counter(
        {number: 1, rig.telephony.orders[0].number: 1}
    )
    assert rig.book.leads[first].status is LeadStatus.DONE
    assert rig.book.leads[second].reason == "do-not-call"


async def test_a_key_pressed_while_we_were_dead_is_taken_before_anything_is_dialed(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_9)
    number = number_of(rig, lead)
    async with rig.until_killed():
        await dial(rig)
        await rig.until(lambda: times_dialed(rig, number) == 1)
    await rig.clock.sleep(60)
    [pressed] = rig.telephony.opt_outs.values()
    assert rig.book.dnc == {}
    async with rig.working():
        await rig.until(lambda: bool(rig.engine.floor.trusted), 10)
        assert rig.book.dnc == {number: f"key pressed in the message of attempt {pressed.attempt}"}
        await rig.until(lambda: rig.book.leads[lead].status is LeadStatus.DONE, 10)
        assert rig.telephony.opt_outs == {}
    assert times_dialed(rig, number) == 1


async def test_while_the_database_is_away_the_server_keeps_the_key_press_over_our_death(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_9)
    number = number_of(rig, lead)
    rig.book.refuse_listing = True
    async with rig.until_killed():
        await dial(rig)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] == 1, 60)
        await rig.clock.sleep(30)
        assert list(rig.telephony.opt_outs) == [
            order.attempt for order in rig.telephony.orders if order.number == number
        ]
    async with rig.working():
        await rig.clock.sleep(30)
        assert not rig.engine.floor.trusted, "a number that must not be called is not on the list yet"
        rig.book.refuse_listing = False
        await rig.until(lambda: bool(rig.engine.floor.trusted), 10)
        assert (list(rig.book.dnc), rig.telephony.opt_outs) == ([number], {})


async def test_a_database_that_comes_back_gets_the_number_from_the_same_run(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_9)
    rig.book.refuse_listing = True
    async with rig.working():
        await dial(rig)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] == 1, 60)
        assert rig.book.dnc == {}
        rig.book.refuse_listing = False
        await rig.until(lambda: list(rig.book.dnc) == [number_of(rig, lead)], 5)
        await rig.until(lambda: rig.telephony.opt_outs == {}, 1)


async def test_an_asterisk_that_dies_right_after_the_key_loses_the_call_but_not_the_wish(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    lead = await campaign_with_one_agent_too_few(rig, PRESSES_9)
    number = number_of(rig, lead)
    rig.book.refuse_listing = True
    async with rig.working():
        await dial(rig)
        await rig.until(lambda: bool(rig.telephony.opt_outs), 60)
        rig.telephony.restart()
        rig.book.refuse_listing = False
        rig.telephony.link_up()
        await rig.until(lambda: rig.outcomes()[Outcome.LOST] == 2, 60)
        assert list(rig.book.dnc) == [number]
        await rig.clock.sleep(900)
    assert times_dialed(rig, number) == 1


async def test_an_outcome_on_disk_remembers_the_key_and_one_of_the_release_before_had_none(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await campaign_with_one_agent_too_few(rig, PRESSES_9)
    rig.book.refuse_close = True
    async with rig.until_killed():
        await dial(rig)
        await rig.until(rig.spool.exists, 60)
    [written] = Spool(rig.spool).read()
    assert written.ended.end.opted_out_at is not None
    assert (written.due_at, written.exhausted) == (None, False)
    older = {name: value for name, value in to_json(written).items() if name != "opted_out_at"}
    assert from_json(older).ended.end.opted_out_at is None


async def test_who_calls_back_and_presses_the_key_is_on_do_not_call(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    async with rig.working():
        await rig.until(lambda: bool(rig.engine.floor.trusted), 10)
        rig.telephony.call_back("+12125550143", "9")
        rig.telephony.call_back("+12125550144", "5")
        await rig.until(lambda: bool(rig.book.dnc), 1)
        await rig.until(lambda: not rig.telephony.opt_outs, 1)
    assert rig.book.dnc == {PhoneNumber("+12125550143"): "key pressed in a call back to us"}
