"""Queues as app_queue keeps them: callers in line get the best free member at once, or at a look once a second."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from integrations.telephone_lab import events, queue_events
from integrations.telephone_lab.agents import AgentPool, Caller
from integrations.telephone_lab.core import Core
from integrations.telephone_lab.desks import Desk, Desks
from integrations.telephone_lab.queue_members import AGENT_DEVICE, NOT_THERE, STATUS, Member, Queue, Waiting

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that a queue put through and that lasts. Times are epochs."""

    queue: Queue
    member: Member
    joined: int
    connected: int


class Queues:
    def __init__(self, core: Core, agents: AgentPool, desks: Desks) -> None:
        self._core = core
        self._agents = agents
        self._desks = desks
        self._queues: dict[str, Queue] = {}
        """By the name in lower case, as Asterisk looks it up."""
        self._places: dict[Caller, tuple[Queue, Waiting]] = {}
        self._talks: dict[Caller, Talk] = {}
        self._by_device: dict[str, list[tuple[Queue, Member]]] = {}
        for name in (*core.plan.queues, *(stream.queue for stream in core.plan.inbound)):
            self._open(name)
        self._add_desks()
        agents.watchers.append(lambda number: self._device_changed(AGENT_DEVICE + number))
        desks.watchers.append(self._device_changed)

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._queues.values())

    def find(self, name: str) -> Queue | None:
        """The queue of this name; where the plan names none, every name is one."""
        queue = self._queues.get(name.lower())
        if queue is None and name and not self._core.plan.queues:
            queue = self._open(name)
        return queue

    def named(self, name: str) -> list[Queue]:
        """The queues that an action means: this one, which there may not be, or all when it names none."""
        return [queue for queue in self._queues.values() if not name or queue.name.lower() == name.lower()]

    # --- members

    def add(self, queue: Queue, member: Member) -> bool:
        """False: already there."""
        if member.interface in queue.members:
            return False
        now = self._time()
        member.login_time = now
        member.last_pause = now if member.paused else 0
        member.status = self._status(member)
        queue.members[member.interface] = member
        self._by_device.setdefault(member.device, []).append((queue, member))
        self._tell_member("QueueMemberAdded", queue, member)
        return True

    def remove(self, queue: Queue, interface: str) -> None:
        member = queue.members.pop(interface)
        self._by_device[member.device].remove((queue, member))
        self._tell_member("QueueMemberRemoved", queue, member)

    def pause(self, queues: Iterable[Queue], interface: str, *, paused: bool, reason: str) -> bool:
        """False: no such member anywhere."""
        found = [(queue, queue.members[interface]) for queue in queues if interface in queue.members]
        for queue, member in found:
            member.paused, member.reason = paused, reason
            if paused:
                member.last_pause = self._time()
            self._tell_member("QueueMemberPause", queue, member)
            # The reason of an unpausing is told and forgotten.
            member.reason = reason if paused else ""
        return bool(found)

    def penalize(self, queues: Iterable[Queue], interface: str, penalty: int) -> bool:
        """False: no such member anywhere, or a penalty below 0."""
        found = [(queue, queue.members[interface]) for queue in queues if interface in queue.members]
        if penalty < 0:
            return False
        for queue, member in found:
            member.penalty = penalty
            self._tell_member("QueueMemberPenalty", queue, member)
        return bool(found)

    # --- callers

    def join(self, name: str, caller: Caller, *, when_empty: bool) -> bool:
        """Stand in line. False: no such queue, or nobody of it is on line and `when_empty` says no."""
        queue = self.find(name)
        if queue is None:
            return False
        if not when_empty and all(member.status in NOT_THERE for member in queue.members.values()):
            return False
        place = len(queue.callers) + 1
        waiting = Waiting(caller, self._time(), place)
        queue.callers.append(waiting)
        self._places[caller] = queue, waiting
        self._core.emit("QueueCallerJoin", queue_events.join(queue, waiting, place))
        self._look_later(queue)
        self._try(queue, waiting)
        return True

    def leave(self, caller: Caller) -> None:
        """Out of line without a member: hung up, over the limit or redirected are all one to Asterisk."""
        place = self._places.get(caller)
        if place is None:
            return
        queue, waiting = place
        self._stop_ringing(queue, waiting)
        queue.abandoned += 1
        position = queue.callers.index(waiting) + 1
        text = queue_events.abandon(queue, waiting, position, self._time())
        self._core.emit("QueueCallerAbandon", text)
        self._out(queue, waiting)

    def member_with(self, caller: Caller) -> str:
        """The interface of the member who talks to a caller; empty: nobody."""
        talk = self._talks.get(caller)
        return talk.member.interface if talk else ""

    def finish(self, caller: Caller, *, by_member: bool) -> None:
        """A call that a queue may have put through is over."""
        talk = self._talks.pop(caller, None)
        if talk is None:
            return
        now, member = self._time(), talk.member
        talk.queue.talked(now - talk.connected)
        member.calls_taken += 1
        member.in_call, member.last_call, member.free_since = False, now, self._core.clock.monotonic()
        served, hold_seconds = self._served(talk.queue, member, caller), talk.connected - talk.joined
        text = queue_events.complete(served, hold_seconds, now - talk.connected, by_member=by_member)
        self._core.emit("AgentComplete", text)
        if desk := self._desks.find(member.device):
            self._desks.release(desk, caller)

    def forget_calls(self) -> None:
        """What a restart forgets; dynamic members stay (persistentmembers), and the others are configured."""
        self._talks.clear()
        self._places.clear()
        self._desks.forget_calls()
        for queue in self._queues.values():
            queue.callers.clear()
            queue.look = None
            queue.reset()
            for member in queue.members.values():
                member.login_time, member.status = self._time(), self._status(member)

    # --- the look for a member

    def _look_later(self, queue: Queue) -> None:
        if queue.look is None and queue.callers:
            queue.look = self._core.timeline.after(LOOK_SECONDS, lambda: self._look(queue))

    def _look(self, queue: Queue) -> None:
        queue.look = None
        for waiting in list(queue.callers):
            self._try(queue, waiting)
        self._look_later(queue)

    def _try(self, queue: Queue, waiting: Waiting) -> None:
        """It is a caller's turn when there are more members free than callers before (autofill)."""
        now = self._core.clock.monotonic()
        before = queue.callers[: queue.callers.index(waiting)]
        if waiting.ringing is None and sum(w.ringing is None for w in before) < queue.available(now):
            member = queue.best(now)
            if member is not None:
                self._call(queue, waiting, member)

    def _call(self, queue: Queue, waiting: Waiting, member: Member) -> None:
        desk = self._desks.find(member.device)
        if desk is not None:
            waiting.ringing = member
            self._desks.ring(desk, waiting.caller)
            waiting.ring = self._core.timeline.after(desk.answer_seconds, lambda: self._answered(queue, waiting, desk))
        served = self._served(queue, member, waiting.caller)
        self._core.emit("AgentCalled", queue_events.called(served))
        self._tell_dial("DialBegin", served, member.interface)
        if desk is None and not self._agents.take(member.agent, waiting.caller):
            self._connect(queue, waiting, member, ring_seconds=0)
            self._agents.bridge(member.agent)

    def _answered(self, queue: Queue, waiting: Waiting, desk: Desk) -> None:
        member = waiting.ringing
        if member is not None:
            self._desks.answer(desk)
            waiting.caller.connected("")
            self._connect(queue, waiting, member, ring_seconds=int(desk.answer_seconds))
            self._desks.bridge(desk)

    def _connect(self, queue: Queue, waiting: Waiting, member: Member, ring_seconds: int) -> None:
        now, served = self._time(), self._served(queue, member, waiting.caller)
        self._tell_dial("DialEnd", served, "ANSWER")
        self._out(queue, waiting)
        queue.held(now - waiting.since)
        member.in_call = True
        self._talks[waiting.caller] = Talk(queue, member, waiting.since, now)
        self._core.emit("AgentConnect", queue_events.connect(served, now - waiting.since, ring_seconds))

    def _stop_ringing(self, queue: Queue, waiting: Waiting) -> None:
        if waiting.ring is not None:
            waiting.ring.call_off()
        if waiting.ringing is not None and (desk := self._desks.find(waiting.ringing.device)):
            self._tell_dial("DialEnd", self._served(queue, waiting.ringing, waiting.caller), "CANCEL")
            self._desks.release(desk, waiting.caller)

    def _out(self, queue: Queue, waiting: Waiting) -> None:
        position = queue.callers.index(waiting) + 1
        queue.callers.remove(waiting)
        del self._places[waiting.caller]
        self._core.emit("QueueCallerLeave", queue_events.leave(queue, waiting, position))

    # --- small change

    def _open(self, name: str) -> Queue:
        return self._queues.setdefault(name.lower(), Queue(name))

    def _add_desks(self) -> None:
        for group in self._core.plan.inbound_desks:
            for queue in map(self._open, group.queues):
                for interface in group.interfaces():
                    member = Member(interface, interface, interface, group.penalty, dynamic=False)
                    member.wrap_up_seconds = group.wrap_up_seconds
                    self.add(queue, member)

    def _status(self, member: Member) -> int:
        """A member's device state as a number."""
        if desk := self._desks.find(member.device):
            return STATUS[desk.device_state]
        return STATUS[self._agents.device_state(member.agent)]

    def _device_changed(self, device: str) -> None:
        for queue, member in self._by_device.get(device, ()):
            status = self._status(member)
            if status != member.status:
                member.status = status
                self._tell_member("QueueMemberStatus", queue, member)

    def _served(self, queue: Queue, member: Member, caller: Caller) -> queue_events.Served:
        phone = self._desks.find(member.device) or self._agents.find(member.agent)
        return queue_events.Served(queue, member, caller, phone.channel if phone else None)

    def _time(self) -> int:
        return int(self._core.now().timestamp())

    def _tell_dial(self, event: str, served: queue_events.Served, more: str) -> None:
        if served.leg is not None:
            text = events.dial_begin if event == "DialBegin" else events.dial_end
            self._core.emit(event, text(served.leg, more, served.caller.channel))

    def _tell_member(self, event: str, queue: Queue, member: Member) -> None:
        self._core.emit(event, queue_events.member(event, queue, member))
