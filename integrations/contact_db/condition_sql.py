"""Conditions as SQLAlchemy expressions about one row of `contacts`.

Whatever a condition names travels as a bound parameter. Every table is reached by the contact's id alone, so on a
distributed server each node answers for its own people.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Text, and_, cast, exists, false, func, not_, or_, select
from sqlalchemy import true as always

from dialer.domain.condition import (
    OPERATORS,
    All,
    AnyOf,
    Compared,
    Condition,
    Fact,
    Field,
    Happened,
    Has,
    IsKnown,
    Not,
    Within,
    fields_of,
    plain,
)
from dialer.domain.contact import Channel, Direction
from integrations.contact_db.attribute_value import told_of
from integrations.contact_db.schema import attempts, campaigns, contacts, dispositions, leads, products_held, touches

Columns = Mapping[str, ColumnElement[Any]]
_VOICE = (Channel.CALL, Channel.IVR)
"""Channels by which contacting somebody is an attempt."""


class Asked:
    """What a query needs to put conditions to people: where to read from, and each condition as an expression."""

    def __init__(self, conditions: Sequence[Condition], now: datetime, more: Collection[Field] = ()) -> None:
        wanted = {one.name: one for condition in conditions for one in fields_of(condition)}
        wanted |= {one.name: one for one in more}
        self.source: FromClause = contacts
        columns: dict[str, ColumnElement[Any]] = {"region": contacts.c.region, "time_zone": contacts.c.time_zone}
        told = [one for one in wanted.values() if not one.built_in]
        if told:
            lateral, values = told_of(told, now)
            self.source = self.source.join(lateral, always())
            columns |= values
        if "last_contact" in wanted:
            met = select(_last_contact()).lateral("met")
            self.source = self.source.join(met, always())
            columns["last_contact"] = met.c.last_contact
        self.columns: Columns = columns
        today = now.astimezone(UTC).date()
        self.holds: list[ColumnElement[bool]] = [_certain(compiled(one, columns, today)) for one in conditions]


def _certain(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """As a function, since `IS TRUE` binds tighter than a `NOT` before it."""
    return func.coalesce(condition, false())


def compiled(condition: Condition, columns: Columns, today: date) -> ColumnElement[bool]:
    """True, false or null, as dialer.domain.condition.matches says it."""
    match condition:
        case Not(part):
            return not_(compiled(part, columns, today))
        case All(parts):
            return and_(*(compiled(part, columns, today) for part in parts))
        case AnyOf(parts):
            return or_(*(compiled(part, columns, today) for part in parts))
        case Happened():
            return _happened(condition, today)
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


def _happened(asked: Happened, today: date) -> ColumnElement[bool]:
    match asked.fact:
        case Fact.HOLDS:
            return _exists(*held(today), *_of(products_held.c.product, asked.what))
        case Fact.BOUGHT:
            since = products_held.c.since
            first = [] if asked.days is None else [since >= today - timedelta(days=asked.days)]
            mine = products_held.c.contact_id == contacts.c.id
            return _exists(mine, *_of(products_held.c.product, asked.what), since <= today, *first)
        case Fact.CONTACTED:
            sent = _touched(Direction.OUTBOUND, asked, today)
            return or_(_attempted(asked, today), sent) if asked.what in {"", *_VOICE} else sent
        case Fact.CAME:
            return _touched(Direction.INBOUND, asked, today)
        case Fact.CLOSED:
            mine = dispositions.c.contact_id == contacts.c.id
            what = _of(dispositions.c.disposition, asked.what)
            return _exists(mine, *what, *_between(dispositions.c.at, asked, today))
        case Fact.LEAD:
            named = campaigns.c.id == leads.c.campaign_id
            return _exists(leads.c.contact_id == contacts.c.id, named, campaigns.c.name == asked.what)


def _exists(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*conditions).correlate(contacts)


def held(today: date) -> list[ColumnElement[bool]]:
    """Of `products_held`: the contact holds it on that day."""
    mine = products_held.c
    return [
        mine.contact_id == contacts.c.id,
        mine.since <= today,
        or_(mine.until.is_(None), mine.until > today),
    ]


def _touched(way: Direction, asked: Happened, today: date) -> ColumnElement[bool]:
    what = _of(touches.c.channel, asked.what)
    mine = touches.c.contact_id == contacts.c.id
    return _exists(mine, touches.c.direction == way.value, *what, *_between(touches.c.at, asked, today))


def _attempted(asked: Happened, today: date) -> ColumnElement[bool]:
    mine = attempts.c.contact_id == contacts.c.id
    prompt = attempts.c.prompt != ""
    which = {Channel.CALL: [~prompt], Channel.IVR: [prompt]}[Channel(asked.what)] if asked.what else []
    return _exists(mine, attempts.c.counts, *which, *_between(attempts.c.opened_at, asked, today))


def _of(column: ColumnElement[Any], what: str) -> list[ColumnElement[bool]]:
    return [column == what] if what else []


def _between(column: ColumnElement[Any], asked: Happened, today: date) -> list[ColumnElement[bool]]:
    ends = [column < _midnight(today + timedelta(days=1))]
    return ends if asked.days is None else [*ends, column >= _midnight(today - timedelta(days=asked.days))]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _last_contact() -> ColumnElement[Any]:
    called = select(func.max(attempts.c.opened_at)).where(attempts.c.contact_id == contacts.c.id, attempts.c.counts)
    met = select(func.max(touches.c.at)).where(touches.c.contact_id == contacts.c.id)
    times = (one.correlate(contacts).scalar_subquery() for one in (called, met))
    day = func.to_char(func.timezone("UTC", func.greatest(*times)), "YYYY-MM-DD")
    return cast(day, Text).collate("C").label("last_contact")
