"""One call in a service group's queues: what was seen of it, in whatever order, and what it counts as.

Times are POSIX seconds, UTC.
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import inf

from pacing.marketing.caller_tries import Try
from pacing.marketing.day_tally import Tally
from pacing.marketing.fate import Fate
from pacing.marketing.rule import SwitchRule


@dataclass(slots=True, eq=False)
class InboundCall:
    """Told twice or in another order, it comes to the same: an answer outweighs all else, and giving up outweighs
    leaving. A call that leaves one queue for another is one call, offered when it joined the first."""

    key: str
    learned: float
    """When it was first heard of."""
    caller: str = ""
    joined: float | None = None
    """The first time."""
    joined_last: float = -inf
    connected: float | None = None
    abandoned: float | None = None
    left: float | None = None
    """The last time."""
    after: float = -inf
    """What happened to this channel until then was of a call that was answered before."""
    counted: Fate = Fate.UNKNOWN
    """What it counts as in step and try."""
    step: Tally | None = None
    tried: Try | None = None

    def fate(self, rule: SwitchRule, now: float) -> Fate:
        if self.joined is None:
            return Fate.UNKNOWN
        if self.connected is not None:
            return Fate.WITHIN if self.connected - self.joined <= rule.threshold_seconds else Fate.ANSWERED
        if self.abandoned is not None:
            return Fate.SHORT if self.abandoned - self.joined < rule.short_abandon_seconds else Fate.ABANDONED
        if self.left is not None and not self.joined <= self.left < self.joined_last:
            return Fate.LEFT
        return Fate.OVERDUE if now - self.joined > rule.threshold_seconds else Fate.WAITING


class WaitingLine:
    """The calls that count as waiting, or as overdue, by who joined first."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._heap: list[tuple[float, int, InboundCall]] = []
        self._pushed = 0
        self.size = 0

    def add(self, call: InboundCall, joined: float) -> None:
        self.size += 1
        self._pushed += 1
        heappush(self._heap, (joined, self._pushed, call))

    def remove(self) -> None:
        """One that no longer counts so; its place in the line is found later."""
        self.size -= 1
        if len(self._heap) > 2 * self.size + 64:
            self._heap = [place for place in self._heap if self._stands(place)]
            heapify(self._heap)

    def first(self) -> InboundCall | None:
        while self._heap and not self._stands(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][2] if self._heap else None

    def calls(self) -> list[InboundCall]:
        """Those in it, each once."""
        return list({id(place[2]): place[2] for place in self._heap if self._stands(place)}.values())

    def _stands(self, place: tuple[float, int, InboundCall]) -> bool:
        joined, _, call = place
        return call.counted is self._fate and call.joined == joined
