"""The marketing switches by the API: read by everyone, ordered off by supervisors."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dialer.domain.campaign import CampaignStatus
from dialer.domain.ids import CampaignId
from dialer.engine.feed import CampaignMoved
from dialer.settings import Role
from tests.api.rig import ApiRig, api_rig, bearer
from tests.api.switch_groups import HALLE, LEIPZIG, OPENED


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    """Leipzig's switch was open, Halle's can't be."""
    async with api_rig(tmp_path, groups=[LEIPZIG, HALLE], remembered=[OPENED]) as rig:
        await rig.floor.make_campaign(service_group="leipzig")
        await rig.until(lambda: rig.floor.desk.servers()[0].trusted)
        await rig.until(lambda: rig.floor.engine.inbound.unmeasured_since() is None)
        yield rig


async def switch(rig: ApiRig, group: str = "leipzig", role: Role = "agent") -> dict[str, Any]:
    answer = await rig.get(f"/v1/switches/{group}", role)
    assert answer.status == 200
    told: dict[str, Any] = answer.body
    return told


def call_in(rig: ApiRig, callers: int, patience_seconds: float = 3600.0) -> None:
    for place in range(callers):
        rig.floor.telephony.queues.call_in("service", f"+491521000{place:03}", patience_seconds=patience_seconds)


async def counted(rig: ApiRig, **counts: int) -> dict[str, Any]:
    """The switch, once the day's counts are these."""
    async with asyncio.timeout(60):
        while True:
            told = await switch(rig)
            day = told["service"]["day"]
            if all(day[name] == count for name, count in counts.items()):
                return told
            await asyncio.sleep(0.02)


async def test_every_group_is_told_with_what_its_switch_goes_by(rig: ApiRig) -> None:
    halle, leipzig = sorted((await rig.get("/v1/switches", "quality")).body["items"], key=lambda one: one["group"])
    assert (leipzig["group"], leipzig["state"], leipzig["holding"]) == ("leipzig", "open", [])
    assert leipzig["since"] == "2026-11-23T14:00:00Z"
    assert (leipzig["target"], leipzig["rate_kind"], leipzig["rate"]) == (0.8, "within_threshold", None)
    assert leipzig["queues"] == ["service", "billing"]
    assert leipzig["order"] is None
    assert leipzig["service"]["day_begins"] == "2026-11-22T23:00:00Z", "midnight in Berlin"
    assert leipzig["service"]["waiting"] == 0
    assert "steps" not in leipzig
    assert len((await switch(rig))["steps"]) == 30
    assert (halle["group"], halle["state"], halle["earliest_open"]) == ("halle", "closed", None)
    assert [one["cause"] for one in halle["holding"]] == ["no_rule"]


async def test_callers_are_seen_waiting_and_then_counted(rig: ApiRig) -> None:
    rig.floor.telephony.queues.seat("service", "PJSIP/desk1")
    call_in(rig, 3)
    told = await counted(rig, offered=1, within=1)
    assert told["service"]["waiting"] == 2
    assert told["service"]["longest_wait_seconds"] > 0
    assert told["service"]["agents"]["busy"] == 1
    assert (told["rate"], told["state"]) == (1.0, "open")
    assert told["current"]["rate"] in (1.0, None)


async def test_bad_service_closes_and_tells_what_keeps_it_closed(rig: ApiRig) -> None:
    call_in(rig, 4, patience_seconds=10.0)
    told = await counted(rig, offered=4, abandoned=4)
    assert (told["state"], told["causes"], told["rate"]) == ("closed", ["rate"], 0.0)
    assert {"rate", "least_closed"} <= {one["cause"] for one in told["holding"]}
    assert all(one["words"] for one in told["holding"])
    assert all(one["until"] is None or one["until"].endswith("Z") for one in told["holding"])
    latest, opened = (await rig.get("/v1/switches/leipzig/changes", "agent")).body["items"]
    assert (latest["state"], latest["causes"], latest["by"]) == ("closed", ["rate"], "")
    assert (latest["figures"]["rate"], latest["figures"]["target"]) == (0.0, 0.8)
    assert latest["figures"]["day"]["abandoned"] >= 1
    assert opened["words"] == OPENED.words


async def test_a_supervisor_orders_marketing_off_and_is_named(rig: ApiRig) -> None:
    until = (rig.floor.clock.now() + timedelta(hours=2)).replace(microsecond=0)
    body = {"why": "network down", "until": until.isoformat()}
    told = (await rig.post("/v1/switches/leipzig/close", body, "supervisor")).body
    assert (told["state"], told["causes"]) == ("closed", ["by_hand"])
    ends = until.isoformat().replace("+00:00", "Z")
    assert told["order"] == {"by": "susan", "why": "network down", "at": told["order"]["at"], "until": ends}
    by_hand = next(one for one in told["holding"] if one["cause"] == "by_hand")
    assert by_hand["until"] == ends
    assert (await switch(rig))["order"]["by"] == "susan"
    assert rig.floor.switch_book.standing["leipzig"].why == "network down"
    assert "marketing is off in leipzig" in rig.floor.engine.marketing.gate(rig.floor.campaign).words


async def test_lifting_the_order_tells_what_still_keeps_it_closed(rig: ApiRig) -> None:
    await rig.post("/v1/switches/leipzig/close", {"why": "fire drill"}, "supervisor")
    answer = await rig.post("/v1/switches/leipzig/open", {"why": "it is over"}, "admin")
    assert (answer.status, answer.body["order"], answer.body["state"]) == (200, None, "closed")
    causes = {one["cause"] for one in answer.body["holding"]}
    assert "by_hand" not in causes
    assert "least_closed" in causes
    [lifted] = rig.floor.switch_book.lifted
    assert (lifted.by, lifted.why) == ("ada", "it is over")


async def test_orders_are_told_with_who_lifted_them(rig: ApiRig) -> None:
    await rig.post("/v1/switches/leipzig/close", {"why": "fire drill"}, "supervisor")
    [stands] = (await rig.get("/v1/switches/leipzig/orders", "agent")).body["items"]
    assert (stands["by"], stands["why"], stands["until"]) == ("susan", "fire drill", None)
    assert (stands["lifted_at"], stands["lifted_by"]) == (None, "")
    await rig.post("/v1/switches/leipzig/open", {"why": "it is over"}, "admin")
    [lifted] = (await rig.get("/v1/switch-orders?limit=1", "quality")).body["items"]
    assert (lifted["group"], lifted["lifted_by"], lifted["lifted_why"]) == ("leipzig", "ada", "it is over")
    assert lifted["lifted_at"].endswith("Z")
    assert (await rig.get("/v1/switches/halle/orders")).body == {"items": []}
    assert (await rig.get("/v1/switch-orders?limit=0")).status == 422


async def test_where_no_order_stands_none_is_lifted_and_the_reason_is_told(rig: ApiRig) -> None:
    refused = await rig.post("/v1/switches/halle/open", {"why": "please"})
    assert (refused.status, refused.body["error"]) == (409, "conflict")
    assert "no order keeps marketing off in halle" in refused.body["reason"]
    assert "has no queue" in refused.body["reason"]
    open_already = await rig.post("/v1/switches/leipzig/open", {"why": "please"})
    assert "marketing is on" in open_already.body["reason"]


@pytest.mark.parametrize("role", ["agent", "quality"])
async def test_who_is_no_supervisor_orders_nothing(rig: ApiRig, role: Role) -> None:
    for act in ("close", "open"):
        assert (await rig.post(f"/v1/switches/leipzig/{act}", {"why": "no"}, role)).status == 403
    assert (await switch(rig))["state"] == "open"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "body.why"),
        ({"why": ""}, "body.why"),
        ({"why": "  "}, "body.why"),
        ({"why": "x\ny"}, "body.why"),
        ({"why": "x" * 201}, "body.why"),
        ({"why": "drill", "until": "17:30"}, "body.until"),
        ({"why": "drill", "by": "somebody"}, "body.by"),
    ],
)
async def test_a_bad_order_is_refused_and_changes_nothing(rig: ApiRig, body: dict[str, Any], place: str) -> None:
    answer = await rig.post("/v1/switches/leipzig/close", body)
    assert (answer.status, answer.body["place"]) == (422, place)
    assert (await switch(rig))["state"] == "open"


@pytest.mark.parametrize("until", ["2026-11-23T14:59:59Z", "2027-12-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_an_order_ends_later_and_within_a_year(rig: ApiRig, until: str) -> None:
    answer = await rig.post("/v1/switches/leipzig/close", {"why": "drill", "until": until})
    assert (answer.status, answer.body["error"]) == (409, "conflict")
    assert (await switch(rig))["state"] == "open"


async def test_a_group_that_is_not_there_is_not_found(rig: ApiRig) -> None:
    for path in ("", "/changes", "/orders", "/outreach?answer_share=0.1"):
        assert (await rig.get(f"/v1/switches/erfurt{path}")).status == 404
    assert (await rig.post("/v1/switches/erfurt/close", {"why": "drill"})).status == 404
    assert (await rig.post("/v1/switches/erfurt/open", {"why": "drill"})).status == 404


async def test_all_changes_are_told_the_latest_first_and_as_many_as_asked(rig: ApiRig) -> None:
    await rig.post("/v1/switches/leipzig/close", {"why": "drill"}, "supervisor")
    await rig.until(lambda: len(rig.floor.switch_book.noted) >= 2)
    [latest] = (await rig.get("/v1/switch-changes?limit=1", "quality")).body["items"]
    assert (latest["group"], latest["causes"], latest["by"]) == ("leipzig", ["by_hand"], "susan")
    by_hand = next(one for one in latest["figures"]["holding"] if one["cause"] == "by_hand")
    assert by_hand["until"] is None
    assert (await rig.get("/v1/switch-changes?limit=0")).status == 422


async def test_outreach_says_how_many_and_why(rig: ApiRig) -> None:
    asked = "answer_share=0.05&minutes=60&handle_seconds=120"
    fresh = (await rig.get(f"/v1/switches/leipzig/outreach?{asked}", "quality")).body
    assert (fresh["contacts"], bool(fresh["words"])) == (0, True)
    await rig.post("/v1/switches/leipzig/close", {"why": "drill"})
    closed = (await rig.get(f"/v1/switches/leipzig/outreach?{asked}")).body
    assert closed["contacts"] == 0
    assert "marketing is off" in closed["words"]
    for bad in ("", "answer_share=0", "answer_share=1.1", "answer_share=0.1&minutes=0", "answer_share=nan"):
        assert (await rig.get(f"/v1/switches/leipzig/outreach?{bad}")).status == 422


async def test_the_stream_tells_that_marketing_went_off_agents_too(rig: ApiRig) -> None:
    async with rig.session.ws_connect(f"{rig.base}/v1/events", headers=bearer("agent")) as socket:
        await rig.until(lambda: rig.floor.desk.feed.watched)
        now = rig.floor.clock.now()
        rig.floor.desk.feed.publish(CampaignMoved(now, CampaignId(1), CampaignStatus.PAUSED, "not for agents"))
        await rig.post("/v1/switches/leipzig/close", {"why": "drill"}, "supervisor")
        event = await asyncio.wait_for(_text(socket), 60)
    assert (event["event"], event["group"], event["state"]) == ("switch_moved", "leipzig", "closed")
    assert "drill" in event["reason"]


async def _text(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    told: dict[str, Any] = await socket.receive_json()
    return told


async def test_without_service_groups_there_are_no_switches(tmp_path: Path) -> None:
    async with api_rig(tmp_path) as rig:
        assert (await rig.get("/v1/switches")).body == {"items": []}
        assert (await rig.get("/v1/switch-changes")).body == {"items": []}
