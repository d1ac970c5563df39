"""What an engine holds in memory: calls, agents, trust in each server, and who watches. Shared by its parts."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dialer.domain.call import Attempt, AttemptState, EndedAttempt
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.domain.outcome import NOT_AN_ATTEMPT, Outcome
from dialer.domain.spans import TO_AN_AGENT, Spans
from dialer.engine.agent_roster import AgentChange, AgentRoster
from dialer.engine.call_tracker import CallTracker
from dialer.engine.feed import AgentMoved, CallMoved, Feed, ScreenPop, ServerMoved
from dialer.engine.traces import Traces

Spawn = Callable[[Coroutine[Any, Any, None], str], None]
"""Starts a named task in the engine's TaskGroup."""


def _to_an_agent() -> Spans:
    return Spans(TO_AN_AGENT)


@dataclass(slots=True)
class Floor:
    tracker: CallTracker = field(default_factory=CallTracker)
    roster: AgentRoster = field(default_factory=AgentRoster)
    feed: Feed = field(default_factory=Feed)
    trusted: set[ServerName] = field(default_factory=set)
    """Servers whose state we know; nothing is dialed on any other."""
    draining: bool = False
    outcomes: Counter[tuple[CampaignId, Outcome]] = field(default_factory=Counter)
    """Attempts ended since the engine started."""
    server_outcomes: Counter[tuple[ServerName, Outcome]] = field(default_factory=Counter)
    """The same, by the server that they were placed on."""
    answer_to_agent: defaultdict[CampaignId, Spans] = field(default_factory=lambda: defaultdict(_to_an_agent))
    """From a person's answer to an agent's voice."""
    leads_reached: Counter[CampaignId] = field(default_factory=Counter)
    """Leads whose first attempt ended since the engine started."""
    opened: Counter[CampaignId] = field(default_factory=Counter)
    traces: Traces = field(default_factory=Traces)
    decision_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    """From an event's arrival to the pacing decision that knew of it."""

    def trust(self, server: ServerName, trusted: bool, at: datetime, reason: str) -> None:
        if (server in self.trusted) is trusted:
            return
        (self.trusted.add if trusted else self.trusted.discard)(server)
        self.feed.publish(ServerMoved(at, server, trusted, reason))

    def note_ended(self, ended: EndedAttempt, at: datetime) -> None:
        self.outcomes[ended.campaign, ended.outcome] += 1
        self.server_outcomes[ended.server, ended.outcome] += 1
        self.leads_reached[ended.campaign] += ended.lead_attempts == 0 and ended.outcome not in NOT_AN_ATTEMPT
        self.feed.publish(CallMoved(at, ended.campaign, ended.attempt, AttemptState.ENDED, ended.outcome))

    def pop(self, agent: AgentId, attempt: Attempt, at: datetime) -> None:
        """Bring the callee to the agent's screen."""
        self.feed.publish(ScreenPop(at, agent, attempt.campaign, attempt.contact, attempt.lead, attempt.id))

    def published_changes(self) -> Sequence[AgentChange]:
        """The agents' changes since the last call, told to the feed."""
        changes = self.roster.take_changes()
        if self.feed.watched:
            for c in changes:
                self.feed.publish(AgentMoved(c.at, c.agent, c.campaign, c.after, c.reason, c.attempt))
        return changes
