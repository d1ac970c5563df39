"""The sample list can be imported, and nobody can be reached by its numbers."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import timezone

from dialer.domain.errors import BadInput
from integrations.lead_files.mapping import map_columns
from integrations.lead_files.row import RowReader
from integrations.lead_files.sample import MOST, write_sample


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_row_is_a_good_lead_with_a_number_of_its_own_kept_for_fiction(tmp_path: Path) -> None:
    write_sample(tmp_path / "all.csv", MOST)
    header, *rows = rows_of(tmp_path / "all.csv")
    reader = RowReader(map_columns(header), "US", datetime(2026, 3, 2, tzinfo=UTC))
    numbers = set()
    for line, cells in enumerate(rows, 2):
        lead, faults = reader.read(line, cells)
        assert lead is not None
        assert not faults
        assert re.fullmatch(r"\+1\d{3}55501\d\d", lead.numbers[0])
        assert lead.score is not None
        assert 0 <= lead.score <= 100
        numbers.add(lead.numbers[0])
    assert len(numbers) == len(rows) == MOST


def test_the_zone_given_is_one_of_the_numbers_own(tmp_path: Path) -> None:
    write_sample(tmp_path / "all.csv", MOST)
    for cells in rows_of(tmp_path / "all.csv")[1:]:
        zones = timezone.time_zones_for_number(phonenumbers.parse(cells[0]))
        assert cells[5] in zones


def test_most_are_where_the_morning_has_come(tmp_path: Path) -> None:
    write_sample(tmp_path / "list.csv")
    zones = Counter(cells[5] for cells in rows_of(tmp_path / "list.csv")[1:])
    assert sum(zones.values()) == 2000
    assert zones["America/New_York"] + zones["America/Chicago"] > 1500
    assert zones["America/Los_Angeles"] > 0 < zones["America/Denver"]


def test_the_same_seed_gives_the_same_list_and_another_another(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_sample(tmp_path / name, 50, seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()


def test_what_can_not_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"must be 1 to {MOST}"):
        write_sample(tmp_path / "list.csv", MOST + 1)
    with pytest.raises(BadInput, match="can't be written"):
        write_sample(tmp_path / "none" / "list.csv")
