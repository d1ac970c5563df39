"""What is answered about quality's figures, notices and complaints, and the library of cases."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from pydantic import Field

from dialer.domain.quality.estimates import Estimate
from dialer.domain.quality.review import Notice
from dialer.engine.quality.report import Agreement, Group, QualityReport
from dialer.ports.quality import Case, Complaint
from integrations.http_api.answers import Answer


class EstimateAnswer(Answer):
    mean: float | None = Field(description="null: `why` says why nothing can be said")
    low: float | None
    high: float | None = Field(description="of the 95% interval")
    heard: int
    calls: float = Field(description="that it stands for")
    why: str


class ScoreFigureAnswer(Answer):
    group: Group
    name: str
    form: str
    version: str
    score: EstimateAnswer
    fatal: EstimateAnswer
    words: str


class OutcomeFigureAnswer(Answer):
    group: Group
    name: str
    wrong: EstimateAnswer
    wrong_sales: EstimateAnswer


class QualityReportAnswer(Answer):
    calls: int
    taken: int
    scored: int
    unscorable: int
    added: int
    scores: list[ScoreFigureAnswer]
    outcomes: list[OutcomeFigureAnswer]


class AgreementAnswer(Answer):
    what: str
    calls: int
    alpha: float | None
    kappa: float | None


class Agreements(Answer):
    items: list[AgreementAnswer]


class NoticeAnswer(Answer):
    id: int
    attempt: str
    agent: str
    words: str
    published_at: datetime
    published_by: str
    begins_on: date
    ends_on: date
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_why: str


class Notices(Answer):
    items: list[NoticeAnswer]


class ComplaintAnswer(Answer):
    attempt: str
    kind: str
    note: str
    at: datetime
    noted_by: str


class Complaints(Answer):
    items: list[ComplaintAnswer]


class ComplaintTaken(Answer):
    attempt: str


class CaseAnswer(Answer):
    id: int
    attempt: str
    title: str
    why: str
    tags: list[str]
    added_by: str
    added_at: datetime
    agent: str | None
    campaign: str


class Cases(Answer):
    items: list[CaseAnswer]
    next: int | None = Field(description="`after` for the next page; null: this is the last")


class TagCount(Answer):
    tag: str
    cases: int


class Tags(Answer):
    items: list[TagCount]


def report_answer(report: QualityReport) -> QualityReportAnswer:
    return QualityReportAnswer(
        calls=report.calls,
        taken=report.taken,
        scored=report.scored,
        unscorable=report.unscorable,
        added=report.added,
        scores=[
            ScoreFigureAnswer(
                group=one.group,
                name=one.name,
                form=one.form,
                version=one.version,
                score=_estimate(one.score),
                fatal=_estimate(one.fatal),
                words=one.words,
            )
            for one in report.scores
        ],
        outcomes=[
            OutcomeFigureAnswer(
                group=one.group, name=one.name, wrong=_estimate(one.wrong), wrong_sales=_estimate(one.wrong_sales)
            )
            for one in report.outcomes
        ],
    )


def _estimate(estimate: Estimate) -> EstimateAnswer:
    return EstimateAnswer.model_validate(estimate)


def agreement_answer(found: Sequence[Agreement]) -> Agreements:
    return Agreements(items=[AgreementAnswer.model_validate(one) for one in found])


def notices_answer(found: Sequence[Notice]) -> Notices:
    return Notices(items=[NoticeAnswer.model_validate(one) for one in found])


def complaints_answer(found: Sequence[Complaint]) -> Complaints:
    return Complaints(items=[ComplaintAnswer.model_validate(one) for one in found])


def case_answer(case: Case) -> CaseAnswer:
    return CaseAnswer(**asdict(case) | {"tags": list(case.tags)})
