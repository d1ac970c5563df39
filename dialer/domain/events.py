"""What telephony tells the engine, in our own words. `at` is when it happened, aware UTC."""

from dataclasses import dataclass
from datetime import datetime

from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd


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


TelephonyEvent = (
    CallRinging
    | CallAnswered
    | MachineDetected
    | CallWaiting
    | CallConnected
    | AgentMissed
    | CallEnded
    | OriginateFailed
    | AgentOnLine
    | AgentOffLine
    | AgentTaken
    | LinkUp
    | LinkDown
)
