"""Agents, and the log of their states."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql

from dialer.domain.agent import AgentState
from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentRecord
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import agent_states, agents

_LOGGED_IN = text("""
SELECT agents.id, last.campaign_id, last.state FROM agents CROSS JOIN LATERAL (
    SELECT campaign_id, state FROM agent_states WHERE agent_id = agents.id ORDER BY id DESC LIMIT 1
) AS last
WHERE last.state <> 'logged_out' AND last.campaign_id IS NOT NULL
""")


class DatabaseAgentBook:
    """dialer.ports.AgentBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def agents(self) -> list[AgentRecord]:
        rows = await self._database.fetch(select(agents).order_by(agents.c.id))
        return [AgentRecord(AgentId(row.id), row.name, ServerName(row.server)) for row in rows]

    async def enroll(self, agent: AgentRecord) -> None:
        row = {"name": agent.name, "server": agent.server}
        statement = postgresql.insert(agents).values(id=agent.id, **row)
        await self._database.fetch(statement.on_conflict_do_update(index_elements=["id"], set_=row))

    async def note_state(
        self, agent: AgentId, state: AgentState, campaign: CampaignId | None, at: datetime, reason: str
    ) -> None:
        """NotFound when the agent is not enrolled."""
        row = {"agent_id": agent, "campaign_id": campaign, "state": state.value, "at": at, "reason": reason}
        try:
            await self._database.fetch(insert(agent_states).values(row))
        except NotFound:
            raise NotFound(f"agent {agent} or campaign {campaign} is not known") from None

    async def logged_in(self) -> Mapping[AgentId, tuple[CampaignId, AgentState]]:
        rows = await self._database.fetch(_LOGGED_IN)
        return {AgentId(row.id): (CampaignId(row.campaign_id), AgentState(row.state)) for row in rows}
