"""The line to beat: the best occupancy that a rule which knows only counts can reach under a cap on abandonment.

A constrained Markov decision process. State: busy agents and waiting callees in one count, and lines ringing. Control:
lines are added at any instant and never taken away. Line, handling and patience times are exponential, so the counts
are all there is to know; a rule that sees the ages of calls, or a p for each lead, may do better than this.

A price on abandonment turns the constraint into a plain decision process; two of its best rules, mixed by chance, meet
the cap exactly (Altman, Constrained Markov Decision Processes, 1999). Each is found by policy iteration for the
long-run mean (Puterman, Markov Decision Processes, 1994, chapter 8) among order-up-to tables, and then held to the
condition of optimality among all rules. Own computation.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import ceil, inf, isfinite, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtbtrs

_Matrix = NDArray[np.float64]
_Table = NDArray[np.int64]
_Result = TypeVar("_Result")

_RARE = 1e-9
"""Share of time in which the count may stand at the edge of what is kept of it."""
_SLACK = 1e-8
"""Occupancy by which the result may fall short of the optimum."""
_ALL_BUSY = 1 - 1e-5
"""Occupancy above which more abandonment buys nothing."""
_NOISE = 1e-12
"""Differences of value below this, relative to the largest value, are rounding."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Agents and the means of what they dial. Raises ValueError, naming the field, for what can't be."""

    agents: int
    answer_probability: float
    """Share of lines that a person answers; above 0, at most 1."""
    line_seconds: float
    """Mean time that a line rings, whatever its outcome."""
    handling_seconds: float
    """Mean talk and wrap-up."""
    patience_seconds: float = 2.0
    """Mean time that an answered callee waits for an agent before the call counts as abandoned."""

    def __post_init__(self) -> None:
        if self.agents < 1:
            raise ValueError(f"agents: {self.agents} is less than 1")
        if not 0 < self.answer_probability <= 1:
            raise ValueError(f"answer_probability: {self.answer_probability} is not above 0 and at most 1")
        for field in fields(self):
            if field.name.endswith("_seconds"):
                seconds = getattr(self, field.name)
                if not (isfinite(seconds) and seconds > 0):
                    raise ValueError(f"{field.name}: {seconds} is not above 0 and finite")


@dataclass(frozen=True, slots=True)
class Performance:
    """What a rule reaches in the long run. Both are shares, 0 to 1."""

    occupancy: float
    abandoned_ratio: float
    """Abandoned of live answers."""


@dataclass(frozen=True, slots=True)
class Optimum:
    occupancy: float
    """Of the mixture of two rules that meets the cap exactly; 0 to 1."""
    abandoned_ratio: float
    """Abandoned of live answers, of the mixture: the cap, or less where all agents are busy without it."""
    order_up_to: tuple[int, ...]
    """Lines ringing wanted with 0, 1, 2 ... idle agents: of the two rules mixed, the one within the cap. It ends where
    more idle agents are too rare to matter."""
    price: float
    """The Lagrange multiplier of "abandoned - cap x live answers", both a second: occupancy gained for each abandoned
    call a second allowed beyond the cap, in seconds. Infinite at a cap of 0."""


def optimum(floor: Floor, cap: float) -> Optimum:
    """The best occupancy with at most `cap` (0 to below 1) of live answers abandoned.

    Raises ValueError for another cap; ArithmeticError if no order-up-to table proves optimal.
    """
    if not 0 <= cap < 1:
        raise ValueError(f"cap: {cap} is not from 0 to below 1")
    if cap == 0:
        chain = _Chain(floor, floor.agents, 1)
        alone = _measure(chain, _one_to_one(chain))
        return Optimum(alone.occupancy, 0.0, _by_idle_agents(chain, alone.table), inf)
    idle_deviation = sqrt((2 - floor.answer_probability) * floor.agents * floor.line_seconds / floor.handling_seconds)
    return _widened(floor, ceil(12 + 5 * idle_deviation), lambda chain: _constrained(chain, cap))


def evaluate(floor: Floor, order_up_to: Sequence[int]) -> Performance:
    """What a table of lines wanted with 0, 1, 2 ... idle agents reaches; past its end its last entry holds.

    Raises ValueError for a table without entries, with a negative one, or that dials nothing with all agents idle.
    """
    table = np.array(order_up_to, dtype=np.int64)
    if not table.size or table.min() < 0 or table[: floor.agents + 1][-1] < 1:
        raise ValueError(f"order_up_to: {tuple(order_up_to)} is not a table of lines that dials with all agents idle")

    def measured(chain: _Chain) -> tuple[Performance, _Matrix]:
        idle = floor.agents - chain.counts
        rule = _measure(chain, np.where(idle < 0, 0, table[np.clip(idle, 0, table.size - 1)]))
        return Performance(rule.occupancy, rule.abandoned_ratio), rule.means

    return _widened(floor, floor.agents, measured)


class _Chain:
    """The process on a range of counts. At its lower end no agent comes free, at its upper end answers are abandoned.

    `rewards` are a column each: occupancy; abandoned calls in units of those that all agents could handle, so that live
    answers are the sum of both; time at either end of the range.
    """

    def __init__(self, floor: Floor, idle: int, waiting: int) -> None:
        self.floor = floor
        self.counts = np.arange(floor.agents - idle, floor.agents + waiting + 1)
        busy, queued = np.minimum(self.counts, floor.agents), np.maximum(self.counts - floor.agents, 0)
        self.leave_rate = busy / floor.handling_seconds + queued / floor.patience_seconds
        self.leave_rate[0] = 0.0
        self.handled = floor.handling_seconds / floor.agents
        edge = np.zeros((2, self.counts.size))
        edge[0, 0], edge[1, -1] = idle < floor.agents, 1.0
        self.rewards = np.column_stack([busy / floor.agents, self.handled * queued / floor.patience_seconds, *edge])
        self.line_rewards = np.zeros_like(self.rewards)
        self.line_rewards[-1, 1] = self.handled * floor.answer_probability / floor.line_seconds

    def after_ringing(self, values: _Matrix) -> _Matrix:
        """Values after a line's end, of the values (a row a count) with one line fewer."""
        answered = self.floor.answer_probability
        return answered * np.concatenate([values[1:], values[-1:]]) + (1 - answered) * values


@dataclass(frozen=True, slots=True)
class _Rule:
    table: _Table
    """Lines wanted, for each count of the chain."""
    means: _Matrix
    """Long-run means of the chain's rewards."""
    values: _Matrix
    """Relative values of each count at its wanted lines, a column a reward; of counts that order lines only."""

    @property
    def occupancy(self) -> float:
        return float(self.means[0])

    @property
    def abandoned(self) -> float:
        return float(self.means[1])

    @property
    def abandoned_ratio(self) -> float:
        return self.abandoned / (self.occupancy + self.abandoned)

    def worth(self, price: float) -> float:
        return self.occupancy - price * self.abandoned


def _levels(
    chain: _Chain, table: _Table, top: int, *, ordered: _Matrix, reward: _Matrix, line_reward: _Matrix
) -> Iterator[_Matrix]:
    """Values with 0, 1, 2 ... `top` lines ringing, a row a count, given those right after an order.

    With the lines that ring only falling between orders, each level follows from the one below by a bidiagonal system.
    """
    bands = np.zeros((2, table.size), order="F")
    below = np.zeros_like(ordered)
    for lines in range(top + 1):
        held = lines >= table
        ring_rate = lines / chain.floor.line_seconds
        rate = np.where(held, chain.leave_rate + ring_rate, 1.0)
        gained = reward + lines * line_reward + ring_rate * chain.after_ringing(below)
        bands[1, :-1] = -np.where(held, chain.leave_rate / rate, 0.0)[1:]
        below = dtbtrs(bands, np.where(held[:, None], gained / rate[:, None], ordered), uplo="L", diag="U")[0]
        yield below


def _measure(chain: _Chain, table: _Table) -> _Rule:
    """Means and values of a table: the values after orders are the unknowns, and each must agree with itself."""
    orders = np.flatnonzero(table)
    unknowns = orders.size
    wide = np.zeros((table.size, unknowns + 1 + chain.rewards.shape[1]))
    ordered, reward, line_reward = wide.copy(), wide.copy(), wide.copy()
    ordered[orders, np.arange(unknowns)] = 1.0
    reward[:, unknowns] = -1.0
    reward[:, unknowns + 1 :] = chain.rewards
    line_reward[:, unknowns + 1 :] = chain.line_rewards
    levels = _levels(chain, table, int(table.max()), ordered=ordered, reward=reward, line_reward=line_reward)
    for lines, values in enumerate(levels):
        wide[table == lines] = values[table == lines]
    closed = wide[orders]
    system = np.eye(unknowns) - closed[:, :unknowns]
    system[:, 0] = -closed[:, unknowns]  # the first value is 0 by choice; the mean takes its place
    solved = np.linalg.solve(system, closed[:, unknowns + 1 :])
    means = solved[0].copy()
    solved[0] = 0.0
    values = np.zeros_like(chain.rewards)
    values[orders] = solved
    return _Rule(table, means, values)


def _improved(chain: _Chain, rule: _Rule, price: float) -> tuple[_Table, bool]:
    """A better table at this price, or the same; and whether no rule at all could be better."""
    weights = np.array([1.0, -price, 0.0, 0.0])
    reward = (chain.rewards @ weights - rule.means @ weights)[:, None]
    line_reward = (chain.line_rewards @ weights)[:, None]
    top = int(rule.table.max() * 1.25) + 8
    ordered = (rule.values @ weights)[:, None]
    levels = _levels(chain, rule.table, top, ordered=ordered, reward=reward, line_reward=line_reward)
    grid = np.column_stack([values[:, 0] for values in levels])
    lines = np.arange(top + 1)
    fewer = np.roll(grid, 1, axis=1)
    left = np.concatenate([grid[:1], grid[:-1]]) - grid
    holding = reward + lines * line_reward + chain.leave_rate[:, None] * left
    holding += lines / chain.floor.line_seconds * (chain.after_ringing(fewer) - grid)
    noise = _NOISE * float(np.abs(grid).max())
    ordering = np.where(lines >= rule.table[:, None], grid, -inf)
    rises = ordering.max(axis=1) > ordering[np.arange(rule.table.size), rule.table] + noise
    table = np.where(rises, ordering.argmax(axis=1), _lowered(rule.table, holding > noise))
    proven = bool(holding.max() <= noise and np.diff(grid, axis=1).max() <= noise)
    return table, proven


def _lowered(table: _Table, worth_holding: NDArray[np.bool_]) -> _Table:
    """The table with each order put off for as long as holding fewer lines is better, state after state."""
    lowered = table.copy()
    for row in range(table.size):
        least = 1 if row == 0 else 0  # with nobody to come free and no line, nothing would ever happen again
        while lowered[row] > least and worth_holding[row, lowered[row] - 1]:
            lowered[row] -= 1
    return lowered


def _best(chain: _Chain, table: _Table, price: float) -> _Rule:
    while True:
        rule = _measure(chain, table)
        table, proven = _improved(chain, rule, price)
        if np.array_equal(table, rule.table):
            if not proven:
                raise ArithmeticError(f"{chain.floor}: no order-up-to table is optimal at a price of {price}")
            return rule


def _edge(chain: _Chain, cap: float) -> tuple[_Rule, _Rule, float]:
    """The best rules on either side of the cap, and the price at which they are worth the same.

    The price of two rules' chord leads to a rule above the chord, which takes the place of one, or there is none.
    """
    within, price = _measure(chain, _one_to_one(chain)), 1.0
    beyond = _best(chain, within.table, price)
    while beyond.abandoned_ratio <= cap:
        if beyond.occupancy > _ALL_BUSY:
            return beyond, beyond, price
        within, price = beyond, price / 3
        beyond = _best(chain, within.table, price)
    while True:
        price = (beyond.occupancy - within.occupancy) / (beyond.abandoned - within.abandoned)
        found = _best(chain, beyond.table, price)
        if found.worth(price) <= within.worth(price) + _SLACK:
            return within, beyond, price
        if found.abandoned_ratio <= cap:
            within = found
        else:
            beyond = found


def _constrained(chain: _Chain, cap: float) -> tuple[Optimum, _Matrix]:
    within, beyond, price = _edge(chain, cap)
    over, under = (rule.abandoned - cap * (rule.occupancy + rule.abandoned) for rule in (beyond, within))
    share = over / (over - under) if over > 0 else 1.0
    means = share * within.means + (1 - share) * beyond.means
    # From abandoned calls in units of all agents' work to the price of "abandoned - cap x answered", a second.
    per_excess = price / (1 - cap - cap * price) * chain.handled
    table = _by_idle_agents(chain, within.table)
    return Optimum(float(means[0]), float(means[1] / (means[0] + means[1])), table, per_excess), means


def _one_to_one(chain: _Chain) -> _Table:
    return np.maximum(chain.floor.agents - chain.counts, 0)


def _by_idle_agents(chain: _Chain, table: _Table) -> tuple[int, ...]:
    return tuple(int(lines) for lines in table[chain.counts <= chain.floor.agents][::-1])


def _widened(floor: Floor, idle: int, solve: Callable[[_Chain], tuple[_Result, _Matrix]]) -> _Result:
    """The result on a range of counts so wide that its ends are hardly ever met."""
    waiting = 15 + floor.agents // 10
    while True:
        idle = min(idle, floor.agents)
        result, means = solve(_Chain(floor, idle, waiting))
        few, many = means[2] > _RARE, means[3] > _RARE
        if not (few or many):
            return result
        idle, waiting = (2 * idle if few else idle), (2 * waiting if many else waiting)
