"""What events, offers, products and the calendar may be relied on for, held against the fakes and real databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from dialer.domain.calendar import CalendarEntry
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus
from dialer.domain.clash import DEADLINE, EXCLUSIVE, LIVE_ELSEWHERE, PRESSURE
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import Condition, ContactEvent, EventState, EventTaken, Fact, Raise, Sign, TriggerRule, Whom
from dialer.ports.calendar import CalendarBook
from dialer.ports.triggers import OfferBook, ProductBook, TriggerBook
from integrations.contact_db.calendar_book import DatabaseCalendarBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.offer_book import DatabaseOfferBook
from integrations.contact_db.product_book import DatabaseProductBook
from integrations.contact_db.trigger_book import DatabaseTriggerBook
from tests.contract.contact_worlds import DatabaseWorld, FakeWorld, World
from tests.contract.lead_work import ANNA, ENGINE, FIRST, NOW, SECOND, THIRD, claim, closing, disposing, opened, seconds
from tests.fakes.trigger_book import FakeCalendarBook, FakeOfferBook, FakeProductBook, FakeTriggerBook

TOUCH = text("""
INSERT INTO touches (contact_id, at, channel, direction, campaign_id, source)
VALUES (:contact, :at, 'sms', 'outbound', :campaign, 'test')
""")
HOLD = text("INSERT INTO products_held (contact_id, product, since, source) VALUES (:contact, :product, :day, 'test')")


@dataclass
class Books:
    world: World
    triggers: TriggerBook
    offers: OfferBook
    products: ProductBook
    calendar: CalendarBook

    async def touch(self, contact: ContactId, at: datetime, campaign: CampaignId | None = None) -> None:
        """A message was sent to the contact then."""
        if isinstance(self.world, DatabaseWorld):
            await self.world.database.fetch(TOUCH, {"contact": contact, "at": at, "campaign": campaign})
        elif isinstance(self.world, FakeWorld):
            self.world.book.touches.append((contact, at, campaign))

    async def hold(self, contact: ContactId, product: str) -> None:
        if isinstance(self.world, DatabaseWorld):
            values = {"contact": contact, "product": product, "day": NOW.date()}
            await self.world.database.fetch(HOLD, values)
        elif isinstance(self.world, FakeWorld):
            self.world.book.held_products.append((contact, product))

    async def told(self, event: ContactEvent, *wanted: Raise, at: datetime = NOW) -> EventTaken:
        [taken] = await self.triggers.receive([(event, wanted)], at)
        return taken


@pytest.fixture
def books(world: World, real_database: ContactDatabase | None) -> Books:
    if real_database is not None:
        return Books(
            world,
            DatabaseTriggerBook(real_database),
            DatabaseOfferBook(real_database),
            DatabaseProductBook(real_database),
            DatabaseCalendarBook(real_database),
        )
    assert isinstance(world, FakeWorld)
    triggers = FakeTriggerBook(world.book)
    calendar = FakeCalendarBook(world.book)
    offers = FakeOfferBook(world.book, triggers, calendar)
    return Books(world, triggers, offers, FakeProductBook(world.book), calendar)


def event(id: str, whom: Whom, facts: Mapping[str, Fact] | None = None) -> ContactEvent:
    return ContactEvent(id, "roaming", NOW, whom, facts or {})


def by_number(number: str) -> Whom:
    return Whom(number=PhoneNumber(number))


def wanting(campaign: Campaign, minutes: float = 30, score: float = 100, once: float = 0, *who: Condition) -> Raise:
    rule = TriggerRule("abroad", campaign.plan.name, minutes, "roaming", (), who, score, "a week abroad", once)
    return Raise(rule, campaign.id, NOW + timedelta(minutes=minutes))


async def another(world: World, **plan: Any) -> Campaign:
    return await world.campaigns.create(CampaignPlan("winter", **plan))


# --- events and the leads that they raise


async def test_an_event_raises_a_lead_that_comes_before_all_others(books: Books, campaign: Campaign) -> None:
    best = await books.world.add_lead(campaign.id, await books.world.add_contact(FIRST), 1e6)
    contact = await books.world.add_contact(SECOND)
    taken = await books.told(event("e1", by_number(SECOND)), wanting(campaign))
    [raised] = taken.raised
    assert (taken.state, taken.contact, raised.why) == (EventState.TAKEN, contact, "")
    assert raised.deadline == NOW + timedelta(minutes=30)
    first, second = await claim(books.world, campaign)
    assert (first.id, first.deadline, first.score) == (raised.lead, raised.deadline, 100)
    assert (second.id, second.deadline) == (best, None)


async def test_raised_leads_alone_are_claimed_by_who_asks_for_them_alone(books: Books, campaign: Campaign) -> None:
    await books.world.add_lead(campaign.id, await books.world.add_contact(FIRST), 1e6)
    for number, score in ((SECOND, 1.0), (THIRD, 2.0)):
        await books.world.add_contact(number)
        await books.told(event(f"e{number}", by_number(number)), wanting(campaign, 30, score))
    until = NOW + seconds(120)
    got = await books.world.stock.claim_raised(campaign.id, 10, ENGINE, NOW, until)
    assert [lead.score for lead in got] == [2.0, 1.0]
    assert await books.world.stock.claim_raised(campaign.id, 10, ENGINE, NOW, until) == []


async def test_an_event_told_twice_raises_once(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    assert (await books.told(event("e1", Whom(contact)), wanting(campaign))).state is EventState.TAKEN
    again = await books.told(event("e1", Whom(contact)), wanting(campaign))
    assert (again.state, again.raised) == (EventState.KNOWN, ())
    both = await books.triggers.receive([(event("e2", Whom(contact)), [])] * 2, NOW)
    assert [one.state for one in both] == [EventState.TAKEN, EventState.KNOWN]


async def test_an_event_of_nobody_is_kept_until_somebody_is_there(books: Books, campaign: Campaign) -> None:
    taken = await books.told(event("e1", by_number(FIRST), {"days": 2.0}), wanting(campaign))
    assert (taken.state, taken.raised, taken.why) == (EventState.UNKNOWN_PERSON, (), "no contact is known so")
    [kept] = await books.triggers.unknown("", 10)
    assert kept.event == event("e1", by_number(FIRST), {"days": 2.0})
    assert await books.triggers.unknown("e1", 10) == []
    await books.world.add_contact(FIRST)
    assert (await books.told(kept.event, wanting(campaign))).raised[0].lead is not None
    assert await books.triggers.unknown("", 10) == []


async def test_a_number_of_several_contacts_tells_nobody(books: Books, campaign: Campaign) -> None:
    for _ in range(2):
        await books.world.add_contact(FIRST)
    taken = await books.told(event("e1", by_number(FIRST)), wanting(campaign))
    assert (taken.state, taken.why) == (EventState.UNKNOWN_PERSON, "several contacts have this number")
    assert await books.triggers.discard(["e1", "e9"]) == 1
    assert await books.triggers.unknown("", 10) == []


async def test_an_event_too_old_raises_nothing(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    [raised] = (
        await books.told(event("e1", Whom(contact)), wanting(campaign, 30), at=NOW + timedelta(minutes=30))
    ).raised
    assert (raised.lead, raised.why) == (None, DEADLINE)


async def test_a_rule_raises_a_person_once_in_its_days(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    wanted = wanting(campaign, 30, 100, 7)
    assert (await books.told(event("e1", Whom(contact)), wanted)).raised[0].lead is not None
    again = (await books.told(event("e2", Whom(contact)), wanted)).raised[0]
    assert (again.lead, again.why) == (None, "raised by this rule already, a short while ago")


async def test_a_rule_is_for_those_alone_whose_attributes_fit(books: Books, campaign: Campaign) -> None:
    rich = await books.world.add_contact(FIRST, attributes={"monthly_spend": "120.5", "plan": "gold"})
    poor = await books.world.add_contact(SECOND, attributes={"monthly_spend": "99"})
    none = await books.world.add_contact(THIRD, attributes={"monthly_spend": "much"})
    spends = wanting(campaign, 30, 100, 0, Condition("monthly_spend", Sign.OVER, 100))
    got = await books.triggers.receive([(event(f"e{one}", Whom(one)), [spends]) for one in (rich, poor, none)], NOW)
    assert [one.raised[0].lead is not None for one in got] == [True, False, False]
    assert got[1].raised[0].why == "the rule is not for this contact"
    golden = wanting(campaign, 30, 100, 0, Condition("plan", Sign.EQUAL, "gold"))
    assert (await books.told(event("g", Whom(rich)), golden)).raised[0].lead is not None
    assert (await books.told(event("g", Whom(poor)), golden)).raised[0].lead is None


async def test_a_static_rule_is_evaluated_over_all_contacts_page_by_page(books: Books, campaign: Campaign) -> None:
    for place in range(5):
        await books.world.add_contact(f"+120255501{place:02}", attributes={"monthly_spend": str(98 + place)})
    wanted = wanting(campaign, 600, 100, 30, Condition("monthly_spend", Sign.AT_LEAST, 100))
    looked, last = await books.triggers.evaluate(wanted, NOW, None, 2, keep=False)
    assert (looked.fitting, last is not None) == (2, True)
    assert await claim(books.world, campaign) == []
    first, last = await books.triggers.evaluate(wanted, NOW, None, 2, keep=True)
    rest, end = await books.triggers.evaluate(wanted, NOW, last, 2, keep=True)
    assert (first.raised, rest.raised, end) == (2, 1, None)
    assert len(await claim(books.world, campaign)) == 3
    again, _ = await books.triggers.evaluate(wanted, NOW, None, 10, keep=True)
    assert again.fitting == 0


# --- the deadline


async def test_after_its_deadline_a_lead_that_an_event_made_ends(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    lead = await raised_lead(books, campaign, contact)
    late = NOW + timedelta(minutes=30)
    assert await books.world.stock.claim(campaign.id, 10, ENGINE, late, late + seconds(60)) == []
    await books.world.stock.wake(late)
    seen = await books.world.lead(lead)
    assert (seen.status, seen.reason) == (LeadStatus.DONE, DEADLINE)


async def test_after_its_deadline_a_lead_of_before_goes_on_as_it_was(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    lead = await books.world.add_lead(campaign.id, contact, 5.0)
    assert await raised_lead(books, campaign, contact) == lead
    assert (await books.world.lead(lead)).score == 100
    late = NOW + timedelta(minutes=30)
    await books.world.stock.wake(late)
    [ready] = await books.world.stock.claim(campaign.id, 10, ENGINE, late, late + seconds(60))
    assert (ready.id, ready.score, ready.deadline) == (lead, 5.0, None)


async def test_a_closed_lead_begins_anew_by_an_event(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    lead = await books.world.add_lead(campaign.id, contact)
    [got] = await claim(books.world, campaign)
    attempt = await opened(books.world, got)
    await books.world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA)])
    await books.world.dispositions.dispose(disposing(attempt, Disposition.NOT_INTERESTED))
    assert await raised_lead(books, campaign, contact) == lead
    [again] = await claim(books.world, campaign)
    assert (again.id, again.attempts) == (lead, 0)


async def test_a_lead_in_a_call_is_not_raised_and_one_in_a_hopper_is(books: Books, campaign: Campaign) -> None:
    contact = await books.world.add_contact(FIRST)
    lead = await books.world.add_lead(campaign.id, contact)
    await claim(books.world, campaign)
    assert await raised_lead(books, campaign, contact) == lead
    [got] = await claim(books.world, campaign)
    await opened(books.world, got)
    [raised] = (await books.told(event("e2", Whom(contact)), wanting(campaign))).raised
    assert (raised.lead, raised.why) == (None, "in a call now")


async def raised_lead(books: Books, campaign: Campaign, contact: ContactId) -> LeadId:
    [raised] = (await books.told(event("e1", Whom(contact)), wanting(campaign))).raised
    assert raised.lead is not None
    return raised.lead


# --- no clashes


async def test_one_live_lead_a_person_over_campaigns_that_do_not_both_share_people(
    books: Books, campaign: Campaign
) -> None:
    winter = await another(books.world, shares_people=True)
    contact = await books.world.add_contact(FIRST)
    await books.world.add_lead(campaign.id, contact)
    lead = await books.world.add_lead(winter.id, contact)
    assert len(await claim(books.world, campaign)) == 1
    assert await claim(books.world, winter) == []
    held = await books.world.lead(lead)
    assert (held.status, held.reason, held.due_at) == (LeadStatus.WAITING, LIVE_ELSEWHERE, NOW + seconds(120))
    await books.world.campaigns.tune(campaign.id, CampaignPlan("spring", shares_people=True))
    await books.world.stock.reconsider(winter.id, [LIVE_ELSEWHERE], waiting=True)
    assert [one.id for one in await claim(books.world, winter)] == [lead]


@pytest.mark.parametrize("messages", [1, 2])
async def test_contact_pressure_counts_calls_and_messages_of_all_campaigns(
    books: Books, campaign: Campaign, messages: int
) -> None:
    winter = await another(books.world, pressure_contacts=2, pressure_days=7.0)
    contact = await books.world.add_contact(FIRST)
    await books.world.add_lead(campaign.id, contact)
    [got] = await claim(books.world, campaign)
    attempt = await opened(books.world, got)
    await books.world.attempts.close([closing(attempt, Outcome.BUSY, NOW + timedelta(days=30))])
    await books.touch(contact, NOW - timedelta(days=8))
    for number in range(1, messages):
        await books.touch(contact, NOW - timedelta(days=number))
    lead = await books.world.add_lead(winter.id, contact)
    later = NOW + seconds(60)
    free = await books.world.stock.claim(winter.id, 10, ENGINE, later, later + seconds(60))
    assert [one.id for one in free] == ([lead] if messages == 1 else [])
    if messages > 1:
        held = await books.world.lead(lead)
        assert (held.status, held.reason) == (LeadStatus.WAITING, PRESSURE)
        assert held.due_at == NOW + timedelta(days=6)


async def test_a_product_that_excludes_one_that_is_held_is_not_offered(books: Books, campaign: Campaign) -> None:
    winter = await another(books.world, product="fibre")
    await books.products.exclude("fibre", "cable", 90)
    holder, free = await books.world.add_contact(FIRST), await books.world.add_contact(SECOND)
    await books.hold(holder, "cable")
    blocked, lead = [await books.world.add_lead(winter.id, one) for one in (holder, free)]
    assert [one.id for one in await claim(books.world, winter)] == [lead]
    held = await books.world.lead(blocked)
    assert (held.status, held.reason) == (LeadStatus.BLOCKED, EXCLUSIVE)
    [raised] = (await books.told(event("e1", Whom(holder)), wanting(winter))).raised
    assert (raised.lead, raised.why) == (None, EXCLUSIVE)


async def test_an_offer_of_one_keeps_the_other_away_for_its_days(books: Books, campaign: Campaign) -> None:
    winter = await another(books.world, product="fibre")
    await books.world.campaigns.tune(campaign.id, CampaignPlan("spring", product="cable"))
    await books.products.exclude("cable", "fibre", 10)
    contact = await books.world.add_contact(FIRST)
    await books.touch(contact, NOW - timedelta(days=2), campaign.id)
    lead = await books.world.add_lead(winter.id, contact)
    assert await claim(books.world, winter) == []
    held = await books.world.lead(lead)
    assert (held.status, held.reason, held.due_at) == (LeadStatus.WAITING, EXCLUSIVE, NOW + timedelta(days=8))


async def test_pairs_of_products_are_kept_changed_and_let_go(books: Books) -> None:
    await books.products.exclude("b", "a", 90)
    await books.products.exclude("a", "b", 30)
    assert await books.products.exclusive() == {("a", "b"): 30}
    await books.products.allow("b", "a")
    assert await books.products.exclusive() == {}
    with pytest.raises(NotFound):
        await books.products.allow("a", "b")
    with pytest.raises(BadInput):
        await books.products.exclude("a", "a", 90)


# --- offers


async def test_what_may_be_offered_to_a_contact_now(books: Books, campaign: Campaign) -> None:
    plans: dict[str, dict[str, object]] = {
        "held": {"product": "cable", "offer": "Cable"},
        "excluded": {"product": "fibre", "offer": "Fibre"},
        "open": {"product": "phone", "offer": "A phone"},
        "pressed": {"offer": "More", "pressure_contacts": 1},
        "silent": {},
    }
    planned = await books.world.campaigns.create(CampaignPlan("planned", offer="In time"))
    await books.calendar.put(CalendarEntry(planned.id, "planned", NOW.date(), NOW.date()))
    made = {name: await running(books.world, name, **plan) for name, plan in plans.items()}
    stopped = CampaignPlan("stopped", offer="No more")
    await books.world.campaigns.create(stopped)
    await books.products.exclude("fibre", "cable", 90)
    contact = await books.world.add_contact(FIRST)
    await books.hold(contact, "cable")
    await books.touch(contact, NOW - timedelta(days=1))
    await books.world.campaigns.set_status(campaign.id, CampaignStatus.RUNNING)
    lead = await raised_lead(books, campaign, contact)
    spring = CampaignPlan("spring", offer="Spring")
    await books.world.campaigns.tune(campaign.id, spring)
    offers = await books.offers.offers(contact, NOW)
    assert [(one.name, one.offer, one.lead) for one in offers if not one.why_not] == [
        ("spring", "a week abroad", lead),
        ("planned", "In time", None),
        ("open", "A phone", None),
    ]
    assert offers[0].deadline == NOW + timedelta(minutes=30)
    why = {one.name: (one.why_not, one.until) for one in offers if one.why_not}
    assert why == {
        "held": ("held already", None),
        "excluded": (EXCLUSIVE, None),
        "pressed": (PRESSURE, NOW + timedelta(days=6)),
    }
    assert made["open"].id == offers[2].campaign
    assert await books.offers.callers(PhoneNumber(FIRST)) == [contact]
    with pytest.raises(NotFound):
        await books.offers.offers(ContactId(987_654), NOW)


async def running(world: World, name: str, **plan: Any) -> Campaign:
    made = await world.campaigns.create(CampaignPlan(name, **plan))
    return await world.campaigns.set_status(made.id, CampaignStatus.RUNNING)


# --- the calendar


async def test_the_calendar_is_kept_and_read_by_its_days(books: Books, campaign: Campaign) -> None:
    winter = await another(books.world, product="fibre", shares_people=True)
    spring = CalendarEntry(campaign.id, "spring", date(2026, 3, 1), date(2026, 3, 10), agents=5)
    late = CalendarEntry(
        winter.id,
        "winter",
        date(2026, 3, 11),
        date(2026, 3, 12),
        time(9),
        time(17),
        3,
        {Channel.SMS: 100},
        "fibre",
        True,
    )
    for entry in (late, spring):
        await books.calendar.put(entry)
    assert await books.calendar.entries(None, None) == [spring, late]
    assert await books.calendar.entries(date(2026, 3, 11), None) == [late]
    assert await books.calendar.entries(None, date(2026, 3, 10)) == [spring]
    assert await books.calendar.entry(winter.id) == late
    await books.calendar.remove(winter.id)
    assert await books.calendar.entry(winter.id) is None
    with pytest.raises(NotFound):
        await books.calendar.remove(winter.id)
    with pytest.raises(NotFound):
        await books.calendar.put(CalendarEntry(CampaignId(987_654), "", NOW.date(), NOW.date()))


async def test_people_of_two_campaigns_and_room_of_channels(books: Books, campaign: Campaign) -> None:
    winter = await another(books.world)
    for place in range(3):
        contact = await books.world.add_contact(f"+120255501{place:02}")
        await books.world.add_lead(campaign.id, contact)
        if place:
            await books.world.add_lead(winter.id, contact)
    assert await books.calendar.people(campaign.id) == 3
    assert await books.calendar.shared(campaign.id, [winter.id]) == {winter.id: 2}
    assert await books.calendar.shared(campaign.id, []) == {}
    await books.calendar.set_capacity(Channel.SMS, 100)
    await books.calendar.set_capacity(Channel.SMS, 200)
    assert await books.calendar.capacity() == {Channel.SMS: 200}
    await books.calendar.set_capacity(Channel.SMS, None)
    assert await books.calendar.capacity() == {}
