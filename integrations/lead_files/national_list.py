"""Files of national do-not-call lists: one number a line, as a stream, checked line by line.

A list may have hundreds of millions of lines. So a block that is wholly as it should be is told so by one regular
expression, and is turned into what COPY takes by replacing its line ends: no line of it is looked at by itself. Only a
block that holds anything else is read line by line. Nothing is guessed: a line that is no number is a fault.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from itertools import islice
from pathlib import Path

from dialer.domain.errors import BadInput
from integrations.lead_files.list_lines import (
    NUMBER,
    BadLine,
    Batch,
    day_of,
    digits_of,
    line_by_line,
    plain,
    value_of,
    without_header,
)
from integrations.lead_files.national_numbers import NumberPlan, plan_of_number, plan_of_region
from integrations.lead_files.text_blocks import TextBlocks

DATE = "date"
_DATES = re.compile(rb",(.*)")
_AREA = re.compile(r"[0-9]{3}", re.ASCII)
_LOCAL = re.compile(r"[0-9]{7}", re.ASCII)
_AREA_LINES = re.compile(rb"(?:[0-9]{3},[0-9]{7}\n)*+")
_KNOWN_LINES = 1_000
"""Of the beginning, by which the format is found."""


class ListFormat(StrEnum):
    """What a line holds."""

    AUTO = "auto"
    NUMBERS = "numbers"
    DATED = "dated"
    """Number and the day when it was listed, which may be empty."""
    AREA_CODES = "area-codes"
    """Area code and number, as the American registry has them: 202,5550123."""


_LOOKS = (
    (ListFormat.AREA_CODES, re.compile(r"[0-9]{3},[0-9]{7}")),
    (ListFormat.DATED, re.compile(r"\+?[0-9]{4,15},([0-9]{4}-[0-9]{2}-[0-9]{2})?")),
    (ListFormat.NUMBERS, re.compile(r"\+?[0-9]{4,15}")),
)


class _Shape:
    """A way in which all lines of a block may be written: with `before` (as `pattern`) in front of what follows the
    country code."""

    def __init__(self, plan: NumberPlan, form: ListFormat, pattern: bytes, before: bytes) -> None:
        dated = form is ListFormat.DATED
        tail = rb",(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?\n" if dated else rb"\n"
        self._lines = re.compile(rb"(?:" + pattern + plan.pattern.encode() + tail + rb")*+")
        self._columns = form is ListFormat.AREA_CODES
        self._code, self._before = plan.code.encode(), before
        self._end = b"\n" if dated else b",\n"

    def rows(self, block: bytes) -> bytes | None:
        """The block for COPY; None: not all of its lines are written so."""
        if self._columns:
            if not _AREA_LINES.fullmatch(block):
                return None
            block = block.replace(b",", b"")
        if not self._lines.fullmatch(block):
            return None
        inner = block[len(self._before) : -1].replace(b"\n" + self._before, self._end + self._code)
        return self._code + inner + self._end


class NationalListFile:
    """One list file, to be read once."""

    def __init__(self, path: Path, latest: date, *, region: str = "", form: ListFormat = ListFormat.AUTO) -> None:
        """`latest`: a number can't have been listed after this day. `region` (ISO 3166): of numbers without a country
        code; empty: there must be none.

        BadInput when the file can't be opened, is no text, or no line of its beginning shows its format.
        """
        self._latest = latest
        self._plan = plan_of_region(region) if region else None
        self._days = {b""}
        """Dates that were found good."""
        self._text = TextBlocks(path)
        try:
            self._blocks = self._text.blocks()
            self._first = without_header(*next(self._blocks, (1, b"")))
            sample = [plain(line) for line in islice(self._first[1].split(b"\n"), _KNOWN_LINES)]
            self.form = _found_form(sample, path) if form is ListFormat.AUTO else form
            """What the lines hold."""
            self._shapes = _shapes(self.form, self._plan, _plan_among(sample))
        except BaseException:
            self.close()
            raise
        self.total = self._text.total
        """Bytes of the file."""

    @property
    def about(self) -> str:
        """What the file was taken for."""
        code = f"+{self._plan.code} where a number has no country code" if self._plan else "with country codes"
        packed = f", unpacked from {self._text.packed}" if self._text.packed else ""
        return f"{self.form}, {code}{packed}"

    def batches(self) -> Iterator[Batch]:
        """All lines, once. BadInput when the file is damaged, cut short, or can't be read to its end."""
        line, block = self._first
        if block:
            yield self._batch(line, block)
        for line, block in self._blocks:
            yield self._batch(line, block)

    def close(self) -> None:
        self._text.close()

    def _batch(self, line: int, block: bytes) -> Batch:
        for shape in self._shapes:
            rows = shape.rows(block)
            if rows is not None and (self.form is not ListFormat.DATED or self._dates_are_good(block)):
                return Batch(rows, rows.count(b"\n"), [], self._text.done)
        return line_by_line(line, block, self._row, self._text.done)

    def _dates_are_good(self, block: bytes) -> bool:
        for written in set(_DATES.findall(block)) - self._days:
            try:
                self._day(written.decode())
            except BadLine:
                return False
        return True

    def _row(self, line: str) -> str:
        first, comma, second = line.partition(",")
        first, second = value_of(first), value_of(second)
        match self.form:
            case ListFormat.AREA_CODES:
                if not (_AREA.fullmatch(first) and _LOCAL.fullmatch(second)):
                    raise BadLine(NUMBER, "is not an area code of 3 digits and a number of 7, as 202,5550123")
                return f"{digits_of(first + second, self._plan)},\n"
            case ListFormat.DATED:
                if not comma:
                    raise BadLine(DATE, "has no column")
                return f"{digits_of(first, self._plan)},{self._day(second)}\n"
            case _:
                if comma:
                    raise BadLine(NUMBER, "is followed by a second column")
                return f"{digits_of(first, self._plan)},\n"

    def _day(self, value: str) -> str:
        if value.encode() in self._days:
            return value
        day_of(value, DATE, self._latest, "copy")
        self._days.add(value.encode())
        return value


def _shapes(form: ListFormat, own: NumberPlan | None, usual: NumberPlan | None) -> list[_Shape]:
    """The ways in which a whole block is taken at once. Whatever fits none of them is read line by line, with the same
    result. `own`: of numbers without a country code; `usual`: of most of those with one."""
    shapes = []
    if usual is not None and form is not ListFormat.AREA_CODES:
        code = usual.code.encode()
        shapes.append(_Shape(usual, form, rb"\+" + code, b"+" + code))
    if own is not None:
        prefix = own.prefix.encode()
        shapes.append(_Shape(own, form, rb"(?!%b)" % prefix if prefix else b"", b""))
        if prefix and form is not ListFormat.AREA_CODES:
            shapes.append(_Shape(own, form, prefix, prefix))
    return shapes


def _found_form(sample: list[str], path: Path) -> ListFormat:
    """What most lines look like."""
    looks = Counter(form for line in sample for form, look in _LOOKS if look.fullmatch(line.replace('"', "")))
    if looks:
        return looks.most_common(1)[0][0]
    if not any(sample):
        return ListFormat.NUMBERS
    raise BadInput("no line of its beginning looks like a number: give the format", str(path))


def _plan_among(sample: list[str]) -> NumberPlan | None:
    """That of the first number with a country code: most others will be of the same."""
    for line in sample:
        value = value_of(line.partition(",")[0])
        if value.startswith("+") and (plan := plan_of_number(value[1:])) is not None:
            return plan
    return None
