"""When the machine itself was slow while something was measured on it.

A virtual machine may lose most of its speed for some tens of milliseconds, again and again, though it runs all the
time: nothing is waited for, nothing is stolen, each instruction takes longer. A process of its own sees such spells by
a fixed piece of arithmetic, done every few milliseconds and timed by the processor time that it took, so that waiting
for a processor does not count.
"""

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from statistics import median
from types import TracebackType
from typing import Self

EVERY = 0.002
"""Seconds between two pieces, of some 20 microseconds each."""
SLOWER = 4.0
"""So many times the median piece one takes when the machine is slow."""
APART = 0.01
"""Slow pieces not further apart (s) belong to one spell."""


@dataclass(frozen=True, slots=True)
class Piece:
    at: float
    """When it was done, by time.perf_counter(), which is the same in all processes of a machine."""
    took: float
    """Seconds of processor time."""


@dataclass(frozen=True, slots=True)
class Spell:
    begin: float
    end: float


def spells_of(pieces: Sequence[Piece]) -> list[Spell]:
    """Two slow pieces or more make a spell: a single one may have met an interrupt."""
    if not pieces:
        return []
    usual = median(piece.took for piece in pieces)
    slow = [piece.at for piece in pieces if piece.took > SLOWER * usual]
    return [Spell(first, last) for first, last in _joined(slow) if first < last]


def _joined(moments: Sequence[float]) -> list[tuple[float, float]]:
    ends = [one for one, following in pairwise(moments) if following - one > APART]
    begins = [following for one, following in pairwise(moments) if following - one > APART]
    return list(zip([*moments[:1], *begins], [*ends, *moments[-1:]], strict=True))


class SlowSpells:
    """Watches while its block runs; `spells` are known after it."""

    spells: Sequence[Spell] = ()
    seconds = 0.0

    def __enter__(self) -> Self:
        ours, theirs = multiprocessing.Pipe()
        self._pipe = ours
        # a forked process would hold what the loop of this one holds
        self._process = multiprocessing.get_context("spawn").Process(target=_watch, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        ours.recv()
        self._begun = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.seconds = time.perf_counter() - self._begun
        if kind is None:
            self._pipe.send("stop")
            self.spells = spells_of(self._pipe.recv())
        else:
            self._process.terminate()
        self._process.join()

    def met(self, begin: float, end: float) -> bool:
        """Whether the machine was slow in some part of that time (time.perf_counter())."""
        return any(spell.begin < end and begin < spell.end for spell in self.spells)

    @property
    def share(self) -> float:
        """Of the time watched, that in which the machine was slow."""
        return sum(spell.end - spell.begin for spell in self.spells) / self.seconds


def _watch(pipe: Connection) -> None:
    pieces = []
    pipe.send("ready")
    while not pipe.poll(EVERY):
        begun = time.thread_time()
        sum(range(1_000))
        pieces.append(Piece(time.perf_counter(), time.thread_time() - begun))
    pipe.send(pieces)
