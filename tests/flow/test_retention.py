"""Leads that churn signs raise are dialed next; what people prefer holds for calls."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from dialer.domain.contact import Channel
from dialer.domain.ids import AgentId, ContactId
from dialer.domain.lead import LeadStatus
from dialer.domain.preferences import PREFERENCE, Preferences
from dialer.domain.week_time import WeekTime
from dialer.ports.knowledge import CallForm, ChurnNote
from tests.fakes.knowledge import FakeKnowledgeBook
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, Rig, new_rig

pytestmark = pytest.mark.looptime


async def sees_churn(rig: Rig, contact: ContactId) -> None:
    known = FakeKnowledgeBook(rig.book)
    sign = ChurnNote(known.knowledge().guide.signs["gives_notice"], "", "autumn")
    filed = await known.file(CallForm(contact, AgentId("1001"), rig.clock.now(), signs=[sign]))
    rig.desk.raise_leads(filed.raised)


async def test_a_churn_sign_goes_to_the_head_of_a_full_hopper_within_a_second(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, calls_per_second=5.0)
    await rig.make_campaign()
    for _ in range(40):
        rig.lead("01", 1e6)
    contact = rig.book.add_contact("+12125550106")
    async with rig.working():
        await rig.agents_on("1001")
        rig.desk.pause(AgentId("1001"), "lunch")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(5)
        assert rig.desk.campaigns()[0].hopper == 10
        await sees_churn(rig, contact)
        await rig.clock.sleep(1)
        assert rig.desk.campaigns()[0].hopper > 10
        rig.desk.ready(AgentId("1001"))
        await rig.until(lambda: len(rig.telephony.orders) == 1, 1)
    assert next(iter(rig.book.attempts.values())).attempt.contact == contact


async def test_a_lead_that_lies_in_the_hopper_comes_to_its_head(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    leads = [rig.lead("01", float(-place)) for place in range(8)]
    last = rig.book.leads[leads[-1]].contact
    async with rig.working():
        await rig.agents_on("1001")
        rig.desk.pause(AgentId("1001"), "lunch")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.desk.campaigns()[0].hopper == 8, 5)
        await sees_churn(rig, last)
        await rig.clock.sleep(1)
        rig.desk.ready(AgentId("1001"))
        await rig.until(lambda: len(rig.telephony.orders) == 1, 1)
        assert rig.desk.campaigns()[0].hopper == 7
    assert next(iter(rig.book.attempts.values())).attempt.contact == last


async def test_a_churn_sign_is_dialed_within_a_second_when_the_list_is_empty(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    contact = rig.book.add_contact("+12125550106")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(5.3)
        await sees_churn(rig, contact)
        await rig.until(lambda: len(rig.telephony.orders) == 1, 1)


async def test_who_wants_no_calls_gets_none_and_who_names_times_is_called_then(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    refused, later = rig.lead("01"), rig.lead("01")
    afternoons = (WeekTime(("mon",), time(10, 20), time(16)),)
    book = rig.book.contacts
    book[rig.book.leads[refused].contact].preferences = Preferences(refused_channels=(Channel.CALL,))
    book[rig.book.leads[later].contact].preferences = Preferences(call_times=afternoons)
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[later].status is LeadStatus.WAITING, 30)
        assert not rig.telephony.orders
        held = rig.book.leads[refused]
        assert (held.status, held.reason, held.due_at) == (LeadStatus.BLOCKED, PREFERENCE, None)
        assert rig.book.leads[later].due_at == MONDAY_TEN_IN_NEW_YORK + timedelta(minutes=20)
        await rig.until(lambda: bool(rig.telephony.orders), 3600)
    [attempt] = [one.attempt for one in rig.book.attempts.values()]
    assert attempt.lead == later
    assert attempt.opened_at >= MONDAY_TEN_IN_NEW_YORK + timedelta(minutes=20)
