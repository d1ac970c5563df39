"""Inbound callers: a Poisson stream into one queue, patient for a while, served by the same agents."""

from random import Random

from integrations.asterisk.protocol import CONTEXT_AGENT_REQUEST
from integrations.telephone_lab import events
from integrations.telephone_lab.agents import AgentPool
from integrations.telephone_lab.carrier import talk
from integrations.telephone_lab.channels import ChannelState
from integrations.telephone_lab.core import Core
from integrations.telephone_lab.queues import Member, Queues
from integrations.telephone_lab.timeline import Appointment


class InboundCall:
    """A caller who wants an agent."""

    def __init__(self, core: Core, agents: AgentPool, queues: Queues, random: Random) -> None:
        self._core = core
        self._agents = agents
        self._queues = queues
        self._talk_seconds = talk(core.plan, random)
        self._patience_seconds = random.expovariate(1 / core.plan.inbound_patience_mean_seconds)
        self._agent_ends = random.random() < core.plan.agent_ends_share
        self._agent = ""
        self._timer: Appointment | None = None
        self._over = False
        self.channel = core.open_channel("PJSIP/carrier", "inbound", core.plan.inbound_queue)
        self.channel.owner = self

    def arrive(self) -> None:
        self.channel.enter(ChannelState.RING)
        self._core.emit("Newchannel", events.about("Newchannel", self.channel))
        self.channel.enter(ChannelState.UP)
        self._core.emit("Newstate", events.about("Newstate", self.channel))
        self._timer = self._core.timeline.after(self._patience_seconds, lambda: self._end(16, by_agent=False))
        if not self._queues.join(self._core.plan.inbound_queue, self, when_empty=True):
            self._end(16, by_agent=False)

    def connected(self, agent: str) -> None:
        self._agent = agent
        self._call_off()
        self._timer = self._core.timeline.after(self._talk_seconds, lambda: self._end(16, by_agent=self._agent_ends))

    def put_down(self) -> None:
        self._end(16, by_agent=True)

    def hang_up(self, cause: int) -> None:
        self._end(cause, by_agent=True)

    def redirect(self, context: str, exten: str) -> None:
        """Inbound callers are led by their queue alone; elsewhere there is nothing for them."""
        del context, exten
        self._end(16, by_agent=True)

    def vanish(self) -> None:
        """Asterisk went down."""

    def _call_off(self) -> None:
        if self._timer is not None:
            self._timer.call_off()

    def _end(self, cause: int, *, by_agent: bool) -> None:
        if self._over:
            return
        self._over = True
        self._call_off()
        self._queues.leave(self, abandoned=True)
        self._queues.finish(self, by_agent=by_agent)
        self._agents.release(self._agent, self)
        self._core.channels.remove(self.channel)
        self._core.emit("Hangup", events.hangup(self.channel, cause))


class InboundStream:
    """Starts callers at the plan's rate, and keeps every agent that logs in a member of their queue."""

    def __init__(self, core: Core, agents: AgentPool, queues: Queues) -> None:
        self._core = core
        self._agents = agents
        self._queues = queues
        self._random = Random(f"{core.plan.seed}|inbound")
        if core.plan.inbound_calls_per_hour:
            agents.watchers.append(self._enroll)

    def start(self) -> None:
        if self._core.plan.inbound_calls_per_hour:
            self._next()

    def _next(self) -> None:
        seconds = self._random.expovariate(self._core.plan.inbound_calls_per_hour / 3600)
        self._core.timeline.after(seconds, self._arrive)

    def _arrive(self) -> None:
        self._next()
        InboundCall(self._core, self._agents, self._queues, self._random).arrive()

    def _enroll(self, agent: str) -> None:
        queue = self._queues.find(self._core.plan.inbound_queue)
        interface = f"Local/{agent}@{CONTEXT_AGENT_REQUEST}"
        if queue is not None and interface not in queue.members:
            self._queues.add(queue, Member(interface, agent, f"Agent:{agent}", dynamic=False))
