"""`dialer compliance evidence` on what an engine wrote into a real database, and on what somebody then did to it."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from compliance.rule_files import load_rules, shipped_rules, shipped_texts
from compliance.rulebook import Rules
from dialer.__main__ import app
from dialer.commands.evidence.command import Wanted, write_evidence
from dialer.commands.evidence.file import form_of
from dialer.commands.evidence.gather import Asked
from dialer.domain.errors import BadInput, NotFound
from dialer.domain.ids import AttemptId
from dialer.settings import load_settings
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.commands.test_help import dialer
from tests.commands.test_proof import dialed, until_blocked
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK

PERIOD = Asked(MONDAY_TEN_IN_NEW_YORK - timedelta(hours=2), MONDAY_TEN_IN_NEW_YORK + timedelta(days=1))
PERIOD_OPTIONS = ("--from", PERIOD.since.isoformat(), "--to", PERIOD.until.isoformat())


async def run(url: str, out: Path, *more: str) -> tuple[int, str, str]:
    return await dialer("compliance", "evidence", "--out", str(out), "--database", url, *more)


async def written(database: ContactDatabase, out: Path, asked: str | Asked, rules: Rules | None = None) -> str:
    about = AttemptId(asked) if isinstance(asked, str) else asked
    now = PERIOD.until - timedelta(hours=1)
    await write_evidence(database, Wanted(load_settings(), rules or shipped_rules(), now, out, form_of(out)), about)
    return read(out)


def read(file: Path) -> str:
    return file.read_text()


async def told(database: ContactDatabase, out: Path, asked: str | Asked, rules: Rules | None = None) -> Any:
    return json.loads(await written(database, out, asked, rules))


async def worked(rig: DatabaseRig) -> str:
    """A campaign with three calls and two blocked leads; the first call was closed by its agent."""
    attempt = await dialed(rig)
    # while all agents talk nobody looks at the other leads
    assert (await rig.ask("PUT", "/v1/agents/1004", json={"name": "1004", "server": "main"})).status == 200
    assert (await rig.post("/v1/agents/1004/login", {"campaign": "autumn"})).status == 200
    await until_blocked(rig, {"consent": 1, "national list": 1})
    return attempt


async def test_a_call_and_a_period_are_told_and_what_somebody_changed_is_found(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await worked(rig)
    await _the_call(database, tmp_path, attempt)
    await _the_period(database, tmp_path, attempt)
    await _the_command(database_url, tmp_path, attempt)
    await _meddled(database, tmp_path, attempt)


async def _the_call(database: ContactDatabase, folder: Path, attempt: str) -> None:
    one = await told(database, folder / "call.json", attempt)
    call, verdict, proof = one["call"], one["verdict"], one["proof"]
    assert call["number"].startswith("+1212202")
    assert (call["campaign"], call["engine"], call["caller_id"]) == ("autumn", "engine-1", "+12025550100")
    assert "America/New_York" in [local["zone"] for local in call["local_times"]]
    assert verdict["allowed"] is True
    assert verdict["same_rule_files"] is True
    assert verdict["rule_files"] == shipped_rules().digest
    hours = next(row for row in verdict["rules"] if row["rule"] == "US-HRS")
    assert (hours["version"], hours["found"], hours["unverified"]) == ("1", True, True)
    assert "08:00-21:00" in hours["figure"]
    assert "310.4(c)" in hours["source"]
    facts = {fact["fact"]: " ".join(fact["words"]) for fact in one["facts"]}
    assert "US-DNC: not on it, by the copy of" in facts["national do-not-call lists"]
    assert facts["our own do-not-call list"] == "not on it"
    assert proof["whole"]
    assert proof["attempt_agrees"]
    assert proof["hash"] == proof["recomputed"]
    assert sha256(bytes.fromhex(proof["hash_before"]) + proof["record"].encode()).hexdigest() == proof["hash"]


async def _the_period(database: ContactDatabase, folder: Path, attempt: str) -> None:
    whole = await told(database, folder / "period.json", PERIOD)
    [autumn] = whole["campaigns"]
    assert (autumn["campaign"], autumn["attempts"], whole["attempt_count"]) == ("autumn", 3, 3)
    assert sum(autumn["outcomes"].values()) == 3
    assert autumn["verdicts"]["allowed"] == 3
    assert autumn["verdicts"]["blocked_by_reason"].keys() == {"consent", "national list"}
    assert {"DEF-ABN-30D@1", "DEF-ABN-24H@1", "DEF-ABN-MONTH@1"} == {one["rule"] for one in autumn["windows"]}
    assert all(one["cap_ratio"] <= 0.03 and not one["exceeded"] for one in autumn["windows"])
    assert (whole["whole"], whole["findings"]) == (True, [])
    [chain] = whole["chains"]
    assert (chain["engine"], chain["whole"], chain["verdicts_of_period"]) == (
        "engine-1",
        True,
        chain["last_place_checked"],
    )
    assert [call["fault"] for call in whole["calls"]] == [None, None, None]
    assert whole["calls"][0]["attempt"] == attempt
    assert whole["rule_sets"][whole["calls"][0]["rule_set"] - 1]["rules"][0].startswith("US-")
    assert "not over when this was made" in whole["not_over"]

    same = await told(database, folder / "campaign.json", replace(PERIOD, campaign="autumn"))
    assert same["campaigns"] == whole["campaigns"]
    empty = Asked(datetime(2031, 1, 1, tzinfo=UTC), datetime(2031, 1, 2, tzinfo=UTC))
    late = await told(database, folder / "empty.json", empty)
    assert "No call was dialed in this period." in await written(database, folder / "empty.html", empty)
    assert (late["calls"], late["campaigns"], late["chains"], late["whole"]) == ([], [], [], True)


async def _the_command(url: str, folder: Path, attempt: str) -> None:
    page = folder / "call.html"
    code, out, err = await run(url, page, "--attempt", attempt)
    assert code == 0, err
    assert sha256(page.read_bytes()).hexdigest() in out
    assert "kept" in out
    assert page.stat().st_mode & 0o077 == 0
    text_ = read(page)
    assert "<h1>Evidence of one call</h1>" in text_
    assert f"Of one call, attempt {attempt}." in text_
    assert "US-HRS" in text_
    assert "unverified" in text_
    code, _, err = await run(url, page, "--attempt", attempt)
    assert code == 2
    assert "--force" in err
    assert read(page) == text_

    code, _, err = await run(url, folder / "period.html", *PERIOD_OPTIONS)
    assert code == 0, err
    assert "The log of verdicts is whole over this period" in read(folder / "period.html")
    assert not [name for name in os.listdir(folder) if name.startswith(".")]


async def _meddled(database: ContactDatabase, folder: Path, attempt: str) -> None:
    await database.fetch(text("ALTER TABLE verdicts DISABLE TRIGGER verdicts_stay"))
    try:
        await database.fetch(
            text("UPDATE attempts SET e164 = '+12122020999' WHERE id = :attempt"), {"attempt": attempt}
        )
        one = await told(database, folder / "call.json", attempt)
        assert one["proof"]["attempt_fault"] == "its verdict is of another number"
        assert one["proof"]["whole"]
        await database.fetch(
            text("UPDATE verdicts SET record = replace(record, 'US-HRS', 'US-XXX') WHERE attempt_id = :attempt"),
            {"attempt": attempt},
        )
        one = await told(database, folder / "call.json", attempt)
        assert not one["proof"]["whole"]
        assert one["proof"]["hash"] != one["proof"]["recomputed"]
        assert {row["rule"]: row["found"] for row in one["verdict"]["rules"]}["US-XXX"] is False
        whole = await told(database, folder / "period.json", PERIOD)
        assert any("is not the one that was hashed" in finding["reason"] for finding in whole["findings"])
        assert any(finding["where"] == f"attempt {attempt}" for finding in whole["findings"])
        await database.fetch(
            text("UPDATE verdicts SET record = '[]' WHERE attempt_id = :attempt"), {"attempt": attempt}
        )
        one = await told(database, folder / "call.json", attempt)
        assert (one["verdict"], one["facts"], one["call"]["local_times"]) == (None, None, [])
        assert (await told(database, folder / "period.json", PERIOD))["campaigns"][0]["verdicts"]["unread"] == 1
        await database.fetch(text("DELETE FROM verdicts WHERE place = 1"))
        whole = await told(database, folder / "period.json", PERIOD)
        assert any("missing: 1 verdicts before place 2" in finding["reason"] for finding in whole["findings"])
        assert "faults were found" in await written(database, folder / "period.html", PERIOD)
        await database.fetch(text("DELETE FROM verdicts"))
        one = await told(database, folder / "call.json", attempt)
        assert one["proof"]["findings"] == ["it is from before the log of verdicts began: nothing proves it"]
        assert (await told(database, folder / "period.json", PERIOD))["attempts_before_the_log"] == 3
        assert "nothing proves it" in await written(database, folder / "call.html", attempt)
    finally:
        await database.fetch(text("ALTER TABLE verdicts ENABLE TRIGGER verdicts_stay"))


async def test_other_rule_files_than_the_verdicts_are_told_of(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await worked(rig)
    rules = load_rules({"own.toml": shipped_texts()["default.toml"]})
    one = await told(database, tmp_path / "call.json", attempt, rules)
    assert one["verdict"]["same_rule_files"] is False
    assert any("are not those by which the verdicts were given" in note for note in one["notes"])
    assert not next(row for row in one["verdict"]["rules"] if row["rule"] == "US-HRS")["found"]
    whole = await told(database, tmp_path / "period.json", PERIOD, rules)
    assert whole["same_rule_files"] is False
    assert whole["rule_files"] == [{"digest": shipped_rules().digest, "verdicts": len_of(whole)}]


def len_of(whole: Any) -> int:
    return sum(one["verdicts"]["allowed"] + one["verdicts"]["blocked"] for one in whole["campaigns"])


ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"
DAY = ("--from", "2026-07-02", "--to", "2026-07-03")


async def test_what_is_not_there_is_not_found(database: ContactDatabase, database_url: str, tmp_path: Path) -> None:
    code, _, err = await run(database_url, tmp_path / "x.json", "--attempt", ATTEMPT)
    assert (code, f"no attempt {ATTEMPT}" in err) == (5, True)
    with pytest.raises(NotFound, match="no campaign 'none'"):
        await written(database, tmp_path / "x.html", replace(PERIOD, campaign="none"))
    assert os.listdir(tmp_path) == []
    with pytest.raises(BadInput, match=r"/proc/x.json can't be written"):
        await written(database, Path("/proc/x.json"), PERIOD)


@pytest.mark.parametrize(
    ("out", "arguments", "words"),
    [
        ("x.pdf", ("--attempt", ATTEMPT), ".json or .html"),
        ("x.json", ("--attempt", "17"), "--attempt"),
        ("x.json", ("--attempt", ATTEMPT, *DAY), "no period"),
        ("x.json", (), "--from and --to"),
        ("x.json", ("--from", "2026-07-02"), "--from and --to"),
        ("x.json", ("--from", "2026-07-03", "--to", "2026-07-02"), "2026-07-02 is not after 2026-07-03"),
        ("x.json", ("--from", "2026-07-03", "--to", "2026-07-03"), "is not after"),
        ("x.json", ("--from", "July", "--to", "2026-07-03"), "--from"),
        ("nowhere/x.json", DAY, "no folder"),
    ],
)
def test_what_can_not_be_done_is_said_and_no_file_is_left(
    out: str, arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["compliance", "evidence", "--out", str(tmp_path / out), *arguments])
    assert isinstance(result.exception, BadInput)
    assert words in str(result.exception)
    assert list(tmp_path.iterdir()) == []
