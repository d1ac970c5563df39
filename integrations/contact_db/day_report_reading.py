"""What a daily report counts. Every statement is about some hours at most and stands in a transaction of its own: a
long one would hold a snapshot, and slow every claim down."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.agent import AgentState
from dialer.domain.condition import Condition
from dialer.domain.effect import Brought
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition, Outcome
from dialer.ports.day_report import ClosedCalls, EndedCalls, StateTime
from integrations.contact_db.condition_sql import Asked
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.effect_reading import answered_then, answers_brought

# One core and no more: the others are for claims. Sorting an hour's rows in memory is twice as fast as on disk.
_CALM = text("""
SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true)
""")
_NAMES = text("SELECT id, name FROM agents")
_ENDED = text("""
SELECT campaigns.name AS campaign, agent_id, outcome, calls, talk FROM (
    SELECT campaign_id, agent_id, outcome, count(*) AS calls, sum(ended_at - connected_at) AS talk
    FROM outcomes WHERE ended_at >= :since AND ended_at < :until
    GROUP BY campaign_id, agent_id, outcome
) AS ended JOIN campaigns ON campaigns.id = ended.campaign_id
""")
# Only calls that an agent took are looked up among dispositions, of which a year's lie there, too.
_CLOSED = text("""
SELECT campaigns.name AS campaign, agent_id, disposition, calls FROM (
    SELECT outcomes.campaign_id, outcomes.agent_id, dispositions.disposition, count(*) AS calls
    FROM outcomes JOIN dispositions
        ON dispositions.attempt_id = outcomes.attempt_id AND dispositions.contact_id = outcomes.contact_id
    WHERE outcomes.ended_at >= :since AND outcomes.ended_at < :until AND outcomes.agent_id IS NOT NULL
    GROUP BY outcomes.campaign_id, outcomes.agent_id, dispositions.disposition
) AS closed JOIN campaigns ON campaigns.id = closed.campaign_id
""")
# Ids follow times but for a few rows that were written late; so the last before a moment is found without reading
# all that came after it.
_STATES = text("""
WITH border AS MATERIALIZED (
    SELECT max(id) AS id FROM (SELECT id FROM agent_states WHERE at < :at ORDER BY at DESC LIMIT 1000) AS near
)
SELECT agents.id AS agent_id, last.state FROM agents CROSS JOIN LATERAL (
    SELECT state FROM agent_states
    WHERE agent_id = agents.id AND id <= (SELECT id FROM border) AND at < :at ORDER BY id DESC LIMIT 1
) AS last
WHERE last.state <> 'logged_out'
""")
_WORKED = text("""
SELECT agent_id, state, sum(until - at) AS time, min(at) AS first_at, max(at) FILTER (WHERE until IS NULL) AS last_at
FROM (
    SELECT agent_id, state, at, lead(at) OVER (PARTITION BY agent_id ORDER BY at, id) AS until
    FROM agent_states WHERE at >= :since AND at < :until
) AS stretches
GROUP BY agent_id, state
""")


class DatabaseDayReading:
    """dialer.ports.day_report.DayReading on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def _asked(self, statement: Executable, **values: object) -> Sequence[Row[Any]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            await connection.execute(_CALM)
            return (await connection.execute(statement, values)).all()

        return await self._database.run(work, repeatable=True)

    async def names(self) -> Mapping[AgentId, str]:
        return {AgentId(row.id): row.name for row in await self._database.fetch(_NAMES)}

    async def ended(self, since: datetime, until: datetime) -> Sequence[EndedCalls]:
        return [_ended(row) for row in await self._asked(_ENDED, since=since, until=until)]

    async def closed(self, since: datetime, until: datetime) -> Sequence[ClosedCalls]:
        rows = await self._asked(_CLOSED, since=since, until=until)
        return [
            ClosedCalls(row.campaign, AgentId(row.agent_id), Disposition(row.disposition), row.calls) for row in rows
        ]

    async def states(self, at: datetime) -> Mapping[AgentId, AgentState]:
        rows = await self._database.fetch(_STATES, {"at": at})
        return {AgentId(row.agent_id): AgentState(row.state) for row in rows}

    async def worked(self, since: datetime, until: datetime) -> Sequence[StateTime]:
        return [_worked(row) for row in await self._asked(_WORKED, since=since, until=until)]

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, until: datetime, now: datetime
    ) -> Sequence[Brought]:
        asked = Asked(conditions, now, lambda contact: answered_then(contact, since, until))
        rows = await self._asked(answers_brought(asked, since, until))
        return [
            Brought(tuple(row.pattern), row.campaign, row.offer, int(row.answers), int(row.answers), int(row.sales))
            for row in rows
        ]


def _ended(row: Row[Any]) -> EndedCalls:
    agent = AgentId(row.agent_id) if row.agent_id else None
    talk = row.talk.total_seconds() if row.talk is not None else 0.0
    return EndedCalls(row.campaign, agent, Outcome(row.outcome), row.calls, talk)


def _worked(row: Row[Any]) -> StateTime:
    seconds = row.time.total_seconds() if row.time is not None else 0.0
    return StateTime(AgentId(row.agent_id), AgentState(row.state), seconds, row.first_at, row.last_at)
