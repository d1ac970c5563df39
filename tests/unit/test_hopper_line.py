"""Leads in line behind those at hand: leased, and not read yet."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import inf
from typing import Any

import pytest

from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import AgentId, CampaignId
from dialer.domain.lead import Claimed, Lead, LeadStatus
from dialer.engine.hopper import Hopper
from dialer.ports import CallBack
from tests.fakes.contact_book import FakeContactBook
from tests.unit.test_hopper_picks import NOW, admit, hopper_of, ids


class AskedBook(FakeContactBook):
    """Notes from which score on it was claimed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    async def claim(self, *asked: Any, **more: Any) -> list[Claimed]:
        self.asked.append(more["score_from"])
        return await super().claim(*asked, **more)


class WatchedBook(FakeContactBook):
    """Notes how many leads were at hand when facts were read, and may do something meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.hopper: Hopper | None = None
        self.at_hand: list[int] = []
        self.meanwhile: Callable[[Hopper], None] = lambda _: None

    async def facts(self, campaign: CampaignId, claimed: Sequence[Claimed], now: datetime) -> list[Lead]:
        assert self.hopper is not None
        self.at_hand.append(self.hopper.at_hand)
        leads = await super().facts(campaign, claimed, now)
        self.meanwhile(self.hopper)
        return leads


async def watched(leads: int) -> tuple[WatchedBook, Hopper]:
    book, hopper = WatchedBook(), await hopper_of(0)
    hopper.stock, book.hopper = book, hopper
    for number in range(leads):
        contact = book.add_contact(f"+1202555{1000 + number}")
        book.add_lead(CampaignId(1), contact, -float(contact))
    return book, hopper


async def test_many_leads_are_leased_and_the_facts_of_the_first_are_read() -> None:
    book, hopper = await watched(530)
    assert await hopper.refill(500, NOW) == 500
    assert (len(hopper), hopper.at_hand, book.at_hand) == (500, 200, [0, 100])
    assert await hopper.refill(1_000, NOW) == 30
    assert (len(hopper), hopper.at_hand) == (530, 200)


async def test_more_facts_are_read_as_leads_are_dialed_in_the_order_of_the_list() -> None:
    book, hopper = await watched(400)
    await hopper.refill(400, NOW)
    best_first = sorted(book.leads, key=lambda lead: -book.leads[lead].score)
    dialed = ids(hopper.take(150, admit))
    assert hopper.wants_facts
    while len(hopper):
        await hopper.read_ahead(NOW)
        dialed += ids(hopper.take(150, admit))
    assert dialed == best_first
    assert not hopper.wants_facts


async def test_facts_are_of_the_moment_when_they_are_read() -> None:
    book, hopper = await watched(300)
    await hopper.refill(300, NOW)
    last = min(book.leads.values(), key=lambda lead: lead.score)
    book.contacts[last.contact].region = "US-CA"
    hopper.take(200, admit)
    await hopper.read_ahead(NOW)
    assert hopper.take(100, admit)[-1].region == "US-CA"


async def test_a_lead_that_is_taken_away_while_its_facts_are_read_is_not_dialed() -> None:
    book, hopper = await watched(50)
    gone = max(book.leads.values(), key=lambda lead: lead.score).id
    book.meanwhile = lambda hopper: hopper.drop({gone})
    await hopper.refill(50, NOW)
    assert gone not in ids(hopper.take(50, admit))
    assert len(hopper) == 0


async def test_leads_stay_in_line_when_their_facts_can_not_be_read() -> None:
    book, hopper = await watched(50)

    def fail(_: Hopper) -> None:
        raise DatabaseUnavailable("away")

    book.meanwhile = fail
    with pytest.raises(DatabaseUnavailable):
        await hopper.refill(50, NOW)
    assert (len(hopper), hopper.at_hand) == (50, 0)
    book.meanwhile = lambda _: None
    await hopper.refill(50, NOW)
    assert hopper.at_hand == 50


async def test_leads_in_line_go_back_too_when_they_lay_half_their_lease_or_the_campaign_pauses() -> None:
    book, hopper = await watched(300)
    await hopper.refill(300, NOW)
    assert await hopper.refill(300, NOW + timedelta(seconds=61)) == 300
    await hopper.empty()
    assert len(hopper) == 0
    assert {lead.status for lead in book.leads.values()} == {LeadStatus.READY}


@pytest.mark.parametrize("agent", [AgentId("1001"), None])
async def test_a_call_back_that_is_due_waits_for_no_other_lead_in_line(agent: AgentId | None) -> None:
    book, hopper = await watched(400)
    await hopper.refill(400, NOW)
    promised = book.add_lead(CampaignId(1), book.add_contact("+12025569999"), -10_000.0)
    book.leads[promised].call_back = CallBack(NOW, agent)
    await hopper.refill(401, NOW)
    due = hopper.promised if agent else hopper.take_call_backs(9, NOW, admit)
    assert ids(due) == [promised]


async def test_a_refill_goes_on_where_a_look_ahead_of_just_now_ended_and_once_only() -> None:
    book, hopper = AskedBook(), await hopper_of(0)
    hopper.stock = book
    for score in (5.0, 4.0, 3.0, 2.0, 1.0):
        book.add_lead(CampaignId(1), book.add_contact("+12025551000"), score)
    await hopper.refill(2, NOW)
    await hopper.look_ahead(2, NOW)
    await hopper.refill(3, NOW + timedelta(seconds=2))
    await hopper.refill(4, NOW + timedelta(seconds=4))
    assert book.asked == [inf, 3.0, inf]
    await hopper.look_ahead(2, NOW + timedelta(seconds=4))
    await hopper.refill(5, NOW + timedelta(seconds=15))
    assert book.asked == [inf, 3.0, inf, inf]
    assert ids(hopper.take(5, admit)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(hours=-1)])
async def test_a_refill_is_not_short_for_what_became_ready_above_the_place_where_it_goes_on(step: timedelta) -> None:
    book, hopper = AskedBook(), await hopper_of(0)
    hopper.stock = book
    for score in (5.0, 4.0):
        book.add_lead(CampaignId(1), book.add_contact("+12025551000"), score)
    await hopper.refill(1, NOW)
    await hopper.look_ahead(1, NOW)
    better = book.add_lead(CampaignId(1), book.add_contact("+12025551001"), 9.0)
    assert await hopper.refill(3, NOW + step) == 2
    assert better in ids(hopper.take(3, admit))
    assert book.asked == ([inf, 4.0, inf] if step > timedelta() else [inf, inf])
