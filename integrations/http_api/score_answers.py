"""What is answered about scores."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from dialer.engine.scoring.desk import Explanation, Work, WorkKind, WorkState
from dialer.engine.scoring.pilot import Estimate
from dialer.engine.scoring.scorer import ScorerName
from dialer.ports.scores import ModelStatus, Pilot, ScoreModel, Target
from integrations.http_api.answers import Answer


class DriftAnswer(Answer):
    score_psi: float = Field(description="population stability index of its scores; 0.1: watch, 0.25: moved")
    rate_z: float = Field(description="standard errors by which the rate differs from what it said")
    words: str = Field(description="steady, watch or moved")


class ModelAnswer(Answer):
    id: int
    model: Target
    status: ModelStatus = Field(description="the champion serves; one that was refused was no better")
    trained_at: datetime
    trained_until: datetime = Field(description="the newest call that it learned from")
    calls: int
    wins: int
    reason: str = Field(description="why it has its status")
    auc: float | None = Field(description="on the newest calls, of which it knew nothing; so are the next four")
    lift_area: float | None
    better_half: float | None = Field(description="share of the wins in the half that it scores better")
    log_loss: float | None
    calibration_error: float | None
    held: int | None = Field(description="outcomes of held leads on which it was judged beside the champion")
    challenger_loss: float | None = Field(description="its log loss on them ...")
    champion_loss: float | None = Field(description="... and the champion's; null: there was none")
    champion_drift: DriftAnswer | None = Field(description="of the champion before it; null: none, or too few calls")
    features: list[str]


class ScoresAnswer(Answer):
    scorer: ScorerName | None = Field(description="what ranks by models; null: a simpler one ranks")
    reason: str = Field(description="why models don't serve; empty: they do")
    items: list[ModelAnswer] = Field(description="versions of the models, the newest first")


class WorkAnswer(Answer):
    campaign: str
    kind: WorkKind
    state: WorkState
    asked_at: datetime
    ended_at: datetime | None
    done: int = Field(description="steps done ...")
    total: int = Field(description="... of so many; 0: not known")
    words: str = Field(description="what came of it, or why it failed")


class BecauseAnswer(Answer):
    model: Target
    feature: str
    value: str
    change: float = Field(description="of the chance, against the same person of whom this is not known")


class HourAnswer(Answer):
    hour: int
    chance: float


class ExplanationAnswer(Answer):
    lead: int
    contact: int
    score: float = Field(description="its place: 0 to 100 once ranked")
    attempts: int
    history: float = Field(description="the list's score plus points of past contacts")
    cell: int = Field(description="recency, frequency, money: a digit each")
    answer: float | None = Field(description="chance of an answer, as it was ranked; null: by no model")
    answer_now: float | None = Field(description="as the model says now")
    sale_now: float | None = Field(description="chance of a sale, given an answer")
    best_hour: int | None = Field(description="local")
    hours: list[HourAnswer] = Field(description="chance of an answer by local hour")
    because: list[BecauseAnswer] = Field(description="what moves its chances most")


class CellAnswer(Answer):
    cell: int
    calls: int
    sales: int
    value_a_call: float
    low: float = Field(description="the 95% interval of it")
    high: float
    put_first: int = Field(description="leads that the last move put first")


class PilotAnswer(Answer):
    started_at: datetime
    sample: float
    floor: float
    moved_at: datetime | None
    items: list[CellAnswer]


def model_answer(one: ScoreModel) -> ModelAnswer:
    newest, figures = one.figures.get("newest", {}), one.figures
    return ModelAnswer(
        id=one.id,
        model=one.target,
        status=one.status,
        trained_at=one.trained_at,
        trained_until=one.trained_until,
        calls=one.rows,
        wins=one.wins,
        reason=one.reason,
        **{name: newest.get(name) for name in ("auc", "lift_area", "better_half", "log_loss", "calibration_error")},
        **{name: figures.get(name) for name in ("held", "challenger_loss", "champion_loss", "champion_drift")},
        features=figures.get("features", []),
    )


def work_answer(work: Work) -> WorkAnswer:
    return WorkAnswer(
        campaign=work.campaign.plan.name,
        kind=work.kind,
        state=work.state,
        asked_at=work.asked_at,
        ended_at=work.ended_at,
        done=work.done,
        total=work.total,
        words=work.words,
    )


def explanation_answer(told: Explanation) -> ExplanationAnswer:
    because: list[dict[str, Any]] = [
        {"model": one.target, "feature": one.feature, "value": one.value, "change": round(one.change, 4)}
        for one in told.because
    ]
    return ExplanationAnswer(
        lead=told.lead,
        contact=told.contact,
        score=told.score,
        attempts=told.attempts,
        history=told.history,
        cell=told.cell,
        answer=told.answer,
        answer_now=told.answer_now,
        sale_now=told.sale_now,
        best_hour=told.best_hour,
        hours=[HourAnswer(hour=hour, chance=round(chance, 4)) for hour, chance in told.hours.items()],
        because=[BecauseAnswer(**one) for one in because],
    )


def pilot_answer(pilot: Pilot, learned: Sequence[Estimate]) -> PilotAnswer:
    items = [
        CellAnswer(
            cell=one.cell,
            calls=one.calls,
            sales=one.sales,
            value_a_call=one.value_a_call,
            low=one.low,
            high=one.high,
            put_first=pilot.shares.get(one.cell, 0),
        )
        for one in learned
    ]
    return PilotAnswer(
        started_at=pilot.started_at, sample=pilot.sample, floor=pilot.floor, moved_at=pilot.moved_at, items=items
    )
