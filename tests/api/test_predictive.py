"""Predictive campaigns as the API and the terminal show them."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

from rich.console import Console

from dialer.domain.ids import AgentId
from dialer.engine.campaign_view import CampaignView
from monitoring.terminal_view import Progress, drawn, plain
from pacing.policy import PacingFigures, WindowFigures
from tests.api.rig import ApiRig

FIGURES = PacingFigures(
    expected_answers=3.2, free_agents=5.5, spread=1.4, knob=1.72, aim_ratio=0.021, room=None, answer_probability=0.31,
    answer_probability_upper=0.36, answers_seen=912,
    windows=(WindowFigures("24 h", 1200.0, 30.0, 0.03, 400.0),),
)  # fmt: skip


async def test_a_predictive_campaign_is_made_tuned_and_explains_itself(rig: ApiRig) -> None:
    tuned = await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "predictive", "ring_from_data": True})
    assert (tuned.body["dial_mode"], tuned.body["ring_from_data"]) == ("predictive", True)
    await rig.in_a_call()
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
    await rig.until(lambda: rig.floor.desk.campaigns()[0].pacing is not None)
    [shown] = (await rig.get("/v1/floor")).body["campaigns"]
    assert shown["decision"].startswith("cold start, ")
    assert shown["pacing_faults"] == 0
    assert 0 < shown["pacing"]["answer_probability"] < shown["pacing"]["answer_probability_upper"] < 1
    assert {window["name"] for window in shown["pacing"]["windows"]} >= {"24 h"}
    assert {window["cap_ratio"] for window in shown["pacing"]["windows"]} == {0.029, 0.03}


async def test_a_campaign_that_is_not_predictive_has_no_figures(rig: ApiRig) -> None:
    await rig.in_a_call()
    [shown] = (await rig.get("/v1/floor")).body["campaigns"]
    assert shown["pacing"] is None


async def test_an_agent_logs_in_until_the_end_of_its_shift(rig: ApiRig) -> None:
    assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200
    ends = rig.floor.clock.now() + timedelta(hours=4)
    body = {"campaign": "autumn", "shift_ends_at": ends.isoformat()}
    assert (await rig.post("/v1/agents/1001/login", body | {"shift_ends_at": "tonight"})).status == 422
    assert (await rig.post("/v1/agents/1001/login", body)).status == 200
    assert rig.floor.engine.floor.roster.known(AgentId("1001")).shift_ends_at == ends


def terminal(view: CampaignView, progress: Progress) -> str:
    console = Console(file=StringIO(), width=100, record=True)
    console.print(drawn(view, progress))
    return console.export_text()


async def test_the_terminal_shows_the_figures_of_the_decision(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "predictive"})
    view = replace(rig.floor.desk.campaigns()[0], pacing=FIGURES)
    progress = Progress(10, 5, rig.floor.clock.now(), 1.0)
    shown = terminal(view, progress)
    assert "answered 31% (at most 36%)" in shown
    assert "knob 1.72" in shown
    assert "aim 2.1%" in shown
    assert "2.5% of 1,200 in 24 h" in " ".join(shown.replace("│", "").split())
    assert "knob" not in terminal(replace(view, pacing=None), progress)
    assert plain(view, progress)
