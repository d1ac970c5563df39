"""What happened to people, as SQLAlchemy expressions: each table read once, and summed up in a row a person."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, Text, and_, cast, false, func, not_, or_, select, true

from dialer.domain.condition import Fact, Happened
from dialer.domain.contact import Channel, Direction
from integrations.contact_db.attribute_value import Whose
from integrations.contact_db.schema import attempts, campaigns, contacts, dispositions, leads, products_held, touches

_TABLES: Mapping[Fact, Sequence[Table]] = {
    Fact.HOLDS: (products_held,),
    Fact.BOUGHT: (products_held,),
    Fact.CONTACTED: (touches, attempts),
    Fact.CAME: (touches,),
    Fact.CLOSED: (dispositions,),
    Fact.LEAD: (leads,),
}


class Past:
    """Parts of a query, to be joined to contacts by `contact_id`, and what they say of each thing asked for."""

    def __init__(self, asked: Collection[Happened], today: date, which: Whose, *, last_contact: bool) -> None:
        self.parts: list[FromClause] = []
        self.columns: dict[str, ColumnElement[Any]] = {}
        """By the fields that they are the values of."""
        found: dict[Happened, list[ColumnElement[bool]]] = {one: [] for one in asked}
        lasts: list[ColumnElement[datetime]] = []
        for table in dict.fromkeys([*(t for one in asked for t in _TABLES[one.fact]), *(_MET if last_contact else ())]):
            mine = {one: f"happened_{place}" for place, one in enumerate(found) if _speaks_of(table, one)}
            columns = [func.bool_or(_is_so(table, one, today)).label(name) for one, name in mine.items()]
            last = [_last_in(table)] if last_contact and table in _MET else []
            part = _summed(table, [*columns, *last], which, asked)
            self.parts.append(part)
            for one, name in mine.items():
                found[one].append(func.coalesce(part.c[name], false()))
            lasts += [part.c.last for _ in last]
        self.happened = {one: or_(*sides) for one, sides in found.items()}
        if lasts:
            day = func.to_char(func.timezone("UTC", func.greatest(*lasts)), "YYYY-MM-DD")
            self.columns["last_contact"] = cast(day, Text).collate("C")


_MET = (attempts, touches)
_VOICE = (Channel.CALL, Channel.IVR)
"""Channels by which contacting somebody is an attempt."""


def _speaks_of(table: Table, asked: Happened) -> bool:
    """Of contacts by us, calls and prompts are attempts or told by others; all else is told by others."""
    return table in _TABLES[asked.fact] and (table is not attempts or asked.what in {"", *_VOICE})


def _summed(
    table: Table, columns: Sequence[ColumnElement[Any]], which: Whose, asked: Collection[Happened]
) -> FromClause:
    source: FromClause = table
    where = [which(table.c.contact_id)]
    if table is leads:
        source = leads.join(campaigns, campaigns.c.id == leads.c.campaign_id)
        where.append(campaigns.c.name.in_([one.what for one in asked if one.fact is Fact.LEAD]))
    summed = select(table.c.contact_id, *columns).select_from(source).where(*where)
    return summed.group_by(table.c.contact_id).subquery(f"past_{table.name}")


def _is_so(table: Table, asked: Happened, today: date) -> ColumnElement[bool]:
    """Whether a row of the table says it."""
    match asked.fact:
        case Fact.HOLDS:
            return and_(*_of(products_held.c.product, asked.what), _on(today))
        case Fact.BOUGHT:
            since = products_held.c.since
            first = [] if asked.days is None else [since >= today - timedelta(days=asked.days)]
            return and_(*_of(products_held.c.product, asked.what), since <= today, *first)
        case Fact.CONTACTED if table is attempts:
            prompt = attempts.c.prompt != ""
            voice = {Channel.CALL: [not_(prompt)], Channel.IVR: [prompt]}[Channel(asked.what)] if asked.what else []
            return and_(attempts.c.counts, *voice, *_between(attempts.c.opened_at, asked, today))
        case Fact.CONTACTED | Fact.CAME:
            way = Direction.OUTBOUND if asked.fact is Fact.CONTACTED else Direction.INBOUND
            what = _of(touches.c.channel, asked.what)
            return and_(touches.c.direction == way.value, *what, *_between(touches.c.at, asked, today))
        case Fact.CLOSED:
            return and_(*_of(dispositions.c.disposition, asked.what), *_between(dispositions.c.at, asked, today))
        case Fact.LEAD:
            return and_(true(), *_of(campaigns.c.name, asked.what))


def held(today: date) -> list[ColumnElement[bool]]:
    """Of `products_held`: the contact holds it on that day."""
    return [products_held.c.contact_id == contacts.c.id, _on(today)]


def _on(today: date) -> ColumnElement[bool]:
    until = products_held.c.until
    return and_(products_held.c.since <= today, or_(until.is_(None), until > today))


def _last_in(table: Table) -> ColumnElement[datetime]:
    if table is attempts:
        return func.max(attempts.c.opened_at).filter(attempts.c.counts).label("last")
    return func.max(touches.c.at).label("last")


def _of(column: ColumnElement[Any], what: str) -> list[ColumnElement[bool]]:
    return [column == what] if what else []


def _between(column: ColumnElement[Any], asked: Happened, today: date) -> list[ColumnElement[bool]]:
    ends = [column < _midnight(today + timedelta(days=1))]
    return ends if asked.days is None else [*ends, column >= _midnight(today - timedelta(days=asked.days))]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
