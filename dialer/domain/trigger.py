"""Events of contacts, and the rules by which they raise leads with a deadline. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.phone import PhoneNumber

Fact = str | float | bool


class Sign(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    UNEQUAL = "!="
    OVER = ">"
    AT_LEAST = ">="
    UNDER = "<"
    AT_MOST = "<="
    CHANGED = "changed within days"  # of attributes alone: their source said so lately


@dataclass(frozen=True, slots=True)
class Condition:
    """What is not known, or is of another kind than `value`, does not fit."""

    name: str
    sign: Sign
    value: Fact

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.value}"


@dataclass(frozen=True, slots=True)
class TriggerRule:
    id: str
    campaign: str
    """By name."""
    deadline_minutes: float
    """Counted from the event; of a static rule from its evaluation."""
    event: str = ""
    """The kind of events that it is about; empty: a static rule, evaluated over all contacts."""
    facts: tuple[Condition, ...] = ()
    """Of the event; all must hold."""
    who: tuple[Condition, ...] = ()
    """Of the contact's attributes; all must hold."""
    score: float = 0.0
    """The order among raised leads, highest first."""
    offer: str = ""
    """In words, for the agent's screen; empty: the campaign's."""
    once_in_days: float = 0.0
    """A person is raised by the rule once in so many days; 0: by every event."""

    @property
    def static(self) -> bool:
        return not self.event


@dataclass(frozen=True, slots=True)
class Whom:
    """The person that an event is about, as its sender names them; one of the three."""

    contact: ContactId | None = None
    external_key: str = ""
    number: PhoneNumber | None = None


@dataclass(frozen=True, slots=True)
class ContactEvent:
    id: str
    """The sender's own: told again, it does nothing."""
    kind: str
    at: datetime
    whom: Whom
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raise:
    """A rule wants a lead for whom an event is about."""

    rule: TriggerRule
    campaign: CampaignId
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of that."""

    rule: str
    campaign: str
    lead: LeadId | None = None
    """None: nothing was raised."""
    deadline: datetime | None = None
    due_at: datetime | None = None
    """It is raised, but may not be called before."""
    why: str = ""
    """Why not, or why only then."""


class EventState(StrEnum):
    TAKEN = "taken"  # see the leads that it raised, if a rule is about it
    KNOWN = "known"  # told before; nothing was done
    UNKNOWN_PERSON = "unknown_person"  # kept for review
    REFUSED = "refused"  # it can't be, and `why` says for what


@dataclass(frozen=True, slots=True)
class EventTaken:
    """What was done with one event."""

    event: str
    state: EventState
    contact: ContactId | None = None
    raised: Sequence[Raised] = ()
    why: str = ""


def deadline_of(rule: TriggerRule, at: datetime) -> datetime:
    return at + timedelta(minutes=rule.deadline_minutes)


def fits(rule: TriggerRule, event: ContactEvent) -> bool:
    """Whether a rule is about an event; whom it is about is looked at elsewhere."""
    return rule.event == event.kind and all(holds(one, event.facts.get(one.name)) for one in rule.facts)


def holds(condition: Condition, known: Fact | None) -> bool:
    """Texts and numbers are never compared with each other; true and false are no numbers."""
    value = condition.value
    if known is None or _kind(known) != _kind(value):
        return False
    match condition.sign:
        case Sign.EQUAL:
            return known == value
        case Sign.UNEQUAL:
            return known != value
        case Sign.CHANGED:
            return False
    if not isinstance(known, float | int) or not isinstance(value, float | int):
        return False
    return {
        Sign.OVER: known > value,
        Sign.AT_LEAST: known >= value,
        Sign.UNDER: known < value,
        Sign.AT_MOST: known <= value,
    }[condition.sign]


def _kind(value: Fact) -> type:
    return float if type(value) is int else type(value)
