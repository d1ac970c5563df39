"""How fast a day is simulated: 100 agents for 8 hours, by each rule that the product offers.

    python -m benchmarks.simulator_speed [--agents 100] [--hours 8]

Writes JSON lines: name, value (seconds of wall time for one run on one core), unit and what was run; then the same for
runs side by side on all cores. Compiling, which happens once for each version of the code, is a line of its own; 0 when
it was done before.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial

from pacing.simulator.compiled import needs_compiling
from pacing.simulator.plan import Plan
from pacing.simulator.study import Rule, Setting, simulate, study

RULES = ((Rule.PREDICTIVE, 1.0), (Rule.PROGRESSIVE, 1.0), (Rule.POWER, 2.0))


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 2)


def say(name: str, value: float, **case: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": "s", **case}), flush=True)


def main(agents: int, hours: float) -> None:
    compiles = needs_compiling()
    first = seconds(lambda: simulate(Setting(Rule.PREDICTIVE, 1.0, Plan(agents=2, hours=0.01)), 1))
    say("simulator_compile", first if compiles else 0.0)
    plan = Plan(agents=agents, hours=hours)
    for rule, level in RULES:
        taken = seconds(partial(simulate, Setting(rule, level, plan), 1))
        say("simulator_run", taken, rule=str(rule), level=level, agents=agents, hours=hours)
    cores = os.cpu_count() or 1
    side_by_side = seconds(lambda: study([Setting(Rule.PREDICTIVE, 1.0, plan)], range(2 * cores)))
    say("simulator_run_side_by_side", round(side_by_side / (2 * cores), 2), cores=cores, agents=agents, hours=hours)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--hours", type=float, default=8.0)
    given = parser.parse_args()
    main(given.agents, given.hours)
