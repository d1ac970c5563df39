"""The command line on a running service and a real database."""

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.api.rig import TOKENS
from tests.commands.test_help import dialer


async def over(rig: DatabaseRig, *arguments: str, code: int = 0) -> str:
    found, out, err = await dialer(*arguments, DIALER_API_URL=rig.base, DIALER_API_TOKEN=TOKENS["admin"])
    assert found == code, err
    return out + err


async def test_a_campaign_from_creation_to_its_counts(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    async with database_rig(database, tmp_path) as rig:
        assert "stopped" in await over(
            rig,
            "campaigns",
            "create",
            "autumn",
            "--dial-mode",
            "power",
            "--recycle",
            "busy=60",
            "--abandon-cap",
            "0.02",
            "--opt-out-key",
            "#",
            "--caller-id",
            "+12025550100",
        )
        await dialer("leads", "sample", str(file), "--rows", "50")
        code, out, err = await dialer("leads", "import", str(file), "--campaign", "autumn", "--database", database_url)
        assert code == 0, err
        assert "50 rows" in out
        assert "50 new leads" in out
        assert "running" in await over(rig, "campaigns", "start", "autumn")
        assert "conflict" not in await over(rig, "campaigns", "start", "autumn", code=6)
        counts = json.loads(await over(rig, "leads", "counts", "--campaign", "autumn", "--json"))
        assert sum(counts["by_status"].values()) == 50
        shown = await over(rig, "campaigns", "show", "autumn")
        assert "dial_mode\tpower" in shown
        assert "abandon_cap\t0.02" in shown
        assert "opt_out_key\t#" in shown
        windows = (await over(rig, "compliance", "abandonment", "--campaign", "autumn")).splitlines()
        assert windows[0].startswith("campaign\trule\twindow\tlive_answers\tabandoned\tratio\tcap_ratio")
        assert windows[1].startswith("autumn\tDEF-ABN-30D@1\tsuccessive 30 days\t0\t0\t0\t0.02\tFalse\t20")
        assert len(windows) == 4
        assert "autumn" in await over(rig, "floor")
        assert len((await over(rig, "leads", "list", "-c", "autumn", "--limit", "5")).splitlines()) == 7
        assert "no campaign" in await over(rig, "campaigns", "start", "spring", code=5)
        assert "ring_seconds" in await over(rig, "campaigns", "tune", "autumn", "--ring-seconds", "5", code=2)
        assert "stopped" in await over(rig, "campaigns", "stop", "autumn")


async def test_agents_dnc_attempts_and_call_backs(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await over(rig, "campaigns", "create", "autumn")
        assert "enrolled" in await over(rig, "agents", "enroll", "1001", "--name", "Anna")
        assert "logging_in" in await over(rig, "agents", "login", "1001", "--campaign", "autumn")
        await rig.until(lambda: rig.desk.agents()[0].state == "ready")
        assert "paused" in await over(rig, "agents", "pause", "1001", "--reason", "lunch")
        assert "ready" in await over(rig, "agents", "ready", "1001")
        assert "Anna" in await over(rig, "agents", "list")
        assert "logged_out" in await over(rig, "agents", "logout", "1001")
        assert "1 of 1" in await over(rig, "dnc", "add", "+12122020100", "--source", "letter")
        assert "not on" not in await over(rig, "dnc", "check", "+12122020100")
        await over(rig, "dnc", "remove", "+12122020100")
        await over(rig, "dnc", "remove", "+12122020100", code=5)
        await over(rig, "dnc", "add", "12122020100", code=2)
        nowhere = "01890a5d-ac96-774b-bcce-b302099a8057"
        assert (await over(rig, "attempts", "list", "--outcome", "busy")).startswith("id\t")
        await over(rig, "attempts", "show", nowhere, code=5)
        assert (await over(rig, "call-backs", "list")).startswith("attempt\t")
        await over(rig, "call-backs", "cancel", nowhere, code=5)
        await over(rig, "agents", "dispose", "1001", nowhere, "sale", code=5)


async def test_events_are_printed_as_they_come_until_interrupted(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer", "events", "--api", rig.base, "--token", TOKENS["admin"],
            stdout=asyncio.subprocess.PIPE, preexec_fn=interruptible,
        )  # fmt: skip
        try:
            await rig.until(lambda: rig.desk.feed.watched)
            await over(rig, "campaigns", "create", "autumn", "--caller-id", "+12025550100")
            await over(rig, "campaigns", "start", "autumn")
            assert process.stdout is not None
            assert json.loads(await process.stdout.readline())["event"] == "campaign_moved"
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(60):
                assert await process.wait() == 130
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


def interruptible() -> None:
    """Who was started in the background by a shell hears no interrupt, nor does any process it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def test_a_token_that_is_unknown_or_too_weak_is_refused(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        for token in ("nobody-has-this-token", TOKENS["quality"]):
            code, _, err = await dialer("campaigns", "create", "x", "--api", rig.base, "--token", token)
            assert code == 2
            assert token not in err


async def test_an_import_makes_its_campaign_only_when_asked(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    await dialer("leads", "sample", str(file), "--rows", "10")
    given = ("leads", "import", str(file), "-c", "spring", "--database", database_url)
    code, _, err = await dialer(*given)
    assert (code, "--create-campaign" in err) == (5, True)
    assert (await dialer(*given, "--create-campaign", "--dry-run"))[0] == 5
    code, out, _ = await dialer(*given, "--create-campaign")
    assert (code, "10 new leads" in out) == (0, True)
    code, out, _ = await dialer(*given, "--dry-run")
    assert (code, "0 would be new leads" in out) == (0, True)
    code, out, _ = await dialer(*given)
    assert (code, "0 new leads" in out) == (0, True)


async def test_an_import_that_fails_leaves_no_campaign_behind(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").write_text("")
    for name in ("empty.csv", "missing.csv"):
        given = ("leads", "import", str(tmp_path / name), "-c", "spring", "--database", database_url)
        assert (await dialer(*given, "--create-campaign"))[0] == 2
    assert await DatabaseCampaignBook(database).campaigns() == []


async def test_a_migrated_database_passes_its_check(database: ContactDatabase, database_url: str) -> None:
    assert (await dialer("database", "migrate", "--database", database_url))[0] == 0
    assert (await dialer("database", "check", "--database", database_url))[0] == 0


async def test_asterisks_files_are_written_for_campaigns_and_agents(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    settings = tmp_path / "dialer.toml"
    settings.write_text('[[asterisk]]\nsecret = "of the AMI"\n')
    given = ("--settings", str(settings), "--database", database_url)
    code, out, _ = await dialer("asterisk", "config", "--out", str(tmp_path / "conf"), *given)
    assert code == 0
    assert "dialer_extensions.conf" in out
    assert (tmp_path / "conf/main/dialer_manager.conf").read_text().count("of the AMI") == 1
