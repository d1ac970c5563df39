"""A sampled call on its way: scores, disputes, notices; who may do what, and what counts.

Of a call's scores the first counts, unless a dispute was settled with another: then that one does. The second score is
for agreement alone. A dispute is raised by the agent, or by a difference between the two scores that the rules find too
large; while one is open nothing of it is published as a notice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from dialer.domain.errors import Conflict
from dialer.domain.ids import AgentId, AttemptId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Place
from dialer.domain.quality.forms import Points, ScoreForm
from dialer.domain.quality.rules import QualityRules, Reviewer


@dataclass(frozen=True, slots=True)
class Score:
    place: Place
    by: str
    at: datetime
    points: Points
    total: float
    """0 to 100."""
    fatal: Sequence[str]
    heard: Disposition | None
    """How the call was closed, as the reviewer heard it; None: it can't be told."""
    remark: str = ""


class Origin(StrEnum):
    AGENT = "agent"
    DIFFERENCE = "difference"  # of two scores


class Result(StrEnum):
    KEPT = "kept"  # the first score stands
    CHANGED = "changed"  # another was given in its place


@dataclass(frozen=True, slots=True)
class Dispute:
    origin: Origin
    raised_at: datetime
    reason: str
    result: Result | None = None
    """None: it is open."""
    settled_by: str = ""
    settled_at: datetime | None = None
    words: str = ""
    """Why it was settled so."""


@dataclass(frozen=True, slots=True)
class Review:
    """A call that was sampled, with all that became of it."""

    attempt: AttemptId
    agent: AgentId
    campaign: str
    ended_at: datetime
    week: date
    stratum: str
    probability: float | None
    """None: added when somebody complained after the draw; no estimate counts it."""
    form: ScoreForm
    """As it was when the call was drawn."""
    recorded: Disposition | None
    """As the agent closed the call, when it was drawn."""
    unscorable: str = ""
    """Why it can't be scored; empty: it can, for all we know."""
    reviewers: Mapping[Place, str] = field(default_factory=dict)
    """Whose score is wanted; "" stands for nobody, as long as there is none who may."""
    scores: Mapping[Place, Score] = field(default_factory=dict)
    disputes: Sequence[Dispute] = ()
    """The oldest first."""
    noticed: bool = False
    """Whether there is a notice about it, withdrawn or not."""

    @property
    def counts(self) -> Score | None:
        return self.scores.get(Place.SETTLED) or self.scores.get(Place.FIRST)

    @property
    def open_dispute(self) -> Dispute | None:
        return next((one for one in self.disputes if one.result is None), None)

    @property
    def scorers(self) -> frozenset[str]:
        return frozenset(one.by for one in self.scores.values())

    @property
    def blinded(self) -> "Review":
        """As who has still to score it may see it: without what others found, and what was recorded."""
        return replace(self, recorded=None, scores={}, disputes=(), reviewers={})

    def wants(self, place: Place) -> bool:
        """Whether a reviewer is still to score it there."""
        return place in self.reviewers and place not in self.scores and not self.unscorable

    def place_of(self, reviewer: str) -> Place | None:
        return next((place for place, name in self.reviewers.items() if name == reviewer), None)


def place_to_score(review: Review, by: str) -> Place:
    """Conflict: the call is not for them to score, or is scored by them already."""
    place = review.place_of(by)
    if place is None:
        raise Conflict(f"this call is not assigned to {by}")
    if place in review.scores:
        raise Conflict(f"{by} has scored this call; a score is changed by settling a dispute alone")
    if review.unscorable:
        raise Conflict(f"this call can't be scored: {review.unscorable}")
    return place


def third_look(one: Score, other: Score, rules: QualityRules) -> str:
    """Why a third person must look; empty: two scores of a call are near enough."""
    if set(one.fatal) != set(other.fatal):
        return "one score found something fatal that the other did not"
    if one.heard and other.heard and one.heard is not other.heard:
        return f"one heard {one.heard}, the other {other.heard}"
    apart = abs(one.total - other.total)
    if apart > rules.tolerance:
        return f"the scores are {apart:.1f} points apart, more than {rules.tolerance:g}"
    return ""


def check_dispute(review: Review, at: datetime, rules: QualityRules) -> None:
    """Conflict when the agent may not dispute the score now."""
    counted = review.counts
    if counted is None:
        raise Conflict("this call has no score yet")
    if review.open_dispute is not None:
        raise Conflict("it is looked at again already")
    if any(one.origin is Origin.AGENT for one in review.disputes):
        raise Conflict("your dispute of this score was settled; it can't be raised again")
    if review.noticed:
        raise Conflict("a notice of it was published")
    if at > (until := disputable_until(counted, rules)):
        raise Conflict(f"a score may be disputed until {rules.dispute_days:g} days after it, here until {until}")


def disputable_until(score: Score, rules: QualityRules) -> datetime:
    return score.at + timedelta(days=rules.dispute_days)


def check_settling(review: Review, by: str, rules: QualityRules) -> Dispute:
    """The open dispute. Conflict: there is none, or they have scored the call, or made it."""
    dispute = review.open_dispute
    if dispute is None:
        raise Conflict("no dispute of this call is open")
    known = next((one for one in rules.reviewers if one.name == by), Reviewer(by))
    if not known.may_review(review.agent):
        raise Conflict("you made this call yourself: have somebody else settle it")
    if by in review.scorers:
        raise Conflict(
            "you have scored this call: have somebody of role quality or supervisor settle it who has not; "
            "if there is nobody, name another reviewer first"
        )
    return dispute


@dataclass(frozen=True, slots=True)
class Notice:
    """Published to the floor: a violation, and for how long the agent has no place in the ranking."""

    attempt: AttemptId
    agent: AgentId
    words: str
    published_at: datetime
    published_by: str
    begins_on: date
    ends_on: date
    """The last day."""
    id: int = 0
    """0: not published yet."""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_why: str = ""

    def holds_on(self, day: date) -> bool:
        return self.withdrawn_at is None and self.begins_on <= day <= self.ends_on


def notice_due(review: Review, now: datetime, by: str, rules: QualityRules) -> Notice | None:
    """The notice to publish of a fatal finding that nothing stands against any more; None: there is none to publish.

    Nothing stands against it once the agent's dispute is settled, or the time for one is over, and the second score,
    where one is wanted, is there, without a difference that is still looked at.
    """
    score = review.counts
    if score is None or not score.fatal or review.noticed or review.open_dispute is not None:
        return None
    disputed = any(one.origin is Origin.AGENT for one in review.disputes)
    awaited = review.wants(Place.SECOND) and review.reviewers[Place.SECOND]
    if awaited or (not disputed and now <= disputable_until(score, rules)):
        return None
    today = rules.day_of(now)
    ends_on = today + timedelta(days=rules.place_days - 1)
    named = {item.id: item.words for item in review.form.items}
    found = "; ".join(named[one] for one in score.fatal)
    words = (
        f"failed in quality: {found} (form {review.form.name}, call of {rules.day_of(review.ended_at)}); "
        f"no place in the ranking until {ends_on}"
    )
    return Notice(review.attempt, review.agent, words, now, by, today, ends_on)
