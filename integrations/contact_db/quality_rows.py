"""Rows of quality sampling as values, and values as the columns that statements take."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Place
from dialer.domain.quality.forms import FormItem, ScoreForm
from dialer.domain.quality.review import Dispute, Notice, Origin, Result, Review, Score
from dialer.domain.quality.sampling import FrameCall, StratumDrawn

_DISPOSITIONS = {str(one.value): one for one in Disposition}


def frame_call(row: Sequence[Any]) -> FrameCall:
    """By the columns' order: a week has millions of them."""
    attempt, contact, agent, campaign, ended_at, seconds, disposition, complained = row
    found = None if disposition is None else _DISPOSITIONS[disposition]
    return FrameCall(
        AttemptId(attempt), ContactId(contact), AgentId(agent), campaign, ended_at, seconds, found, complained
    )


def review_of(row: Row[Any]) -> Review:
    return Review(
        attempt=AttemptId(str(row.attempt_id)),
        agent=AgentId(row.agent_id),
        campaign=row.campaign,
        ended_at=row.ended_at,
        week=row.week,
        stratum=row.stratum,
        probability=row.probability,
        form=ScoreForm(row.form_name, tuple(FormItem(**item) for item in row.items)),
        recorded=None if row.recorded is None else Disposition(row.recorded),
        unscorable=row.unscorable,
        reviewers={Place(place): name for place, name in (row.reviewers or {}).items()},
        scores={score.place: score for score in map(_score, row.scores or ())},
        disputes=tuple(map(_dispute, row.disputes or ())),
        noticed=row.noticed,
    )


def _score(told: Mapping[str, Any]) -> Score:
    return Score(
        Place(told["place"]),
        told["given_by"],
        datetime.fromisoformat(told["at"]),
        told["points"],
        told["total"],
        tuple(told["fatal"]),
        None if told["heard"] is None else Disposition(told["heard"]),
        told["remark"],
    )


def _dispute(told: Mapping[str, Any]) -> Dispute:
    return Dispute(
        Origin(told["origin"]),
        datetime.fromisoformat(told["raised_at"]),
        told["reason"],
        None if told["result"] is None else Result(told["result"]),
        told["settled_by"],
        None if told["settled_at"] is None else datetime.fromisoformat(told["settled_at"]),
        told["words"],
    )


def notice_of(row: Row[Any]) -> Notice:
    return Notice(
        AttemptId(str(row.attempt_id)),
        AgentId(row.agent_id),
        row.words,
        row.published_at,
        row.published_by,
        row.begins_on,
        row.ends_on,
        row.id,
        row.withdrawn_at,
        row.withdrawn_by,
        row.withdrawn_why,
    )


def call_columns(calls: Sequence[tuple[date, FrameCall, str, float | None, ScoreForm]]) -> dict[str, list[Any]]:
    """Week, call, stratum, probability and form of each."""
    return {
        "attempts": [call.attempt for _, call, *_ in calls],
        "contacts": [call.contact for _, call, *_ in calls],
        "weeks": [week for week, *_ in calls],
        "agents": [call.agent for _, call, *_ in calls],
        "ended": [call.ended_at for _, call, *_ in calls],
        "strata": [stratum for _, _, stratum, *_ in calls],
        "probabilities": [probability for *_, probability, _ in calls],
        "forms": [form.digest for *_, form in calls],
        "recorded": [None if call.disposition is None else call.disposition.value for _, call, *_ in calls],
    }


def stratum_columns(strata: Sequence[StratumDrawn]) -> dict[str, list[Any]]:
    return {
        "agents": [one.agent for one in strata],
        "strata": [one.stratum for one in strata],
        "calls": [one.calls for one in strata],
        "taken": [one.taken for one in strata],
    }


def told_forms(forms: Sequence[ScoreForm]) -> list[dict[str, Any]]:
    distinct = {form.digest: form for form in forms}
    return [
        {"digest": digest, "name": form.name, "items": [asdict(item) for item in form.items]}
        for digest, form in sorted(distinct.items())
    ]


def score_values(attempt: AttemptId, score: Score) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "place": score.place.value,
        "by": score.by,
        "at": score.at,
        "points": dict(score.points),
        "total": score.total,
        "fatal": list(score.fatal),
        "heard": None if score.heard is None else score.heard.value,
        "remark": score.remark,
    }
