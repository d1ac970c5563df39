"""What the demo's daily report tells of: four teams in two centres, of which one changes rooms in mid-morning, and
people in segments by where they live."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from integrations.contact_db.database import ContactDatabase

_TEAMS = ("Amber", "Birch", "Cedar", "Dune")
_MOVES_AFTER = timedelta(minutes=20)
_SEGMENTS = {"east": "America/New_York", "midwest": "America/Chicago", "west": "America/Los_Angeles"}


async def furnish(database: "ContactDatabase", agents: int, now: datetime) -> None:
    """`now`: when the day begins; agents are enrolled, and numbered from 1001."""
    from dialer.domain.ids import AgentId  # noqa: PLC0415
    from dialer.domain.staff import Move, Seat  # noqa: PLC0415
    from dialer.ports.segments import WrittenSegment  # noqa: PLC0415
    from integrations.contact_db.segment_book import DatabaseSegmentBook  # noqa: PLC0415
    from integrations.contact_db.staff_book import DatabaseStaffBook  # noqa: PLC0415

    moves = []
    for number in range(agents):
        agent, team = AgentId(str(1001 + number)), number % len(_TEAMS)
        centre = ("Albany", "Buffalo")[team // 2]
        moves.append(Move(agent, Seat(_TEAMS[team], f"Room {team + 1}", centre), now - timedelta(days=30)))
        if team == 0:
            moves.append(Move(agent, Seat(_TEAMS[team], "Room 5", centre), now + _MOVES_AFTER))
    await DatabaseStaffBook(database).move(moves)
    segments = [
        WrittenSegment(name, 10 * place, f'time_zone = "{zone}"')
        for place, (name, zone) in enumerate(_SEGMENTS.items(), 1)
    ]
    await DatabaseSegmentBook(database).put(segments, [], only=True)
