"""What may be relied on of the book of segments and of the questions to people, held against the fake and real
databases."""

from dataclasses import replace

import pytest

from dialer.bootstrap import segment_desk
from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign
from dialer.domain.contact import Channel
from dialer.domain.effect import LEFT_OVER, Effect
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.segment import Sizes
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.segments.desk import FactsTold, SegmentDesk
from dialer.ports.segments import Fed, NewLeads, Page, SegmentBook, WrittenRule, WrittenSegment
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.segment_book import DatabaseSegmentBook
from integrations.http_api.people import Whom
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import ANNA, NOW, claim, closing, disposing, opened, seconds
from tests.fakes.segments import FakeSegmentBook, fake_segment_desk

BIG = WrittenSegment("big", 10, "monthly_spend >= 50", Channel.CALL, "spring", "fibre", "who spends")
ROAMS: dict[str, object] = {"roams": True}
ROAMERS = WrittenSegment("roamers", 20, "roams")


@pytest.fixture
def book(world: World, real_database: ContactDatabase | None) -> SegmentBook:
    if real_database is not None:
        return DatabaseSegmentBook(real_database)
    assert isinstance(world, FakeWorld)
    return FakeSegmentBook(world.book)


@pytest.fixture
def desk(world: World, real_database: ContactDatabase | None) -> SegmentDesk:
    if real_database is not None:
        return segment_desk(real_database, SystemClock(), load_catalogue(None))
    assert isinstance(world, FakeWorld)
    return fake_segment_desk(world.book, SystemClock())


async def test_segments_are_kept_as_they_were_said(book: SegmentBook, campaign: Campaign) -> None:
    rule = WrittenRule("travellers", "roaming", "roams", "travels abroad")
    await book.put([ROAMERS, BIG], [rule], only=False)
    assert (list(await book.segments()), list(await book.rules())) == ([BIG, ROAMERS], [rule])
    swapped = [WrittenSegment("big", 20, "roams"), WrittenSegment("roamers", 10, "roams")]
    await book.put(swapped, [], only=False)
    assert [one.name for one in await book.segments()] == ["roamers", "big"]
    await book.put([ROAMERS], [], only=True)
    assert (list(await book.segments()), list(await book.rules())) == ([ROAMERS], [])
    await book.remove("roamers")
    with pytest.raises(NotFound):
        await book.remove("roamers")


async def test_what_can_not_be_kept_changes_nothing(book: SegmentBook, campaign: Campaign) -> None:
    await book.put([ROAMERS, BIG], [], only=False)
    with pytest.raises(Conflict):
        await book.put([WrittenSegment("third", 30, "roams"), WrittenSegment("fourth", 10, "roams")], [], only=False)
    with pytest.raises(NotFound):
        await book.put([WrittenSegment("third", 30, "roams", campaign="nowhere")], [], only=False)
    assert list(await book.segments()) == [BIG, ROAMERS]


async def test_people_are_counted_listed_and_made_leads_by_priority(
    desk: SegmentDesk, world: World, campaign: Campaign
) -> None:
    people = [
        FactsTold(
            f"K{place}", "", [PhoneNumber(f"+1212555010{place}")], {"monthly_spend": place * 10, "roams": True}, []
        )
        for place in range(8)
    ]
    assert await desk.note([*people, FactsTold("K9", "", [], {"roams": True}, [])], "crm") == 9
    await desk.load([BIG, ROAMERS], [], only=True)
    _, first, reached = await desk.sizes(Page(0, 4))
    assert (first.people, dict(first.taken)) == (4, {"roamers": 4})
    _, second, last = await desk.sizes(Page(reached.next or 0, 100))
    assert (dict(second.own), dict(second.taken)) == ({"big": 3, "roamers": 5}, {"big": 3, "roamers": 2})
    assert last.next is None
    members, _ = await desk.members("roamers", Page(0, 100))
    assert (len(members), list(members)) == (6, sorted(members))
    await world.dnc.add([PhoneNumber("+12125550100")], "test", SystemClock().now())
    lead = NewLeads(campaign.id, 2.0)
    for go, fed in ((False, Fed(6, 0, 1, 1, 4)), (True, Fed(6, 0, 1, 1, 4)), (True, Fed(6, 4, 1, 1, 0))):
        assert (await desk.feed("roamers", lead, Page(0, 100), go=go))[0] == fed
    assert await desk.product("fibre") == []
    view = await desk.customer(members[0])
    assert (list(view.held), view.segment and view.segment.name, list(view.suits)) == ([], "roamers", [])


async def test_people_drawn_by_their_ids_are_counted_by_the_same_rules_and_gaps_are_nobody(
    desk: SegmentDesk, campaign: Campaign
) -> None:
    people = [FactsTold(f"K{n}", "", [], {"monthly_spend": n * 10, "roams": n % 2 == 0}, []) for n in range(60)]
    await desk.note(people, "crm")
    await desk.load([BIG, ROAMERS], [], only=True)
    _, counted, reached = await desk.sizes(Page(0, 100))
    few = await desk.quick_sizes()
    assert (few[1], few[2]) == (counted, None)
    span = await desk._people.span(50)
    assert (span.last, span.people) == (reached.last, 50)
    conditions = [one.condition for one in await desk.segments()]
    drawn = [ContactId(one) for one in range(span.first - 5, span.last + 5)]
    met, now = Sizes(), SystemClock().now()
    met.add(["big", "roamers"], await desk._people.patterns_of(conditions, drawn, now))
    assert met == counted
    half = await desk._people.patterns_of(conditions, drawn[: 5 + 30], now)
    assert (sum(half.values()), await desk._people.patterns_of(conditions, [], now)) == (30, {})


async def test_of_more_people_than_are_counted_all_are_estimated(
    desk: SegmentDesk, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.engine.segments.desk.MOST_COUNTED", 50)
    people = [FactsTold(f"K{n}", "", [], {"monthly_spend": n * 10, "roams": n % 2 == 0}, []) for n in range(60)]
    await desk.note(people, "crm")
    await desk.load([BIG, ROAMERS], [], only=True)
    _, counted, _ = await desk.sizes(Page(0, 100))
    _, met, looked = await desk.quick_sizes()
    assert met == counted, "all ids were drawn"
    assert looked is not None
    assert looked.estimate(met.people).low <= 60 <= looked.estimate(met.people).high


async def test_who_is_told_of_again_is_the_same_person(desk: SegmentDesk, campaign: Campaign) -> None:
    before = FactsTold("K1", "Ada", [], {"monthly_spend": 60, "roams": True}, [])
    assert await desk.note([before, FactsTold("K2", "", [], {"roams": True}, [])], "crm") == 2
    assert await desk.note([FactsTold("K1", "", [], {"roams": False}, [])], "crm") == 0
    await desk.load([BIG, ROAMERS], [], only=True)
    _, sizes, _ = await desk.sizes(Page(0, 100))
    assert (sizes.people, dict(sizes.own)) == (2, {"big": 1, "roamers": 1})


async def test_nothing_is_told_of_an_erased_person_and_then_of_nobody(
    desk: SegmentDesk, world: World, campaign: Campaign
) -> None:
    contact = await world.add_contact("+12125550100")
    await world.add_lead(campaign.id, contact)
    await world.people.erase(Whom(contact), "asked", SystemClock().now())
    await world.give_key(contact, "K1")
    told = [FactsTold(key, "Ada", [], {"roams": True}, []) for key in ("K0", "K1", "K2")]
    with pytest.raises(Conflict, match=r"people\.1: erased"):
        await desk.note(told, "crm")
    await desk.load([BIG, ROAMERS], [], only=True)
    _, sizes, _ = await desk.sizes(Page(0, 100))
    assert (sizes.people, dict(sizes.own)) == (1, {})
    assert await desk.note([told[0], told[2]], "crm") == 2


async def test_what_calls_brought_is_told_by_segment_and_offer(
    desk: SegmentDesk, world: World, campaign: Campaign
) -> None:
    people = [FactsTold(f"K{n}", "", [PhoneNumber(f"+1212555010{n}")], {"monthly_spend": n * 20}, []) for n in range(5)]
    await desk.note(people, "crm")
    await desk.load([BIG], [], only=True)
    await world.campaigns.tune(campaign.id, replace(campaign.plan, product="fibre"))
    await desk.feed("big", NewLeads(campaign.id, 5.0), Page(0, 100), go=True)
    await world.add_lead(campaign.id, await world.add_contact("+12125550109"))
    for place, lead in enumerate(await claim(world, campaign)):
        attempt = await opened(world, lead)
        closed = closing(attempt, Outcome.ANSWERED if place != 1 else Outcome.NO_ANSWER, agent=ANNA)
        if place != 1:
            talked = replace(closed.ended.end, answered_at=NOW + seconds(9), connected_at=NOW + seconds(10))
            closed = replace(closed, ended=replace(closed.ended, end=talked))
        await world.attempts.close([closed])
        if place == 0:
            await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    names, found, reached = await desk.effects(3660, Page(0, 100))
    assert list(found) == [
        Effect("big", "spring", "fibre", 2, 1, 1),
        Effect(LEFT_OVER, "spring", "fibre", 1, 1, 0),
    ]
    assert (list(names), reached.next) == (["big"], None)
    assert list((await desk.effects(3660, Page(reached.last, 100)))[1]) == []
    assert list((await desk.effects(0.001, Page(0, 100)))[1]) == []
