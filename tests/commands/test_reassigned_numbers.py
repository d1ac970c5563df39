"""`dialer lists reassigned`, as it is typed."""

from pathlib import Path

from tests.commands.test_national_lists import told, url, written

__all__ = ["url"]

ASKED = ("--checked-at", "2026-11-20T09:30-05:00")


async def test_answers_are_imported_and_told(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "answers.csv", b"number,since,answer\n2025550101,2026-01-31,no\n")
    said = await told(url, "reassigned", file, *ASKED, "--dry-run")
    assert "1 lines in " in said
    assert "nothing was changed\n" in said
    assert "0 leads that wanted an answer would be looked at again" in said
    said = await told(url, "reassigned", file, *ASKED)
    assert "0 of them are contacts': 0 given up, 0 without data, 0 left" in said
    assert "0 leads that wanted an answer are looked at again" in said


async def test_a_damaged_line_is_named_and_its_number_is_not(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "answers.csv", b"2025550101,2026-01-31,no\n2025550102,31.1.2026,no\n")
    said = await told(url, "reassigned", file, *ASKED, code=2)
    assert said.splitlines()[0] == "  line 2: the date is no day as 2026-11-20"
    assert "2025550102" not in said
    assert said.endswith(f"error: {file}: 1 of 2 lines are damaged, nothing was taken\n")
    assert "left out, since 1 may be" in await told(url, "reassigned", file, *ASKED, "--skip-damaged", "1")


async def test_the_time_must_be_one_and_past(url: str, tmp_path: Path) -> None:
    file = await written(tmp_path / "answers.csv", b"2025550101,2026-01-31,no\n")
    assert "--checked-at: must be like" in await told(url, "reassigned", file, "--checked-at", "today", code=2)
    assert "still to come" in await told(url, "reassigned", file, "--checked-at", "2026-11-22", code=2)
