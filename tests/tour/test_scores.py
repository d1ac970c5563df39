"""The tours of scores, run as a new user runs them."""

import re
from pathlib import Path

from integrations.contact_db.database import ContactDatabase
from tests.tour.scripts import toured_on


async def test_leads_are_called_by_the_points_of_their_past(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f05_data_selection.sh")
    assert re.search(r"11,\d{3} leads ranked by history; 11,\d{3} got another place", out)


async def test_models_are_trained_judged_and_ranked_by(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f07_value.sh")
    assert "leads ranked by rfm (no model tells the chance of an answer" in out
    assert re.search(r"autumn\tanswer\tpromoted\t9000", out)
    assert re.search(r"autumn\tsale\tpromoted\t", out)
    assert re.search(r"\d\tanswer\tchampion\t", out)
    assert re.search(r"11,\d{3} leads ranked by value;", out)
    hours = {int(hour): int(leads) for hour, leads in re.findall(r"^(\d+)\t(\d+)\t0\.\d+$", out, re.MULTILINE)}
    assert sum(hours[hour] for hour in range(14, 22)) > sum(hours.values()) / 2
    assert "of the champion" in out


async def test_a_pilot_learns_which_cells_pay(database: ContactDatabase, database_url: str, tmp_path: Path) -> None:
    picture = tmp_path / "pilot.png"
    out = await toured_on(database_url, "f08_pilot.sh", PICTURE=str(picture))
    *_, learned = out.split("cell\tcalls\tsales\tvalue_a_call\tlow\thigh\tput_first\n")
    rows = [line.split("\t") for line in learned.splitlines()]
    assert len(rows) >= 27
    assert sum(int(row[6]) for row in rows) == 500
    assert all(float(low) <= float(value) <= float(high) for _, _, _, value, low, high, _ in rows)
    assert sum(int(row[6]) for row in rows[:9]) > sum(int(row[6]) for row in rows[-9:])
    assert picture.read_bytes().startswith(b"\x89PNG")
