"""Which column is what: by explicit order, by a known layout, or by the headers' words in several languages."""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from dialer.domain.errors import BadInput

LAYOUTS = ("vicidial",)
"""Layouts known by name."""
MAX_HEADER = 100
_SHOWN = 30


class Field(StrEnum):
    """What a column can be to us; every other column is an attribute under its own name."""

    PHONE = "phone"  # may be several columns, in order of preference
    PHONE_CODE = "phone_code"  # country calling code of numbers written without one
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EXTERNAL_KEY = "external_key"
    SCORE = "score"
    TIME_ZONE = "time_zone"
    REGION = "region"  # of the contact's address: FR, US-TX
    BORN_ON = "born_on"
    PURCHASED_AT = "purchased_at"
    INQUIRED_AT = "inquired_at"
    CONSENT_PURPOSE = "consent_purpose"
    CONSENT_AT = "consent_at"
    CONSENT_PROOF = "consent_proof"
    CONSENT_WORDING = "consent_wording"
    CONSENT_EXPIRES_AT = "consent_expires_at"
    STATUS = "status"  # what another dialer called the lead's state; needs a layout or a list of what each means


class Effect(StrEnum):
    """What a status of another dialer means here."""

    DIAL = "dial"
    DONE = "done"
    DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True, slots=True)
class Layout:
    """A known kind of file, as its TOML file says."""

    name: str
    fields: Mapping[Field, Sequence[str]]
    ignore: frozenset[str]
    effects: Mapping[str, Effect]
    detect: frozenset[str]
    quoted: bool
    line_break: str


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns of a file by what they are; numbers count from 0."""

    headers: tuple[str, ...]
    """Of all columns, made distinct."""
    fields: Mapping[Field, tuple[int, ...]]
    attributes: tuple[int, ...]
    effects: Mapping[str, Effect] = field(default_factory=dict)
    line_break: str = ""

    def one(self, wanted: Field) -> int | None:
        columns = self.fields.get(wanted)
        return columns[0] if columns else None

    def in_words(self) -> str:
        """Like "phone from Mobile, Home; name from Kunde; attributes City, State"."""
        parts = [f"{name} from {', '.join(self.headers[c] for c in columns)}" for name, columns in self.fields.items()]
        if self.attributes:
            parts.append(f"attributes {', '.join(self.headers[column] for column in self.attributes)}")
        return "; ".join(parts)


def map_columns(
    columns: Sequence[str],
    explicit: Mapping[str, Sequence[str]] | None = None,
    layout: Layout | None = None,
    statuses: Mapping[str, str] | None = None,
) -> ColumnMap:
    """Decide what each column is. `explicit`: field to headers (or "#3" for the third column), which wins.

    BadInput names fields and columns that are not there, and what is, when no column holds phone numbers.
    """
    headers = _distinct(columns)
    chosen = {_field(name): _find_all(wanted, columns) for name, wanted in (explicit or {}).items()}
    taken = {column for found in chosen.values() for column in found}
    guessed = _by_layout(columns, layout) if layout else _by_words(columns, taken)
    for name, found in guessed.items():
        free = tuple(column for column in found if column not in taken)
        if free and name not in chosen:
            chosen[name] = free
    if Field.PHONE not in chosen:
        raise BadInput(
            f"no column is known to hold phone numbers; the columns are {_listed(headers)}. "
            "Name it: --map phone=COLUMN" + (" (the file may lack a header)" if _no_header(columns) else ""),
            "header",
        )
    if Field.NAME in chosen:
        chosen = {name: found for name, found in chosen.items() if name not in {Field.FIRST_NAME, Field.LAST_NAME}}
    used = {column for found in chosen.values() for column in found}
    ignored = layout.ignore if layout else frozenset()
    return ColumnMap(
        headers=headers,
        fields={name: chosen[name] for name in Field if name in chosen},
        attributes=tuple(c for c in range(len(columns)) if c not in used and columns[c].lower() not in ignored),
        effects={**(layout.effects if layout else {}), **_effects(statuses or {})},
        line_break=layout.line_break if layout else "",
    )


def find_layout(columns: Iterable[str]) -> Layout | None:
    """The known layout that a header is of, if any."""
    present = {column.lower() for column in columns}
    return next((layout for layout in map(load_layout, LAYOUTS) if layout.detect <= present), None)


@cache
def load_layout(name: str) -> Layout:
    """A layout by name. BadInput when it is not known."""
    if name not in LAYOUTS:
        raise BadInput(f"{name!r} is not known; {', '.join(LAYOUTS)} is", "layout")
    read = _data(f"{name}.toml")
    return Layout(
        name=name,
        fields={Field(key): tuple(headers) for key, headers in read["fields"].items()},
        ignore=frozenset(read["ignore"]),
        effects={status: Effect(effect) for effect, listed in read["statuses"].items() for status in listed},
        detect=frozenset(read["detect"]),
        quoted=read["quoted"],
        line_break=read["line_break"],
    )


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("integrations.lead_files").joinpath(name).read_text("utf-8"))


@cache
def _words() -> dict[Field, tuple[str, ...]]:
    return {Field(name): tuple(map(_plain, words)) for name, words in _data("headers.toml").items()}


def _plain(header: str) -> str:
    """A header without case, accents, spaces, punctuation and a number at its end."""
    apart = unicodedata.normalize("NFKD", header.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if c.isalnum())).rstrip("0123456789")


def _by_words(columns: Sequence[str], taken: set[int]) -> dict[Field, tuple[int, ...]]:
    plain = {column: _plain(header) for column, header in enumerate(columns) if column not in taken}
    found: dict[Field, tuple[int, ...]] = {}
    for name, words in _words().items():
        fitting = [column for column, header in plain.items() if header in words]
        if name is not Field.PHONE:
            fitting = sorted(fitting, key=lambda column: words.index(plain[column]))[:1]
        if fitting:
            found[name] = tuple(fitting)
    return found


def _by_layout(columns: Sequence[str], layout: Layout) -> dict[Field, tuple[int, ...]]:
    place = {header.lower(): column for column, header in reversed(list(enumerate(columns)))}
    return {
        name: found
        for name, headers in layout.fields.items()
        if (found := tuple(place[header] for header in headers if header in place))
    }


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Headers made distinct: empty ones by their place, double ones by a count."""
    seen: Counter[str] = Counter()
    headers = []
    for number, column in enumerate(columns, 1):
        if len(column) > MAX_HEADER:
            raise BadInput(f"the header of column {number} is longer than {MAX_HEADER} characters", "header")
        if column and not column.replace("\n", " ").isprintable():
            raise BadInput(f"the header of column {number} has control characters", "header")
        name = " ".join(column.split()) or f"column {number}"
        seen[name] += 1
        while seen[name] > 1:
            name = f"{name} ({seen[name]})"
            seen[name] += 1
        headers.append(name)
    return tuple(headers)


def _field(name: str) -> Field:
    try:
        return Field(name.strip().lower())
    except ValueError:
        raise BadInput(f"{name!r} is not a field; these are: {', '.join(Field)}", "map") from None


def _find_all(wanted: Sequence[str], columns: Sequence[str]) -> tuple[int, ...]:
    return tuple(_find(name, columns) for name in wanted)


def _find(wanted: str, columns: Sequence[str]) -> int:
    if wanted.startswith("#") and wanted[1:].isdecimal() and 1 <= int(wanted[1:]) <= len(columns):
        return int(wanted[1:]) - 1
    found = [c for c, header in enumerate(columns) if header == wanted] or [
        c for c, header in enumerate(columns) if header.casefold() == wanted.strip().casefold()
    ]
    if not found:
        raise BadInput(f"there is no column {wanted!r}; the columns are {_listed(columns)}", "map")
    if len(found) > 1:
        places = ", ".join(f"#{column + 1}" for column in found)
        raise BadInput(f"there are several columns {wanted!r}: name one by its place, {places}", "map")
    return found[0]


def _effects(statuses: Mapping[str, str]) -> dict[str, Effect]:
    effects = {}
    for status, effect in statuses.items():
        if effect not in list(Effect):
            raise BadInput(f"{effect!r} is none of {', '.join(Effect)}", f"status {status}")
        effects[status.strip().upper()] = Effect(effect)
    return effects


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(column or "(empty)" for column in columns[:_SHOWN])
    return shown + (f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else "")


def _no_header(columns: Sequence[str]) -> bool:
    return any(sum(c.isdigit() for c in column) >= 7 for column in columns)
