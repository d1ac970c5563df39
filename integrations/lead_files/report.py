"""The report of what an import did not take: a CSV beside the list, there only when something was wrong."""

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkstemp
from typing import IO, Self

from dialer.domain.errors import BadInput
from integrations.lead_files.fault import Fault

HEADER = ("line", "column", "value", "reason", "row")
MAX_VALUE = 200
_FIRST_LINE = (",".join(HEADER) + "\r\n").encode("utf-8-sig")
_UNDECODABLE = re.compile("[\ud800-\udfff]")
_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "\u2421"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def default_report(file: Path) -> Path:
    return file.with_name(f"{file.name}.rejected.csv")


class Report:
    """Written beside its place and put there whole by `publish`; left before, nothing remains of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self.faults = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)

    def add(self, faults: Sequence[Fault]) -> None:
        """BadInput when the report can't be written."""
        if not faults:
            return
        try:
            if self._file is None:
                self._file = self._begin()
            csv.writer(self._file).writerows(map(_written, faults))
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error
        self.faults += len(faults)

    def _begin(self) -> IO[str]:
        descriptor, name = mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        os.close(descriptor)
        file = open(name, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115 closed by __exit__
        csv.writer(file).writerow(HEADER)
        return file

    def publish(self) -> Path | None:
        """Put the report in its place; without faults, take away that of an earlier import. None: there is none."""
        try:
            if self._file is not None:
                self._file.close()
                os.replace(self._file.name, self._path)
                return self._path
            if self._path.is_file() and self._path.read_bytes()[: len(_FIRST_LINE)] == _FIRST_LINE:
                self._path.unlink()
        except OSError as error:
            raise self._unwritable(error) from error
        return None

    def _unwritable(self, error: OSError) -> BadInput:
        return BadInput(
            f"the report can't be written ({error.strerror}): give another place, --report", str(self._path)
        )


def _written(fault: Fault) -> tuple[int, str, str, str, str]:
    row = "refused" if fault.refused else "taken without this value"
    return fault.line, _shown(fault.column), _shown(fault.value), fault.reason, row


def _shown(text: str) -> str:
    """A value of the file, made harmless: undecodable bytes and control characters visible, formulas as text."""
    short = text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
    plain = _UNDECODABLE.sub(lambda found: f"\\x{(ord(found[0]) - 0xDC00) & 0xFF:02x}", short).translate(_PICTURES)
    return f"'{plain}" if text.lstrip(" ").startswith(_FORMULA) else plain
