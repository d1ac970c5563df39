"""A campaign's waves as data: TOML for people, JSON for the API and the database. Faults are named by place."""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from dialer.domain.campaign import SOUND_WORDS, sound_name
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.wave import MESSAGES, Condition, Result, Size, Step, WavePlan

SHOP_RESULTS = ("visited", "sold", "declined", "no_show")
RESULTS = (*Result, *Outcome, *(one for one in Disposition if one.value not in set(Outcome)), *SHOP_RESULTS)
"""What may come of a step."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"[a-z][a-z0-9_]{0,62}(\|[^{}|]*)?")
_Words = Annotated[str, Field(max_length=1_600, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="lower case with _")]


def _known(value: str) -> str:
    if value not in _NAMES:
        near = get_close_matches(value, _NAMES, 1)
        raise ValueError(f"{value} is no result{f'; did you mean {near[0]}?' if near else ''}")
    return value


_NAMES = tuple(str(one) for one in RESULTS)
_ResultName = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(_NAMES)})]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ConditionPart(_Part):
    """Whether what came of an earlier step lets this one begin."""

    step: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,39})?$", description="empty: the one taken last")] = ""
    any_of: Annotated[tuple[_ResultName, ...], Field(description="one of these came of it")] = ()
    none_of: Annotated[tuple[_ResultName, ...], Field(description="none of these came of it")] = ()

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.any_of and not self.none_of:
            raise ValueError("asks nothing: name results in any_of or none_of")
        return self


class StepPart(_Part):
    """One step: by which channel, with what, to how many, on which conditions."""

    name: _Name
    channels: Annotated[
        tuple[Literal["sms", "email", "ivr", "call", "shop"], ...],
        Field(min_length=1, description="the one the person prefers is taken, else the first that reaches them"),
    ]
    text: Annotated[_Words, Field(description="what is written; of an ivr step the sound file, without its ending")] = (
        ""
    )
    subject: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    shop: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_-]*$", description="whose task it is")] = ""
    when: tuple[ConditionPart, ...] = ()
    wait_hours: Annotated[float, Field(ge=0, le=24 * 90, description="h until the next step is looked at")] = 24.0
    go_on_at: Annotated[tuple[_ResultName, ...], Field(description="results at which it is looked at at once")] = ()
    per_hour: Annotated[int, Field(ge=0, le=10_000_000, description="most people an hour; 0: no limit")] = 0
    per_day: Annotated[int, Field(ge=0, le=100_000_000, description="most people in 24 h; 0: no limit")] = 0
    calm: Annotated[bool, Field(description="only as many as inbound service leaves room for")] = False
    answer_share: Annotated[float, Field(gt=0, le=1, description="of those approached, who call within the hour")] = (
        0.05
    )
    handle_seconds: Annotated[float, Field(gt=0, le=7200, description="s an agent serves such a caller")] = 240.0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        by_text, channels = MESSAGES | {Channel.SHOP}, set(map(Channel, self.channels))
        if by_text & channels and not self.text.strip():
            raise ValueError(f"text: a step by {' or '.join(self.channels)} needs one")
        if Channel.IVR in channels:
            self._check_prompt(by_text & channels)
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("channels: one is named twice")
        if "shop" in self.channels and not self.shop:
            raise ValueError("shop: say whose task it is")
        for words in (self.text, self.subject):
            for found in _FIELD.findall(words):
                if not _NAMED.fullmatch(found):
                    raise ValueError(f"text: {{{found}}} is no field; write {{name}} or {{name|what stands in for it}}")
            if "{" in _FIELD.sub("", words) or "}" in _FIELD.sub("", words):
                raise ValueError("text: a { or } without its other half")
        return self

    def _check_prompt(self, others: Collection[Channel]) -> None:
        if others:
            raise ValueError("channels: ivr plays a sound file, so it can't share its text with " + ", ".join(others))
        if not self.text or not sound_name(self.text):
            raise ValueError(f"text: of an ivr step it {SOUND_WORDS}")


class WavePlanPart(_Part):
    """A campaign's waves: the steps in order."""

    steps: Annotated[tuple[StepPart, ...], Field(min_length=1, max_length=30)]
    ends_at: Annotated[
        tuple[_ResultName, ...], Field(description="results after which the person is left alone by these waves")
    ] = ("opted_out", "do_not_call")

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        names = [step.name for step in self.steps]
        for name, count in Counter(names).items():
            if count > 1:
                raise ValueError(f"two steps are called {name}")
        for place, step in enumerate(self.steps):
            for condition in step.when:
                if condition.step and condition.step not in names[:place]:
                    raise ValueError(f"step {step.name} asks for {condition.step}, which is no step before it")
                if not condition.step and not place:
                    raise ValueError(f"step {step.name} is the first, and asks for the one before")
        return self

    def plan(self) -> WavePlan:
        return WavePlan(tuple(map(_step, self.steps)), self.ends_at)


def _step(part: StepPart) -> Step:
    return Step(
        name=part.name,
        channels=tuple(Channel(one) for one in part.channels),
        text=part.text,
        subject=part.subject,
        shop=part.shop,
        when=tuple(Condition(one.step, one.any_of, one.none_of) for one in part.when),
        wait=timedelta(hours=part.wait_hours),
        go_on_at=part.go_on_at,
        size=Size(part.per_hour, part.per_day, part.calm, part.answer_share, part.handle_seconds),
    )


def read_wave_plan(data: Mapping[str, Any], place: str = "plan") -> WavePlanPart:
    """BadInputs names every fault, each with its place."""
    try:
        return WavePlanPart.model_validate(data)
    except ValidationError as error:
        found = [(tuple(map(str, one["loc"])), one) for one in error.errors(include_url=False)]
        inner = {loc[:length] for loc, _ in found for length in range(len(loc))}
        faults = [
            BadInput(one["msg"].removeprefix("Value error, "), ".".join([place, *loc]))
            for loc, one in found
            if not (one["type"] == "too_short" and loc in inner)  # it only counts what is wrong anyway
        ]
        raise BadInputs(faults) from None


def wave_plan_file(file: Path) -> WavePlanPart:
    """BadInputs as above; BadInput when the file can't be read."""
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", str(file)) from error
    return read_wave_plan(data, file.name)
