"""The contact database, as those see it who speak with contacts: dispositions, consent, do-not-call, the screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from compliance.facts import Purpose
from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, AttemptId, ContactId, NumberId
from dialer.domain.outcome import Disposition
from dialer.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class CallBack:
    due_at: datetime
    agent: AgentId | None = None
    """Whom it was promised; None: any agent."""


@dataclass(frozen=True, slots=True)
class Disposed:
    attempt: AttemptId
    agent: AgentId
    disposition: Disposition
    at: datetime
    note: str = ""
    call_back: CallBack | None = None


class DispositionBook(Protocol):
    async def dispose(self, disposed: Disposed) -> None:
        """Commit how the agent closed an attempt. NotFound: no such attempt. Conflict: already disposed of, or it
        was another agent's. "do not call" puts the number on DNC in the same transaction."""


class DncBook(Protocol):
    async def add(self, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
        """How many were new."""

    async def remove(self, number: PhoneNumber) -> None:
        """NotFound when it is not on the list. Leads that it blocked are looked at again."""

    async def listed(self, number: PhoneNumber) -> bool: ...


@dataclass(frozen=True, slots=True)
class ConsentNote:
    """What a contact said to being called. BadInput: it contradicts itself, or lacks its proof."""

    at: datetime
    given: bool
    """False: withdrawn, which holds for every purpose."""
    source: str
    """How it came to us: a web form, agent 1001 ..."""
    purpose: str = ""
    """What it was given for, of compliance.facts.Purpose; empty when it was withdrawn."""
    wording: str = ""
    """What the contact agreed to, word for word."""
    proof: str = ""
    """Where the proof is kept: a recording, a form."""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise BadInput("must say how it came to us", "source")
        if self.given and self.purpose not in list(Purpose):
            raise BadInput(f"must be one of {', '.join(Purpose)}", "purpose")
        if self.given and not self.proof.strip():
            raise BadInput("must say where the proof is kept: without one, no law takes it for consent", "proof")
        if not self.given and (self.purpose or self.expires_at):
            raise BadInput("a withdrawal holds for every purpose and has no end", "purpose")
        if self.expires_at is not None and self.expires_at <= self.at:
            raise BadInput("must be after it was given", "expires_at")


class ConsentBook(Protocol):
    """Keeps consent, given and withdrawn: every word of it, the latest counts."""

    async def note(self, contact: ContactId, note: ConsentNote) -> None:
        """NotFound: no such contact. Given, its leads that were blocked for want of it, or of an answer about a
        reassigned number that covers it, are looked at again."""

    async def of(self, contact: ContactId) -> Sequence[ConsentNote]:
        """The latest first."""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """What the agent's screen shows when a call arrives."""

    contact: ContactId
    name: str
    attributes: Mapping[str, str]
    numbers: Sequence[tuple[NumberId, PhoneNumber]]
    history: Sequence[Mapping[str, str]]
    """Past attempts, latest first: at, campaign, outcome, disposition, agent, note."""


class ContactBook(Protocol):
    async def card(self, contact: ContactId) -> ContactCard: ...
