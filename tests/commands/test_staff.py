"""`dialer staff` and `dialer report` before a real database and a real service."""

from pathlib import Path

import pytest

from dialer.domain.ids import AgentId, ServerName
from dialer.ports import AgentRecord
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.api.rig import TOKENS
from tests.commands.test_help import dialer


@pytest.fixture
async def floor(database: ContactDatabase, database_url: str, tmp_path: Path) -> tuple[str, Path]:
    for number in ("1001", "1002"):
        await DatabaseAgentBook(database).enroll(AgentRecord(AgentId(number), f"Agent {number}", ServerName("main")))
    return database_url, tmp_path


async def told(url: str, *arguments: str, code: int = 0) -> str:
    found, out, err = await dialer(*arguments, DIALER_DATABASE__URL=url)
    assert found == code, err
    assert "Traceback" not in err
    return out + err


async def test_a_list_is_taken_and_an_unchanged_one_changes_nothing(floor: tuple[str, Path]) -> None:
    url, folder = floor
    (folder / "floor.csv").write_text(
        "agent,team,room,centre,from\n1001,Amber,Room 1,North,2026-11-01\n1002,Amber,Room 1,North,2026-11-01\n"
        "1001,Amber,Room 2,North,2026-11-20T12:00\n9999,Amber,Room 1,North,2026-11-01\n"
    )
    command = ("staff", "import", str(folder / "floor.csv"), "--zone", "Europe/Berlin")
    out = await told(url, *command, "--dry-run")
    assert "3 moves would be noted; nothing was changed" in out
    assert await told(url, "staff", "list") == "nobody said who sits where: dialer staff import\n"
    out = await told(url, *command)
    assert "4 rows, 1 refused\n3 moves are noted\n  line 5, agent: is not enrolled" in out
    assert "9999" in (folder / "floor.csv.rejected.csv").read_text("utf-8-sig")
    assert "0 moves are noted" in await told(url, "staff", "import", str(_again(folder)), "--zone", "Europe/Berlin")
    assert await told(url, "staff", "history", "1001") == (
        "agent\tteam\troom\tcentre\tfrom\tto\n"
        "1001\tAmber\tRoom 1\tNorth\t2026-10-31T23:00:00+00:00\t2026-11-20T11:00:00+00:00\n"
        "1001\tAmber\tRoom 2\tNorth\t2026-11-20T11:00:00+00:00\t-\n"
    )
    before = await told(url, "staff", "list", "--at", "2026-11-20T11:59+01:00")
    assert before.count("Room 1") == 2


def _again(folder: Path) -> Path:
    """What the floor looks like now, as its next list says."""
    (folder / "next.csv").write_text("agent,team,room,centre\n1001,Amber,Room 2,North\n1002,Amber,Room 1,North\n")
    return folder / "next.csv"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("staff", "import", "/nowhere.csv"), 2, "/nowhere.csv: can't be read"),
        (("staff", "import", "/nowhere.csv", "--zone", "Mars/Base"), 2, "--zone: is no time zone"),
        (("staff", "history", "1001"), 5, "nobody said where agent 1001 sits"),
        (("staff", "list", "--at", "noon"), 2, "--at: must be like"),
        (("report", "day", "--day", "noon", "--token", "x" * 16), 2, "--day: must be like 2026-11-28"),
        (("report", "day", "--out", "a.pdf", "--token", "x" * 16), 2, "must end in .html, .csv or .xlsx"),
        (("report", "day", "--out", "/nowhere/a.csv", "--token", "x" * 16), 2, "there is no such folder"),
    ],
)
async def test_what_is_wrong_is_named(
    floor: tuple[str, Path], arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert words in await told(floor[0], *arguments, code=code)


async def test_the_report_of_a_day_is_written_and_is_the_same_twice(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    async with database_rig(database, tmp_path) as rig:
        service = ("--api", rig.base, "--token", TOKENS["quality"], "--day", "2026-03-01")
        names = [f"{turn}.{form}" for form in ("html", "csv", "xlsx") for turn in (1, 2)]
        out = [part for name in names for part in ("--out", str(tmp_path / name))]
        words = await told(database_url, "report", "day", *service, *out)
        assert words.count("the report of 2026-03-01 is in") == 6
        for form in ("html", "csv", "xlsx"):
            assert (tmp_path / f"1.{form}").read_bytes() == (tmp_path / f"2.{form}").read_bytes() != b""
        refused = await told(database_url, "report", "day", *service, "--out", str(tmp_path / "1.csv"), code=2)
        assert "exists: choose another name, or --force" in refused
        assert "teams:" in await told(database_url, "report", "day", *service)
        nowhere = await told(
            database_url, "report", "send", "--api", rig.base, "--token", TOKENS["admin"], "--day", "2026-03-01", code=6
        )
        assert "neither report.directory nor report.recipients" in nowhere
