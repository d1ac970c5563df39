"""An attempt's states and the legal transitions, as one table."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from compliance.proof import Judged
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId, NumberId, ServerName
from dialer.domain.outcome import CallEnd, Outcome, outcome_of
from dialer.domain.phone import PhoneNumber


class AttemptState(StrEnum):
    OPEN = "open"  # written down; Originate is about to be sent, or was
    RINGING = "ringing"
    ANSWERED = "answered"  # picked up; machine detection may be running
    WAITING = "waiting"  # a person waits for an agent
    CONNECTED = "connected"  # talks to an agent
    ENDED = "ended"


LEGAL_NEXT: dict[AttemptState, frozenset[AttemptState]] = {
    AttemptState.OPEN: frozenset(AttemptState) - {AttemptState.OPEN},
    AttemptState.RINGING: frozenset(
        {AttemptState.ANSWERED, AttemptState.WAITING, AttemptState.CONNECTED, AttemptState.ENDED}
    ),
    AttemptState.ANSWERED: frozenset({AttemptState.WAITING, AttemptState.CONNECTED, AttemptState.ENDED}),
    AttemptState.WAITING: frozenset({AttemptState.CONNECTED, AttemptState.ENDED}),
    AttemptState.CONNECTED: frozenset({AttemptState.ENDED}),
    AttemptState.ENDED: frozenset(),
}
"""States only move forward: an event that would move one back is late or doubled, and changes nothing."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One number dialed once, as it is written down before Originate."""

    id: AttemptId
    campaign: CampaignId
    lead: LeadId
    contact: ContactId
    number_id: NumberId
    number: PhoneNumber
    server: ServerName
    opened_at: datetime
    verdict: str
    """The compliance verdict that allowed it, in words."""
    caller_id: str = ""
    """The number that is shown; empty: the trunk's own."""
    reserved_for: AgentId | None = None
    """The one agent this attempt is for (preview, or a personal call-back)."""
    prompt: str = ""
    """The sound file that is played to who answers, without an agent; empty: an agent takes the call."""
    lead_attempts: int = 0
    """The lead's attempts before this one that reached the callee's telephone."""
    deadline: datetime | None = None
    """It is not placed then or later."""
    judged: Judged | None = field(default=None, compare=False, repr=False)
    """What the verdict rests on; None, when the attempt comes from the database."""


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """What the outcome recorder stores: the facts, the outcome they amount to, and when the lead is due again."""

    attempt: AttemptId
    campaign: CampaignId
    lead: LeadId
    number_id: NumberId
    server: ServerName
    lead_attempts: int
    """The lead's attempts before this one that reached the callee's telephone."""
    opened_at: datetime
    outcome: Outcome
    end: CallEnd
    ring_seconds: float | None = None
    """From Originate to answer or end, as the engine saw it; None when it was not watching."""
    contact: ContactId | None = None
    """None: of a spool that the release before wrote, or read for a report."""
    prompt: bool = False
    """It was placed to play a recorded prompt: no agent's call, and in no count of live answers."""


def ended(attempt: Attempt, end: CallEnd) -> EndedAttempt:
    """An attempt closed by the facts of its call's end."""
    rang_until = end.answered_at or end.ended_at
    return close_as(
        attempt,
        outcome_of(end, prompt=bool(attempt.prompt)),
        end,
        max(0.0, (rang_until - attempt.opened_at).total_seconds()),
    )


def close_as(attempt: Attempt, outcome: Outcome, end: CallEnd, ring_seconds: float | None = None) -> EndedAttempt:
    """An attempt closed with an outcome that something other than its call's end decided."""
    return EndedAttempt(
        attempt=attempt.id,
        campaign=attempt.campaign,
        lead=attempt.lead,
        number_id=attempt.number_id,
        server=attempt.server,
        lead_attempts=attempt.lead_attempts,
        opened_at=attempt.opened_at,
        outcome=outcome,
        end=end,
        ring_seconds=ring_seconds,
        contact=attempt.contact,
        prompt=bool(attempt.prompt),
    )
