"""Texts, days and spans as they are written in expressions."""

import re
from collections.abc import Sequence
from datetime import date

from lark import Token

from dialer.domain.condition import Day
from dialer.domain.errors import BadInput

_ESCAPED = re.compile(r"\\(.)")
_DAYS = {"day": 1, "week": 7}
_MOST_DAYS = 36_500


def read_text(given: Token) -> str:
    text = _ESCAPED.sub(r"\1", given[1:-1])
    if "\0" in text:
        raise BadInput(f"line {given.line}, column {given.column}: a text can't hold the character 0")
    return text


def read_span(number: Token, unit: Token) -> int:
    """Days."""
    word = unit.lower().rstrip("s")
    days = _whole(number) * (365 if word == "year" else _DAYS[word])
    if not 0 <= days <= _MOST_DAYS:
        raise BadInput(f"line {number.line}, column {number.column}: must be 0 to 100 years")
    return days


def read_day(parts: Sequence[Token]) -> Day:
    """`2026-01-31`, `today`, `30 days ago`, `in 2 years`."""
    if len(parts) == 1:
        return Day() if parts[0].type == "TODAY" else Day(_date(parts[0]))
    read_span(parts[0], parts[1])
    way = -1 if len(parts) == 3 else 1
    amount, unit = way * _whole(parts[0]), parts[1].lower().rstrip("s")
    return Day(years=amount) if unit == "year" else Day(days=amount * _DAYS[unit])


def listed(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _whole(number: Token) -> int:
    try:
        return int(number)
    except ValueError:
        raise BadInput(f"line {number.line}, column {number.column}: {number} must be whole") from None


def _date(given: Token) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise BadInput(f"line {given.line}, column {given.column}: {given} is no day of the calendar") from None
