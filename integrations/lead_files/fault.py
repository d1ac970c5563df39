"""What is wrong with a row, and where."""

from typing import NamedTuple


class Fault(NamedTuple):
    """One reason why a row, or one of its values, is not taken."""

    line: int
    """Line of the file, or row of the sheet, counted from 1; where a row spans lines, its first."""
    column: str
    """The header over the value; empty when the row as a whole is meant."""
    reason: str
    """In words that follow "the value"."""
    value: str = ""
    refused: bool = True
    """False: the row was taken without this value."""

    def __repr__(self) -> str:
        return f"Fault(line={self.line}, column={self.column!r}, reason={self.reason!r})"
