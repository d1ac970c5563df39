"""Lists of who sits where: an agent a row, CSV or XLSX."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId
from dialer.domain.staff import Move, Seat, Stay, moves_needed
from integrations.lead_files.fault import Fault
from integrations.lead_files.table import open_table

COLUMNS = ("agent", "team", "room", "centre", "from")
_NEEDED = ("agent", "team")
_LONGEST = 80
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class StaffRow:
    line: int
    move: Move


def read_staff(file: Path, zone: ZoneInfo, today: date) -> tuple[list[StaffRow], list[Fault]]:
    """`zone`: of times that name none. `today`: from when a row counts that does not say. BadInput: the file can't be
    read, or lacks a column."""
    rows: list[StaffRow] = []
    faults: list[Fault] = []
    with closing(open_table(file)) as table:
        places = _places(file, table.columns)
        for chunk in table.chunks(_ROWS):
            faults += chunk.faults
            for line, cells in zip(chunk.lines, chunk.rows, strict=True):
                found = _row(line, {name: _cell(cells, place) for name, place in places.items()}, zone, today)
                if isinstance(found, Fault):
                    faults.append(found)
                else:
                    rows.append(found)
    return rows, faults


def moves_of(
    rows: Sequence[StaffRow], enrolled: Collection[AgentId], last: Mapping[AgentId, Stay]
) -> tuple[list[Move], list[Fault]]:
    """What changes, and which rows can't be taken."""
    known = [row for row in rows if row.move.agent in enrolled]
    faults = [
        Fault(row.line, "agent", "is not enrolled: dialer agents enroll", row.move.agent)
        for row in rows
        if row.move.agent not in enrolled
    ]
    moves, late = moves_needed(last, [row.move for row in known])
    faults += [
        Fault(known[number].line, error.place, error.reason, known[number].move.at.isoformat())
        for number, error in late
    ]
    return moves, sorted(faults)


def _places(file: Path, columns: Sequence[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in columns]
    for name in names:
        if name in COLUMNS and names.count(name) > 1:
            raise BadInput(f"there are two columns {name}", str(file))
    if missing := [name for name in _NEEDED if name not in names]:
        raise BadInput(f"has no column {missing[0]}; it may have {', '.join(COLUMNS)}", str(file))
    if strange := [name for name in names if name and name not in COLUMNS]:
        raise BadInput(f"column {strange[0]!r} is none of {', '.join(COLUMNS)}", str(file))
    return {name: names.index(name) for name in COLUMNS if name in names}


def _cell(cells: Sequence[str], place: int) -> str:
    return " ".join(cells[place].split()) if place < len(cells) else ""


def _row(line: int, values: Mapping[str, str], zone: ZoneInfo, today: date) -> StaffRow | Fault:
    for name, value in values.items():
        if len(value) > _LONGEST:
            return Fault(line, name, f"has more than {_LONGEST} characters", value)
        if not value.isprintable():
            return Fault(line, name, "has characters that can't be printed, or is in another encoding", value)
    if not values["agent"]:
        return Fault(line, "agent", "is missing")
    try:
        at = _moment(values.get("from", ""), zone, today)
    except (ValueError, OverflowError):
        return Fault(line, "from", "is no date or time, as 2026-11-28 or 2026-11-28T12:00", values["from"])
    seat = Seat(values["team"], values.get("room", ""), values.get("centre", ""))
    return StaffRow(line, Move(AgentId(values["agent"]), seat, at))


def _moment(written: str, zone: ZoneInfo, today: date) -> datetime:
    moment = datetime.fromisoformat(written) if written else datetime.combine(today, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
