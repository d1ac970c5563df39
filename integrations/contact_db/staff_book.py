"""Who sits where, since when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId
from dialer.domain.staff import NOWHERE, Move, Seat, Stay
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import agents, staff_places

_STAYS = select(staff_places).order_by(staff_places.c.agent_id, staff_places.c.begins_at)
_LAST = text("""
SELECT DISTINCT ON (agent_id) agent_id, team, room, centre, begins_at, ends_at FROM staff_places
ORDER BY agent_id, begins_at DESC
""")
_LOCK = text("LOCK TABLE staff_places IN SHARE ROW EXCLUSIVE MODE")
_END = text("UPDATE staff_places SET ends_at = :at WHERE agent_id = :agent AND ends_at IS NULL")
_BEGIN = text("""
INSERT INTO staff_places (agent_id, begins_at, team, room, centre) VALUES (:agent, :at, :team, :room, :centre)
""")


class DatabaseStaffBook:
    """dialer.ports.day_report.StaffBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def stays(self, since: datetime, until: datetime) -> Sequence[Stay]:
        touching = _STAYS.where(
            staff_places.c.begins_at < until, or_(staff_places.c.ends_at.is_(None), staff_places.c.ends_at > since)
        )
        return [_stay(row) for row in await self._database.fetch(touching)]

    async def history(self, agent: AgentId) -> Sequence[Stay]:
        return [_stay(row) for row in await self._database.fetch(_STAYS.where(staff_places.c.agent_id == agent))]

    async def last(self) -> Mapping[AgentId, Stay]:
        return {AgentId(row.agent_id): _stay(row) for row in await self._database.fetch(_LAST)}

    async def move(self, moves: Sequence[Move]) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(_LOCK)
            enrolled = {row.id for row in await connection.execute(select(agents.c.id))}
            if strange := sorted({one.agent for one in moves} - enrolled):
                raise NotFound(f"agent {strange[0]} is not enrolled")
            last = {AgentId(row.agent_id): _stay(row) for row in await connection.execute(_LAST)}
            ends = {agent: stay.ends_at or stay.begins_at for agent, stay in last.items()}
            for one in sorted(moves, key=lambda move: move.at):
                await _moved(connection, one, ends)

        await self._database.run(work)


async def _moved(connection: AsyncConnection, move: Move, ends: dict[AgentId, datetime]) -> None:
    """`ends`: since when each agent is where it is, or is nowhere."""
    if move.agent in ends and move.at <= ends[move.agent]:
        raise Conflict(f"agent {move.agent} came to where it is, or left, at {ends[move.agent].isoformat()}")
    ends[move.agent] = move.at
    await connection.execute(_END, {"agent": move.agent, "at": move.at})
    if move.seat != NOWHERE:
        seat = {"team": move.seat.team, "room": move.seat.room, "centre": move.seat.centre}
        await connection.execute(_BEGIN, {"agent": move.agent, "at": move.at, **seat})


def _stay(row: Row[Any]) -> Stay:
    return Stay(AgentId(row.agent_id), Seat(row.team, row.room, row.centre), row.begins_at, row.ends_at)
