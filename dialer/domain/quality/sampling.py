"""The draw: which calls of a week are heard.

Strata lie within agents; from each a simple random sample without replacement is drawn, so a call's inclusion
probability is known exactly: taken / calls of its stratum. Calls that somebody complained of are a stratum of which
all are taken.

The draw is by permanent random numbers: each call has one, a hash of seed and attempt, and the smallest of a stratum
are taken. With the hash uniform that is simple random sampling (Ohlsson 1995, in Business Survey Methods, 153), the
order in which calls are read does not matter, and the same seed gives the same sample.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from heapq import heappush, heappushpop
from math import sqrt

from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.rules import COMPLAINTS, QualityRules


@dataclass(frozen=True, slots=True)
class FrameCall:
    """A call that an agent had with a person, as far as the draw must know it."""

    attempt: AttemptId
    contact: ContactId
    agent: AgentId
    campaign: str
    ended_at: datetime
    talk_seconds: float
    disposition: Disposition | None
    """As the agent recorded it; None: not at all."""
    complained: bool = False


@dataclass(frozen=True, slots=True)
class DrawnCall:
    call: FrameCall
    stratum: str
    probability: float
    """With which the draw takes it, above 0 to 1."""


@dataclass(frozen=True, slots=True)
class StratumDrawn:
    agent: AgentId
    stratum: str
    calls: int
    taken: int


@dataclass(frozen=True, slots=True)
class AgentDrawn:
    agent: AgentId
    new: bool
    wanted: int
    """As the rules say, for this agent."""
    calls: int
    taken: int
    words: str
    """Why it is not `wanted`; empty: it is."""


@dataclass(frozen=True, slots=True)
class Draw:
    calls: Sequence[DrawnCall]
    strata: Sequence[StratumDrawn]
    agents: Sequence[AgentDrawn]


def random_number(seed: str, attempt: AttemptId, salt: str = "") -> int:
    """A call's own, uniform over 64 bits; `salt` gives another draw of the same seed."""
    return int.from_bytes(blake2b(f"{seed}/{salt}/{attempt}".encode(), digest_size=8).digest(), "big")


@dataclass
class _Cell:
    """A stratum of an agent while calls are read: their count, and the smallest by random number."""

    calls: int = 0
    smallest: list[tuple[int, AttemptId, FrameCall]] = field(default_factory=list)

    def add(self, number: int, call: FrameCall, most: int | None) -> None:
        self.calls += 1
        held = (-number, call.attempt, call)
        if most is None or len(self.smallest) < most:
            heappush(self.smallest, held)
        elif -number > self.smallest[0][0]:
            heappushpop(self.smallest, held)


class Drawing:
    """Takes calls in any order, keeps of each stratum what may be drawn, and draws at the end."""

    def __init__(self, rules: QualityRules, seed: str) -> None:
        self._rules, self._seed = rules, seed
        strata = len(rules.strata) + 1
        self._most = max(rules.per_agent, rules.new_agents, strata) + sum(one.least for one in rules.strata)
        self._cells: dict[AgentId, dict[str, _Cell]] = defaultdict(dict)
        self.calls = 0

    @property
    def agents(self) -> Sequence[AgentId]:
        return sorted(self._cells)

    def add(self, calls: Iterable[FrameCall]) -> None:
        for call in calls:
            self.calls += 1
            stratum, most = COMPLAINTS, None
            if not call.complained:
                stratum = self._rules.stratum_of(call.disposition, call.campaign, call.talk_seconds)
                most = self._most
            cell = self._cells[call.agent].setdefault(stratum, _Cell())
            cell.add(random_number(self._seed, call.attempt), call, most)

    def draw(self, new_agents: Iterable[AgentId]) -> Draw:
        """`new_agents`: of whom more is drawn."""
        new = frozenset(new_agents)
        calls: list[DrawnCall] = []
        strata: list[StratumDrawn] = []
        agents: list[AgentDrawn] = []
        for agent in self.agents:
            cells = self._cells[agent]
            wanted = self._rules.new_agents if agent in new else self._rules.per_agent
            taken = allocated(wanted, {name: cell.calls for name, cell in cells.items()}, self._rules)
            for name in sorted(cells):
                strata.append(StratumDrawn(agent, name, cells[name].calls, taken[name]))
                calls += _drawn(name, cells[name], taken[name])
            agents.append(_told(agent, agent in new, wanted, cells, taken))
        return Draw(calls, strata, agents)


def allocated(wanted: int, sizes: Mapping[str, int], rules: QualityRules) -> Mapping[str, int]:
    """How many calls of each stratum of an agent are taken: `wanted` in all, or more.

    All complaints, which count to `wanted`; of every other stratum at least one, or what could not be drawn would be
    missing from every estimate; then one by one by the priority weight * calls / sqrt(n (n + 1)), which is Neyman's
    optimum in whole numbers, with the weight in the place of the standard deviation (Wright 2012, American
    Statistician 66, 217).
    """
    taken = {
        name: size if name == COMPLAINTS else min(size, max(1, rules.stratum(name).least))
        for name, size in sizes.items()
    }
    while sum(taken.values()) < wanted:
        room = [name for name, size in sizes.items() if taken[name] < size]
        if not room:
            break
        taken[min(room, key=lambda name: (-_priority(name, sizes[name], taken[name], rules), name))] += 1
    return taken


def _priority(name: str, size: int, taken: int, rules: QualityRules) -> float:
    return rules.stratum(name).weight * size / sqrt(taken * (taken + 1))


def _drawn(stratum: str, cell: _Cell, taken: int) -> list[DrawnCall]:
    chosen = sorted(cell.smallest, key=lambda held: (-held[0], held[1]))[:taken]
    return [DrawnCall(call, stratum, taken / cell.calls) for _, _, call in chosen]


def _told(agent: AgentId, new: bool, wanted: int, cells: Mapping[str, _Cell], taken: Mapping[str, int]) -> AgentDrawn:
    calls, drawn = sum(cell.calls for cell in cells.values()), sum(taken.values())
    words = ""
    if drawn < wanted:
        words = f"{wanted} were wanted, there are {calls}: all are taken"
    elif drawn > wanted:
        complaints = taken.get(COMPLAINTS, 0)
        words = f"more than {wanted}: {complaints} complaints, and at least what each other stratum needs"
    return AgentDrawn(agent, new, wanted, calls, drawn, words)
