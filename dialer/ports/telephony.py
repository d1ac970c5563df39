"""The switch, as the engine sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dialer.domain.campaign import MachineHandling
from dialer.domain.events import MemberState, OptedOut, TelephonyEvent
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ServerName
from dialer.domain.outcome import CallEnd
from dialer.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class ServerStatus:
    name: ServerName
    connected: bool
    lines: int
    """The most channels that we may hold on it at once."""
    calls_per_second: float
    prompt_lines: int = 0
    """The most of them that may play recorded prompts."""


@dataclass(frozen=True, slots=True)
class CallOrder:
    """All that a server needs to place one attempt."""

    attempt: AttemptId
    server: ServerName
    campaign: CampaignId
    number: PhoneNumber
    ring_seconds: int
    agent_wait_seconds: float
    machine_handling: MachineHandling
    caller_id: str
    queue: str
    message: str
    information_message: str
    opt_out_key: str
    """Takes effect in the information message and in the prompt; empty: none."""
    recording: bool
    prompt: str = ""
    """Sound file that is played to who answers, without an agent; empty: an agent takes the call."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """An attempt's channel that Asterisk holds now."""

    attempt: AttemptId
    answered: bool
    waiting_since: datetime | None = None
    agent: AgentId | None = None
    """The agent it talks to."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a server knows at one moment; the ground on which open attempts are settled."""

    server: ServerName
    taken_at: datetime
    started_at: datetime
    """When this Asterisk was started: it can swear to nothing before."""
    live: Mapping[AttemptId, LiveCall] = field(default_factory=dict)
    ended: Mapping[AttemptId, CallEnd] = field(default_factory=dict)
    """The records that hangup handlers left and we have not taken yet."""
    agents: Mapping[AgentId, bool] = field(default_factory=dict)
    """Agents whose phone is on the line; True: free."""
    opt_outs: Sequence[OptedOut] = ()
    """Opt-out keys that were pressed, on any engine's calls, and that the server was not told to forget yet."""


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """A caller in an inbound queue; see InboundJoined."""

    call: str
    caller: str
    since: datetime


@dataclass(frozen=True, slots=True)
class InboundSnapshot:
    """The inbound queues of a server at one moment. Campaigns' fallback queues are not among them."""

    server: ServerName
    taken_at: datetime
    waiting: Mapping[str, Sequence[WaitingCaller]] = field(default_factory=dict)
    """By queue: every queue that the server has, callers or not."""
    members: Mapping[str, Mapping[str, MemberState]] = field(default_factory=dict)
    """By queue and member; see InboundMember."""


@dataclass(frozen=True, slots=True)
class InboundDuty:
    """How an agent serves inbound queues."""

    penalty: int
    """0: among the first to be asked."""
    paused: bool
    reason: str
    """Of a pause, as Asterisk shows it."""


class Telephony(Protocol):
    """The switch. Every method raises TelephonyUnavailable when the link is down or goes before the answer."""

    def servers(self) -> Sequence[ServerStatus]: ...

    async def next_events(self) -> Sequence[TelephonyEvent]:
        """Wait for what has happened since the last call, in order; never empty."""

    async def originate(self, order: CallOrder) -> None:
        """Place the call, once. ActionRefused: certainly not placed. TelephonyUnavailable: not known."""

    async def connect(self, server: ServerName, attempt: AttemptId, agent: AgentId) -> None:
        """Give a waiting call to an agent. ActionRefused: the call is gone."""

    async def hang_up(self, server: ServerName, attempt: AttemptId) -> None:
        """End a call; of one that is gone already, nothing."""

    async def pause_recording(self, server: ServerName, attempt: AttemptId, *, paused: bool) -> None:
        """Have the recording of a call be silent from now on, or go on. ActionRefused: the call is gone, or is not
        recorded."""

    async def has_sound(self, server: ServerName, sound: str) -> bool:
        """Whether a prompt's sound is there to be played; several are joined by &, and each must be. ActionRefused: it
        can't be a sound, or the server can't tell, and why."""

    async def log_in(self, server: ServerName, agent: AgentId, queue: str) -> None:
        """Call the agent's phone into AgentLogin and join the fallback queue. AgentOnLine tells when done."""

    async def log_out(self, server: ServerName, agent: AgentId, queue: str) -> None: ...

    async def pause(self, server: ServerName, agent: AgentId, queue: str, *, paused: bool, reason: str) -> None:
        """Keep the fallback queue's picture of the agent like ours."""

    async def share(self, server: ServerName, agent: AgentId, queues: Sequence[str], duty: InboundDuty | None) -> None:
        """Make an agent a member of inbound queues with this duty, or change it; None: no longer a member.
        ActionRefused names a queue that the server does not have; the others are done all the same."""

    async def inbound(self, server: ServerName) -> InboundSnapshot: ...

    async def snapshot(self, server: ServerName) -> Snapshot: ...

    async def forget(self, server: ServerName, attempts: Sequence[AttemptId]) -> None:
        """Delete the ended records of attempts whose outcome is stored."""

    async def forget_opt_outs(self, server: ServerName, calls: Sequence[str]) -> None:
        """Delete the records of opt-out keys that were pressed on these calls: the numbers are on DNC."""

    async def heartbeat(self, server: ServerName) -> None:
        """Tell the dialplan that this engine lives; without it, answered calls go to the campaign's queue."""
