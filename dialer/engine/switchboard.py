"""Applies what telephony tells to calls and agents, and gives waiting callees to free agents.

`apply` only changes memory. The one thing it sets going is the Redirect of an answered call, since every millisecond
of that counts against the legal limit.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, AttemptState, EndedAttempt, ended
from dialer.domain.errors import ActionRefused, TelephonyUnavailable
from dialer.domain.events import (
    AgentMissed,
    AgentOffLine,
    AgentOnLine,
    AgentTaken,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallRinging,
    CallWaiting,
    InboundEvent,
    LinkDown,
    LinkUp,
    MachineDetected,
    OptedOut,
    OriginateFailed,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, AttemptId, CampaignId
from dialer.engine.agent_roster import Agent
from dialer.engine.call_tracker import TrackedCall
from dialer.engine.feed import CallMoved
from dialer.engine.floor import Floor, Spawn
from dialer.engine.settling import not_placed
from dialer.ports import Telephony

_log = logging.getLogger(__name__)
_STATE_TOLD = {
    CallRinging: AttemptState.RINGING,
    CallAnswered: AttemptState.ANSWERED,
    CallWaiting: AttemptState.WAITING,
}


class CallWatch(Protocol):
    """Who learns from what becomes of calls. Told once or more; must not raise."""

    def answered(self, call: TrackedCall) -> None: ...

    def connected(self, call: TrackedCall) -> None: ...

    def ended(self, call: TrackedCall, ended: EndedAttempt) -> None: ...


@dataclass(slots=True)
class Switchboard:
    floor: Floor
    telephony: Telephony
    spawn: Spawn
    close: Callable[[EndedAttempt], None]
    """Takes ended attempts: the recorder's end of the pipe."""
    wrap_up_until: Callable[[CampaignId], float]
    """When a wrap-up that begins now ends, by the monotonic clock."""
    now: Callable[[], datetime]
    watch: CallWatch

    def apply(self, event: TelephonyEvent) -> None:
        match event:
            case CallRinging() | CallAnswered() | CallWaiting():
                self._move(event.attempt, _STATE_TOLD[type(event)], event.at)
            case MachineDetected():
                self._move(event.attempt, AttemptState.ANSWERED, event.at)
            case CallConnected():
                self.connected(event.attempt, event.agent, event.at)
            case AgentMissed():
                self._missed(event)
            case CallEnded() | OriginateFailed():
                call = self.floor.tracker.get(event.attempt)
                if call is not None:
                    self.end(call, _ended_by(call.attempt, event))
            case AgentOnLine() | AgentTaken() | AgentOffLine():
                self._agent_moved(event)
            case LinkUp() | LinkDown():
                pass  # the reconciler's
            case OptedOut():
                pass  # for OptOuts
            case _ if isinstance(event, InboundEvent):
                pass  # the inbound watch's
            case _:
                assert_never(event)

    def connected(self, attempt: AttemptId, agent_id: AgentId, at: datetime) -> None:
        """The callee talks to this agent, whoever put them through."""
        call = self._move(attempt, AttemptState.CONNECTED, at)
        if call is None:
            return
        if call.answered_at is not None:
            self.floor.answer_to_agent[call.attempt.campaign].note((at - call.answered_at).total_seconds())
        asked = call.agent
        self.floor.tracker.assign(call, agent_id)
        if asked is not None and asked != agent_id:
            self._free(asked, attempt, "another agent took the call")
        agent = self.floor.roster.get(agent_id)
        if agent is not None:
            if asked != agent_id:
                self.floor.pop(agent_id, call.attempt, at)
            agent.free_in_switch = False
            self.floor.roster.move(agent, AgentState.TALKING, at, "connected", attempt)

    def end(self, call: TrackedCall, ended_attempt: EndedAttempt) -> None:
        """A call is over: free its agent, stop tracking it, hand its outcome on."""
        attempt = call.attempt.id
        self.floor.tracker.remove(attempt)
        now = self.now()
        for agent_id in {call.agent, call.attempt.reserved_for, ended_attempt.end.agent} - {None}:
            agent = self.floor.roster.get(agent_id) if agent_id else None
            if agent is not None and agent.attempt == attempt:
                if agent.state is AgentState.TALKING:
                    self.floor.roster.wrap_up(agent, self.wrap_up_until(agent.campaign), now)
                elif agent.state is AgentState.RESERVED:
                    self.floor.roster.release(agent, now, "the callee did not come")
        self.watch.ended(call, ended_attempt)
        self.close(ended_attempt)

    def assign(self) -> None:
        """Give waiting callees to free agents: the longest waiting to the longest idle."""
        for server in self.floor.trusted:
            for call in self.floor.tracker.unassigned(server):
                agent = self._agent_for(call)
                if agent is not None:
                    self._ask(call, agent)

    def unassign(self, call: TrackedCall, reason: str) -> None:
        """The callee waits, and nobody is on the way: let go of whoever was asked."""
        asked = call.agent
        self.floor.tracker.assign(call, None)
        if asked is not None and asked != call.attempt.reserved_for:
            self._free(asked, call.attempt.id, reason)

    def _agent_for(self, call: TrackedCall) -> Agent | None:
        attempt = call.attempt
        if attempt.reserved_for is not None:
            agent = self.floor.roster.get(attempt.reserved_for)
            if agent is not None and agent.attempt == attempt.id:
                return agent
        available = self.floor.roster.available(attempt.campaign, attempt.server)
        return available[0] if available else None

    def _ask(self, call: TrackedCall, agent: Agent) -> None:
        attempt = call.attempt
        if agent.state is not AgentState.RESERVED:
            self.floor.roster.move(agent, AgentState.RESERVED, self.now(), "callee waits", attempt.id)
            self.floor.pop(agent.id, attempt, self.now())
        self.floor.tracker.assign(call, agent.id)
        self.spawn(self._connect(call, agent.id), f"connect {attempt.id}")

    async def _connect(self, call: TrackedCall, agent: AgentId) -> None:
        attempt = call.attempt
        try:
            await self.telephony.connect(attempt.server, attempt.id, agent)
        except ActionRefused:
            _log.info("attempt %s was gone before agent %s could have it", attempt.id, agent)
            self._free(agent, attempt.id, "the callee is gone")
        except TelephonyUnavailable as error:
            _log.warning("attempt %s waits for the link to %s: %s", attempt.id, attempt.server, error)

    def _missed(self, event: AgentMissed) -> None:
        call = self.floor.tracker.get(event.attempt)
        if call is not None and call.agent == event.agent and call.state is AttemptState.WAITING:
            self.floor.tracker.assign(call, None)
        agent = self.floor.roster.get(event.agent)
        if agent is None or agent.attempt != event.attempt:
            return
        agent.free_in_switch = False
        if event.reason in ("NOT_LOGGED_IN", "INVALID"):
            self.floor.roster.move(agent, AgentState.LOGGED_OUT, event.at, f"the switch says {event.reason}")
        else:
            self.floor.roster.release(agent, event.at, f"the switch says {event.reason}")

    def _agent_moved(self, event: AgentOnLine | AgentTaken | AgentOffLine) -> None:
        roster = self.floor.roster
        agent = roster.get(event.agent)
        if agent is None or agent.server != event.server:
            return
        match event:
            case AgentOnLine():
                agent.free_in_switch = True
                if agent.state in (AgentState.LOGGING_IN, AgentState.INBOUND):
                    roster.release(agent, event.at, "on the line")
            case AgentTaken():
                agent.free_in_switch = False
                if agent.state in (AgentState.READY, AgentState.PREVIEWING, AgentState.WRAP_UP, AgentState.PAUSED):
                    roster.move(agent, AgentState.INBOUND, event.at, "taken by another call")
            case AgentOffLine() if agent.state is AgentState.LOGGING_IN:
                agent.free_in_switch = False  # the end of the agent's last time on the line
            case AgentOffLine():
                roster.move(agent, AgentState.LOGGED_OUT, event.at, "left the line")

    def _free(self, agent_id: AgentId, attempt: AttemptId, reason: str) -> None:
        agent = self.floor.roster.get(agent_id)
        if agent is not None and agent.attempt == attempt and agent.state is AgentState.RESERVED:
            self.floor.roster.release(agent, self.now(), reason)

    def _move(self, attempt: AttemptId, to: AttemptState, at: datetime) -> TrackedCall | None:
        call = self.floor.tracker.move(attempt, to, at)
        if call is not None and to in (AttemptState.WAITING, AttemptState.CONNECTED):
            self.watch.answered(call)
        if call is not None and to is AttemptState.CONNECTED:
            self.watch.connected(call)
        if call is not None and self.floor.feed.watched:
            self.floor.feed.publish(CallMoved(at, call.attempt.campaign, attempt, to))
        return call


def _ended_by(attempt: Attempt, event: CallEnded | OriginateFailed) -> EndedAttempt:
    return ended(attempt, event.end) if isinstance(event, CallEnded) else not_placed(attempt, event.at)
