"""The switch benchmark: its days, its centre, its gates and its clairvoyant; and one small day from end to end."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pacing.table import BEGIN, END
from benchmarks.switch.__main__ import main
from benchmarks.switch.clairvoyant import BY_RULE, CLAIRVOYANT, Effort, clairvoyant
from benchmarks.switch.compiled import live_day, run_day
from benchmarks.switch.days import DAY_NAMES, SECONDS, TRIES, Day, Streams, arrivals_per_second, day_named, streams
from benchmarks.switch.floor import (
    ABANDONED,
    ANSWERED,
    ANSWERS,
    CALLEES,
    DIALED,
    DROPPED,
    IDLE,
    IN_PHASE,
    KEEP,
    KEEP_BY_RULE,
    KEEP_OF_ALL,
    NO_CALL_WAITS,
    NOT_CALLED,
    OFF,
    OUTBOUND_SECONDS,
    QUEUED,
    RINGING,
    new_floor,
    pass_second,
)
from benchmarks.switch.gates import NO_GATE, Outcome, calls_judged, constant, free_agents, in_time, no_gate, outcome
from benchmarks.switch.ours import FORECAST, OURS, ours
from benchmarks.switch.plots import write as write_plots
from benchmarks.switch.results import Results, goals, lines
from benchmarks.switch.table import tables, write

pytestmark = pytest.mark.xdist_group("switch-benchmark")
"""Compiling takes some seconds, once: one process does it for all."""
SMALL = day_named("small-outage")
CHANCES = streams(SMALL, 1)
LITTLE = Effort(block_seconds=3600, changes_tried=3)


def of(policy: str, seed: int = 1, *, within: int = 900, talk: int = 36_000, day: str = "normal") -> Outcome:
    return Outcome(day, policy, seed, 1000, within, 50, talk, 1000, 300, 9, 600, 2)


def test_the_same_day_and_seed_give_the_same_chances_and_another_seed_others() -> None:
    again, other = streams(SMALL, 1), streams(SMALL, 2)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(CHANCES, again, strict=True))
    assert not np.array_equal(CHANCES.first, other.first)


def test_a_day_has_the_calls_that_it_is_said_to_have_and_an_outage_more() -> None:
    usual = day_named("normal")
    assert arrivals_per_second(usual).sum() == pytest.approx(12 * usual.calls_per_hour)
    outage = arrivals_per_second(day_named("outage"))
    assert outage.max() > 2.5 * arrivals_per_second(usual).max() * 0.8
    assert outage[: 4 * 3600].sum() == pytest.approx(arrivals_per_second(usual)[: 4 * 3600].sum())


def test_a_day_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no such day: sunny; there are quiet"):
        day_named("sunny")


def test_no_call_no_line_and_no_agent_is_lost_in_a_day() -> None:
    floor = run_day(SMALL, CHANCES, KEEP, constant(0), SECONDS)
    of_day = floor.of
    assert set(np.unique(floor.fate)) == {NOT_CALLED, ANSWERED, ABANDONED}
    assert (floor.fate[::TRIES] != NOT_CALLED).sum() == len(CHANCES.first)
    again = floor.fate.reshape(-1, TRIES)
    assert (again[:, :-1][again[:, 1:] != NOT_CALLED] == ABANDONED).all()  # only who gave up calls again
    assert (of_day[QUEUED], of_day[RINGING], of_day[CALLEES]) == (0, 0, 0)
    assert of_day[IN_PHASE + IDLE] == SMALL.agents
    connected = of_day[ANSWERS] - of_day[DROPPED]
    assert of_day[ANSWERS] == CHANCES.line_answers[: of_day[DIALED]].sum()
    talks = CHANCES.line_talk[: of_day[DIALED]][CHANCES.line_answers[: of_day[DIALED]] == 1]
    assert 0 < connected <= len(talks)
    assert talks.sum() - of_day[OUTBOUND_SECONDS] <= np.sort(talks)[::-1][: of_day[DROPPED] + 1].sum()


def test_what_is_counted_second_by_second_is_what_became_of_the_calls() -> None:
    floor = run_day(SMALL, CHANCES, KEEP, constant(0), SECONDS)
    assert floor.steps[:, 0].sum() == calls_judged(floor).sum()
    assert floor.steps[:, 1].sum() == in_time(floor).sum()


def test_the_compiled_centre_does_what_the_interpreted_one_does() -> None:
    plain, order = new_floor(SMALL, CHANCES), constant(0).repeat(2)
    for _ in range(1000):
        pass_second(plain, CHANCES, KEEP, 0)
    live, seconds = live_day(SMALL, CHANCES, order)
    for _, _ in zip(range(1000), seconds, strict=False):
        pass
    assert plain.of[DIALED] > 0
    assert np.array_equal(plain.of, live.of)
    assert np.array_equal(plain.series[:1000], live.series[:1000])


def test_nothing_is_dialed_while_marketing_is_off_and_what_rings_is_served() -> None:
    levels = np.array([0, OFF])
    floor = run_day(SMALL, CHANCES, KEEP, levels, 3600)
    first_hour = run_day(SMALL, CHANCES, KEEP, np.array([0, 0]), 3600).of
    assert 0 < floor.of[DIALED] < first_hour[DIALED]
    assert floor.series[3600:3660, 2].max() > 0
    assert floor.series[3 * 3600 : SECONDS, 2].max() == 0


def test_no_line_is_dialed_while_a_call_waits_under_the_gate_that_says_so() -> None:
    floor = new_floor(SMALL, CHANCES)
    for _ in range(6000):
        before = int(floor.of[DIALED])
        pass_second(floor, CHANCES, NO_CALL_WAITS, 0)
        if floor.of[QUEUED]:
            assert floor.of[DIALED] == before
    assert floor.of[DIALED] > 0


def test_more_agents_kept_free_give_better_service_and_less_talk() -> None:
    found = [
        outcome(SMALL, "", 1, run_day(SMALL, CHANCES, KEEP_OF_ALL, constant(level), SECONDS))
        for level in (0, 2, 4, OFF)
    ]
    assert sorted(each.service_level for each in found) == [each.service_level for each in found]
    assert sorted((each.outbound_seconds for each in found), reverse=True) == [each.outbound_seconds for each in found]


def test_the_best_threshold_of_free_agents_keeps_the_target_where_one_does() -> None:
    crowded = replace(SMALL, calls_per_hour=75.0)
    found = free_agents(crowded, streams(crowded, 1), 1)
    assert found.detail.startswith("n = ")
    assert found.service_level >= no_gate(crowded, streams(crowded, 1), 1).service_level


@pytest.mark.parametrize("policy", [CLAIRVOYANT, BY_RULE])
def test_a_clairvoyant_keeps_the_target_and_talks_as_much_as_no_gate_where_that_keeps_it(policy: str) -> None:
    nobody_gates, found = no_gate(SMALL, CHANCES, 1), clairvoyant(SMALL, CHANCES, 1, LITTLE, policy=policy)
    assert found.keeps_target
    if nobody_gates.keeps_target:
        assert found.outbound_seconds >= 0.98 * nobody_gates.outbound_seconds
    assert found == clairvoyant(SMALL, CHANCES, 1, LITTLE, policy=policy)


def test_a_clairvoyant_has_marketing_off_where_the_target_is_out_of_reach() -> None:
    hopeless = replace(SMALL, calls_per_hour=300.0)
    found = clairvoyant(hopeless, streams(hopeless, 1), 1, LITTLE)
    assert not found.keeps_target
    assert found.dialed == 0


def test_by_the_rule_marketing_is_off_after_the_flood_until_service_was_sustained() -> None:
    flood = day_named("outage")
    floor = run_day(flood, streams(flood, 1), KEEP_BY_RULE, constant(0), SECONDS)
    off = np.flatnonzero(floor.series[:SECONDS, 5] >= OFF)
    assert 5 * 3600 < off[0] < 6 * 3600
    tried, got = floor.steps.cumsum(axis=0)[off[0] // 60]
    assert got / tried < 0.83
    assert len(off) >= 1800


def test_ours_counts_the_day_as_the_centre_does_and_is_the_same_again() -> None:
    found, again = ours(SMALL, CHANCES, 1), ours(SMALL, CHANCES, 1)
    assert found == again
    assert found.floor is not None
    assert found.service_level > no_gate(SMALL, CHANCES, 1).service_level
    assert found.outbound_seconds > 0


def test_a_goal_is_missed_where_the_target_is_and_where_too_little_talk_is_left() -> None:
    results = Results(
        (
            of(OURS), of(OURS, 2, within=790, talk=30_000), of(CLAIRVOYANT), of(CLAIRVOYANT, 2), of(FORECAST),
            of(OURS, day="quiet", talk=10_000), of(CLAIRVOYANT, day="quiet", within=700),
        )
    )  # fmt: skip
    kept, talk, *_ = goals(results)
    assert (kept.judged, kept.missed) == (2, ("normal, seed 2: 79.00%",))
    assert (talk.judged, talk.missed) == (1, ())
    assert results.share([of(OURS, 2, talk=30_000)]) == pytest.approx(30 / 36)
    assert results.share(results.of("quiet", OURS)) is None


def test_lines_and_tables_have_every_policy_that_was_run() -> None:
    results = Results((of(OURS), of(NO_GATE, within=700, talk=50_000), of(CLAIRVOYANT, talk=40_000)))
    told = list(lines(results))
    assert {line["policy"] for line in told} == {OURS, NO_GATE, CLAIRVOYANT}
    assert next(line["value"] for line in told if line["name"] == "switch_share_of_clairvoyant") == 0.9
    text = tables(results, "2026-01-01")
    assert "| ours | 90.0 (worst 90.0) | 1 of 1 | 10.0 | 90.0% |" in text


def test_tables_stand_between_the_markers_of_a_page_and_a_page_without_them_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write(page, Results((of(OURS), of(CLAIRVOYANT))), "2026-01-01")
    assert page.read_text().startswith(f"before\n{BEGIN}\nMade by")
    assert page.read_text().endswith(f"{END}\nafter\n")
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no"):
        write(page, Results(()), "2026-01-01")


def test_a_small_day_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(quick=True, day=["small"], policy=[OURS, NO_GATE], workers=1, folder=tmp_path)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["policy"] for line in told} == {OURS, NO_GATE}
    assert (tmp_path / "small.svg").read_text().startswith("<?xml")


def test_only_outcomes_with_a_floor_are_drawn(tmp_path: Path) -> None:
    assert write_plots(Results((of(OURS),)), tmp_path, png=False) == []


def test_every_day_can_be_drawn_from_chance() -> None:
    for name in DAY_NAMES:
        day: Day = day_named(name)
        chances: Streams = streams(day, 3)
        assert len(chances.leaves) == day.agents
        assert (np.diff(chances.first) >= 0).all()
