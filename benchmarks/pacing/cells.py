"""What is run: the grid of cells, the runs of each, and about how long they take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.pacing.rules import CONTENDERS, OPTIMUM, OURS, TOLD

STEADY, DRIFT, SHOCK = "steady", "drift", "shock"
LEADS_KNOWN, LEADS_SCORED, LEADS_MEAN = "leads-known", "leads-scored", "leads-mean"
SCENARIOS = (STEADY, DRIFT, SHOCK, LEADS_KNOWN, LEADS_SCORED, LEADS_MEAN)
MOVING = (DRIFT, SHOCK)
"""Scenarios in which p moves: the optimum, which knows one p, is no measure there."""
AGENTS = (3, 5, 10, 20, 50, 100, 200)
ANSWER_PROBABILITIES = (0.1, 0.3, 0.5)
DAY_HOURS = 8.0
_DAYS = {5: 5.0, 10: 2.0, 20: 1.0, 100: 0.5, 200: 0.25}
_QUICK_DAYS = {5: 1.0, 20: 0.3, 100: 0.15}
_SECONDS_A_DAY = (0.2, 0.005, 0.4, 0.0115)
"""Measured: seconds a simulated day takes, and more of it for each agent; first other rules', then ours."""


@dataclass(frozen=True, slots=True)
class Cell:
    scenario: str
    agents: int
    answer_probability: float
    days: float
    """Length of a run's campaign, in days of 8 h. One below 30 days has its whole life as its 30-day window."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run of one rule; of the optimum, which is computed, seed 0."""

    rule: str
    cell: Cell
    seed: int


@dataclass(frozen=True, slots=True)
class Grid:
    agents: Sequence[int] = AGENTS
    answer_probabilities: Sequence[float] = ANSWER_PROBABILITIES
    scenarios: Sequence[str] = SCENARIOS
    rules: Sequence[str] = tuple(CONTENDERS)
    seeds: int = 3
    """Runs of a rule in a cell."""
    moving_runs: int = 200
    """The same of ours and of the rule that is told the truth, where p moves."""
    quick: bool = False
    days: float | None = None
    """Length of every run; None: by team size."""

    def __post_init__(self) -> None:
        checks = (
            (all(n >= 1 for n in self.agents), "agents", "must be 1 or more"),
            (all(0.0 < p < 1.0 for p in self.answer_probabilities), "answer probability", "must be between 0 and 1"),
            (set(self.scenarios) <= set(SCENARIOS), "scenarios", f"must be of {', '.join(SCENARIOS)}"),
            (set(self.rules) <= set(CONTENDERS), "rules", f"must be of {', '.join(CONTENDERS)}"),
            (self.seeds >= 1, "seeds", "must be 1 or more"),
            (self.moving_runs >= 1, "runs", "must be 1 or more"),
            (self.days is None or 0.0 < self.days <= 30.0, "days", "must be above 0, at most 30"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise ValueError(f"{place}: {reason}")

    def cells(self) -> Iterator[Cell]:
        for scenario in self.scenarios:
            for agents in self.agents:
                for p in self.answer_probabilities:
                    yield Cell(scenario, agents, p, self.days or days_of(agents, self.quick))

    def tasks(self) -> Iterator[Task]:
        """Seed by seed, so that a run that is cut short has something of every cell."""
        for agents in self.agents:
            for p in self.answer_probabilities:
                yield Task(OPTIMUM, Cell(STEADY, agents, p, 1.0), 0)
        for seed in range(1, max(self.seeds, self.moving_runs) + 1):
            for cell in self.cells():
                yield from (Task(rule, cell, seed) for rule in self.rules if seed <= self.runs_of(rule, cell))

    def runs_of(self, rule: str, cell: Cell) -> int:
        if cell.scenario in MOVING and rule in (OURS, TOLD):
            return max(self.seeds, self.moving_runs)
        return self.seeds

    @property
    def whole(self) -> bool:
        """All cells and rules, as the documentation shows them."""
        return (
            not self.quick
            and self.days is None
            and (self.agents, self.answer_probabilities, self.scenarios, self.rules)
            == (
                AGENTS,
                ANSWER_PROBABILITIES,
                SCENARIOS,
                tuple(CONTENDERS),
            )
        )


def quick_grid() -> Grid:
    return Grid((5, 20, 100), (0.3,), (STEADY, SHOCK), seeds=2, moving_runs=2, quick=True)


def days_of(agents: int, quick: bool = False) -> float:
    """Small teams need longer for as many answers."""
    days = _QUICK_DAYS if quick else _DAYS
    return next((days[most] for most in days if agents <= most), min(1.0, *days.values()))


def expected_seconds(task: Task) -> float:
    """About how long a task takes; only the ratios between tasks matter."""
    if task.rule == OPTIMUM:
        return 2e-5 * task.cell.agents**2 / task.cell.answer_probability
    base, each, base_ours, each_ours = _SECONDS_A_DAY
    learns = task.rule in (OURS, TOLD)
    lines = (1.0 + 0.3 / task.cell.answer_probability) / 2.0
    seconds = base_ours + each_ours * task.cell.agents * lines if learns else base + each * task.cell.agents * lines
    return task.cell.days * seconds
