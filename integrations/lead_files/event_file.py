"""Files of contacts' events: CSV with a header, or one JSON object a line (.jsonl, .ndjson).

Columns, or keys: `id`, `kind`, `at` (with its offset; without one UTC), and who it is about: `contact`,
`external_key` or `number`. Every other column is a fact of the event: in CSV a number if it looks like one, true and
false as such, else a text; empty: left out.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from dialer.domain.errors import BadInput
from dialer.domain.ids import ContactId
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import ContactEvent, Fact, Whom
from integrations.lead_files.fault import Fault
from integrations.lead_files.phone import BadNumber, NumberReader

_OWN = ("id", "kind", "at", "contact", "external_key", "number")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?", re.ASCII)
_MOST_ID, _MOST_FACTS = 200, 50
_JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of the file: its event, or what is wrong with it."""

    line: int
    event: ContactEvent | None
    faults: tuple[Fault, ...] = ()


def read_events(file: Path, region: str) -> Iterator[EventRow]:
    """Row by row. `region`: of numbers without a country code. BadInput when the file can't be read as one."""
    numbers = NumberReader(region)
    try:
        with open(file, encoding="utf-8-sig", newline="") as opened:
            rows = _json_rows(opened) if file.suffix.lower() in _JSON_LINES else _csv_rows(opened, file)
            for line, row in rows:
                yield _row(line, row, numbers)
    except UnicodeDecodeError as error:
        raise BadInput(f"is not UTF-8: {error.reason}", str(file)) from error
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from error
    except csv.Error as error:
        raise BadInput(f"is not CSV: {error}", str(file)) from error


def _csv_rows(opened: TextIO, file: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(opened, strict=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in ("id", "kind", "at") if name not in names]
    if missing:
        raise BadInput(f"has no column {', '.join(missing)}", f"{file}: line 1")
    if len(set(names)) < len(names):
        raise BadInput("has two columns of one name", f"{file}: line 1")
    reader.fieldnames = names
    line = reader.line_num + 1
    for row in reader:
        if None in row or None in row.values():
            yield line, "has more or fewer values than there are columns"
        else:
            yield line, {name: _of_text(name, value.strip()) for name, value in row.items() if value.strip()}
        line = reader.line_num + 1


def _of_text(name: str, value: str) -> Fact:
    if name in _OWN:
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return float(value) if _NUMBER.fullmatch(value) else value


def _json_rows(opened: TextIO) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for line, text in enumerate(opened, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError:
            yield line, "is not JSON"
            continue
        yield line, row if isinstance(row, dict) else "is not a JSON object"


def _row(line: int, row: Mapping[str, Any] | str, numbers: NumberReader) -> EventRow:
    if isinstance(row, str):
        return EventRow(line, None, (Fault(line, "", row),))
    faults: list[Fault] = []

    def fault(name: str, reason: str) -> None:
        faults.append(Fault(line, name, reason, str(row.get(name, ""))))

    for name in ("id", "kind", "at"):
        if not str(row.get(name) or "").strip():
            fault(name, "is missing")
    id, kind = str(row.get("id", "")).strip(), str(row.get("kind", "")).strip()
    if len(id) > _MOST_ID or not id.isprintable() or not kind.isprintable():
        fault("id", f"must be printable, at most {_MOST_ID} characters")
    at = _moment(row.get("at"))
    if at is None:
        fault("at", "must be a time, like 2026-11-20T09:30:00-05:00")
    whom = _whom(row, numbers, fault)
    facts = {name: value for name, value in row.items() if name not in _OWN and value is not None}
    for name, value in facts.items():
        if not _is_fact(value):
            fault(name, "must be a text, a number, true or false")
    if len(facts) > _MOST_FACTS:
        fault("", f"has more than {_MOST_FACTS} facts")
    if faults or at is None or whom is None:
        return EventRow(line, None, tuple(faults))
    return EventRow(line, ContactEvent(id, kind, at, whom, facts))


def _is_fact(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whom(row: Mapping[str, Any], numbers: NumberReader, fault: Any) -> Whom | None:
    named = [name for name in ("contact", "external_key", "number") if str(row.get(name) or "").strip()]
    if len(named) != 1:
        fault(named[1] if named else "", "a row names the person by one of contact, external_key and number")
        return None
    [name] = named
    value = str(row[name]).strip()
    if name == "external_key":
        return Whom(external_key=value)
    if name == "contact":
        if not value.isascii() or not value.isdecimal() or not 0 < int(value) < 2**63:
            fault(name, "must be a contact's number in the database")
            return None
        return Whom(ContactId(int(value)))
    try:
        return Whom(number=PhoneNumber(numbers.e164(value)))
    except (BadNumber, BadInput) as error:
        fault(name, str(error) if isinstance(error, BadNumber) else error.reason)
        return None
