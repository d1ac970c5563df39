"""The contact database, as scoring sees it: calls to learn from, leads to rank, versions of models, pilots."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, NewType, Protocol

import numpy as np
from numpy.typing import NDArray

from dialer.domain.ids import CampaignId, ContactId, LeadId

ModelId = NewType("ModelId", int)
HOURS = tuple(range(8, 22))
"""Local hours in which anywhere calls are legal; calling hours narrow them further. By them chances are kept."""


class Target(StrEnum):
    """What a model says."""

    ANSWER = "answer"  # that a call is answered by a person
    SALE = "sale"  # that an answered call ends in a sale


class ModelStatus(StrEnum):
    CHAMPION = "champion"  # its campaign's leads are scored by it
    RETIRED = "retired"  # a better one took its place
    REFUSED = "refused"  # was no better than what served


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """A version of a model, as it is kept."""

    campaign: CampaignId
    target: Target
    status: ModelStatus
    trained_at: datetime
    trained_until: datetime
    """The newest call that it learned from."""
    rows: int
    wins: int
    reason: str
    """Why it has its status."""
    figures: Mapping[str, Any]
    data: bytes = field(repr=False)
    id: ModelId = ModelId(0)
    """Given by the book."""


class ScoreBook(Protocol):
    """Versions of models. None is ever changed but for its status."""

    async def add(self, model: ScoreModel) -> ModelId:
        """Keep a model; when it is a champion, the one before it is retired in the same moment."""

    async def champion(self, campaign: CampaignId, target: Target) -> ScoreModel | None: ...

    async def models(self, campaign: CampaignId, most: int = 20) -> Sequence[ScoreModel]:
        """The newest first, without their data."""


@dataclass(frozen=True, slots=True)
class PastCalls:
    """Calls that reached a telephone, in order of time, with what was known before each."""

    columns: Mapping[str, NDArray[Any]]
    at_days: NDArray[np.float64]
    """Days since 1970."""
    contacts: NDArray[np.int64]
    answered: NDArray[np.float64]
    """1: by a person."""
    sold: NDArray[np.float64]
    talk_minutes: float | None
    """Mean of the answered ones; None: there are none."""


class Stretch(NamedTuple):
    """A part of a campaign's leads: those of contacts after this one, and up to that."""

    after: int
    upto: int
    leads: int
    """All of them; some may not be called any more."""


class Asked(NamedTuple):
    """What a scorer reads of leads."""

    features: frozenset[str] | None = None
    """By name; None: every one that there is."""
    history: bool = False
    """And the points of past contacts."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A long column of words, each different one once: what is asked of a word is asked once, not for each row."""

    words: Sequence[str]
    codes: NDArray[np.int64]
    """Of each row, the place of its word."""

    dtype = np.dtype(object)
    """As an array of words has it."""

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice | NDArray[Any]) -> "Coded":
        return Coded(self.words, self.codes[rows])

    def __iter__(self) -> Iterator[str]:
        return (self.words[code] for code in self.codes.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        found = np.empty(len(self), dtype=object)
        found[:] = list(self)
        return found if dtype is None else found.astype(dtype)


@dataclass(frozen=True, slots=True)
class LeadPage:
    """Leads to be ranked."""

    leads: NDArray[np.int64]
    contacts: NDArray[np.int64]
    attempts: NDArray[np.int64]
    """So far; a lead that is called meanwhile is not written."""
    scores: NDArray[np.float64]
    """As they are now, and so are the next two; NaN and 0: none yet."""
    answer: NDArray[np.float64]
    cells: NDArray[np.int16]
    history: NDArray[np.float64]
    """Imported score plus points of past contacts; 0 where nobody asked for it."""
    columns: Mapping[str, NDArray[Any] | Coded]
    """What was asked for and is known, and attempts_so_far at any rate."""


@dataclass(frozen=True, slots=True)
class RankedLeads:
    leads: NDArray[np.int64]
    contacts: NDArray[np.int64]
    attempts: NDArray[np.int64]
    scores: NDArray[np.float64]
    answer: NDArray[np.float64]
    """Chance of an answer; NaN: not known."""
    cells: NDArray[np.int16]


PageReader = Callable[[Stretch], Awaitable[LeadPage]]


class LeadRanks(Protocol):
    """What scoring reads of calls and leads, and writes to leads; beside the dialing, never in its way."""

    async def calls(self, campaign: CampaignId, until: datetime, most: int = 500_000) -> PastCalls:
        """The newest so many."""

    async def stretches(self, campaign: CampaignId) -> Sequence[Stretch]:
        """All of its leads, in parts that are read at once."""

    async def reader(self, campaign: CampaignId, now: datetime, asked: Asked) -> PageReader:
        """What reads the leads of a stretch that may still be called; several may be read at once."""

    async def write_cells(self, leads: NDArray[np.int64], contacts: NDArray[np.int64], cells: NDArray[np.int16]) -> int:
        """Give leads their cells, whatever their places. Returns how many got another one."""

    async def page_of(self, campaign: CampaignId, lead: LeadId, now: datetime) -> LeadPage:
        """One lead. NotFound: the campaign has none of this number that may still be called."""

    def undisturbed(self) -> AbstractAsyncContextManager[None]:
        """To be held while many leads are read and written: the database does not tidy up behind them meanwhile."""

    async def write(self, ranked: RankedLeads) -> int:
        """Give leads their places. Leads in an engine's hands, or called meanwhile, keep what they have. Returns how
        many were written."""

    async def write_hours(self, page: LeadPage, hours: NDArray[np.int16], chances: NDArray[np.float64]) -> None:
        """Keep each lead's best local hour, and its chances of an answer: a row a lead, in the order of HOURS."""


class LeadHours(Protocol):
    async def of(self, leads: Mapping[LeadId, ContactId]) -> Mapping[LeadId, Sequence[float]]:
        """Chances of an answer in the order of HOURS; of leads of which none are kept, nothing."""


class CellOutcome(NamedTuple):
    """What came of a cell."""

    cell: int
    ready: int
    """Leads that may be called next."""
    calls: int
    sales: int
    tiers: Mapping[str, int]
    """Its sales by the customers' tier of value; "": none is known."""


@dataclass(frozen=True, slots=True)
class Pilot:
    campaign: CampaignId
    started_at: datetime
    sample: float
    floor: float
    moved_at: datetime | None = None
    shares: Mapping[int, int] = field(default_factory=dict)
    """Leads that the last move put first, by cell."""


class PilotBook(Protocol):
    async def put(self, pilot: Pilot) -> None:
        """Start one, or note a move of it."""

    async def pilot(self, campaign: CampaignId) -> Pilot | None: ...

    async def outcomes(self, campaign: CampaignId, since: datetime, tier: str) -> Sequence[CellOutcome]:
        """By cell, in order: leads that are ready, calls and sales since then. `tier`: the attribute that names a
        customer's tier."""

    async def put_first(self, campaign: CampaignId, leads: Mapping[int, int], *, at_random: bool) -> int:
        """Put so many ready leads of each cell before all others, the best of each, or any; those that an earlier call
        put first and nobody called go back to their places. Returns how many are first now."""
