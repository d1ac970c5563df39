"""Does the tasks on as many processes as there are processors, and says on stderr how far it is."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from benchmarks.pacing.cells import Task, expected_seconds
from benchmarks.pacing.measure import Run, run_task
from benchmarks.pacing.scenarios import score_noise
from pacing.simulator.compiled import run_compiled
from pacing.simulator.plan import Plan

_BAR = 30
_EVERY_SECONDS = 0.5
_EVERY_SECONDS_LOGGED = 60.0


def prepare(answer_probabilities: Iterable[float]) -> float:
    """Compile, or load what was compiled before, and find the scores' noise, before processes fork; seconds taken."""
    begun = time.perf_counter()
    run_compiled(Plan(agents=1, hours=0.01).kernel(), 0, 1.0, 1e9, 0)
    for p in answer_probabilities:
        score_noise(p)
    return time.perf_counter() - begun


def work(tasks: Sequence[Task], workers: int) -> Iterator[Run]:
    """The runs, as they end."""
    if workers <= 1:
        yield from map(run_task, tasks)
        return
    with multiprocessing.get_context("fork").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.imap_unordered(run_task, tasks)


class Progress:
    """A bar with the time left, from how long runs took that are done."""

    def __init__(self, tasks: Sequence[Task], to: TextIO = sys.stderr) -> None:
        self._count, self._to = len(tasks), to
        self._seconds = sum(expected_seconds(task) for task in tasks)
        self._done, self._done_seconds = 0, 0.0
        self._begun = self._told = time.perf_counter()
        self._every = _EVERY_SECONDS if to.isatty() else _EVERY_SECONDS_LOGGED

    def step(self, run: Run) -> None:
        self._done += 1
        self._done_seconds += expected_seconds(Task(run.rule, run.cell, run.seed))
        now = time.perf_counter()
        if now - self._told >= self._every or self._done == self._count:
            self._told = now
            self._tell(now - self._begun)

    def _tell(self, elapsed: float) -> None:
        share = self._done_seconds / self._seconds
        bar = "#" * int(_BAR * share)
        end = "\n" if self._done == self._count or not self._to.isatty() else ""
        start = "\r" if self._to.isatty() else ""
        left = elapsed * (1.0 - share) / max(share, 1e-9)
        text = f"[{bar:<{_BAR}}] {self._done}/{self._count} runs, {told(elapsed)} gone, about {told(left)} left"
        self._to.write(f"{start}{text}   {end}")
        self._to.flush()


def told(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
