"""What one attempt went through, from the claim of its lead to the stored outcome: steps with their times. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dialer.domain.call import EndedAttempt


@dataclass(frozen=True, slots=True)
class AttemptTrace:
    ended: EndedAttempt
    campaign: str
    stored_at: datetime
    claimed_at: datetime | None = None
    """When its lead came into the hopper; None: it did not, or the engine was not there."""
    written_at: datetime | None = None
    placed_at: datetime | None = None
    """When the switch had taken the Originate."""

    @property
    def begins(self) -> datetime:
        return self.claimed_at or self.ended.opened_at


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    begins: datetime
    ends: datetime


def steps_of(trace: AttemptTrace) -> Iterator[Step]:
    """The steps that were taken, in order. What the engine did not see (after a crash) has none."""
    opened, end = trace.ended.opened_at, trace.ended.end
    rang = trace.placed_at or trace.written_at or opened
    spans = (
        ("in the hopper", trace.claimed_at, opened),
        ("written", opened, trace.written_at),
        ("originate", trace.written_at, trace.placed_at),
        ("ringing", rang if trace.placed_at else None, end.answered_at or end.ended_at),
        ("answered", end.answered_at, end.waiting_since),
        ("waiting for an agent", end.waiting_since, end.connected_at or end.ended_at),
        ("talking", end.connected_at, end.ended_at),
        ("stored", end.ended_at, trace.stored_at),
    )
    for name, begins, ends in spans:
        if begins is not None and ends is not None:
            yield Step(name, begins, max(begins, ends))
