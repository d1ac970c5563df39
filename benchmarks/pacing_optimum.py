"""The best occupancy that a rule which knows only counts can reach, beside figures computed earlier for the project.

    python -m benchmarks.pacing_optimum [--agents 3 5 10 20 50 100 200]

Writes JSON lines: name, value, unit, and what it was computed for; `published` where there is an earlier figure, and
`seconds` that the computation took. One line an idle agent (progressive) is the optimum at a cap of 0.
"""

import argparse
import json
import time
from collections.abc import Sequence

from pacing.optimum import Floor, optimum

HANDLING_SECONDS = 140.0
AGENTS = (3, 5, 10, 20, 50, 100, 200)
# (line seconds, answer probability, cap): agents -> occupancy
PUBLISHED: dict[tuple[float, float, float], dict[int, float]] = {
    (12.0, 0.3, 0.03): {5: 0.831, 10: 0.863, 20: 0.902, 50: 0.945, 100: 0.967, 200: 0.981},
    (16.9, 0.3, 0.03): {5: 0.791, 10: 0.837, 20: 0.887, 50: 0.938, 100: 0.962, 200: 0.978},
    (12.0, 0.1, 0.03): {5: 0.758, 10: 0.832, 20: 0.889, 50: 0.941, 100: 0.965},
    (12.0, 0.3, 0.01): {5: 0.803, 10: 0.832, 20: 0.876, 50: 0.927, 100: 0.954, 200: 0.972},
    (12.0, 0.5, 0.03): {},
    (16.9, 0.3, 0.0): {5: 0.717, 10: 0.717, 20: 0.716, 50: 0.714, 100: 0.712, 200: 0.713},
}


def say(floor: Floor, cap: float, published: float | None) -> None:
    begun = time.perf_counter()
    best = optimum(floor, cap)
    line = {
        "name": "optimum_occupancy",
        "value": round(best.occupancy, 4),
        "unit": "share",
        "agents": floor.agents,
        "answer_probability": floor.answer_probability,
        "line_seconds": floor.line_seconds,
        "handling_seconds": floor.handling_seconds,
        "patience_seconds": floor.patience_seconds,
        "cap": cap,
        "order_up_to": best.order_up_to[:9],
        "seconds": round(time.perf_counter() - begun, 2),
    }
    print(json.dumps(line if published is None else {**line, "published": published}), flush=True)


def main(team_sizes: Sequence[int]) -> None:
    for (line_seconds, answer_probability, cap), published in PUBLISHED.items():
        for agents in team_sizes:
            floor = Floor(agents, answer_probability, line_seconds, HANDLING_SECONDS)
            say(floor, cap, published.get(agents))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, nargs="+", default=AGENTS, help="team sizes")
    main(parser.parse_args().agents)
