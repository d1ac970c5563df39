"""Events, offers, products and the calendar over the API."""

from pathlib import Path

from sqlalchemy import text

from dialer.domain.ids import AgentId
from dialer.domain.trigger import TriggerRule
from dialer.ports import InboundDuty
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.api.rig import ApiRig
from tests.api.test_events import heard, watch

RULE = TriggerRule("abroad", "autumn", 30, "roaming", score=100, offer="a week abroad")


async def test_an_event_told_to_the_api_is_dialed_at_once(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path, trigger_rules=[RULE]) as rig:
        assert (await rig.post("/v1/campaigns", {"name": "autumn", "caller_id": "+12025550100"})).status == 201
        people = {"campaign": "autumn", "numbers": ["+12122020106"], "external_key": "7", "score": 1}
        assert (await rig.post("/v1/leads", people)).status == 201
        await database.fetch(text("UPDATE leads SET status = 'done'"))
        assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200
        assert (await rig.post("/v1/agents/1001/login", {"campaign": "autumn"}, "agent")).status == 200
        assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
        await rig.until(lambda: rig.desk.agents()[0].state == "ready")
        at = rig.telephony.clock.now().isoformat()
        event = {"id": "e1", "kind": "roaming", "at": at, "external_key": "7", "facts": {"days": 3}}
        nobody = {"id": "e2", "kind": "roaming", "at": at, "number": "+12125550199"}
        told = await rig.post("/v1/events", {"events": [event, nobody]})
        first, second = told.body["items"]
        assert (first["state"], first["raised"][0]["why"], second["state"]) == ("taken", "", "unknown_person")
        await rig.until(lambda: rig.desk.agents()[0].state == "talking")
        again = await rig.post("/v1/events", {"events": [event]})
        assert again.body["items"][0]["state"] == "known"
        [kept] = (await rig.get("/v1/events/unknown")).body["items"]
        assert (kept["id"], kept["number"], kept["why"]) == ("e2", "+12125550199", "no contact is known so")
        assert (await rig.post("/v1/events/discard", {"events": ["e2"]})).body == {"discarded": 1}


async def test_an_event_names_its_person_in_one_way(rig: ApiRig) -> None:
    at = rig.floor.clock.now().isoformat()
    event = {"id": "e1", "kind": "roaming", "at": at, "external_key": "7", "number": "+12125550100"}
    refused = await rig.post("/v1/events", {"events": [event]})
    assert (refused.status, refused.body["place"]) == (422, "body.events.0")
    for role in ("agent", "quality"):
        assert (await rig.post("/v1/events", {"events": [event]}, role)).status == 403


async def test_an_agent_sees_what_may_be_offered(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"product": "phone", "offer": "a new phone"})
    lead = rig.floor.lead("06")
    contact = rig.floor.book.leads[lead].contact
    assert (await rig.get(f"/v1/contacts/{contact}/offers", "agent")).body == {"items": []}
    await rig.post("/v1/campaigns/autumn/start")
    [offer] = (await rig.get(f"/v1/contacts/{contact}/offers", "agent")).body["items"]
    assert (offer["campaign"], offer["offer"], offer["lead"], offer["why_not"]) == ("autumn", "a new phone", lead, "")
    assert (await rig.get("/v1/contacts/987654/offers")).status == 404


async def test_the_agents_stream_bears_the_tag_of_a_target_who_calls_in(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"offer": "a new phone", "dial_mode": "preview"})
    queues = rig.floor.telephony.queues
    queues.open("service")
    contact = rig.floor.book.add_contact("+12125550143", name="Ada")
    async with watch(rig, "agent") as socket:
        await rig.agent_ready()
        await rig.post("/v1/campaigns/autumn/start")
        lead = rig.floor.book.add_lead(rig.floor.campaign.id, contact)
        queues.share(AgentId("1001"), ["service"], InboundDuty(penalty=0, paused=False, reason=""))
        queues.call_in("service", "+12125550143", talk_seconds=600)
        tag = await heard(socket, "caller_tag")
        assert (tag["lead"], tag["offer"], tag["card"]["name"]) == (lead, "a new phone", "Ada")


async def test_a_campaign_is_planned_and_what_clashes_is_told(rig: ApiRig) -> None:
    await rig.post("/v1/campaigns", {"name": "winter", "product": "cable"})
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"product": "fibre"})
    assert (await rig.post("/v1/products/exclude", {"product": "fibre", "other": "cable"})).status == 204
    assert (await rig.get("/v1/products")).body["items"][0]["offered_days"] == 90
    contact = rig.floor.book.leads[rig.floor.lead("06")].contact
    winter = next(one for one in rig.floor.book.plans.values() if one.plan.name == "winter")
    rig.floor.book.add_lead(winter.id, contact)
    days = {"begins_on": "2026-12-01", "ends_on": "2026-12-10"}
    assert (await rig.ask("PUT", "/v1/calendar/winter", json=days | {"channels": {"sms": 500}})).status == 200
    planned = await rig.ask("PUT", "/v1/calendar/autumn", json=days | {"hours_begin": "09:00", "agents": 3})
    assert (planned.body["hours_begin"], planned.body["product"]) == ("09:00", "fibre")
    kinds = [one["kind"] for one in (await rig.get("/v1/calendar/autumn/conflicts")).body["items"]]
    assert kinds == ["agents", "people", "exclusive products"]
    assert len((await rig.get("/v1/calendar?begin=2026-12-10")).body["items"]) == 2
    assert (await rig.get("/v1/calendar?begin=2026-12-11")).body["items"] == []
    backwards = {"begins_on": "2026-12-02", "ends_on": "2026-12-01"}
    refused = await rig.ask("PUT", "/v1/calendar/autumn", json=backwards)
    assert (refused.status, refused.body["place"]) == (422, "body.ends_on")
    assert (await rig.post("/v1/channel-capacity", {"channel": "sms", "a_day": 100})).status == 204
    assert (await rig.get("/v1/channel-capacity")).body["items"] == [{"channel": "sms", "a_day": 100}]
    rig.floor.desk._on_conflict = "refuse"
    started = await rig.post("/v1/campaigns/autumn/start")
    assert (started.status, started.body["place"]) == (409, "calendar")
    assert (await rig.ask("DELETE", "/v1/calendar/autumn")).status == 204
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200


async def test_trigger_rules_are_read_anew_or_refused_as_a_whole(rig: ApiRig, tmp_path: Path) -> None:
    rule = '[[rules]]\nid = "abroad"\nevent = "roaming"\n'
    rig.floor.trigger_file = tmp_path / "triggers.toml"
    rig.floor.trigger_file.write_text(f'{rule}campaign = "a"\ndeadline_minutes = 5\n')
    assert (await rig.post("/v1/triggers/reload", role="agent")).status == 403
    told = (await rig.post("/v1/triggers/reload", role="supervisor")).body
    assert (told["changed"], told["rules"], told["items"][0]["change"]) == (True, 1, "added")
    [seen] = (await rig.get("/v1/triggers", "quality")).body["items"]
    assert (seen["rule"], seen["event"], seen["deadline_minutes"]) == ("abroad", "roaming", 5)
    assert (await rig.post("/v1/triggers/reload")).body == {"changed": False, "rules": 1, "items": []}
    rig.floor.trigger_file.write_text(rule)
    refused = await rig.post("/v1/triggers/reload")
    assert (refused.status, refused.body["error"]) == (422, "bad_input")
    assert [one["place"] for one in refused.body["faults"]] == [
        "triggers.toml: rule abroad: campaign",
        "triggers.toml: rule abroad: deadline_minutes",
    ]
    assert (await rig.get("/v1/triggers")).body["items"] == [seen]
