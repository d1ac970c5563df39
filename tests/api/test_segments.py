"""Segments over the API: kept whole or not at all, sizes, people, leads, portraits, and what suits whom."""

import asyncio
import json
import os
import re
import sys
from typing import Any

import pytest

from dialer.settings import Role
from tests.api.rig import TOKENS, ApiRig

BIG = {"name": "big", "priority": 10, "expression": "monthly_spend >= 50", "outreach": "call", "offer": "fibre"}
ROAMERS = {"name": "roamers", "priority": 20, "expression": "roams"}
RULE = {"name": "travellers", "product": "roaming", "expression": "roams", "because": "travels abroad"}


def person(place: int, **attributes: Any) -> dict[str, Any]:
    held = [{"product": "tv", "since": "2025-01-01"}] if place % 2 else []
    number = f"+121255501{place:02}"
    return {"external_key": f"K{place}", "numbers": [number], "attributes": attributes, "products": held}


async def with_people(rig: ApiRig, count: int = 10, known: int = 0) -> None:
    people = [person(place, monthly_spend=place * 10, roams=place % 2 == 0) for place in range(count)]
    answer = await rig.post("/v1/contact-facts", {"source": "crm", "people": people})
    assert (answer.status, answer.body) == (200, {"people": count, "new": count - known})


def exactly(people: int) -> dict[str, Any]:
    return {"size": people, "low": people, "high": people, "exact": True}


async def said(rig: ApiRig, *words: str) -> str:
    """What the command prints, run as a user would."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dialer",
        *words,
        stdout=asyncio.subprocess.PIPE,
        env=dict(os.environ) | {"DIALER_API_URL": rig.base, "DIALER_API_TOKEN": TOKENS["admin"]},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def put(rig: ApiRig, *segments: dict[str, Any], **more: Any) -> Any:
    return await rig.ask("PUT", "/v1/segments", json={"segments": list(segments)} | more)


async def test_sizes_by_priority_are_paged(rig: ApiRig) -> None:
    await with_people(rig)
    assert (await put(rig, BIG, ROAMERS)).status == 200
    whole = (await rig.get("/v1/segment-sizes", "quality")).body
    told = [(one["segment"], one["own"], one["taken"]) for one in whole["items"]]
    assert told == [("big", exactly(5), exactly(5)), ("roamers", exactly(5), exactly(3))]
    assert (whole["people"], whole["left_over"], whole["next"]) == (exactly(10), exactly(2), None)
    assert whole["overlaps"] == [{"first": "big", "second": "roamers", "people": exactly(2)}]
    assert (whole["exact"], whole["looked_at"], whole["last"]) == (True, 10, None)
    first = (await rig.get("/v1/segment-sizes?exact=true&people=4")).body
    second = (await rig.get(f"/v1/segment-sizes?exact=true&after={first['next']}")).body
    assert (first["people"], second["people"], second["next"]) == (exactly(4), exactly(6), None)


async def test_of_many_people_sizes_are_told_at_once_with_their_intervals(
    rig: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.engine.segments.desk.MOST_COUNTED", 60)
    await with_people(rig, 80)
    await put(rig, BIG, ROAMERS, {"name": "nobody", "priority": 30, "expression": "monthly_spend > 100000"})
    told = (await rig.get("/v1/segment-sizes", "quality")).body
    assert (told["exact"], told["next"]) == (False, None)
    big, roamers, nobody = told["items"]
    for one, size in ((big["own"], 75), (roamers["own"], 40), (roamers["taken"], 3), (told["people"], 80)):
        assert one["low"] <= one["size"] <= one["high"]
        assert (one["low"] <= size <= one["high"], one["exact"]) == (True, False)
    assert (nobody["own"]["size"], nobody["own"]["low"], nobody["warning"]) == (0, 0, "matches nobody, in the sample")
    assert nobody["own"]["high"] >= 1
    counted = (await rig.get("/v1/segment-sizes?exact=true")).body
    assert counted["items"][0]["own"] == exactly(75)


@pytest.mark.parametrize(
    "wrong", ["after=3", "people=10", "exact=perhaps", "exact=true&people=0", "exact=true&exact=true"]
)
async def test_pages_are_of_exact_counts_alone(rig: ApiRig, wrong: str) -> None:
    refused = await rig.get(f"/v1/segment-sizes?{wrong}")
    assert (refused.status, refused.body["place"].split(".")[0]) == (422, "query")


async def test_the_command_tells_estimates_with_intervals_and_counts_when_asked(
    rig: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.engine.segments.desk.MOST_COUNTED", 60)
    await with_people(rig, 80)
    await put(rig, BIG, ROAMERS)
    out = await said(rig, "segments", "sizes")
    assert re.search(r"^big\tabout \d+ \(\d+ to \d+\)\tabout", out, re.M)
    assert "(all)" in out
    assert "80 people drawn at random; --exact counts all" in out
    out = await said(rig, "segments", "sizes", "--exact")
    assert "big\t75\t75" in out
    assert "\texact" in out
    one = json.loads(await said(rig, "segments", "size", "roamers", "--exact", "--json"))
    assert (one["own"], one["taken"], one["of"]) == (exactly(40), exactly(3), exactly(80))
    assert "about" in await said(rig, "segments", "size", "roamers")


async def test_a_set_with_a_fault_is_refused_whole(rig: ApiRig) -> None:
    wrong = {"name": "wrong", "priority": 5, "expression": "montly_spend > 3"}
    refused = await put(rig, BIG, wrong, {"name": "worse", "priority": 6, "expression": "roams >"})
    assert refused.status == 422
    assert [one["place"] for one in refused.body["faults"]] == [
        "body.segments.wrong.expression",
        "body.segments.worse.expression",
    ]
    assert "did you mean monthly_spend?" in refused.body["faults"][0]["reason"]
    assert (await rig.get("/v1/segments")).body["items"] == []
    assert (await put(rig, BIG, go=False)).status == 200
    assert (await rig.get("/v1/segments")).body["items"] == []


async def test_priorities_are_one_segments_each_and_may_change_places(rig: ApiRig) -> None:
    assert (await put(rig, BIG, ROAMERS)).status == 200
    taken = await put(rig, {"name": "third", "priority": 10, "expression": "roams"})
    assert (taken.status, taken.body["place"]) == (422, "body.segments.third.priority")
    swapped = await put(rig, BIG | {"priority": 20}, ROAMERS | {"priority": 10})
    assert [one["name"] for one in swapped.body["items"]] == ["roamers", "big"]
    alone = await put(rig, BIG, rules=[RULE], only=True)
    assert ([one["name"] for one in alone.body["items"]], alone.body["rules"]) == (["big"], [RULE])
    assert (await rig.ask("DELETE", "/v1/segments/big")).status == 204
    assert (await rig.ask("DELETE", "/v1/segments/big")).status == 404
    assert (await put(rig, BIG | {"campaign": "nowhere"})).status == 404


async def test_members_become_leads_once(rig: ApiRig) -> None:
    await with_people(rig)
    await put(rig, BIG, ROAMERS)
    await rig.post("/v1/dnc", {"numbers": ["+12125550100"], "source": "test"})
    members = (await rig.get("/v1/segments/roamers/members")).body["items"]
    assert len(members) == 3
    path = "/v1/segments/roamers/feed"
    assert (await rig.post(path, {})).body["place"] == "body.campaign"
    for go, leads, already in ((False, 2, 0), (True, 2, 0), (True, 0, 2)):
        fed = (await rig.post(path, {"campaign": "autumn", "go": go})).body
        assert (fed["members"], fed["leads"], fed["already"], fed["do_not_call"]) == (3, leads, already, 1)
    found = (await rig.get("/v1/leads?campaign=autumn")).body["items"]
    assert {one["contact"] for one in found} <= set(members)
    assert len(found) == 2
    assert (await rig.get("/v1/segments/nobody/members")).status == 404


async def test_views_of_a_product_and_of_a_customer(rig: ApiRig) -> None:
    await with_people(rig, 80)
    await put(rig, BIG, ROAMERS, rules=[RULE])
    [roamer] = (await rig.get("/v1/segments/roamers/members?people=1")).body["items"]
    seen = (await rig.get(f"/v1/contacts/{roamer}/suits", "agent")).body
    assert (seen["held"], seen["segment"]["name"]) == ([], "roamers")
    assert [(one["product"], one["why"], one["by"]) for one in seen["items"]] == [
        ("roaming", "experience", "travellers")
    ]
    rules = (await rig.get("/v1/products/roaming/suits")).body["items"]
    assert [(one["why"], one["by"]) for one in rules] == [("experience", "travellers")]
    assert (await rig.get("/v1/products/unicorn/suits")).status == 404
    assert (await rig.get("/v1/contacts/4711/suits")).status == 404


async def test_a_portrait_needs_enough_buyers(rig: ApiRig) -> None:
    await with_people(rig)
    assert (await rig.post("/v1/portrait", {"product": "tv"})).body["reason"].startswith("only 5 buyers")
    assert (await rig.post("/v1/portrait", {})).status == 422
    await with_people(rig, 90, known=10)
    seen = (await rig.post("/v1/portrait", {"product": "tv"})).body
    [first] = [one for one in seen["items"] if one["attribute"] == "roams"]
    assert (first["matters"], seen["buyers"]) == (True, 45)


async def test_facts_with_a_fault_are_refused_whole(rig: ApiRig) -> None:
    people = [person(1, monthly_spend=3), person(2, monthly_spend="much"), person(3, shoe_size=43)]
    refused = await rig.post("/v1/contact-facts", {"source": "crm", "people": people})
    assert [one["place"] for one in refused.body["faults"]] == [
        "body.people.1.attributes.monthly_spend",
        "body.people.2.attributes.shoe_size",
    ]
    assert (await rig.post("/v1/contact-facts", {"source": "rumour", "people": people[:1]})).status == 422
    twice = await rig.post("/v1/contact-facts", {"source": "crm", "people": [people[0], people[0]]})
    assert twice.body["reason"] == "a key is given twice"


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("PUT", "/v1/segments", "agent"),
        ("GET", "/v1/segment-sizes", "agent"),
        ("GET", "/v1/segment-effects", "agent"),
        ("POST", "/v1/segments/big/feed", "quality"),
        ("GET", "/v1/segments/big/members", "quality"),
        ("POST", "/v1/contact-facts", "agent"),
        ("GET", "/v1/contacts/1/suits", "quality"),
    ],
)
async def test_who_lacks_the_right_is_refused(rig: ApiRig, method: str, path: str, role: Role) -> None:
    assert (await rig.ask(method, path, role, json={} if method != "GET" else None)).status == 403


async def test_effects_are_asked_of_segments_that_there_are_and_of_whole_days(rig: ApiRig) -> None:
    assert (await rig.get("/v1/segment-effects")).status == 422
    assert (await put(rig, BIG)).status == 200
    told = (await rig.get("/v1/segment-effects?days=7", "quality")).body
    assert (told["segments"], told["items"], told["next"]) == (["big"], [], None)
    for wrong in ("days=0", "days=1.5", "days=3661", "weeks=1"):
        assert (await rig.get(f"/v1/segment-effects?{wrong}")).status == 422
