"""The contact database, as dialing sees it: leads by lease, attempts, the proof, counts, what was learned."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Protocol

from compliance.abandonment import Tally
from compliance.proof import Head, Judged, Link
from dialer.domain.call import Attempt, EndedAttempt
from dialer.domain.ids import AttemptId, CampaignId, EngineName, LeadId
from dialer.domain.lead import Claimed, Lead, LeadStatus


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
    with_agent: bool = False
    """With an agent kept for the call it may be made now."""


class LeadStock(Protocol):
    """Leads by lease: a dead engine's leads come back when the lease runs out."""

    async def claim(
        self,
        campaign: CampaignId,
        count: int,
        owner: EngineName,
        now: datetime,
        until: datetime,
        *,
        score_from: float = inf,
    ) -> list[Claimed]:
        """Lease the best leads that are ready: those that an event raised first, then call-backs due (earliest first),
        then by score. One that clashes with another campaign (dialer/domain/clash.py) is left, and waits or is blocked
        for that reason. `score_from`: of the last kind, only those of at most this score, as `look_ahead` told it a
        moment ago."""

    async def look_ahead(self, campaign: CampaignId, count: int) -> float:
        """Read the best leads by score that nobody has leased, and their people, so that the next claim finds them in
        memory. Returns the first one's score, from which that claim may look instead of past all that were called
        before; infinity: there is none. Nothing is leased."""

    async def claim_raised(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> list[Claimed]:
        """As `claim`, but only those that an event raised and whose deadline has not passed; cheap to ask often."""

    async def facts(self, campaign: CampaignId, claimed: Sequence[Claimed], now: datetime) -> list[Lead]:
        """These leads of a campaign, in the same order, with all that the gate must know of them by now."""

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
        """Make waiting leads whose time has come, and leases that ran out without an open attempt, ready. Leads whose
        deadline has passed end, or, if they were there before an event raised them, go on as before."""

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
