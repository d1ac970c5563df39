"""Where the demo's agents sit: four teams in four rooms of two centres; one team changes rooms in mid-morning."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.contact_db.database import ContactDatabase

_TEAMS = ("Amber", "Birch", "Cedar", "Dune")
_MOVES_AFTER = timedelta(minutes=20)


async def seat_agents(database: "ContactDatabase", agents: int, now: datetime) -> None:
    """`now`: when the day begins; agents are numbered from 1001."""
    from dialer.domain.ids import AgentId  # noqa: PLC0415
    from dialer.domain.staff import Move, Seat  # noqa: PLC0415
    from integrations.contact_db.staff_book import DatabaseStaffBook  # noqa: PLC0415

    moves = []
    for number in range(agents):
        agent, team = AgentId(str(1001 + number)), number % len(_TEAMS)
        centre = ("Albany", "Buffalo")[team // 2]
        moves.append(Move(agent, Seat(_TEAMS[team], f"Room {team + 1}", centre), now - timedelta(days=30)))
        if team == 0:
            moves.append(Move(agent, Seat(_TEAMS[team], "Room 2", centre), now + _MOVES_AFTER))
    await DatabaseStaffBook(database).move(moves)
