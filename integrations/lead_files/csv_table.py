"""Lists as text: separated by commas, semicolons, tabs or bars, quoted or not, with any line ends.

A quote that is opened and never closed would swallow the rest of the file. Here it costs its own row alone: the lines
after it are read again.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

from dialer.domain.errors import BadInput
from integrations.lead_files.chunk import Chunk
from integrations.lead_files.encoding import MARKED, undecodable
from integrations.lead_files.fault import Fault

MAX_LINE = 131_072
"""Characters a line may have; it is also what Python's csv lets a value have."""
MAX_LINES_OF_A_ROW = 100
_USUAL_BYTES_OF_A_ROW = 60
_CHUNK_BYTES = 4 << 20
_END = "\0end of list\0"
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_CONTROL = re.compile(r"[\0-\x08\x0b\x0e-\x1f]")


class _LineTooLong(Exception):
    pass


class _QuoteNeverClosed(Exception):
    pass


class _Lines:
    """Physical lines with their numbers; can take back what a broken row has swallowed. Ends with the line `_END`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._ended = False
        self.next_number = 1
        self.taken: list[str] = []
        """The lines of the present row."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._file.readline(MAX_LINE + 1)
        if not line:
            if self._ended:
                raise StopIteration
            self._ended = True
            return _END
        self.next_number += 1
        self.taken.append(line)
        if len(line) > MAX_LINE and line[-1] not in "\r\n":
            self._skip_rest_of_line()
            raise _LineTooLong
        if len(self.taken) > MAX_LINES_OF_A_ROW:
            raise _QuoteNeverClosed
        return line

    def begin_row(self) -> int:
        self.taken.clear()
        return self.next_number

    def take_back(self) -> None:
        """All lines of the present row but the first will come again."""
        again = self.taken[1:]
        self._again.extendleft(reversed(again))
        self.next_number -= len(again)
        self._ended = False

    def _skip_rest_of_line(self) -> None:
        while (rest := self._file.readline(MAX_LINE)) and rest[-1] not in "\r\n":
            pass


class CsvTable:
    def __init__(self, path: Path, encoding: str, delimiter: str = "", quoted: bool = True) -> None:
        """BadInput when there is no header that could be read; OSError when the file can't be."""
        self.total = path.stat().st_size
        self.expected_rows = self.total // _USUAL_BYTES_OF_A_ROW
        self._path = path
        self._raw = path.open("rb")
        try:
            delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter) or _find_delimiter(path, encoding, quoted)
            if len(delimiter) != 1 or delimiter in '\r\n"':
                raise BadInput("must be one character, or the word tab", "delimiter")
            self._text = TextIOWrapper(self._raw, encoding=encoding, errors=MARKED, newline="")
            self._lines = _Lines(self._text)
            self._reader = _split(self._lines, delimiter, quoted)
            self._records = self._read_records()
            self.columns = self._header(encoding)
        except BaseException:
            self.close()
            raise
        self.about = f"CSV in {encoding}, separated by {_SEPARATORS.get(delimiter, repr(delimiter))}"

    def chunks(self, size: int) -> Iterator[Chunk]:
        while True:
            chunk = Chunk()
            began = self._raw.tell()
            for record in islice(self._records, size):
                if isinstance(record, Fault):
                    chunk.faults.append(record)
                else:
                    chunk.lines.append(record[0])
                    chunk.rows.append(record[1])
                if self._raw.tell() - began > _CHUNK_BYTES:
                    break
            if not chunk:
                return
            chunk.done = self._raw.tell()
            yield chunk

    def close(self) -> None:
        self._raw.close()

    def _header(self, encoding: str) -> tuple[str, ...]:
        place = str(self._path)
        for record in self._records:
            if isinstance(record, Fault):
                raise BadInput(f"{record.reason}: is this a list?", f"{place}, line {record.line}")
            line, cells = record
            text = "".join(cells)
            if line == 1 and len(cells) <= 2 and _SEP_LINE.fullmatch(",".join(cells)):
                continue
            if _CONTROL.search(text):
                raise BadInput("is not text: a list must be CSV or XLSX", f"{place}, line {line}")
            if undecodable(text):
                raise BadInput(f"the header is not {encoding}: give the file's encoding", f"{place}, line {line}")
            return tuple(cell.strip(" \t\ufeff\xa0") for cell in cells)
        raise BadInput("is empty", place)

    def _read_records(self) -> Iterator[tuple[int, list[str]] | Fault]:
        lines = self._lines
        while True:
            number = lines.begin_row()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except _LineTooLong:
                yield Fault(
                    lines.next_number - 1, "", f"the line is longer than {MAX_LINE} characters", lines.taken[-1]
                )
                continue
            except (_QuoteNeverClosed, csv.Error):
                yield self._never_closed(number)
                continue
            if cells and cells[-1].endswith(_END):
                if not lines.taken:
                    return
                yield self._never_closed(number)
            elif not _blank(cells):
                yield number, cells

    def _never_closed(self, number: int) -> Fault:
        first = self._lines.taken[0]
        self._lines.take_back()
        return Fault(number, "", "a quote is opened in this row and not closed", first.rstrip("\r\n"))


def _blank(cells: list[str]) -> bool:
    text = "".join(cells)
    return not text or text.isspace()


def _split(lines: Iterable[str], delimiter: str, quoted: bool) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)


def _find_delimiter(path: Path, encoding: str, quoted: bool) -> str:
    """The separator that gives the header the most columns; of equals, the one more rows agree with."""
    with path.open(encoding=encoding, errors=MARKED, newline="") as file:
        sample = [line for line in (file.readline(MAX_LINE) for _ in range(20)) if line.strip()]
    if sample and (named := _SEP_LINE.fullmatch(sample[0])):
        return named[1]

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in _split(sample, delimiter, quoted)]
        except csv.Error:
            return 0, 0
        return (widths[0], widths.count(widths[0])) if widths else (0, 0)

    return max(_SEPARATORS, key=fit)
