"""A telephony in memory, for flow tests in virtual time. What a number does is told by its last two digits.

tests/contract/test_telephony.py and test_inbound.py hold it to a real Asterisk, but for what it does not play: machine
detection, the fallback queue, and values that an AMI would refuse.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dialer.clock import Clock
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
    LinkDown,
    LinkUp,
    OptedOut,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import CallEnd
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallOrder, InboundDuty, InboundSnapshot, LiveCall, ServerStatus, Snapshot
from tests.fakes.inbound_queues import FakeQueues, Floor

PROMPT_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    ring_seconds: float = 3.0
    answers: bool = True
    cause: int = 16
    talk_seconds: float = 60.0
    patience_seconds: float = 1000.0
    """How long an answered callee waits before hanging up."""
    presses: str = ""
    """A key pressed in the information message, or in a prompt."""


BEHAVIOURS = {
    "00": Behaviour(),
    "01": Behaviour(ring_seconds=2.0, answers=False, cause=17),
    "02": Behaviour(ring_seconds=900.0, answers=False, cause=19),
    "03": Behaviour(patience_seconds=0.3),
    "04": Behaviour(ring_seconds=0.2, answers=False, cause=1),
    "05": Behaviour(ring_seconds=0.2, answers=False, cause=34),
    "06": Behaviour(talk_seconds=600.0),
    "07": Behaviour(ring_seconds=4.0, presses="9"),
    "08": Behaviour(ring_seconds=4.0, presses="5"),
}


@dataclass(slots=True)
class FakeCall:
    order: CallOrder
    behaviour: Behaviour
    answered_at: datetime | None = None
    waiting_since: datetime | None = None
    agent: AgentId | None = None
    connected_at: datetime | None = None
    abandoned: bool = False
    opted_out_at: datetime | None = None
    heard_at: datetime | None = None
    muted: bool = False
    """Its recording is silent now."""
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class FakeTelephony:
    def __init__(
        self,
        clock: Clock,
        behaviours: Mapping[str, Behaviour] = BEHAVIOURS,
        *,
        lines: int = 100,
        calls_per_second: float = 50.0,
        inbound_queues: Sequence[str] = (),
    ) -> None:
        self._behaviours = behaviours
        self._leaving: set[AgentId] = set()
        self.name = ServerName("main")
        self.clock, self._lines, self._rate = clock, lines, calls_per_second
        self.connected = False
        self.started_at = clock.now() - timedelta(hours=1)
        self.calls: dict[AttemptId, FakeCall] = {}
        self.ended: dict[AttemptId, CallEnd] = {}
        self.opt_outs: dict[str, OptedOut] = {}
        self.agents: dict[AgentId, bool] = {}
        self.queues = FakeQueues(Floor(self.name, clock, self.agents, self._tell, self._take, self._release))
        """The inbound queues; callers come by `queues.call_in`."""
        self.queues.open(*inbound_queues)
        self.orders: list[CallOrder] = []
        self.prompt_lines = 10
        self.missing_sounds: set[str] = set()
        self.sounds_asked: list[str] = []
        self.tells_of_sounds = True
        """False: its dialplan is older than the question."""
        self.heartbeats = 0
        self.before_placing: Callable[[CallOrder], None] = lambda order: None
        self.refuse_originate = False
        self.snapshot_seconds = 0.0
        """How long a snapshot, once taken, is on its way."""
        self.phones_ring_out = False
        """Agents do not pick up."""
        self.swallow_acks = False
        """The Originate arrives, its answer does not."""
        self.lose_originates = False
        """The Originate itself is lost on the way."""
        self._events: list[TelephonyEvent] = []
        self._arrived = asyncio.Event()

    # --- the world outside

    def link_up(self) -> None:
        self.connected = True
        self._tell(LinkUp(self.name, self.clock.now()), always=True)

    def link_down(self) -> None:
        self.connected = False
        self._tell(LinkDown(self.name, self.clock.now(), "cut"), always=True)

    def restart(self) -> None:
        """Asterisk itself dies and comes back: calls gone without a record."""
        self.link_down()
        for call in self.calls.values():
            for timer in call.timers:
                timer.cancel()
        self.calls.clear()
        self.agents.clear()
        self.queues.forget()
        self.started_at = self.clock.now()

    def put_on_line(self, agent: AgentId) -> None:
        self._free(agent)

    def hang_up_phone(self, agent: AgentId) -> None:
        if self.agents.pop(agent, None) is not None:
            self._tell(AgentOffLine(self.name, self.clock.now(), agent))
            self.queues.changed(agent)

    async def run(self) -> None:
        """Be linked until cancelled, as an adapter with real links would."""
        self.link_up()
        try:
            await asyncio.Event().wait()
        finally:
            self.link_down()

    # --- the port

    def servers(self) -> Sequence[ServerStatus]:
        return [ServerStatus(self.name, self.connected, self._lines, self._rate, self.prompt_lines)]

    async def next_events(self) -> Sequence[TelephonyEvent]:
        while not self._events:
            self._arrived.clear()
            await self._arrived.wait()
        events, self._events = self._events, []
        return events

    async def originate(self, order: CallOrder) -> None:
        self._check_link()
        self.before_placing(order)
        if self.refuse_originate:
            raise ActionRefused("Originate: Extension does not exist.")
        self.orders.append(order)
        if self.lose_originates:
            raise TelephonyUnavailable("no answer within 5 s")
        if order.attempt in self.calls:
            return
        behaviour = self._behaviours.get(order.number.e164[-2:], Behaviour())
        call = FakeCall(order, behaviour)
        self.calls[order.attempt] = call
        self._later(call, 0.01, self._ring)
        if self.swallow_acks:
            raise TelephonyUnavailable("no answer within 5 s")

    async def connect(self, server: ServerName, attempt: AttemptId, agent: AgentId) -> None:
        self._check_link()
        call = self.calls.get(attempt)
        if call is None or call.waiting_since is None:
            raise ActionRefused("Channel does not exist")
        if call.abandoned:
            raise ActionRefused("the limit has passed; the callee hears the information message")
        if not self.agents.get(agent, False):
            reason = "BUSY" if agent in self.agents else "NOT_LOGGED_IN"
            self._tell(AgentMissed(server, self.clock.now(), attempt, agent, reason))
            self._tell(CallWaiting(server, self.clock.now(), attempt))
            return
        for timer in call.timers:
            timer.cancel()
        call.agent, call.connected_at = agent, self.clock.now()
        self._tell(CallConnected(server, self.clock.now(), attempt, agent))
        self._take(agent)
        self._later(call, call.behaviour.talk_seconds, self._end)

    async def hang_up(self, server: ServerName, attempt: AttemptId) -> None:
        self._check_link()
        call = self.calls.get(attempt)
        if call is not None:
            self._end(call)
        self.queues.hang_up(attempt)

    async def pause_recording(self, server: ServerName, attempt: AttemptId, *, paused: bool) -> None:
        self._check_link()
        call = self.calls.get(attempt)
        if call is None:
            raise ActionRefused("Channel not found.")
        if call.answered_at is None or not call.order.recording:
            raise ActionRefused("Cannot set mute flag")
        call.muted = paused

    async def has_sound(self, server: ServerName, sound: str) -> bool:
        self._check_link()
        self.sounds_asked.append(sound)
        if not sound or " " in sound:
            raise ActionRefused("may hold letters, digits and _ . / + - only (sound)")
        if not self.tells_of_sounds:
            raise ActionRefused("its dialplan can't tell")
        return not self._silent(sound)

    def _silent(self, sound: str) -> bool:
        """A part of it is not there."""
        return not self.missing_sounds.isdisjoint(sound.split("&"))

    async def log_in(self, server: ServerName, agent: AgentId, queue: str) -> None:
        self._check_link()
        if agent in self.agents:
            kind = AgentOnLine if self.agents[agent] else AgentTaken
            self._tell(kind(server, self.clock.now(), agent))
        elif not self.phones_ring_out:
            asyncio.get_running_loop().call_later(self.clock.loop_seconds(5.0), self._free, agent)

    async def log_out(self, server: ServerName, agent: AgentId, queue: str) -> None:
        self._check_link()
        if self.agents.get(agent, True):
            self.hang_up_phone(agent)
        else:
            self._leaving.add(agent)

    async def pause(self, server: ServerName, agent: AgentId, queue: str, *, paused: bool, reason: str) -> None:
        self._check_link()

    async def share(self, server: ServerName, agent: AgentId, queues: Sequence[str], duty: InboundDuty | None) -> None:
        self._check_link()
        if missing := self.queues.share(agent, queues, duty):
            raise ActionRefused(f"no such queue on {server}: {', '.join(missing)}")

    async def inbound(self, server: ServerName) -> InboundSnapshot:
        self._check_link()
        return self.queues.snapshot()

    async def snapshot(self, server: ServerName) -> Snapshot:
        self._check_link()
        taken = self._snapshot(server)
        await self.clock.sleep(self.snapshot_seconds)
        return taken

    def _snapshot(self, server: ServerName) -> Snapshot:
        return Snapshot(
            server=server,
            taken_at=self.clock.now(),
            started_at=self.started_at,
            live={
                attempt: LiveCall(
                    attempt,
                    answered=call.answered_at is not None,
                    waiting_since=None if call.agent or call.abandoned else call.waiting_since,
                    agent=call.agent,
                )
                for attempt, call in self.calls.items()
            },
            ended=dict(self.ended),
            agents=dict(self.agents),
            opt_outs=list(self.opt_outs.values()),
        )

    async def forget(self, server: ServerName, attempts: Sequence[AttemptId]) -> None:
        self._check_link()
        for attempt in attempts:
            self.ended.pop(attempt, None)

    async def forget_opt_outs(self, server: ServerName, calls: Sequence[str]) -> None:
        self._check_link()
        for call in calls:
            self.opt_outs.pop(call, None)

    async def heartbeat(self, server: ServerName) -> None:
        self._check_link()
        self.heartbeats += 1

    # --- calls

    def _ring(self, call: FakeCall) -> None:
        self._tell(CallRinging(self.name, self.clock.now(), call.order.attempt))
        limit = float(call.order.ring_seconds)
        if call.behaviour.ring_seconds > limit:
            call.behaviour = replace(call.behaviour, answers=False, cause=19)
        after = min(call.behaviour.ring_seconds, limit)
        self._later(call, after, self._answer if call.behaviour.answers else self._end)

    def _answer(self, call: FakeCall) -> None:
        now = self.clock.now()
        call.answered_at = now
        self._tell(CallAnswered(self.name, now, call.order.attempt))
        if call.order.prompt:
            self._prompt(call)
            return
        call.waiting_since = now
        self._tell(CallWaiting(self.name, now, call.order.attempt))
        if call.behaviour.patience_seconds < call.order.agent_wait_seconds:
            self._later(call, call.behaviour.patience_seconds, self._end)
        else:
            self._later(call, call.order.agent_wait_seconds, self._abandon)

    def _prompt(self, call: FakeCall) -> None:
        if call.behaviour.patience_seconds < PROMPT_SECONDS:
            self._later(call, call.behaviour.patience_seconds, self._end)
            return
        if self._silent(call.order.prompt):
            self._later(call, 3.0 if call.order.opt_out_key else 0.0, self._end)
            return
        self._later(call, PROMPT_SECONDS, self._heard)
        self._press_key(call)

    def _heard(self, call: FakeCall) -> None:
        call.heard_at = self.clock.now()
        self._later(call, 3.0 if call.order.opt_out_key else 0.0, self._end)

    def _abandon(self, call: FakeCall) -> None:
        call.abandoned = True
        self._later(call, 4.0, self._end)
        self._press_key(call)

    def _press_key(self, call: FakeCall) -> None:
        if call.behaviour.presses and call.behaviour.presses == call.order.opt_out_key:
            self._later(call, 1.0, self._opt_out)

    def _opt_out(self, call: FakeCall) -> None:
        call.opted_out_at = self._press(call.order.attempt, call.order.number, call.order.attempt)
        self._later(call, 0.3, self._end)

    def call_back(self, number: str, presses: str = "") -> None:
        """Someone calls back a number that campaigns show; the key there is 9. An empty number: none is shown."""
        if presses == "9" and number:
            self._press(f"1764316800.{len(self.opt_outs)}", PhoneNumber(number), None)

    def _press(self, call: str, number: PhoneNumber, attempt: AttemptId | None) -> datetime:
        pressed = self.opt_outs[call] = OptedOut(self.name, self.clock.now(), call, number, attempt)
        self._tell(pressed)
        return pressed.at

    def _end(self, call: FakeCall) -> None:
        now, attempt = self.clock.now(), call.order.attempt
        for timer in call.timers:
            timer.cancel()
        self.calls.pop(attempt, None)
        end = CallEnd(
            cause=16 if call.answered_at else call.behaviour.cause,
            ended_at=now,
            answered_at=call.answered_at,
            waiting_since=call.waiting_since,
            connected_at=call.connected_at,
            agent=call.agent,
            abandoned=call.abandoned,
            opted_out_at=call.opted_out_at,
            heard_at=call.heard_at,
        )
        self.ended[attempt] = end
        self._tell(CallEnded(self.name, now, attempt, end))
        if call.agent is not None:
            self._release(call.agent)

    def _take(self, agent: AgentId) -> None:
        self.agents[agent] = False
        self._tell(AgentTaken(self.name, self.clock.now(), agent))
        self.queues.changed(agent)

    def _release(self, agent: AgentId) -> None:
        """The agent's call is over."""
        if agent in self._leaving:
            self._leaving.discard(agent)
            self.hang_up_phone(agent)
        elif agent in self.agents:
            self._free(agent)

    def _free(self, agent: AgentId) -> None:
        self.agents[agent] = True
        self._tell(AgentOnLine(self.name, self.clock.now(), agent))
        self.queues.changed(agent)

    def _later(self, call: FakeCall, seconds: float, then: Callable[[FakeCall], None]) -> None:
        loop = asyncio.get_running_loop()
        call.timers.append(loop.call_later(self.clock.loop_seconds(seconds), then, call))

    def _tell(self, event: TelephonyEvent, *, always: bool = False) -> None:
        if self.connected or always:
            self._events.append(event)
            self._arrived.set()

    def _check_link(self) -> None:
        if not self.connected:
            raise TelephonyUnavailable("no link to main")
