"""Rows of a list in the form that COPY takes them into the staging table."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from dialer.ports import ConsentNote

COLUMNS = (
    "line",
    "numbers",
    "name",
    "external_key",
    "score",
    "time_zone",
    "attributes",
    "effect",
    "status",
    "region",
    "born_on",
    "purchased_at",
    "inquired_at",
    "consent_at",
    "consent_purpose",
    "consent_wording",
    "consent_proof",
    "consent_expires_at",
)
"""The staging table's columns in the order of `copy_text`."""

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_NO_CONSENT = "\t".join([_NULL] * 5)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class StagedLead(Protocol):
    """A checked row; integrations.lead_files.row.LeadRow is one. Empty texts mean: the row does not say."""

    @property
    def line(self) -> int: ...
    @property
    def numbers(self) -> Sequence[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def external_key(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def effect(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def born_on(self) -> date | None: ...
    @property
    def purchased_at(self) -> datetime | None: ...
    @property
    def inquired_at(self) -> datetime | None: ...
    @property
    def consent(self) -> ConsentNote | None: ...


def copy_text(rows: Iterable[StagedLead]) -> bytes:
    """Lines of COPY's text format (PostgreSQL, COPY, "Text Format"), in UTF-8."""
    return "".join(map(_line, rows)).encode()


def _line(row: StagedLead) -> str:
    return (
        f"{row.line}\t{{{','.join(row.numbers)}}}\t{_text(row.name)}\t{_text(row.external_key) or _NULL}\t"
        f"{_NULL if row.score is None else repr(row.score)}\t{row.time_zone or _NULL}\t"
        f"{_text(_encode(row.attributes)) if row.attributes else '{}'}\t{row.effect}\t{_text(row.status)}\t"
        f"{row.region or _NULL}\t{row.born_on or _NULL}\t{_moment(row.purchased_at)}\t{_moment(row.inquired_at)}\t"
        f"{_NO_CONSENT if row.consent is None else _consent(row.consent)}\n"
    )


def _consent(note: ConsentNote) -> str:
    said = f"{_text(note.purpose)}\t{_text(note.wording)}\t{_text(note.proof)}"
    return f"{_moment(note.at)}\t{said}\t{_moment(note.expires_at)}"


def _moment(moment: datetime | None) -> str:
    return _NULL if moment is None else moment.isoformat()


def _text(text: str) -> str:
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text
