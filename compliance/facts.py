"""What is known of one number to be dialed: the facts that a verdict rests on. What is not known blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from compliance.abandonment import AGENT_LIMIT_SECONDS, Budget
from compliance.hours import DAY
from compliance.zones import NumberPlace


class Purpose(StrEnum):
    """What a campaign calls for."""

    MARKETING = "marketing"
    SURVEY = "survey"
    SERVICE = "service"  # about a contract that runs, without an offer


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's word on being called: given for one purpose, or withdrawn, which holds for all."""

    at: datetime
    given: bool
    purpose: str = ""
    """What it was given for."""
    proof: str = ""
    """Where the proof is kept: a recording, a form. Without one, a consent that was given counts for nothing."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What our copy of one do-not-call list says of the number."""

    copied_at: datetime
    """Of when the copy is."""
    listed: bool
    since: datetime | None = None
    """When the number was listed. None: not known, so long ago."""


@dataclass(frozen=True, slots=True)
class Reassignment:
    """What the reassigned numbers database last said of the number."""

    checked_at: datetime
    """When it was asked."""
    since: date
    """It was asked whether the number was permanently disconnected on this day (UTC) or later ..."""
    changed: bool
    """... and said that it was: whoever has it now may be another."""


@dataclass(frozen=True, slots=True)
class LastCalls:
    """When a call to the contact last ended in such a way; None: never."""

    refused_at: datetime | None = None
    abandoned_at: datetime | None = None
    machine_at: datetime | None = None
    """Machine detection took who answered for a machine."""


NO_LISTINGS: Mapping[str, Listing] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFacts:
    """None: not known, which blocks wherever a rule asks for it."""

    place: NumberPlace
    """From `compliance.zones.place_of`."""
    purpose: str
    ring_seconds: float
    consents: tuple[Consent, ...] | None
    listings: Mapping[str, Listing] | None
    """By the list's name; a list that is not among them has no copy here."""
    born_on: tuple[date, ...] | None
    """Every birth date on record of the contact; empty: none is."""
    on_dnc: bool | None
    """On our own do-not-call list."""
    number_attempts: tuple[datetime, ...] | None
    """When the number was dialed, by any campaign, in order, as far back as the longest cap in force reaches."""
    contact_attempts: tuple[datetime, ...] | None
    """The same on any number of the contact."""
    last_calls: LastCalls | None
    caller_id: str | None
    """The number that will be shown, E.164; empty: none is set, or can be."""
    other_sellers: frozenset[datetime] = frozenset()
    """Which of the attempts on the contact were certainly for another seller; not known: they count."""
    other_subjects: frozenset[datetime] = frozenset()
    """Which were certainly about another subject."""
    caller_id_free_at: datetime | None = None
    """With none: when one that was shown too often may be shown again."""
    reassignment: Reassignment | None = None
    """None: the database of reassigned numbers was not asked, or knew nothing."""
    wait_seconds: float = AGENT_LIMIT_SECONDS
    """How long an answered callee may wait for an agent."""
    automated: bool = True
    """The dialer picks whom to call, and dials; False: an agent saw the lead and had it dialed."""
    prerecorded: bool = False
    """A recorded message may be played to who answers, other than the one after an abandoned call."""
    agent_guaranteed: bool = False
    """An agent is reserved for this call alone."""
    agent_idle: bool = False
    """An agent is idle for whom no other line is open."""
    budget: Budget | None = None
    """What the campaign's legal windows bear, for a call without either; None: not known."""
    purchased_at: datetime | None = None
    """The contact's last purchase; None: none, or not known."""
    inquired_at: datetime | None = None
    contact_zone: str | None = None
    """The contact's own zone (IANA name), one more in which hours must hold. None: the others alone are judged."""
    address: NumberPlace | None = None
    """Where the contact lives: its rules hold too. None: the number's alone do."""
    zones: tuple[str, ...] = field(init=False)
    """Every zone in which hours must hold; empty: the number's is not known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "zones", _zones(self))

    @property
    def call_seconds(self) -> float:
        """From the dial to the last moment at which an agent may take the call. ValueError: that can't be."""
        seconds = self.ring_seconds + max(self.wait_seconds, AGENT_LIMIT_SECONDS)
        if not AGENT_LIMIT_SECONDS < seconds < DAY:
            raise ValueError("a call must ring for more than nothing and less than a day")
        return seconds


def _zones(facts: DialFacts) -> tuple[str, ...]:
    zones = facts.place.zones
    if not zones:
        return ()
    if facts.address is not None:
        zones = (*zones, *(zone for zone in facts.address.zones if zone not in zones))
    own = facts.contact_zone
    return zones if own is None or own in zones else (*zones, own)
