"""The inbound queues of the telephony in memory: callers, dedicated members, and agents shared with them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import count

from dialer.clock import Clock
from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundJoined,
    InboundLeft,
    InboundMember,
    MemberState,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.phone import PhoneNumber
from dialer.ports import InboundDuty, InboundSnapshot, WaitingCaller

DESK_DUTY = InboundDuty(penalty=0, paused=False, reason="")
_Ending = type[InboundAbandoned] | type[InboundLeft]


@dataclass(frozen=True, slots=True)
class Floor:
    """What the queues need of the telephony around them."""

    server: ServerName
    clock: Clock
    agents: Mapping[AgentId, bool]
    """Agents on the line; True: free."""
    tell: Callable[[TelephonyEvent], None]
    take: Callable[[AgentId], None]
    release: Callable[[AgentId], None]


@dataclass(slots=True, eq=False)
class FakeCaller:
    queue: str
    call: str
    caller: str
    since: datetime
    talk_seconds: float
    member: str = ""
    connected_at: datetime | None = None
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class FakeQueues:
    """A caller in line is served at once by the free member of the lowest penalty."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._numbers = count(1)
        self.duties: dict[str, dict[str, InboundDuty]] = {}
        """By queue and member; see InboundMember."""
        self.callers: dict[str, FakeCaller] = {}
        """In line or talking, by call, in the order of joining."""

    # --- the world outside

    def open(self, *queues: str) -> None:
        """Have these queues."""
        for queue in queues:
            self.duties.setdefault(queue, {})

    def seat(self, queue: str, member: str) -> None:
        """Give a queue a dedicated member, free from now on, such as PJSIP/desk1."""
        self._set(queue, member, DESK_DUTY)

    def call_in(
        self,
        queue: str,
        number: str = "+12025550143",
        *,
        patience_seconds: float = 3600.0,
        talk_seconds: float = 60.0,
        limit_seconds: float | None = None,
    ) -> str:
        """One caller stands in line, now; the call. An empty number: none is shown."""
        now, call = self._floor.clock.now(), f"fake.{next(self._numbers)}"
        pseudonym = blake2b(number.encode(), digest_size=8).hexdigest() if number else ""
        caller = FakeCaller(queue, call, pseudonym, now, talk_seconds)
        self.callers[call] = caller
        shown = PhoneNumber(number) if number else None
        self._floor.tell(InboundJoined(self._floor.server, now, queue, call, pseudonym, shown))
        self._later(caller, patience_seconds, lambda: self._out(caller, InboundAbandoned))
        if limit_seconds is not None:
            self._later(caller, limit_seconds, lambda: self._out(caller, InboundLeft))
        self._serve()
        return call

    def give_up(self, call: str) -> None:
        self._out(self.callers[call], InboundAbandoned)

    def hang_up(self, call: str) -> None:
        """End a call ourselves."""
        caller = self.callers.get(call)
        if caller is not None:
            if caller.connected_at is None:
                self._out(caller, InboundLeft)
            else:
                self._end(caller)

    def forget(self) -> None:
        """Asterisk restarts: callers and shared members are gone, and nobody tells."""
        for caller in self.callers.values():
            _call_off(caller)
        self.callers.clear()
        for members in self.duties.values():
            for member in [member for member in members if _agent(member)]:
                del members[member]

    # --- the port

    def share(self, agent: AgentId, queues: Sequence[str], duty: InboundDuty | None) -> list[str]:
        """The queues that are not there."""
        for queue in queues:
            if queue in self.duties:
                self._set(queue, f"Agent:{agent}", duty)
        return [queue for queue in queues if queue not in self.duties]

    def snapshot(self) -> InboundSnapshot:
        return InboundSnapshot(
            server=self._floor.server,
            taken_at=self._floor.clock.now(),
            waiting={
                queue: [
                    WaitingCaller(caller.call, caller.caller, caller.since)
                    for caller in self.callers.values()
                    if caller.queue == queue and caller.connected_at is None
                ]
                for queue in self.duties
            },
            members={
                queue: {member: self.state(member, duty) for member, duty in members.items()}
                for queue, members in self.duties.items()
            },
        )

    # --- members

    def state(self, member: str, duty: InboundDuty) -> MemberState:
        agent = _agent(member)
        if agent and agent not in self._floor.agents:
            return MemberState.AWAY
        if duty.paused:
            return MemberState.PAUSED
        if agent:
            return MemberState.FREE if self._floor.agents[agent] else MemberState.BUSY
        talks = any(caller.member == member for caller in self.callers.values())
        return MemberState.BUSY if talks else MemberState.FREE

    def changed(self, agent: AgentId) -> None:
        """The agent has come, gone, been taken or become free."""
        self._tell_state(f"Agent:{agent}")
        self._serve()

    def _set(self, queue: str, member: str, duty: InboundDuty | None) -> None:
        members = self.duties[queue]
        if duty is not None:
            members[member] = duty
            self._tell(queue, member, self.state(member, duty))
        elif members.pop(member, None) is not None:
            self._tell(queue, member, None)
        self._serve()

    def _tell_state(self, member: str) -> None:
        for queue, members in self.duties.items():
            if member in members:
                self._tell(queue, member, self.state(member, members[member]))

    def _tell(self, queue: str, member: str, state: MemberState | None) -> None:
        self._floor.tell(InboundMember(self._floor.server, self._floor.clock.now(), queue, member, state))

    # --- callers

    def _serve(self) -> None:
        for caller in [caller for caller in self.callers.values() if caller.connected_at is None]:
            members = self.duties.get(caller.queue, {})
            free = [member for member, duty in members.items() if self.state(member, duty) is MemberState.FREE]
            if free and caller.connected_at is None and caller.call in self.callers:
                self._connect(caller, min(free, key=lambda member: members[member].penalty))

    def _connect(self, caller: FakeCaller, member: str) -> None:
        now, agent = self._floor.clock.now(), _agent(member)
        _call_off(caller)
        caller.member, caller.connected_at = member, now
        self._floor.tell(InboundConnected(self._floor.server, now, caller.queue, caller.call, agent))
        self._later(caller, caller.talk_seconds, lambda: self._end(caller))
        if agent:
            self._floor.take(agent)
        else:
            self._tell_state(member)

    def _out(self, caller: FakeCaller, ending: _Ending) -> None:
        _call_off(caller)
        del self.callers[caller.call]
        self._floor.tell(ending(self._floor.server, self._floor.clock.now(), caller.queue, caller.call))

    def _end(self, caller: FakeCaller) -> None:
        now, agent = self._floor.clock.now(), _agent(caller.member)
        _call_off(caller)
        del self.callers[caller.call]
        assert caller.connected_at
        seconds = (now - caller.connected_at).total_seconds()
        self._floor.tell(InboundEnded(self._floor.server, now, caller.queue, caller.call, seconds))
        if agent:
            self._floor.release(agent)
        else:
            self._tell_state(caller.member)
            self._serve()

    def _later(self, caller: FakeCaller, seconds: float, then: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        caller.timers.append(loop.call_later(self._floor.clock.loop_seconds(seconds), then))


def _call_off(caller: FakeCaller) -> None:
    for timer in caller.timers:
        timer.cancel()
    caller.timers.clear()


def _agent(member: str) -> AgentId | None:
    return AgentId(member.removeprefix("Agent:")) if member.startswith("Agent:") else None
