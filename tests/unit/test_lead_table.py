"""Files come out as the rows that their makers saw, or are refused with place and reason."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from dialer.domain.errors import BadInput
from integrations.lead_files.chunk import Chunk
from integrations.lead_files.csv_table import MAX_LINE
from integrations.lead_files.encoding import likeliest, undecodable
from integrations.lead_files.table import open_table


def written(folder: Path, content: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def whole(path: Path, encoding: str = "", sheet: str = "") -> tuple[tuple[str, ...], Chunk]:
    table = open_table(path, encoding=encoding, sheet=sheet)
    everything = Chunk()
    try:
        for chunk in table.chunks(3):
            everything.lines += chunk.lines
            everything.rows += chunk.rows
            everything.faults += chunk.faults
    finally:
        table.close()
    return table.columns, everything


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    lines = ["phone,name", '2025550143,"Bond; James"', "2025550144,M"]
    content = end.join(lines).replace(",", delimiter).replace("; ", " ")
    columns, rows = whole(written(tmp_path, content.encode()))
    assert columns == ("phone", "name")
    assert rows.rows == [["2025550143", "Bond James"], ["2025550144", "M"]]
    assert rows.lines == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_chinese_lists_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    content = "手机号,姓名\n13800138000,王秀英\n13900139000,张伟\n".encode(encoding)
    columns, rows = whole(written(tmp_path, content))
    assert columns == ("手机号", "姓名")
    assert [row[1] for row in rows.rows] == ["王秀英", "张伟"]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1252", ["Jürgen Weiß", "François", "José Muñoz"]),
        ("cp1250", ["Łukasz Wiśniewski", "Jiří Dvořák"]),
        ("cp1251", ["Иванов Иван", "ПЕТРОВ ПЁТР", "Сидорова Анна Сергеевна"]),
        ("cp1254", ["Ayşe Yılmaz", "Çağlar Şahin"]),
        ("cp1253", ["Γιώργος Παπαδόπουλος", "Ελένη"]),
    ],
)
def test_windows_code_pages_are_told_apart(encoding: str, names: list[str]) -> None:
    assert likeliest(name.encode(encoding) for name in names) == encoding


def test_letters_beyond_ascii_late_in_a_big_file_still_tell_its_encoding(tmp_path: Path) -> None:
    content = b"phone,name\n" + b"2025550143,Ann\n" * 100_000 + "2025550144,王秀英\n".encode("gb18030")
    _, rows = whole(written(tmp_path, content))
    assert rows.rows[-1] == ["2025550144", "王秀英"]


def test_a_given_encoding_wins(tmp_path: Path) -> None:
    path = written(tmp_path, "phone,name\n2025550143,Ã©\n".encode())
    assert whole(path, encoding="cp1252")[1].rows == [["2025550143", "ÃƒÂ©"]]
    with pytest.raises(BadInput, match="klingon"):
        open_table(path, encoding="klingon")


def test_one_bad_byte_in_a_utf8_file_marks_its_own_value_alone(tmp_path: Path) -> None:
    content = "phone,name\n1,Zoë\n2,Zo".encode() + b"\xeb" + "\n3,Łucja\n".encode()
    _, rows = whole(written(tmp_path, content))
    assert [undecodable(row[1]) for row in rows.rows] == ["", "0xEB", ""]


def test_the_same_twice_is_an_excel_separator_line_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    columns, rows = whole(written(tmp_path, b"sep=;\r\nphone;name\r\n\r\n1;a,b\r\n;;\r\n"))
    assert columns == ("phone", "name")
    assert (rows.lines, rows.rows) == ([4], [["1", "a,b"]])


def test_a_quoted_value_may_span_lines_and_rows_keep_their_first_line(tmp_path: Path) -> None:
    _, rows = whole(written(tmp_path, b'phone,note\n1,"a\nb\n""c"""\n2,d\n'))
    assert rows.rows == [["1", 'a\nb\n"c"'], ["2", "d"]]
    assert rows.lines == [2, 5]


@pytest.mark.parametrize("after", [3, 500])
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(tmp_path: Path, after: int) -> None:
    content = b'phone,name\n1,"Ann\n' + b"2,Bob\n" * after
    _, rows = whole(written(tmp_path, content))
    assert [fault.line for fault in rows.faults] == [2]
    assert "quote" in rows.faults[0].reason
    assert rows.lines == list(range(3, 3 + after))


def test_a_line_of_ten_megabytes_is_a_fault_and_the_next_row_is_read(tmp_path: Path) -> None:
    content = b"phone,name\n1," + b"x" * 10_000_000 + b"\n2,Bob\n"
    _, rows = whole(written(tmp_path, content))
    assert [fault.line for fault in rows.faults] == [2]
    assert (rows.lines, rows.rows) == ([3], [["2", "Bob"]])


def test_nul_bytes_and_ragged_rows_come_through_for_the_row_check(tmp_path: Path) -> None:
    _, rows = whole(written(tmp_path, b"phone,name\n1,a\0b\n2\n3,c,d,e\n"))
    assert rows.rows == [["1", "a\0b"], ["2"], ["3", "c", "d", "e"]]


def test_unquoted_exports_keep_their_quotes(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, b'phone\tname\n1\t"Ann\n2\tBob\n'), quoted=False)
    assert [chunk.rows for chunk in table.chunks(9)] == [[["1", '"Ann'], ["2", "Bob"]]]
    table.close()


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    columns, rows = whole(written(tmp_path, b"phone,name\n"))
    assert (columns, rows.rows) == (("phone", "name"), [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "picture"),
        (bytes(range(1, 256)), "is not text"),
        (b"\x7fELF\1" + bytes(900), "is not text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel format"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 truncated", "damaged or truncated"),
        (b",".join(b"c%d" % i for i in range(501)), "501 columns"),
        (b"x" * (MAX_LINE + 2), "longer than"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        open_table(written(tmp_path, content))


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="directory"):
        open_table(tmp_path)


def test_a_workbook_is_read_with_numbers_as_written_and_its_own_row_numbers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([])
    sheet.append(["Phone", " Name ", "Score", "Since"])
    sheet.append([12025550143, "王秀英", 1.5, date(2026, 3, 1)])
    sheet.append([])
    sheet.append(["+12025550144", "Bob"])
    book.create_sheet("Other").append(["x"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    columns, rows = whole(path)
    assert columns == ("Phone", "Name", "Score", "Since")
    assert rows.rows == [["12025550143", "王秀英", "1.5", "2026-03-01"], ["+12025550144", "Bob", "", ""]]
    assert rows.lines == [3, 5]
    assert whole(path, sheet="Other")[0] == ("x",)
    with pytest.raises(BadInput, match="'Sheet', 'Other'"):
        open_table(path, sheet="None")


def test_truncated_and_bomb_workbooks_and_other_archives_are_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["phone"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    content = path.read_bytes()
    for cut in (10, len(content) // 2, len(content) - 5):
        with pytest.raises(BadInput, match="damaged or truncated"):
            open_table(written(tmp_path, content[:cut], "cut.xlsx"))
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for part in range(12):
            package.writestr(f"xl/worksheets/sheet{part}.xml", b" " * 100_000_000)
    with pytest.raises(BadInput, match="unpacks to more"):
        open_table(bomb)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("list.csv", "phone\n1\n")
    with pytest.raises(BadInput, match="unpack it first"):
        open_table(other)
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("xl/workbook.xml", "<not-a-workbook/>")
    with pytest.raises(BadInput, match=r"could be read|no visible sheet"):
        open_table(other)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_any_bytes_are_rows_faults_or_bad_input(tmp_path: Path, content: bytes) -> None:
    try:
        _, rows = whole(written(tmp_path, b"phone,name\n" + content))
    except BadInput:
        return
    assert rows.lines == sorted(set(rows.lines))


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=["Cc", "Cs"]), max_size=20)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT, TEXT).filter(lambda row: any(map(str.strip, row))), max_size=8),
    encoding=st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_wrote_comes_back(tmp_path: Path, rows: list[tuple[str, str]], encoding: str) -> None:
    quoted = ["phone,name", *('"' + '","'.join(v.replace('"', '""') for v in row) + '"' for row in rows)]
    _, read = whole(written(tmp_path, "\r\n".join(quoted).encode(encoding)))
    assert [tuple(row) for row in read.rows] == rows
