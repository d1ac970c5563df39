"""Events of contacts, what may be offered to one, products that exclude each other, and the calendar of campaigns."""

from collections.abc import Iterable
from dataclasses import asdict

from dialer.domain.calendar import CalendarEntry
from dialer.domain.errors import BadInput
from dialer.domain.ids import ContactId
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import ContactEvent, EventTaken, TriggerRule, Whom
from dialer.ports.triggers import UnknownEvent
from integrations.http_api.answers import shown
from integrations.http_api.fields import CampaignName, RowId
from integrations.http_api.office import Office
from integrations.http_api.rights import Caller
from integrations.http_api.trigger_answers import (
    CalendarAnswer,
    CalendarEntryAnswer,
    Capacities,
    CapacityAnswer,
    ConflictAnswer,
    Conflicts,
    Discarded,
    EventAnswer,
    EventsTaken,
    ExclusionAnswer,
    Exclusions,
    OfferAnswer,
    Offers,
    RaisedAnswer,
    TriggerRuleAnswer,
    TriggerRuleChange,
    TriggerRules,
    TriggerRulesReloaded,
    UnknownEventAnswer,
    UnknownEvents,
)
from integrations.http_api.trigger_requests import (
    CalendarQuery,
    Capacity,
    EventIds,
    Exclusion,
    NewEvent,
    NewEvents,
    Planned,
    ProductPair,
    UnknownQuery,
)


async def take_events(office: Office, body: NewEvents) -> EventsTaken:
    """Tell of events of contacts; by the trigger rules they raise leads at the head of the hoppers at once."""
    events = [_event(one, f"body.events.{place}") for place, one in enumerate(body.events)]
    return _taken(await office.desk.triggers.take(events))


async def list_unknown_events(office: Office, caller: Caller, query: UnknownQuery) -> UnknownEvents:
    """Events of nobody we know, kept for review, a page at a time."""
    found = await office.desk.triggers.unknown(query.after or "", query.limit + 1)
    items = [_unknown(one, in_full=caller.sees_numbers) for one in found[: query.limit]]
    return UnknownEvents(items=items, next=items[-1].id if len(found) > query.limit else None)


async def retry_unknown_events(office: Office) -> EventsTaken:
    """Take the unknown events again: whom they are about may be known by now."""
    return _taken(await office.desk.triggers.retry_unknown())


async def discard_unknown_events(office: Office, body: EventIds) -> Discarded:
    """Forget unknown events."""
    return Discarded(discarded=await office.desk.triggers.discard(body.events))


async def list_trigger_rules(office: Office) -> TriggerRules:
    """The rules by which events raise leads now."""
    return TriggerRules(items=[_rule(rule) for rule in office.desk.trigger_rules.in_force])


async def reload_trigger_rules(office: Office, caller: Caller) -> TriggerRulesReloaded:
    """Read the file of trigger rules anew, and go by it from the next event on; with any fault nothing changes."""
    changes = await office.desk.trigger_rules.reload(caller.name)
    return TriggerRulesReloaded(
        changed=bool(changes),
        rules=len(office.desk.trigger_rules.in_force),
        items=[TriggerRuleChange(change=one.change, **_rule(one.rule).model_dump()) for one in changes],
    )


async def see_offers(office: Office, contact: RowId) -> Offers:
    """What may be offered to a contact now, at the point of contact, and what may not, with the reason."""
    found = await office.desk.offers.offers(ContactId(contact), office.clock.now())
    return Offers(items=[OfferAnswer(**_without(asdict(one), "campaign", "name"), campaign=one.name) for one in found])


async def list_exclusive_products(office: Office) -> Exclusions:
    """Products that exclude each other."""
    pairs = await office.desk.calendar.products.exclusive()
    return Exclusions(
        items=[ExclusionAnswer(product=one, other=two, offered_days=days) for (one, two), days in pairs.items()]
    )


async def exclude_products(office: Office, body: Exclusion) -> None:
    """Have two products exclude each other: who holds one, or was offered it lately, gets no lead of the other."""
    try:
        await office.desk.calendar.products.exclude(body.product, body.other, body.offered_days)
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None


async def allow_products(office: Office, body: ProductPair) -> None:
    """Have two products exclude each other no more."""
    await office.desk.calendar.products.allow(body.product, body.other)


async def see_calendar(office: Office, query: CalendarQuery) -> CalendarAnswer:
    """The campaigns that are planned, by their first day."""
    found = await office.desk.calendar.book.entries(query.begin, query.end)
    return CalendarAnswer(items=[_entry(one) for one in found])


async def plan_campaign(office: Office, campaign: CampaignName, body: Planned) -> CalendarEntryAnswer:
    """Put a campaign into the calendar, or change what is planned."""
    found = await office.books.campaigns.campaign(campaign)
    try:
        entry = CalendarEntry(found.id, campaign, **body.model_dump())
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None
    await office.desk.calendar.book.put(entry)
    kept = await office.desk.calendar.book.entry(found.id)
    return _entry(kept or entry)


async def unplan_campaign(office: Office, campaign: CampaignName) -> None:
    """Take a campaign out of the calendar."""
    await office.desk.calendar.book.remove((await office.books.campaigns.campaign(campaign)).id)


async def see_conflicts(office: Office, campaign: CampaignName) -> Conflicts:
    """What stands against a campaign in the calendar: agents, people, exclusive products, room of channels."""
    found = await office.desk.calendar.conflicts((await office.books.campaigns.campaign(campaign)).id)
    return Conflicts(items=[ConflictAnswer.model_validate(asdict(one) | {"others": list(one.others)}) for one in found])


async def see_capacity(office: Office) -> Capacities:
    """Contacts that channels can take in a day; those not named have room for any number."""
    room = await office.desk.calendar.book.capacity()
    return Capacities(items=[CapacityAnswer(channel=channel, a_day=a_day) for channel, a_day in sorted(room.items())])


async def set_capacity(office: Office, body: Capacity) -> None:
    """Say how many contacts a channel can take in a day."""
    await office.desk.calendar.book.set_capacity(body.channel, body.a_day)


def _rule(rule: TriggerRule) -> TriggerRuleAnswer:
    return TriggerRuleAnswer(
        rule=rule.id,
        campaign=rule.campaign,
        event=rule.event,
        facts=[str(one) for one in rule.facts],
        who=[str(one) for one in rule.who],
        deadline_minutes=rule.deadline_minutes,
        score=rule.score,
        once_in_days=rule.once_in_days,
        offer=rule.offer,
    )


def _event(told: NewEvent, place: str) -> ContactEvent:
    if sum((told.contact is not None, bool(told.external_key), told.number is not None)) != 1:
        raise BadInput("name the person by one of contact, external_key and number", place)
    whom = Whom(
        None if told.contact is None else ContactId(told.contact),
        told.external_key,
        None if told.number is None else PhoneNumber(told.number),
    )
    return ContactEvent(told.id, told.kind, told.at, whom, told.facts)


def _taken(taken: Iterable[EventTaken]) -> EventsTaken:
    return EventsTaken(
        items=[
            EventAnswer(
                event=one.event,
                state=one.state,
                contact=one.contact,
                raised=[RaisedAnswer.model_validate(raised) for raised in one.raised],
                why=one.why,
            )
            for one in taken
        ]
    )


def _unknown(one: UnknownEvent, *, in_full: bool) -> UnknownEventAnswer:
    event = one.event
    return UnknownEventAnswer(
        id=event.id,
        kind=event.kind,
        at=event.at,
        received_at=one.received_at,
        contact=event.whom.contact,
        external_key=event.whom.external_key,
        number="" if event.whom.number is None else shown(event.whom.number, in_full=in_full),
        facts=dict(event.facts),
        why=one.why,
    )


def _entry(one: CalendarEntry) -> CalendarEntryAnswer:
    hours = {name: f"{getattr(one, name):%H:%M}" for name in ("hours_begin", "hours_end")}
    return CalendarEntryAnswer(**_without(asdict(one), "campaign", "name", *hours), campaign=one.name, **hours)


def _without(fields: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in names}
