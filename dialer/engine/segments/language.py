"""The language of segments, read into conditions. docs/segments.md is its reference.

Lark reads it: small, without dependencies, kept since 2017, and its LALR parser takes time in proportion to the text
and tells line, column and what it expected. Python's own `ast` would have read what is no part of the language, too,
and told its errors in Python's words.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import accumulate
from typing import NoReturn

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from dialer.domain.attributes import Catalogue, ValueType
from dialer.domain.condition import (
    BUILT_IN,
    All,
    AnyOf,
    Compared,
    Condition,
    Day,
    Fact,
    Field,
    Happened,
    Has,
    IsKnown,
    Literal,
    Not,
    Op,
    Within,
)
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition
from dialer.engine.segments.literals import listed, read_day, read_span, read_text

MOST_CHARACTERS = 4000
MOST_DEPTH = 40
_NEGATIONS = re.compile(r"\bnot\b", re.IGNORECASE)

_GRAMMAR = r"""
start: any
?any: all (_OR all)*
?all: no (_AND no)*
?no: _NOT no -> negation
    | "(" any ")"
    | NAME OP value -> compared
    | NAME _IN "(" value ("," value)* ")" -> within
    | NAME _NOT _IN "(" value ("," value)* ")" -> without
    | NAME _HAS STRING -> has
    | _KNOWN "(" NAME ")" -> known
    | NAME -> flag
    | HOLDS STRING -> happened
    | BOUGHT STRING [span] -> happened
    | CONTACTED [_BY NAME] [span] -> happened
    | CAME [_BY NAME] [span] -> happened
    | CLOSED NAME [span] -> happened
    | LEAD _IN STRING -> happened
span: _WITHIN NUMBER UNIT
?value: STRING | NUMBER | DATE | YES | NO | day
day: TODAY | NUMBER UNIT AGO | _IN NUMBER UNIT

_OR.2: /or\b/i
_AND.2: /and\b/i
_NOT.2: /not\b/i
_IN.2: /in\b/i
_HAS.2: /has\b/i
_BY.2: /by\b/i
_WITHIN.2: /within\b/i
_KNOWN.2: /known\b/i
HOLDS.2: /holds\b/i
BOUGHT.2: /bought\b/i
CONTACTED.2: /contacted\b/i
CAME.2: /came\b/i
CLOSED.2: /closed\b/i
LEAD.2: /lead\b/i
YES.2: /(yes|true)\b/i
NO.2: /(no|false)\b/i
TODAY.2: /today\b/i
AGO.2: /ago\b/i
UNIT.2: /(day|week|year)s?\b/i
NAME: /[A-Za-z][A-Za-z0-9_]*/
OP: /!=|<=|>=|=|<|>/
DATE.3: /[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])/
NUMBER: /-?[0-9]+(\.[0-9]+)?(?![0-9A-Za-z_.])/
STRING: /"(\\.|[^"\\\n])*"/
%ignore /\s+/
%ignore /#[^\n]*/
"""

_WORDS = {
    "_OR": "or", "_AND": "and", "_NOT": "not", "_IN": "in", "_HAS": "has", "_BY": "by", "_WITHIN": "within",
    "_KNOWN": "known(...)", "TODAY": "today", "AGO": "ago", "UNIT": "days, weeks or years", "YES": "yes", "NO": "no",
    "NAME": "a name", "OP": "one of = != < <= > >=", "DATE": "a date like 2026-01-31", "NUMBER": "a number",
    "STRING": 'a text in "..."', "LPAR": "(", "RPAR": ")", "COMMA": ",", "$END": "the end",
}  # fmt: skip


class Language:
    """Reads expressions about the attributes of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._reader = _Reader(catalogue)

    def read(self, text: str) -> Condition:
        """BadInput names line and column, what stands there and what was expected."""
        if len(text) > MOST_CHARACTERS:
            raise BadInput(f"is longer than {MOST_CHARACTERS} characters")
        _check_depth(text)
        try:
            tree = _PARSER.parse(text)
            read: Condition = self._reader.transform(tree)
        except UnexpectedInput as error:
            raise _unexpected(error, text) from None
        except VisitError as error:
            if isinstance(error.orig_exc, BadInput):
                raise error.orig_exc from None
            raise
        return read

    @property
    def fields(self) -> Sequence[Field]:
        return tuple(self._reader.fields.values())


_PARSER = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)


class _Reader(Transformer[Token, Condition]):
    """One method a rule of the grammar."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._choices = {name: spec.choices for name, spec in catalogue.attributes.items()}
        self.fields: Mapping[str, Field] = {one.name: one for one in BUILT_IN} | {
            spec.name: Field(spec.name, spec.type, spec.half_life_days) for spec in catalogue.attributes.values()
        }

    def start(self, parts: list[Condition]) -> Condition:
        return parts[0]

    def any(self, parts: list[Condition]) -> Condition:
        return AnyOf(tuple(parts))

    def all(self, parts: list[Condition]) -> Condition:
        return All(tuple(parts))

    def negation(self, parts: list[Condition]) -> Condition:
        return Not(parts[0])

    def compared(self, parts: list[Token]) -> Condition:
        name, op, given = parts
        asked, value = self._field(name), self._literal(name, given)
        if asked.type is ValueType.TEXTS:
            _refuse(op, f'{name} is a list of texts: ask for one of them, like {name} has "tea"')
        if asked.type in (ValueType.TEXT, ValueType.YES_NO) and op not in ("=", "!="):
            _refuse(op, f"{name} is {_TYPES[asked.type]}: it can be compared by = and != alone")
        return Compared(asked, Op(op), value)

    def within(self, parts: list[Token]) -> Condition:
        name, *given = parts
        asked = self._field(name)
        if asked.type is ValueType.TEXTS:
            _refuse(name, f'{name} is a list of texts: ask for one of them, like {name} has "tea"')
        return Within(asked, tuple(self._literal(name, one) for one in given))

    def without(self, parts: list[Token]) -> Condition:
        return Not(self.within(parts))

    def has(self, parts: list[Token]) -> Condition:
        name, given = parts
        asked = self._field(name)
        if asked.type is not ValueType.TEXTS:
            _refuse(name, f"{name} is {_TYPES[asked.type]}, no list of texts: compare it by =")
        self._check_choice(name, given, read_text(given))
        return Has(asked, read_text(given))

    def known(self, parts: list[Token]) -> Condition:
        return IsKnown(self._field(parts[0]))

    def flag(self, parts: list[Token]) -> Condition:
        asked = self._field(parts[0])
        if asked.type is not ValueType.YES_NO:
            _refuse(parts[0], f"{asked.name} is {_TYPES[asked.type]}: compare it with {_LIKE[asked.type]}")
        return Compared(asked, Op.EQUAL, True)

    def happened(self, parts: list[Token | int | None]) -> Condition:
        first, what, days = (*parts, None)[:3] if len(parts) < 3 else parts
        fact = Fact(str(first).lower())
        said = "" if not isinstance(what, Token) else read_text(what) if what.type == "STRING" else str(what).lower()
        if isinstance(what, Token) and fact in (Fact.CONTACTED, Fact.CAME, Fact.CLOSED):
            kinds = list(Disposition) if fact is Fact.CLOSED else list(Channel)
            if said not in kinds:
                _refuse(what, f"{what} must be one of {', '.join(kinds)}{_nearest(said, kinds)}")
        return Happened(fact, said, days if isinstance(days, int) else None)

    def span(self, parts: list[Token]) -> int:
        return read_span(*parts)

    def day(self, parts: list[Token]) -> Token:
        return Token.new_borrow_pos("DAY", read_day(parts), parts[0])

    def _field(self, name: Token) -> Field:
        found = self.fields.get(name)
        if found is None:
            near = _nearest(str(name).lower(), list(self.fields))
            _refuse(name, f"there is no attribute {name}{near}; see dialer contacts catalogue")
        return found

    def _literal(self, name: Token, given: Token) -> Literal:
        asked = self._field(name)
        if given.type not in _TAKES[asked.type]:
            _refuse(given, f"{name} is {_TYPES[asked.type]}: compare it with {_LIKE[asked.type]}")
        match asked.type:
            case ValueType.NUMBER:
                return float(given)
            case ValueType.YES_NO:
                return given.type == "YES"
            case ValueType.DATE:
                return _day_of(given)
        text = read_text(given)
        self._check_choice(name, given, text)
        return text

    def _check_choice(self, name: Token, given: Token, text: str) -> None:
        choices = self._choices.get(name, ())
        if choices and text not in choices:
            _refuse(given, f"{name} is never {given}: it is one of {', '.join(choices)}{_nearest(text, choices)}")


_TYPES = {
    ValueType.TEXT: "a text",
    ValueType.NUMBER: "a number",
    ValueType.YES_NO: "yes or no",
    ValueType.DATE: "a date",
    ValueType.TEXTS: "a list of texts",
}
_LIKE = {
    ValueType.TEXT: 'a text like "gold"',
    ValueType.NUMBER: "a number like 100",
    ValueType.YES_NO: "yes or no",
    ValueType.DATE: "2026-01-31, today, 30 days ago or in 30 days",
    ValueType.TEXTS: 'a text like "tea"',
}
_TAKES = {
    ValueType.TEXT: {"STRING"},
    ValueType.NUMBER: {"NUMBER"},
    ValueType.YES_NO: {"YES", "NO"},
    ValueType.DATE: {"DATE", "DAY"},
    ValueType.TEXTS: {"STRING"},
}


def _day_of(given: Token) -> Day:
    written: object = given.value
    if isinstance(written, Day):
        return written
    return read_day([given])


def _refuse(at: Token, reason: str) -> NoReturn:
    raise BadInput(f"line {at.line}, column {at.column}: {reason}")


def _nearest(name: str, known: Sequence[str]) -> str:
    found = get_close_matches(name, known, 1, 0.5)
    return f": did you mean {found[0]}?" if found else ""


def _check_depth(text: str) -> None:
    """So that the trees that are walked recursively stay shallow."""
    opened = accumulate({"(": 1, ")": -1}.get(one, 0) for one in text)
    if max(opened, default=0) > MOST_DEPTH or len(_NEGATIONS.findall(text)) > 2 * MOST_DEPTH:
        raise BadInput(f"nests deeper than {MOST_DEPTH}: split it into several segments")


def _unexpected(error: UnexpectedInput, text: str) -> BadInput:
    if isinstance(error, UnexpectedToken):
        ended = error.token.type == "$END"
        stands, wanted = "the end" if ended else str(error.token), error.accepts or error.expected
        line, column = _end_of(text) if ended else (error.line, error.column)
    else:
        assert isinstance(error, UnexpectedCharacters)
        stands, wanted = text[error.pos_in_stream or 0][:1], error.allowed or set()
        line, column = error.line, error.column
    place = f"line {line}, column {column}"
    if stands == '"':
        return BadInput(f"{place}: the text that begins here has no end")
    words = sorted({_WORDS.get(one, one.lower()) for one in wanted})
    return BadInput(f"{place}: {stands} is not expected here; expected {listed(words)}")


def _end_of(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
