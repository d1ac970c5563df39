"""Files of events, row by row."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.domain.errors import BadInput
from dialer.domain.ids import ContactId
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import ContactEvent, Fact, Whom
from integrations.lead_files.event_file import EventRow, read_events

AT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def read(folder: Path, text: str, name: str = "events.csv") -> list[EventRow]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return list(read_events(file, "US"))


def test_columns_beside_the_known_ones_are_facts(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "\ufeffid,kind,at,number,days,country,prepaid\n"
        "e1,roaming,2026-11-20T09:30:00-05:00,(212) 555-0101,2.5,FR,True\n"
        "e2,roaming,2026-11-20T14:30:00,+12125550102,,,\n",
    )
    facts: dict[str, Fact] = {"days": 2.5, "country": "FR", "prepaid": True}
    assert [row.event for row in rows] == [
        ContactEvent("e1", "roaming", AT, Whom(number=PhoneNumber("+12125550101")), facts),
        ContactEvent("e2", "roaming", AT, Whom(number=PhoneNumber("+12125550102"))),
    ]


def test_lines_of_json_are_read_too(tmp_path: Path) -> None:
    text = '{"id": "e1", "kind": "moved", "at": "2026-11-20T14:30:00Z", "contact": 7, "rooms": 3}\n\n[1]\nno\n'
    first, second, third = read(tmp_path, text, "events.jsonl")
    assert first.event == ContactEvent("e1", "moved", AT, Whom(ContactId(7)), {"rooms": 3})
    assert [(one.line, one.faults[0].reason) for one in (second, third)] == [
        (3, "is not a JSON object"),
        (4, "is not JSON"),
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",roaming,2026-11-20,K,,", "id", "is missing"),
        ("e1,,2026-11-20,K,,", "kind", "is missing"),
        ("e1,roaming,soon,K,,", "at", "must be a time"),
        ("e1,roaming,2026-11-20,,,", "", "one of contact, external_key and number"),
        ("e1,roaming,2026-11-20,K,7,", "external_key", "one of contact, external_key and number"),
        ("e1,roaming,2026-11-20,,seven,", "contact", "must be a contact's number"),
        ("e1,roaming,2026-11-20,,,12", "number", ""),
        ("e1,roaming,2026-11-20", "", "more or fewer values"),
    ],
)
def test_a_row_that_cant_be_taken_says_where_and_why(tmp_path: Path, row: str, column: str, reason: str) -> None:
    bad, good = read(tmp_path, f"id,kind,at,external_key,contact,number\n{row}\ne9,roaming,2026-11-20,K-9,,\n")
    assert bad.event is None
    assert good.event is not None
    assert any(
        fault.line == 2 and fault.column in (column, "contact") and reason in fault.reason for fault in bad.faults
    )


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for text, words in (("id,kind\n", "has no column at"), ("id,id,kind,at\n", "two columns of one name")):
        with pytest.raises(BadInput, match=words):
            read(tmp_path, text)
    with pytest.raises(BadInput, match="can't be read"):
        list(read_events(tmp_path / "nothing.csv", "US"))
    (tmp_path / "latin.csv").write_bytes(b"id,kind,at\n\xe9,a,b\n")
    with pytest.raises(BadInput, match="is not UTF-8"):
        list(read_events(tmp_path / "latin.csv", "US"))
