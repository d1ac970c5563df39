"""Waves, as the engine keeps them in the contact database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign
from dialer.domain.contact import Channel
from dialer.domain.ids import ActId, CampaignId, ContactId, EngineName, LeadId
from dialer.domain.lead import Lead, LeadStatus
from dialer.domain.wave import PlaceState, Results, Sent, WavePlan, WavesState
from dialer.ports.channels import Receipt, Reply
from dialer.ports.leads import OpenedAttempts


@dataclass(frozen=True, slots=True)
class CampaignWaves:
    campaign: Campaign
    plan: WavePlan
    state: WavesState


@dataclass(frozen=True, slots=True)
class LeadState:
    """How a person's lead stands, for waves that let it be called."""

    status: LeadStatus
    last_outcome: str
    disposition: str
    last_attempt_at: datetime | None
    ours: bool
    """It waits for the waves."""


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A person whose turn has come, with all that the next step needs to know."""

    lead: Lead
    lead_state: LeadState
    step: int
    state: PlaceState
    due_at: datetime
    acted_at: datetime | None
    """When the last step was taken."""
    results: Results
    email: str = ""
    preferred: Channel | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """What a text may name of the person."""
    messages: tuple[datetime, ...] = ()
    """When messages went to this person, by any campaign, in order, as far back as caps reach."""
    live_elsewhere: bool = False
    """Another campaign has a lead of theirs at hand or in a call."""
    clash: str = ""
    """Why they are not to be approached now, for the sake of other campaigns (dialer/domain/clash.py)."""
    clash_until: datetime | None = None
    """None: for good."""
    number_messages: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    """The same by number, whoever has it."""


@dataclass(frozen=True, slots=True)
class NewAct:
    """A step to be written down before it is carried out; the place moves on with it."""

    id: ActId
    campaign: CampaignId
    contact: ContactId
    lead: LeadId
    place: int
    step: str
    channel: Channel
    at: datetime
    due_at: datetime
    """When the next step is looked at."""
    go_on_at: Sequence[str]
    state: PlaceState
    before: int
    """The step that was taken before: where the place goes back to if this one certainly did nothing."""
    address: str = ""
    sender: str = ""
    verdict: str = ""
    known_contacts: int | None = None
    """How many calls and messages who judged it knew of, as far back as caps reach; None: they do not matter to it."""
    reason: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A step that is a call with a recorded prompt: act and attempt bear one id, and are committed as one."""

    act: NewAct
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a message when it was handed to its channel."""

    act: ActId
    contact: ContactId
    result: str
    at: datetime
    reference: str = ""
    reason: str = ""
    again_at: datetime | None = None
    """The step is taken anew then: this one certainly did nothing."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A place that goes on without an act."""

    campaign: CampaignId
    contact: ContactId
    state: PlaceState
    due_at: datetime | None
    reason: str
    step: int | None = None
    """Counts as taken now; None: stays."""
    results: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Added to what is known."""
    hold_lead: bool = False
    """The lead may not be called any more until the waves say so."""


class NewsBook(Protocol):
    """Takes what comes back by the channels."""

    async def note_receipts(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        """Commit them; returns those of no message of ours that is known by now."""

    async def note_reply(self, reply: Reply, *, opted_out: bool) -> int:
        """Commit it to the history of those to whom we wrote at this address, latest; how many contacts those are.

        Opted out: the number goes on do-not-call, and by e-mail, which has none, consent is withdrawn. In the same
        transaction. Else the channel is noted as one that the person uses.
        """


class WaveBook(NewsBook, Protocol):
    async def waves(self) -> Sequence[CampaignWaves]:
        """Every campaign that has a plan."""

    async def claim(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> Sequence[DuePlace]:
        """The places that are due, the longest due first; nobody else gets them before `until`."""

    async def enroll(self, campaign: CampaignId, now: datetime, statuses: Sequence[LeadStatus]) -> int:
        """Give leads of these statuses that have no place yet one, at the beginning, and have them wait for it. How
        many at a time is the book's; 0: there is none left."""

    async def sent(self, campaign: CampaignId, step: str, now: datetime) -> Sent: ...

    async def write(self, acts: Sequence[NewAct], owner: EngineName, now: datetime) -> Mapping[ActId, str]:
        """Commit acts and move their places. Returns those that were not written, with why: their number stands on
        do-not-call by now, their contact has withdrawn consent, was contacted meanwhile, or the claim ran out."""

    async def write_prompts(self, prompts: Sequence[NewPrompt], owner: EngineName, now: datetime) -> OpenedAttempts:
        """Commit prompts of one campaign: acts as `write` does, and their attempts as AttemptBook.open. One whose
        lead does not wait for the waves any more, or is live in another campaign, is refused."""

    async def settle(self, settled: Sequence[Settled]) -> None:
        """Commit what became of messages, add it to their places' results, and to the contacts' history."""

    async def move(self, moved: Sequence[Moved], owner: EngineName) -> None: ...

    async def take_over(self, owner: EngineName, now: datetime) -> int:
        """Of an engine that starts: what it had written and not settled may have been sent. How many those are."""

    async def note(self, campaign: CampaignId, note: str) -> None:
        """Keep why the last turn did no more, for those who look."""
