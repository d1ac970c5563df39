"""Queues as app_queue keeps them: members, callers in line, a look for a free member once a second."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from integrations.telephone_lab import events
from integrations.telephone_lab.agents import AgentPool, Caller
from integrations.telephone_lab.core import Core

_INTERFACE_AGENT = re.compile(r"Local/([^@/]+)@")
_STATUS = {"NOT_INUSE": 1, "INUSE": 2, "INVALID": 4, "UNAVAILABLE": 5}
"""Device states by number (include/asterisk/devicestate.h)."""

LOOK_SECONDS = 1.0


@dataclass(slots=True)
class Member:
    interface: str
    name: str
    state_interface: str
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    calls_taken: int = 0
    dynamic: bool = True

    @property
    def agent(self) -> str:
        """The agent's number; empty for a member that is no agent of ours."""
        if self.state_interface.startswith("Agent:"):
            return self.state_interface.removeprefix("Agent:")
        match = _INTERFACE_AGENT.match(self.interface)
        return match[1] if match else ""


@dataclass(slots=True)
class Waiting:
    caller: Caller
    since: float
    position: int


@dataclass(slots=True)
class Queue:
    name: str
    members: dict[str, Member] = field(default_factory=dict)
    """By interface."""
    callers: list[Waiting] = field(default_factory=list)
    completed: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that a queue put through and that lasts."""

    queue: Queue
    member: Member
    hold_seconds: float
    since: float


class Queues:
    def __init__(self, core: Core, agents: AgentPool) -> None:
        self._core = core
        self._agents = agents
        self._queues = {name: Queue(name) for name in core.plan.queues}
        self._talks: dict[Caller, Talk] = {}
        agents.watchers.append(self._device_changed)

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._queues.values())

    def find(self, name: str) -> Queue | None:
        """The queue of this name; where the plan names none, every name is one."""
        queue = self._queues.get(name)
        if queue is None and name and not self._core.plan.queues:
            queue = self._queues[name] = Queue(name)
        return queue

    def status(self, member: Member) -> int:
        return _STATUS[self._agents.device_state(member.agent)]

    def add(self, queue: Queue, member: Member) -> bool:
        """False: already there."""
        if member.interface in queue.members:
            return False
        queue.members[member.interface] = member
        self._tell_member("QueueMemberAdded", queue, member)
        return True

    def remove(self, queue: Queue, interface: str) -> bool:
        member = queue.members.pop(interface, None)
        if member is not None:
            self._tell_member("QueueMemberRemoved", queue, member)
        return member is not None

    def pause(self, queues: Iterable[Queue], interface: str, *, paused: bool, reason: str) -> bool:
        """False: no such member anywhere."""
        found = False
        for queue in queues:
            member = queue.members.get(interface)
            if member is not None:
                found = True
                member.paused, member.reason = paused, reason
                self._tell_member("QueueMemberPause", queue, member)
        return found

    def join(self, name: str, caller: Caller, *, when_empty: bool) -> bool:
        """Stand in line. False: no such queue, or nobody of it is on line and `when_empty` says no."""
        queue = self.find(name)
        if queue is None:
            return False
        if not when_empty and all(self.status(member) in {4, 5} for member in queue.members.values()):
            return False
        queue.callers.append(Waiting(caller, self._core.clock.monotonic(), len(queue.callers) + 1))
        self._tell_caller("QueueCallerJoin", queue, queue.callers[-1], len(queue.callers))
        if len(queue.callers) == 1:
            self._core.timeline.after(LOOK_SECONDS, lambda: self._look(queue))
            self._serve(queue)
        return True

    def leave(self, caller: Caller, *, abandoned: bool) -> None:
        """Out of line without an agent; `abandoned`: by hanging up."""
        for queue in self._queues.values():
            for place, waiting in enumerate(queue.callers):
                if waiting.caller is caller:
                    self._out(queue, place)
                    if abandoned:
                        queue.abandoned += 1
                        self._tell_abandon(queue, waiting, place + 1)
                    return

    def finish(self, caller: Caller, *, by_agent: bool) -> None:
        """A call that a queue may have put through is over."""
        talk = self._talks.pop(caller, None)
        if talk is not None:
            talk.queue.completed += 1
            seconds = self._core.clock.monotonic() - talk.since
            more = f"HoldTime: {talk.hold_seconds:.0f}\r\nTalkTime: {seconds:.0f}\r\nReason: " + (
                "agent\r\n" if by_agent else "caller\r\n"
            )
            self._tell_agent("AgentComplete", talk.queue, talk.member, caller, more)

    def forget_calls(self) -> None:
        """What a restart forgets; members stay (persistentmembers)."""
        self._talks.clear()
        for queue in self._queues.values():
            queue.callers.clear()
            queue.completed = queue.abandoned = 0

    def _look(self, queue: Queue) -> None:
        if queue.callers:
            self._core.timeline.after(LOOK_SECONDS, lambda: self._look(queue))
            self._serve(queue)

    def _serve(self, queue: Queue) -> None:
        while queue.callers and (member := self._best(queue)) is not None:
            self._connect(queue, member)

    def _best(self, queue: Queue) -> Member | None:
        """The member that has been free for longest."""
        best, since = None, float("inf")
        for member in queue.members.values():
            agent = self._agents.find(member.agent)
            if agent and not member.paused and agent.free_since < since and self.status(member) == 1:
                best, since = member, agent.free_since
        return best

    def _connect(self, queue: Queue, member: Member) -> None:
        waiting = queue.callers[0]
        self._tell_agent("AgentCalled", queue, member, waiting.caller, "")
        if self._agents.take(member.agent, waiting.caller):
            return
        self._out(queue, 0)
        now = self._core.clock.monotonic()
        member.calls_taken += 1
        self._talks[waiting.caller] = Talk(queue, member, now - waiting.since, now)
        more = f"RingTime: 0\r\nHoldTime: {now - waiting.since:.0f}\r\n"
        self._tell_agent("AgentConnect", queue, member, waiting.caller, more)
        self._agents.bridge(member.agent)

    def _out(self, queue: Queue, place: int) -> None:
        waiting = queue.callers.pop(place)
        self._tell_caller("QueueCallerLeave", queue, replace(waiting, position=place + 1), len(queue.callers))

    def _device_changed(self, agent: str) -> None:
        for queue in self._queues.values():
            for member in queue.members.values():
                if member.agent == agent:
                    self._tell_member("QueueMemberStatus", queue, member)

    def _tell_member(self, event: str, queue: Queue, member: Member) -> None:
        self._core.emit(
            event, events.plain(event, self.describe(queue, member, "MemberName", "Interface"), "agent,all")
        )

    def describe(self, queue: Queue, member: Member, name: str, location: str) -> str:
        """Header lines on a member; the status list names two of them otherwise than the events."""
        return (
            f"Queue: {queue.name}\r\n{name}: {member.name}\r\n{location}: {member.interface}\r\n"
            f"StateInterface: {member.state_interface}\r\nMembership: {'dynamic' if member.dynamic else 'static'}\r\n"
            f"Penalty: {member.penalty}\r\nCallsTaken: {member.calls_taken}\r\nLastCall: 0\r\nLastPause: 0\r\n"
            f"LoginTime: 0\r\nInCall: 0\r\nStatus: {self.status(member)}\r\nPaused: {int(member.paused)}\r\n"
            f"PausedReason: {member.reason}\r\nRinginuse: 0\r\nWrapuptime: 0\r\n"
        )

    def _tell_caller(self, event: str, queue: Queue, waiting: Waiting, count: int) -> None:
        more = f"Queue: {queue.name}\r\nPosition: {waiting.position}\r\nCount: {count}\r\n"
        self._core.emit(event, events.about(event, waiting.caller.channel, more, "agent,all"))

    def _tell_abandon(self, queue: Queue, waiting: Waiting, position: int) -> None:
        seconds = self._core.clock.monotonic() - waiting.since
        more = (
            f"Queue: {queue.name}\r\nPosition: {position}\r\nOriginalPosition: {waiting.position}\r\n"
            f"HoldTime: {seconds:.0f}\r\n"
        )
        text = events.about("QueueCallerAbandon", waiting.caller.channel, more, "agent,all")
        self._core.emit("QueueCallerAbandon", text)

    def _tell_agent(self, event: str, queue: Queue, member: Member, caller: Caller, more: str) -> None:
        agent = self._agents.find(member.agent)
        dest = "".join(f"Dest{line}\r\n" for line in agent.channel.headers.split("\r\n") if line) if agent else ""
        head = f"{dest}Queue: {queue.name}\r\nMemberName: {member.name}\r\nInterface: {member.interface}\r\n"
        self._core.emit(event, events.about(event, caller.channel, head + more, "agent,all"))
