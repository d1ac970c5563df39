"""Quality sampling and the library of cases by the API, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.domain.call import close_as
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import AgentId
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.ports import ClosedAttempt
from dialer.settings import QualitySettings
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claimed, disposing, opened

WEEK, WEDNESDAY = "2026-11-16", datetime(2026, 11, 18, 12, tzinfo=UTC)
RULES = """
version = 1
per_agent = 2
new_agents = 2
double_share = 1.0
[[reviewers]]
name = "quentin"
[[reviewers]]
name = "ada"
"""
FORMS = """
version = 1
[[forms]]
name = "sales"
[[forms.items]]
id = "greeting"
words = "greets"
[[forms.items]]
id = "law"
words = "is lawful"
fatal = true
"""
GOOD = {"points": {"greeting": 1, "law": 1}, "heard": "sale"}
BAD = {"points": {"greeting": 1, "law": 0}, "heard": "refused", "remark": "no consent"}


@pytest.fixture
async def rig(database: ContactDatabase, tmp_path: Path) -> AsyncIterator[DatabaseRig]:
    """With three calls of agent 1001 and one of 1002 in the week before, all of them sales by what is recorded."""
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "forms.toml").write_text(FORMS)
    settings = QualitySettings(rules=tmp_path / "rules.toml", forms=tmp_path / "forms.toml")
    world = DatabaseWorld(database)
    campaign = await world.campaigns.create(CampaignPlan("autumn"))
    for number, agent in enumerate(("1001", "1001", "1001", "1002")):
        at = WEDNESDAY + timedelta(minutes=number)
        attempt = await opened(world, await claimed(world, campaign, f"+1202555010{number}"), at=at)
        end = CallEnd(16, at + timedelta(seconds=90), at, agent=AgentId(agent), connected_at=at)
        await world.attempts.close([ClosedAttempt(close_as(attempt, Outcome.ANSWERED, end), None, False, 0)])
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE, agent=AgentId(agent)))
    async with database_rig(database, tmp_path, quality=settings) as rig:
        yield rig


async def drawn(rig: DatabaseRig) -> list[dict[str, Any]]:
    """What quentin has to score after the draw."""
    answer = await rig.post("/v1/quality/samples", {"week": WEEK, "seed": "s"}, "quality")
    assert (answer.status, answer.body["kept"], answer.body["unassigned"]) == (200, True, [])
    found = (await rig.get("/v1/quality/assignments", "quality")).body["items"]
    assert len(found) == 3
    return sorted(found, key=lambda one: str(one["agent"]))


async def score(rig: DatabaseRig, call: dict[str, Any], body: dict[str, Any], role: Any = "quality") -> Any:
    return await rig.post(f"/v1/quality/calls/{call['attempt']}/score", body, role)


async def test_a_dry_run_tells_of_each_agent_and_keeps_nothing(rig: DatabaseRig) -> None:
    answer = await rig.post("/v1/quality/samples", {"week": WEEK, "dry_run": True}, "quality")
    assert [(one["agent"], one["calls"], one["taken"]) for one in answer.body["items"]] == [
        ("1001", 3, 2),
        ("1002", 1, 1),
    ]
    assert answer.body["items"][1]["words"] == "2 were wanted, there are 1: all are taken"
    assert not answer.body["kept"]
    assert (await rig.get("/v1/quality/samples", "quality")).body == {"items": []}
    refused = await rig.post("/v1/quality/samples", {"week": "2026-11-18"}, "quality")
    assert (refused.status, refused.body["place"]) == (422, "body.week")
    early = await rig.post("/v1/quality/samples", {"week": "2026-11-23"}, "quality")
    assert (early.status, "is not over" in early.body["reason"]) == (409, True)


async def test_who_has_still_to_score_sees_neither_the_others_score_nor_what_is_recorded(rig: DatabaseRig) -> None:
    call = (await drawn(rig))[0]
    assert "recorded" not in call
    assert (await score(rig, call, BAD, "admin")).status == 200
    seen = (await rig.get(f"/v1/quality/calls/{call['attempt']}", "quality")).body
    assert (seen["scores"], seen["recorded"], seen["disputes"], seen["counts"]) == ({}, None, [], None)
    assert (await score(rig, call, GOOD)).body["total"] == 100.0
    seen = (await rig.get(f"/v1/quality/calls/{call['attempt']}", "quality")).body
    assert {one["total"] for one in seen["scores"].values()} == {0.0, 100.0}
    assert (seen["recorded"], len(seen["disputes"])) == ("sale", 1)


async def test_a_bad_score_is_refused_with_each_place(rig: DatabaseRig) -> None:
    call = (await drawn(rig))[0]
    answer = await score(rig, call, {"points": {"greeting": 2, "smile": 1}})
    assert answer.status == 422
    assert {one["place"] for one in answer.body["faults"]} == {
        "body.points.greeting",
        "body.points.law",
        "body.points.smile",
    }
    assert (await score(rig, call, GOOD)).status == 200
    assert (await score(rig, call, GOOD)).status == 409


async def test_from_a_fatal_finding_to_its_settlement(rig: DatabaseRig) -> None:
    call = (await drawn(rig))[0]
    for role in ("quality", "admin"):
        assert (await score(rig, call, BAD, role)).body["fatal"] == ["law"]
    [own] = (await rig.get("/v1/agents/1001/scores", "agent")).body["items"]
    assert (own["attempt"], own["score"]["total"], own["score"]["remark"]) == (call["attempt"], 0.0, "no consent")
    path = f"/v1/agents/1001/scores/{call['attempt']}/dispute"
    assert (await rig.post(path, {"reason": "there was consent"}, "agent")).status == 204
    assert (await rig.post(path, {"reason": "there was consent"}, "agent")).status == 409
    [disputed] = (await rig.get("/v1/quality/disputes", "supervisor")).body["items"]
    assert disputed["disputes"][0]["reason"] == "there was consent"
    settle = f"/v1/quality/calls/{call['attempt']}/settle"
    assert (await rig.post(settle, {"words": "no"}, "quality")).status == 409
    settled = await rig.post(settle, {"words": "none to be heard"}, "supervisor")
    assert (settled.status, settled.body["disputes"][0]["settled_by"]) == (200, "susan")
    due = await rig.post("/v1/quality/notices/publish", {"dry_run": True}, "quality")
    assert len(due.body["items"]) == 1
    assert (await rig.get("/v1/quality/notices", "agent")).body == {"items": []}
    await rig.post("/v1/quality/notices/publish", {}, "quality")
    [notice] = (await rig.get("/v1/quality/notices?day=2026-11-23", "agent")).body["items"]
    assert (notice["agent"], "is lawful" in notice["words"]) == ("1001", True)
    [left_out] = (await report_with_agent(rig))["left_out"]
    assert (left_out["agent"], left_out["reason"]) == ("1001", notice["words"])
    gone = f"/v1/quality/notices/{notice['id']}/withdraw"
    assert (await rig.post(gone, {"reason": "consent was found"}, "quality")).status == 204
    assert (await rig.get("/v1/quality/notices?day=2026-11-23", "agent")).body == {"items": []}
    assert (await report_with_agent(rig))["left_out"] == []


async def report_with_agent(rig: DatabaseRig) -> dict[str, Any]:
    """Today's report, once agent 1001 was logged in today."""
    await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})
    await rig.post("/v1/agents/1001/login", {"campaign": "autumn"})
    async with asyncio.timeout(60):
        while True:
            report: dict[str, Any] = (await rig.get("/v1/reports/day")).body["report"]
            if report["people"]:
                return report
            await asyncio.sleep(0.05)  # the log of states is on its way to the database


async def test_an_agent_sees_and_disputes_its_own_scores_alone(rig: DatabaseRig) -> None:
    calls = await drawn(rig)
    assert calls[2]["agent"] == "1002"
    await score(rig, calls[2], BAD)
    assert (await rig.get("/v1/agents/1002/scores", "agent")).status == 403
    path = f"/v1/agents/1001/scores/{calls[2]['attempt']}/dispute"
    assert (await rig.post(path, {"reason": "not mine"}, "agent")).status == 404
    for hidden in ("report", "disputes", "assignments", f"calls/{calls[0]['attempt']}"):
        assert (await rig.get(f"/v1/quality/{hidden}", "agent")).status == 403


async def test_the_report_is_of_all_calls_with_intervals(rig: DatabaseRig) -> None:
    calls = await drawn(rig)
    early = (await rig.get("/v1/quality/report", "supervisor")).body
    assert (early["scores"][0]["score"]["mean"], "nothing is heard" in early["scores"][0]["score"]["why"]) == (
        None,
        True,
    )
    for call in calls:
        await score(rig, call, BAD if call["agent"] == "1002" else GOOD)
        await score(rig, call, BAD if call["agent"] == "1002" else GOOD, "admin")
    report = (await rig.get(f"/v1/quality/report?begin={WEEK}&end={WEEK}", "supervisor")).body
    assert (report["calls"], report["taken"], report["scored"]) == (4, 3, 3)
    means = {(one["group"], one["name"]): one["score"]["mean"] for one in report["scores"]}
    assert means == {("all", ""): 75.0, ("agent", "1001"): 100.0, ("agent", "1002"): 0.0, ("campaign", "autumn"): 75.0}
    wrong = {one["name"]: one["wrong_sales"] for one in report["outcomes"] if one["group"] == "agent"}
    assert (wrong["1002"]["mean"], wrong["1002"]["low"], wrong["1001"]["mean"]) == (1.0, 1.0, 0.0)
    assert 0 < wrong["1001"]["high"] < 1
    agreed = {one["what"]: one for one in (await rig.get("/v1/quality/agreement", "quality")).body["items"]}
    assert (agreed["total"]["alpha"], agreed["outcome"]["kappa"], agreed["total"]["calls"]) == (1.0, 1.0, 3)
    refused = await rig.get("/v1/quality/report?begin=2026-11-16&end=2026-11-09", "supervisor")
    assert (refused.status, refused.body["place"]) == (422, "query.end")


async def test_a_complaint_brings_its_call_to_a_reviewer_after_the_draw_too(rig: DatabaseRig) -> None:
    sampled = {one["attempt"] for one in await drawn(rig)}
    every = (await rig.get("/v1/attempts?agent=1001", "quality")).body["items"]
    [late] = [one for one in every if one["id"] not in sampled]
    told = {"contact": late["contact"], "kind": "tone", "note": "was loud"}
    assert (await rig.post("/v1/quality/complaints", told, "agent")).body == {"attempt": late["id"]}
    review = (await rig.get(f"/v1/quality/calls/{late['id']}", "supervisor")).body
    assert (review["probability"], review["stratum"], len(review["reviewers"])) == (None, "complaints", 1)
    [complaint] = (await rig.get("/v1/quality/complaints", "quality")).body["items"]
    assert (complaint["kind"], complaint["noted_by"]) == ("tone", "1001")
    both = await rig.post("/v1/quality/complaints", told | {"attempt": late["id"]}, "agent")
    assert (both.status, "either attempt or contact" in both.body["reason"]) == (422, True)


async def test_rules_are_known_to_all_and_read_anew_as_a_whole_or_not_at_all(rig: DatabaseRig, tmp_path: Path) -> None:
    told = (await rig.get("/v1/quality/rules", "agent")).body
    assert (told["per_agent"], told["reviewers"], told["forms"][0]["name"]) == (2, ["quentin", "ada"], "sales")
    (tmp_path / "rules.toml").write_text(RULES.replace("per_agent = 2", "per_agent = 0"))
    refused = await rig.post("/v1/quality/rules/reload", None, "quality")
    assert (refused.status, "rules.toml: per_agent" in refused.body["place"]) == (422, True)
    assert (await rig.get("/v1/quality/rules", "agent")).body == told
    (tmp_path / "rules.toml").write_text(RULES.replace("per_agent = 2", "per_agent = 1"))
    assert (await rig.post("/v1/quality/rules/reload", None, "quality")).body["per_agent"] == 1


async def test_a_call_that_can_t_be_heard_is_told_and_no_longer_wanted(rig: DatabaseRig) -> None:
    call = (await drawn(rig))[0]
    path = f"/v1/quality/calls/{call['attempt']}/unscorable"
    assert (await rig.post(path, {"reason": "no recording"}, "quality")).status == 204
    assert len((await rig.get("/v1/quality/assignments", "quality")).body["items"]) == 2
    assert (await score(rig, call, GOOD)).status == 409


async def test_cases_are_kept_by_those_who_judge_and_found_by_all(rig: DatabaseRig) -> None:
    [one, other, *_] = (await rig.get("/v1/attempts", "quality")).body["items"]
    told = {"attempt": one["id"], "title": "Price objection turned", "why": "asks first", "tags": ["Price", "price"]}
    assert (await rig.post("/v1/cases", told, "agent")).status == 403
    added = await rig.post("/v1/cases", told, "quality")
    assert (added.status, added.body["tags"], added.body["agent"]) == (201, ["price"], one["agent"])
    assert (await rig.post("/v1/cases", told, "quality")).status == 409
    second = await rig.post("/v1/cases", {"attempt": other["id"], "title": "Warm opening"}, "supervisor")
    found = await rig.get("/v1/cases", "agent", params={"words": "price"})
    assert [case["id"] for case in found.body["items"]] == [added.body["id"]]
    page = (await rig.get("/v1/cases?limit=1", "agent")).body
    assert (page["items"][0]["id"], page["next"]) == (second.body["id"], second.body["id"])
    assert (await rig.get(f"/v1/cases?limit=1&after={page['next']}", "agent")).body["next"] is None
    tagged = await rig.ask("PUT", f"/v1/cases/{second.body['id']}/tags", "quality", json={"tags": ["opening"]})
    assert tagged.body["tags"] == ["opening"]
    tags = (await rig.get("/v1/case-tags", "agent")).body["items"]
    assert tags == [{"tag": "opening", "cases": 1}, {"tag": "price", "cases": 1}]
    assert (await rig.ask("DELETE", f"/v1/cases/{second.body['id']}", "quality")).status == 204
    assert (await rig.ask("DELETE", f"/v1/cases/{second.body['id']}", "quality")).status == 404
