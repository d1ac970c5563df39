"""Of what the sources say of an attribute, the value that counts, for many people at once.

**Formula.** A source weighs `w = min(trust, 0.99) * 0.5 ** (age / half-life)`; those that say the same support it by
`1 - product(1 - w)`, which orders as the sum of `-ln(1 - w)` does; the best supported value counts, of two equally
supported the one said last. That is the order of Dempster's rule for simple support functions (G. Shafer, A
Mathematical Theory of Evidence, 1976), whose other terms are the same for all values.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Double,
    Float,
    FromClause,
    Text,
    and_,
    case,
    cast,
    collate,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from dialer.domain.attributes import ValueType
from dialer.domain.condition import Field
from integrations.contact_db.schema import contact_attributes, contacts

MOST_TRUST = 0.99
_DAY_SECONDS = 86_400.0
_MOST_HALVINGS = 500.0
"""Beyond it a power of 0.5 can't be told from 0, and the server refuses to try."""
_JSON_TYPE = {
    ValueType.TEXT: "string",
    ValueType.NUMBER: "number",
    ValueType.YES_NO: "boolean",
    ValueType.DATE: "string",
    ValueType.TEXTS: "array",
}
_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def told_of(fields: Collection[Field], now: datetime) -> tuple[FromClause, Mapping[str, ColumnElement[Any]]]:
    """A part of a query, to be joined to a contact, and each field's value in it, null when nobody told it."""
    said = contact_attributes
    side = (said.c.name, func.lower(_text(said.c.value)))
    weight = _weight(fields, now)
    spoken = (
        select(
            said.c.name,
            said.c.value,
            said.c.at,
            said.c.source,
            weight.label("weight"),
            func.sum(-func.ln(1 - weight)).over(partition_by=side).label("support"),
            func.max(said.c.at).over(partition_by=side).label("last"),
        )
        .where(said.c.contact_id == contacts.c.id, said.c.name.in_([one.name for one in fields]))
        .correlate(contacts)
        .lateral("spoken")
    )
    order = (spoken.c.support.desc(), spoken.c.last.desc(), spoken.c.weight.desc(), spoken.c.at.desc(), spoken.c.source)
    best = {
        one.name: func.array_agg(aggregate_order_by(spoken.c.value, *order))
        .filter(and_(spoken.c.name == one.name, *_well_typed(one, spoken.c.value)))
        .label(f"all_{one.name}")
        for one in fields
    }
    told = select(*best.values()).lateral("told")
    return told, {one.name: _read(one, type_coerce(told.c[f"all_{one.name}"], ARRAY(JSONB))[1]) for one in fields}


def _weight(fields: Collection[Field], now: datetime) -> ColumnElement[float]:
    said = contact_attributes.c
    trust = func.least(said.trust, cast(MOST_TRUST, Double))
    ageing = {one.name: literal(one.half_life_days, Double) for one in fields if one.half_life_days}
    if not ageing:
        return trust
    half_life = case(ageing, value=said.name, else_=cast(None, Double))
    days = func.greatest(0.0, cast(func.extract("epoch", literal(now) - said.at), Double)) / _DAY_SECONDS
    halvings = func.least(func.coalesce(days / half_life, cast(0.0, Double)), cast(_MOST_HALVINGS, Double))
    return trust * func.power(cast(0.5, Double), halvings)


def _well_typed(one: Field, value: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    kind = func.jsonb_typeof(value) == _JSON_TYPE[one.type]
    return [kind, _text(value).regexp_match(_DATE)] if one.type is ValueType.DATE else [kind]


def _read(one: Field, value: ColumnElement[Any]) -> ColumnElement[Any]:
    match one.type:
        case ValueType.NUMBER:
            return cast(value, Float)
        case ValueType.YES_NO:
            return cast(value, Boolean)
        case ValueType.DATE:
            return collate(_text(value), "C")
        case ValueType.TEXT:
            return _text(value)
        case ValueType.TEXTS:
            return value


def _text(value: ColumnElement[Any]) -> ColumnElement[str]:
    """What a JSON text says, without its quotes."""
    return value.op("#>>", return_type=Text())(cast([], ARRAY(Text)))
