"""Agents, and the log of their states."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentNote, AgentRecord
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import agents

_NOTE = text("""
INSERT INTO agent_states (agent_id, campaign_id, state, at, reason)
SELECT agent_id, campaign_id, state, at, reason
FROM unnest(CAST(:agents AS text[]), CAST(:campaigns AS bigint[]), CAST(:states AS text[]),
    CAST(:ats AS timestamptz[]), CAST(:reasons AS text[]))
    WITH ORDINALITY AS note(agent_id, campaign_id, state, at, reason, place)
WHERE EXISTS (SELECT FROM agents WHERE agents.id = agent_id)
ORDER BY place
""")

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

    async def note_states(self, notes: Sequence[AgentNote]) -> None:
        """As the port says; notes of agents that are not enrolled are left out."""
        if not notes:
            return
        values = {
            "agents": [note.agent for note in notes],
            "campaigns": [note.campaign for note in notes],
            "states": [note.state.value for note in notes],
            "ats": [note.at for note in notes],
            "reasons": [note.reason for note in notes],
        }
        await self._database.fetch(_NOTE, values)

    async def logged_in(self) -> Mapping[AgentId, tuple[CampaignId, AgentState]]:
        rows = await self._database.fetch(_LOGGED_IN)
        return {AgentId(row.id): (CampaignId(row.campaign_id), AgentState(row.state)) for row in rows}
