"""Versions of models and pilots in memory; tests/contract/test_score_books.py holds them to the real ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from dialer.clock import Clock
from dialer.domain.ids import CampaignId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.scoring.rescoring import ScoringPlan
from dialer.ports.scores import (
    CellOutcome,
    ModelId,
    ModelStatus,
    Pilot,
    ScoreModel,
    Target,
)
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.lead_ranks import FakeLeadRanks

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
    cells: dict[LeadId, int] = field(default_factory=dict)
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


def fake_score_desk(book: FakeContactBook, clock: Clock) -> ScoreDesk:
    pilots = FakePilotBook(book)
    random = np.random.default_rng(7)
    return ScoreDesk(
        FakeScoreBook(), pilots, FakeLeadRanks(book, cells=pilots.cells), ScoringPlan(), clock=clock, random=random
    )
