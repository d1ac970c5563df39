"""A lead: one contact wanted by one campaign, with the facts that say whether it may be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from compliance.facts import Consent, LastCalls, Listing, Reassignment
from dialer.domain.ids import AgentId, CampaignId, ContactId, LeadId, NumberId
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import ANYTHING, Preferences


class LeadStatus(StrEnum):
    READY = "ready"  # may be claimed now
    WAITING = "waiting"  # due later: recycled, or blocked until a known time
    LEASED = "leased"  # claimed by an engine: in a hopper or in an open attempt
    DONE = "done"  # closed by an outcome or a disposition
    EXHAUSTED = "exhausted"  # the attempt limit is used up
    BLOCKED = "blocked"  # compliance says no, with no time at which that would change


@dataclass(frozen=True, slots=True)
class LeadNumber:
    id: NumberId
    number: PhoneNumber
    attempts: tuple[datetime, ...] | None = None
    """When it was dialed, by any campaign, in order, as far back as HISTORY_HOURS; None: not known."""
    listings: Mapping[str, Listing] | None = None
    """What our copies of national do-not-call lists say of it, by list; None: not known."""
    reassignment: Reassignment | None = None
    """What the reassigned numbers database said of it; None: it was not asked, or knew nothing."""


class Claimed(NamedTuple):
    """A lead that is leased, and what it is put in order by; what the gate needs is read when it is about to be
    dialed."""

    id: LeadId
    contact: ContactId
    score: float
    attempts: int
    call_back_agent: AgentId | None
    call_back_at: datetime | None
    deadline: datetime | None
    answer_probability: float | None
    at: datetime
    """When it was leased."""

    @property
    def urgent(self) -> bool:
        """Raised by an event, or a call-back that is due, for which another lane or the marketing switch may ask."""
        return self.deadline is not None or self.call_back_at is not None


@dataclass(frozen=True, slots=True)
class Lead:
    """A claimed lead, with the facts that the gate needs."""

    id: LeadId
    campaign: CampaignId
    contact: ContactId
    numbers: tuple[LeadNumber, ...]
    """In the contact's order of preference; numbers known to be invalid or on DNC are not among them."""
    score: float
    attempts: int
    """Attempts so far that reached the callee's telephone, in this campaign."""
    born_on: tuple[date, ...] | None = None
    """Every birth date on record; empty: none is; None: not known."""
    contact_attempts: tuple[datetime, ...] | None = None
    """When any number of this contact was dialed, in order, as far back as HISTORY_HOURS; None: not known."""
    other_sellers: frozenset[datetime] = frozenset()
    """Those of the attempts that were certainly for another seller than the campaign's ..."""
    other_subjects: frozenset[datetime] = frozenset()
    """... and those that were about another subject."""
    consents: tuple[Consent, ...] | None = None
    """The contact's words on being called; None: not known."""
    last_calls: LastCalls | None = None
    """How the contact's calls last ended; None: not known."""
    time_zone: str | None = None
    """The contact's own zone (IANA name), if known; calling hours must hold in it too."""
    region: str | None = None
    """Where the contact lives (FR, US-FL), if known; the rules of that place hold too."""
    purchased_at: datetime | None = None
    inquired_at: datetime | None = None
    preferences: Preferences = ANYTHING
    """What the contact said of channels, times and topics."""
    on_dnc: bool = False
    """Every number of the contact is on the do-not-call list."""
    call_back_agent: AgentId | None = None
    call_back_at: datetime | None = None
    deadline: datetime | None = None
    """Of a lead that an event raised: it comes before all others, and is not called then or later."""
    claimed_at: datetime | None = None
    """When it came into the hopper; None: it did not yet."""
    answer_probability: float | None = None
    """That a call is answered by a person, 0 to 1; None: nobody has reckoned it, and pacing goes by the score."""

    def number_to_dial(self) -> LeadNumber | None:
        """The number for the next attempt: each in turn, in order of preference."""
        return self.numbers[self.attempts % len(self.numbers)] if self.numbers else None
