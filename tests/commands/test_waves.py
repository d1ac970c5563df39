"""`dialer waves`, `dialer shop-tasks` and `dialer webhooks`, as they are typed."""

from pathlib import Path

from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.commands.test_day import over
from tests.commands.test_help import dialer


async def test_a_plan_from_its_example_to_its_end(database: ContactDatabase, tmp_path: Path) -> None:
    file = tmp_path / "waves.toml"
    _, out, _ = await dialer("waves", "example")
    file.write_text(out)
    async with database_rig(database, tmp_path) as rig:
        assert (await rig.post("/v1/campaigns", {"name": "autumn"})).status == 201
        assert "no waves" in await over(rig, "waves", "show", "autumn", code=5)
        assert "nothing is changed" in await over(rig, "waves", "put", "autumn", str(file), "--dry-run")
        assert "no waves" in await over(rig, "waves", "start", "autumn", code=5)
        assert "0 more leads wait" in await over(rig, "waves", "put", "autumn", str(file))
        assert "run; see them with" in await over(rig, "waves", "start", "autumn")
        assert "are held" in await over(rig, "waves", "hold", "autumn")
        assert "places:" in await over(rig, "waves", "show", "autumn")
        assert "Nothing is done yet" in await over(rig, "waves", "remove", "autumn")
        assert "0 leads may be called" in await over(rig, "waves", "remove", "autumn", "--yes")
        assert "no task" in await over(rig, "shop-tasks", "take", "01890a5d-ac96-774b-bcce-b302099a8057", code=5)


async def test_every_fault_of_a_plan_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "waves.toml"
    file.write_text('[[steps]]\nname = "a"\nchannels = ["pigeon"]\n[[steps]]\nname = "b"\nchannels = ["sms"]\n')
    code, out, err = await dialer("waves", "check", str(file))
    assert (code, out) == (2, "")
    assert "waves.toml.steps.0.channels.0: " in err
    assert "waves.toml.steps.1: text: a step by sms needs one" in err
    file.write_text('ends_at = ["replid"]\nsteps = []')
    _, _, err = await dialer("waves", "check", str(file))
    assert "replid is no result; did you mean replied?" in err
    file.write_text("not TOML")
    assert "is not TOML" in (await dialer("waves", "check", str(file)))[2]


async def test_webhooks_as_they_are_typed(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        added = await over(rig, "webhooks", "add", "https://crm.partner.example/in", "--kind", "outcome")
        assert "whsec_" in added
        hook = added.split()[1]
        assert "https://crm.partner.example/in" in await over(rig, "webhooks", "list")
        assert "body.url" in await over(rig, "webhooks", "add", "https://10.0.0.1/in", "--kind", "outcome", code=2)
        assert "0 deliveries" in await over(rig, "webhooks", "send-again")
        await over(rig, "webhooks", "deliveries")
        assert "told no more" in await over(rig, "webhooks", "remove", hook)
