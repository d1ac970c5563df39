"""What predictive pacing is told at one moment, beside what it has learned; and how it is made safe to reckon with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pacing.answer_rate import Floats
from pacing.policy import PacingInput
from pacing.prospect import Prospect

_LONGEST_SECONDS = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class WindowNow:
    """A legal window that the campaign is in, as compliance tells it."""

    name: str
    cap_ratio: float
    live_answers: float
    abandoned: float
    minimum_answers: float
    """Live answers below which the window is not judged."""
    seconds_left: float


@dataclass(frozen=True, slots=True)
class PredictiveInput:
    """One campaign on one server at one moment. Ages are in seconds, by a clock that never steps."""

    counts: PacingInput
    """Without agents who are about to leave or are kept for other calls."""
    now_seconds: float
    """Of a monotonic clock."""
    windows: Sequence[WindowNow] | None
    """None: what was counted can't be told now."""
    prospects: Sequence[Prospect]
    """The leads at hand, in the order in which they would be dialed."""
    overdue: int = 0
    """So many of the first were passed over too long: they are dialed before any other."""
    talk_ages: Sequence[float] = ()
    """Of agents who talk and are ready afterwards."""
    talkers: Sequence[str] = ()
    """Who they are, in the same order; empty: not known."""
    wrap_up_ages: Sequence[float] = ()
    line_ages: Sequence[float] | Floats = ()
    """Of the pool's lines that ring; not a number: not known, taken as just dialed."""
    line_offsets: Sequence[float] | Floats = ()
    leaving: int = 0
    """Agents who asked to pause or log out, or whose shift ends, and are kept only while lines ring."""
    call_backs: int = 0
    """Agents reserved for call-backs that were promised to them."""
    inbound: int = 0
    """Agents in calls that are not ours."""
    taken_per_hour: float = 0.0
    """How often agents are taken by such calls: as many as are expected within the lag are not counted on."""
    kept_for_inbound: int = 0
    """Free agents that marketing leaves to inbound calls; it may be told here or in `counts`, the greater one holds."""


def ages(seconds: Sequence[float] | Floats) -> Floats:
    """Ages that can be: a clock that stepped makes them negative or huge, a fault makes them no number."""
    found = np.asarray(seconds, dtype=np.float64)
    clipped: Floats = np.fmin(np.fmax(found, 0.0), _LONGEST_SECONDS)
    return clipped


def offsets(log_odds: Sequence[float] | Floats, count: int) -> Floats:
    """As many finite offsets as there are lines; what lacks is like the campaign's average."""
    found = np.zeros(count)
    given = np.asarray(log_odds, dtype=np.float64)[:count]
    found[: len(given)] = np.where(np.isnan(given), 0.0, np.fmin(np.fmax(given, -8.0), 8.0))
    return found


def sane(counts: PacingInput, kept_for_inbound: int = 0) -> PacingInput:
    """No count below 0, and no more agents ready, or kept, than work."""
    working = max(0, counts.working_agents)
    return PacingInput(
        ready_agents=min(working, max(0, counts.ready_agents)),
        working_agents=working,
        ringing_lines=max(0, counts.ringing_lines),
        waiting_calls=max(0, counts.waiting_calls),
        connected_calls=max(0, counts.connected_calls),
        line_room=max(0, counts.line_room),
        kept_for_inbound=min(working, max(0, counts.kept_for_inbound, kept_for_inbound)),
    )
