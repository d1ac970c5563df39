"""Big text files, plain or packed by gzip or zip, in blocks of whole lines; never more than a block in memory."""

import zlib
from collections.abc import Iterator
from gzip import GzipFile
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile

from dialer.domain.errors import BadInput

BLOCK_BYTES = 1 << 20
_MAX_LINE_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DAMAGED = (EOFError, OSError, zlib.error, BadZipFile, NotImplementedError, RuntimeError)
"""What gzip and zipfile raise at files that are cut short, altered, locked, or packed in a way they don't know."""


class TextBlocks:
    """A file of lines, to be read once."""

    def __init__(self, path: Path) -> None:
        """BadInput when the file can't be opened, or is a zip of several."""
        self._path = path
        self._line = 1
        self._zip: ZipFile | None = None
        try:
            self.total = path.stat().st_size
            """Bytes of the file, as it is packed."""
            self._raw = path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from error
        self.packed = ""
        """How, for people; empty: it is not."""
        try:
            self._text = self._unpacked()
        except BaseException:
            self.close()
            raise

    @property
    def done(self) -> int:
        """How far the file is read, in bytes."""
        return self._raw.tell()

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """The number of a block's first line, from 1, and its lines; each ends with one line feed.

        BadInput when the file is damaged, cut short, no text, or can't be read to its end.
        """
        rest = b""
        first = True
        while data := self._read():
            if first:
                data, first = self._without_mark(data), False
            cut = data.rfind(b"\n") + 1
            if cut:
                yield self._next(rest + data[:cut])
                rest = data[cut:]
            else:
                rest += data
            if len(rest) > _MAX_LINE_BYTES:
                raise BadInput("has a line without an end: is this a list?", self._place)
        if rest:
            yield self._next(rest + b"\n")

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()
        self._raw.close()

    def _next(self, lines: bytes) -> tuple[int, bytes]:
        block = lines.replace(b"\r\n", b"\n")
        number = self._line
        self._line += block.count(b"\n")
        return number, block

    def _unpacked(self) -> IO[bytes] | GzipFile:
        head = self._raw.read(4)
        self._raw.seek(0)
        if head.startswith(b"\x1f\x8b"):
            self.packed = "gzip"
            return GzipFile(fileobj=self._raw)
        if head.startswith(b"PK"):
            self.packed = "zip"
            return self._only_member()
        return self._raw

    def _only_member(self) -> IO[bytes]:
        try:
            self._zip = ZipFile(self._raw)
            names = [one.filename for one in self._zip.infolist() if not one.is_dir()]
            names = [name for name in names if not name.startswith("__MACOSX/")]
            if len(names) == 1:
                return self._zip.open(names[0])
        except _DAMAGED as error:
            raise self._unreadable(error) from error
        raise BadInput(f"is a zip of {len(names)} files: unpack it, and import what is the list", str(self._path))

    def _read(self) -> bytes:
        try:
            return self._text.read(BLOCK_BYTES)
        except _DAMAGED as error:
            raise self._unreadable(error) from error

    def _without_mark(self, data: bytes) -> bytes:
        if data.startswith(_UTF16) or b"\0" in data:
            raise BadInput("is not plain text: save it as text in ASCII or UTF-8", str(self._path))
        return data.removeprefix(_BOM)

    @property
    def _place(self) -> str:
        return f"{self._path}, line {self._line}"

    def _unreadable(self, error: Exception) -> BadInput:
        if isinstance(error, EOFError):
            return BadInput("is cut short: fetch the file again", self._place)
        if isinstance(error, OSError) and error.strerror:
            return BadInput(f"can't be read: {error.strerror}", str(self._path))
        return BadInput(f"is damaged ({error}): fetch the file again", self._place)
