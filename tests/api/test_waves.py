"""Waves, shops' tasks and webhooks by the API, on a real database with a running engine."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from compliance.facts import Reassignment
from dialer.settings import Role
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.api.rig import ApiRig
from tests.api.test_people import ADA, GIVEN, a_contact
from tests.contract.contact_worlds import DatabaseWorld

PLAN = {
    "steps": [
        {"name": "sms", "channels": ["sms"], "text": "Dear {name}, reply STOP to end.", "go_on_at": ["replied"]},
        {"name": "visit", "channels": ["shop"], "shop": "centre", "text": "{name} may come",
         "when": [{"any_of": ["replied"]}]},
    ]
}  # fmt: skip


async def in_waves(rig: DatabaseRig, database: ContactDatabase, plan: dict[str, Any] = PLAN) -> None:
    """A lead who agreed to messages, in waves that run."""
    await a_contact(rig)
    day = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (await rig.post("/v1/consents", ADA | GIVEN | {"at": day.isoformat()})).status == 201
    await DatabaseWorld(database).answer_of(ADA["number"], Reassignment(day, day.date(), changed=False))
    assert (await rig.ask("PUT", "/v1/campaigns/autumn/waves", json=plan)).status == 200
    assert (await rig.post("/v1/campaigns/autumn/waves/start")).body["state"] == "running"


async def test_from_an_sms_to_the_shop_and_back(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await in_waves(rig, database)
        await rig.until(lambda: bool(rig.sms.given))
        said = {"reply": {"channel": "sms", "sender": ADA["number"], "text": "Where are you?"}}
        assert (await rig.post("/v1/channels/replies", said)).body == {"opted_out": False, "contacts": 1}
        tasks: list[dict[str, Any]] = []
        while not tasks:
            tasks = (await rig.get("/v1/shop-tasks?shop=centre&state=open")).body["items"]
        [task] = tasks
        assert (task["text"], task["number"]) == ("Ada may come", "")
        taken = await rig.post(f"/v1/shop-tasks/{task['id']}/take")
        assert (taken.body["number"], taken.body["taken_by"]) == (ADA["number"], "ada")
        assert (await rig.post(f"/v1/shop-tasks/{task['id']}/take")).status == 409
        sold = {"result": "sold", "note": "two phones"}
        assert (await rig.post(f"/v1/shop-tasks/{task['id']}/close", sold)).status == 204
        assert (await rig.post(f"/v1/shop-tasks/{task['id']}/close", sold)).status == 409
        seen = (await rig.get("/v1/campaigns/autumn/waves")).body
        assert {(one["step"], one["result"], one["people"]) for one in seen["results"]} == {
            ("sms", "sent", 1), ("sms", "replied", 1), ("visit", "sold", 1),
        }  # fmt: skip


async def test_a_stop_is_on_the_list_when_it_is_answered(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        said = {"reply": {"channel": "sms", "sender": ADA["number"], "text": "STOP"}}
        assert (await rig.post("/v1/channels/replies", said)).body == {"opted_out": True, "contacts": 0}
        assert (await rig.post("/v1/dnc/check", {"number": ADA["number"]})).body == {"listed": True}


async def test_marketing_waits_for_consent(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        assert GIVEN["purpose"] == "marketing"
        await rig.ask("PUT", "/v1/campaigns/autumn/waves", json=PLAN)
        await rig.post("/v1/campaigns/autumn/waves/start")
        results: list[dict[str, Any]] = []
        while not results:
            results = (await rig.get("/v1/campaigns/autumn/waves")).body["results"]
        assert results == [{"step": "sms", "result": "blocked", "people": 1}]
        assert rig.sms.given == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"steps": []}, "body.steps"),
        ({"steps": [{"name": "x", "channels": ["pigeon"]}]}, "body.steps.0.channels.0"),
        ({"steps": [{"name": "x", "channels": ["sms"], "text": "Dear {Name}"}]}, "body.steps.0"),
        ({"ends_at": ["nothing"]}, "body.ends_at.0"),
        ({"more": 1}, "body.more"),
    ],
)
async def test_a_plan_that_can_not_be_is_refused_by_its_place(rig: ApiRig, change: dict[str, Any], place: str) -> None:
    answer = await rig.ask("PUT", "/v1/campaigns/autumn/waves", json=PLAN | change)
    assert answer.status == 422
    assert place in [one["place"] for one in answer.body["faults"] or [answer.body]]
    assert (await rig.get("/v1/campaigns/autumn/waves")).status == 404


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("shop", 422), ("gateway", 403), ("supervisor", 200)])
async def test_a_shop_sees_its_own_tasks_alone(rig: ApiRig, role: Role, status: int) -> None:
    assert (await rig.get("/v1/shop-tasks?shop=centre", role)).status == status
    assert (await rig.get("/v1/shop-tasks?shop=harbour", "shop")).status == 200


@pytest.mark.parametrize(("role", "status"), [("gateway", 204), ("shop", 403), ("supervisor", 403)])
async def test_receipts_come_from_gateways(rig: ApiRig, role: Role, status: int) -> None:
    told = {"reference": "m1", "delivered": True}
    assert (await rig.post("/v1/channels/receipts", told, role)).status == status


async def test_webhooks_are_added_listed_and_removed_and_never_go_inside(rig: ApiRig) -> None:
    made = await rig.post("/v1/webhooks", {"url": "https://crm.partner.example/in", "kinds": ["outcome", "outcome"]})
    assert made.status == 201
    assert made.body["secret"].startswith("whsec_")
    [held] = (await rig.get("/v1/webhooks")).body["items"]
    assert (held["kinds"], held["pending"], "secret" in held) == (["outcome"], 0, False)
    for url in ("http://crm.partner.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.7:8443/x",
                "https://localhost/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.7]/",
                "https://user:pw@crm.partner.example/", "ftp://crm.partner.example/"):  # fmt: skip
        refused = await rig.post("/v1/webhooks", {"url": url, "kinds": ["outcome"]})
        assert (refused.status, refused.body["place"]) == (422, "body.url"), url
    short = {"url": "https://crm.partner.example/in", "kinds": ["outcome"], "secret": "whsec_c2hvcnQ="}
    assert (await rig.post("/v1/webhooks", short)).body["place"] == "body.secret"
    assert (await rig.ask("DELETE", f"/v1/webhooks/{held['id']}")).status == 204
    assert (await rig.ask("DELETE", f"/v1/webhooks/{held['id']}")).status == 404
    assert (await rig.post("/v1/webhooks", short, "supervisor")).status == 403
