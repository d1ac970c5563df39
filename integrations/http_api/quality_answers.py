"""What is answered about quality sampling: rules, draws, assignments and scores."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from pydantic import Field

from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Place, Unassigned
from dialer.domain.quality.forms import ScoreForm
from dialer.domain.quality.review import Origin, Result, Review, Score
from dialer.engine.quality.desk import Drawn, HandedOut
from dialer.engine.quality.files import QualityPlan
from dialer.ports.quality import Sample
from integrations.http_api.answers import Answer


class ItemAnswer(Answer):
    id: str
    words: str
    most: int
    weight: float
    fatal: bool


class FormAnswer(Answer):
    name: str
    version: str = Field(description="digest of name and items")
    campaigns: list[str] = Field(description="whose calls; none: all that no other form names")
    items: list[ItemAnswer]


class StratumRuleAnswer(Answer):
    name: str
    dispositions: list[Disposition]
    campaigns: list[str]
    at_least_seconds: float
    below_seconds: float
    weight: float
    least: int


class QualityRulesAnswer(Answer):
    digest: str
    per_agent: int
    new_agents: int
    new_days: float
    double_share: float
    tolerance: float
    dispute_days: float
    place_days: int
    time_zone: str
    reviewers: list[str]
    strata: list[StratumRuleAnswer]
    forms: list[FormAnswer]


class UnassignedAnswer(Answer):
    attempt: str
    place: Place
    why: str


class SampleAnswer(Answer):
    week: date
    begins_at: datetime
    ends_at: datetime
    seed: str
    rules_digest: str
    drawn_at: datetime
    drawn_by: str
    calls: int
    taken: int


class Samples(Answer):
    items: list[SampleAnswer]


class AgentDrawnAnswer(Answer):
    agent: str
    new: bool
    wanted: int
    calls: int
    taken: int
    words: str = Field(description="why it is not `wanted`; empty: it is")


class StratumAnswer(Answer):
    agent: str
    stratum: str
    calls: int
    taken: int


class DrawnAnswer(Answer):
    kept: bool = Field(description="false: nothing was changed")
    sample: SampleAnswer
    items: list[AgentDrawnAnswer]
    strata: list[StratumAnswer]
    unassigned: list[UnassignedAnswer]
    words: str


class HandedOutAnswer(Answer):
    added: int = Field(description="calls that somebody complained of after the draw")
    assigned: int
    unassigned: list[UnassignedAnswer]


class AssignmentAnswer(Answer):
    attempt: str
    place: Place | None
    agent: str
    campaign: str
    ended_at: datetime
    week: date
    form: FormAnswer


class Assignments(Answer):
    items: list[AssignmentAnswer]
    next: str | None = Field(description="`after` for the next page; null: this is the last")


class ScoreAnswer(Answer):
    place: Place
    by: str
    at: datetime
    points: dict[str, int | None]
    total: float = Field(description="0 to 100")
    fatal: list[str] = Field(description="fatal items with 0 points")
    heard: Disposition | None
    remark: str


class DisputeAnswer(Answer):
    origin: Origin
    raised_at: datetime
    reason: str
    result: Result | None = Field(description="null: it is open")
    settled_by: str
    settled_at: datetime | None
    words: str


class ReviewAnswer(Answer):
    attempt: str
    agent: str
    campaign: str
    ended_at: datetime
    week: date
    stratum: str
    probability: float | None = Field(description="of the draw; null: added since somebody complained later")
    form: FormAnswer
    recorded: Disposition | None
    unscorable: str
    reviewers: dict[Place, str]
    scores: dict[Place, ScoreAnswer]
    counts: Place | None = Field(description="which of the scores counts")
    disputes: list[DisputeAnswer]


class Reviews(Answer):
    items: list[ReviewAnswer]


class OwnScoreAnswer(Answer):
    attempt: str
    campaign: str
    ended_at: datetime
    form: FormAnswer
    score: ScoreAnswer
    disputable_until: datetime
    disputes: list[DisputeAnswer]


class OwnScores(Answer):
    items: list[OwnScoreAnswer]


def rules_answer(plan: QualityPlan) -> QualityRulesAnswer:
    told = asdict(plan.rules) | {"time_zone": plan.rules.time_zone.key, "digest": plan.digest}
    told |= {"reviewers": [one.name for one in plan.rules.reviewers], "forms": [form_answer(one) for one in plan.forms]}
    told["strata"] = [StratumRuleAnswer(**asdict(one)) for one in plan.rules.strata]
    return QualityRulesAnswer(**told)


def form_answer(form: ScoreForm) -> FormAnswer:
    items = [ItemAnswer.model_validate(item) for item in form.items]
    return FormAnswer(name=form.name, version=form.digest, campaigns=list(form.campaigns), items=items)


def sample_answer(sample: Sample) -> SampleAnswer:
    return SampleAnswer.model_validate(sample)


def drawn_answer(drawn: Drawn, *, kept: bool) -> DrawnAnswer:
    return DrawnAnswer(
        kept=kept,
        sample=sample_answer(drawn.sample),
        items=[AgentDrawnAnswer.model_validate(one) for one in drawn.agents],
        strata=[StratumAnswer.model_validate(one) for one in drawn.strata],
        unassigned=_unassigned(drawn.unassigned),
        words=drawn.words,
    )


def handed_out_answer(done: HandedOut) -> HandedOutAnswer:
    return HandedOutAnswer(added=done.added, assigned=done.assigned, unassigned=_unassigned(done.unassigned))


def _unassigned(found: Sequence[Unassigned]) -> list[UnassignedAnswer]:
    return [UnassignedAnswer.model_validate(one) for one in found]


def assignment_answer(review: Review, reviewer: str) -> AssignmentAnswer:
    """Without what is recorded of the call, and without others' scores: the reviewer is to judge by ear."""
    return AssignmentAnswer(
        attempt=review.attempt,
        place=review.place_of(reviewer),
        agent=review.agent,
        campaign=review.campaign,
        ended_at=review.ended_at,
        week=review.week,
        form=form_answer(review.form),
    )


def score_answer(score: Score) -> ScoreAnswer:
    return ScoreAnswer(**asdict(score) | {"points": dict(score.points), "fatal": list(score.fatal)})


def review_answer(review: Review) -> ReviewAnswer:
    told = {name: getattr(review, name) for name in ("attempt", "agent", "campaign", "ended_at", "week", "stratum")}
    return ReviewAnswer(
        **told,
        probability=review.probability,
        form=form_answer(review.form),
        recorded=review.recorded,
        unscorable=review.unscorable,
        reviewers=dict(review.reviewers),
        scores={place: score_answer(score) for place, score in review.scores.items()},
        counts=review.counts.place if review.counts else None,
        disputes=[DisputeAnswer.model_validate(one) for one in review.disputes],
    )


def own_score_answer(review: Review, score: Score, until: datetime) -> OwnScoreAnswer:
    return OwnScoreAnswer(
        attempt=review.attempt,
        campaign=review.campaign,
        ended_at=review.ended_at,
        form=form_answer(review.form),
        score=score_answer(score),
        disputable_until=until,
        disputes=[DisputeAnswer.model_validate(one) for one in review.disputes],
    )
