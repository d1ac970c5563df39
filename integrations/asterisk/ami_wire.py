"""AMI as bytes: one message read, one action written. Pure; what may be slow is done only for headers asked for."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from dialer.domain.errors import BadInput

END_OF_LINE = b"\r\n"
END_OF_MESSAGE = b"\r\n\r\n"
LINE_BYTES = 1024
"""Asterisk refuses a longer line, its end included (the `inbuf` of a session in main/manager.c)."""
HEADER_LINES = 128
"""Asterisk reads no more headers of an action (AST_MAX_MANHEADERS in include/asterisk/manager.h)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class RawEvent:
    """One event as it came; a header is looked for when it is asked for. Bytes that are not UTF-8 become U+FFFD."""

    __slots__ = ("_raw", "name")

    def __init__(self, name: str, raw: bytes) -> None:
        self.name = name
        self._raw = raw

    def get(self, header: str, default: str = "") -> str:
        """The first value of the header of exactly this name."""
        _, found, rest = self._raw.partition(_header_key(header))
        if found:
            return rest.partition(END_OF_LINE)[0].decode("utf-8", "replace")
        return self.name if header == "Event" else default

    def __contains__(self, header: str) -> bool:
        return header == "Event" or _header_key(header) in self._raw

    def items(self) -> Iterator[tuple[str, str]]:
        """Every header with its value, in order, repeated ones too."""
        return read_headers(self._raw)

    def __repr__(self) -> str:
        return f"<RawEvent {self.name}, {len(self._raw)} bytes>"


@lru_cache(maxsize=1024)
def _header_key(header: str) -> bytes:
    return f"\r\n{header}: ".encode()


def event_name(message: bytes) -> str:
    """The name in a message that begins with its Event header."""
    return str(message.partition(END_OF_LINE)[0][len(b"Event: ") :], "utf-8", "replace")


def read_headers(message: bytes) -> Iterator[tuple[str, str]]:
    for line in str(message, "utf-8", "replace").split("\r\n"):
        name, separator, value = line.partition(": ")
        if separator:
            yield name, value


def read_response(message: bytes) -> dict[str, str]:
    """Headers of a response; the values of a repeated one (Output) are joined by line feeds."""
    headers: dict[str, str] = {}
    for name, value in read_headers(message):
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    return headers


def write_action(headers: Sequence[tuple[str, str]]) -> bytes:
    """The action as Asterisk reads it. BadInput names the header that would break out of its line or not fit in it."""
    if len(headers) > HEADER_LINES:
        raise BadInput(f"{len(headers)} headers, Asterisk reads {HEADER_LINES}", headers[0][1])
    return b"".join(_line(name, value) for name, value in headers) + END_OF_LINE


def _line(name: str, value: str) -> bytes:
    place = name if name.isprintable() else ascii(name)
    if not name or ":" in name or _CONTROL.search(name):
        raise BadInput("no name of an AMI header", place)
    if _CONTROL.search(value):
        raise BadInput("holds a control character, which would begin another header", place)
    try:
        line = f"{name}: {value}\r\n".encode()
    except UnicodeEncodeError as error:
        raise BadInput("holds half a character, which UTF-8 can't write", place) from error
    if len(line) > LINE_BYTES:
        raise BadInput(f"is {len(line)} bytes long, Asterisk reads lines of {LINE_BYTES}", place)
    return line
