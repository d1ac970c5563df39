"""The simulator: compiled and interpreted alike, the same for the same seed, and true to what can be computed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pacing.optimum import Floor, evaluate
from pacing.simulator.compiled import run_compiled, run_interpreted
from pacing.simulator.plan import Plan
from pacing.simulator.study import (
    ABANDONED_SO_FAR,
    BUSY,
    LINES,
    LIVE_SO_FAR,
    SECONDS,
    WORKING,
    Result,
    Rule,
    Setting,
    simulate,
    study,
)

# compiling takes a minute, once: one process does it for all
pytestmark = pytest.mark.xdist_group("simulator")

TEN = Plan(agents=10, warm_up_answers=0.0)
HANDLING_SECONDS = TEN.talk_seconds + TEN.wrap_up_seconds


def run(plan: Plan, rule: Rule = Rule.PREDICTIVE, level: float = 1.0, seed: int = 1) -> Result:
    return simulate(Setting(rule, level, plan), seed)


@pytest.mark.parametrize("rule", Rule)
def test_compiled_and_interpreted_code_do_the_same(rule: Rule) -> None:
    plan = Plan(
        agents=3,
        hours=0.1,
        spread=3.0,
        knowledge=1,
        machine_share=0.2,
        detection=True,
        person_taken_for_machine=0.1,
        congestion=0.05,
        inbound_per_hour=(30.0,),
        comings=((100.0, 0, 0), (250.0, 0, 1)),
        warm_up_answers=3.0,
        leads=40,
        recycle_seconds=(60.0, 120.0, 180.0),
    ).kernel()
    tally, series = run_compiled(plan, rule.number, 1.5, 30.0, 7)
    tally_again, series_again = run_interpreted(plan, rule.number, 1.5, 30.0, 7)
    # one rounds a product and a sum at once where the other rounds twice
    np.testing.assert_allclose(tally, tally_again, rtol=1e-9)
    np.testing.assert_allclose(series, series_again, rtol=1e-6, atol=1e-6)


def test_the_same_seed_twice_is_the_same_run_and_another_seed_another() -> None:
    plan = replace(TEN, hours=1.0)
    first, again, other = run(plan, seed=3), run(plan, seed=3), run(plan, seed=4)
    np.testing.assert_array_equal(first.series, again.series)
    assert (first.occupancy, first.dialed) == (again.occupancy, again.dialed)
    assert first.dialed != other.dialed


def test_a_study_is_its_runs_one_by_one() -> None:
    settings = [Setting(rule, 2.0, replace(TEN, hours=1.0)) for rule in (Rule.PREDICTIVE, Rule.POWER)]
    told: list[tuple[int, int]] = []
    compared = study(settings, (1, 2), lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for setting, one in zip(settings, compared, strict=True):
        assert one.setting is setting
        assert [result.dialed for result in one.results] == [simulate(setting, seed).dialed for seed in (1, 2)]
        assert one.abandoned_ratio.value == pytest.approx(
            sum(result.abandoned for result in one.results) / sum(result.live_answers for result in one.results)
        )


def test_agents_are_busy_for_as_long_as_the_connected_calls_last() -> None:
    result = run(replace(TEN, hours=24.0), Rule.POWER, 2.0)
    connected = result.live_answers - result.abandoned
    assert result.occupancy * result.worked_hours == pytest.approx(connected * HANDLING_SECONDS / 3600.0, rel=0.05)
    assert result.talk_hours == pytest.approx(connected * TEN.talk_seconds / 3600.0)


def test_what_the_series_and_the_blocks_count_is_what_the_result_counts() -> None:
    result = run(replace(TEN, hours=4.0), Rule.POWER, 3.0)
    live, abandoned = result.series[:, LIVE_SO_FAR], result.series[:, ABANDONED_SO_FAR]
    assert (np.diff(live) >= 0).all()
    assert (np.diff(abandoned) <= np.diff(live)).all()
    assert result.blocks.sum(axis=0).tolist() == [result.live_answers, result.abandoned]
    assert (result.blocks[:, 0] > 0).sum() == 8
    assert 0 < result.abandoned < result.live_answers < result.dialed
    assert (result.series[:, BUSY] <= result.series[:, WORKING]).all()


def test_progressive_is_as_busy_as_theory_says() -> None:
    # an agent's turn: the lines until an answer, then the call: H / (H + R / p)
    p, line_seconds = TEN.answer_probability, 16.9
    result = run(replace(TEN, hours=40.0), Rule.PROGRESSIVE)
    assert result.occupancy == pytest.approx(HANDLING_SECONDS / (HANDLING_SECONDS + line_seconds / p), abs=0.01)
    table = range(TEN.agents + 1)
    floor = Floor(TEN.agents, p, line_seconds, HANDLING_SECONDS)
    assert result.occupancy == pytest.approx(evaluate(floor, table).occupancy, abs=0.02)
    assert result.abandoned == 0


def test_predictive_is_busier_than_progressive_within_the_cap_and_close_to_the_optimum() -> None:
    plan = Plan(agents=20, hours=24.0, day_hours=24.0)
    predictive, progressive = run(plan), run(plan, Rule.PROGRESSIVE)
    assert predictive.occupancy > progressive.occupancy + 0.1
    assert predictive.abandoned_ratio.value < 0.035
    assert predictive.occupancy == pytest.approx(0.887, abs=0.03)


def test_agents_who_leave_while_lines_ring_are_drained_first() -> None:
    # every ten minutes half the team goes for a minute; one line an idle agent abandons nobody else
    turns = [
        (600.0 * turn + 60.0 * kind, agent, kind) for turn in range(1, 47) for kind in (0, 1) for agent in range(5)
    ]
    drained = replace(TEN, comings=tuple(sorted(turns)))
    at_once = replace(drained, drain_seconds=0.0)
    lost = [sum(run(plan, Rule.PROGRESSIVE, seed=seed).abandoned for seed in range(3)) for plan in (drained, at_once)]
    assert lost[0] < 0.2 * lost[1]


def test_no_more_lines_ring_than_the_trunk_has() -> None:
    assert run(TEN, Rule.POWER, 5.0).series[:, LINES].max() > 7
    for rule in (Rule.POWER, Rule.PREDICTIVE, Rule.VICIDIAL_AVERAGE, Rule.ISSABEL, Rule.REPLAY):
        assert run(replace(TEN, max_lines=7), rule, 5.0).series[:, LINES].max() <= 7


def test_a_list_ends_when_every_lead_was_reached_or_used_up() -> None:
    plan = replace(TEN, leads=300, hours=40.0, recycle_seconds=(60.0, 300.0, 300.0))
    result = run(plan)
    assert result.hours_to_finish is not None
    assert result.hours_to_finish < 5.0
    # a lead is missed six times by 0.7^6 of them
    assert result.reached_share == pytest.approx(1 - 0.7**6, abs=0.06)
    assert result.live_answers == round(300 * (result.reached_share or 0.0))
    assert result.series[-1, SECONDS] <= result.hours_to_finish * 3600.0


def test_everyone_answers_or_nobody_does() -> None:
    plan = replace(TEN, leads=100, hours=10.0, recycle_seconds=(60.0, 60.0, 60.0))
    for rule in Rule:
        all_, none = (run(replace(plan, answer_probability=p), rule, 2.0) for p in (1.0, 0.0))
        # the run ends with the last line: a callee who waits then is in no count
        assert (all_.dialed, round(all_.reached_share or 0.0, 1)) == (100, 1.0)
        assert all_.live_answers >= 97
        assert (none.dialed, none.live_answers, none.occupancy, none.abandoned_ratio.high) == (600, 0, 0.0, 1.0)
        assert none.hours_to_finish is not None


def test_an_unfinished_list_says_how_far_it_came() -> None:
    result = run(replace(TEN, leads=5000, hours=1.0))
    assert result.hours_to_finish is None
    assert 0.02 < (result.reached_share or 0.0) < 0.06


def test_without_agents_nobody_is_called() -> None:
    result = run(replace(TEN, agents=0, hours=1.0))
    assert (result.dialed, result.live_answers, result.occupancy, len(result.series)) == (0, 0, 0.0, 0)


def test_when_all_agents_are_away_nothing_is_dialed() -> None:
    away = tuple((3600.0, agent, 0) for agent in range(10))
    result = run(replace(TEN, hours=3.0, comings=away))
    late = result.series[result.series[:, SECONDS] > 3600.0 + 900.0]
    assert len(late) > 60
    assert late[:, LINES].max() == late[:, WORKING].max() == 0


def test_inbound_callers_take_agents_and_come_first() -> None:
    quiet, busy = run(TEN), run(replace(TEN, inbound_per_hour=(60.0,)))
    assert quiet.inbound_in_time is None
    assert busy.inbound_in_time is not None
    assert busy.inbound_in_time > 0.8
    # an hour of inbound is 60 x 180 s: three of ten agents
    assert busy.live_answers < 0.85 * quiet.live_answers


def test_a_day_over_the_cap_is_counted_when_it_had_answers_enough() -> None:
    plan = replace(TEN, hours=16.0, minimum_answers=100.0)
    result = run(plan, Rule.POWER, 4.0)
    assert (result.days_judged, result.days_over) == (2, 2)
    assert (result.worst_day or 0.0) > 0.03
    assert run(replace(plan, minimum_answers=10_000.0), Rule.POWER, 4.0).worst_day is None


def test_answers_follow_the_factor_of_the_hour() -> None:
    plan = replace(TEN, hours=8.0, factor=(1.0, 0.2), factor_step_seconds=4 * 3600.0)
    series = run(plan, Rule.PROGRESSIVE).series
    noon = series[series[:, SECONDS] <= 4 * 3600.0][-1, LIVE_SO_FAR]
    assert series[-1, LIVE_SO_FAR] - noon < 0.6 * noon


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"agents": -1}, "agents"),
        ({"answer_probability": 1.1}, "answer_probability"),
        ({"hours": 0.0}, "hours"),
        ({"ring_seconds": 2.0}, "ring_seconds"),
        ({"comings": ((5.0, 0, 0), (1.0, 0, 1))}, "comings"),
        ({"comings": ((5.0, 10, 0),)}, "comings"),
        ({"factor": ()}, "factor"),
    ],
)
def test_what_can_not_be_simulated_is_named(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError, match=f"^{place}: "):
        replace(TEN, **fields)
