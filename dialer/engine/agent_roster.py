"""The agents: who is logged in where, in which state, since when. The only writer of agents' states.

Every method only changes memory and never awaits; what must be told to the switch or the database is left for the
engine to collect with `take_changes`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.domain.agent import LEGAL_NEXT, OCCUPIED, WORKING, AgentState
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ServerName


@dataclass(slots=True)
class Agent:
    id: AgentId
    campaign: CampaignId
    server: ServerName
    state: AgentState
    since: datetime
    free_in_switch: bool = False
    """Asterisk would let AgentRequest have the agent now."""
    attempt: AttemptId | None = None
    """The call that the agent is reserved for, talks in, or wraps up."""
    wrap_up_until: float | None = None
    """By the monotonic clock, so that a step of the wall clock holds nobody."""
    pause_next: str | None = None
    """A pause asked for in mid-call, with its reason: it begins when the call is wrapped up."""
    leave_next: bool = False
    """A log-out asked for in mid-call, or while lines rang for the agent."""
    leaving_since: float | None = None
    """Since when (monotonic) a ready agent waits for the ringing lines before its pause or log-out."""
    shift_ends_at: datetime | None = None

    @property
    def leaving(self) -> bool:
        """Asked to pause or to log out: has a call to come at most."""
        return self.leave_next or self.pause_next is not None

    @property
    def available(self) -> bool:
        return self.state is AgentState.READY and self.free_in_switch

    @property
    def working(self) -> bool:
        return self.state in WORKING


@dataclass(frozen=True, slots=True)
class AgentChange:
    """One change of state, for the agent's log, the feed and the fallback queue."""

    agent: AgentId
    campaign: CampaignId
    server: ServerName
    before: AgentState
    after: AgentState
    at: datetime
    reason: str
    attempt: AttemptId | None


@dataclass(slots=True)
class WorkedTime:
    """Seconds that a campaign's agents spent working, and of those occupied, until `until`."""

    working: float = 0.0
    occupied: float = 0.0

    @property
    def occupancy(self) -> float | None:
        """Share of logged-in, not paused time that agents talk or wrap up (0 to 1)."""
        return self.occupied / self.working if self.working > 0 else None


@dataclass(slots=True)
class AgentRoster:
    _agents: dict[AgentId, Agent] = field(default_factory=dict)
    _worked: dict[CampaignId, WorkedTime] = field(default_factory=dict)
    _changes: list[AgentChange] = field(default_factory=list)

    # --- reading

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def get(self, agent: AgentId) -> Agent | None:
        return self._agents.get(agent)

    def known(self, agent: AgentId) -> Agent:
        """NotFound when the agent is not logged in."""
        found = self._agents.get(agent)
        if found is None:
            raise NotFound(f"agent {agent} is not logged in")
        return found

    def on(self, campaign: CampaignId, server: ServerName | None = None) -> list[Agent]:
        return [a for a in self if a.campaign == campaign and (server is None or a.server == server)]

    def available(self, campaign: CampaignId, server: ServerName) -> list[Agent]:
        """Agents free for a call, the longest idle first; those who are about to leave come last."""
        return sorted((a for a in self.on(campaign, server) if a.available), key=lambda a: (a.leaving, a.since))

    def next_wrap_up(self) -> float | None:
        return min((a.wrap_up_until for a in self if a.wrap_up_until is not None), default=None)

    def worked(self, campaign: CampaignId, agents: Iterable[Agent], now: datetime) -> WorkedTime:
        """A campaign's worked time up to `now`, the states in which its `agents` still are included."""
        total = self._worked.get(campaign, WorkedTime())
        total = WorkedTime(total.working, total.occupied)
        for agent in agents:
            _add_time(total, agent, now)
        return total

    def take_changes(self) -> list[AgentChange]:
        changes, self._changes = self._changes, []
        return changes

    # --- changing

    def log_in(self, agent: AgentId, campaign: CampaignId, server: ServerName, now: datetime) -> Agent:
        """Conflict when the agent is logged in already."""
        if agent in self._agents:
            raise Conflict(f"agent {agent} is logged in already ({self._agents[agent].state})")
        entry = Agent(agent, campaign, server, AgentState.LOGGED_OUT, now)
        self._agents[agent] = entry
        self.move(entry, AgentState.LOGGING_IN, now, "log-in")
        return entry

    def restore(
        self, agent: AgentId, campaign: CampaignId, server: ServerName, *, paused: bool, free: bool, now: datetime
    ) -> Agent:
        """Take back an agent whose phone stayed on the line while no engine watched."""
        entry = Agent(agent, campaign, server, AgentState.LOGGING_IN, now, free_in_switch=free)
        self._agents[agent] = entry
        self.move(entry, AgentState.PAUSED if paused else AgentState.READY, now, "taken back")
        return entry

    def move(self, agent: Agent, to: AgentState, now: datetime, reason: str, attempt: AttemptId | None = None) -> bool:
        """Change the state if that is a legal step; returns whether it was one."""
        if to is agent.state or to not in LEGAL_NEXT[agent.state]:
            return False
        _add_time(self._worked.setdefault(agent.campaign, WorkedTime()), agent, now)
        before, agent.state, agent.since = agent.state, to, now
        agent.attempt = attempt
        if to is not AgentState.WRAP_UP:
            agent.wrap_up_until = None
        if to is not AgentState.READY:
            agent.leaving_since = None
        change = AgentChange(agent.id, agent.campaign, agent.server, before, to, now, reason, attempt)
        self._changes.append(change)
        if to is AgentState.LOGGED_OUT:
            del self._agents[agent.id]
        return True

    def wrap_up(self, agent: Agent, until: float, now: datetime) -> None:
        """The agent's call has ended: wrap up until a moment of the monotonic clock, then whatever was asked for."""
        if not self.move(agent, AgentState.WRAP_UP, now, "call ended", agent.attempt):
            return
        agent.wrap_up_until = until

    def finish_wrap_ups(self, moment: float, now: datetime) -> list[Agent]:
        """End the wrap-ups whose time is over; returns the agents who were let go by it."""
        over = [a for a in self if a.wrap_up_until is not None and a.wrap_up_until <= moment]
        for agent in over:
            self.release(agent, now, "wrap-up over")
        return over

    def give_up_log_ins(self, now: datetime, seconds: float) -> None:
        """Log out those whose phone did not come on the line within `seconds`."""
        late = now - timedelta(seconds=seconds)
        for agent in [a for a in self if a.state is AgentState.LOGGING_IN and a.since <= late]:
            self.move(agent, AgentState.LOGGED_OUT, now, "the phone did not come on the line")

    def release(self, agent: Agent, now: datetime, reason: str) -> None:
        """Back to ready, or to the pause or log-out that was asked for meanwhile."""
        if agent.leave_next:
            self.move(agent, AgentState.LOGGED_OUT, now, "log-out")
        elif agent.pause_next is not None:
            pause, agent.pause_next = agent.pause_next, None
            self.move(agent, AgentState.PAUSED, now, pause)
        else:
            self.move(agent, AgentState.READY, now, reason)


def _add_time(total: WorkedTime, agent: Agent, now: datetime) -> None:
    seconds = max(0.0, (now - agent.since).total_seconds())
    if agent.state in WORKING:
        total.working += seconds
    if agent.state in OCCUPIED:
        total.occupied += seconds


def count_by_state(agents: Iterable[Agent]) -> dict[AgentState, int]:
    counts: dict[AgentState, int] = {}
    for agent in agents:
        counts[agent.state] = counts.get(agent.state, 0) + 1
    return counts
