"""What became of open attempts that nobody watched: decided from what the server knows, never from what we forgot.

Used after a start, after a lost link, and for any attempt in doubt. A call's record says how it ended; a live channel
is adopted; neither, on a server that was not restarted since, means that the Originate never arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain.call import Attempt, EndedAttempt, close_as, ended
from dialer.domain.ids import AttemptId
from dialer.domain.outcome import CallEnd, Outcome
from dialer.ports import LiveCall, Snapshot


@dataclass(slots=True)
class Settlement:
    ended: list[tuple[Attempt, EndedAttempt]] = field(default_factory=list)
    live: list[tuple[Attempt, LiveCall]] = field(default_factory=list)
    absent: list[Attempt] = field(default_factory=list)
    """Neither a channel nor a record: look once more after a grace, since an Originate may be on its way."""
    forgettable: list[AttemptId] = field(default_factory=list)
    """Records of attempts that are closed already."""


def settle(open_attempts: Iterable[Attempt], snapshot: Snapshot) -> Settlement:
    """Sort this server's open attempts by what its snapshot says. A record outweighs a channel that still fades."""
    result = Settlement()
    known: set[AttemptId] = set()
    for attempt in open_attempts:
        known.add(attempt.id)
        if attempt.id in snapshot.ended:
            result.ended.append((attempt, ended(attempt, snapshot.ended[attempt.id])))
        elif attempt.id in snapshot.live:
            result.live.append((attempt, snapshot.live[attempt.id]))
        else:
            result.absent.append(attempt)
    result.forgettable = [attempt for attempt in snapshot.ended if attempt not in known]
    return result


def settle_absent(attempt: Attempt, snapshot: Snapshot) -> EndedAttempt:
    """An attempt that the server still does not know after the grace.

    A server that was up all the time would have its channel or its record, so nothing was placed. One that was
    restarted since can swear to nothing: the telephone may have rung, so the attempt counts.
    """
    outcome = Outcome.LOST if snapshot.started_at >= attempt.opened_at else Outcome.NOT_PLACED
    return close_as(attempt, outcome, CallEnd(cause=0, ended_at=snapshot.taken_at))


def not_placed(attempt: Attempt, at: datetime) -> EndedAttempt:
    """The server itself refused the Originate, or it was never sent."""
    return close_as(attempt, Outcome.NOT_PLACED, CallEnd(cause=0, ended_at=at))
