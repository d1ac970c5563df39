"""The roles that the engine needs played. Plain values in, plain values out; errors from dialer.domain.errors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from compliance.abandonment import Tally
from compliance.facts import Purpose
from compliance.proof import Head, Judged, Link
from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, EndedAttempt
from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus, MachineHandling
from dialer.domain.errors import BadInput
from dialer.domain.events import MemberState, OptedOut, TelephonyEvent
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, EngineName, LeadId, NumberId, ServerName
from dialer.domain.lead import Lead, LeadStatus
from dialer.domain.outcome import CallEnd, Disposition
from dialer.domain.phone import PhoneNumber
from pacing.marketing.figures import CallerTry, Step
from pacing.marketing.verdict import Cause, HandOrder, SwitchState

# --- telephony ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerStatus:
    name: ServerName
    connected: bool
    lines: int
    """The most channels that we may hold on it at once."""
    calls_per_second: float


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
    """Takes effect in the information message; empty: none."""
    recording: bool


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


# --- the contact database ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StockReport:
    """A campaign's leads by status, and why those that can't be dialed can't, by count."""

    by_status: Mapping[LeadStatus, int]
    reasons: Mapping[str, int]
    """Reason in words ("calling hours", "do-not-call", "no number", "attempt limit" ...) to leads."""
    next_due: datetime | None
    """When the first waiting lead comes due."""

    @property
    def exhausted(self) -> bool:
        """Nothing is left to dial, now or later."""
        open_statuses = (LeadStatus.READY, LeadStatus.WAITING, LeadStatus.LEASED)
        return not any(self.by_status.get(status, 0) for status in open_statuses)


@dataclass(frozen=True, slots=True)
class Blocked:
    """The gate's no to a lead: due again at `until`, or blocked for good when there is no such time."""

    lead: LeadId
    reason: str
    until: datetime | None
    judged: Judged | None = None
    """The verdict; None: nobody judged, the lead was put off."""


class LeadStock(Protocol):
    """Leads by lease: a dead engine's leads come back when the lease runs out."""

    async def claim(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> list[Lead]:
        """Lease the best leads that are ready: call-backs due first (earliest first), then by score."""

    async def release(self, leads: Sequence[LeadId], owner: EngineName) -> None:
        """Put back leads that were not dialed."""

    async def release_all(self, owner: EngineName) -> int:
        """Put back all that an engine of this name leased and did not dial: its next run need not wait for the
        leases to run out. Returns how many."""

    async def block(self, blocked: Sequence[Blocked], owner: EngineName) -> None: ...

    async def reconsider(self, campaign: CampaignId, reasons: Collection[str], *, waiting: bool = False) -> int:
        """Make leads ready that are blocked for one of these reasons, since what they were blocked for has changed;
        `waiting`: those too that wait for their time because of it. Returns how many."""

    async def wake(self, now: datetime) -> int:
        """Make waiting leads whose time has come, and leases that ran out without an open attempt, ready."""

    async def report(self, campaign: CampaignId) -> StockReport: ...


@dataclass(frozen=True, slots=True)
class OpenedAttempts:
    """Which attempts were committed; the others were not written, because of the reason named."""

    opened: frozenset[AttemptId]
    refused: Mapping[AttemptId, str]


@dataclass(frozen=True, slots=True)
class ClosedAttempt:
    """An outcome with what follows from it for the lead."""

    ended: EndedAttempt
    due_at: datetime | None
    """When the lead may be called again; None: never."""
    exhausted: bool
    """With no due time: the attempt limit was the reason, else the lead is done."""
    points: float
    """Added to the lead's score."""


class AttemptBook(Protocol):
    async def open(self, attempts: Sequence[Attempt], owner: EngineName) -> OpenedAttempts:
        """Commit attempts before they are dialed. One whose number stands on DNC by now, whose contact has withdrawn
        consent by now, whose contact or number was dialed since the verdict knew of its attempts, or whose lead's lease
        is no longer `owner`'s, is refused."""

    async def close(self, closed: Sequence[ClosedAttempt]) -> None:
        """Commit outcomes and move their leads on: due again at the time given, else done or exhausted.

        Closing a closed attempt changes nothing. A lead that has a disposition or a call-back by then keeps it.
        """

    async def still_open(self, owner: EngineName) -> list[Attempt]:
        """Attempts of this engine that have no outcome yet."""


class ProofBook(Protocol):
    """The log of verdicts: a chain an engine, only ever added to."""

    async def head(self, engine: EngineName) -> Head:
        """The end of the engine's chain."""

    async def append(self, engine: EngineName, links: Sequence[Link]) -> None:
        """Conflict: the chain goes on otherwise already, or an attempt has a verdict already."""


class AbandonmentBook(Protocol):
    """What the abandonment ledger counts from."""

    async def first_dial(self, campaign: CampaignId) -> datetime | None:
        """When the campaign's first attempt was opened; None: there is none."""

    async def tallies(
        self, campaign: CampaignId, since: Sequence[datetime], until: datetime, without: Collection[AttemptId]
    ) -> list[Tally]:
        """The campaign's closed attempts answered from each of these times on and before `until`, but for those named.

        `amd_false_share` is not known here: it is 1.
        """


@dataclass(frozen=True, slots=True)
class PacingState:
    """What a campaign's pacing had learned."""

    state: Mapping[str, Any]
    saved_at: datetime


class PacingBook(Protocol):
    """Keeps what pacing has learned of each campaign."""

    async def load(self, campaign: CampaignId) -> PacingState | None:
        """None: nothing was ever saved."""

    async def save(self, campaign: CampaignId, state: Mapping[str, Any], at: datetime) -> None:
        """Keep this in place of what was saved before; of a campaign that is gone, nothing. The state must be such
        that JSON can carry it."""


@dataclass(frozen=True, slots=True)
class CallBack:
    due_at: datetime
    agent: AgentId | None = None
    """Whom it was promised; None: any agent."""


@dataclass(frozen=True, slots=True)
class Disposed:
    attempt: AttemptId
    agent: AgentId
    disposition: Disposition
    at: datetime
    note: str = ""
    call_back: CallBack | None = None


class DispositionBook(Protocol):
    async def dispose(self, disposed: Disposed) -> None:
        """Commit how the agent closed an attempt. NotFound: no such attempt. Conflict: already disposed of, or it
        was another agent's. "do not call" puts the number on DNC in the same transaction."""


class CampaignBook(Protocol):
    async def campaigns(self) -> list[Campaign]: ...

    async def campaign(self, name: str) -> Campaign:
        """NotFound when there is none of this name."""

    async def create(self, plan: CampaignPlan) -> Campaign:
        """Conflict when the name is taken."""

    async def tune(self, campaign: CampaignId, plan: CampaignPlan) -> Campaign: ...

    async def set_status(self, campaign: CampaignId, status: CampaignStatus) -> Campaign: ...


@dataclass(frozen=True, slots=True)
class AgentRecord:
    id: AgentId
    name: str
    server: ServerName


@dataclass(frozen=True, slots=True)
class AgentNote:
    agent: AgentId
    campaign: CampaignId
    state: AgentState
    at: datetime
    reason: str


class AgentBook(Protocol):
    async def agents(self) -> list[AgentRecord]: ...

    async def enroll(self, agent: AgentRecord) -> None:
        """Add an agent, or change name and server of one."""

    async def note_states(self, notes: Sequence[AgentNote]) -> None:
        """Append to the agents' log of states, from which occupancy and a restart are rebuilt."""

    async def logged_in(self) -> Mapping[AgentId, tuple[CampaignId, AgentState]]:
        """Agents whose last noted state is not logged_out: whom a restarted engine takes back."""


class CallerIdBook(Protocol):
    """The pool of numbers that callees see."""

    async def uses(self, since: datetime) -> Sequence[CallerIdUse]:
        """Every number, in order, with what became of the attempts since then that it was shown on."""

    async def put(self, caller_id: CallerId) -> None:
        """Add a number, or change what is held of it. NotFound: no such campaign."""

    async def remove(self, number: PhoneNumber) -> None:
        """NotFound when it is not in the pool."""


class DncBook(Protocol):
    async def add(self, numbers: Sequence[PhoneNumber], source: str, at: datetime) -> int:
        """How many were new."""

    async def remove(self, number: PhoneNumber) -> None:
        """NotFound when it is not on the list. Leads that it blocked are looked at again."""

    async def listed(self, number: PhoneNumber) -> bool: ...


@dataclass(frozen=True, slots=True)
class ConsentNote:
    """What a contact said to being called. BadInput: it contradicts itself, or lacks its proof."""

    at: datetime
    given: bool
    """False: withdrawn, which holds for every purpose."""
    source: str
    """How it came to us: a web form, agent 1001 ..."""
    purpose: str = ""
    """What it was given for, of compliance.facts.Purpose; empty when it was withdrawn."""
    wording: str = ""
    """What the contact agreed to, word for word."""
    proof: str = ""
    """Where the proof is kept: a recording, a form."""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise BadInput("must say how it came to us", "source")
        if self.given and self.purpose not in list(Purpose):
            raise BadInput(f"must be one of {', '.join(Purpose)}", "purpose")
        if self.given and not self.proof.strip():
            raise BadInput("must say where the proof is kept: without one, no law takes it for consent", "proof")
        if not self.given and (self.purpose or self.expires_at):
            raise BadInput("a withdrawal holds for every purpose and has no end", "purpose")
        if self.expires_at is not None and self.expires_at <= self.at:
            raise BadInput("must be after it was given", "expires_at")


class ConsentBook(Protocol):
    """Keeps consent, given and withdrawn: every word of it, the latest counts."""

    async def note(self, contact: ContactId, note: ConsentNote) -> None:
        """NotFound: no such contact. Given, its leads that were blocked for want of it, or of an answer about a
        reassigned number that covers it, are looked at again."""

    async def of(self, contact: ContactId) -> Sequence[ConsentNote]:
        """The latest first."""


@dataclass(frozen=True, slots=True)
class ContactCard:
    """What the agent's screen shows when a call arrives."""

    contact: ContactId
    name: str
    attributes: Mapping[str, str]
    numbers: Sequence[tuple[NumberId, PhoneNumber]]
    history: Sequence[Mapping[str, str]]
    """Past attempts, latest first: at, campaign, outcome, disposition, agent, note."""


class ContactBook(Protocol):
    async def card(self, contact: ContactId) -> ContactCard: ...


# --- inbound service and the marketing switch ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InboundRecord:
    """What a restart needs of a group's service day, beside the steps."""

    steps: Sequence[Step]
    """From the time asked for on, oldest first."""
    callers: Sequence[CallerTry]


class InboundBook(Protocol):
    """Keeps what was counted of inbound service."""

    async def load(self, group: str, since: datetime) -> InboundRecord: ...

    async def save(self, saved: Mapping[str, InboundRecord], seen: Mapping[ServerName, datetime]) -> None:
        """Replace the steps and tries given, by group; `seen`: until when each server was seen without a gap."""

    async def seen(self) -> Mapping[ServerName, datetime]: ...

    async def forget(self, before: datetime) -> int:
        """Delete callers' tries of before; steps stay. Returns how many."""


@dataclass(frozen=True, slots=True)
class SwitchChange:
    """A group's switch opened or closed, with the figures that caused it."""

    group: str
    at: datetime
    state: SwitchState
    causes: tuple[Cause, ...]
    words: str
    """For people."""
    figures: Mapping[str, Any]
    """As JSON can carry it."""
    by: str = ""
    """Who, when it was by hand."""


@dataclass(frozen=True, slots=True)
class GivenOrder:
    """A supervisor's order to a switch, and what became of it."""

    group: str
    order: HandOrder
    lifted_at: datetime | None = None
    """None: nobody lifted or replaced it; it may have ended by itself."""
    lifted_by: str = ""
    lifted_why: str = ""


class SwitchBook(Protocol):
    """Keeps the marketing switches' changes, and what supervisors ordered."""

    async def note(self, change: SwitchChange) -> None: ...

    async def changes(self, group: str | None, limit: int) -> list[SwitchChange]:
        """The latest first; of one group or of all."""

    async def last(self) -> Mapping[str, SwitchChange]:
        """The latest of each group."""

    async def close(self, group: str, order: HandOrder) -> None:
        """Keep a group's marketing off; replaces an order that stands."""

    async def lift(self, group: str, by: str, why: str, at: datetime) -> None:
        """Conflict when no order stands."""

    async def given(self, group: str | None, limit: int) -> list[GivenOrder]:
        """Every order there was, the latest first; of one group or of all."""

    async def orders(self) -> Mapping[str, HandOrder]:
        """Those that stand, ended ones not among them only if they were lifted."""
