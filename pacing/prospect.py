"""What is known of one lead's chance to answer before it is dialed: its own probability, and the cells that it is in.

The layout of the cells is fixed, so that what was learned of one stays true: 36 bands of the score on a logarithmic
scale (scores may be probabilities or points up to thousands; a band of any list holds leads within about half again of
each other's score), 24 local hours, and 4 cells for the lead's attempts so far (0, 1, 2, 3 or more).
"""

from dataclasses import dataclass
from math import floor, isfinite, log, log2

from pacing.answer_rate import probability_of

_BANDS = 36
_LOWEST_BAND = -8
_HOURS = 24
_MOST_ATTEMPTS = 3
_FIRST_BAND = 1
_FIRST_HOUR = _FIRST_BAND + _BANDS
_FIRST_ATTEMPT = _FIRST_HOUR + _HOURS
CELLS = _BANDS + _HOURS + _MOST_ATTEMPTS + 1
"""Cells beside the empty one, which is 0."""
_REFERENCE = log(0.25 / 0.75)
"""Log-odds from which known probabilities are measured: those of a campaign of which nothing was seen."""
_LEAST, _MOST = 0.001, 0.999


@dataclass(frozen=True, slots=True)
class Prospect:
    own: float = 0.0
    """Log-odds by which the lead's own, known probability differs from the reference."""
    cells: tuple[int, int, int] = (0, 0, 0)
    """Score band, local hour, attempts so far; 0: not known."""


def prospect(score: float, local_hour: int | None, attempts: int, answer_probability: float | None) -> Prospect:
    """A lead as pacing sees it. A known probability stands for the score; figures that can't be are left out."""
    known = answer_probability is not None and 0.0 <= answer_probability <= 1.0
    own = own_offset(answer_probability) if known and answer_probability is not None else 0.0
    hour = _FIRST_HOUR + local_hour if local_hour is not None and 0 <= local_hour < _HOURS else 0
    return Prospect(own, (0 if known else _band(score), hour, _FIRST_ATTEMPT + min(_MOST_ATTEMPTS, max(0, attempts))))


def own_offset(answer_probability: float) -> float:
    p = min(_MOST, max(_LEAST, answer_probability))
    return log(p / (1.0 - p)) - _REFERENCE


def shown_probability(level: float) -> float:
    """The probability at so many log-odds, 0 to 1."""
    return float(probability_of(min(30.0, max(-30.0, level))))


def _band(score: float) -> int:
    """Two bands for each doubling of 1 + 8 |score|."""
    if not isfinite(score):
        return 0
    step = floor(2.0 * log2(1.0 + 8.0 * min(1e9, abs(score)))) * (1 if score >= 0 else -1)
    return _FIRST_BAND + min(_BANDS - 1, max(0, step - _LOWEST_BAND))
