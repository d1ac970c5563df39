"""Lists of who sits where: what is taken, and what is refused with its place."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId
from dialer.domain.staff import Move, Seat, Stay
from integrations.lead_files.fault import Fault
from integrations.lead_files.staff_file import StaffRow, moves_of, read_staff

BERLIN, TODAY = ZoneInfo("Europe/Berlin"), date(2026, 11, 28)
ANN, BEA = AgentId("1001"), AgentId("1002")


def read(folder: Path, text: str) -> tuple[list[StaffRow], list[Fault]]:
    file = folder / "floor.csv"
    file.write_text(text, "utf-8")
    return read_staff(file, BERLIN, TODAY)


def test_a_row_counts_from_when_it_says_by_the_lists_zone_or_from_todays_beginning(tmp_path: Path) -> None:
    rows, faults = read(
        tmp_path,
        "Agent;Team;Room;Centre;From\n1001;Amber;Room 1;North;\n1002;Birch;;;2026-11-27\n"
        "1003;Amber;;;2026-11-27 12:30\n1004;Amber;;;2026-11-27T12:30-05:00\n",
    )
    assert faults == []
    assert [row.move.at for row in rows] == [
        datetime(2026, 11, 27, 23, tzinfo=UTC),
        datetime(2026, 11, 26, 23, tzinfo=UTC),
        datetime(2026, 11, 27, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 27, 17, 30, tzinfo=UTC),
    ]
    assert rows[0] == StaffRow(2, Move(ANN, Seat("Amber", "Room 1", "North"), rows[0].move.at))


def test_a_workbooks_dates_are_read_as_they_are_shown(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["agent", "team", "from"])
    book.active.append([1001, "Amber", datetime(2026, 11, 27)])  # noqa: DTZ001
    book.active.append([1002, "Amber", datetime(2026, 11, 27, 12)])  # noqa: DTZ001
    book.save(tmp_path / "floor.xlsx")
    rows, faults = read_staff(tmp_path / "floor.xlsx", BERLIN, TODAY)
    assert faults == []
    assert [(row.move.agent, row.move.at.hour) for row in rows] == [(ANN, 23), (BEA, 11)]


def test_each_bad_row_is_named_with_its_line_column_and_reason(tmp_path: Path) -> None:
    rows, faults = read(
        tmp_path, f"agent,team,from\n1001,Amber,yesterday\n,Amber,\n1002,{'x' * 81},\n1003,Amber,2026-11-28\n"
    )
    assert [row.move.agent for row in rows] == ["1003"]
    assert [(one.line, one.column) for one in faults] == [(2, "from"), (3, "agent"), (4, "team")]
    assert "is no date or time" in faults[0].reason


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("agent,room", "has no column team"),
        ("agent,team,floor", "column 'floor' is none of"),
        ("agent,team,team", "two columns team"),
    ],
)
def test_a_list_of_other_columns_is_refused(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(tmp_path, f"{header}\n1001,Amber,x\n")


def test_an_unchanged_list_changes_nothing_and_a_stranger_is_named(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "agent,team\n1001,Amber\n1002,Birch\n9999,Amber\n")
    last = {ANN: Stay(ANN, Seat("Amber"), datetime(2026, 1, 1, tzinfo=UTC))}
    moves, faults = moves_of(rows, {ANN, BEA}, last)
    assert [(one.agent, one.seat.team) for one in moves] == [(BEA, "Birch")]
    assert [(one.line, one.column, one.value) for one in faults] == [(4, "agent", "9999")]


def test_a_move_into_the_past_is_named_with_its_line(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "agent,team,from\n1001,Birch,2026-11-20\n")
    last = {ANN: Stay(ANN, Seat("Amber"), datetime(2026, 11, 25, tzinfo=UTC))}
    moves, [fault] = moves_of(rows, {ANN}, last)
    assert moves == []
    assert (fault.line, fault.column) == (2, "from")
    assert "is not after 2026-11-25" in fault.reason
