"""One row of a list, checked: a lead, or what is wrong with it."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from compliance.areas import area_codes_of
from dialer.domain.errors import BadInput
from dialer.ports import ConsentNote
from integrations.lead_files.encoding import undecodable
from integrations.lead_files.fault import Fault
from integrations.lead_files.mapping import ColumnMap, Effect, Field
from integrations.lead_files.national_numbers import is_region
from integrations.lead_files.phone import BadNumber, NumberReader

MAX_NAME = 200
MAX_KEY = 200
MAX_ATTRIBUTE = 4000
MAX_SCORE = 1e9
_SUSPECT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_REGION = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIRST_YEAR = 1900
_CONSENT = (
    Field.CONSENT_PURPOSE,
    Field.CONSENT_AT,
    Field.CONSENT_PROOF,
    Field.CONSENT_WORDING,
    Field.CONSENT_EXPIRES_AT,
)
_NO_DAY = ("0000-00-00",)
"""How other dialers' lists say that there is none."""
_OLDEST_DAYS = 125 * 366
_IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")


class LeadRow(NamedTuple):
    """A row that can be loaded. What the row does not say is empty."""

    line: int
    numbers: tuple[str, ...]
    """E.164, in order of preference, each once."""
    name: str
    external_key: str
    score: float | None
    time_zone: str
    attributes: Mapping[str, str]
    effect: Effect
    status: str
    """As the file had it, if it has any."""
    region: str = ""
    """Of the contact's address."""
    born_on: date | None = None
    purchased_at: datetime | None = None
    inquired_at: datetime | None = None
    consent: ConsentNote | None = None

    def __repr__(self) -> str:
        return f"LeadRow(line={self.line})"


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, columns: ColumnMap, default_region: str, now: datetime) -> None:
        self._columns, self._now = columns, now
        self._numbers = NumberReader(default_region)
        self._first = {name: found[0] for name, found in columns.fields.items()}
        self._phones = columns.fields[Field.PHONE]
        self._attributes = tuple((columns.headers[column], column) for column in columns.attributes)
        self._of_consent = tuple(name for name in _CONSENT if name in self._first)
        self._width = len(columns.headers)

    def read(self, line: int, cells: Sequence[str]) -> tuple[LeadRow | None, list[Fault]]:
        """The lead, and the values left out; or no lead, and why."""
        if len(cells) != self._width:
            if any(cells[self._width :]):
                reason = f"the row has {len(cells)} values, the header {self._width}"
                return None, [Fault(line, "", reason, " | ".join(cells))]
            cells = [*cells[: self._width], *[""] * (self._width - len(cells))]
        if _SUSPECT.search("\n".join(cells)):
            return None, self._unreadable(line, cells)
        faults: list[Fault] = []
        numbers = self._read_numbers(line, cells, faults)
        lead = LeadRow(
            line=line,
            numbers=numbers,
            name=self._name(line, cells, faults),
            external_key=self._short(line, cells, Field.EXTERNAL_KEY, MAX_KEY, faults),
            score=self._score(line, cells, faults),
            time_zone=self._time_zone(line, cells, faults),
            attributes=self._read_attributes(line, cells, faults),
            effect=self._effect(line, cells, faults),
            status=self._cell(cells, Field.STATUS),
            region=self._region(line, cells, faults),
            born_on=self._born_on(line, cells, faults),
            purchased_at=self._past(line, cells, Field.PURCHASED_AT, faults),
            inquired_at=self._past(line, cells, Field.INQUIRED_AT, faults),
            consent=self._consent(line, cells, faults),
        )
        return (None if any(fault.refused for fault in faults) else lead), faults

    def _cell(self, cells: Sequence[str], name: Field) -> str:
        column = self._first.get(name)
        return "" if column is None else cells[column].strip()

    def _header(self, name: Field) -> str:
        """The one over the field's column; of a field that the file lacks, its name."""
        column = self._first.get(name)
        return str(name) if column is None else self._columns.headers[column]

    def _unreadable(self, line: int, cells: Sequence[str]) -> list[Fault]:
        faults = []
        for header, cell in zip(self._columns.headers, cells, strict=True):
            if byte := undecodable(cell):
                faults.append(
                    Fault(line, header, f"has the byte {byte}, which the file's encoding does not know", cell)
                )
            elif _SUSPECT.search(cell):
                faults.append(Fault(line, header, "has control characters", cell))
        return faults

    def _read_numbers(self, line: int, cells: Sequence[str], faults: list[Fault]) -> tuple[str, ...]:
        numbers: dict[str, None] = {}
        bad: list[Fault] = []
        code = self._cell(cells, Field.PHONE_CODE)
        for column in self._phones:
            text = cells[column]
            if not text or text.isspace():
                continue
            try:
                numbers[self._numbers.e164(text, code)] = None
            except BadNumber as error:
                bad.append(Fault(line, self._columns.headers[column], str(error), text, refused=False))
        if not numbers:
            bad = [fault._replace(refused=True) for fault in bad] or [
                Fault(line, self._columns.headers[self._phones[0]], "the phone number is missing")
            ]
        faults += bad
        return tuple(numbers)

    def _name(self, line: int, cells: Sequence[str], faults: list[Fault]) -> str:
        if Field.NAME in self._columns.fields:
            return " ".join(self._short(line, cells, Field.NAME, MAX_NAME, faults).split())
        first = self._short(line, cells, Field.FIRST_NAME, MAX_NAME, faults)
        last = self._short(line, cells, Field.LAST_NAME, MAX_NAME, faults)
        if first and last and _IDEOGRAPHS.fullmatch(last) and _IDEOGRAPHS.fullmatch(first):
            return last + first
        return " ".join(f"{first} {last}".split())

    def _short(self, line: int, cells: Sequence[str], name: Field, limit: int, faults: list[Fault]) -> str:
        text = self._cell(cells, name)
        if len(text) > limit:
            faults.append(Fault(line, self._header(name), f"is longer than {limit} characters", text))
        return text

    def _score(self, line: int, cells: Sequence[str], faults: list[Fault]) -> float | None:
        text = self._cell(cells, Field.SCORE)
        if not text:
            return None
        score = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not abs(score) <= MAX_SCORE:
            faults.append(Fault(line, self._header(Field.SCORE), "is not a number like 12 or -3.5", text))
            return None
        return score

    def _time_zone(self, line: int, cells: Sequence[str], faults: list[Fault]) -> str:
        text = self._cell(cells, Field.TIME_ZONE)
        if not text:
            return ""
        zone = _zones().get(text.lower())
        if zone is None:
            reason = "is not a time zone's name, like America/New_York"
            faults.append(Fault(line, self._header(Field.TIME_ZONE), reason, text))
        return zone or ""

    def _region(self, line: int, cells: Sequence[str], faults: list[Fault]) -> str:
        text = self._cell(cells, Field.REGION)
        if text and not _is_place(text.upper()):
            reason = "is not a place known here, like FR or US-TX"
            faults.append(Fault(line, self._header(Field.REGION), reason, text))
        return text.upper()

    def _born_on(self, line: int, cells: Sequence[str], faults: list[Fault]) -> date | None:
        """Whoever is too young for a call is the gate's to tell; a day that nobody alive was born on is a mistake."""
        text = self._cell(cells, Field.BORN_ON)
        if not text or text in _NO_DAY:
            return None
        try:
            born = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            born = None
        today = self._now.date() + timedelta(days=1)  # where the date changes first
        reason = "is not a day like 1980-01-31" if born is None else ""
        if born is not None and not 0 <= (today - born).days <= _OLDEST_DAYS:
            reason = "is still to come" if born > today else "is a birth date of nobody alive"
        if reason:
            faults.append(Fault(line, self._header(Field.BORN_ON), reason, text))
        return born

    def _past(self, line: int, cells: Sequence[str], name: Field, faults: list[Fault]) -> datetime | None:
        moment = self._moment(line, cells, name, faults)
        if moment is not None and moment > self._now:
            faults.append(Fault(line, self._header(name), "is still to come", self._cell(cells, name)))
        return moment

    def _moment(self, line: int, cells: Sequence[str], name: Field, faults: list[Fault]) -> datetime | None:
        """A day is its first moment in UTC."""
        text = self._cell(cells, name)
        if not text:
            return None
        moment = _moment_of(text)
        if moment is None:
            reason = "is not a day like 2026-01-31, or a time with its UTC offset, like 2026-01-31T09:30-05:00"
            faults.append(Fault(line, self._header(name), reason, text))
        return moment

    def _consent(self, line: int, cells: Sequence[str], faults: list[Fault]) -> ConsentNote | None:
        """What the contact agreed to, if the row says anything of consent: then it must say all that proves it."""
        if not any(self._cell(cells, name) for name in self._of_consent):
            return None
        before = len(faults)
        at = self._past(line, cells, Field.CONSENT_AT, faults)
        expires_at = self._moment(line, cells, Field.CONSENT_EXPIRES_AT, faults)
        proof = self._short(line, cells, Field.CONSENT_PROOF, MAX_ATTRIBUTE, faults)
        wording = self._short(line, cells, Field.CONSENT_WORDING, MAX_ATTRIBUTE, faults)
        if at is None and len(faults) == before:
            faults.append(Fault(line, self._header(Field.CONSENT_AT), "is missing: when was consent given?"))
        if at is None or len(faults) > before:
            return None
        purpose = self._cell(cells, Field.CONSENT_PURPOSE).lower()
        try:
            return ConsentNote(at, True, "list", purpose, wording, proof, expires_at)
        except BadInput as error:
            name = Field(f"consent_{error.place}")
            faults.append(Fault(line, self._header(name), error.reason, self._cell(cells, name)))
            return None

    def _effect(self, line: int, cells: Sequence[str], faults: list[Fault]) -> Effect:
        if Field.STATUS not in self._columns.fields:
            return Effect.DIAL
        text = self._cell(cells, Field.STATUS)
        effect = self._columns.effects.get(text.upper())
        if effect is None:
            reason = f"is a status not known here: say what it means, --status {text}={'|'.join(Effect)}"
            faults.append(Fault(line, self._header(Field.STATUS), reason, text))
        return effect or Effect.DIAL

    def _read_attributes(self, line: int, cells: Sequence[str], faults: list[Fault]) -> dict[str, str]:
        attributes = {header: text for header, column in self._attributes if (text := cells[column].strip())}
        for header, text in attributes.items():
            if len(text) > MAX_ATTRIBUTE:
                faults.append(Fault(line, header, f"is longer than {MAX_ATTRIBUTE} characters", text))
        if self._columns.line_break:
            return {header: text.replace(self._columns.line_break, "\n") for header, text in attributes.items()}
        return attributes


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if name not in {"localtime", "posixrules"}}


def _is_place(region: str) -> bool:
    """A part of the United States must be a known one: of any other, no state's rules would hold."""
    found = _REGION.fullmatch(region)
    if found is None or not is_region(found[1]):
        return False
    return found[1] != "US" or found[2] is None or bool(area_codes_of(region))


def _moment_of(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(f"{text}T00:00Z" if _DAY.fullmatch(text) else text)
        if moment.tzinfo is None or moment.year < _FIRST_YEAR:
            return None
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
