"""A floor's day by the API: campaigns, leads, agents, calls and what came of them."""

from datetime import timedelta
from urllib.parse import quote

from dialer.settings import Role
from tests.api.rig import ApiRig


async def test_a_campaign_is_created_tuned_started_paused_and_stopped(rig: ApiRig) -> None:
    body = {"name": "spring", "dial_mode": "power", "caller_id": "+12025550100", "recycle": {"busy": 60}}
    made = await rig.post("/v1/campaigns", body)
    assert (made.status, made.body["status"]) == (201, "stopped")
    assert (made.body["recycle"]["busy"], made.body["recycle"]["not_placed"]) == (60.0, 0.0)
    tuned = await rig.ask("PATCH", "/v1/campaigns/spring", json={"ring_seconds": 20})
    assert (tuned.body["ring_seconds"], tuned.body["dial_mode"], tuned.body["opt_out_key"]) == (20, "power", "9")
    tuned = await rig.ask("PATCH", "/v1/campaigns/spring", json={"opt_out_key": "*"})
    assert (tuned.body["ring_seconds"], tuned.body["opt_out_key"]) == (20, "*")
    for act, status in (("start", "running"), ("pause", "paused"), ("stop", "stopped")):
        assert (await rig.post(f"/v1/campaigns/spring/{act}", role="supervisor")).body["status"] == status
        assert (await rig.post(f"/v1/campaigns/spring/{act}")).status == 409
    assert [one["name"] for one in (await rig.get("/v1/campaigns")).body["items"]] == ["autumn", "spring"]


async def test_a_name_of_any_letters_is_found_again(rig: ApiRig) -> None:
    name = "Kündigung / München 100%"
    assert (await rig.post("/v1/campaigns", {"name": name})).status == 201
    assert (await rig.get(f"/v1/campaigns/{quote(name, safe='')}")).body["name"] == name


async def test_tuning_that_is_partly_wrong_changes_nothing(rig: ApiRig) -> None:
    answer = await rig.ask("PATCH", "/v1/campaigns/autumn", json={"ring_seconds": 20, "max_lines": 0})
    assert answer.status == 422
    assert (await rig.get("/v1/campaigns/autumn")).body["ring_seconds"] == 25


async def test_leads_are_added_listed_by_pages_and_counted(rig: ApiRig) -> None:
    for place in range(5):
        lead = {"campaign": "autumn", "numbers": [f"+1212202010{place}"], "name": f"Lead {place}", "score": place}
        assert (await rig.post("/v1/leads", lead, "supervisor")).status == 201
    first = (await rig.get("/v1/leads?campaign=autumn&limit=3")).body
    rest = (await rig.get(f"/v1/leads?campaign=autumn&limit=3&after={first['next']}")).body
    assert [lead["name"] for lead in first["items"] + rest["items"]] == [f"Lead {place}" for place in range(5)]
    assert rest["next"] is None
    counts = (await rig.get("/v1/leads/counts?campaign=autumn")).body
    assert counts["by_status"] == {"ready": 5}
    assert counts["exhausted"] is False


async def test_a_number_is_put_on_dnc_found_there_and_taken_off(rig: ApiRig) -> None:
    number = {"number": "+12122020100"}
    added = await rig.post("/v1/dnc", {"numbers": [number["number"]], "source": "letter"}, "supervisor")
    assert added.body == {"added": 1}
    assert list(rig.floor.book.dnc.values()) == ["letter (by susan)"]
    assert (await rig.post("/v1/dnc/check", number)).body == {"listed": True}
    assert (await rig.post("/v1/dnc/remove", number)).status == 204
    assert (await rig.post("/v1/dnc/remove", number)).status == 404
    assert (await rig.post("/v1/dnc/check", number)).body == {"listed": False}


async def test_a_number_is_shown_in_full_to_those_entitled_alone(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    number = rig.floor.book.attempts[attempt].attempt.number
    shown_to: dict[Role, str] = {"supervisor": number.e164, "admin": number.e164, "quality": str(number)}
    for role, shown in shown_to.items():
        assert (await rig.get(f"/v1/attempts/{attempt}", role)).body["number"] == shown
        assert (await rig.get("/v1/attempts", role)).body["items"][0]["number"] == shown
    assert (await rig.get(f"/v1/attempts/{attempt}", "agent")).body["number"] == number.e164
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
    await rig.until(lambda: rig.state() == "wrap_up")
    await rig.post("/v1/agents/1001/ready", role="agent")
    assert (await rig.get(f"/v1/attempts/{attempt}", "agent")).body["number"] == str(number)


async def test_an_agent_sees_nothing_of_anothers_calls(rig: ApiRig) -> None:
    rig.floor.lead("06")
    await rig.agent_ready("1002")
    await rig.post("/v1/campaigns/autumn/start")
    await rig.until(lambda: rig.state("1002") == "talking")
    [attempt] = rig.floor.book.attempts
    assert (await rig.get(f"/v1/attempts/{attempt}", "agent")).status == 404
    assert (await rig.get("/v1/attempts", "agent")).body["items"] == []
    assert (await rig.get("/v1/agents", "agent")).body["items"] == []
    assert [agent["id"] for agent in (await rig.get("/v1/agents")).body["items"]] == ["1002"]


async def test_a_call_is_disposed_of_with_a_call_back_that_can_be_cancelled(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    await rig.post("/v1/agents/1001/hangup", role="agent")
    await rig.until(lambda: rig.state() == "wrap_up")
    due = rig.floor.clock.now() + timedelta(days=1)
    closing = {"attempt": attempt, "disposition": "call_back", "call_back": {"at": due.isoformat(), "mine": True}}
    late = closing | {"call_back": {"at": "2020-01-01T00:00:00Z"}}
    assert (await rig.post("/v1/agents/1001/dispose", late, "agent")).status == 409
    assert (await rig.post("/v1/agents/1001/dispose", closing | {"disposition": "sale"}, "agent")).status == 409
    assert (await rig.post("/v1/agents/1001/dispose", closing, "agent")).status == 204
    assert rig.state() == "ready"
    [promise] = (await rig.get("/v1/call-backs", "agent")).body["items"]
    assert (promise["attempt"], promise["agent"]) == (attempt, "1001")
    assert (await rig.ask("DELETE", f"/v1/call-backs/{attempt}", "agent")).status == 403
    assert (await rig.ask("DELETE", f"/v1/call-backs/{attempt}", "supervisor")).status == 204
    assert (await rig.get("/v1/call-backs")).body["items"] == []


async def test_an_agent_pauses_comes_back_and_leaves(rig: ApiRig) -> None:
    await rig.agent_ready()
    assert (await rig.post("/v1/agents/1001/pause", {"reason": "lunch"}, "agent")).body["state"] == "paused"
    assert (await rig.post("/v1/agents/1001/ready", role="agent")).body["state"] == "ready"
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 409
    assert (await rig.post("/v1/agents/1001/logout", role="agent")).body["state"] == "logged_out"
    assert (await rig.post("/v1/agents/1001/logout", role="agent")).status == 404


async def test_a_preview_is_skipped_or_accepted(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "preview"})
    leads = [rig.floor.lead("06", score) for score in (1.0, 2.0)]
    await rig.agent_ready()
    await rig.post("/v1/campaigns/autumn/start")
    await rig.until(lambda: rig.state() == "previewing")
    assert (await rig.post("/v1/agents/1001/preview/skip", role="agent")).body == {"lead": leads[1]}
    await rig.until(lambda: rig.state() == "previewing")
    accepted = await rig.post("/v1/agents/1001/preview/accept", role="agent")
    assert rig.floor.book.attempts[accepted.body["attempt"]].attempt.lead == leads[0]
    await rig.until(lambda: rig.state() == "talking")
    assert (await rig.post("/v1/agents/1001/preview/accept", role="agent")).status == 409


async def test_the_floor_shows_campaigns_agents_and_servers(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    floor = (await rig.get("/v1/floor", "supervisor")).body
    assert floor["campaigns"][0]["agents"] == {"talking": 1}
    assert floor["campaigns"][0]["lines"] == {"connected": 1}
    assert floor["agents"][0]["attempt"] == attempt
    assert floor["servers"] == (await rig.get("/v1/servers", "supervisor")).body["items"]
    assert floor["servers"][0]["trusted"]


async def test_ready_means_that_database_and_a_server_can_be_used(rig: ApiRig) -> None:
    assert (await rig.get("/healthz", None)).body == {"alive": True}
    await rig.until(lambda: rig.floor.desk.servers()[0].trusted)
    assert (await rig.get("/readyz", None)).body == {"ready": True}
    rig.readings.away = True
    assert "database" in (await rig.get("/readyz", None)).body["reason"]
    rig.readings.away = False
    rig.floor.telephony.link_down()
    assert (await rig.get("/readyz", None)).status == 503
    assert (await rig.get("/healthz", None)).status == 200


async def test_a_draining_engine_is_not_ready_and_takes_nothing_new(rig: ApiRig) -> None:
    await rig.in_a_call()
    rig.floor.stop.set()
    await rig.until(lambda: rig.floor.desk.draining)
    assert "draining" in (await rig.get("/readyz", None)).body["reason"]
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 409
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204


async def test_routes_of_others_are_served_as_they_are(rig: ApiRig) -> None:
    assert (await rig.get("/metrics", None)).body == "dialer_attempts_total 0"


async def test_abandoned_calls_are_told_by_campaign_and_legal_window(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    assert (await rig.post("/v1/campaigns", {"name": "spring", "abandon_cap": 0.01})).status == 201
    assert (await rig.post("/v1/campaigns", {"name": "summer", "abandon_cap": 0.05})).status == 422
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
    await rig.until(lambda: rig.state() == "wrap_up")
    windows = (await rig.get("/v1/abandonment", "quality")).body["items"]
    assert [(one["campaign"], one["rule"]) for one in windows] == [
        (campaign, f"DEF-ABN-{rule}@1") for campaign in ("autumn", "spring") for rule in ("30D", "24H", "MONTH")
    ]
    assert [(one["live_answers"], one["abandoned"], one["ratio"]) for one in windows] == [(1, 0, 0)] * 3 + [
        (0, 0, 0)
    ] * 3
    assert [one["cap_ratio"] for one in windows] == [0.03, 0.029, 0.03] + [0.01] * 3
    assert windows[1] == windows[1] | {
        "window": "24 h",
        "minimum_answers": 1000,
        "exceeded": False,
        "unverified": False,
        "opens_at": "2026-11-23T00:00:00Z",
        "ends_at": "2026-11-24T00:00:00Z",
    }
    machine = {"attempt": attempt, "disposition": "machine"}
    assert (await rig.post("/v1/agents/1001/dispose", machine, "agent")).status == 204
    shown = (await rig.get("/v1/abandonment?campaign=autumn")).body["items"]
    assert [one["live_answers"] for one in shown] == [0, 0, 0]
    assert (await rig.get("/v1/abandonment?campaign=winter")).status == 404
