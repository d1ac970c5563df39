"""The churn guide from its file (churn_guide.toml is the one that is shipped)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from dialer.domain.churn import ChurnGuide, GradeSpec, SignSpec
from dialer.domain.errors import BadInput, BadInputs
from dialer.engine.people.toml_file import Section, faults_of, read_file


class _Grade(Section):
    words: str = Field(min_length=1)
    campaign: str = Field("", max_length=100)


class _Sign(Section):
    reason: str = Field(min_length=1)
    reaction: str = Field(min_length=1)
    grade: int = Field(ge=1, le=9)
    answer: str = ""


class _File(Section):
    version: int = Field(ge=1, le=1)
    grades: dict[Annotated[str, Field(pattern="^[1-9]$")], _Grade] = Field(min_length=1)
    signs: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")], _Sign] = Field(min_length=1)


def load_churn_guide(file: Path | None = None) -> ChurnGuide:
    """The guide in a file, or the shipped one. BadInputs names each place that is wrong."""
    written, place = read_file(file, "churn_guide.toml")
    try:
        read = _File.model_validate(written)
    except ValidationError as error:
        raise faults_of(error, place) from None
    odd = [name for name, sign in read.signs.items() if str(sign.grade) not in read.grades]
    if odd:
        raise BadInputs([BadInput("is not among the grades", f"{place}: signs.{name}.grade") for name in odd])
    return ChurnGuide(
        {name: SignSpec(name, one.reason, one.reaction, one.grade, one.answer) for name, one in read.signs.items()},
        {int(grade): GradeSpec(one.words, one.campaign) for grade, one in read.grades.items()},
    )
