"""What telephony tells the engine, in our own words. `at` is when it happened, aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd
from dialer.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class CallRinging:
    server: ServerName
    at: datetime
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class CallAnswered:
    server: ServerName
    at: datetime
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class MachineDetected:
    """Answering machine detection has spoken (whatever it said)."""

    server: ServerName
    at: datetime
    attempt: AttemptId
    result: AmdResult


@dataclass(frozen=True, slots=True)
class CallWaiting:
    """A live callee asks for an agent, from `at` on."""

    server: ServerName
    at: datetime
    attempt: AttemptId


@dataclass(frozen=True, slots=True)
class CallConnected:
    server: ServerName
    at: datetime
    attempt: AttemptId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentMissed:
    """The agent that was asked for a waiting call was not to be had; the call waits again."""

    server: ServerName
    at: datetime
    attempt: AttemptId
    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The channel is gone. `end` holds the facts of its record, or those that events alone told."""

    server: ServerName
    at: datetime
    attempt: AttemptId
    end: CallEnd


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The opt-out key was pressed in an information message: this number must not be called again.

    The server keeps it until it is told to forget it.
    """

    server: ServerName
    at: datetime
    call: str
    """The channel that it was pressed on, by its unique id on this server."""
    number: PhoneNumber
    """The number dialed; of a call back to us, the caller's."""
    attempt: AttemptId | None
    """None: a call back to us."""


@dataclass(frozen=True, slots=True)
class OriginateFailed:
    """Asterisk could not even make a channel: nothing rang and no CallEnded will follow."""

    server: ServerName
    at: datetime
    attempt: AttemptId
    reason: str


@dataclass(frozen=True, slots=True)
class AgentOnLine:
    """The agent's phone is in AgentLogin, and Asterisk counts the agent as free."""

    server: ServerName
    at: datetime
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentOffLine:
    """The agent's phone has left AgentLogin."""

    server: ServerName
    at: datetime
    agent: AgentId


@dataclass(frozen=True, slots=True)
class AgentTaken:
    """Asterisk counts the agent as in a call."""

    server: ServerName
    at: datetime
    agent: AgentId


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The server answers, is logged in to, and its state may be asked for. Nothing is known of the time before."""

    server: ServerName
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkDown:
    server: ServerName
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class InboundJoined:
    """A caller stands in an inbound queue."""

    server: ServerName
    at: datetime
    queue: str
    call: str
    """The caller's channel, by its unique id on this server."""
    caller: str
    """A pseudonym of the caller's number, always the same for the same number; empty: no number was shown."""
    number: PhoneNumber | None = field(default=None, compare=False, repr=False)
    """To look the caller up by, never kept; None: none was shown, or it is none."""


@dataclass(frozen=True, slots=True)
class InboundConnected:
    """The caller talks to a member of the queue."""

    server: ServerName
    at: datetime
    queue: str
    call: str
    agent: AgentId | None
    """None: no agent of ours."""


@dataclass(frozen=True, slots=True)
class InboundAbandoned:
    """The caller gave up."""

    server: ServerName
    at: datetime
    queue: str
    call: str


@dataclass(frozen=True, slots=True)
class InboundLeft:
    """The caller is out of the queue without a member: its time limit, a key, a transfer."""

    server: ServerName
    at: datetime
    queue: str
    call: str


@dataclass(frozen=True, slots=True)
class InboundEnded:
    """A caller who talked to a member is gone."""

    server: ServerName
    at: datetime
    queue: str
    call: str
    talk_seconds: float


class MemberState(StrEnum):
    FREE = "free"
    BUSY = "busy"
    PAUSED = "paused"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class InboundMember:
    """A member of an inbound queue is in this state now; told again, it may be unchanged."""

    server: ServerName
    at: datetime
    queue: str
    member: str
    """Who it is, the same in every queue of the server: the state interface, e.g. "Agent:1001"."""
    state: MemberState | None
    """None: no longer a member."""


InboundEvent = InboundJoined | InboundConnected | InboundAbandoned | InboundLeft | InboundEnded | InboundMember

TelephonyEvent = (
    CallRinging
    | CallAnswered
    | MachineDetected
    | CallWaiting
    | CallConnected
    | AgentMissed
    | CallEnded
    | OptedOut
    | OriginateFailed
    | AgentOnLine
    | AgentOffLine
    | AgentTaken
    | LinkUp
    | LinkDown
    | InboundEvent
)
