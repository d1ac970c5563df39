"""Log lines on standard error, as text for people or as JSON for a log store; no telephone number leaves in full.

Our own code names attempts, agents and campaigns, never a number. What others' libraries say, and what an error quotes,
goes through the same mask.
"""

import logging
import re
import sys
from typing import IO, Literal

from pythonjsonlogger.json import JsonFormatter

Form = Literal["text", "json"]
_NUMBER = re.compile(r"(?<![\w.-])(\+[0-9]{2}|[0-9]{3})[0-9]{3,11}([0-9]{2})(?![\w-]|\.[0-9])", re.ASCII)
_DIGITS = 9
"""So many without a plus may be a number; fewer are a count, a port or a size."""
_ATTEMPT = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_QUIET = ("apscheduler", "alembic", "opentelemetry")


def masked(text: str) -> str:
    """The text with telephone numbers as `PhoneNumber` prints them: +12…43."""
    return _NUMBER.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    plain = not found[0].startswith("+") and len(found[0]) < _DIGITS
    return found[0] if plain else f"{found[1]}…{found[2]}"


class _Masking(logging.Formatter):
    """What another formatter writes, masked: message, fields and traceback alike."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The attempt that a message names becomes a field of its own, by which lines and traces are found."""
        named = _ATTEMPT.search(record.getMessage())
        if named is not None:
            record.attempt = named[0]
        return masked(self._inner.format(record))


def log_to(stream: IO[str] | None = None, *, form: Form = "text", level: str = "INFO") -> logging.Handler:
    """Have every logger write to the stream, or to standard error. Returns the handler, to take it away again."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(_Masking(_formatter(form)))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


def _formatter(form: Form) -> logging.Formatter:
    if form == "text":
        return logging.Formatter(_TEXT)
    return JsonFormatter(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="at",
        json_ensure_ascii=False,
    )
