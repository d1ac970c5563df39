"""The pacing benchmark's command line; see `python -m benchmarks.pacing --help`."""

import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.pacing import plots, table
from benchmarks.pacing.cells import AGENTS, ANSWER_PROBABILITIES, SCENARIOS, Grid, Task, quick_grid
from benchmarks.pacing.goals import goals
from benchmarks.pacing.journal import Journal
from benchmarks.pacing.measure import Run
from benchmarks.pacing.results import Results, lines
from benchmarks.pacing.rules import CONTENDERS
from benchmarks.pacing.work import Progress, prepare, told, work

_HELP = """Run pacing rules side by side on the same random streams, beside the optimum.

Every rule meets the same leads, fates of lines and talks, seed by seed. JSON lines go to stdout: for each rule in each
cell the occupancy, the abandoned ratio (low, high: its 95% interval over the runs), the worst 30 days and 24 h, how
many of the windows judged are over the cap, by how much at worst (over_by), and the optimum. Progress goes to stderr.

Scenarios: steady; drift (p moves by 40% within 10 minutes); shock (p doubles at once for half an hour, four times a
day); leads-known, leads-scored, leads-mean (leads of unlike p: all known, told by a score, or only their mean).

`make bench-pacing ARGS=--quick`: three team sizes, two scenarios, in under a minute.

`make bench-pacing ARGS="--agents 10 --scenario shock --rule ours --rule progressive --runs 20"`: a part of it.

`make bench-pacing`: all of it, which takes hours and may be stopped at any time; `ARGS=--continue` goes on.

`make bench-pacing ARGS=--report`: the lines, tables and plots again, of the runs that are there.

The runs behind the tables of docs/pacing.md are kept with them: where nothing was run yet, --continue and --report
take those up, and --continue refuses them when the code has changed since."""

_ROOT = Path(__file__).resolve().parents[2]
_DOCS = _ROOT / "docs" / "pacing"
_PUBLISHED = _DOCS / "runs.jsonl.xz"


def main(  # noqa: PLR0917  a command's options are its parameters
    quick: Annotated[bool, typer.Option(help="N = 5, 20, 100, p = .3, steady and shock; two short runs each.")] = False,
    agents: Annotated[list[int] | None, typer.Option(help="Team sizes; default: all seven.")] = None,
    answer_probability: Annotated[list[float] | None, typer.Option("--p", help="Answer probabilities.")] = None,
    scenario: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(SCENARIOS)}.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(CONTENDERS)}.")] = None,
    seeds: Annotated[int, typer.Option(help="Runs of each rule in each cell.")] = 3,
    runs: Annotated[int, typer.Option(help="Runs of ours and of told-truth in drift and shock.")] = 200,
    days: Annotated[float | None, typer.Option(help="Days of 8 h in each run; default: 1 to 22, by team size.")] = None,
    workers: Annotated[int, typer.Option(help="Processes; 0: one a processor.")] = 0,
    go_on: Annotated[bool, typer.Option("--continue", help="Keep the runs of an interrupted benchmark.")] = False,
    report: Annotated[bool, typer.Option(help="Run nothing: tell of the runs that are there.")] = False,
    folder: Annotated[Path, typer.Option(help="Where runs and plots are kept.")] = Path("build/bench-pacing"),
    docs: Annotated[
        bool | None,
        typer.Option(help="Plots to docs/pacing/ and tables to docs/pacing.md; default: when the whole grid was run."),
    ] = None,
    date: Annotated[str, typer.Option(help="Date in the tables; default: today.")] = "",
) -> None:
    grid = quick_grid() if quick else Grid(
        tuple(agents or AGENTS), tuple(answer_probability or ANSWER_PROBABILITIES), tuple(scenario or SCENARIOS),
        tuple(rule or CONTENDERS), seeds, runs, days=days,
    )  # fmt: skip
    journal = Journal(folder / ("quick.jsonl" if quick else "runs.jsonl"))
    if (go_on or report) and not quick:
        journal.take_up(_PUBLISHED)
    if not report:
        do(grid, journal, go_on, workers or os.cpu_count() or 1)
    results = Results(tuple(wanted(grid, journal.runs(any_code=report))))
    for line in lines(results):
        print(json.dumps(line))
    for goal in goals(results):
        told_goal = {"goal": goal.name, "cells": goal.judged, "missed": goal.missed}
        print(json.dumps({"name": "pacing_goal", "value": len(goal.missed), "unit": "misses", **told_goal}))
    sys.stdout.flush()
    whole = grid.whole if docs is None else docs
    plots.write(results, _DOCS if whole else folder / "plots", png=not whole)
    if whole:
        table.write(_ROOT / "docs" / "pacing.md", results, date or datetime.date.today().isoformat())
        journal.publish(_PUBLISHED)


def wanted(grid: Grid, runs: Sequence[Run]) -> list[Run]:
    """Those of the grid, of all that a journal holds."""
    tasks = set(grid.tasks())
    return [run for run in runs if Task(run.rule, run.cell, run.seed) in tasks]


def do(grid: Grid, journal: Journal, go_on: bool, workers: int) -> None:
    """The runs of the grid that the journal lacks."""
    if not (go_on and journal.path.exists()):
        journal.begin()
    done = {Task(run.rule, run.cell, run.seed) for run in journal.runs()}
    tasks = [task for task in grid.tasks() if task not in done]
    sys.stderr.write(f"{len(tasks):,} runs on {workers} processes; compiling takes half a minute the first time\n")
    took = prepare(grid.answer_probabilities)
    sys.stderr.write(f"ready after {told(took)}\n")
    progress = Progress(tasks)
    try:
        for run in work(tasks, workers):
            journal.add(run)
            progress.step(run)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nstopped; --continue goes on from {journal.path}\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    app.command(help=_HELP)(main)
    try:
        app()
    except (ValueError, FileNotFoundError) as fault:
        sys.exit(f"bench-pacing: {fault}")
