"""Quality rules and score forms from their files (rules.toml and forms.toml are those that are shipped)."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError

from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.forms import FormItem, ScoreForm
from dialer.domain.quality.rules import COMPLAINTS, OTHERS, QualityRules, Reviewer, StratumRule
from dialer.engine.people.toml_file import Section, faults_of, read_file

_Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_ItemId = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not an IANA time zone, like Europe/Berlin")
    return name


class _Reviewer(Section):
    name: _Name
    agent: _Name | None = None


class _Stratum(Section):
    name: _Line
    dispositions: list[Annotated[Disposition, Field(strict=False)]] = Field(default_factory=list)
    campaigns: list[_Line] = Field(default_factory=list)
    at_least_seconds: float = Field(0.0, ge=0, le=86_400)
    below_seconds: float = Field(86_400.0, gt=0, le=86_400)
    weight: float = Field(1.0, gt=0, le=1000)
    least: int = Field(1, ge=1, le=1000)


class _Rules(Section):
    version: int = Field(ge=1, le=1)
    per_agent: int = Field(3, ge=1, le=1000)
    new_agents: int = Field(6, ge=1, le=1000)
    new_days: float = Field(30.0, ge=0, le=3650)
    double_share: float = Field(0.2, ge=0, le=1)
    tolerance: float = Field(15.0, ge=0, le=100)
    dispute_days: float = Field(7.0, ge=0, le=366)
    place_days: int = Field(30, ge=1, le=366)
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    reviewers: list[_Reviewer] = Field(default_factory=list)
    strata: list[_Stratum] = Field(default_factory=list, max_length=50)


class _Item(Section):
    id: _ItemId
    words: _Line
    most: int = Field(1, ge=1, le=100)
    weight: float = Field(1.0, gt=0, le=1000)
    fatal: bool = False


class _Form(Section):
    name: _Line
    campaigns: list[_Line] = Field(default_factory=list)
    items: list[_Item] = Field(min_length=1, max_length=100)


class _Forms(Section):
    version: int = Field(ge=1, le=1)
    forms: list[_Form] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class QualityPlan:
    rules: QualityRules
    forms: Sequence[ScoreForm]

    @property
    def digest(self) -> str:
        """Of the rules: which sample was drawn by which."""
        return hashlib.sha256(repr(asdict(self.rules)).encode()).hexdigest()


def load_quality(rules: Path | None = None, forms: Path | None = None) -> QualityPlan:
    """From these files, or the shipped ones. BadInputs names each place that is wrong."""
    return QualityPlan(_read_rules(rules), _read_forms(forms))


def _read_rules(file: Path | None) -> QualityRules:
    written, place = read_file(file, "rules.toml", __package__)
    try:
        read = _Rules.model_validate(written)
    except ValidationError as error:
        raise faults_of(error, place) from None
    faults = _twice([one.name for one in read.reviewers], f"{place}: reviewers")
    faults += _twice([one.name for one in read.strata], f"{place}: strata")
    for number, one in enumerate(read.strata):
        if one.name in {COMPLAINTS, OTHERS}:
            faults.append(BadInput(f"{one.name} is a stratum of its own already", f"{place}: strata.{number}.name"))
        if one.at_least_seconds >= one.below_seconds:
            faults.append(BadInput("must be above at_least_seconds", f"{place}: strata.{number}.below_seconds"))
    if faults:
        raise BadInputs(faults)
    figures = read.model_dump(exclude={"version", "time_zone", "reviewers", "strata"})
    return QualityRules(
        reviewers=tuple(Reviewer(one.name, AgentId(one.agent) if one.agent else None) for one in read.reviewers),
        strata=tuple(StratumRule(**one.model_dump()) for one in read.strata),
        time_zone=ZoneInfo(read.time_zone),
        **figures,
    )


def _read_forms(file: Path | None) -> Sequence[ScoreForm]:
    written, place = read_file(file, "forms.toml", __package__)
    try:
        read = _Forms.model_validate(written)
    except ValidationError as error:
        raise faults_of(error, place) from None
    faults = _twice([one.name for one in read.forms], f"{place}: forms")
    for number, form in enumerate(read.forms):
        faults += _twice([item.id for item in form.items], f"{place}: forms.{number}.items")
    named = Counter(campaign for form in read.forms for campaign in form.campaigns)
    faults += [
        BadInput(f"campaign {name} is named by two forms", f"{place}: forms")
        for name, times in named.items()
        if times > 1
    ]
    if sum(not form.campaigns for form in read.forms) != 1:
        faults.append(BadInput("one form, and only one, must name no campaigns: for all others", f"{place}: forms"))
    if faults:
        raise BadInputs(faults)
    return tuple(
        ScoreForm(form.name, tuple(FormItem(**item.model_dump()) for item in form.items), tuple(form.campaigns))
        for form in read.forms
    )


def _twice(names: Sequence[str], place: str) -> list[BadInput]:
    return [BadInput(f"{name} is there twice", place) for name, times in Counter(names).items() if times > 1]
