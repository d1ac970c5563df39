"""`dialer simulate`: its tables and plots, its example, its replay, and how it says no."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dialer.__main__ import app
from dialer.domain.errors import BadInput, DialerError, NotFound
from integrations.contact_db.database import ContactDatabase
from tests.database.recorded_campaign import busy_day

# compiling takes a minute, once: one process does it for all
pytestmark = pytest.mark.xdist_group("simulator")

QUICK = ("--runs", "1", "--no-plot")


def simulate(*arguments: str, says_no: bool = False) -> Result:
    result = CliRunner().invoke(app, ["simulate", *arguments])
    assert (result.exit_code != 0) == says_no, result.output
    return result


def refused(*arguments: str) -> str:
    error = simulate(*arguments, says_no=True).exception
    assert isinstance(error, BadInput)
    return str(error)


def answered(*arguments: str) -> dict[str, Any]:
    told = simulate(*arguments, "--json").stdout
    read: dict[str, Any] = json.loads(told)
    return read


def test_the_usual_settings_are_compared_in_a_table() -> None:
    header, *lines = simulate("--agents", "5", "--open", "09:00-10:00", *QUICK).stdout.splitlines()
    assert header.split("\t")[:4] == ["setting", "list", "occupancy", "abandoned"]
    cells = [line.split("\t") for line in lines]
    assert [line[0] for line in cells] == ["predictive", "progressive", "power 1.5", "power 2"]
    assert cells[1][1:4] == ["-", cells[1][2], "0.00%"]
    assert all(line[2].endswith("%") for line in cells)


def test_json_has_every_figure_and_the_same_seed_the_same_ones() -> None:
    arguments = ("--agents", "5", "--leads", "60", "--rule", "progressive", "--no-plot", "--runs", "2", "--seed", "4")
    told = answered(*arguments)
    assert told == answered(*arguments)
    assert told != answered(*arguments, "--seed", "5")
    [row] = told["settings"]
    assert (row["setting"], row["rule"], row["runs"], row["verdict"]) == ("progressive", "progressive", 2, "unsure")
    assert row["occupancy"]["low"] <= row["occupancy"]["value"] <= row["occupancy"]["high"]
    assert row["reached_share"] > 0.7
    assert row["hours_to_most"] < row["hours_to_finish"] < 40
    assert told["plot"] is None


def test_what_is_tried_is_a_row_of_its_own() -> None:
    tried = "agents=9,rule=power,level=3"
    told = answered("--agents", "3", "--open", "09:00-10:00", "--rule", "progressive", "--try", tried, *QUICK)
    alone, more = told["settings"]
    assert (more["setting"], more["rule"], more["level"]) == ("agents=9, rule=power, level=3", "power", 3.0)
    assert more["dialed"] > 2.5 * alone["dialed"]


def test_the_example_plan_runs_as_it_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(simulate("--example").stdout)
    told = answered(str(file), "--rule", "progressive", "--set", "days=1", *QUICK)
    [row] = told["settings"]
    assert told["name"] == "autumn offer"
    assert row["inbound_in_time"] > 0.9
    assert row["hours_to_finish"] is None
    assert 0.1 < row["reached_share"] < 0.9
    header = simulate(str(file), "--rule", "progressive", "--set", "days=1", *QUICK).stdout.splitlines()[0]
    assert header.endswith("\tinbound_in_time")


@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_plot_is_drawn_as_its_ending_says(tmp_path: Path, ending: str, begins: bytes) -> None:
    file = tmp_path / f"picture.{ending}"
    out = simulate("--agents", "5", "--leads", "40", "--runs", "2", "--plot", str(file)).stdout
    assert out.splitlines()[-1] == f"plot: {file}"
    content = file.read_bytes()
    assert content.startswith(begins)
    if ending == "svg":
        for words in (b"Occupancy of agents", b"lines ringing", b"power 1.5", b"cap 3%", b"hours of work"):
            assert words in content


def test_a_plot_of_one_day_has_times_of_day(tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    simulate("--agents", "3", "--open", "08:00-11:00", "--runs", "1", "--plot", str(file))
    assert b"10:00" in file.read_bytes()


def test_a_floor_on_which_nobody_answers_can_be_drawn(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    simulate("--agents", "2", "--answer-probability", "0", "--open", "09:00-09:30", "--runs", "1", "--plot", str(file))
    assert file.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--agents", "0"), "options: agents: "),
        (("--agents", "0", "--cap", "0.5"), "cap: "),
        (("--answer-probability", "1.5"), "answer_probability: "),
        (("--set", "nonsense=1"), "nonsense: there is no such field"),
        (("--set", "nonsense"), "--set nonsense: "),
        (("--try", "agents=0"), '--try "agents=0": agents: '),
        (("--rule", "magic"), "--rule magic: rule: "),
        (("/nowhere/plan.toml",), "/nowhere/plan.toml: can't be read"),
        (("--plot", "picture.pdf"), "--plot picture.pdf: must end in .png or .svg"),
        (("--plot", "/nowhere/picture.png"), "--plot /nowhere/picture.png: its folder is not there"),
        (("--replay", "autumn"), "--replay: wants --day"),
        (("--day", "2026-11-20"), "--day: which campaign's?"),
        (("--replay", "autumn", "--day", "2026-11-20", "--zone", "Mars/Base"), "--zone Mars/Base: there is no such"),
    ],
)
def test_bad_input_is_named_before_anything_is_simulated(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


def test_a_bad_plan_file_is_told_with_all_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text('agents = 0\nopen = "9-17"\nleads = "many"\n[[answers]]\nat = "10:00"\n')
    words = refused(str(file))
    assert words.startswith(f"{file}: ")
    for place in ("agents: ", "open: ", "leads: ", "answers.0.factor: "):
        assert place in words


async def test_a_recorded_day_is_played_again_under_other_settings(
    database: ContactDatabase, database_url: str
) -> None:
    await busy_day(database, datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
    arguments = ("--replay", "autumn", "--day", "2026-11-20", "--database", database_url, *QUICK)
    told = await asyncio.to_thread(answered, *arguments, "--rule", "progressive", "--try", "agents=6")
    recorded, power, progressive, more = told["settings"]
    assert told["name"] == "autumn, 2026-11-20"
    assert [row["setting"] for row in (recorded, power, progressive, more)] == [
        "recorded", "power 1.5", "progressive", "agents=6",
    ]  # fmt: skip
    assert (recorded["dialed"], recorded["live_answers"], recorded["cap"]) == (120, 40, 0.02)
    assert recorded["abandoned_ratio"]["value"] == pytest.approx(2 / 40)
    # the recorded agents' hours, and twice as many
    assert power["worked_hours"] == pytest.approx(recorded["worked_hours"], rel=0.05)
    assert more["worked_hours"] == pytest.approx(2 * recorded["worked_hours"], rel=0.05)
    assert (more["rule"], more["level"], more["cap"]) == ("power", 1.5, 0.02)
    for row in (power, progressive):
        assert row["live_answers"] / row["dialed"] == pytest.approx(1 / 3, abs=0.08)


async def test_a_day_or_campaign_that_is_not_there_says_so(database: ContactDatabase, database_url: str) -> None:
    await busy_day(database, datetime(2026, 11, 20, 14, 0, tzinfo=UTC))

    def error(campaign: str, day: str) -> DialerError:
        result = simulate("--replay", campaign, "--day", day, "--database", database_url, *QUICK, says_no=True)
        assert isinstance(result.exception, NotFound)
        return result.exception

    assert "no campaign 'spring'" in str(await asyncio.to_thread(error, "spring", "2026-11-20"))
    words = str(await asyncio.to_thread(error, "autumn", "2026-11-21"))
    assert "made no attempts on 2026-11-21" in words
    assert "2026-11-20" in words
