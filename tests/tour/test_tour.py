"""The tour is whole: a script for each system of the field, all of them told of and tried."""

import re

import pytest

from tests.tour.scripts import TOUR, toured_alone

SCRIPTS = sorted(path.stem for path in TOUR.glob("f*.sh"))
SYSTEMS = {*range(1, 16), *range(17, 25)}


def test_each_system_has_its_script() -> None:
    assert {int(name[1:3]) for name in SCRIPTS} >= SYSTEMS
    assert len(SCRIPTS) == len({name[:3] for name in SCRIPTS})


def test_the_readme_lists_the_scripts_there_are() -> None:
    listed = re.findall(r"^\| (f\d\d[\w\\]*) \|", (TOUR / "README.md").read_text("utf-8"), re.M)
    assert [name.replace("\\", "") for name in listed] == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_is_run_by_a_test_and_begins_as_all_do(name: str) -> None:
    tests = "".join(path.read_text("utf-8") for path in (TOUR.parents[1] / "tests" / "tour").glob("test_*.py"))
    assert f'"{name}.sh"' in tests
    script = TOUR / f"{name}.sh"
    lines = script.read_text("utf-8").splitlines()
    assert lines[0] == "#!/bin/sh -e"
    assert lines[1].startswith(f"# F{int(name[1:3])}: ")
    assert '. "$(dirname "$0")/begin.sh"' in lines
    assert script.stat().st_mode & 0o111


async def test_a_script_makes_its_own_database_and_leaves_nothing_behind() -> None:
    before = set(TOUR.glob("*"))
    out = await toured_alone("f15_inbound_tags.sh")
    assert "autumn\tphone\ta new phone\tTrue" in out
    [place] = re.findall(r"^\(in (/\S+),", out, re.M)
    assert not (TOUR / place).exists()
    assert set(TOUR.glob("*")) == before
