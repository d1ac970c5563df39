"""Consent and a person's rights over their data, by the API on a real PostgreSQL."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.settings import Role
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.api.rig import ApiRig
from tests.api.test_database import a_call

ADA = {"number": "+12122020106"}
WITHDRAWN = {"given": False, "source": "letter"}
GIVEN = {"given": True, "source": "web form", "purpose": "marketing", "proof": "form 17", "wording": "Call me."}


async def a_contact(rig: DatabaseRig, key: str = "7", campaign: str = "autumn") -> None:
    if (await rig.get(f"/v1/campaigns/{campaign}")).status == 404:
        assert (await rig.post("/v1/campaigns", {"name": campaign, "caller_id": "+12025550100"})).status == 201
    lead = {"campaign": campaign, "numbers": [ADA["number"]], "name": "Ada", "external_key": key}
    assert (await rig.post("/v1/leads", lead)).status == 201


async def test_consent_is_recorded_and_withdrawn_by_agents_and_seen(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        earlier = {"at": "2026-11-20T09:30:00+01:00", "expires_at": "2027-11-20T00:00:00Z"}
        noted = await rig.post("/v1/consents", ADA | GIVEN | earlier, "agent")
        assert noted.status == 201
        [contact] = noted.body["contacts"]
        assert (await rig.post("/v1/consents", {"contact": contact} | WITHDRAWN, "agent")).status == 201
        told = await rig.post("/v1/consents/list", {"external_key": "7"}, "quality")
        latest, first = told.body["items"]
        assert (latest["given"], latest["source"], latest["purpose"]) == (False, "letter (by 1001)", "")
        assert first == {
            "contact": contact,
            "at": "2026-11-20T08:30:00Z",
            "given": True,
            "purpose": "marketing",
            "wording": "Call me.",
            "proof": "form 17",
            "source": "web form (by 1001)",
            "expires_at": "2027-11-20T00:00:00Z",
        }


async def test_a_withdrawal_is_everyones_and_consent_is_one_persons(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        await a_contact(rig, "8")
        both = (await rig.post("/v1/consents", ADA | WITHDRAWN)).body["contacts"]
        assert len(both) == 2
        unclear = await rig.post("/v1/consents", ADA | GIVEN)
        assert unclear.status == 409
        assert str(both[1]) in unclear.body["reason"]
        assert (await rig.post("/v1/consents", ADA | GIVEN | {"contact": both[1]})).body["contacts"] == [both[1]]


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"number": "+12122020199"}, 404, ""),
        ({"contact": 4711}, 404, ""),
        ({"number": "12122020106"}, 422, "body.number"),
        ({"contact": None}, 422, "body.contact"),
        ({"purpose": "fun"}, 422, "body.purpose"),
        ({"purpose": None}, 422, "body.purpose"),
        ({"proof": " "}, 422, "body.proof"),
        ({"source": " "}, 422, "body.source"),
        ({"expires_at": "2026-11-20T00:00:00Z", "at": "2026-11-20T00:00:00Z"}, 422, "body.expires_at"),
        ({"at": "2026-11-23T18:00:00Z"}, 422, "body.at"),
        ({"given": False}, 422, "body.purpose"),
        ({"given": False, "purpose": None, "expires_at": "2027-01-01T00:00:00Z"}, 422, "body.purpose"),
        ({"given": "yes"}, 422, "body.given"),
    ],
)
async def test_a_word_that_can_not_be_is_refused(
    database: ContactDatabase, tmp_path: Path, change: dict[str, Any], status: int, place: str
) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        answer = await rig.post("/v1/consents", ADA | GIVEN | change)
        assert (answer.status, answer.body["place"]) == (status, place)
        assert (await rig.post("/v1/consents/list", ADA)).body["items"] == []


async def test_another_clock_may_be_a_minute_ahead(rig: ApiRig) -> None:
    contact = rig.floor.book.add_contact(ADA["number"])
    soon = rig.floor.clock.now() + timedelta(seconds=50)
    assert (await rig.post("/v1/consents", ADA | WITHDRAWN | {"at": soon.isoformat()})).status == 201
    late = rig.floor.clock.now() + timedelta(seconds=120)
    assert (await rig.post("/v1/consents", ADA | WITHDRAWN | {"at": late.isoformat()})).status == 422
    assert [note.at for note in await rig.floor.book.of(contact)] == [soon]


async def test_nobody_is_looked_for_by_nothing(rig: ApiRig) -> None:
    for path in ("consents/list", "contacts/export", "contacts/erase"):
        answer = await rig.post(f"/v1/{path}", {})
        assert (answer.status, answer.body["place"]) == (422, "body")


async def test_a_withdrawal_stops_the_calls_at_once(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        assert (await rig.post("/v1/consents", ADA | WITHDRAWN)).status == 201
        assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200
        assert (await rig.post("/v1/agents/1001/login", {"campaign": "autumn"}, "agent")).status == 200
        assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
        await rig.until(lambda: rig.desk.campaigns()[0].leads.get("blocked") == 1)
        assert (await rig.get("/v1/attempts")).body["items"] == []


@pytest.mark.parametrize("role", ["agent", "quality"])
async def test_a_persons_data_are_for_supervisors(rig: ApiRig, role: Role) -> None:
    for act in ("export", "plan-erasure", "erase"):
        assert (await rig.post(f"/v1/contacts/{act}", ADA, role)).status == 403


async def test_a_person_who_was_called_is_exported_and_erased(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await a_call(rig)
        assert (await rig.post("/v1/contacts/plan-erasure", ADA)).status == 409
        assert (await rig.post("/v1/contacts/erase", ADA)).status == 409
        assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
        await rig.until(lambda: rig.desk.agents()[0].state == "wrap_up")
        closing = {"attempt": attempt, "disposition": "not_interested", "note": "likes tea"}
        recording = tmp_path / f"{attempt}.wav"
        recording.write_bytes(b"RIFF")
        assert (await rig.post("/v1/agents/1001/dispose", closing, "agent")).status == 204
        tables = (await rig.post("/v1/contacts/export", ADA, "supervisor")).body["tables"]
        assert (tables["contacts"][0]["name"], tables["dispositions"][0]["note"]) == ("Ada", "likes tea")
        assert tables["verdicts"][-1]["record"]["allowed"] is True
        planned = (await rig.post("/v1/contacts/plan-erasure", ADA, "supervisor")).body
        assert (await rig.post("/v1/contacts/export", ADA)).body["tables"] == tables
        done = (await rig.post("/v1/contacts/erase", ADA, "supervisor")).body
        assert done["kept"] == planned["kept"]
        assert planned["recordings_deleted"] == done["recordings_deleted"] == 1
        assert not recording.exists()
        assert {one["table"] for one in done["erased"]} >= {"contacts", "leads", "dispositions"}
        left = (await rig.post("/v1/contacts/export", ADA)).body["tables"]
        assert "Ada" not in str(left)
        assert "likes tea" not in str(left)
        assert left["attempts"] == tables["attempts"]
        assert left["dnc_entries"][0]["source"] == "erasure asked on 2026-11-23 (by susan)"
        assert (await rig.post("/v1/dnc/check", ADA)).body == {"listed": True}
        [lead] = (await rig.get("/v1/leads?campaign=autumn")).body["items"]
        assert (lead["name"], lead["status"], lead["reason"]) == ("", "done", "erased")


async def test_an_erased_lead_leaves_the_hopper(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200
        assert (await rig.post("/v1/agents/1001/login", {"campaign": "autumn"}, "agent")).status == 200
        await rig.until(lambda: rig.desk.agents()[0].state == "ready")
        assert (await rig.post("/v1/agents/1001/pause", {"reason": "lunch"}, "agent")).status == 200
        assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
        await rig.until(lambda: rig.desk.campaigns()[0].hopper == 1)
        assert (await rig.post("/v1/contacts/erase", ADA)).status == 200
        assert rig.desk.campaigns()[0].hopper == 0
        assert (await rig.post("/v1/agents/1001/ready", role="agent")).status == 200
        await rig.until(lambda: rig.desk.campaigns()[0].leads == {"done": 1})
        assert (await rig.get("/v1/attempts")).body["items"] == []
