"""What is answered about events, offers, products and the calendar."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from dialer.domain.calendar import ConflictKind
from dialer.domain.contact import Channel
from dialer.domain.trigger import EventState
from integrations.http_api.answers import Answer


class RaisedAnswer(Answer):
    rule: str
    campaign: str
    lead: int | None = Field(description="null: nothing was raised, and `why` says why not")
    deadline: datetime | None = Field(description="no call then or later")
    due_at: datetime | None = Field(description="no call before")
    why: str


class EventAnswer(Answer):
    event: str
    state: EventState
    contact: int | None
    raised: list[RaisedAnswer]
    why: str


class EventsTaken(Answer):
    items: list[EventAnswer]


class UnknownEventAnswer(Answer):
    id: str
    kind: str
    at: datetime
    received_at: datetime
    contact: int | None
    external_key: str
    number: str = Field(description="E.164, or masked for who may not see it; empty: named otherwise")
    facts: dict[str, str | bool | float]
    why: str


class UnknownEvents(Answer):
    items: list[UnknownEventAnswer]
    next: str | None = Field(description="`after` for the next page; null: this is the last")


class Discarded(Answer):
    discarded: int


class OfferAnswer(Answer):
    campaign: str
    product: str
    offer: str
    lead: int | None = Field(description="the contact's lead, where they are a target; else null")
    deadline: datetime | None
    why_not: str = Field(description="empty: it may be offered")
    until: datetime | None = Field(description="until when not; null: for good, or it may be offered")


class Offers(Answer):
    items: list[OfferAnswer]


class ExclusionAnswer(Answer):
    product: str
    other: str
    offered_days: float


class Exclusions(Answer):
    items: list[ExclusionAnswer]


class CalendarEntryAnswer(Answer):
    campaign: str
    begins_on: date
    ends_on: date
    hours_begin: str = Field(description="local to the floor, as 09:00")
    hours_end: str = Field(description="00:00 is midnight")
    agents: int
    channels: dict[Channel, int]
    product: str
    shares_people: bool


class CalendarAnswer(Answer):
    items: list[CalendarEntryAnswer]


class ConflictAnswer(Answer):
    kind: ConflictKind
    others: list[str]
    first_day: date
    words: str


class Conflicts(Answer):
    items: list[ConflictAnswer]


class CapacityAnswer(Answer):
    channel: Channel
    a_day: int


class Capacities(Answer):
    items: list[CapacityAnswer]


class TriggerRuleAnswer(Answer):
    rule: str
    campaign: str
    event: str = Field(description="the kind of events that it is about; empty: a static rule, over all contacts")
    facts: list[str] = Field(description="conditions on the event")
    who: list[str] = Field(description="conditions on the contact's attributes")
    deadline_minutes: float
    score: float
    once_in_days: float = Field(description="0: by every event")
    offer: str = Field(description="empty: the campaign's")


class TriggerRules(Answer):
    items: list[TriggerRuleAnswer]


class TriggerRuleChange(TriggerRuleAnswer):
    change: Literal["added", "changed", "gone"]


class TriggerRulesReloaded(Answer):
    changed: bool = Field(description="false: the rules are those in force already")
    rules: int = Field(description="in force from now on")
    items: list[TriggerRuleChange]
