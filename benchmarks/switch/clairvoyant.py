"""A plan by one who knows the whole day: how many agents to keep free in each block, or to have marketing off.

The most outbound talk with the day's rate on target, sought with the same floor and the same chances. A first plan
comes from days at one level each: with a price on missed calls every block takes the level that is best for it, and
the price is bisected until the target is just kept (Lagrange). Then single blocks and pairs of blocks are changed at
random, and what is better is kept. No proof of an optimum, but a plan that no switch without knowledge of the day is
likely to beat.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.switch.compiled import run_day
from benchmarks.switch.days import SECONDS, Day, Ints, Streams
from benchmarks.switch.floor import KEEP_BY_RULE, KEEP_OF_ALL, OFF
from benchmarks.switch.gates import RULE, Outcome, calls_judged, in_time, outcome

CLAIRVOYANT, BY_RULE = "clairvoyant", "clairvoyant-by-rule"
LEVELS = (0, 1, 2, 3, 4, 5, 6, 8, 10, OFF)
"""Of agents kept free."""
_BISECTIONS = 14


@dataclass(frozen=True, slots=True)
class Effort:
    block_seconds: int = 900
    changes_tried: int = 300


QUICK = Effort(block_seconds=1800, changes_tried=30)


@dataclass(slots=True)
class _Search:
    day: Day
    chances: Streams
    gate: int
    block_seconds: int

    @property
    def blocks(self) -> int:
        return SECONDS // self.block_seconds

    def run(self, plan: Ints, policy: str = "", seed: int = 0) -> Outcome:
        levels = np.array(LEVELS)[plan]
        floor = run_day(self.day, self.chances, self.gate, levels, self.block_seconds)
        return outcome(self.day, policy, seed, floor)

    def by_block(self, found: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Outbound seconds, and calls missed, of each block."""
        assert found.floor is not None
        talk = found.floor.series[:SECONDS, 2].reshape(self.blocks, -1).sum(axis=1).astype(float)
        missed = calls_judged(found.floor) & ~in_time(found.floor)
        begins = found.floor.joined[missed] // self.block_seconds
        return talk, np.bincount(np.minimum(begins, self.blocks - 1), minlength=self.blocks).astype(float)


def clairvoyant(day: Day, chances: Streams, seed: int, effort: Effort, *, policy: str = CLAIRVOYANT) -> Outcome:
    """Marketing off all day where even that does not keep the target. `BY_RULE`: marketing is off, too, while the
    switch's rule says so: what is left to gain for one who obeys it."""
    search = _Search(day, chances, KEEP_BY_RULE if policy == BY_RULE else KEEP_OF_ALL, effort.block_seconds)
    off = np.full(search.blocks, len(LEVELS) - 1)
    best = search.run(off)
    plan = off
    if best.keeps_target:
        plan = _priced(search, off)
        plan = _climbed(search, plan, effort.changes_tried, np.random.default_rng(seed))
    return search.run(plan, policy, seed)


def _priced(search: _Search, off: Ints) -> Ints:
    """The plan of the lowest price on a missed call that keeps the target."""
    constant = [search.by_block(search.run(np.full(search.blocks, level))) for level in range(len(LEVELS))]
    talk, missed = (np.array([each[which] for each in constant]) for which in (0, 1))
    best, low, high = off, 0.0, 1e5
    for _ in range(_BISECTIONS):
        price = float(np.sqrt(max(low, 1.0) * high)) if low or high < 1e5 else 300.0
        plan = np.argmax(talk - price * missed, axis=0)
        if search.run(plan).keeps_target:
            best, high = plan, price
        else:
            low = price
    free = np.argmax(talk, axis=0)
    return free if search.run(free).keeps_target else best


def _climbed(search: _Search, plan: Ints, tries: int, chance: Generator) -> Ints:
    best, best_value = plan, _value(search.run(plan))
    for _ in range(tries):
        other = _changed(best, chance)
        value = _value(search.run(other))
        if value > best_value:
            best, best_value = other, value
    return best


def _changed(plan: Ints, chance: Generator) -> Ints:
    """One block a level lower, which brings talk, and mostly another a level higher, which pays for it."""
    other, top = plan.copy(), len(LEVELS) - 1
    loose = np.flatnonzero(plan > 0)
    if len(loose):
        other[chance.choice(loose)] -= int(chance.integers(1, 3))
    if chance.random() < 0.6:
        tight = np.flatnonzero(plan < top)
        if len(tight):
            other[chance.choice(tight)] += 1
    return np.clip(other, 0, top)


def _value(found: Outcome) -> float:
    """Outbound seconds; below any of them where the target is missed."""
    short = RULE.target * found.offered - found.within
    return float(found.outbound_seconds) if short <= 0.0 else -short
