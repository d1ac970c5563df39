"""A campaign plan for `dialer simulate`: its fields, their limits, and what the simulator makes of them.

The limits of a real campaign hold here too: what could not be run is not simulated.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dialer.domain.campaign import LEGAL_ABANDON_CAP, LEGAL_RING_SECONDS
from dialer.domain.errors import BadInput
from pacing.simulator.plan import Plan
from pacing.simulator.presence import Stay, comings_of
from pacing.simulator.study import Rule

_DAY_MINUTES = 24 * 60
_STEP_SECONDS = 60.0
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_KNOWLEDGE = ("none", "exact", "score")


def _minute(value: object) -> int:
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    minute = 60 * int(found[1]) + int(found[2]) if found else _DAY_MINUTES + 1
    if minute > _DAY_MINUTES:
        raise ValueError(f'{value!r} is no time of day like "09:00"')
    return minute


def _span(value: object) -> tuple[int, int]:
    if not isinstance(value, str) or "-" not in value:
        raise ValueError(f'{value!r} is no span of the day like "09:00-13:00"')
    since, until = map(_minute, value.split("-", 1))
    if until <= since:
        raise ValueError(f"{value!r} ends before it begins; a span stays within one day")
    return since, until


def _in_order(changes: "list[Any]") -> "list[Any]":
    for before, after in pairwise(changes):
        if after.at <= before.at:
            raise ValueError(f"the entry at {clock(after.at)} does not come after the one at {clock(before.at)}")
    return changes


Minute = Annotated[int, BeforeValidator(_minute)]
Span = Annotated[tuple[int, int], BeforeValidator(_span)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(gt=0.0, le=7200.0)]
Shape = Annotated[float, Field(ge=0.1, le=100.0)]
Again = Annotated[float, Field(ge=0.0, le=30 * 86_400.0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AnswerChange(_Table):
    at: Minute
    factor: float = Field(ge=0.0, le=10.0)
    change: Literal["step", "linear"] = "step"


class InboundChange(_Table):
    at: Minute
    per_hour: float = Field(ge=0.0, le=100_000.0)


class Shift(_Table):
    agents: int = Field(ge=1, le=1000)
    works: list[Span] = Field(min_length=1)
    breaks: list[Span] = []


class PlanFile(_Table):
    """See plan_example.toml, which explains each field."""

    name: str = "campaign"
    agents: int = Field(20, ge=1, le=1000)
    open: Span = Field("09:00-17:00", validate_default=True)
    days: int = Field(0, ge=0, le=60)
    shifts: list[Shift] = []
    drain_seconds: float = Field(27.0, ge=0.0, le=600.0)
    rule: Rule = Rule.PREDICTIVE
    level: float = Field(1.0, ge=1.0, le=10.0)
    cap: float = Field(LEGAL_ABANDON_CAP, ge=0.0, le=LEGAL_ABANDON_CAP)
    patience_seconds: float = Field(2.0, ge=0.2, le=2.0)
    max_lines: int = Field(500, ge=1, le=4000)
    ring_seconds: float = Field(25.0, ge=LEGAL_RING_SECONDS, le=120.0)
    leads: int = Field(0, ge=0, le=1_000_000)
    max_attempts: int = Field(6, ge=1, le=100)
    busy_again_seconds: Again = 900.0
    no_answer_again_seconds: Again = 7200.0
    machine_again_seconds: Again = 14_400.0
    answer_probability: Share = 0.3
    answers: Annotated[list[AnswerChange], AfterValidator(_in_order)] = []
    spread: float = Field(0.0, ge=0.0, le=1000.0)
    knowledge: Literal["none", "exact", "score"] = "none"
    score_noise: float = Field(0.0, ge=0.0, le=20.0)
    answer_least: float = Field(3.0, ge=0.0, le=60.0)
    answer_mean: Seconds = 12.0
    answer_shape: Shape = 3.0
    busy_share: Share = 0.26
    congestion: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    machine_share: Share = 0.0
    machine_seconds: Seconds = 15.0
    detection: bool = False
    person_taken_for_machine: Share = 0.0
    machine_taken_for_person: Share = 0.0
    talk_seconds: Seconds = 110.0
    talk_shape: Shape = 1.0
    wrap_up_seconds: float = Field(30.0, ge=0.0, le=3600.0)
    wrap_up_shape: Shape = 4.0
    inbound_per_hour: float = Field(0.0, ge=0.0, le=100_000.0)
    inbound: Annotated[list[InboundChange], AfterValidator(_in_order)] = []
    inbound_talk_seconds: Seconds = 180.0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shifts and "agents" in self.model_fields_set:
            raise ValueError("agents: the plan has shifts, each with agents of its own; leave one of the two out")
        if sum(shift.agents for shift in self.shifts) > 1000:
            raise ValueError("shifts: more than 1000 agents in all")
        for place, minute in self._minutes():
            if not self.open[0] <= minute <= self.open[1]:
                raise ValueError(f"{place}: {clock(minute)} is not within open, {spelled(self.open)}")
        for number, shift in enumerate(self.shifts):
            if not working_spans(shift):
                raise ValueError(f"shifts.{number}: the breaks leave no time to work")
        self.plan()
        return self

    def _minutes(self) -> list[tuple[str, int]]:
        spans = [
            (f"shifts.{number}.{name}", span)
            for number, shift in enumerate(self.shifts)
            for name, several in (("works", shift.works), ("breaks", shift.breaks))
            for span in several
        ]
        return [
            *((f"answers.{number}.at", one.at) for number, one in enumerate(self.answers)),
            *((f"inbound.{number}.at", one.at) for number, one in enumerate(self.inbound)),
            *((place, minute) for place, span in spans for minute in span),
        ]

    @property
    def days_at_most(self) -> int:
        """A list may take five days unless the plan says otherwise; without one, a day shows all."""
        return self.days or (5 if self.leads else 1)

    def plan(self) -> Plan:
        """What the simulator takes; all answers count, from the first."""
        day_hours = (self.open[1] - self.open[0]) / 60.0
        fields = {name: getattr(self, name) for name in COMMON_FIELDS}
        return Plan(
            **fields,
            hours=day_hours * self.days_at_most,
            day_hours=day_hours,
            knowledge=_KNOWLEDGE.index(self.knowledge),
            recycle_seconds=(self.busy_again_seconds, self.no_answer_again_seconds, self.machine_again_seconds),
            factor=factors(self.answers, self.open),
            factor_step_seconds=_STEP_SECONDS,
            inbound_per_hour=inbound_by_minute(self.inbound_per_hour, self.inbound, self.open),
            inbound_step_seconds=_STEP_SECONDS,
            warm_up_answers=0.0,
            **self._team(day_hours * 3600.0),
        )

    def _team(self, day_seconds: float) -> dict[str, Any]:
        if not self.shifts:
            return {"agents": self.agents}
        stays: list[list[Stay]] = []
        for shift in self.shifts:
            spans = working_spans(shift)
            stay = [
                (day * day_seconds + 60.0 * (since - self.open[0]), day * day_seconds + 60.0 * (until - self.open[0]))
                for day in range(self.days_at_most)
                for since, until in spans
            ]
            stays += [stay] * shift.agents
        return {"agents": len(stays), "comings": comings_of(stays, self.days_at_most * day_seconds)}


_OWN = {"knowledge", "inbound_per_hour", "agents", "comings"}
COMMON_FIELDS = tuple(name for name in PlanFile.model_fields if name in Plan.__dataclass_fields__ and name not in _OWN)
"""Fields that plan file and simulator have alike."""


def read_plan_file(file: Path) -> dict[str, Any]:
    """What stands in the file, not checked yet. BadInput when it can't be read."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", str(file)) from error


def checked_plan(fields: Mapping[str, Any], place: str) -> PlanFile:
    """BadInput names every field that is wrong, all at once."""
    try:
        return PlanFile.model_validate(dict(fields))
    except ValidationError as error:
        raise BadInput("; ".join(map(_fault, error.errors())), place) from error


def _fault(error: ErrorDetails) -> str:
    place = ".".join(map(str, error["loc"]))
    words = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        near = get_close_matches(str(error["loc"][-1]), PlanFile.model_fields, 1) if len(error["loc"]) == 1 else []
        words = "there is no such field" + (f"; did you mean {near[0]}?" if near else "")
    elif error["type"] not in {"value_error", "missing"}:
        words = f"{words}, not {error['input']!r}"
    return f"{place}: {words}" if place else words


def clock(minute: float) -> str:
    """A time of day, minutes after midnight, as 09:30; past midnight it begins anew."""
    whole = int(minute) % _DAY_MINUTES if minute > _DAY_MINUTES else int(minute)
    return f"{whole // 60:02}:{whole % 60:02}"


def spelled(span: tuple[int, int]) -> str:
    return f"{clock(span[0])}-{clock(span[1])}"


def working_spans(shift: Shift) -> list[tuple[int, int]]:
    """The shift's working time without its breaks, in minutes of the day."""
    kept = sorted(shift.works)
    for begin, end in shift.breaks:
        kept = [
            piece
            for since, until in kept
            for piece in ((since, min(until, begin)), (max(since, end), until))
            if piece[0] < piece[1]
        ]
    return kept


def factors(changes: Sequence[AnswerChange], open_: tuple[int, int]) -> tuple[float, ...]:
    """The answer probability's factor in each minute of the day: 1 at first; a linear change ends at its time."""
    values: list[float] = []
    last_at, last = open_[0], 1.0
    for change in changes:
        minutes = change.at - last_at
        slope = (change.factor - last) / minutes if change.change == "linear" and minutes else 0.0
        values += [last + slope * (minute + 0.5) for minute in range(minutes)]
        last_at, last = change.at, change.factor
    return (*values, *[last] * (open_[1] - last_at)) or (last,)


def inbound_by_minute(first: float, changes: Sequence[InboundChange], open_: tuple[int, int]) -> tuple[float, ...]:
    """Inbound callers an hour in each minute of the day."""
    rates = [first] * (open_[1] - open_[0])
    for change in changes:
        at = change.at - open_[0]
        rates[at:] = [change.per_hour] * (len(rates) - at)
    return tuple(rates) if changes else (first,)
