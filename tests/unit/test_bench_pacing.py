"""The pacing benchmark: what it runs, how it pools and judges, what it writes; and one tiny cell from end to end."""

import json
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pacing.__main__ import main
from benchmarks.pacing.cells import DRIFT, LEADS_KNOWN, SHOCK, STEADY, Cell, Grid, Task, expected_seconds, quick_grid
from benchmarks.pacing.goals import Goal, goals
from benchmarks.pacing.journal import Journal
from benchmarks.pacing.measure import Run, figures_of, pooled, run_task
from benchmarks.pacing.plots import write as write_plots
from benchmarks.pacing.results import Results, lines
from benchmarks.pacing.rules import CONTENDERS, OPTIMUM, OURS, TOLD
from benchmarks.pacing.scenarios import area_under_curve, drift, floor_of, line_seconds, plan_of, score_noise, shocks
from benchmarks.pacing.table import BEGIN, END, table, tables, write

COMPILED = pytest.mark.xdist_group("simulator")
"""Compiling takes a minute, once: one process does it for all."""
TEN = Cell(STEADY, 10, 0.3, 10.0)
SHOCKED = Cell(SHOCK, 10, 0.3, 10.0)


def run(
    rule: str = OURS, cell: Cell = TEN, seed: int = 1, *, occupancy: float = 0.83, live: float = 15_000.0,
    abandoned: float = 400.0, days_judged: int = 10, days_over: int = 0, worst_day: float = 0.029,
) -> Run:  # fmt: skip
    busy = 1e6 * occupancy
    return Run(rule, cell, seed, busy, 1e6, live, abandoned, live, abandoned, days_judged, days_over, worst_day)


def optimum(occupancy: float, cell: Cell = TEN) -> Run:
    return Run(
        OPTIMUM, Cell(STEADY, cell.agents, cell.answer_probability, 1.0), 0, occupancy, 1, 1, 0.03, 1, 0.03, 0, 0, 0
    )


MADE_UP = Results(
    (
        optimum(0.837),
        run(seed=1),
        run(seed=2, occupancy=0.832),
        run("progressive", seed=1, occupancy=0.717, abandoned=0.0, worst_day=0.0),
        run("power-3", seed=1, occupancy=0.9, abandoned=1500.0, days_over=10, worst_day=0.12),
        run("replay", seed=1, occupancy=0.831, abandoned=300.0),
        run(cell=SHOCKED, occupancy=0.80, days_over=1, worst_day=0.031),
        run(TOLD, SHOCKED, occupancy=0.84),
    )
)


def test_a_ratio_is_of_the_sums_and_its_interval_of_the_differences_between_runs() -> None:
    same = pooled([1.0, 2.0], [10.0, 20.0])
    assert (same.value, same.low, same.high) == (0.1, 0.1, 0.1)
    apart = pooled([1.0, 4.0, 1.0], [10.0, 20.0, 10.0])
    assert apart.value == pytest.approx(0.15)
    assert apart.low is not None
    assert apart.high is not None
    # by hand: residuals -.5, 1, -.5 over a mean of 13.33; times 4.303 / sqrt(3)
    assert apart.high - apart.value == pytest.approx(4.3027 * 0.8660 / (40 / 3) / 3**0.5, rel=1e-3)
    assert pooled([1.0], [10.0]).low is None


def test_windows_are_the_judged_days_and_each_run_whole() -> None:
    figures = figures_of([run(seed=1, days_over=1, worst_day=0.034), run(seed=2, abandoned=460.0)])
    assert figures.windows == 22
    assert figures.windows_over == 2
    assert figures.worst_30_days == pytest.approx(460 / 15_000)
    assert figures.worst_24_h == 0.034
    assert figures.over_by == pytest.approx(0.004)


def test_a_ratio_at_the_cap_is_not_over_it() -> None:
    figures = figures_of([run(abandoned=450.0, days_judged=0, worst_day=0.0)])
    assert (figures.windows_over, figures.over_by, figures.worst_24_h) == (0, 0.0, None)


def test_goals_name_the_cells_that_miss_them() -> None:
    judged = {goal.name: goal for goal in goals(MADE_UP)}
    assert not judged["Steady: within 1 point of the optimum"].missed
    over = judged["Drift and shock: no window over the cap"]
    assert over.missed == ("shock, N = 10, p = 0.3: 1 of 11 windows, the worst at 3.10%",)
    behind = judged["Drift and shock: within 3 points of the rule told the true p"]
    assert behind.missed == ("shock, N = 10, p = 0.3: -4.00 points",)
    ahead = judged["Ahead of every baseline that keeps the cap"]
    assert ahead.missed == ("steady, N = 10, p = 0.3: 0.10 points behind replay",)


def test_leads_of_unlike_p_must_gain_over_the_optimum() -> None:
    cell = Cell(LEADS_KNOWN, 10, 0.3, 10.0)

    def judged(occupancy: float) -> Goal:
        found = goals(Results((optimum(0.837), run(cell=cell, occupancy=occupancy))))
        return next(goal for goal in found if "above the optimum" in goal.name)

    assert judged(0.863).missed == ()
    assert judged(0.861).missed == ("leads-known, N = 10, p = 0.3: +2.40 points",)


def test_lines_tell_the_gap_and_by_how_much_a_baseline_breaks_the_cap() -> None:
    told = {(line["rule"], line.get("scenario")): line for line in lines(MADE_UP) if "rule" in line}
    assert told[OPTIMUM, None]["value"] == 0.837
    assert told[OURS, STEADY]["gap"] == pytest.approx(-0.006)
    assert told[OURS, STEADY]["optimum"] == 0.837
    assert told[OURS, SHOCK]["optimum"] is None
    assert told[OURS, SHOCK]["gap"] == pytest.approx(-0.04)
    assert told["power-3", STEADY]["over_by"] == pytest.approx(0.09)
    assert told["power-3", STEADY]["windows_over"] == 11
    assert told["progressive", STEADY]["over_by"] == 0.0


def test_tables_are_dated_and_show_in_bold_who_breaks_the_cap() -> None:
    text = tables(MADE_UP, "2026-11-22")
    assert "on 2026-11-22: 8 runs" in text
    assert "| power-3 | **0.900<br>10.00 (+9.00)** |" in text
    assert "| progressive | 0.717<br>0.00 |" in text
    assert "| optimum | 0.837 |" in text
    assert "| 0.3 | 10 | 0.831 (0.818 to 0.844) | 0.837 | -0.60 | 2.67 (2.67 to 2.67) | 2.67 | 2.90 | 0 of 22 |" in text


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "pacing.md"
    page.write_text(f"# Pacing\n\n{BEGIN}\nformer\n{END}\n\nafter\n")
    write(page, MADE_UP, "2026-11-22")
    text = page.read_text()
    assert text.startswith(f"# Pacing\n\n{BEGIN}\nMade by")
    assert text.endswith(f"|\n{END}\n\nafter\n")
    assert "former" not in text


def test_a_page_without_markers_is_refused_and_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "pacing.md"
    page.write_text("# Pacing\n")
    with pytest.raises(ValueError, match=r"pacing\.md"):
        write(page, MADE_UP, "2026-11-22")
    assert page.read_text() == "# Pacing\n"


def test_a_table_has_a_head_and_a_row_a_line() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_grid_runs_ours_and_the_rule_told_the_truth_more_often_where_p_moves() -> None:
    grid = Grid((10,), (0.3,), (STEADY, SHOCK), (OURS, TOLD, "replay"), seeds=3, moving_runs=20)
    tasks = list(grid.tasks())
    assert len(tasks) == len(set(tasks)) == 1 + 3 * 3 + 2 * 20 + 3
    assert tasks[0] == Task(OPTIMUM, Cell(STEADY, 10, 0.3, 1.0), 0)
    assert all(expected_seconds(task) > 0.0 for task in tasks)
    assert {task.rule for task in quick_grid().tasks()} == {OPTIMUM, *CONTENDERS}
    assert Grid().whole
    assert not grid.whole


@pytest.mark.parametrize(
    ("build", "place"),
    [
        (lambda: Grid(agents=(0,)), "agents"),
        (lambda: Grid(answer_probabilities=(1.0,)), "answer probability"),
        (lambda: Grid(scenarios=("calm",)), "scenarios"),
        (lambda: Grid(rules=("best",)), "rules"),
        (lambda: Grid(seeds=0), "seeds"),
        (lambda: Grid(moving_runs=0), "runs"),
        (lambda: Grid(days=0.0), "days"),
    ],
)
def test_a_grid_that_can_not_be_run_is_refused(build: Callable[[], Grid], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        build()


def test_the_mean_line_time_is_that_of_drawn_lines() -> None:
    plan = plan_of(TEN, 1)
    random = np.random.default_rng(7)
    rings = 3.0 + 3.0 * random.standard_gamma(3.0, 400_000)
    answered = rings[rings < 25.0].mean()
    failed = 0.26 * 2.0 + 0.74 * 25.0
    assert line_seconds(plan) == pytest.approx(0.3 * answered + 0.7 * failed, abs=0.02)
    assert floor_of(TEN).handling_seconds == 140.0


def test_drift_moves_by_forty_percent_within_ten_minutes_and_rests_twenty() -> None:
    factor = drift(80.0, seed=3)
    assert len(factor) == 80 * 120
    assert set(factor[:40]) == {1.0}
    assert {round(abs(float(b - a)), 6) for a, b in zip(factor[39::60], factor[59::60], strict=False)} == {0.4}
    assert (factor.min(), factor.max()) == (pytest.approx(0.6), pytest.approx(1.4))
    assert not np.array_equal(factor, drift(80.0, seed=4))


def test_shocks_double_p_at_most_to_one_for_half_an_hour_four_times_a_day() -> None:
    factor = shocks(80.0, 0.3, seed=3)
    for day in factor.reshape(10, -1):
        assert (day > 1.0).sum() * 10 == 4 * 1800
    assert set(factor) == {1.0, 2.0}
    assert shocks(8.0, 0.8, seed=3).max() == 1.25


def test_every_rule_meets_the_same_day() -> None:
    assert plan_of(SHOCKED, 5) == plan_of(SHOCKED, 5)
    assert plan_of(Cell(DRIFT, 10, 0.3, 1.0), 5).factor != plan_of(Cell(DRIFT, 10, 0.3, 1.0), 6).factor


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_the_score_has_the_area_wanted(p: float) -> None:
    noise, area = score_noise(p)
    assert noise > 0.0
    assert area == pytest.approx(0.75, abs=1e-3)


def test_the_area_under_the_curve_is_a_half_of_a_score_that_tells_nothing_and_one_of_an_oracle() -> None:
    own = np.array([1.0, 0.0, 1.0, 0.0])
    assert area_under_curve(own, own) == 1.0
    assert area_under_curve(np.array([1.0, 2.0, 4.0, 3.0]), own) == 0.5


def test_a_run_that_was_cut_off_while_it_was_written_is_done_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs.jsonl")
    journal.begin()
    journal.add(run(seed=1))
    with journal.path.open("a") as file:
        file.write('{"rule": "ours", "ce')
    assert journal.runs() == [run(seed=1)]
    journal.add(run(seed=2))
    assert journal.runs() == [run(seed=1), run(seed=2)]


def test_runs_of_other_code_and_lines_that_are_none_are_refused_with_their_place(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs.jsonl")
    journal.path.write_text('{"code": "other"}\n')
    with pytest.raises(ValueError, match=r"line 1: runs of another version"):
        journal.runs()
    assert journal.runs(any_code=True) == []
    journal.path.write_text('{"rule": "ours"}\n')
    with pytest.raises(ValueError, match=r"line 1: not a run"):
        journal.runs()


def test_a_journal_begun_anew_keeps_the_old_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs.jsonl")
    journal.begin()
    journal.add(run())
    journal.begin()
    assert journal.runs() == []
    assert len((tmp_path / "runs.jsonl.old").read_text().splitlines()) == 2


def test_published_runs_are_taken_up_where_there_are_none_yet(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "runs.jsonl")
    journal.begin()
    journal.add(run(seed=1))
    journal.publish(tmp_path / "published.xz")
    fresh = Journal(tmp_path / "elsewhere" / "runs.jsonl")
    fresh.take_up(tmp_path / "published.xz")
    assert fresh.runs() == [run(seed=1)]
    journal.add(run(seed=2))
    journal.take_up(tmp_path / "published.xz")
    assert journal.runs() == [run(seed=1), run(seed=2)]


@pytest.mark.parametrize("packed", [b"", b"no runs", lzma.compress(b"{}\n")[:-8]])
def test_published_runs_that_are_damaged_are_named(tmp_path: Path, packed: bytes) -> None:
    published = tmp_path / "published.xz"
    published.write_bytes(packed)
    journal = Journal(tmp_path / "runs.jsonl")
    with pytest.raises(ValueError, match=r"published\.xz: not packed runs .*begin anew"):
        journal.take_up(published)
    assert not journal.path.exists()


def test_pictures_are_drawn_of_the_cells_there_are(tmp_path: Path) -> None:
    steady = Results(tuple(run for run in MADE_UP.runs if run.cell.scenario == STEADY))
    assert [path.name for path in write_plots(steady, tmp_path, png=False)] == ["steady.svg", "abandoned.svg"]


@COMPILED
def test_a_tiny_cell_runs_from_end_to_end_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def bench(seeds: int, go_on: bool) -> list[dict[str, object]]:
        main(
            agents=[20], answer_probability=[0.3], scenario=[STEADY], rule=[OURS, "progressive"], seeds=seeds,
            days=0.2, workers=1, go_on=go_on, folder=tmp_path, docs=False,
        )  # fmt: skip
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    first = bench(1, go_on=False)
    assert [line["name"] for line in first[:3]] == ["pacing_optimum", "pacing_occupancy", "pacing_occupancy"]
    ours, progressive = first[1], first[2]
    assert ours["rule"] == OURS
    assert progressive["abandoned_ratio"] == 0.0
    assert (tmp_path / "plots" / "steady.svg").exists()
    kept = (tmp_path / "runs.jsonl").read_text()
    assert bench(2, go_on=True)[2]["runs"] == 2
    assert (tmp_path / "runs.jsonl").read_text().startswith(kept)


@COMPILED
def test_the_same_task_counts_the_same_again() -> None:
    task = Task("power-2", Cell(STEADY, 3, 0.3, 0.1), 4)
    again = [run_task(task), run_task(task)]
    assert {(each.live, each.abandoned, each.busy_seconds) for each in again} == {
        (again[0].live, again[0].abandoned, again[0].busy_seconds)
    }
