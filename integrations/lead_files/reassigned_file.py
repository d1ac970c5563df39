"""Files of what the reassigned numbers database answered: a number, a day and an answer a line, checked line by line.

The database (47 CFR 64.1200(m)) is asked whether a number was permanently disconnected since a day, which the day of
consent should be. Its answers are yes, no and "no data".
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from integrations.lead_files.list_lines import (
    NUMBER,
    BadLine,
    Batch,
    day_of,
    digits_of,
    line_by_line,
    value_of,
    without_header,
)
from integrations.lead_files.national_numbers import plan_of_region
from integrations.lead_files.text_blocks import TextBlocks

SINCE = "date"
ANSWER = "answer"
_COLUMNS = (NUMBER, SINCE, ANSWER)
_ANSWERS = {"yes": "t", "no": "f", "no data": ""}
"""As COPY takes them."""


class ReassignedFile:
    """One file of answers, to be read once."""

    def __init__(self, path: Path, latest: date, region: str) -> None:
        """`latest`: no question can have been about a later day. `region` (ISO 3166): of numbers without a country
        code.

        BadInput when the file can't be opened, is no text, or the region is none.
        """
        self._latest = latest
        self._plan = plan_of_region(region)
        self._text = TextBlocks(path)
        self.total = self._text.total
        """Bytes of the file."""

    def batches(self) -> Iterator[Batch]:
        """All lines, once. BadInput when the file is damaged, cut short, or can't be read to its end."""
        blocks = self._text.blocks()
        line, block = without_header(*next(blocks, (1, b"")))
        if block:
            yield self._batch(line, block)
        for line, block in blocks:
            yield self._batch(line, block)

    def close(self) -> None:
        self._text.close()

    def _batch(self, number: int, block: bytes) -> Batch:
        return line_by_line(number, block, self._row, self._text.done)

    def _row(self, line: str) -> str:
        cells = [value_of(cell) for cell in line.split(",")]
        if len(cells) < len(_COLUMNS):
            raise BadLine(_COLUMNS[len(cells)], "has no column")
        if len(cells) > len(_COLUMNS):
            raise BadLine(ANSWER, "is followed by a fourth column")
        number, since, answer = cells
        return f"+{digits_of(number, self._plan)},{day_of(since, SINCE, self._latest, 'answers')},{_answer(answer)}\n"


def _answer(value: str) -> str:
    known = _ANSWERS.get(value.lower())
    if known is None:
        raise BadLine(ANSWER, f"is none of {', '.join(_ANSWERS)}" if value else "is missing")
    return known
