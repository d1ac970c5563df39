"""Which leads a predictive campaign dials first, and that none waits for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.ids import CampaignId, ContactId, EngineName, LeadId
from dialer.domain.lead import Lead
from dialer.engine.hopper import Hopper
from dialer.engine.proof import Proof
from dialer.ports import Blocked
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.proof_book import FakeProofBook

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


async def hopper_of(count: int) -> Hopper:
    book = FakeContactBook()
    contacts = [book.add_contact(f"+1202555{1000 + number}") for number in range(count)]
    for contact in contacts:
        book.add_lead(CampaignId(1), contact, -float(contact))
    engine = EngineName("engine-1")
    hopper = Hopper(CampaignId(1), book, Proof(FakeProofBook(), engine), engine, 120.0)
    assert await hopper.refill(count, NOW) == count
    return hopper


def ids(leads: list[Lead]) -> list[LeadId]:
    return [lead.id for lead in leads]


def at_hand(hopper: Hopper, now: float = 0.0) -> list[LeadId]:
    return [held.lead.id for held in hopper.peek(100, now)[0]]


def admit(_: Lead) -> None:
    return None


async def test_picks_are_taken_and_the_others_keep_their_order() -> None:
    hopper = await hopper_of(6)
    assert at_hand(hopper) == [1, 2, 3, 4, 5, 6]
    assert ids(hopper.take_picks([3, 1], admit, 0.0)) == [2, 4]
    assert at_hand(hopper) == [1, 3, 5, 6]


async def test_a_pick_that_the_gate_stops_is_noted_and_not_dialed() -> None:
    hopper = await hopper_of(3)

    def stop(lead: Lead) -> Blocked | None:
        return Blocked(lead.id, "do-not-call", None) if lead.contact == ContactId(2) else None

    assert ids(hopper.take_picks([0, 1], stop, 0.0)) == [1]
    assert at_hand(hopper) == [3]


async def test_picks_beyond_the_leads_at_hand_are_nothing() -> None:
    hopper = await hopper_of(2)
    assert ids(hopper.take_picks([7], admit, 0.0)) == []
    assert at_hand(hopper) == [1, 2]


async def test_a_lead_is_not_passed_over_for_more_than_half_a_minute_at_the_head() -> None:
    hopper = await hopper_of(30)
    for second in range(0, 30, 3):
        assert hopper.peek(100, float(second))[1] == 0
        hopper.take_picks([1], admit, float(second))
    assert hopper.peek(100, 29.9)[1] == 0
    assert hopper.peek(100, 30.1)[1] == 1
    assert ids(hopper.take_picks([0], admit, 30.1)) == [1]
    assert hopper.peek(100, 60.0)[1] == 0


async def test_a_lead_is_not_passed_over_more_than_fifty_times() -> None:
    hopper = await hopper_of(80)
    for _ in range(50):
        assert hopper.peek(100, 0.0)[1] == 0
        hopper.take_picks([2], admit, 0.0)
    leads, overdue = hopper.peek(100, 0.0)
    assert overdue == 2
    assert [held.lead.id for held in leads[:2]] == [1, 2]


async def test_being_passed_over_outlives_going_back_to_the_list() -> None:
    hopper = await hopper_of(60)
    for _ in range(50):
        hopper.take_picks([1], admit, 0.0)
    await hopper.empty()
    await hopper.refill(60, NOW)
    assert hopper.peek(100, 0.0)[1] == 1


async def test_waiting_at_the_head_without_any_dialing_makes_nobody_overdue() -> None:
    hopper = await hopper_of(5)
    for second in range(100):
        assert hopper.peek(100, float(second))[1] == 0


@pytest.mark.parametrize("count", [0, 1])
async def test_an_empty_pick_changes_nothing(count: int) -> None:
    hopper = await hopper_of(count)
    assert hopper.take_picks([], admit, 0.0) == []
    assert len(hopper) == count


async def test_leads_that_events_raised_come_before_all_others_in_their_order() -> None:
    hopper = await hopper_of(5)
    book = hopper.stock
    assert isinstance(book, FakeContactBook)
    before = at_hand(hopper)
    raised = [raise_lead(book, score) for score in (1.0, 3.0)]
    assert await hopper.fetch_raised(NOW) == 2
    raised += [raise_lead(book, 2.0)]
    assert await hopper.fetch_raised(NOW) == 1
    expected = [raised[1], raised[2], raised[0]]
    assert at_hand(hopper) == expected + before
    assert hopper.peek(100, 0.0)[1] == 3
    assert ids(hopper.take(2, admit)) == expected[:2]
    assert await hopper.fetch_raised(NOW) == 0


async def test_a_flood_of_raised_leads_does_not_fill_the_memory() -> None:
    hopper = await hopper_of(1)
    book = hopper.stock
    assert isinstance(book, FakeContactBook)
    for _ in range(300):
        raise_lead(book, 1.0)
    came = [await hopper.fetch_raised(NOW) for _ in range(6)]
    assert came == [50, 50, 50, 50, 0, 0]


def raise_lead(book: FakeContactBook, score: float) -> LeadId:
    lead = book.add_lead(CampaignId(1), book.add_contact(f"+1202556{1000 + len(book.contacts)}"), score)
    book.leads[lead].deadline = NOW + timedelta(minutes=30)
    return lead
