"""Conditions as SQLAlchemy expressions about one row of `contacts`.

Whatever a condition names travels as a bound parameter. Every table is reached by the contact's id alone, so on a
distributed server each node answers for its own people.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, and_, false, func, not_, or_

from dialer.domain.condition import (
    OPERATORS,
    All,
    AnyOf,
    Compared,
    Condition,
    Field,
    Happened,
    Has,
    IsKnown,
    Not,
    Within,
    fields_of,
    happened_of,
    plain,
)
from integrations.contact_db.attribute_value import Whose, told_of
from integrations.contact_db.past_sql import Past
from integrations.contact_db.schema import contacts

Columns = Mapping[str, ColumnElement[Any]]


class Asked:
    """What a query needs to put conditions to people: where to read from, and each condition as an expression.

    Each table is read once, for the people asked about, and what conditions want of it is told apart there, a row a
    person: a few dozen segments cost little more than one.
    """

    def __init__(
        self, conditions: Sequence[Condition], now: datetime, which: Whose, more: Collection[Field] = ()
    ) -> None:
        """`which`: who is asked about; the query itself must say so of `contacts.id`, too."""
        today = now.astimezone(UTC).date()
        wanted = {one.name: one for condition in conditions for one in fields_of(condition)}
        wanted |= {one.name: one for one in more}
        happened = {one for condition in conditions for one in happened_of(condition)}
        self.source: FromClause = contacts
        columns: dict[str, ColumnElement[Any]] = {"region": contacts.c.region, "time_zone": contacts.c.time_zone}
        if told := [one for one in wanted.values() if not one.built_in]:
            parts, values = told_of(told, now, which)
            self._join(parts)
            columns |= values
        past = Past(happened, today, which, last_contact="last_contact" in wanted)
        self._join(past.parts)
        self.columns: Mapping[str, ColumnElement[Any]] = columns | past.columns
        self.holds: list[ColumnElement[bool]] = [
            _certain(compiled(one, self.columns, past.happened, today)) for one in conditions
        ]

    def _join(self, parts: Sequence[FromClause]) -> None:
        for part in parts:
            self.source = self.source.outerjoin(part, part.c.contact_id == contacts.c.id)


def _certain(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """As a function, since `IS TRUE` binds tighter than a `NOT` before it."""
    return func.coalesce(condition, false())


def compiled(
    condition: Condition, columns: Columns, happened: Mapping[Happened, ColumnElement[bool]], today: date
) -> ColumnElement[bool]:
    """True, false or null, as dialer.domain.condition.matches says it."""
    match condition:
        case Not(part):
            return not_(compiled(part, columns, happened, today))
        case All(parts):
            return and_(*(compiled(part, columns, happened, today) for part in parts))
        case AnyOf(parts):
            return or_(*(compiled(part, columns, happened, today) for part in parts))
        case Happened():
            return happened[condition]
        case _:
            return _said(condition, columns[condition.field.name], today)


def _said(condition: Compared | Within | Has | IsKnown, value: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    match condition:
        case Compared(_, op, literal):
            compared: ColumnElement[bool] = OPERATORS[op](value, plain(literal, today))
            return compared
        case Within(_, literals):
            return value.in_([plain(one, today) for one in literals])
        case Has(_, text):
            return value.op("?", is_comparison=True, return_type=Boolean())(text)
        case IsKnown():
            return value.is_not(None)
