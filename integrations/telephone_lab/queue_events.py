"""The texts of app_queue's events, header for header as Asterisk 22 writes them."""

from dataclasses import dataclass

from integrations.telephone_lab import events
from integrations.telephone_lab.agents import Caller
from integrations.telephone_lab.channels import Channel
from integrations.telephone_lab.queue_members import Member, Queue, Waiting, describe

_PRIVILEGE = "agent,all"


@dataclass(frozen=True, slots=True)
class Served:
    """A caller and the member who is called, or talks."""

    queue: Queue
    member: Member
    caller: Caller
    leg: Channel | None
    """The member's channel, if there is one."""


def join(queue: Queue, waiting: Waiting, position: int) -> str:
    return _on_caller("QueueCallerJoin", queue, waiting, f"Position: {position}\r\nCount: {len(queue.callers)}\r\n")


def leave(queue: Queue, waiting: Waiting, position: int) -> str:
    """Once the caller is out of line."""
    return _on_caller("QueueCallerLeave", queue, waiting, f"Position: {position}\r\nCount: {len(queue.callers)}\r\n")


def abandon(queue: Queue, waiting: Waiting, position: int, now: int) -> str:
    more = (
        f"Position: {position}\r\nOriginalPosition: {waiting.original_position}\r\nHoldTime: {now - waiting.since}\r\n"
    )
    return _on_caller("QueueCallerAbandon", queue, waiting, more)


def member(event: str, queue: Queue, of: Member) -> str:
    return events.plain(event, describe(queue, of), _PRIVILEGE)


def called(served: Served) -> str:
    return _on_both("AgentCalled", served, "")


def connect(served: Served, hold_seconds: int, ring_seconds: int) -> str:
    return _on_both("AgentConnect", served, f"HoldTime: {hold_seconds}\r\nRingTime: {ring_seconds}\r\n")


def complete(served: Served, hold_seconds: int, talk_seconds: int, *, by_member: bool) -> str:
    reason = "agent" if by_member else "caller"
    more = f"HoldTime: {hold_seconds}\r\nTalkTime: {talk_seconds}\r\nReason: {reason}\r\n"
    return _on_both("AgentComplete", served, more)


def _on_caller(event: str, queue: Queue, waiting: Waiting, more: str) -> str:
    return events.about(event, waiting.caller.channel, f"Queue: {queue.name}\r\n{more}", _PRIVILEGE)


def _on_both(event: str, served: Served, more: str) -> str:
    dest = events.dest(served.leg) if served.leg else ""
    member = f"Interface: {served.member.interface}\r\nMemberName: {served.member.name}\r\n"
    text = f"{dest}Queue: {served.queue.name}\r\n{member}{more}"
    return events.about(event, served.caller.channel, text, _PRIVILEGE)
