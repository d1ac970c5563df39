"""List files are read whole or refused: no line is guessed, none is passed over."""

import gzip
import zipfile
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, get_args

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.commands.national_lists import Format
from dialer.domain.errors import BadInput
from integrations.lead_files import national_list as module
from integrations.lead_files import text_blocks
from integrations.lead_files.fault import Fault
from integrations.lead_files.national_list import ListFormat, NationalListFile
from integrations.lead_files.national_numbers import BadDigits, international, is_region, plan_of_region

LATEST = date(2026, 11, 21)
ANN, BOB, CY = "12025550101", "12025550102", "12025550103"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.txt"


def read(path: Path, content: bytes | None = None, **options: Any) -> tuple[list[str], list[Fault]]:
    """The rows for COPY, and the faults."""
    if content is not None:
        path.write_bytes(content)
    given: dict[str, Any] = {"region": "US", **options}
    rows, faults = [], []
    with closing(NationalListFile(path, LATEST, **given)) as file:
        for batch in file.batches():
            lines = batch.rows.decode().splitlines()
            assert batch.good == len(lines)
            rows += lines
            faults += batch.faults
            assert batch.done <= file.total
    return rows, faults


def undated(*numbers: str) -> list[str]:
    return [f"{number}," for number in numbers]


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"+12025550101\n+12025550102\n", ListFormat.NUMBERS),
        (b"+12025550101\r\n+12025550102\r\n", ListFormat.NUMBERS),
        (b"2025550101\n2025550102", ListFormat.NUMBERS),
        (b"12025550101\n12025550102\n", ListFormat.NUMBERS),
        (b"2025550101\n+12025550102\n", ListFormat.NUMBERS),
        (b"\xef\xbb\xbf2025550101\n2025550102\n", ListFormat.NUMBERS),
        (b"202,5550101\n202,5550102\n", ListFormat.AREA_CODES),
        (b"\xef\xbb\xbfareacode,number\r\n202,5550101\r\n202,5550102\r\n", ListFormat.AREA_CODES),
        (b"phone\n2025550101\n2025550102\n", ListFormat.NUMBERS),
        (b"\n\nE.164\n\n+12025550101\n\n  \n+12025550102\n\n\n", ListFormat.NUMBERS),
        (b' 2025550101 \n"2025550102"\n', ListFormat.NUMBERS),
        (b"2025550101,\n2025550102,\n", ListFormat.DATED),
    ],
)
def test_numbers_are_read_however_a_list_has_them(path: Path, content: bytes, form: ListFormat) -> None:
    assert read(path, content) == (undated(ANN, BOB), [])
    with closing(NationalListFile(path, LATEST, region="US")) as file:
        assert file.form is form
        assert str(form) in file.about


@pytest.mark.parametrize("header", [b"", b"number,since\n"])
@pytest.mark.parametrize("plus", [b"", b"+1"])
def test_the_day_of_listing_is_taken_where_there_is_one(path: Path, header: bytes, plus: bytes) -> None:
    content = header + plus + b"2025550101,2024-02-29\n" + plus + b"2025550102,\n" + plus + b"2025550103,2026-11-21"
    assert read(path, content) == ([f"{ANN},2024-02-29", f"{BOB},", f"{CY},2026-11-21"], [])


def test_a_number_named_twice_is_given_twice(path: Path) -> None:
    assert read(path, b"2025550101\n2025550101\n") == (undated(ANN, ANN), [])


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("202555010", "number", "has too few digits"),
        ("20255501012", "number", "has too many digits"),
        ("0025550101", "number", "is none that +1 could have"),
        ("2025550l01", "number", "holds more than digits"),
        ("(202) 555-0101", "number", "holds more than digits"),
        ("²025550101", "number", "holds more than digits"),
        ("+1202555010", "number", "has too few digits"),
        ("+44207946", "number", "has too few digits"),
        ("+4420794600", "number", "has the wrong number of digits"),
        ("+2002025550101", "number", "has too many digits"),
        ("+0012025550101", "number", "has no known country code"),
        ("+2102025550101", "number", "has no known country code"),
        ("++12025550101", "number", "holds more than digits"),
        ("+", "number", "is missing"),
        ('""', "number", "is missing"),
        ("2025550101,2024-01-01", "number", "is followed by a second column"),
        ("phone", "number", "holds more than digits"),
    ],
)
def test_a_damaged_line_is_named_with_its_place_and_reason(path: Path, line: str, column: str, reason: str) -> None:
    content = f"2025550101\n\n{line}\n2025550103\n".encode()
    rows, [fault] = read(path, content)
    assert rows == undated(ANN, CY)
    assert (fault.line, fault.column, fault.reason) == (3, column, reason)
    assert fault.refused


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("2025550102", "date", "has no column"),
        ("2025550102,2026-02-29", "date", "is no day as 2026-11-20"),
        ("2025550102,2026-13-01", "date", "is no day as 2026-11-20"),
        ("2025550102,0000-01-01", "date", "is no day as 2026-11-20"),
        ("2025550102,20260101", "date", "is no day as 2026-11-20"),
        ("2025550102,01/02/2026", "date", "is no day as 2026-11-20"),
        ("2025550102,2026-01-01,x", "date", "is no day as 2026-11-20"),
        ("2025550102,2026-11-22", "date", "is later than the copy"),
        (",2026-01-01", "number", "is missing"),
    ],
)
def test_a_wrong_day_is_named(path: Path, line: str, column: str, reason: str) -> None:
    rows, [fault] = read(path, f"2025550101,2024-01-01\n{line}\n".encode())
    assert rows == [f"{ANN},2024-01-01"]
    assert (fault.line, fault.column, fault.reason) == (2, column, reason)


@pytest.mark.parametrize(
    "line", ["202,555010", "20,25550101", "202", "202,5550101,1", "202 5550101", "102,5550101", "a,b"]
)
def test_a_wrong_area_code_or_number_is_named(path: Path, line: str) -> None:
    rows, [fault] = read(path, f"202,5550101\n{line}\n202,5550103\n".encode())
    assert rows == undated(ANN, CY)
    assert (fault.line, fault.column) == (2, "number")


def test_a_number_in_a_fault_is_not_printed_by_accident(path: Path) -> None:
    _, [fault] = read(path, b"2025550101\n+1202555\n")
    assert "1202555" not in repr(fault)


def test_numbers_without_a_country_code_need_a_region(path: Path) -> None:
    rows, [fault] = read(path, b"+12025550101\n2025550102\n", region="")
    assert (rows, fault.reason) == (undated(ANN), "has no country code, and no region was given")
    assert read(path, b"+12025550101\n+442079460018\n", region="") == (undated(ANN, "442079460018"), [])
    with pytest.raises(BadInput, match="'UK' is not a region"):
        read(path, region="UK")


def test_the_national_prefix_of_a_region_is_left_out(path: Path) -> None:
    content = b"02079460018\n2079460018\n+442079460018\n"
    assert read(path, content, region="GB") == (undated(*["442079460018"] * 3), [])
    assert read(path, b"0612345678\n", region="IT") == (undated("390612345678"), []), "Italy's zero is the number's own"


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_region_s_numbers_are_taken(region: str) -> None:
    plan = plan_of_region(region)
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        digits = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]
        assert international(digits) == digits
        assert plan.from_national(phonenumbers.national_significant_number(example)) == digits


def test_a_region_is_one_that_phonenumbers_knows() -> None:
    assert is_region("GB")
    assert not is_region("UK")
    for digits in ("", "0", "1", "999123456789"):
        with pytest.raises(BadDigits):
            international(digits)


def test_a_list_in_a_gzip_or_a_zip_is_read_as_it_is(path: Path) -> None:
    content = b"number\n2025550101\n2025550102\n"
    path.write_bytes(gzip.compress(content))
    assert read(path) == (undated(ANN, BOB), [])
    path.write_bytes(gzip.compress(content) + gzip.compress(b"2025550103\n"))
    assert read(path) == (undated(ANN, BOB, CY), [])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.mkdir("folder")
        pack.writestr("folder/list.txt", content)
        pack.writestr("__MACOSX/folder/list.txt", "x")
    rows, faults = read(path)
    assert (rows, faults) == (undated(ANN, BOB), [])
    with closing(NationalListFile(path, LATEST, region="US")) as file:
        assert file.about.endswith("unpacked from zip")


def many(count: int, seed: int = 1) -> bytes:
    random = Random(seed)
    return b"".join(b"+1%d\n" % random.randrange(2_000_000_000, 10_000_000_000) for _ in range(count))


def packed(content: bytes, path: Path) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("list.txt", content)
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_gzip_that_is_cut_short_is_damaged(path: Path, share: float) -> None:
    whole = gzip.compress(many(200_000), 1)
    with pytest.raises(BadInput, match=r"line \d+: is cut short: fetch the file again"):
        read(path, whole[: int(share * len(whole))])
    with pytest.raises(BadInput, match="is cut short"):
        read(path, whole[:-1])


def test_a_pack_that_was_altered_is_damaged(path: Path) -> None:
    altered = bytearray(gzip.compress(many(20_000), 1))
    altered[-6] ^= 1
    with pytest.raises(BadInput, match="is damaged"):
        read(path, bytes(altered))
    whole = packed(many(20_000), path)
    with pytest.raises(BadInput, match="is damaged"):
        read(path, whole[:-30])
    middle = len(whole) // 2
    with pytest.raises(BadInput, match="is damaged"):
        read(path, whole[:middle] + b"\0\0\0\0" + whole[middle + 4 :])


def test_what_is_no_list_is_refused(path: Path) -> None:
    with pytest.raises(BadInput, match="can't be read: No such file"):
        read(path)
    with pytest.raises(BadInput, match="is not plain text"):
        read(path, "2025550101\n".encode("utf-16"))
    with pytest.raises(BadInput, match="has a line without an end"):
        read(path, b"2025550101\r" * 200_000)
    with pytest.raises(BadInput, match="give the format"):
        read(path, b"name\nAnn\nBob\n")
    with pytest.raises(BadInput, match="Is a directory"):
        read(path.parent)
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("a.txt", "2025550101\n")
        pack.writestr("b.txt", "2025550102\n")
    with pytest.raises(BadInput, match="a zip of 2 files"):
        read(path)


def test_an_empty_file_has_no_lines(path: Path) -> None:
    for content in (b"", b"\n", b"\xef\xbb\xbf", b"phone\n", gzip.compress(b"")):
        assert read(path, content) == ([], [])


def test_a_given_format_is_not_found_but_held_to(path: Path) -> None:
    rows, faults = read(path, b"2025550101\n202,5550102\n", form=ListFormat.AREA_CODES)
    assert (rows, [fault.line for fault in faults]) == (undated(BOB), [1])
    rows, faults = read(path, b"2025550101\n2025550102,2026-01-01\n", form=ListFormat.DATED)
    assert (rows, [fault.line for fault in faults]) == ([f"{BOB},2026-01-01"], [1])


def test_the_format_is_that_of_most_lines(path: Path) -> None:
    rows, faults = read(path, b"202\n2025550101\n202,5550102\n202,5550103\n202,5550101\n")
    assert (rows, [fault.line for fault in faults]) == (undated(BOB, CY, ANN), [1, 2])


def test_the_command_offers_every_format() -> None:
    assert set(get_args(Format)) == set(ListFormat)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_file_of_many_blocks_is_read_without_loss_and_faults_keep_their_lines(
    path: Path, ends: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 1_000)
    lines = many(5_000).split()
    expected = [line.decode().removeprefix("+") + "," for line in lines]
    for place in (0, 1_234, 4_999):
        lines[place] = b"+1202555"
    rows, faults = read(path, b"header" + ends + ends.join(lines))
    assert [fault.line for fault in faults] == [2, 1_236, 5_001]
    assert rows == expected[1:1_234] + expected[1_235:-1]


NUMBERS = [
    "2025550101",
    "+12025550102",
    "12025550103",
    "02079460018",
    "+442079460018",
    '"2025550101"',
    "1234567",
    "++1",
]
COLUMNS = ["202,5550101", "2025550101,2024-02-29", "2025550101,2023-02-29", "2025550101,", "+12025550101,2026-01-01"]
PIECES = st.sampled_from([*NUMBERS, *COLUMNS, "x", "0x1", "+x", "", " "])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    lines=st.lists(PIECES, max_size=6).map(lambda some: some * 2),
    form=st.sampled_from(list(ListFormat)[1:]),
    region=st.sampled_from(["US", "GB", "IT", "BY", ""]),
)
def test_blocks_taken_at_once_come_out_as_line_by_line(
    path: Path, lines: Sequence[str], form: ListFormat, region: str
) -> None:
    content = "".join(f"{line}\n" for line in lines).encode()
    at_once = read(path, content, form=form, region=region)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_shapes", lambda *_: [])
        assert read(path, content, form=form, region=region) == at_once


@pytest.mark.parametrize("region", ["US", "GB", "DE", "IT", "RU", "BY", "FR", "JP"])
def test_digits_of_all_lengths_come_out_the_same_at_once_and_line_by_line(path: Path, region: str) -> None:
    random = Random(region)
    for _ in range(300):
        one = str(random.randrange(10 ** random.randrange(6, 14)))
        content = f"{random.choice(['', '0', '8', '1', '+' + plan_of_region(region).code])}{one}\n".encode() * 2
        at_once = read(path, content, region=region, form=ListFormat.NUMBERS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_shapes", lambda *_: [])
            assert read(path, content, region=region, form=ListFormat.NUMBERS) == at_once
