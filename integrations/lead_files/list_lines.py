"""Lines of lists about numbers: what is in them, and what of it is a number."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from integrations.lead_files.fault import Fault
from integrations.lead_files.national_numbers import BadDigits, NumberPlan, international

NUMBER = "number"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOST_HEADER_DIGITS = 3
"""As in "phone 1" or "E.164"; a line with more is a number, well or badly written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some lines of a list."""

    rows: bytes
    """The good ones, as the database takes them."""
    good: int
    faults: list[Fault] = field(default_factory=list)
    done: int = 0
    """How far the file is read, in bytes of the file."""


class BadLine(Exception):
    """Why a line is damaged, in words that follow "the column"."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def line_by_line(number: int, block: bytes, row_of: Callable[[str], str], done: int) -> Batch:
    """The lines of a block, of which the first is line `number`. `row_of` makes a row of one, or raises BadLine."""
    rows: list[str] = []
    faults: list[Fault] = []
    for place, line in enumerate(block.split(b"\n"), number):
        text = plain(line)
        if not text:
            continue
        try:
            rows.append(row_of(text))
        except BadLine as bad:
            faults.append(Fault(place, bad.column, bad.reason, text))
    return Batch("".join(rows).encode(), len(rows), faults, done)


def day_of(value: str, column: str, latest: date, source: str) -> date:
    """BadLine when it is no day, or one after `latest`, of which the `source` is."""
    try:
        day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise BadLine(column, "is no day as 2026-11-20")
    if day > latest:
        raise BadLine(column, f"is later than the {source}")
    return day


def without_header(number: int, block: bytes) -> tuple[int, bytes]:
    """The block from the line below its header on, if its first line that is not blank is one."""
    start = len(block) - len(block.lstrip())
    end = block.find(b"\n", start)
    line = block[start:end]
    digits = len(re.findall(rb"[0-9]", line))
    if digits > _MOST_HEADER_DIGITS or not re.search(rb"[A-Za-z]", line):
        return number, block
    return number + block.count(b"\n", 0, end + 1), block[end + 1 :]


def plain(line: bytes) -> str:
    """Bytes that are not ASCII become lone surrogates, which no number holds and the report shows."""
    return line.decode("ascii", "surrogateescape").strip()


def value_of(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def digits_of(value: str, plan: NumberPlan | None) -> str:
    """The digits of E.164. `plan`: of numbers without a country code; None: there must be none. BadLine."""
    digits = value.removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        raise BadLine(NUMBER, "holds more than digits" if digits else "is missing")
    try:
        if value.startswith("+"):
            return international(digits)
        if plan is None:
            raise BadLine(NUMBER, "has no country code, and no region was given")
        return plan.from_national(digits)
    except BadDigits as error:
        raise BadLine(NUMBER, str(error)) from None
