"""Inbound callers: they stand in a queue, patient for a while, and some who were not served call again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from integrations.telephone_lab import events
from integrations.telephone_lab.agents import AgentPool
from integrations.telephone_lab.carrier import lognormal
from integrations.telephone_lab.channels import ChannelState
from integrations.telephone_lab.core import Core
from integrations.telephone_lab.inbound_ledger import InboundEnd, InboundEntry
from integrations.telephone_lab.inbound_plan import WITHHELD, InboundStreamPlan, caller_number, next_arrival
from integrations.telephone_lab.ledger import Ledger
from integrations.telephone_lab.queue_members import agent_member
from integrations.telephone_lab.queues import Queues
from integrations.telephone_lab.timeline import Action, Appointment

_NORMAL = 16


@dataclass(frozen=True, slots=True)
class InboundCaller:
    """Who calls, and what they will do."""

    queue: str
    number: str
    patience_seconds: float
    talk_seconds: float
    limit_seconds: float | None = None
    ends_first: bool = True
    """The caller ends the talk, not the member."""
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Hall:
    """The parts of the simulated Asterisk that an inbound call touches."""

    core: Core
    agents: AgentPool
    queues: Queues
    ledger: Ledger


class InboundCall:
    def __init__(self, hall: Hall, caller: InboundCaller, unserved: Callable[[], None] = lambda: None) -> None:
        self._at = hall
        self._caller = caller
        self._unserved = unserved
        self._joined_at = hall.core.now()
        self._connected_at: datetime | None = None
        self._agent = ""
        self._member = ""
        self._timer: Appointment | None = None
        self._over = False
        self.channel = hall.core.open_channel("PJSIP/carrier", "inbound", caller.queue)
        self.channel.number = caller.number
        self.channel.owner = self

    def arrive(self) -> None:
        core, caller = self._at.core, self._caller
        self.channel.enter(ChannelState.RING)
        core.emit("Newchannel", events.about("Newchannel", self.channel))
        self.channel.enter(ChannelState.UP)
        core.emit("Newstate", events.about("Newstate", self.channel))
        if caller.limit_seconds is not None and caller.limit_seconds < caller.patience_seconds:
            self._later(caller.limit_seconds, lambda: self._end(_NORMAL, InboundEnd.LIMIT))
        else:
            self._later(caller.patience_seconds, self.give_up)
        if not self._at.queues.join(caller.queue, self, when_empty=True):
            self._end(_NORMAL, InboundEnd.NO_QUEUE)

    def connected(self, agent: str) -> None:
        self._agent = agent
        self._connected_at = self._at.core.now()
        self._later(self._caller.talk_seconds, self.give_up if self._caller.ends_first else self.put_down)

    def give_up(self) -> None:
        """The caller hangs up, served or not."""
        self._at.core.emit("HangupRequest", events.hangup_request(self.channel, _NORMAL, soft=False))
        self._end(_NORMAL, InboundEnd.CALLER)

    def put_down(self) -> None:
        self._end(_NORMAL, InboundEnd.MEMBER)

    def hang_up(self, cause: int) -> None:
        self._at.core.emit("SoftHangupRequest", events.hangup_request(self.channel, cause, soft=True))
        self._end(cause, InboundEnd.ACTION)

    def redirect(self, context: str, exten: str) -> None:
        """Inbound callers are led by their queue alone; elsewhere there is nothing for them."""
        del context, exten
        self._end(_NORMAL, InboundEnd.ACTION)

    def vanish(self) -> None:
        """Asterisk goes down: no event; the ledger alone knows."""
        if not self._over:
            self._over = True
            self._member = self._at.queues.member_with(self)
            self._note(InboundEnd.RESTART)

    def _later(self, seconds: float, action: Action) -> None:
        if self._timer is not None:
            self._timer.call_off()
        self._timer = self._at.core.timeline.after(seconds, action)

    def _end(self, cause: int, by: InboundEnd) -> None:
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.call_off()
        self._member = self._at.queues.member_with(self)
        self._at.queues.leave(self)
        self._at.queues.finish(self, by_member=by is InboundEnd.MEMBER)
        self._at.agents.release(self._agent, self)
        self._at.core.channels.remove(self.channel)
        self._at.core.emit("Hangup", events.hangup(self.channel, cause))
        self._note(by)
        if self._connected_at is None and by is not InboundEnd.NO_QUEUE:
            self._unserved()

    def _note(self, by: InboundEnd) -> None:
        self._at.ledger.write(
            InboundEntry(
                call=self.channel.uniqueid,
                queue=self._caller.queue,
                number=self._caller.number,
                joined_at=self._joined_at,
                ended_at=self._at.core.now(),
                ended_by=by,
                connected_at=self._connected_at,
                member=self._member or None,
                repeat=self._caller.repeat,
            )
        )


class InboundStream:
    """One stream of the plan. Its callers are the same in every run, whatever becomes of them."""

    def __init__(self, hall: Hall, plan: InboundStreamPlan, name: str) -> None:
        self._at = hall
        self._plan = plan
        self._seed = f"{hall.core.plan.seed}|{name}"
        self._random = Random(f"{self._seed}|arrivals")
        self._callers = 0
        self._began = hall.core.clock.monotonic()
        if plan.enrolls_agents:
            hall.agents.watchers.append(self._enroll)

    def start(self) -> None:
        """Have the next caller come, and so on; again after a restart, which has forgotten that one."""
        now = self._at.core.clock.monotonic() - self._began
        at = next_arrival(self._plan, now, self._random.expovariate(1.0))
        if at is not None:
            self._at.core.timeline.after(at - now, self._arrive)

    def _arrive(self) -> None:
        self.start()
        self._callers += 1
        random = Random(f"{self._seed}|{self._callers}")
        withheld = random.random() < self._plan.withheld_share
        number = caller_number(random.randrange(self._plan.numbers))
        self._call(WITHHELD if withheld else number, random, repeat=False)

    def _call(self, number: str, random: Random, *, repeat: bool) -> None:
        caller = InboundCaller(
            queue=self._plan.queue,
            number=number,
            patience_seconds=random.expovariate(1 / self._plan.patience_mean_seconds),
            talk_seconds=lognormal(random, self._plan.talk_mean_seconds, self._at.core.plan.talk_spread),
            limit_seconds=self._plan.limit_seconds,
            ends_first=random.random() >= self._at.core.plan.agent_ends_share,
            repeat=repeat,
        )
        InboundCall(self._at, caller, lambda: self._maybe_again(number, random)).arrive()

    def _maybe_again(self, number: str, random: Random) -> None:
        if random.random() < self._plan.repeat_share:
            seconds = random.uniform(0.0, self._plan.repeat_within_seconds)
            self._at.core.timeline.after(seconds, lambda: self._call(number, random, repeat=True))

    def _enroll(self, agent: str) -> None:
        queue = self._at.queues.find(self._plan.queue)
        if queue is not None:
            self._at.queues.add(queue, agent_member(agent))


class Inbound:
    """All streams, and callers that a test sends."""

    def __init__(self, hall: Hall) -> None:
        self._at = hall
        plans = enumerate(hall.core.plan.inbound, 1)
        self._streams = [InboundStream(hall, plan, f"inbound {number}") for number, plan in plans]

    def start(self) -> None:
        for stream in self._streams:
            stream.start()

    def call(self, caller: InboundCaller) -> str:
        """One caller, now; the unique id of the channel."""
        call = InboundCall(self._at, caller)
        call.arrive()
        return call.channel.uniqueid

    def give_up(self, call: str) -> None:
        """This caller hangs up, served or not; nothing, when there is none by this unique id."""
        channel = self._at.core.channels.find(call)
        if channel is not None and isinstance(channel.owner, InboundCall):
            channel.owner.give_up()

    def close(self) -> None:
        """The ledger learns of callers who are still there."""
        for channel in list(self._at.core.channels):
            if isinstance(channel.owner, InboundCall):
                channel.owner.vanish()
