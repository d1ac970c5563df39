"""Does the days under every policy, on as many processes as there are processors; says on stderr how far it is."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.pacing.work import told
from benchmarks.switch import clairvoyant
from benchmarks.switch.clairvoyant import BY_RULE, CLAIRVOYANT, Effort
from benchmarks.switch.compiled import live_day, run_day
from benchmarks.switch.days import SECONDS, day_named, streams
from benchmarks.switch.floor import KEEP
from benchmarks.switch.gates import (
    CALL_WAITS,
    FREE_AGENTS,
    NO_GATE,
    Outcome,
    call_waits,
    constant,
    free_agents,
    no_gate,
)
from benchmarks.switch.ours import FORECAST, OURS, ours


@dataclass(frozen=True, slots=True)
class Task:
    day: str
    seed: int
    policy: str
    effort: Effort
    shown: bool
    """Its floor is kept, to be drawn."""


def tasks(days: Sequence[str], policies: Sequence[str], seeds: int, effort: Effort) -> list[Task]:
    """The longest first: what is left at the end is short."""
    order = sorted(policies, key=lambda policy: policy not in (CLAIRVOYANT, BY_RULE))
    return [
        Task(day, seed, policy, effort, seed == 1 and policy in (OURS, CLAIRVOYANT))
        for policy in order
        for seed in range(1, seeds + 1)
        for day in days
    ]


def do(task: Task) -> Outcome:
    day, seed = day_named(task.day), task.seed
    chances = streams(day, seed)
    if task.policy in (OURS, FORECAST):
        found = ours(day, chances, seed, task.policy)
    elif task.policy == CLAIRVOYANT:
        found = clairvoyant.clairvoyant(day, chances, seed, task.effort)
    elif task.policy == BY_RULE:
        found = clairvoyant.clairvoyant(day, chances, seed, task.effort, policy=BY_RULE)
    else:
        gates = {NO_GATE: no_gate, CALL_WAITS: call_waits, FREE_AGENTS: free_agents}
        found = gates[task.policy](day, chances, seed)
    return found if task.shown else replace(found, floor=None)


def prepare() -> float:
    """Compile, or load what was compiled before, before processes fork; seconds taken."""
    begun = time.perf_counter()
    day = day_named("small")
    chances = streams(day, 1)
    run_day(day, chances, KEEP, constant(0), SECONDS)
    next(live_day(day, chances, constant(0).repeat(2))[1])
    return time.perf_counter() - begun


def work(todo: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """The outcomes, as they come."""
    begun = time.perf_counter()
    for done, found in enumerate(_done(todo, workers), start=1):
        elapsed = time.perf_counter() - begun
        sys.stderr.write(
            f"{done}/{len(todo)} days, {told(elapsed)} gone: {found.day}, seed {found.seed}, {found.policy}:"
            f" {100 * found.service_level:.1f}% in time, {found.outbound_hours:.1f} h of outbound talk\n"
        )
        yield found


def _done(todo: Sequence[Task], workers: int) -> Iterator[Outcome]:
    if workers <= 1:
        yield from map(do, todo)
        return
    with multiprocessing.get_context("fork").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.imap_unordered(do, todo)
