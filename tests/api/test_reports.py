"""The daily report over the API."""

from tests.api.rig import ApiRig


async def test_a_supervisor_and_quality_see_a_days_figures_and_an_agent_does_not(rig: ApiRig) -> None:
    answer = await rig.get("/v1/reports/day", "quality")
    assert answer.status == 200
    report = answer.body["report"]
    assert (report["zone"], report["counts"]["attempts"], report["people"]) == ("America/New_York", 0, [])
    assert report["so_far"] is not None
    assert (await rig.get("/v1/reports/day", "agent")).status == 403


async def test_a_day_of_another_zone_may_be_asked_for(rig: ApiRig) -> None:
    report = (await rig.get("/v1/reports/day?day=2026-03-01&zone=Asia/Kolkata")).body["report"]
    assert (report["begins"], report["so_far"]) == ("2026-02-28T18:30:00Z", None)
    assert report["no_effects"] == "there are no segments"


async def test_a_call_is_counted_with_its_agent(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    assert (await rig.post("/v1/agents/1001/hangup")).status == 204
    await rig.until(lambda: rig.state() == "wrap_up")
    body = {"attempt": attempt, "disposition": "sale"}
    assert (await rig.post("/v1/agents/1001/dispose", body)).status == 204
    report = (await rig.get("/v1/reports/day")).body["report"]
    [person] = report["people"]
    assert (person["agent"], person["name"], person["figures"]["sales"]) == ("1001", "Ann", 1)
    assert person["unranked"] == "under 1 h logged in"


async def test_a_day_that_has_not_begun_and_one_that_is_none_are_refused(rig: ApiRig) -> None:
    refused = await rig.get("/v1/reports/day?day=2126-03-01")
    assert (refused.status, "has not begun" in refused.body["reason"]) == (404, True)
    for day in ("soon", "0", "20260301", "2026-02-30"):
        assert (await rig.get(f"/v1/reports/day?zone=Europe/Berlin&day={day}")).status == 422
    assert (await rig.get("/v1/reports/day?zone=Europe/Berlin&day=0001-01-01")).status == 404


async def test_a_report_can_not_be_sent_where_the_settings_name_nobody(rig: ApiRig) -> None:
    refused = await rig.post("/v1/reports/day", {"day": "2026-03-01"})
    assert (refused.status, refused.body["error"]) == (409, "conflict")
    assert (await rig.post("/v1/reports/day", {}, "quality")).status == 403
