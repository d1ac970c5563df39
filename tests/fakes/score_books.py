"""Versions of models and pilots in memory; tests/contract/test_score_books.py holds them to the real ones."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dialer.clock import Clock
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.scoring.features import columns_of
from dialer.engine.scoring.rescoring import ScoringPlan
from dialer.ports.scores import (
    CellOutcome,
    LeadPage,
    ModelId,
    ModelStatus,
    PastCalls,
    Pilot,
    RankedLeads,
    ScoreModel,
    Target,
)
from tests.fakes.contact_book import FakeContactBook, FakeLead

FIRST = 1e10


@dataclass
class FakeScoreBook:
    held: list[ScoreModel] = field(default_factory=list)

    async def add(self, model: ScoreModel) -> ModelId:
        if model.status is ModelStatus.CHAMPION:
            self.held = [
                replace(one, status=ModelStatus.RETIRED) if self._rival(one, model) else one for one in self.held
            ]
        self.held.append(replace(model, id=ModelId(len(self.held) + 1)))
        return self.held[-1].id

    @staticmethod
    def _rival(one: ScoreModel, model: ScoreModel) -> bool:
        same = (one.campaign, one.target) == (model.campaign, model.target)
        return same and one.status is ModelStatus.CHAMPION

    async def champion(self, campaign: CampaignId, target: Target) -> ScoreModel | None:
        theirs = [one for one in self.held if (one.campaign, one.target) == (campaign, target)]
        return next((one for one in theirs if one.status is ModelStatus.CHAMPION), None)

    async def models(self, campaign: CampaignId, most: int = 20) -> Sequence[ScoreModel]:
        theirs = [replace(one, data=b"") for one in self.held if one.campaign == campaign]
        return theirs[::-1][:most]


@dataclass
class FakePilotBook:
    book: FakeContactBook
    cells: dict[int, int] = field(default_factory=dict)
    """By lead."""
    held: dict[CampaignId, Pilot] = field(default_factory=dict)

    async def put(self, pilot: Pilot) -> None:
        self.held[pilot.campaign] = pilot

    async def pilot(self, campaign: CampaignId) -> Pilot | None:
        return self.held.get(campaign)

    async def outcomes(self, campaign: CampaignId, since: datetime, tier: str) -> Sequence[CellOutcome]:
        leads = [one for one in self.book.leads.values() if one.campaign == campaign]
        calls: Counter[int] = Counter()
        tiers: dict[int, Counter[str]] = {}
        for one in self.book.attempts.values():
            if one.attempt.campaign != campaign or one.attempt.opened_at < since:
                continue
            cell = self.cells.get(one.attempt.lead, 0)
            calls[cell] += one.counts
            if one.disposition is Disposition.SALE:
                known = self.book.contacts[one.attempt.contact].attributes.get(tier, "")
                tiers.setdefault(cell, Counter())[known] += 1
        return [
            CellOutcome(
                cell,
                sum(self.cells.get(one.id, 0) == cell and one.status is LeadStatus.READY for one in leads),
                calls[cell],
                sum(tiers.get(cell, Counter()).values()),
                dict(tiers.get(cell, {})),
            )
            for cell in sorted({self.cells.get(one.id, 0) for one in leads})
        ]

    async def put_first(self, campaign: CampaignId, leads: Mapping[int, int], *, at_random: bool) -> int:
        mine = [one for one in self.book.leads.values() if one.campaign == campaign]
        for one in mine:
            if one.score >= FIRST / 2 and one.status is not LeadStatus.LEASED:
                one.score -= FIRST
        moved = 0
        for cell, count in leads.items():
            ready = [one for one in mine if self.cells.get(one.id, 0) == cell and one.status is LeadStatus.READY]
            for one in sorted(ready, key=lambda lead: (-lead.score, lead.id))[:count]:
                one.score += FIRST
                moved += 1
        return moved


@dataclass
class FakeLeadRanks:
    """Reads and writes leads; of past calls it knows nothing, so no model is trained on it."""

    book: FakeContactBook
    pilots: FakePilotBook
    answers: dict[LeadId, float] = field(default_factory=dict)
    hours: dict[LeadId, Sequence[float]] = field(default_factory=dict)

    async def calls(self, campaign: CampaignId, until: datetime, most: int = 500_000) -> PastCalls:
        none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
        return PastCalls({}, none, nobody, none, none, None)

    async def count(self, campaign: CampaignId) -> int:
        return len(self._open(campaign))

    async def pages(self, campaign: CampaignId, now: datetime) -> AsyncIterator[LeadPage]:
        if found := self._open(campaign):
            yield self._page(found)

    async def page_of(self, campaign: CampaignId, lead: LeadId, now: datetime) -> LeadPage:
        found = [one for one in self._open(campaign) if one.id == lead]
        if not found:
            raise NotFound(f"no lead {lead} of this campaign that may still be called")
        return self._page(found)

    async def write(self, ranked: RankedLeads) -> int:
        written = 0
        for place, lead in enumerate(ranked.leads.tolist()):
            held = self.book.leads[LeadId(lead)]
            if held.status in _CALLABLE and held.attempts == ranked.attempts[place]:
                held.score = float(ranked.scores[place]) + (FIRST if held.score >= FIRST / 2 else 0)
                self.pilots.cells[held.id] = int(ranked.cells[place])
                self.answers[held.id] = float(ranked.answer[place])
                written += 1
        return written

    async def write_hours(self, page: LeadPage, hours: NDArray[np.int16], chances: NDArray[np.float64]) -> None:
        self.hours |= {LeadId(lead): row.tolist() for lead, row in zip(page.leads.tolist(), chances, strict=True)}

    async def of(self, leads: Mapping[LeadId, ContactId]) -> Mapping[LeadId, Sequence[float]]:
        return {lead: self.hours[lead] for lead in leads if lead in self.hours}

    def _known(self, lead: FakeLead) -> dict[str, object]:
        return {"attempts_so_far": lead.attempts, **self.book.contacts[lead.contact].attributes}

    def _open(self, campaign: CampaignId) -> list[FakeLead]:
        return [one for one in self.book.leads.values() if one.campaign == campaign and one.status in _CALLABLE]

    def _page(self, found: list[FakeLead]) -> LeadPage:
        scores = [one.score - (FIRST if one.score >= FIRST / 2 else 0) for one in found]
        return LeadPage(
            leads=np.array([one.id for one in found], dtype=np.int64),
            contacts=np.array([one.contact for one in found], dtype=np.int64),
            attempts=np.array([one.attempts for one in found], dtype=np.int64),
            scores=np.array(scores),
            answer=np.array([self.answers.get(one.id, np.nan) for one in found]),
            cells=np.array([self.pilots.cells.get(one.id, 0) for one in found], dtype=np.int16),
            history=np.array(scores),
            columns=columns_of([self._known(one) for one in found]),
        )


_CALLABLE = (LeadStatus.READY, LeadStatus.WAITING)


def fake_score_desk(book: FakeContactBook, clock: Clock) -> ScoreDesk:
    pilots = FakePilotBook(book)
    random = np.random.default_rng(7)
    return ScoreDesk(FakeScoreBook(), pilots, FakeLeadRanks(book, pilots), ScoringPlan(), clock=clock, random=random)
