"""`dialer quality` and `dialer cases`, as they are typed; the tour has a whole week of them."""

from pathlib import Path

import pytest

from dialer.commands.quality_scores import given
from dialer.domain.errors import BadInput
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.commands.test_day import over

ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"


async def test_a_week_without_calls_is_drawn_and_says_so(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        assert "reviewers\tnone: name some in the rules' file" in await over(rig, "quality", "rules")
        assert "would be drawn" in await over(rig, "quality", "draw", "2026-11-16", "--dry-run")
        assert "there is nothing to draw" in await over(rig, "quality", "draw", "2026-11-16")
        assert "was drawn already" in await over(rig, "quality", "draw", "2026-11-16", code=6)
        assert "named by its Monday: 2026-11-09" in await over(rig, "quality", "draw", "2026-11-11", code=2)
        assert "2026-11-16\t0\t0" in await over(rig, "quality", "samples")
        assert "0 scores have a reviewer now" in await over(rig, "quality", "hand-out")
        assert "are in force" in await over(rig, "quality", "reload")
        assert "0\t0\t0\t0\t0" in await over(rig, "quality", "report")
        assert "total\t0\t-\t-" in await over(rig, "quality", "agreement")
        assert "0 notices are published" in await over(rig, "quality", "publish")
        for command in ("assignments", "disputes", "notices", "complaints"):
            assert len((await over(rig, "quality", command)).splitlines()) == 1
        for command in ("form", "show"):
            assert "is in no sample" in await over(rig, "quality", command, ATTEMPT, code=5)
        assert "no notice 1" in await over(rig, "quality", "withdraw", "1", "wrong", code=5)
        assert "no attempt" in await over(rig, "quality", "complain", "tone", "--attempt", ATTEMPT, code=5)
        assert "no attempt" in await over(rig, "cases", "add", ATTEMPT, "a good call", code=5)


def test_a_filled_in_form_is_read(tmp_path: Path) -> None:
    file = tmp_path / "call.toml"
    file.write_text('heard = "sale"\nremark = ""\n[points]\ngreeting = "1"\nneeds = 3\nclose = "n/a"\n')
    assert given("", file) == {"heard": "sale", "points": {"greeting": 1, "needs": 3, "close": None}}
    assert given("greeting=1, close=n/a", None) == {"points": {"greeting": 1, "close": None}}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[points]\ngreeting = ''", "points.greeting: must be whole points, or n/a"),
        ("[points]\ngreeting = true", "points.greeting: must be whole points"),
        ("hear = 'sale'\n[points]\n", "hear: is not known here"),
        ("heard = 'sale'", "points: is missing"),
        ("[points", "is not TOML"),
    ],
)
def test_a_form_that_is_not_filled_in_right_is_named_with_its_place(tmp_path: Path, written: str, words: str) -> None:
    file = tmp_path / "call.toml"
    file.write_text(written)
    with pytest.raises(BadInput) as told:
        given("", file)
    assert words in str(told.value)
    assert "call.toml" in str(told.value)


def test_points_are_given_in_one_way(tmp_path: Path) -> None:
    for points, file in (("", None), ("a=1", tmp_path / "call.toml")):
        with pytest.raises(BadInput, match="either --points or --file"):
            given(points, file)
    with pytest.raises(BadInput, match="--points greeting: must be whole points"):
        given("greeting=much", None)
    with pytest.raises(BadInput, match="can't be read"):
        given("", tmp_path / "none.toml")
