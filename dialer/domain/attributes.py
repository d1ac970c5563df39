"""Attributes of a person: which there may be, who may tell them, and what a source said.

The catalogue is data. A name that it lacks and a value of another type are refused with their place, so that whoever
selects by an attribute later can rely on its type.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import isfinite

from dialer.domain.contact import AttributeKind
from dialer.domain.errors import BadInput, BadInputs

Value = str | float | bool | tuple[str, ...]
TEXT_LENGTH, LIST_LENGTH = 500, 50
"""Most characters of a text, most texts of a list."""


class ValueType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    DATE = "date"
    TEXTS = "texts"


_SHOWN = {
    ValueType.TEXT: f"a text of 1 to {TEXT_LENGTH} characters",
    ValueType.NUMBER: "a number",
    ValueType.YES_NO: "true or false",
    ValueType.DATE: "a date like 1984-05-17",
    ValueType.TEXTS: f"a list of at most {LIST_LENGTH} texts",
}


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    name: str
    kind: AttributeKind
    type: ValueType
    label: str
    """For people."""
    unit: str = ""
    half_life_days: float = 0.0
    """After so many days what was said counts half; 0: it does not age."""
    choices: tuple[str, ...] = ()
    """The only texts that it may be; none: any."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says of one attribute."""

    spec: AttributeSpec
    value: Value
    source: str
    trust: float
    """How far the source is trusted, 0 to 1."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """An attribute as the database holds it."""

    name: str
    value: object
    source: str
    trust: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Catalogue:
    attributes: Mapping[str, AttributeSpec]
    sources: Mapping[str, float]
    """Who may tell attributes, and how far each is trusted, above 0 to 1."""
    topics: Mapping[str, str]
    """What people may want to hear about or not, with words for it."""

    def read(self, values: Mapping[str, object], source: str, at: datetime, place: str = "attributes") -> list[Said]:
        """What a source says. BadInputs names every attribute that is unknown or of a wrong type, all at once."""
        trust = self.trust_of(source)
        said: list[Said] = []
        faults: list[BadInput] = []
        for name, value in values.items():
            spec = self.attributes.get(name)
            if spec is None:
                faults.append(BadInput("is not in the catalogue of attributes", f"{place}.{name}"))
                continue
            try:
                said.append(Said(spec, read_value(spec, value), source, trust, at))
            except BadInput as error:
                faults.append(BadInput(error.reason, f"{place}.{name}"))
        if faults:
            raise BadInputs(faults)
        return said

    def recall(self, stored: Iterable[Stored]) -> list[Said]:
        """What the database holds, but for what the catalogue no longer has, or has as another type."""
        said = []
        for one in stored:
            spec = self.attributes.get(one.name)
            read = None if spec is None else _READERS[spec.type](one.value)
            if spec is not None and read is not None:
                said.append(Said(spec, read, one.source, one.trust, one.at))
        return said

    def trust_of(self, source: str) -> float:
        if source not in self.sources:
            raise BadInput(f"must be one of {', '.join(self.sources)}", "source")
        return self.sources[source]


def read_value(spec: AttributeSpec, value: object) -> Value:
    """The value, if it is of the attribute's type. BadInput says what it must be."""
    read = _READERS[spec.type](value)
    if read is None:
        raise BadInput(f"must be {_SHOWN[spec.type]}")
    texts = (read,) if isinstance(read, str) else read if isinstance(read, tuple) else ()
    if spec.choices and not set(texts) <= set(spec.choices):
        raise BadInput(f"must be of {', '.join(spec.choices)}")
    return read


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    kept = " ".join(value.split())
    return kept if 0 < len(kept) <= TEXT_LENGTH and "\0" not in kept else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _yes_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _date(value: object) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > LIST_LENGTH:
        return None
    texts = [_text(one) for one in value]
    kept = [text for text in texts if text is not None]
    return tuple(dict.fromkeys(kept)) if len(kept) == len(texts) else None


_READERS = {
    ValueType.TEXT: _text,
    ValueType.NUMBER: _number,
    ValueType.YES_NO: _yes_no,
    ValueType.DATE: _date,
    ValueType.TEXTS: _texts,
}
