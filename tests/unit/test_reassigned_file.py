"""What the reassigned numbers database answered, read line by line: nothing is guessed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from dialer.domain.errors import BadInput
from integrations.lead_files import text_blocks
from integrations.lead_files.list_lines import Batch
from integrations.lead_files.reassigned_file import ReassignedFile

LATEST = date(2026, 11, 20)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


def read(file: Path, content: bytes, region: str = "US") -> Iterator[Batch]:
    file.write_bytes(content)
    with closing(ReassignedFile(file, LATEST, region)) as answers:
        yield from answers.batches()


def row(file: Path, line: str, region: str = "US") -> str:
    [batch] = read(file, line.encode() + b"\n", region)
    return batch.rows.decode() or f"{batch.faults[0].column} {batch.faults[0].reason}"


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("2025550101,2026-01-31,no", "+12025550101,2026-01-31,f\n"),
        ("+12025550101,2026-11-20,yes", "+12025550101,2026-11-20,t\n"),
        ("12025550101,2026-01-31,no data", "+12025550101,2026-01-31,\n"),
        ('"2025550101" , "2026-01-31" , "NO DATA"', "+12025550101,2026-01-31,\n"),
        ("2025550101,2026-01-31,No", "+12025550101,2026-01-31,f\n"),
        ("2025550101,2026-11-21,no", "date is later than the answers"),
        ("2025550101,2026-02-30,no", "date is no day as 2026-11-20"),
        ("2025550101,20260131,no", "date is no day as 2026-11-20"),
        ("2025550101,,no data", "date is no day as 2026-11-20"),
        ("2025550101,2026-01-31,", "answer is missing"),
        ("2025550101,2026-01-31,nein", "answer is none of yes, no, no data"),
        ("2025550101,2026-01-31", "answer has no column"),
        ("2025550101", "date has no column"),
        ("2025550101,2026-01-31,no,", "answer is followed by a fourth column"),
        ("202555010,2026-01-31,no", "number has too few digits"),
        (",2026-01-31,no", "number is missing"),
        ("(202) 555-0101,2026-01-31,no", "number holds more than digits"),
    ],
)
def test_a_line_is_a_number_a_day_and_an_answer(file: Path, line: str, taken: str) -> None:
    assert row(file, line) == taken


def test_numbers_without_a_country_code_are_of_the_region(file: Path) -> None:
    assert row(file, "02079460018,2026-01-31,no", "GB") == "+442079460018,2026-01-31,f\n"
    with pytest.raises(BadInput, match="'UK' is not a region"):
        row(file, "02079460018,2026-01-31,no", "UK")


def test_a_header_and_blank_lines_are_passed_over_and_faults_bear_their_line(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 40)
    content = b"\xef\xbb\xbfNumber,Since,Answer\r\n\r\n2025550101,2026-01-31,no\r\n2025550102,2026-01-31,x\r\n\xff"
    batches = list(read(file, content))
    assert b"".join(batch.rows for batch in batches) == b"+12025550101,2026-01-31,f\n"
    faults = [fault for batch in batches for fault in batch.faults]
    assert [(fault.line, fault.column) for fault in faults] == [(4, "answer"), (5, "date")]
    assert batches[-1].done == len(content)


@pytest.mark.parametrize("content", [b"", b"\n", b"number,since,answer\n"])
def test_a_file_may_have_no_line(file: Path, content: bytes) -> None:
    assert [line for batch in read(file, content) for line in (batch.rows, *batch.faults) if line] == []
