"""The attribute catalogue from its file (attributes.toml is the one that is shipped)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from dialer.domain.attributes import AttributeSpec, Catalogue, ValueType
from dialer.domain.contact import AttributeKind
from dialer.domain.errors import BadInput, BadInputs
from dialer.engine.people.toml_file import Section, faults_of, read_file

_Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")]


class _Attribute(Section):
    kind: Annotated[AttributeKind, Field(strict=False)]
    type: Annotated[ValueType, Field(strict=False)]
    label: str = Field(min_length=1)
    unit: str = ""
    half_life_days: float = Field(0.0, ge=0)
    choices: list[str] = Field(default_factory=list)


class _File(Section):
    version: int = Field(ge=1, le=1)
    sources: dict[_Name, Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    topics: dict[_Name, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    attributes: dict[_Name, _Attribute] = Field(min_length=1)


def load_catalogue(file: Path | None = None) -> Catalogue:
    """The catalogue in a file, or the shipped one. BadInputs names each place that is wrong."""
    written, place = read_file(file, "attributes.toml")
    try:
        read = _File.model_validate(written)
    except ValidationError as error:
        raise faults_of(error, place) from None
    texts = (ValueType.TEXT, ValueType.TEXTS)
    odd = [name for name, one in read.attributes.items() if one.choices and one.type not in texts]
    if odd:
        raise BadInputs([BadInput("only texts have choices", f"{place}: attributes.{name}.choices") for name in odd])
    return Catalogue({name: _spec(name, one) for name, one in read.attributes.items()}, read.sources, read.topics)


def _spec(name: str, one: _Attribute) -> AttributeSpec:
    return AttributeSpec(name, one.kind, one.type, one.label, one.unit, one.half_life_days, tuple(one.choices))
