"""Events raise leads at the head of the hopper, and inbound targets are tagged, in virtual time."""

from datetime import timedelta
from pathlib import Path

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignStatus, DialMode
from dialer.domain.clash import DEADLINE
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import Condition, ContactEvent, EventState, Sign, TriggerRule, Whom
from dialer.engine.feed import AgentMoved, CallerTag
from dialer.ports import InboundDuty
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime

ROAMING = TriggerRule("abroad", "autumn", 30, "roaming", score=100, offer="a week abroad")
STATIC = TriggerRule("spenders", "autumn", 600, who=(Condition("spend", Sign.OVER, 100.0),), once_in_days=30)


async def crowded(folder: Path, mode: DialMode) -> Rig:
    """A campaign that dials one line a second, with a full hopper of busy numbers."""
    rig = new_rig(folder, calls_per_second=1.0)
    rig.trigger_rules = (ROAMING, STATIC)
    await rig.make_campaign(dial_mode=mode, dial_level=2)
    return rig


def target(rig: Rig, number: str = "+12125550100") -> ContactId:
    return rig.book.add_contact(number, attributes={"spend": "120"})


def roaming(rig: Rig, contact: ContactId, id: str = "e1") -> ContactEvent:
    return ContactEvent(id, "roaming", rig.clock.now(), Whom(contact))


def dialed(rig: Rig, contact: ContactId) -> list[float]:
    """When, in s of the clock, before now."""
    held = [one.attempt for one in rig.book.attempts.values() if one.attempt.contact == contact]
    return [(rig.clock.now() - one.opened_at).total_seconds() for one in held]


@pytest.mark.parametrize("mode", [DialMode.PROGRESSIVE, DialMode.POWER, DialMode.PREDICTIVE])
async def test_the_lead_that_an_event_raises_is_dialed_within_a_second_though_the_hopper_is_full(
    tmp_path: Path, mode: DialMode
) -> None:
    rig = await crowded(tmp_path, mode)
    async with rig.working():
        for place in range(200):
            rig.lead("01", score=1000 - place)
        contact = target(rig)
        await rig.agents_on("1001", "1002", "1003", "1004", "1005", "1006")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(8.3)
        assert len(rig.engine.loops[rig.campaign.id].hopper) > 5
        before = len(rig.book.attempts)
        [taken] = await rig.desk.triggers.take([roaming(rig, contact)])
        assert taken.raised[0].lead is not None
        await rig.clock.sleep(1.1)
        assert dialed(rig, contact)
        later = sorted((one.attempt.opened_at, one.attempt.contact) for one in rig.book.attempts.values())[before:]
        assert later[0][1] == contact


async def test_an_engine_that_nobody_tells_has_a_raised_lead_at_the_head_of_its_full_hopper_within_a_second(
    tmp_path: Path,
) -> None:
    rig = await crowded(tmp_path, DialMode.PROGRESSIVE)
    async with rig.working():
        for place in range(100):
            rig.lead("06", score=1000 - place)
        contact = target(rig)
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: {rig.state_of(agent) for agent in ("1001", "1002")} == {"talking"})
        await rig.clock.sleep(8.3)
        hopper = rig.engine.loops[rig.campaign.id].hopper
        full = len(hopper)
        lead = rig.book.leads[rig.book.add_lead(rig.campaign.id, contact, 1.0)]
        lead.deadline = rig.clock.now() + timedelta(hours=1)
        await rig.clock.sleep(0.9)
        assert hopper.peek(1, 0.0)[0][0].lead.contact == contact
        assert len(hopper) == full + 1
        await rig.until(lambda: bool(dialed(rig, contact)))
        assert len(rig.book.attempts) <= 4


async def test_no_call_after_the_deadline(tmp_path: Path) -> None:
    rig = await crowded(tmp_path, DialMode.PROGRESSIVE)
    async with rig.working():
        rig.lead("06")
        contact = target(rig)
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") == "talking")
        [taken] = await rig.desk.triggers.take([roaming(rig, contact)])
        lead = rig.book.leads[LeadId(taken.raised[0].lead or 0)]
        lead.deadline = rig.clock.now() + timedelta(minutes=2)
        await rig.clock.sleep(660)
        assert (dialed(rig, contact), lead.status, lead.reason) == ([], LeadStatus.DONE, DEADLINE)


async def test_events_are_answered_one_by_one(tmp_path: Path) -> None:
    rig = await crowded(tmp_path, DialMode.PROGRESSIVE)
    rig.trigger_rules = (ROAMING, TriggerRule("lost", "no such campaign", 30, "roaming"))
    async with rig.working():
        contact = target(rig)
        early = ContactEvent("e3", "roaming", rig.clock.now() + timedelta(hours=1), Whom(contact))
        other = ContactEvent("e4", "moved", rig.clock.now(), Whom(contact))
        nobody = ContactEvent("e5", "roaming", rig.clock.now(), Whom(external_key="nobody"))
        taken = await rig.desk.triggers.take([early, roaming(rig, contact), other, nobody])
        assert [one.event for one in taken] == ["e3", "e1", "e4", "e5"]
        states = [EventState.REFUSED, EventState.TAKEN, EventState.TAKEN, EventState.UNKNOWN_PERSON]
        assert [one.state for one in taken] == states
        assert [one.why for one in taken[1].raised] == [
            "the campaign is stopped: it is dialed only if that changes in time",
            "there is no such campaign",
        ]
        assert taken[2].why == "no rule is about it"
        rig.book.contacts[contact].attributes["key"] = "nobody"
        [again] = await rig.desk.triggers.retry_unknown()
        assert (again.event, again.state) == ("e5", EventState.TAKEN)


async def test_a_static_rule_is_evaluated_when_asked(tmp_path: Path) -> None:
    rig = await crowded(tmp_path, DialMode.PROGRESSIVE)
    async with rig.working():
        target(rig)
        assert (await rig.desk.triggers.evaluate("spenders", keep=False)).fitting == 1
        assert rig.book.leads == {}
        assert (await rig.desk.triggers.evaluate("spenders")).raised == 1
        assert (await rig.desk.triggers.evaluate("spenders")).fitting == 0
        with pytest.raises(NotFound):
            await rig.desk.triggers.evaluate("nothing")
        with pytest.raises(Conflict, match="events of kind roaming"):
            await rig.desk.triggers.evaluate("abroad")


async def test_the_agent_who_gets_a_targets_call_is_told_the_offer(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(offer="a better plan", dial_mode=DialMode.PREVIEW)
    rig.telephony.queues.open("service")
    async with rig.working():
        number = "+12125550143"
        contact = rig.book.add_contact(number)
        lead = rig.book.add_lead(rig.campaign.id, contact)
        await rig.agents_on("1001")
        duty = InboundDuty(penalty=0, paused=False, reason="")
        await rig.telephony.share(rig.telephony.name, AgentId("1001"), ["service"], duty)
        with rig.desk.feed.subscribe() as heard:
            await rig.book.set_status(rig.campaign.id, CampaignStatus.RUNNING)
            rig.telephony.queues.call_in("service", number)
            rig.telephony.queues.call_in("service", "+12125550199")
            await rig.clock.sleep(1)
            rig.telephony.hang_up_phone(AgentId("1001"))
            tags = []
            while not isinstance(event := await heard.next(), AgentMoved) or event.state is not AgentState.LOGGED_OUT:
                tags += [event] if isinstance(event, CallerTag) else []
        [tag] = tags
        assert (tag.agent, tag.contact, tag.lead) == (AgentId("1001"), contact, lead)
        assert (tag.campaign, tag.offer, tag.deadline) == (rig.campaign.id, "a better plan", None)
        assert PhoneNumber(number).e164 not in repr(tag)
