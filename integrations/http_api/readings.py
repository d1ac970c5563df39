"""What the API reads and writes in the contact database beyond the engine's own ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class LeadLine:
    id: LeadId
    campaign: str
    contact: ContactId
    name: str
    status: LeadStatus
    score: float
    attempts: int
    reason: str
    due_at: datetime | None
    call_back_at: datetime | None
    call_back_agent: AgentId | None
    disposition: Disposition | None
    last_outcome: Outcome | None
    last_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    id: AttemptId
    campaign: str
    lead: LeadId
    contact: ContactId
    number: PhoneNumber
    server: str
    opened_at: datetime
    verdict: str
    agent: AgentId | None
    """Who talked, or for whom it was reserved."""
    outcome: Outcome | None
    cause: int | None
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    disposition: Disposition | None
    note: str


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    campaign: CampaignId | None = None
    agent: AgentId | None = None
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallBackLine:
    attempt: AttemptId
    """In which it was promised."""
    campaign: str
    lead: LeadId
    contact: ContactId
    due_at: datetime
    agent: AgentId | None
    """Whom it was promised; None: any agent."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LeadEntry:
    """One lead to be added, with its contact."""

    numbers: Sequence[PhoneNumber]
    name: str = ""
    external_key: str = ""
    """The contact's key in the operator's systems; empty: always a new contact."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    score: float = 0.0


class Readings(Protocol):
    """Pages start behind the row named by `after`. All raise DatabaseUnavailable."""

    async def answers(self) -> None:
        """Return when the database answers."""

    async def leads(
        self, campaign: CampaignId, status: LeadStatus | None, after: LeadId | None, limit: int
    ) -> Sequence[LeadLine]:
        """By id, upwards."""

    async def attempts(self, wanted: AttemptFilter, after: AttemptId | None, limit: int) -> Sequence[AttemptLine]:
        """The latest first."""

    async def attempt(self, attempt: AttemptId) -> AttemptLine:
        """NotFound when there is none."""

    async def call_backs(
        self, campaign: CampaignId | None, agent: AgentId | None, after: AttemptId | None, limit: int
    ) -> Sequence[CallBackLine]:
        """Those not kept yet, the earliest due first."""

    async def cancel_call_back(self, attempt: AttemptId, at: datetime) -> None:
        """NotFound when no open call-back was promised in this attempt. Its lead goes back to the others."""

    async def add_lead(self, campaign: CampaignId, entry: LeadEntry, now: datetime) -> LeadId:
        """Conflict when the contact is a lead of this campaign already."""
