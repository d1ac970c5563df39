"""What the lab says truly happened to each inbound caller, and the figures of service that follow from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from pacing.marketing.figures import Counts


class InboundEnd(StrEnum):
    CALLER = "caller"  # hung up, served or not
    MEMBER = "member"  # the member hung up
    ACTION = "action"  # an AMI Hangup or Redirect
    LIMIT = "limit"  # the queue let the caller go
    NO_QUEUE = "no_queue"  # never stood in line
    RESTART = "restart"  # Asterisk, or the lab, went down


@dataclass(frozen=True, slots=True)
class InboundEntry:
    """One inbound call. Times aware UTC, None where it did not happen."""

    call: str
    """The channel's unique id."""
    queue: str
    number: str
    """As shown; empty or "anonymous": none was."""
    joined_at: datetime
    ended_at: datetime
    ended_by: InboundEnd
    connected_at: datetime | None = None
    member: str | None = None
    """The interface of whoever served."""
    repeat: bool = False
    """The caller had left unserved shortly before."""

    @property
    def wait_seconds(self) -> float:
        return ((self.connected_at or self.ended_at) - self.joined_at).total_seconds()


def inbound_figures(
    entries: Iterable[InboundEntry], threshold_seconds: float, short_abandon_seconds: float, repeat_seconds: float
) -> Counts:
    """The figures of these calls, of whichever queues, as one who knows everything counts them."""
    calls = [entry for entry in entries if entry.ended_by is not InboundEnd.NO_QUEUE]
    figures = Counts()
    for call in calls:
        if _short(call, short_abandon_seconds):
            figures.short_abandons += 1
            continue
        figures.offered += 1
        if call.connected_at is not None:
            figures.answered += 1
            figures.within += call.wait_seconds <= threshold_seconds
        elif call.ended_by is InboundEnd.CALLER:
            figures.abandoned += 1
        else:
            figures.left += 1
    for attempt in _tries(calls, repeat_seconds):
        if not all(_short(call, short_abandon_seconds) for call in attempt):
            figures.callers += 1
            figures.callers_through += any(call.connected_at is not None for call in attempt)
    return figures


def _short(call: InboundEntry, short_abandon_seconds: float) -> bool:
    gave_up = call.connected_at is None and call.ended_by is InboundEnd.CALLER
    return gave_up and call.wait_seconds < short_abandon_seconds


def _tries(calls: list[InboundEntry], repeat_seconds: float) -> Iterator[list[InboundEntry]]:
    """Calls of one number that begin within the repeat time of the first; one without a number is alone."""
    ordered = sorted(calls, key=lambda call: (call.number, call.joined_at))
    for number, of_number in groupby(ordered, key=lambda call: call.number):
        attempt: list[InboundEntry] = []
        for call in of_number:
            within = attempt and (call.joined_at - attempt[0].joined_at).total_seconds() < repeat_seconds
            if attempt and not (within and number.strip("+").isdigit()):
                yield attempt
                attempt = []
            attempt.append(call)
        yield attempt
