"""The report's files: what they say, and that the same figures are the same bytes."""

import csv
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from monitoring.day_report.files import FORMS, Form, report_files
from monitoring.day_report.rows import tables_of
from tests.made_up_day import made_up_day

DIGESTS = """
from hashlib import sha256
from monitoring.day_report.files import FORMS, report_files
from tests.made_up_day import made_up_day
print([sha256(one.data).hexdigest() for one in report_files(made_up_day(), FORMS)])
"""


def drawn(form: Form, so_far: datetime | None = None, name: str = "Agent", quiet: bool = False) -> bytes:
    [file] = report_files(made_up_day(so_far=so_far, name=name, quiet=quiet), [form])
    assert file.name == f"daily-report-2026-11-26.{form}"
    return file.data


def test_the_same_figures_are_the_same_bytes_also_in_another_process_with_other_hashes_and_another_zone() -> None:
    def digests(seed: str, zone: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run([sys.executable, "-c", DIGESTS], env=environment, capture_output=True, check=True)
        return done.stdout.decode()

    assert digests("1", "UTC") == digests("2", "Asia/Tokyo") != ""


def test_the_page_asks_for_nothing_outside_and_shows_each_person_once_by_rank() -> None:
    page = drawn("html").decode()
    outside = [one for one in re.findall(r"(?:src|href)=\"([^\"#]+)", page) if one]
    assert [one for one in outside if not one.startswith("data:")] == []
    ranks = re.findall(r'<td class="rank">(\d+|–)</td><td>(Agent \w+)', page)
    assert len(ranks) == 14
    assert [rank for rank, _ in ranks][:5] == ["1", "2", "2", "2", "5"]
    assert ranks[-1] == ("–", "Agent Cleo")


def test_the_page_says_why_somebody_is_left_out_and_where_who_moved_was() -> None:
    page = drawn("html").decode()
    assert page.count("did not read the notice in two calls") == 2
    assert "00:00 to 12:00: Amber, Room 1, North" in page
    assert "12:00 to 24:00: Amber, Room 5, North" in page
    assert "So far" not in page
    assert "families &amp; friends" in page


def test_a_day_without_calls_ranks_nobody_and_draws_nothing() -> None:
    page = drawn("html", quiet=True, so_far=datetime(2026, 11, 26, 14, tzinfo=UTC)).decode()
    assert "No call ended on this day" in page
    assert "Calls are counted that had ended by 15:00" in page
    assert "<svg" not in page
    assert "Nobody was logged in" in page


def test_a_name_is_text_wherever_it_stands() -> None:
    hostile = "<script>alert(1)</script> $x$"
    page = drawn("html", name=hostile).decode()
    assert "<script" not in page
    cells = [row["name"] for row in csv.DictReader(StringIO(drawn("csv", name="=1+1").decode("utf-8-sig")))]
    assert "'=1+1 Ada" in cells
    assert not any(cell.startswith("=") for cell in cells)
    sheet = load_workbook(BytesIO(drawn("xlsx", name="=1+1")))["People"]
    assert sheet["B2"].value.startswith("=1+1")
    assert sheet["B2"].data_type == "s"


def test_the_table_for_programs_has_a_row_for_each_thing_by_its_level() -> None:
    rows = list(csv.DictReader(StringIO(drawn("csv").decode("utf-8-sig"))))
    counts = {
        level: sum(row["level"] == level for row in rows) for level in ("day", "centre", "team", "person", "stay")
    }
    assert counts == {"day": 1, "centre": 2, "team": 4, "person": 14, "stay": 18}
    [ada] = [row for row in rows if row["level"] == "person" and row["agent"] == "1001"]
    assert (ada["rank"], ada["sales_an_hour"], ada["logged_in_seconds"]) == ("2", "0.62", "28800.0")


def test_the_workbook_has_a_sheet_a_level_with_numbers_as_numbers() -> None:
    book = load_workbook(BytesIO(drawn("xlsx")))
    assert book.sheetnames == [table.title for table in tables_of(made_up_day())]
    people = list(book["People"].iter_rows(values_only=True))
    assert people[0][:5] == ("agent", "name", "rank", "unranked", "sales an hour")
    assert people[1][2] == 1
    assert isinstance(people[1][4], float)
    assert book.properties.created == datetime(2000, 1, 1)  # noqa: DTZ001


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("quiet", [True, False])
def test_each_tag_of_the_page_is_closed(quiet: bool) -> None:
    parser = _Tags()
    parser.feed(drawn("html", quiet=quiet).decode())
    assert parser.open == []
    assert len(FORMS) == 3
