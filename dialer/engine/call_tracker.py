"""The open attempts: in which state each is, as the switch tells it. The only writer of attempts' states.

Methods only change memory and never await. Events may come twice or late: a state never moves back. Counts are kept as
states change, so that a pacing decision costs the same with ten lines and with ten thousand.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import nan

from dialer.domain.call import LEGAL_NEXT, Attempt, AttemptState
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ServerName
from pacing.lines import Lines
from pacing.prospect import Prospect

_IN_FLIGHT = (AttemptState.OPEN, AttemptState.RINGING)


@dataclass(frozen=True, slots=True)
class PoolLine:
    """What pacing knows of a line that this engine dialed for the pool."""

    prospect: Prospect
    offset: float
    """Log-odds of an answer, from the campaign's level, when it was dialed."""
    dialed_seconds: float
    """By the monotonic clock."""
    ring_seconds: float
    """After so long it has ended, if nobody answered."""


@dataclass(slots=True)
class TrackedCall:
    attempt: Attempt
    state: AttemptState
    since: datetime
    agent: AgentId | None = None
    """The agent asked for it, or talking in it."""
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    line: PoolLine | None = None
    """None: dialed for one agent, or by an engine before this one."""
    in_doubt: bool = False
    """What became of it is not known: it waits to be settled by what the server knows."""

    @property
    def for_the_pool(self) -> bool:
        """Dialed for whichever agent is free, so pacing counts it."""
        return self.attempt.reserved_for is None and not self.attempt.prompt


@dataclass(slots=True)
class CallTracker:
    _calls: dict[AttemptId, TrackedCall] = field(default_factory=dict)
    _pool: Counter[tuple[CampaignId, ServerName, AttemptState]] = field(default_factory=Counter)
    _lines: Counter[ServerName | CampaignId] = field(default_factory=Counter)
    _prompts: Counter[ServerName] = field(default_factory=Counter)
    _unassigned: dict[AttemptId, TrackedCall] = field(default_factory=dict)
    _in_flight: dict[tuple[CampaignId, ServerName], Lines] = field(default_factory=dict)

    def __iter__(self) -> Iterator[TrackedCall]:
        return iter(self._calls.values())

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, attempt: AttemptId) -> TrackedCall | None:
        return self._calls.get(attempt)

    def pool(self, campaign: CampaignId, server: ServerName, *states: AttemptState) -> int:
        """Lines of the pool in these states."""
        return sum(self._pool[campaign, server, state] for state in states)

    def in_flight(self, campaign: CampaignId, server: ServerName) -> Lines:
        """The pool's lines that are dialed or ring. The age of one that this engine did not dial is not known."""
        return self._in_flight.setdefault((campaign, server), Lines())

    def lines(self, of: ServerName | CampaignId) -> int:
        """Lines held on a server, or by a campaign."""
        return self._lines[of]

    def prompts(self, server: ServerName) -> int:
        """Those of a server's lines that play a recorded prompt, or are to."""
        return self._prompts[server]

    def unassigned(self, server: ServerName) -> list[TrackedCall]:
        """Waiting callees for whom no agent is asked now, the longest waiting first."""
        waiting = [call for call in self._unassigned.values() if call.attempt.server == server]
        return sorted(waiting, key=lambda call: call.waiting_since or call.since)

    def add(
        self, attempt: Attempt, state: AttemptState = AttemptState.OPEN, line: PoolLine | None = None
    ) -> TrackedCall:
        """Begin to track an attempt; one that is tracked already stays as it is."""
        if attempt.id in self._calls:
            return self._calls[attempt.id]
        call = TrackedCall(attempt, AttemptState.OPEN, attempt.opened_at, line=line)
        self._calls[attempt.id] = call
        self._count(call, 1)
        self._count_line(attempt, 1)
        if state is not AttemptState.OPEN:
            self.move(attempt.id, state, attempt.opened_at)
        return call

    def move(self, attempt: AttemptId, to: AttemptState, at: datetime) -> TrackedCall | None:
        """The call, if it is ours and `to` is a step forward; else None."""
        call = self._calls.get(attempt)
        if call is None or to not in LEGAL_NEXT[call.state]:
            return None
        self._count(call, -1)
        call.state, call.since = to, at
        self._count(call, 1)
        if call.answered_at is None and to is not AttemptState.RINGING and to is not AttemptState.ENDED:
            call.answered_at = at
        if to is AttemptState.WAITING:
            call.waiting_since = at
            self._unassigned[attempt] = call
        else:
            self._unassigned.pop(attempt, None)
        return call

    def assign(self, call: TrackedCall, agent: AgentId | None) -> None:
        """Note the agent who is asked for a waiting call; None: the agent did not come, it waits again."""
        call.agent = agent
        if agent is None and call.state is AttemptState.WAITING:
            self._unassigned[call.attempt.id] = call
        else:
            self._unassigned.pop(call.attempt.id, None)

    def remove(self, attempt: AttemptId) -> TrackedCall | None:
        call = self._calls.pop(attempt, None)
        if call is not None:
            self._count(call, -1)
            self._count_line(call.attempt, -1)
            self._unassigned.pop(attempt, None)
        return call

    def _count(self, call: TrackedCall, by: int) -> None:
        if not call.for_the_pool:
            return
        attempt = call.attempt
        self._pool[attempt.campaign, attempt.server, call.state] += by
        if call.state in _IN_FLIGHT:
            lines = self.in_flight(attempt.campaign, attempt.server)
            if by < 0:
                lines.remove(attempt.id)
            else:
                known = call.line
                lines.add(attempt.id, known.dialed_seconds if known else nan, known.offset if known else 0.0)

    def _count_line(self, attempt: Attempt, by: int) -> None:
        self._lines[attempt.server] += by
        self._lines[attempt.campaign] += by
        if attempt.prompt:
            self._prompts[attempt.server] += by
