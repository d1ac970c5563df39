"""What the API, the screens and the demo read in the contact database.

Each question is one short statement: a long one would hold a snapshot, and slow every claim down.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import eq, ge, lt
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select, text, tuple_

from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_entry import add_lead
from integrations.contact_db.leases import status_of
from integrations.contact_db.schema import (
    attempts,
    call_backs,
    campaigns,
    contacts,
    dispositions,
    leads,
    outcomes,
)
from integrations.http_api.readings import AttemptFilter, AttemptLine, CallBackLine, LeadEntry, LeadLine

_status: ColumnElement[str] = literal_column(status_of("leads"))
_LEADS = (
    select(leads, _status.label("standing"), campaigns.c.name.label("campaign"), contacts.c.name)
    .join(campaigns, campaigns.c.id == leads.c.campaign_id)
    .join(contacts, contacts.c.id == leads.c.contact_id)
)
_agent_of_attempt = func.coalesce(outcomes.c.agent_id, attempts.c.reserved_for)
_ATTEMPTS = (
    select(
        attempts,
        campaigns.c.name.label("campaign"),
        _agent_of_attempt.label("agent"),
        *(outcomes.c[name] for name in ("outcome", "cause", "answered_at", "connected_at", "ended_at", "ring_seconds")),
        dispositions.c.disposition,
        dispositions.c.note,
    )
    .join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .outerjoin(outcomes, (outcomes.c.attempt_id == attempts.c.id) & (outcomes.c.contact_id == attempts.c.contact_id))
    .outerjoin(
        dispositions,
        (dispositions.c.attempt_id == attempts.c.id) & (dispositions.c.contact_id == attempts.c.contact_id),
    )
)
_CALL_BACKS = (
    select(call_backs, campaigns.c.name.label("campaign"))
    .join(campaigns, campaigns.c.id == call_backs.c.campaign_id)
    .join(leads, (leads.c.id == call_backs.c.lead_id) & (leads.c.contact_id == call_backs.c.contact_id))
    .where(leads.c.call_back_attempt == call_backs.c.attempt_id, call_backs.c.kept_at.is_(None))
)
_CANCEL = text("""
UPDATE leads SET call_back_at = NULL, call_back_agent = NULL, call_back_attempt = NULL,
    due_at = CASE WHEN reason = 'call-back' THEN :at ELSE leads.due_at END,
    reason = nullif(reason, 'call-back')
FROM call_backs
WHERE call_backs.attempt_id = :attempt AND call_backs.kept_at IS NULL AND leads.id = call_backs.lead_id
    AND leads.contact_id = call_backs.contact_id AND leads.call_back_attempt = call_backs.attempt_id
RETURNING leads.id
""")
_TOTALS = text("SELECT outcome, count(*) AS attempts FROM outcomes WHERE campaign_id = :campaign GROUP BY outcome")
_BY_ATTEMPT = text("""
SELECT attempts.id, outcomes.outcome, outcomes.agent_id
FROM attempts
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
WHERE attempts.campaign_id = :campaign
""")


async def totals(database: ContactDatabase, campaign: CampaignId) -> Mapping[Outcome, int]:
    """A campaign's closed attempts by outcome."""
    rows = await database.fetch(_TOTALS, {"campaign": campaign})
    return {Outcome(row.outcome): row.attempts for row in rows}


async def outcomes_by_attempt(
    database: ContactDatabase, campaign: CampaignId
) -> Mapping[AttemptId, tuple[Outcome | None, AgentId | None]]:
    """Each attempt's outcome (None: still open) and agent: a whole campaign at once, to compare call by call."""
    rows = await database.fetch(_BY_ATTEMPT, {"campaign": campaign})
    return {AttemptId(str(row.id)): (_outcome(row.outcome), _agent(row.agent_id)) for row in rows}


class DatabaseReadings:
    """integrations.http_api.readings.Readings on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def answers(self) -> None:
        await self._database.fetch(text("SELECT 1"))

    async def leads(
        self, campaign: CampaignId, status: LeadStatus | None, after: LeadId | None, limit: int
    ) -> Sequence[LeadLine]:
        statement = _LEADS.where(leads.c.campaign_id == campaign).order_by(leads.c.id).limit(limit)
        if status is not None:
            statement = statement.where(_status == status.value)
        if after is not None:
            statement = statement.where(leads.c.id > after)
        return [_lead(row) for row in await self._database.fetch(statement)]

    async def attempts(self, wanted: AttemptFilter, after: AttemptId | None, limit: int) -> Sequence[AttemptLine]:
        statement = _ATTEMPTS.where(*_conditions(wanted))
        if after is not None:
            last = select(attempts.c.opened_at, attempts.c.id).where(attempts.c.id == after)
            statement = statement.where(tuple_(attempts.c.opened_at, attempts.c.id) < last.scalar_subquery())
        latest_first = statement.order_by(attempts.c.opened_at.desc(), attempts.c.id.desc()).limit(limit)
        return [_attempt(row) for row in await self._database.fetch(latest_first)]

    async def attempt(self, attempt: AttemptId) -> AttemptLine:
        rows = await self._database.fetch(_ATTEMPTS.where(attempts.c.id == attempt))
        if not rows:
            raise NotFound(f"no attempt {attempt}")
        return _attempt(rows[0])

    async def call_backs(
        self, campaign: CampaignId | None, agent: AgentId | None, after: AttemptId | None, limit: int
    ) -> Sequence[CallBackLine]:
        statement = _call_backs_of(campaign, agent)
        if after is not None:
            last = select(call_backs.c.due_at, call_backs.c.attempt_id).where(call_backs.c.attempt_id == after)
            statement = statement.where(tuple_(call_backs.c.due_at, call_backs.c.attempt_id) > last.scalar_subquery())
        earliest_first = statement.order_by(call_backs.c.due_at, call_backs.c.attempt_id).limit(limit)
        return [_call_back(row) for row in await self._database.fetch(earliest_first)]

    async def cancel_call_back(self, attempt: AttemptId, at: datetime) -> None:
        if not await self._database.fetch(_CANCEL, {"attempt": attempt, "at": at}, repeatable=False):
            raise NotFound(f"no open call-back was promised in attempt {attempt}")

    async def add_lead(self, campaign: CampaignId, entry: LeadEntry, now: datetime) -> LeadId:
        """As the port says. NotFound when there is no such campaign."""
        return await add_lead(self._database, campaign, entry, now)


def _conditions(wanted: AttemptFilter) -> list[ColumnElement[bool]]:
    asked: list[tuple[ColumnElement[Any], Callable[[Any, Any], ColumnElement[bool]], object]] = [
        (attempts.c.campaign_id, eq, wanted.campaign),
        (_agent_of_attempt, eq, wanted.agent),
        (outcomes.c.outcome, eq, wanted.outcome),
        (dispositions.c.disposition, eq, wanted.disposition),
        (attempts.c.opened_at, ge, wanted.since),
        (attempts.c.opened_at, lt, wanted.until),
    ]
    return [compare(column, value) for column, compare, value in asked if value is not None]


def _call_backs_of(campaign: CampaignId | None, agent: AgentId | None) -> Select[Any]:
    statement = _CALL_BACKS
    if campaign is not None:
        statement = statement.where(call_backs.c.campaign_id == campaign)
    if agent is not None:
        statement = statement.where(call_backs.c.agent_id == agent)
    return statement


def _lead(row: Row[Any]) -> LeadLine:
    return LeadLine(
        id=LeadId(row.id),
        campaign=row.campaign,
        contact=ContactId(row.contact_id),
        name=row.name,
        status=LeadStatus(row.standing),
        score=row.score,
        attempts=row.attempts,
        reason=row.reason or "",
        due_at=row.due_at,
        call_back_at=row.call_back_at,
        call_back_agent=_agent(row.call_back_agent),
        disposition=_disposition(row.disposition),
        last_outcome=_outcome(row.last_outcome),
        last_attempt_at=row.last_attempt_at,
    )


def _attempt(row: Row[Any]) -> AttemptLine:
    return AttemptLine(
        id=AttemptId(str(row.id)),
        campaign=row.campaign,
        lead=LeadId(row.lead_id),
        contact=ContactId(row.contact_id),
        number=PhoneNumber(row.e164),
        server=row.server,
        opened_at=row.opened_at,
        verdict=row.verdict,
        agent=_agent(row.agent),
        outcome=_outcome(row.outcome),
        cause=row.cause,
        answered_at=row.answered_at,
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        ring_seconds=row.ring_seconds,
        disposition=_disposition(row.disposition),
        note=row.note or "",
    )


def _call_back(row: Row[Any]) -> CallBackLine:
    return CallBackLine(
        attempt=AttemptId(str(row.attempt_id)),
        campaign=row.campaign,
        lead=LeadId(row.lead_id),
        contact=ContactId(row.contact_id),
        due_at=row.due_at,
        agent=_agent(row.agent_id),
        made_at=row.made_at,
    )


def _outcome(outcome: str | None) -> Outcome | None:
    return Outcome(outcome) if outcome else None


def _agent(agent: str | None) -> AgentId | None:
    return AgentId(agent) if agent else None


def _disposition(disposition: str | None) -> Disposition | None:
    return Disposition(disposition) if disposition else None
