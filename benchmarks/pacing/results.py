"""Runs by rule and cell, beside what each is measured against; and the JSON lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.pacing.cells import LEADS_SCORED, MOVING, SCENARIOS, Cell
from benchmarks.pacing.measure import CAP, Figures, Run, figures_of
from benchmarks.pacing.rules import CONTENDERS, OPTIMUM, TOLD
from benchmarks.pacing.scenarios import floor_of, score_noise


@dataclass(frozen=True, slots=True)
class Result:
    """A rule in a cell."""

    rule: str
    cell: Cell
    figures: Figures
    optimum: float | None
    """Occupancy of the best rule that knows only the mean p; None where p moves, or it was not computed."""
    told_truth: float | None
    """Occupancy of our rule when told the true p, in the same runs."""

    @property
    def yardstick(self) -> float | None:
        return self.told_truth if self.cell.scenario in MOVING else self.optimum

    @property
    def gap(self) -> float | None:
        """Occupancy above the yardstick; negative: below."""
        return None if self.yardstick is None else self.figures.occupancy.value - self.yardstick


@dataclass(frozen=True)
class Results:
    runs: tuple[Run, ...]

    @cached_property
    def by_rule_and_cell(self) -> dict[tuple[str, Cell], list[Run]]:
        groups: dict[tuple[str, Cell], list[Run]] = {}
        for run in sorted(self.runs, key=lambda run: run.seed):
            if run.rule != OPTIMUM:
                groups.setdefault((run.rule, run.cell), []).append(run)
        return groups

    @cached_property
    def optima(self) -> dict[tuple[int, float], float]:
        return {
            (run.cell.agents, run.cell.answer_probability): run.busy_seconds for run in self.runs if run.rule == OPTIMUM
        }

    @cached_property
    def cells(self) -> list[Cell]:
        cells = {cell for _, cell in self.by_rule_and_cell}
        return sorted(cells, key=lambda c: (SCENARIOS.index(c.scenario), c.answer_probability, c.agents))

    def of(self, rule: str, cell: Cell) -> Result | None:
        runs = self.by_rule_and_cell.get((rule, cell))
        if not runs:
            return None
        told = self.by_rule_and_cell.get((TOLD, cell))
        told_truth = figures_of(told).occupancy.value if told else None
        optimum = None if cell.scenario in MOVING else self.optima.get((cell.agents, cell.answer_probability))
        return Result(rule, cell, figures_of(runs), optimum, told_truth)

    def of_cell(self, cell: Cell) -> list[Result]:
        return [result for rule in CONTENDERS if (result := self.of(rule, cell)) is not None]

    def on_seeds_of(self, rule: str, other: str, cell: Cell) -> tuple[Figures, Figures] | None:
        """A rule and another, each on the seeds that both ran."""
        ours, theirs = (self.by_rule_and_cell.get((name, cell), []) for name in (rule, other))
        seeds = {run.seed for run in ours} & {run.seed for run in theirs}
        if not seeds:
            return None
        mine, yours = ([run for run in runs if run.seed in seeds] for runs in (ours, theirs))
        return figures_of(mine), figures_of(yours)


def lines(results: Results) -> Iterator[dict[str, Any]]:
    """One for each optimum, score and rule in a cell."""
    cells = {(cell.agents, cell.answer_probability): cell for cell in results.cells}
    for (agents, p), occupancy in results.optima.items():
        seconds = floor_of(cells.get((agents, p), Cell("steady", agents, p, 1.0))).line_seconds
        yield {
            "name": "pacing_optimum", "value": round(occupancy, 4), "unit": "share", "rule": OPTIMUM, "agents": agents,
            "answer_probability": p, "line_seconds": round(seconds, 2), "cap": CAP,
        }  # fmt: skip
    yield from _scores(cell for cell in results.cells if cell.scenario == LEADS_SCORED)
    for cell in results.cells:
        for result in results.of_cell(cell):
            yield line(result)


def _scores(cells: Iterable[Cell]) -> Iterator[dict[str, Any]]:
    for p in sorted({cell.answer_probability for cell in cells}):
        noise, area = score_noise(p)
        yield {
            "name": "pacing_score_area", "value": round(area, 4), "unit": "area under the curve",
            "answer_probability": p, "score_noise": round(noise, 3), "scenario": LEADS_SCORED,
        }  # fmt: skip


def line(result: Result) -> dict[str, Any]:
    figures, cell = result.figures, result.cell
    return {
        "name": "pacing_occupancy",
        "value": _rounded(figures.occupancy.value),
        "unit": "share",
        "rule": result.rule,
        "agents": cell.agents,
        "answer_probability": cell.answer_probability,
        "scenario": cell.scenario,
        "occupancy": _rounded(figures.occupancy.value),
        "occupancy_low": _rounded(figures.occupancy.low),
        "occupancy_high": _rounded(figures.occupancy.high),
        "abandoned_ratio": _rounded(figures.abandoned_ratio.value),
        "low": _rounded(figures.abandoned_ratio.low),
        "high": _rounded(figures.abandoned_ratio.high),
        "worst_30_days": _rounded(figures.worst_30_days),
        "worst_24_h": _rounded(figures.worst_24_h),
        "windows_over": figures.windows_over,
        "windows": figures.windows,
        "over_by": _rounded(figures.over_by),
        "live_answers": figures.live_answers,
        "runs": figures.runs,
        "days": cell.days,
        "optimum": _rounded(result.optimum),
        "told_truth": _rounded(result.told_truth),
        "gap": _rounded(result.gap),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
