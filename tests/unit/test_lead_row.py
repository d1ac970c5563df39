"""A row becomes a lead, or says what is wrong with it and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.lead_files.mapping import Effect, load_layout, map_columns
from integrations.lead_files.row import LeadRow, RowReader

COLUMNS = ["phone", "phone 2", "name", "customer id", "score", "time zone", "city"]
GOOD = ["(202) 555-0143", "", "Ann Lee", "K7", "12.5", "america/new_york", "Boston"]


def reader(columns: list[str] | None = None, region: str = "US") -> RowReader:
    return RowReader(map_columns(columns or COLUMNS), region)


def good(cells: list[str], columns: list[str] | None = None) -> LeadRow:
    lead, faults = reader(columns).read(7, cells)
    assert lead is not None
    assert not faults
    return lead


def changed(column: int, value: str) -> list[str]:
    return [*GOOD[:column], value, *GOOD[column + 1 :]]


def test_a_good_row_is_a_lead() -> None:
    assert good(GOOD) == LeadRow(
        7, ("+12025550143",), "Ann Lee", "K7", 12.5, "America/New_York", {"city": "Boston"}, Effect.DIAL, ""
    )


def test_what_a_row_does_not_say_is_empty() -> None:
    assert good(["2025550143"]) == LeadRow(7, ("+12025550143",), "", "", None, "", {}, Effect.DIAL, "")
    assert good([*GOOD, "", ""]) == good(GOOD)


def test_a_number_that_stands_twice_is_one() -> None:
    assert good(changed(1, "+1 202 555 0143")).numbers == ("+12025550143",)
    assert good(changed(1, "2025550144")).numbers == ("+12025550143", "+12025550144")


@pytest.mark.parametrize(
    ("column", "value", "header", "reason"),
    [
        (0, "", "phone", "missing"),
        (0, "1.20256E+10", "phone", "scientific notation"),
        (0, "12", "phone", "too short"),
        (2, "a\0b", "name", "control characters"),
        (2, "Zo\udceb", "name", "0xEB"),
        (2, "x" * 201, "name", "longer than 200"),
        (3, "k" * 201, "customer id", "longer than 200"),
        (4, "nan", "score", "not a number"),
        (4, "1e99", "score", "not a number"),
        (4, "3,5", "score", "not a number"),
        (5, "Mars/Olympus", "time zone", "not a time zone"),
        (6, "c" * 4001, "city", "longer than 4000"),
    ],
)
def test_a_bad_value_is_told_with_line_column_and_reason(column: int, value: str, header: str, reason: str) -> None:
    lead, faults = reader().read(7, changed(column, value))
    assert lead is None
    assert [(fault.line, fault.column, fault.refused) for fault in faults] == [(7, header, True)]
    assert reason in faults[0].reason


def test_all_faults_of_a_row_are_told_at_once() -> None:
    _, faults = reader().read(7, ["x", "", "n", "k", "high", "Mars", ""])
    assert [fault.column for fault in faults] == ["phone", "score", "time zone"]


def test_a_row_with_one_good_number_is_taken_without_the_bad_one() -> None:
    lead, faults = reader().read(7, changed(1, "n/a"))
    assert lead is not None
    assert lead.numbers == ("+12025550143",)
    assert [(fault.column, fault.refused) for fault in faults] == [("phone 2", False)]


def test_a_row_with_more_values_than_the_header_is_refused() -> None:
    lead, faults = reader().read(7, [*GOOD, "x"])
    assert lead is None
    assert faults[0].reason == "the row has 8 values, the header 7"


def test_names_are_put_together_as_their_language_does() -> None:
    assert good(["2025550143", "Ann", "Lee"], ["phone", "first name", "last name"]).name == "Ann Lee"
    assert good(["2025550143", "王", "秀英"], ["phone", "姓", "名"]).name == "王秀英"
    assert good(["2025550143", " Ann \n Lee "], ["phone", "name"]).name == "Ann Lee"


def test_vicidial_rows_bring_country_code_status_and_line_breaks() -> None:
    columns = ["status", "phone_code", "phone_number", "alt_phone", "comments", "rank", "called_since_last_reset"]
    rows = RowReader(map_columns(columns, layout=load_layout("vicidial")), "US")
    lead, faults = rows.read(2, ["dnc", "44", "2079460018", "", "one!Ntwo", "3", "N"])
    assert faults == []
    assert lead == LeadRow(2, ("+442079460018",), "", "", 3.0, "", {"comments": "one\ntwo"}, Effect.DO_NOT_CALL, "dnc")
    lead, faults = rows.read(3, ["SOLD", "1", "2025550143", "", "", "0", "Y"])
    assert lead is None
    assert "--status SOLD=dial|done|do_not_call" in faults[0].reason


def test_a_row_never_prints_its_numbers() -> None:
    assert "555" not in repr(good(GOOD))
    assert "555" not in repr(reader().read(7, changed(0, "555"))[1])


@settings(max_examples=300, deadline=None)
@given(cells=st.lists(st.text(max_size=12), max_size=9))
def test_any_cells_are_a_lead_or_faults(cells: list[str]) -> None:
    lead, faults = reader().read(1, cells)
    assert (lead is None) == any(fault.refused for fault in faults)
