"""Agents on the line: AgentLogin, AgentRequest and the phones, as app_agent_pool does them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from integrations.telephone_lab import events
from integrations.telephone_lab.channels import Channel, ChannelState
from integrations.telephone_lab.core import Core


class Caller(Protocol):
    """Whoever may be put through to an agent."""

    channel: Channel

    def connected(self, agent: str) -> None:
        """An agent has been taken for this caller."""

    def put_down(self) -> None:
        """The agent has gone; the call is over."""


class Phase(Enum):
    PROBATION = "INUSE"  # logged in, not counted as free yet
    FREE = "NOT_INUSE"
    TALKING = "IN_USE"


@dataclass(slots=True, eq=False)
class Agent:
    """An agent whose phone is in AgentLogin."""

    number: str
    channel: Channel
    logged_in_at: datetime
    phase: Phase = Phase.PROBATION
    free_since: float = 0.0
    """The clock's monotonic s."""
    caller: Caller | None = None
    call_started: datetime | None = None
    leaving: bool = False
    """Logs off when the call is over."""


class AgentPool:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._on_line: dict[str, Agent] = {}
        self._seen: dict[str, None] = dict.fromkeys(core.plan.agents)
        self.watchers: list[Callable[[str], None]] = []
        """Told the number of an agent whose device state has changed."""

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._on_line.values())

    def __len__(self) -> int:
        """Agents on line."""
        return len(self._on_line)

    def numbers(self) -> list[str]:
        """All agents there are, on line or not."""
        return list(self._seen)

    def find(self, number: str) -> Agent | None:
        return self._on_line.get(number)

    def exists(self, number: str) -> bool:
        return number in self._seen or (not self._core.plan.agents and number.isdigit())

    def device_state(self, number: str) -> str:
        agent = self._on_line.get(number)
        if agent is None:
            return "UNAVAILABLE" if self.exists(number) else "INVALID"
        return "NOT_INUSE" if agent.phase is Phase.FREE else "INUSE"

    def log_in(self, number: str, channel: Channel) -> bool:
        """AgentLogin. False: no such agent, or it is on line already."""
        if not self.exists(number) or number in self._on_line:
            return False
        self._seen[number] = None
        agent = Agent(number, channel, self._core.now())
        self._on_line[number] = agent
        self._core.emit("AgentLogin", events.about("AgentLogin", channel, f"Agent: {number}\r\n", "agent,all"))
        self._changed(number)
        self._core.timeline.after(self._core.plan.agent_ready_seconds, lambda: self._probation_over(agent))
        return True

    def log_off(self, number: str, *, soft: bool = False) -> bool:
        """AgentLogoff: the phone is hung up, when `soft` at the end of the present, or the next, call.

        False: no such agent.
        """
        agent = self._on_line.get(number)
        if agent is None:
            return self.exists(number)
        if soft:
            agent.leaving = True
            return True
        del self._on_line[number]
        if agent.caller is not None:
            events.part(self._core, (agent.caller.channel, agent.channel))
            agent.caller.put_down()
        seconds = int((self._core.now() - agent.logged_in_at).total_seconds())
        more = f"Agent: {number}\r\nLogintime: {seconds}\r\n"
        self._core.emit("AgentLogoff", events.about("AgentLogoff", agent.channel, more, "agent,all"))
        self._changed(number)
        self._core.channels.remove(agent.channel)
        self._core.emit("Hangup", events.hangup(agent.channel, 16))
        return True

    def take(self, number: str, caller: Caller) -> str:
        """Give the agent to the caller, not bridged yet. The AGENT_STATUS of a no; empty: taken."""
        agent = self._on_line.get(number)
        if agent is None:
            return "NOT_LOGGED_IN" if self.exists(number) else "INVALID"
        if agent.phase is not Phase.FREE:
            return "BUSY"
        agent.phase, agent.caller, agent.call_started = Phase.TALKING, caller, self._core.now()
        self._changed(number)
        caller.connected(number)
        return ""

    def bridge(self, number: str) -> None:
        """Put a taken agent and the caller together."""
        agent = self._on_line[number]
        if agent.caller is None:
            return
        events.join(self._core, (agent.caller.channel, agent.channel))

    def release(self, number: str, caller: Caller) -> None:
        """The call with this agent is over; the agent is free again. Nothing, when it talks to another by now."""
        agent = self._on_line.get(number)
        if agent is None or agent.caller is not caller:
            return
        events.part(self._core, (caller.channel, agent.channel))
        agent.caller = agent.call_started = None
        self._free(agent)
        if agent.leaving:
            self.log_off(number)

    def forget_all(self) -> None:
        self._on_line.clear()

    def _probation_over(self, agent: Agent) -> None:
        if self._on_line.get(agent.number) is agent and agent.phase is Phase.PROBATION:
            self._free(agent)

    def _free(self, agent: Agent) -> None:
        agent.phase, agent.free_since = Phase.FREE, self._core.clock.monotonic()
        self._changed(agent.number)

    def _changed(self, number: str) -> None:
        state = self.device_state(number)
        self._core.emit("DeviceStateChange", events.device_state(f"Agent:{number}", state))
        for watcher in self.watchers:
            watcher(number)


class AgentPhone:
    """An agent's telephone, called into AgentLogin; it answers by itself and stays."""

    def __init__(self, core: Core, agents: AgentPool, channel: Channel, dialed: str, action_id: str) -> None:
        self._core = core
        self._agents = agents
        self._channel = channel
        self._dialed = dialed
        self._action_id = action_id
        channel.owner = self

    def ring(self) -> None:
        self._core.emit("Newchannel", events.about("Newchannel", self._channel))
        self._core.emit("DialBegin", events.dial_begin(self._channel, self._dialed.partition("/")[2]))
        self._core.timeline.after(self._core.plan.agent_answer_seconds, self._answer)

    def _answer(self) -> None:
        if self._core.channels.find(self._channel.uniqueid) is not self._channel:
            return
        self._channel.enter(ChannelState.UP)
        self._core.emit("Newstate", events.about("Newstate", self._channel))
        self._core.emit("DialEnd", events.dial_end(self._channel, "ANSWER"))
        self._respond(4)
        if not self._agents.log_in(self._channel.exten, self._channel):
            self._end(16)

    def hang_up(self, cause: int) -> None:
        if self._channel.state is ChannelState.UP:
            self._agents.log_off(self._channel.exten)
        else:
            self._end(cause)
            self._respond(events.reason_of(cause))

    def redirect(self, context: str, exten: str) -> None:
        """Out of AgentLogin there is nothing for an agent's phone."""
        del context, exten
        self.hang_up(16)

    def vanish(self) -> None:
        """Asterisk went down."""

    def _respond(self, reason: int) -> None:
        text = events.originate_response(self._dialed, self._action_id, self._channel, reason)
        self._core.emit("OriginateResponse", text)

    def _end(self, cause: int) -> None:
        self._core.channels.remove(self._channel)
        self._core.emit("Hangup", events.hangup(self._channel, cause))
