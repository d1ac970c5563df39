"""Files of evidence: written beside their place and then put there whole, for their owner's eyes alone."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any, Protocol

from dialer.commands.evidence.page import call_page
from dialer.commands.evidence.period_page import MOST_CALLS, call_line, period_bottom, period_top
from dialer.domain.errors import BadInput

_ENDINGS = (".json", ".html")


class Form(Protocol):
    """JSON or HTML; the calls of a period wait in a file, since what stands above them is known last."""

    def call(self, told: Mapping[str, Any]) -> str:
        """The file of one call."""

    def line(self, row: Mapping[str, Any], rule_set: int) -> str | None:
        """A call among those of a period; None: it is left out."""

    def top(self, told: Mapping[str, Any]) -> str: ...
    def bottom(self) -> str: ...


@dataclass(slots=True)
class Json:
    _lines: int = 0

    def call(self, told: Mapping[str, Any]) -> str:
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    def line(self, row: Mapping[str, Any], rule_set: int) -> str | None:
        kept = {name: value for name, value in row.items() if name != "rules"} | {"rule_set": rule_set or None}
        self._lines += 1
        return ("\n" if self._lines == 1 else ",\n") + json.dumps(kept, ensure_ascii=False)

    def top(self, told: Mapping[str, Any]) -> str:
        return json.dumps(told, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "calls": ['

    def bottom(self) -> str:
        return "\n]}\n"


@dataclass(slots=True)
class Page:
    _lines: int = 0

    def call(self, told: Mapping[str, Any]) -> str:
        return call_page(told)

    def line(self, row: Mapping[str, Any], rule_set: int) -> str | None:
        self._lines += 1
        return call_line(row, rule_set) if self._lines <= MOST_CALLS else None

    def top(self, told: Mapping[str, Any]) -> str:
        return period_top({**told, "cut": self._lines > MOST_CALLS})

    def bottom(self) -> str:
        return period_bottom()


def form_of(out: Path) -> Form:
    """By the file's ending. BadInput for any but .json and .html."""
    if out.suffix.lower() not in _ENDINGS:
        raise BadInput(f"must end in {' or '.join(_ENDINGS)}, which chooses the form", "--out")
    return Json() if out.suffix.lower() == ".json" else Page()


def check_free(out: Path, *, force: bool) -> None:
    """BadInput when there is such a file already, or no folder for it."""
    if out.is_dir():
        raise BadInput(f"{out} is a folder", "--out")
    if out.exists() and not force:
        raise BadInput(f"{out} exists already: name another, or overwrite it with --force", "--out")
    if not out.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {out.absolute().parent}", "--out")


@dataclass(slots=True)
class Waiting:
    """Lines that are kept on disk until what stands above them is known."""

    form: Form
    kept: IO[str]
    lines: int = field(default=0)

    def take(self, row: Mapping[str, Any], rule_set: int) -> None:
        self.lines += 1
        text = self.form.line(row, rule_set)
        if text is not None:
            self.kept.write(text)

    def pieces(self, told: Mapping[str, Any]) -> Iterator[str]:
        yield self.form.top(told)
        self.kept.seek(0)
        while piece := self.kept.read(1 << 20):
            yield piece
        yield self.form.bottom()


@contextmanager
def waiting(form: Form, out: Path) -> Iterator[Waiting]:
    """BadInput: nothing can be written there."""
    try:
        with TemporaryFile("w+", encoding="utf-8", newline="", dir=out.absolute().parent) as kept:
            yield Waiting(form, kept)
    except OSError as error:
        raise _unwritable(out, error) from error


def put(out: Path, pieces: Iterator[str]) -> str:
    """Write the file, all of it or nothing. Its SHA-256, hexadecimal; BadInput: it can't be written."""
    digest = sha256()
    try:
        with NamedTemporaryFile(dir=out.absolute().parent, prefix=f".{out.name}.", delete=False) as file:
            try:
                for piece in pieces:
                    data = piece.encode()
                    digest.update(data)
                    file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(out)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _unwritable(out, error) from error
    return digest.hexdigest()


def _unwritable(out: Path, error: OSError) -> BadInput:
    return BadInput(f"{out} can't be written: {error.strerror}", "--out")
