"""Signs that a customer may leave: the guide by which agents note them, and what each grade leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dialer.domain.errors import BadInput

HEAD_SCORE = 1e12
"""A lead with at least this score comes before all that lists and models score."""
_GRADE_STEP = 1e9


@dataclass(frozen=True, slots=True)
class SignSpec:
    name: str
    reason: str
    """Why customers leave so."""
    reaction: str
    """By what an agent recognises it."""
    grade: int
    """How urgent it is, 1 (noted) upwards."""
    answer: str
    """What the agent may say to it."""


@dataclass(frozen=True, slots=True)
class GradeSpec:
    words: str
    campaign: str
    """Whose lead the customer becomes; empty: none, it is noted only."""


@dataclass(frozen=True, slots=True)
class ChurnGuide:
    signs: Mapping[str, SignSpec]
    grades: Mapping[int, GradeSpec]

    def sign(self, name: str, place: str) -> SignSpec:
        """BadInput when the guide has no such sign."""
        if name not in self.signs:
            raise BadInput(f"must be one of the guide's: {', '.join(self.signs)}", place)
        return self.signs[name]

    def campaign_of(self, grade: int) -> str:
        return self.grades[grade].campaign


RETENTION_TIME = timedelta(days=7)
"""After a sign of leaving: later it is no longer news, and the lead goes on as it was before."""


def head_score(grade: int) -> float:
    """What a retention lead is claimed by: the more urgent the earlier, and before every other lead."""
    return HEAD_SCORE + grade * _GRADE_STEP
