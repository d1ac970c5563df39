"""A row becomes a lead, or says what is wrong with it and where."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.ports import ConsentNote
from integrations.lead_files.mapping import Effect, load_layout, map_columns
from integrations.lead_files.row import LeadRow, RowReader

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
JANUARY = datetime(2026, 1, 31, tzinfo=UTC)
CONSENT = {
    "phone": "2025550143",
    "consent_purpose": "Marketing",
    "consent_at": "2026-01-31",
    "consent_proof": "form 17",
    "consent_wording": "Call me.",
    "consent_expires_at": "2027-01-31T09:30-05:00",
}
COLUMNS = ["phone", "phone 2", "name", "customer id", "score", "time zone", "city"]
GOOD = ["(202) 555-0143", "", "Ann Lee", "K7", "12.5", "america/new_york", "Boston"]


def reader(columns: list[str] | None = None, region: str = "US") -> RowReader:
    return RowReader(map_columns(columns or COLUMNS), region, NOW)


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
    rows = RowReader(map_columns(columns, layout=load_layout("vicidial")), "US", NOW)
    lead, faults = rows.read(2, ["dnc", "44", "2079460018", "", "one!Ntwo", "3", "N"])
    assert faults == []
    assert lead == LeadRow(2, ("+442079460018",), "", "", 3.0, "", {"comments": "one\ntwo"}, Effect.DO_NOT_CALL, "dnc")
    lead, faults = rows.read(3, ["SOLD", "1", "2025550143", "", "", "0", "Y"])
    assert lead is None
    assert "--status SOLD=dial|done|do_not_call" in faults[0].reason


def told(**cells: str) -> LeadRow:
    return good(["2025550143", *cells.values()], ["phone", *cells])


def refused(cells: dict[str, str]) -> list[tuple[str, str]]:
    """Of a row with these columns: column and reason."""
    lead, faults = reader(list(cells)).read(7, list(cells.values()))
    assert lead is None
    assert {fault.line for fault in faults} == {7}
    return [(fault.column, fault.reason) for fault in faults]


def test_a_row_may_bring_consent_with_its_proof() -> None:
    ends = datetime(2027, 1, 31, 14, 30, tzinfo=UTC)
    assert good(list(CONSENT.values()), list(CONSENT)).consent == ConsentNote(
        JANUARY, True, "list", "marketing", "Call me.", "form 17", ends
    )
    short = {name: CONSENT[name] for name in ("phone", "consent_at", "consent_purpose", "consent_proof")}
    assert good(list(short.values()), list(short)).consent == ConsentNote(
        JANUARY, True, "list", "marketing", "", "form 17"
    )
    assert good(["2025550143", "", " ", ""], list(CONSENT)[:4]).consent is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("consent_proof", " ", "must say where the proof is kept"),
        ("consent_purpose", "", "must be one of marketing, survey, service"),
        ("consent_purpose", "raffle", "must be one of marketing, survey, service"),
        ("consent_at", "", "is missing: when was consent given?"),
        ("consent_at", "2026-03-03", "is still to come"),
        ("consent_at", "31.1.2026", "is not a day like 2026-01-31, or a time with its UTC offset"),
        ("consent_expires_at", "2026-01-31", "must be after it was given"),
        ("consent_expires_at", "never", "is not a day like 2026-01-31, or a time with its UTC offset"),
        ("consent_wording", "x" * 4001, "is longer than 4000 characters"),
    ],
)
def test_consent_that_lacks_something_refuses_its_row(name: str, value: str, reason: str) -> None:
    [(column, said)] = refused(CONSENT | {name: value})
    assert column == name
    assert said.startswith(reason)


@pytest.mark.parametrize("name", ["consent_proof", "consent_purpose", "consent_at"])
def test_a_list_without_a_column_that_consent_needs_is_told_which(name: str) -> None:
    assert [column for column, _ in refused({key: cell for key, cell in CONSENT.items() if key != name})] == [name]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-31", JANUARY),
        ("2026-01-31T09:30-05:00", datetime(2026, 1, 31, 14, 30, tzinfo=UTC)),
        ("2026-01-31 09:30:01Z", datetime(2026, 1, 31, 9, 30, 1, tzinfo=UTC)),
        ("2026-03-02T15:00Z", NOW),
        ("2026-03-02T15:00:01Z", "is still to come"),
        ("2026-01-31T09:30", "is not a day"),
        ("20260131", "is not a day"),
        ("2026-02-30", "is not a day"),
        ("1899-12-31", "is not a day"),
        ("0001-01-01T00:00+05:00", "is not a day"),
        ("46053", "is not a day"),
    ],
)
@pytest.mark.parametrize("name", ["purchased_at", "inquired_at"])
def test_a_time_is_a_day_or_bears_its_offset_and_is_past(name: str, written: str, moment: datetime | str) -> None:
    if isinstance(moment, datetime):
        assert getattr(told(**{name: written}), name) == moment
        return
    [(column, reason)] = refused({"phone": "2025550143", name: written})
    assert column == name
    assert reason.startswith(moment)


def test_a_consent_may_be_of_now_and_end_a_moment_later() -> None:
    ends = NOW + timedelta(microseconds=1)
    cells = CONSENT | {"consent_at": NOW.isoformat(), "consent_expires_at": ends.isoformat()}
    consent = good(list(cells.values()), list(cells)).consent
    assert consent is not None
    assert (consent.at, consent.expires_at) == (NOW, ends)


@pytest.mark.parametrize("region", ["US-TX", "us-dc", "FR", "GB-LND", "US"])
def test_a_region_is_where_the_contact_lives(region: str) -> None:
    assert told(region=region).region == region.upper()


@pytest.mark.parametrize("region", ["Texas", "TX", "US-ZZ", "US-Texas", "XX", "US TX", "Midwest"])
def test_a_region_that_no_rules_could_be_found_by_is_refused(region: str) -> None:
    assert refused({"phone": "2025550143", "region": region}) == [
        ("region", "is not a place known here, like FR or US-TX")
    ]


def test_a_row_never_prints_its_numbers() -> None:
    assert "555" not in repr(good(GOOD))
    assert "555" not in repr(reader().read(7, changed(0, "555"))[1])


@settings(max_examples=300, deadline=None)
@given(cells=st.lists(st.text(max_size=12), max_size=9))
def test_any_cells_are_a_lead_or_faults(cells: list[str]) -> None:
    lead, faults = reader().read(1, cells)
    assert (lead is None) == any(fault.refused for fault in faults)
