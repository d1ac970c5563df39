"""`dialer lists`, as it is typed."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from compliance.rule_files import shipped_rules
from compliance.rulebook import Kind
from dialer.clock import scaled_from_now
from dialer.commands.list_words import list_rows
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.national_lists import HeldList
from tests.commands.test_help import dialer
from tests.database.test_national_lists import PARTITIONS

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
COPIED = ("--name", "US-DNC", "--copied-at", "2026-11-20")


@pytest.fixture
async def url(database: ContactDatabase, database_url: str) -> AsyncIterator[str]:
    yield database_url
    for row in await database.fetch(PARTITIONS):
        await database.fetch(text(f"DROP TABLE {row[0]}"))


async def told(url: str, *arguments: str, code: int = 0, days: int = 0) -> str:
    """What `dialer lists` says, so many days after NOW."""
    clock = scaled_from_now(NOW + timedelta(days=days), 1.0).written()
    found, out, err = await dialer("lists", *arguments, DIALER_DATABASE__URL=url, DIALER_CLOCK=clock)
    assert found == code, err
    assert "Traceback" not in err
    return out + err


async def shown(url: str, **options: Any) -> dict[str, dict[str, Any]]:
    answer = json.loads(await told(url, "show", "--json", **options))
    return {row["name"]: row for row in answer["items"]}


async def written(path: Path, content: bytes) -> str:
    await asyncio.to_thread(path.write_bytes, content)
    return str(path)


async def test_a_list_from_its_import_to_its_end(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "dnc.txt.gz", gzip.compress(b"202,5550101\n202,5550102\n202,5550101\n", mtime=0))
    said = await told(url, "import", file, *COPIED)
    assert "read as area-codes, +1 where a number has no country code, unpacked from gzip: 3 lines in" in said
    assert "US-DNC has 2 numbers now, as of 2026-11-20, the first copy of it; 1 lines named a number again" in said
    assert "0 leads that a national list had blocked are looked at again" in said
    row = (await shown(url))["US-DNC"]
    assert (row["state"], row["age_days"], row["max_age_days"], row["numbers"]) == ("in use", 1, 31, 2)
    assert (row["usable_until"], row["rules"]) == ("2026-12-21T00:00:00+00:00", "US-DNC-1@1")
    assert (await shown(url, days=31))["US-DNC"]["state"] == "too old: blocks"
    assert await told(url, "check", "+12025550101") == (
        "name\tlisted\tsince\tcopied_at\nUS-DNC\tTrue\t-\t2026-11-20T00:00:00+00:00\n"
    )
    [answer] = json.loads(await told(url, "check", "+12025550103", "--json"))["items"]
    assert (answer["name"], answer["listed"]) == ("US-DNC", False)
    assert "nothing was dropped; --yes drops without asking" in await told(url, "drop", "US-DNC", code=2)
    assert "US-DNC with its 2 numbers is gone" in await told(url, "drop", "US-DNC", "--yes")
    assert "no copy of a list US-DNC" in await told(url, "drop", "US-DNC", "-y", code=5)
    assert await told(url, "check", "+12025550101") == "no list is here\n"


async def test_a_list_that_rules_ask_for_and_is_not_here_is_shown_to_block(url: str) -> None:
    row = (await shown(url))["US-DNC"]
    assert (row["state"], row["max_age_days"]) == ("not here: blocks", 31)
    assert "not here: blocks" in await told(url, "show")


async def test_a_damaged_file_is_told_line_by_line_and_changes_nothing(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "dnc.txt", b"2025550101\n202555010\n" + b"x\n" * 24)
    said = await told(url, "import", file, *COPIED, code=2)
    assert said.splitlines()[:2] == [
        "  line 2: the number has too few digits",
        "  line 3: the number holds more than digits",
    ]
    assert "  line 21: " in said
    assert "  line 22: " not in said
    assert "  and 5 more" in said
    assert "202555010" not in said, "numbers are in the report alone"
    assert f"all of them: {file}.rejected.csv" in said
    assert said.endswith(f"error: {file}: 25 of 26 lines are damaged, nothing was taken\n")
    assert (await shown(url))["US-DNC"]["state"] == "not here: blocks"
    said = await told(url, "import", file, *COPIED, "--skip-damaged", "25")
    assert "left out, since 25 may be:\n  line 2: the number has too few digits" in said
    assert "US-DNC has 1 numbers now" in said


async def test_a_dry_run_changes_nothing(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "dnc.txt", b"2025550101\n")
    said = await told(url, "import", file, *COPIED, "--dry-run")
    assert "nothing was changed; US-DNC would be the copy of 2026-11-20, and 0 leads" in said
    assert (await shown(url))["US-DNC"]["state"] == "not here: blocks"


async def test_an_older_copy_needs_force(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "dnc.txt", b"2025550101\n")
    await told(url, "import", file, *COPIED)
    older = ("--name", "US-DNC", "--copied-at", "2026-11-19T09:00-05:00")
    said = await told(url, "import", file, *older, code=6)
    assert "this copy of US-DNC is of 2026-11-19 14:00 UTC, the one held is of 2026-11-20 00:00 UTC" in said
    assert "in the place of 1 of 2026-11-20" in await told(url, "import", file, *older, "--force")


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"", COPIED, "names no number"),
        (gzip.compress(b"2025550101\n", mtime=0)[:-4], COPIED, "is cut short"),
        (b"2025550101\n", ("--name", "us-dnc", "--copied-at", "2026-11-20"), "like US-DNC"),
        (b"2025550101\n", ("--name", "US-DNC", "--copied-at", "2026-11-22"), "still to come"),
        (b"2025550101\n", ("--name", "US-DNC", "--copied-at", "yesterday"), "--copied-at: must be like 2026-11-20"),
        (b"2025550101\n", (*COPIED, "--region", "UK"), "'UK' is not a region"),
        (b"Ann\nBob\n", COPIED, "give the format"),
    ],
)
async def test_what_can_t_be_taken_is_told_in_a_line(
    url: str, tmp_path: Path, content: bytes, arguments: tuple[str, ...], words: str
) -> None:
    file = await written(tmp_path / "dnc.txt", content)
    said = await told(url, "import", file, *arguments, code=2)
    assert words in said
    assert len(said.splitlines()) == 1


async def test_an_empty_list_must_be_allowed(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "dnc.txt", b"")
    assert "US-DNC has 0 numbers now" in await told(url, "import", file, *COPIED, "--allow-empty")


def copy(name: str, age: timedelta) -> HeldList:
    return HeldList(name, NOW - age, NOW, 5, "file")


def test_a_list_s_state_is_what_the_gate_makes_of_it() -> None:
    rules = shipped_rules()

    def state(age: timedelta, name: str = "US-DNC") -> str:
        [row] = [row for row in list_rows([copy(name, age)], rules, NOW) if row["name"] == name]
        return str(row["state"])

    assert state(timedelta(days=31)) == "in use"
    assert state(timedelta(days=31, seconds=1)) == "too old: blocks"
    assert state(timedelta(seconds=-1)) == "of a time to come: blocks"
    assert state(timedelta(days=1), "XX-NOBODY") == "no rule asks for it"


def test_lists_that_rules_in_force_ask_for_are_told_though_not_here() -> None:
    rules = shipped_rules()
    day = (NOW.date() - date(1970, 1, 1)).days
    asking = {
        rule.list_name
        for jurisdiction in rules.jurisdictions.values()
        for rule in jurisdiction
        if rule.kind is Kind.NATIONAL_LIST and rule.list_name and rule.in_force(day)
    }
    rows = list_rows([], rules, NOW)
    assert [row["name"] for row in rows] == sorted(asking)
    assert "US-DNC" in asking
    assert {row["state"] for row in rows} == {"not here: blocks"}
