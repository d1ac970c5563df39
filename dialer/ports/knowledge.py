"""The contact database, as those see it who want to know a person: the unified view, attributes, what agents collect in
a call, accounts, preferences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from dialer.domain.accounts import Account, AccountId, AccountKind, Membership
from dialer.domain.attributes import Said, Stored
from dialer.domain.churn import SignSpec
from dialer.domain.contact import Channel, Direction
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId, NumberId
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import Preferences
from dialer.domain.week_time import WeekTime

HISTORY_TOUCHES = 50
"""Past contacts in a view, the latest."""


@dataclass(frozen=True, slots=True)
class PastContact:
    """One contact by any channel: an attempt of ours, a message, a visit."""

    at: datetime
    channel: Channel
    direction: Direction
    campaign: str
    topic: str
    outcome: str
    disposition: str
    agent: str
    note: str


@dataclass(frozen=True, slots=True)
class ProductHeld:
    product: str
    since: date
    until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class NotedSign:
    at: datetime
    sign: str
    grade: int
    reason: str
    note: str
    source: str
    lead: LeadId | None


@dataclass(frozen=True, slots=True)
class OpenStep:
    id: int
    what: str
    due_at: datetime | None
    channel: Channel | None
    source: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """All that is known of a person, in one picture."""

    contact: ContactId
    name: str
    external_key: str
    time_zone: str | None
    region: str | None
    from_lists: Mapping[str, str]
    """As lead lists gave it, unchecked."""
    numbers: Sequence[tuple[NumberId, PhoneNumber]]
    attributes: Sequence[Stored]
    products: Sequence[ProductHeld]
    history: Sequence[PastContact]
    """The latest first, at most HISTORY_TOUCHES."""
    memberships: Sequence[Membership]
    preferences: Preferences
    signs: Sequence[NotedSign]
    """The latest first."""
    steps: Sequence[OpenStep]
    """Not done yet, the earliest due first."""


class ContactViewBook(Protocol):
    async def view(self, contact: ContactId) -> ContactView:
        """NotFound when there is no such contact."""


class AttributeBook(Protocol):
    async def note(self, contact: ContactId, said: Sequence[Said]) -> None:
        """All or nothing. What a source said later than this stays. NotFound: no such contact. Conflict: it was
        erased."""


@dataclass(frozen=True, slots=True)
class ChurnNote:
    sign: SignSpec
    note: str
    campaign: str
    """Whose lead the contact is to become; empty: none."""


@dataclass(frozen=True, slots=True)
class NextStep:
    what: str
    due_at: datetime | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class CallForm:
    """What an agent collected in one contact."""

    about: AttemptId | ContactId
    agent: AgentId
    at: datetime
    said: Sequence[Said] = ()
    signs: Sequence[ChurnNote] = ()
    steps: Sequence[NextStep] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of a lead that was to be raised to the head of a campaign's list."""

    campaign: str
    campaign_id: CampaignId | None
    lead: LeadId | None
    """None: it could not be raised."""
    reason: str
    """Why not; empty: it was."""


@dataclass(frozen=True, slots=True)
class Filed:
    contact: ContactId
    raised: Sequence[Raised]


class FormBook(Protocol):
    async def file(self, form: CallForm) -> Filed:
        """Commit a form as a whole, and raise a lead for the most urgent sign of each campaign. Filed once more for the
        same attempt, signs and attributes are replaced, and equal steps are not doubled.

        NotFound: no such attempt or contact. Conflict: the attempt was another agent's, or the person was erased.
        """

    async def step_done(self, contact: ContactId, step: int, at: datetime) -> None:
        """NotFound: no such step, or it is done."""


class PreferenceBook(Protocol):
    async def of(self, contact: ContactId) -> Preferences:
        """Preferences() when nothing was said. NotFound: no such contact."""

    async def keep(self, contact: ContactId, preferences: Preferences, source: str, at: datetime) -> None:
        """In place of what was said before, at once: leads that a preference blocked are looked at again, and those in
        hoppers are taken out. NotFound: no such contact. Conflict: it was erased."""


class AccountBook(Protocol):
    async def add(
        self, name: str, kind: AccountKind, parent: AccountId | None = None, external_key: str = ""
    ) -> Account:
        """NotFound: no such parent. Conflict: the key is another account's. BadInput: too many layers."""

    async def place(self, account: AccountId, parent: AccountId | None) -> Account:
        """Put it under another account, or under none. NotFound as above. BadInput: it would lie under itself, or under
        too many layers; nothing is changed then."""

    async def under(self, account: AccountId) -> Sequence[Account]:
        """The account, and all under it, each after its parent. NotFound: no such account."""

    async def members(self, account: AccountId) -> Sequence[ContactId]: ...

    async def join(self, contact: ContactId, account: AccountId, role: str, hours: Sequence[WeekTime]) -> None:
        """Make a contact a member, or change how. NotFound: no such contact or account."""

    async def leave(self, contact: ContactId, account: AccountId) -> None:
        """NotFound: it is none of its members."""
