"""What the project set out to reach, judged on a benchmark's results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.pacing.cells import LEADS_KNOWN, LEADS_SCORED, MOVING, STEADY, Cell
from benchmarks.pacing.measure import CAP
from benchmarks.pacing.results import Result, Results
from benchmarks.pacing.rules import BASELINES, OURS

STEADY_GAP = 0.01
MOVING_GAP = 0.03
LEADS_GAINS = {(LEADS_KNOWN, 10): 0.025, (LEADS_KNOWN, 20): 0.01, (LEADS_SCORED, 10): 0.01}


@dataclass(frozen=True, slots=True)
class Goal:
    name: str
    judged: int
    """Cells."""
    missed: tuple[str, ...]
    """Each cell that misses it, and by how much."""


def goals(results: Results) -> list[Goal]:
    """Those of which there is at least one cell."""
    ours = [result for cell in results.cells if (result := results.of(OURS, cell)) is not None]
    judged = [
        _judge("Steady: within 1 point of the optimum", ours, lambda c: c.scenario == STEADY, _steady_gap),
        _judge("Steady: no window over the cap", ours, lambda c: c.scenario == STEADY, _windows),
        _judge("Drift and shock: no window over the cap", ours, lambda c: c.scenario in MOVING, _windows),
        _judge("Drift and shock: within 3 points of the rule told the true p", ours, _moves, _moving_gap),
        _judge(
            "Leads of unlike p: above the optimum that knows the mean, N = 10 by 2.5 points known and 1 scored, N = 20"
            " by 1 known",
            ours,
            lambda c: (c.scenario, c.agents) in LEADS_GAINS,
            _leads_gain,
        ),
        _judge("Leads of unlike p: no window over the cap", ours, lambda c: c.scenario.startswith("leads"), _windows),
        _ahead(results),
    ]
    return [goal for goal in judged if goal.judged]


def _moves(cell: Cell) -> bool:
    return cell.scenario in MOVING


def _judge(name: str, ours: list[Result], of: Callable[[Cell], bool], fault: Callable[[Result], str]) -> Goal:
    judged = [result for result in ours if of(result.cell)]
    faults = ((result.cell, fault(result)) for result in judged)
    return Goal(name, len(judged), tuple(f"{told(cell)}: {text}" for cell, text in faults if text))


def told(cell: Cell) -> str:
    return f"{cell.scenario}, N = {cell.agents}, p = {cell.answer_probability:g}"


def _below(result: Result, most: float) -> str:
    if result.gap is None:
        return "nothing to compare with"
    return f"{100 * result.gap:+.2f} points" if result.gap < -most else ""


def _steady_gap(result: Result) -> str:
    return _below(result, STEADY_GAP)


def _moving_gap(result: Result) -> str:
    return _below(result, MOVING_GAP)


def _leads_gain(result: Result) -> str:
    return _below(result, -LEADS_GAINS[result.cell.scenario, result.cell.agents])


def _windows(result: Result) -> str:
    figures = result.figures
    if not figures.windows_over:
        return ""
    worst = 100 * (figures.over_by + CAP)
    return f"{figures.windows_over} of {figures.windows} windows, the worst at {worst:.2f}%"


def _ahead(results: Results) -> Goal:
    cells = [cell for cell in results.cells if results.of(OURS, cell) is not None]
    missed = tuple(text for cell in cells for text in _behind(results, cell))
    return Goal("Ahead of every baseline that keeps the cap", len(cells), missed)


def _behind(results: Results, cell: Cell) -> Iterator[str]:
    """A baseline keeps the cap in a cell if none of its windows is over."""
    for name in BASELINES:
        both = results.on_seeds_of(OURS, name, cell)
        if both and both[1].windows_over == 0:
            ahead = both[0].occupancy.value - both[1].occupancy.value
            if ahead < 0.0:
                yield f"{told(cell)}: {-100 * ahead:.2f} points behind {name}"
