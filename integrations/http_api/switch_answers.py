"""What is answered of the marketing switches. The engine's POSIX seconds become UTC times here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from dialer.engine.marketing_switch import SwitchStatus
from dialer.ports import GivenOrder, SwitchChange
from integrations.http_api.answers import Answer
from pacing.marketing.figures import Counts, ServiceFigures, Step, rate
from pacing.marketing.rule import RateKind, SwitchRule
from pacing.marketing.verdict import Cause, HandOrder, Holding, SwitchState


class SwitchHolding(Answer):
    cause: Cause
    words: str = Field(description="for people, with its figures")
    until: datetime | None = Field(description="when it can end at the earliest; null: that can't be told")


class SwitchOrder(Answer):
    by: str
    why: str
    at: datetime
    until: datetime | None = Field(description="when it ends by itself; null: when it is lifted")


class GivenSwitchOrder(SwitchOrder):
    group: str
    lifted_at: datetime | None = Field(description="null: nobody lifted it; it stands, or ended by itself")
    lifted_by: str = Field(description="who lifted or replaced it; empty: nobody")
    lifted_why: str


class SwitchOrders(Answer):
    items: list[GivenSwitchOrder]


class SwitchCounts(Answer):
    """Calls and callers by the moment at which they were offered; short abandons in none but their own figure."""

    offered: int
    answered: int
    within: int = Field(description="answered within the threshold")
    abandoned: int
    short_abandons: int
    left: int = Field(description="out of the queue without an agent, but for those who gave up")
    callers: int = Field(description="who tried; repeat calls counted once")
    callers_through: int


class SwitchStep(SwitchCounts):
    begins: datetime
    rate: float | None = Field(description="of the step, 0 to 1; null: nobody tried")
    blind: bool = Field(description="not all of it was seen; it can't be on target")


class SwitchAgents(Answer):
    """Members of the group's queues, each person once."""

    free: int
    busy: int
    paused: int
    away: int


class SwitchKept(Answer):
    agents: int = Field(description="shared agents that marketing leaves to inbound calls")
    words: str = Field(description="by what figures")


class SwitchService(Answer):
    """Inbound service as it was counted."""

    day_begins: datetime
    day_ends: datetime = Field(description="when the service day is over, and cumulative figures start anew")
    day: SwitchCounts
    day_blind: bool = Field(description="some of the day was not seen")
    waiting: int = Field(description="callers in the queues now")
    longest_wait_seconds: float = Field(description="of those who wait")
    agents: SwitchAgents


class SwitchSummary(Answer):
    """One service group's marketing switch at this moment."""

    group: str
    at: datetime
    state: SwitchState
    since: datetime
    causes: list[Cause] = Field(description="of a closed switch: what closed it")
    holding: list[SwitchHolding] = Field(description="what keeps marketing off now; empty: nothing does")
    earliest_open: datetime | None = Field(
        description="of a closed switch: when it opens if all goes well; null: not before a hand or a fact changes"
    )
    rate: float | None = Field(description="the day's cumulative perceived connect rate, 0 to 1; null: nobody tried")
    forecast: float | None = Field(description="that rate at the forecast's end; null: there is no forecast")
    target: float
    rate_kind: RateKind
    threshold_seconds: float
    sustained_minutes: int = Field(description="min on target, step by step, before marketing comes back")
    time_zone: str = Field(description="the group's own")
    queues: list[str]
    order: SwitchOrder | None = Field(description="a supervisor's, that keeps marketing off")
    kept: SwitchKept
    service: SwitchService | None = Field(description="null: nothing is counted for this group")


class SwitchAnswer(SwitchSummary):
    """One service group's marketing switch at this moment, with the steps that it goes by."""

    steps: list[SwitchStep] = Field(description="the complete ones of the sustained time, the oldest first")
    current: SwitchStep | None = Field(description="the step that is not over; null: nothing is counted")


class Switches(Answer):
    items: list[SwitchSummary]


class SwitchChangeAnswer(Answer):
    group: str
    at: datetime
    state: SwitchState
    causes: list[Cause]
    words: str
    by: str = Field(description="who ordered it; empty: nobody")
    figures: dict[str, Any] = Field(description="that caused it: rate, target, forecast, holding, the day's counts ...")


class SwitchChanges(Answer):
    items: list[SwitchChangeAnswer]


class OutreachAnswer(Answer):
    contacts: int = Field(description="how many may be approached; 0: none, see `words`")
    words: str


def switch_answer(status: SwitchStatus, now: datetime) -> SwitchAnswer:
    rule, figures, summary = status.group.rule, status.figures, switch_summary(status, now)
    return SwitchAnswer(
        steps=[_step(rule, step) for step in figures.steps] if figures else [],
        current=_step(rule, figures.current) if figures else None,
        **{name: getattr(summary, name) for name in SwitchSummary.model_fields},
    )


def switch_summary(status: SwitchStatus, now: datetime) -> SwitchSummary:
    """Without the steps: of hundreds of groups, those would be a megabyte."""
    verdict, rule = status.verdict, status.group.rule
    return SwitchSummary(
        group=status.group.name,
        at=now,
        state=verdict.memory.state,
        since=_utc(verdict.memory.since),
        causes=list(verdict.memory.causes),
        holding=[_holding(one) for one in verdict.holding],
        earliest_open=_utc_or_none(verdict.earliest_open),
        rate=verdict.rate,
        forecast=verdict.forecast,
        target=rule.target,
        rate_kind=rule.rate,
        threshold_seconds=rule.threshold_seconds,
        sustained_minutes=rule.sustained_minutes,
        time_zone=rule.time_zone,
        queues=list(status.group.queues),
        order=_order(status.order) if status.order else None,
        kept=SwitchKept(agents=status.kept.agents, words=status.kept.words),
        service=_service(status.figures) if status.figures else None,
    )


def change_answer(change: SwitchChange) -> SwitchChangeAnswer:
    return SwitchChangeAnswer(
        group=change.group,
        at=change.at,
        state=change.state,
        causes=list(change.causes),
        words=change.words,
        by=change.by,
        figures=_with_times(change.figures),
    )


def given_answer(given: GivenOrder) -> GivenSwitchOrder:
    lifted = {"lifted_at": given.lifted_at, "lifted_by": given.lifted_by, "lifted_why": given.lifted_why}
    return GivenSwitchOrder.model_validate(_order(given.order).model_dump() | lifted | {"group": given.group})


def _service(figures: ServiceFigures) -> SwitchService:
    return SwitchService(
        day_begins=_utc(figures.day_begins),
        day_ends=_utc(figures.day_ends),
        day=SwitchCounts.model_validate(figures.day),
        day_blind=figures.day_blind,
        waiting=figures.waiting,
        longest_wait_seconds=round(figures.longest_wait_seconds, 3),
        agents=SwitchAgents.model_validate(figures.agents),
    )


def _step(rule: SwitchRule, step: Step) -> SwitchStep:
    return SwitchStep(
        begins=_utc(step.begins), rate=rate(rule.rate, step.counts), blind=step.blind, **_counted(step.counts)
    )


def _counted(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in SwitchCounts.model_fields}


def _holding(one: Holding) -> SwitchHolding:
    return SwitchHolding(cause=one.cause, words=one.words, until=_utc_or_none(one.until))


def _order(order: HandOrder) -> SwitchOrder:
    return SwitchOrder(by=order.by, why=order.why, at=_utc(order.at), until=_utc_or_none(order.until))


def _with_times(figures: Mapping[str, Any]) -> dict[str, Any]:
    """A change's figures as they were stored, but for their times."""
    told = dict(figures)
    if "earliest_open" in told:
        told["earliest_open"] = _utc_or_none(told["earliest_open"])
    if "holding" in told:
        told["holding"] = [one | {"until": _utc_or_none(one.get("until"))} for one in told["holding"]]
    return told


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _utc_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _utc(seconds)
