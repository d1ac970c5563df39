"""What calls brought, counted by the segments that people fit."""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select
from sqlalchemy import true as always
from sqlalchemy.dialects.postgresql import array

from dialer.domain.outcome import Disposition
from integrations.contact_db.condition_sql import Asked
from integrations.contact_db.schema import attempts, campaigns, contacts, dispositions, outcomes


def calls_brought(asked: Asked, since: datetime, *who: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    """Calls, answers and sales since then of people `who`, a row a campaign and pattern of segments."""
    ended = and_(outcomes.c.attempt_id == attempts.c.id, outcomes.c.contact_id == attempts.c.contact_id)
    closed = and_(dispositions.c.attempt_id == attempts.c.id, dispositions.c.contact_id == attempts.c.contact_id)
    calls = (
        select(
            attempts.c.campaign_id,
            func.count().label("calls"),
            func.count(outcomes.c.connected_at).label("answers"),
            func.count().filter(dispositions.c.disposition == Disposition.SALE.value).label("sales"),
        )
        .select_from(attempts.join(outcomes, ended).outerjoin(dispositions, closed))
        .where(attempts.c.contact_id == contacts.c.id, attempts.c.counts, attempts.c.opened_at >= since)
        .group_by(attempts.c.campaign_id)
        .lateral("calls")
    )
    seen = (
        select(array(asked.holds).label("pattern"), calls)
        .select_from(asked.source.join(calls, always()))
        .where(*who)
        .subquery("seen")
    )
    sums = [func.sum(seen.c[name]).label(name) for name in ("calls", "answers", "sales")]
    offer = func.coalesce(func.nullif(campaigns.c.product, ""), campaigns.c.offer).label("offer")
    by = (seen.c.pattern, campaigns.c.name.label("campaign"), offer)
    return select(*by, *sums).join(campaigns, campaigns.c.id == seen.c.campaign_id).group_by(*by)


def answered_then(contact: ColumnElement[int], since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether an agent took a call with this contact that ended within that time."""
    taken = outcomes.alias("taken")
    return contact.in_(select(taken.c.contact_id).where(*_taken(taken, since, until)))


def answers_brought(asked: Asked, since: datetime, until: datetime) -> Select[*tuple[object, ...]]:
    """Answers and sales of calls that agents took and that ended within that time, a row a campaign and pattern of
    segments."""
    closed = and_(
        dispositions.c.attempt_id == outcomes.c.attempt_id, dispositions.c.contact_id == outcomes.c.contact_id
    )
    calls = (
        select(
            outcomes.c.contact_id,
            outcomes.c.campaign_id,
            func.count().label("answers"),
            func.count().filter(dispositions.c.disposition == Disposition.SALE.value).label("sales"),
        )
        .select_from(outcomes.outerjoin(dispositions, closed))
        .where(*_taken(outcomes, since, until))
        .group_by(outcomes.c.contact_id, outcomes.c.campaign_id)
        .subquery("calls")
    )
    seen = (
        select(array(asked.holds).label("pattern"), calls.c.campaign_id, calls.c.answers, calls.c.sales)
        .select_from(asked.source.join(calls, calls.c.contact_id == contacts.c.id))
        .subquery("seen")
    )
    sums = [func.sum(seen.c[name]).label(name) for name in ("answers", "sales")]
    offer = func.coalesce(func.nullif(campaigns.c.product, ""), campaigns.c.offer).label("offer")
    by = (seen.c.pattern, campaigns.c.name.label("campaign"), offer)
    return select(*by, *sums).join(campaigns, campaigns.c.id == seen.c.campaign_id).group_by(*by)


def _taken(table: FromClause, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [table.c.ended_at >= since, table.c.ended_at < until, table.c.agent_id.is_not(None)]
