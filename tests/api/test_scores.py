"""Scores over the API: models, training and ranking that go on beside the calls, why a lead has its place, pilots."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from dialer.domain.errors import Conflict
from dialer.engine.scoring.desk import WorkKind
from dialer.settings import Role
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.api.rig import ApiRig, Asker
from tests.fakes.score_books import fake_score_desk
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK

SCORES = "/v1/campaigns/autumn/scores"
_SHIFT = "CAST(:now AS timestamptz) - now()"
MOVED = (
    f"UPDATE contacts SET purchased_at = purchased_at + ({_SHIFT})",
    f"UPDATE attempts SET opened_at = opened_at + ({_SHIFT})",
    f"UPDATE outcomes SET answered_at = answered_at + ({_SHIFT}), connected_at = connected_at + ({_SHIFT}), "
    f"ended_at = ended_at + ({_SHIFT})",
    f"UPDATE dispositions SET at = at + ({_SHIFT})",
    f"UPDATE leads SET last_attempt_at = last_attempt_at + ({_SHIFT})",
)


async def ended(rig: Asker, path: str = SCORES) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            answer = (await rig.get(f"{path}/work")).body
            if answer["state"] in ("done", "failed"):
                return dict(answer)
            await asyncio.sleep(0.05)


async def test_ranking_is_begun_and_its_end_is_asked_for(rig: ApiRig) -> None:
    for behaviour in ("00", "01"):
        rig.floor.lead(behaviour)
    assert (await rig.get(f"{SCORES}/work")).status == 404
    begun = await rig.post(f"{SCORES}/rank", {"by": "history"}, "supervisor")
    assert (begun.status, begun.body["kind"], begun.body["state"]) == (202, "rank", "waiting")
    found = await ended(rig)
    assert (found["state"], found["done"], found["total"]) == ("done", 4, 4)
    assert found["words"] == "2 leads ranked by history; 2 got another place"


async def test_only_one_thing_at_a_time_is_done_for_a_campaign(rig: ApiRig) -> None:
    desk = fake_score_desk(rig.floor.book, rig.floor.clock)  # nobody does what is asked of it
    desk.begin(rig.floor.campaign, WorkKind.TRAIN)
    with pytest.raises(Conflict, match="wait for its end"):
        desk.begin(rig.floor.campaign, WorkKind.RANK)


async def test_too_few_calls_train_no_model_and_that_is_told(rig: ApiRig) -> None:
    assert (await rig.post(f"{SCORES}/train")).status == 202
    assert (await ended(rig))["words"].startswith("answer: degraded, 0 of 0 calls to learn from had an answer")


async def test_work_that_can_not_be_done_says_why(rig: ApiRig) -> None:
    assert (await rig.post(f"{SCORES}/best-hour")).status == 202
    found = await ended(rig)
    assert (found["state"], "no model tells when leads answer" in found["words"]) == ("failed", True)
    scores = (await rig.get(SCORES)).body
    assert (scores["scorer"], scores["items"]) == (None, [])
    assert "no model tells the chance of an answer" in scores["reason"]


async def test_without_models_a_lead_has_its_place_by_its_history(rig: ApiRig) -> None:
    lead = rig.floor.lead("00")
    told = (await rig.get(f"/v1/campaigns/autumn/leads/{lead}/score")).body
    assert (told["answer_now"], told["best_hour"], told["because"]) == (None, None, [])
    assert told["score"] == told["history"]
    assert (await rig.get("/v1/campaigns/autumn/leads/4711/score")).status == 404


async def test_a_pilot_is_started_and_moved_and_shows_its_cells(rig: ApiRig) -> None:
    pilot = "/v1/campaigns/autumn/pilot"
    assert (await rig.get(pilot)).status == 404
    assert (await rig.post(f"{pilot}/start", {"sample": 0})).status == 422
    unparted = await rig.post(f"{pilot}/start", {})
    assert (unparted.status, "not parted into cells" in unparted.body["reason"]) == (409, True)
    for place in range(12):
        known = {"monthly_spend": str(place), "purchases": str(place % 3), "days_since_purchase": str(place % 4)}
        contact = rig.floor.book.add_contact(f"+121255501{place:02}", attributes=known)
        rig.floor.book.add_lead(rig.floor.campaign.id, contact)
    assert (await rig.post(f"{SCORES}/rank", {"by": "rfm"})).status == 202
    assert (await ended(rig))["words"].startswith("12 leads ranked by rfm")
    begun = await rig.post(f"{pilot}/start", {"sample": 0.5})
    assert (begun.status, begun.body["sample"], begun.body["moved_at"]) == (200, 0.5, None)
    assert sum(one["put_first"] for one in begun.body["items"]) >= 6
    moved = (await rig.post(f"{pilot}/move", {"calls": 3})).body
    assert sum(one["put_first"] for one in moved["items"]) == 3
    assert all(one["low"] <= one["value_a_call"] <= one["high"] for one in moved["items"])
    assert (await rig.get(pilot)).body == moved


async def past_calls(database: ContactDatabase, url: str, now: datetime) -> None:
    """The month of calling of the tours, moved to end at `now`."""
    program = Path(__file__).parents[2] / "docs" / "tour" / "past_calls.py"
    assert await (await asyncio.create_subprocess_exec(sys.executable, str(program), url)).wait() == 0
    for moved in MOVED:
        await database.fetch(text(moved), {"now": now})


async def test_models_are_trained_judged_and_explain_leads(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    await past_calls(database, database_url, MONDAY_TEN_IN_NEW_YORK)
    async with database_rig(database, tmp_path) as rig:
        for work in ("train", "rank", "best-hour"):
            assert (await rig.post(f"{SCORES}/{work}", {} if work == "rank" else None)).status == 202
            assert (await ended(rig))["state"] == "done"
        scores = (await rig.get(SCORES, "supervisor")).body
        assert (scores["scorer"], scores["reason"]) == ("value", "")
        served = {(one["model"], one["status"]) for one in scores["items"]}
        assert served == {("answer", "champion"), ("sale", "champion")}
        assert all(one["auc"] > 0.55 and one["champion_drift"] is None for one in scores["items"])
        [lead] = (await rig.get("/v1/leads?campaign=autumn&limit=1&status=ready")).body["items"]
        told = (await rig.get(f"/v1/campaigns/autumn/leads/{lead['id']}/score")).body
        assert told["hours"][0]["hour"] == 8
        assert told["best_hour"] == max(told["hours"], key=lambda one: one["chance"])["hour"]
        assert told["answer_now"] == pytest.approx(told["answer"], abs=0.02)
        assert {one["feature"] for one in told["because"] if one["model"] == "sale"} >= {"job"}
        assert np.isfinite(told["sale_now"])


@pytest.mark.parametrize("role", ["agent", "quality"])
async def test_scores_are_for_supervisors(rig: ApiRig, role: Role) -> None:
    assert (await rig.get(SCORES, role)).status == 403
    assert (await rig.post(f"{SCORES}/train", None, role)).status == 403
