"""Of what the sources say of an attribute, the value that counts, for many people at once.

**Formula.** A source weighs `w = min(trust, 0.99) * 0.5 ** (age / half-life)`; those that say the same support it by
`1 - product(1 - w)`, which orders as the sum of `-ln(1 - w)` does; the best supported value counts, of two equally
supported the one said last. That is the order of Dempster's rule for simple support functions (G. Shafer, A
Mathematical Theory of Evidence, 1976), whose other terms are the same for all values.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
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
from integrations.contact_db.schema import contact_attributes

Whose = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Whether a contact, by its id, is asked about."""
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


def told_of(
    fields: Collection[Field], now: datetime, which: Whose
) -> tuple[Sequence[FromClause], Mapping[str, ColumnElement[Any]]]:
    """Parts of a query, to be joined to contacts by `contact_id`, and each field's value in them, null when nobody told
    it. Most is told by one source alone, and read in one pass; only what several tell is weighed."""
    alone, weighed = _alone(fields, which), _weighed(fields, now, which)
    return (alone, weighed), {one.name: func.coalesce(weighed.c[one.name], alone.c[one.name]) for one in fields}


def _alone(fields: Collection[Field], which: Whose) -> FromClause:
    """Of each field any source's value, where one is of its type."""
    said = contact_attributes.c
    values = [_any(one, said.name, said.value).label(one.name) for one in fields]
    mine = (which(said.contact_id), said.name.in_([one.name for one in fields]))
    return select(said.contact_id, *values).where(*mine).group_by(said.contact_id).subquery("alone")


def _weighed(fields: Collection[Field], now: datetime, which: Whose) -> FromClause:
    """The values that count, of people of whom several sources tell one field."""
    said = contact_attributes.c
    mine = (which(said.contact_id), said.name.in_([one.name for one in fields]))
    of_several = select(said.contact_id).where(*mine).group_by(said.contact_id)
    of_several = of_several.having(func.count() > func.count(said.name.distinct()))
    side = (said.contact_id, said.name, func.lower(_text(said.value)))
    weight = _weight(fields, now)
    spoken = (
        select(
            *(said[name] for name in ("contact_id", "name", "value", "at", "source")),
            weight.label("weight"),
            func.sum(-func.ln(1 - weight)).over(partition_by=side).label("support"),
            func.max(said.at).over(partition_by=side).label("last"),
        )
        .where(*mine, said.contact_id.in_(of_several))
        .subquery("spoken")
    )
    order = (spoken.c.support.desc(), spoken.c.last.desc(), spoken.c.weight.desc(), spoken.c.at.desc(), spoken.c.source)
    best = [_read(one, _ranked(one, spoken, order)).label(one.name) for one in fields]
    return select(spoken.c.contact_id, *best).group_by(spoken.c.contact_id).subquery("weighed")


def _ranked(one: Field, spoken: FromClause, order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    mine = and_(spoken.c.name == one.name, *_well_typed(one, spoken.c.value))
    ranked = func.array_agg(aggregate_order_by(spoken.c.value, *order)).filter(mine)
    return type_coerce(ranked, ARRAY(JSONB))[1]


def _any(one: Field, name: ColumnElement[str], value: ColumnElement[Any]) -> ColumnElement[Any]:
    mine = and_(name == one.name, *_well_typed(one, value))
    match one.type:
        case ValueType.YES_NO:
            return func.bool_or(_read(one, value)).filter(mine)
        case ValueType.TEXTS:
            return type_coerce(func.array_agg(value).filter(mine), ARRAY(JSONB))[1]
        case _:
            return func.max(_read(one, value)).filter(mine)


def _weight(fields: Collection[Field], now: datetime) -> ColumnElement[float]:
    said = contact_attributes
    trust = func.least(said.c.trust, cast(MOST_TRUST, Double))
    ageing = {one.name: literal(one.half_life_days, Double) for one in fields if one.half_life_days}
    if not ageing:
        return trust
    half_life = case(ageing, value=said.c.name, else_=cast(None, Double))
    days = func.greatest(0.0, cast(func.extract("epoch", literal(now) - said.c.at), Double)) / _DAY_SECONDS
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
