"""`dialer compliance verify` on what an engine wrote into a real database, and on what somebody then did to it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dialer.commands.proof import verified
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.commands.test_help import dialer

LEADS = [["+12122020106"], ["+12122020206"], ["+12122020306"], ["+13055550106"], ["+442079460123"]]
"""Three that are dialed; one of Florida, who never agreed to it; one of London, of whose list there is no copy."""
TAMPERINGS = {
    "another number dialed": ("UPDATE attempts SET e164 = '+12122020999' WHERE id = :attempt", "another number"),
    "another verdict": ("UPDATE attempts SET verdict = 'allowed by X@1' WHERE id = :attempt", "another verdict"),
    "another time": (
        "UPDATE attempts SET opened_at = now() WHERE id = :attempt",
        "another time",
    ),
    "a record changed": (
        "UPDATE verdicts SET record = replace(record, 'US-HRS', 'US-XXX') WHERE attempt_id = :attempt",
        "is not the one that was hashed",
    ),
    "a row changed": ("UPDATE verdicts SET contact_id = 4711 WHERE attempt_id = :attempt", "another contact than its"),
    "a verdict taken out": ("DELETE FROM verdicts WHERE attempt_id = :attempt", "no verdict allowed it|are gone"),
}


async def dialed(rig: DatabaseRig) -> str:
    """A campaign whose leads were dialed or blocked; returns the first attempt."""
    assert (await rig.post("/v1/campaigns", {"name": "autumn", "caller_id": "+12025550100"})).status == 201
    for numbers in LEADS:
        assert (await rig.post("/v1/leads", {"campaign": "autumn", "numbers": numbers})).status == 201
    for agent in ("1001", "1002", "1003"):
        seat = {"name": agent, "server": "main"}
        assert (await rig.ask("PUT", f"/v1/agents/{agent}", json=seat)).status == 200
        assert (await rig.post(f"/v1/agents/{agent}/login", {"campaign": "autumn"})).status == 200
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
    await rig.until(lambda: sum(agent.state == "talking" for agent in rig.desk.agents()) == 3)
    attempts = (await rig.get("/v1/attempts?campaign=autumn")).body["items"]
    return str(attempts[-1]["id"])


async def until_blocked(rig: DatabaseRig, wanted: dict[str, int]) -> None:
    """Wait until so many leads are blocked, by reason."""
    for _ in range(200):
        reasons = (await rig.get("/v1/leads/counts?campaign=autumn")).body["reasons"]
        if reasons == wanted:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"blocked: {reasons}")


async def verify(url: str, *more: str) -> tuple[int, dict[str, Any]]:
    code, out, err = await dialer("compliance", "verify", "--json", "--database", url, *more)
    assert out, err
    return code, json.loads(out)


async def test_what_an_engine_wrote_is_whole_and_what_somebody_changed_is_found(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await dialed(rig)
        # while all agents talk nobody looks at the other leads
        assert (await rig.ask("PUT", "/v1/agents/1004", json={"name": "1004", "server": "main"})).status == 200
        assert (await rig.post("/v1/agents/1004/login", {"campaign": "autumn"})).status == 200
        await until_blocked(rig, {"consent": 1, "national list": 1})
    code, told = await verify(database_url)
    assert (code, told["whole"], told["attempts"], told["findings"]) == (0, True, 3, [])
    [chain] = told["chains"]
    assert chain["verdicts"] >= 5
    assert (await verify(database_url, "--kept", chain["head"]))[0] == 0

    with pytest.raises(Exception, match="verdicts are only ever added"):
        await database.fetch(text("DELETE FROM verdicts"))
    await database.fetch(text("CREATE TABLE kept_verdicts AS TABLE verdicts"))
    await database.fetch(text("CREATE TABLE kept_attempts AS TABLE attempts"))
    await database.fetch(text("ALTER TABLE verdicts DISABLE TRIGGER verdicts_stay"))
    try:
        for name, (statement, words) in TAMPERINGS.items():
            await database.fetch(text(statement), {"attempt": attempt})
            findings = (await verified(database, {})).findings
            assert any(word in finding["reason"] for finding in findings for word in words.split("|")), (name, findings)
            await database.fetch(text("DELETE FROM verdicts"))
            await database.fetch(text("INSERT INTO verdicts TABLE kept_verdicts"))
            await database.fetch(
                text("""UPDATE attempts SET e164 = kept.e164, verdict = kept.verdict, opened_at = kept.opened_at
                FROM kept_attempts AS kept WHERE kept.id = attempts.id""")
            )
        assert (await verified(database, {})).findings == []
        await database.fetch(text("TRUNCATE verdicts"))
        code, told = await verify(database_url, "--kept", chain["head"])
        assert code == 1
        assert told["older_attempts"] == 3
        assert told["findings"] == [{"where": "engine-1", "reason": "the whole chain is gone"}]
    finally:
        await database.fetch(text("ALTER TABLE verdicts ENABLE TRIGGER verdicts_stay"))
        await database.fetch(text("DROP TABLE kept_verdicts, kept_attempts"))


async def test_people_are_told_in_words(database: ContactDatabase, database_url: str) -> None:
    code, out, _ = await dialer("compliance", "verify", "--database", database_url)
    assert code == 0
    assert "0 attempts were held against their verdicts" in out
    assert "The log is whole" in out


@pytest.mark.parametrize("kept", ["engine-1", "engine-1:x:00", ":1:00", "engine-1:1:"])
async def test_a_head_that_is_none_is_refused(kept: str, database_url: str) -> None:
    code, _, err = await dialer("compliance", "verify", "--kept", kept, "--database", database_url)
    assert code == 2
    assert "ENGINE:PLACE:HASH" in err
