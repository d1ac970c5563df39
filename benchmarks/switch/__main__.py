"""The switch benchmark's command line; see `python -m benchmarks.switch --help`."""

import datetime
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.pacing.work import told
from benchmarks.switch import plots, table
from benchmarks.switch.clairvoyant import BY_RULE, QUICK, Effort
from benchmarks.switch.days import DAY_NAMES, day_named
from benchmarks.switch.results import POLICIES, Results, goals, lines
from benchmarks.switch.work import prepare, tasks, work

_HELP = """Simulate days of a service centre whose agents do marketing too, and compare what switches marketing off.

Each day has inbound calls by the time of day, callers who give up and call again, dedicated and shared agents, and
outbound calls. Every policy meets the same callers, talks and lines, seed by seed:

ours: the project's switch and the agents that it keeps free; ours-forecast: closing by forecast, too;
no-gate; call-waits (VICIdial: no new line while an inbound call waits); free-agents (VICIdial: none while fewer than n
agents are free; the n that is best for that very day); clairvoyant: a plan sought by one who knows the whole day, how
many agents to keep free in each quarter of an hour; clairvoyant-by-rule: the same, but marketing is off, too, while the
switch's rule says so.

JSON lines go to stdout: for each day, policy and seed the inbound service level (calls answered in time), the outbound
talk, its share of the clairvoyant's, how long and how often marketing was off, and callees abandoned; at the end a line
for each goal, with what missed it. Progress goes to stderr, plots to build/bench-switch/.

`make bench-switch ARGS=--quick`: three days of one seed, in under 50 s.

`make bench-switch ARGS="--day outage --seeds 5"`: a part of it.

`make bench-switch`: all of it, some five minutes on two processors.

`make bench-switch ARGS=--docs`: and write table and plots into docs/."""

_ROOT = Path(__file__).resolve().parents[2]
_QUICK_DAYS = ("normal", "month-end", "outage")


def main(  # noqa: PLR0917  a command's options are its parameters
    quick: Annotated[bool, typer.Option(help=f"One seed of {', '.join(_QUICK_DAYS)}; a short search.")] = False,
    day: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(DAY_NAMES)}; default: all.")] = None,
    policy: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(POLICIES)}; default: all.")] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Of each day; default: 3, or 1 with --quick.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes; 0: one a processor.")] = 0,
    folder: Annotated[Path, typer.Option(help="Where plots are kept.")] = Path("build/bench-switch"),
    docs: Annotated[
        bool, typer.Option("--docs", help="Plots to docs/switch/, tables to docs/marketing-switch.md.")
    ] = False,
    date: Annotated[str, typer.Option(help="Date in the tables; default: today.")] = "",
) -> None:
    days = day or (_QUICK_DAYS if quick else DAY_NAMES)
    for name in days:
        day_named(name)
    if unknown := set(policy or ()) - set(POLICIES):
        raise ValueError(f"no such policy: {', '.join(sorted(unknown))}; there are {', '.join(POLICIES)}")
    policies = policy or [name for name in POLICIES if not (quick and name == BY_RULE)]
    todo = tasks(days, policies, seeds or (1 if quick else 3), QUICK if quick else Effort())
    processes = workers or os.cpu_count() or 1
    sys.stderr.write(f"{len(todo)} days on {processes} processes; compiling takes some seconds the first time\n")
    sys.stderr.write(f"ready after {told(prepare())}\n")
    results = Results(tuple(work(todo, processes)))
    for line in lines(results):
        print(json.dumps(line))
    for goal in goals(results):
        fields = {"goal": goal.name, "policy": goal.policy, "judged": goal.judged, "missed": goal.missed}
        print(json.dumps({"name": "switch_goal", "value": len(goal.missed), "unit": "misses", **fields}))
    sys.stdout.flush()
    plots.write(results, folder, png=True)
    if docs:
        plots.write(results, _ROOT / "docs" / "switch", png=False)
        table.write(_ROOT / "docs" / "marketing-switch.md", results, date or datetime.date.today().isoformat())


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    app.command(help=_HELP)(main)
    try:
        app()
    except (ValueError, FileNotFoundError) as fault:
        sys.exit(f"bench-switch: {fault}")
