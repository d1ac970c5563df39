"""The contact database, as quality sampling sees it: the calls of a week, what was sampled, scores, and the cases."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.quality.assigning import Assigned
from dialer.domain.quality.forms import ScoreForm
from dialer.domain.quality.review import Dispute, Notice, Review, Score
from dialer.domain.quality.sampling import DrawnCall, FrameCall, StratumDrawn


@dataclass(frozen=True, slots=True)
class Sample:
    """One week's draw."""

    week: date
    """Its Monday."""
    begins_at: datetime
    ends_at: datetime
    seed: str
    rules_digest: str
    """Of the rules that it was drawn by."""
    drawn_at: datetime
    drawn_by: str
    calls: int
    """That there were."""
    taken: int


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which sampled calls; what is left out holds for any."""

    begin: date | None = None
    """The first week ..."""
    end: date | None = None
    """... and the last, by their Mondays."""
    agent: AgentId | None = None
    reviewer: str | None = None
    """Whose part is still to be scored."""
    disputed: bool = False
    """Those with an open dispute alone."""
    fatal: bool = False
    """Those with a fatal finding and no notice alone."""
    after: AttemptId | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    attempt: AttemptId
    kind: str
    note: str
    at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Case:
    id: int
    attempt: AttemptId
    title: str
    why: str
    tags: Sequence[str]
    added_by: str
    added_at: datetime
    agent: AgentId | None
    campaign: str


@dataclass(frozen=True, slots=True)
class CaseFilter:
    words: str = ""
    """As one types into a search box: all of them, "in quotes" as a phrase, -without, or."""
    tags: Collection[str] = field(default_factory=tuple)
    """All of them."""
    after: int | None = None
    limit: int = 100


class QualityBook(Protocol):
    """All raise DatabaseUnavailable."""

    def frame(self, begin: datetime, end: datetime) -> AsyncIterator[Sequence[FrameCall]]:
        """Every call that an agent had with a person and that ended from `begin` on and before `end`, in parts and in
        whatever order."""

    async def first_calls(self, agents: Collection[AgentId]) -> Mapping[AgentId, datetime]:
        """When each agent's first call with a person ended."""

    async def keep_sample(
        self,
        sample: Sample,
        strata: Sequence[StratumDrawn],
        calls: Sequence[tuple[DrawnCall, ScoreForm]],
        places: Sequence[Assigned] = (),
    ) -> None:
        """All of it, with who reviews what, or nothing. Conflict: the week was drawn already."""

    async def samples(self, begin: date | None = None, end: date | None = None) -> Sequence[Sample]:
        """By week."""

    async def strata(self, begin: date | None, end: date | None) -> Mapping[tuple[date, AgentId, str], int]:
        """How many calls each stratum of each week has."""

    async def assign(self, places: Sequence[Assigned], at: datetime) -> int:
        """Put reviewers in places that are not scored, instead of those who are there; how many were."""

    async def missed_complaints(self) -> Sequence[tuple[date, FrameCall]]:
        """Calls of weeks that are drawn that somebody complained of, and that are not in the sample; with the week."""

    async def add_calls(self, calls: Sequence[tuple[date, FrameCall, ScoreForm]]) -> int:
        """Put calls into a sample beside the draw, without a probability; how many were not in it."""

    async def reviews(self, wanted: ReviewFilter) -> Sequence[Review]:
        """By week and attempt."""

    async def review(self, attempt: AttemptId) -> Review:
        """NotFound: this call is in no sample."""

    async def keep_score(self, attempt: AttemptId, score: Score) -> None:
        """Conflict: there is one in this place. NotFound: the call is in no sample."""

    async def mark_unscorable(self, attempt: AttemptId, why: str) -> None:
        """NotFound: the call is in no sample."""

    async def open_dispute(self, attempt: AttemptId, dispute: Dispute) -> None:
        """Conflict: one is open. NotFound: the call is in no sample."""

    async def settle(self, attempt: AttemptId, settled: Dispute, score: Score | None) -> None:
        """Settle the open dispute, with a score in its place. Conflict: none is open."""

    async def note_complaint(self, about: AttemptId | ContactId, complaint: Complaint) -> AttemptId:
        """Keep a complaint about a call, or about the last one that an agent had with a contact by then; which call.
        NotFound: there is no such call. Conflict: the person was erased."""

    async def complaints(self, after: datetime | None, limit: int) -> Sequence[Complaint]:
        """The latest first, those before `after`."""

    async def publish(self, notices: Sequence[Notice]) -> int:
        """How many were not there yet; one a call."""

    async def notices(self, day: date | None = None) -> Sequence[Notice]:
        """Those that hold on a day, or all; the latest first."""

    async def withdraw(self, notice: int, by: str, at: datetime, why: str) -> None:
        """NotFound: no such notice. Conflict: it was withdrawn."""

    async def loads(self) -> Mapping[str, int]:
        """How many calls each reviewer has still to score."""


class CaseBook(Protocol):
    """The library of calls to learn from."""

    async def add(self, case: Case) -> Case:
        """Its id, agent and campaign are found. NotFound: no such call with an agent. Conflict: it is a case already,
        or the person was erased."""

    async def change(self, case: int, tags: Sequence[str]) -> Case:
        """NotFound."""

    async def remove(self, case: int) -> None:
        """NotFound."""

    async def cases(self, wanted: CaseFilter) -> Sequence[Case]:
        """Those that fit words best first, then the latest; without words the latest first."""

    async def tags(self) -> Mapping[str, int]:
        """How many cases bear each."""
