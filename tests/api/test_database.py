"""The API on a real PostgreSQL."""

import asyncio
from pathlib import Path

from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig


async def test_a_lead_is_added_dialed_disposed_of_and_told(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await a_call(rig)
        promise = {"attempt": attempt, "disposition": "call_back", "call_back": {"at": "2026-12-01T15:00:00Z"}}
        assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
        await rig.until(lambda: rig.desk.agents()[0].state == "wrap_up")
        assert (await rig.post("/v1/agents/1001/dispose", promise, "agent")).status == 204
        told = (await rig.get(f"/v1/attempts/{attempt}")).body
        assert (told["disposition"], told["campaign"], told["number"]) == ("call_back", "autumn", "+12122020106")
        async with asyncio.timeout(60):
            mine: list[dict[str, object]] = []
            while not mine:  # the outcome, which says whose call it was, is stored beside the agent's work
                mine = (await rig.get("/v1/attempts?campaign=autumn&agent=1001", "agent")).body["items"]
                await asyncio.sleep(0.01)
        assert mine[0]["id"] == attempt
        [due] = (await rig.get("/v1/call-backs?campaign=autumn")).body["items"]
        assert (due["attempt"], due["due_at"]) == (attempt, "2026-12-01T15:00:00Z")
        assert (await rig.ask("DELETE", f"/v1/call-backs/{attempt}")).status == 204
        assert (await rig.ask("DELETE", f"/v1/call-backs/{attempt}")).status == 404
        assert (await rig.get("/readyz", None)).body == {"ready": True}


async def a_call(rig: DatabaseRig) -> str:
    """Agent 1001 talks to the only lead of a new campaign; returns the attempt."""
    lead = {"campaign": "autumn", "numbers": ["+12122020106"], "name": "Ada", "external_key": "7"}
    assert (await rig.post("/v1/leads", lead)).status == 404
    assert (await rig.post("/v1/campaigns", {"name": "autumn", "caller_id": "+12025550100"})).status == 201
    assert (await rig.post("/v1/leads", lead)).status == 201
    assert (await rig.post("/v1/leads", lead)).status == 409
    assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200
    assert (await rig.post("/v1/agents/1001/login", {"campaign": "autumn"}, "agent")).status == 200
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
    await rig.until(lambda: rig.desk.agents()[0].state == "talking")
    [agent] = (await rig.get("/v1/agents", "agent")).body["items"]
    return str(agent["attempt"])


async def test_texts_that_the_database_can_not_hold_are_refused_before_it(
    database: ContactDatabase, tmp_path: Path
) -> None:
    async with database_rig(database, tmp_path) as rig:
        for body in (
            {"name": "a\0b"},
            {"name": "x", "script": "a\0b"},
            {"name": "x", "purpose": "\n"},
            {"name": " x"},
        ):
            assert (await rig.post("/v1/campaigns", body)).status == 422
        assert (await rig.get("/v1/campaigns")).body == {"items": []}
