"""What a queue holds: its members, its line of callers and its counters, as app_queue keeps them."""

import re
from dataclasses import dataclass, field

from integrations.asterisk.protocol import CONTEXT_AGENT_REQUEST
from integrations.telephone_lab.agents import Caller
from integrations.telephone_lab.timeline import Appointment

_INTERFACE_AGENT = re.compile(r"Local/([^@/]+)@")
AGENT_DEVICE = "Agent:"

STATUS = {"NOT_INUSE": 1, "INUSE": 2, "INVALID": 4, "UNAVAILABLE": 5, "RINGING": 6}
"""Device states by number (include/asterisk/devicestate.h)."""
FREE = STATUS["NOT_INUSE"]
NOT_THERE = frozenset({STATUS["INVALID"], STATUS["UNAVAILABLE"]})


@dataclass(slots=True)
class Member:
    interface: str
    name: str
    state_interface: str
    penalty: int = 0
    paused: bool = False
    reason: str = ""
    dynamic: bool = True
    """False: by queues.conf."""
    wrap_up_seconds: int = 0
    login_time: int = 0
    """Epoch, as the other times that Asterisk shows."""
    last_pause: int = 0
    last_call: int = 0
    free_since: float = 0.0
    """End of the last call of the queue, in the clock's monotonic s; 0: none yet."""
    calls_taken: int = 0
    in_call: bool = False
    status: int = 0
    """The device state as last told."""

    @property
    def agent(self) -> str:
        """The agent's number; empty for a member that is no agent."""
        if self.state_interface.startswith(AGENT_DEVICE):
            return self.state_interface.removeprefix(AGENT_DEVICE)
        match = _INTERFACE_AGENT.match(self.interface)
        return match[1] if match else ""

    @property
    def device(self) -> str:
        """Whose state counts."""
        return AGENT_DEVICE + self.agent if self.agent else self.state_interface

    def may_be_called(self, now: float) -> bool:
        wraps_up = self.free_since > 0 and now < self.free_since + self.wrap_up_seconds
        return self.status == FREE and not self.paused and not wraps_up


@dataclass(slots=True, eq=False)
class Waiting:
    """A caller in line."""

    caller: Caller
    since: int
    """Epoch: Asterisk reckons in whole seconds."""
    original_position: int
    ringing: Member | None = None
    """The member whose phone rings for this caller."""
    ring: Appointment | None = None


@dataclass(slots=True, eq=False)
class Queue:
    name: str
    members: dict[str, Member] = field(default_factory=dict)
    """By interface."""
    callers: list[Waiting] = field(default_factory=list)
    completed: int = 0
    abandoned: int = 0
    hold_seconds: int = 0
    talk_seconds: int = 0
    """Both exponential averages, as recalc_holdtime and update_queue make them."""
    look: Appointment | None = None
    """The next look for members."""

    def available(self, now: float) -> int:
        return sum(member.may_be_called(now) for member in self.members.values())

    def best(self, now: float) -> Member | None:
        """By penalty, then the one whose last call is longest ago (strategy leastrecent)."""
        free = (member for member in self.members.values() if member.may_be_called(now))
        return min(free, key=lambda member: (member.penalty, member.free_since), default=None)

    def held(self, seconds: int) -> None:
        first = self.completed + self.abandoned == 0
        self.hold_seconds = seconds if first else (3 * self.hold_seconds + seconds) >> 2

    def talked(self, seconds: int) -> None:
        self.completed += 1
        self.talk_seconds = seconds if self.completed == 1 else (3 * self.talk_seconds + seconds) >> 2

    def reset(self) -> None:
        self.completed = self.abandoned = self.hold_seconds = self.talk_seconds = 0
        for member in self.members.values():
            member.calls_taken = member.last_call = 0
            member.in_call, member.free_since = False, 0.0


def agent_member(number: str) -> Member:
    """An agent as the engine's own QueueAdd describes one."""
    return Member(f"Local/{number}@{CONTEXT_AGENT_REQUEST}/n", number, AGENT_DEVICE + number)


def describe(queue: Queue, member: Member) -> str:
    """Header lines of the events on a member."""
    ringinuse = f"Ringinuse: 0\r\nWrapuptime: {member.wrap_up_seconds}\r\n"
    return f"Queue: {queue.name}\r\nMemberName: {member.name}\r\nInterface: {member.interface}\r\n" + (
        _details(member) + ringinuse
    )


def row(queue: Queue, member: Member) -> str:
    """Header lines of the status list, which names two of them otherwise."""
    return (
        f"Event: QueueMember\r\nQueue: {queue.name}\r\nName: {member.name}\r\nLocation: {member.interface}\r\n"
        f"{_details(member)}Wrapuptime: {member.wrap_up_seconds}\r\n"
    )


def _details(member: Member) -> str:
    return (
        f"StateInterface: {member.state_interface}\r\nMembership: {'dynamic' if member.dynamic else 'static'}\r\n"
        f"Penalty: {member.penalty}\r\nCallsTaken: {member.calls_taken}\r\nLastCall: {member.last_call}\r\n"
        f"LastPause: {member.last_pause}\r\nLoginTime: {member.login_time}\r\nInCall: {int(member.in_call)}\r\n"
        f"Status: {member.status}\r\nPaused: {int(member.paused)}\r\nPausedReason: {member.reason}\r\n"
    )
