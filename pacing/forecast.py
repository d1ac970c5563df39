"""How many live answers are still to come before a legal window ends: cautiously, since they are borrowed from.

Only the rest of today's dialing is counted on, of a day of eight hours; what tomorrow brings is not known. A day begins
when nothing was dialed for four hours. The rate is a lower bound of the recent rate of answers (of the Poisson count,
normal approximation, one-sided 95%).
"""

from dataclasses import dataclass
from math import exp, sqrt

_DAY_SECONDS = 8 * 3600.0
_GAP_SECONDS = 4 * 3600.0
_MEMORY_SECONDS = 3600.0
"""Of dialing, over which answers count for the rate."""
_LONGEST_STEP_SECONDS = 5.0
"""Turns come every half second: a longer gap is time in which nothing was dialed, or a clock that stepped."""
_DEVIATIONS = 1.645


@dataclass(slots=True)
class Forecast:
    answers: float = 0.0
    """Live answers, discounted by dialing time."""
    seconds: float = 0.0
    """Dialing time, discounted alike."""
    today_seconds: float = 0.0
    """Dialing time since the day began."""
    _at: float | None = None

    def note_turn(self, now_seconds: float, dialing: bool) -> None:
        """A pacing turn at a moment of the monotonic clock; `dialing`: somebody works."""
        before, self._at = self._at, now_seconds
        if before is None:
            return
        passed = now_seconds - before
        if passed > _GAP_SECONDS:
            self.today_seconds = 0.0
        if not dialing or not passed > 0.0:
            return
        step = min(passed, _LONGEST_STEP_SECONDS)
        kept = exp(-step / _MEMORY_SECONDS)
        self.answers *= kept
        self.seconds = self.seconds * kept + step
        self.today_seconds += step

    def note_answer(self) -> None:
        self.answers += 1.0

    def note_rest(self, seconds: float) -> None:
        """Nothing was dialed for so long: between a state that was stored and now."""
        if not seconds <= _GAP_SECONDS:
            self.today_seconds = 0.0

    def to_come(self, window_seconds_left: float) -> float:
        """Live answers before a window ends, of today's; 0 while too little is known."""
        if self.seconds < 60.0:
            return 0.0
        rate = max(0.0, self.answers - _DEVIATIONS * sqrt(self.answers)) / self.seconds
        left = min(window_seconds_left, _DAY_SECONDS - self.today_seconds)
        return rate * left if left > 0.0 else 0.0
