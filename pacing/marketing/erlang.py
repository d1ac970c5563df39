"""How inbound calls are answered in the long run: Erlang C, and Erlang A with callers who give up.

Calls come as a Poisson stream; handling times and callers' patience are exponential. Erlang C (callers never give up)
by the recursion of Erlang B (Cooper, Introduction to Queueing Theory, 1981, chapter 3).

Erlang A is M/M/n+M (Garnett, Mandelbaum & Reiman, Designing a Call Center with Impatient Customers, M&SOM 4(3), 2002).
It is solved exactly, by the density of the wait that a caller of endless patience would find,

    v(x) = l p exp(l (1 - exp(-q x)) / q - n m x)

with l arrivals, m the handling rate, q the rate of giving up, all a second, and p the chance that n - 1 are busy
(Baccelli & Hebuterne, On queues with impatient customers, 1981; Zeltyn & Mandelbaum, Call centers with impatient
customers: exact analysis and many-server asymptotics, QUESTA 51, 2005). Everything is reckoned relative to p and to the
density's peak, so that nothing overflows.

When marketing takes the agents whom inbound leaves (`kept_free`), the same chain goes on, but with no state in which
more than c agents are free: the threshold rule of Bhulai & Koole, A queueing model for call blending in call centers,
IEEE TAC 48(8), 2003, optimal for equal handling times; likewise Gans & Zhou, A call-routing problem with service-level
constraints, Operations Research 51(2), 2003.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import exp, expm1, inf, isfinite, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_AGENTS = 20_000
_NEGLIGIBLE = 45.0
"""Where the density's logarithm lies so far below its peak, nothing is left: exp(-45) = 3e-20."""
_KNEE = 12.0
"""Times the patience beyond the density's peak after which hardly anybody of those who wait is left."""
_PANELS = 16
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_EDGES = (np.arange(_PANELS + 1) / _PANELS) ** 2
"""Narrow panels first, where short patience falls off."""
_LEAST_LOAD = 1e-9
"""Agents' worth of calls below which there are none: a call in years."""
_BRIEFEST, _MOST = 1e-6, 1e8
"""Seconds, and calls a second: what lies beyond counts as these, and as endless patience, so that nothing overflows."""
_HIT = 1e-9
"""A share so little below a target counts as on target: rounding."""


class Answering(NamedTuple):
    """Shares of calls, 0 to 1."""

    answered: float
    within: float
    """Answered within the threshold."""

    @property
    def abandoned(self) -> float:
        return 1.0 - self.answered


class _Calls(NamedTuple):
    """Seconds, and arrivals a second: checked, and bounded by `_BRIEFEST` and `_MOST`."""

    arrivals: float
    handle: float
    threshold: float
    patience: float

    @property
    def load(self) -> float:
        return self.arrivals * self.handle


class _Waits(NamedTuple):
    """Weights of callers who find all agents busy, relative to the chance that all but one are busy, times `scale`."""

    all: float
    answered: float
    within: float
    scale: float
    """At most 1; 0: far overloaded."""


def erlang_b(agents: int, load: float) -> float:
    """Chance that all agents are busy when callers who find them so go away; `load` in erlangs."""
    _check(load=load)
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked if load > 0.0 else float(agents <= 0)


def wait_probability(agents: int, load: float) -> float:
    """Erlang C: chance that a caller who never gives up must wait; 1 when the load is as many erlangs as agents."""
    _check(load=load)
    if load <= 0.0:
        return 0.0
    if load >= agents:
        return 1.0
    blocked = erlang_b(agents, load)
    return blocked / (1.0 - load / agents * (1.0 - blocked))


def share_within(agents: int, load: float, handle_seconds: float, threshold_seconds: float) -> float:
    """Erlang C: share of calls answered within the threshold; 0 when the load is as many erlangs as agents."""
    _check(handle_seconds=handle_seconds, threshold_seconds=threshold_seconds)
    waits = wait_probability(agents, load)
    if waits >= 1.0:
        return 0.0
    return 1.0 - waits * exp(-(agents - load) * threshold_seconds / handle_seconds) if load > 0.0 else 1.0


def answering(
    agents: int,
    arrivals_per_second: float,
    handle_seconds: float,
    threshold_seconds: float,
    patience_seconds: float = inf,
) -> Answering:
    """Erlang A; Erlang C when patience is infinite. Agents beyond 20000 are left out; without arrivals all is well.

    Raises ValueError, naming the figure, for one that is no number, below 0, or 0 where it can't be.
    """
    calls = _calls(arrivals_per_second, handle_seconds, threshold_seconds, patience_seconds)
    agents = min(agents, MOST_AGENTS)
    load = calls.load
    if load <= 0.0:
        return Answering(1.0, 1.0)
    if agents < 1:
        return Answering(0.0, 0.0)
    blocked = erlang_b(agents - 1, load)
    if blocked <= 0.0:
        return Answering(1.0, 1.0)
    waits = _waits(agents, calls)
    return _shares(waits.scale / blocked, waits)


def agents_needed(
    arrivals_per_second: float,
    handle_seconds: float,
    threshold_seconds: float,
    target: float,
    patience_seconds: float = inf,
) -> int:
    """Least agents with whom the share answered within the threshold is the target; 0 without arrivals, and
    `MOST_AGENTS` when so many are too few.

    Raises ValueError, naming the figure, for one that can't be; `target` is above 0 and at most 1.
    """
    _check_target(target)
    if _calls(arrivals_per_second, handle_seconds, threshold_seconds, patience_seconds).load <= 0.0:
        return 0

    def enough(agents: int) -> bool:
        found = answering(agents, arrivals_per_second, handle_seconds, threshold_seconds, patience_seconds)
        return found.within >= target - _HIT

    most = 1
    while most < MOST_AGENTS and not enough(most):
        most = min(MOST_AGENTS, 2 * most)
    return least(enough, most // 2, most)


def kept_free(
    agents: int,
    arrivals_per_second: float,
    handle_seconds: float,
    threshold_seconds: float,
    target: float,
    patience_seconds: float = inf,
    *,
    within: bool = True,
) -> int:
    """How many free agents to keep: marketing takes an agent only when more are free. Then the share of inbound calls
    answered (`within` the threshold, or at all) is the target; all `agents`, when even that does not do.

    An agent who gets free while callers wait serves the next of them; `agents` and `handle_seconds` are of inbound and
    marketing together. Raises ValueError as `agents_needed` does.
    """
    _check_target(target)
    calls = _calls(arrivals_per_second, handle_seconds, threshold_seconds, patience_seconds)
    agents = min(agents, MOST_AGENTS)
    load = calls.load
    if load < _LEAST_LOAD or agents < 1:
        return 0
    waits = _waits(agents, calls)
    good = waits.within if within else waits.answered
    # weight of the states with 1 .. c free agents, relative to that with one
    free, state = 0.0, waits.scale
    for kept in range(agents + 1):
        total = free + waits.all
        if total > 0.0 and free + good >= (target - _HIT) * total:
            return kept
        free += state
        state *= (agents - 1 - kept) / load
    return agents


def least(enough: Callable[[int], bool], below: int, most: int) -> int:
    """The least number above `below` that is enough, or `most`: enough for all above it."""
    while most - below > 1:
        middle = (below + most) // 2
        below, most = (below, middle) if enough(middle) else (middle, most)
    return most


def _shares(free: float, waits: _Waits) -> Answering:
    total = free + waits.all
    if not isfinite(total) or total <= 0.0:
        return Answering(1.0, 1.0) if free > 0.0 else Answering(0.0, 0.0)
    return Answering(min(1.0, (free + waits.answered) / total), min(1.0, (free + waits.within) / total))


@lru_cache(maxsize=4096)
def _waits(agents: int, calls: _Calls) -> _Waits:
    arrivals, served, gives_up = calls.arrivals, agents / calls.handle, 1.0 / calls.patience
    if gives_up <= 0.0:
        return _endless_waits(arrivals, served, calls.threshold)
    peak = log(arrivals / served) / gives_up if arrivals > served else 0.0

    def height(x: float) -> float:
        return arrivals * -expm1(-gives_up * x) / gives_up - served * x

    top = height(peak)
    begins = _falls(height, top, peak, -1.0) if peak > 0.0 else 0.0
    ends = _falls(height, top, peak, 1.0)
    # up to the knee the density bends at the pace of patience, beyond it it falls off at that of handling
    knee = peak + _KNEE / gives_up
    middle, bend = (min(ends, max(begins, cut)) for cut in (calls.threshold, knee))

    def weights(left: float, right: float) -> NDArray[np.float64]:
        x, width = _grid(left, right)
        density = arrivals * np.exp(arrivals * -np.expm1(-gives_up * x) / gives_up - served * x - top) * width
        return np.array([density.sum(), (density * np.exp(-gives_up * x)).sum()])

    cuts = sorted([begins, middle, bend, ends])
    soon = sum((weights(*piece) for piece in pairwise(cuts) if piece[1] <= middle), np.zeros(2))
    late = sum((weights(*piece) for piece in pairwise(cuts) if piece[1] > middle), np.zeros(2))
    everyone, answered = (float(share) for share in soon + late)
    return _Waits(everyone, answered, float(soon[1]), exp(-top))


def _endless_waits(arrivals: float, served: float, threshold_seconds: float) -> _Waits:
    """Erlang C: callers do not give up."""
    spare = served - arrivals
    if spare <= 0.0:
        return _Waits(1.0, 0.0, 0.0, 0.0)
    ratio = arrivals / spare
    return _Waits(ratio, ratio, ratio * -expm1(-spare * threshold_seconds), 1.0)


def _falls(height: Callable[[float], float], top: float, peak: float, way: float) -> float:
    """Where a concave curve has fallen from its top to nothing, right (1) or left (-1) of it; not left of 0."""
    step = 1e-6
    while height(max(0.0, peak + way * step)) > top - _NEGLIGIBLE:
        if way < 0.0 and step >= peak:
            return 0.0
        step *= 2.0
    near, far = 0.0, step
    for _ in range(8):
        middle = 0.5 * (near + far)
        near, far = (middle, far) if height(max(0.0, peak + way * middle)) > top - _NEGLIGIBLE else (near, middle)
    return max(0.0, peak + way * far)


def _grid(left: float, right: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and their widths: Gauss and Legendre's in each of some panels."""
    edges = left + (right - left) * _EDGES
    half = 0.5 * np.diff(edges)[:, None]
    return edges[:-1, None] + half * (1.0 + _NODES), half * _WEIGHTS


def _check_target(target: float) -> None:
    if not 0.0 < target <= 1.0:
        raise ValueError(f"target: {target} is not above 0 and at most 1")


def _calls(arrivals: float, handle_seconds: float, threshold_seconds: float, patience_seconds: float) -> _Calls:
    _check(arrivals_per_second=arrivals, handle_seconds=handle_seconds, threshold_seconds=threshold_seconds)
    if handle_seconds <= 0.0:
        raise ValueError(f"handle_seconds: {handle_seconds} is not above 0")
    if not patience_seconds > 0.0:
        raise ValueError(f"patience_seconds: {patience_seconds} is not above 0")
    patience = max(patience_seconds, _BRIEFEST) if patience_seconds <= _MOST else inf
    handle = min(max(handle_seconds, _BRIEFEST), _MOST)
    return _Calls(min(arrivals, _MOST), handle, min(threshold_seconds, _MOST), patience)


def _check(**figures: float) -> None:
    for name, value in figures.items():
        if not (isfinite(value) and value >= 0.0):
            raise ValueError(f"{name}: {value} is not finite and 0 or more")
