"""Leads and past calls in memory, as scoring reads and writes them; tests/contract/test_lead_ranks.py holds them to the
real ones."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dialer.domain.errors import DatabaseUnavailable, NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.lead import LeadStatus
from dialer.ports.scores import Asked, LeadPage, PageReader, PastCalls, RankedLeads, Stretch
from tests.fakes.contact_book import FakeContactBook

OPEN = {LeadStatus.READY, LeadStatus.WAITING}
NO_CALLS = PastCalls({}, np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), None)


@dataclass
class FakeLeadRanks:
    book: FakeContactBook
    past: Callable[[datetime], PastCalls] = lambda _: NO_CALLS
    """What was known at a moment; the same of every campaign."""
    away_for: set[CampaignId] = field(default_factory=set)
    """Campaigns whose leads can't be read."""
    stretch: int = 50_000
    answer: dict[LeadId, float] = field(default_factory=dict)
    cells: dict[LeadId, int] = field(default_factory=dict)
    hours: dict[LeadId, Sequence[float]] = field(default_factory=dict)

    async def calls(self, campaign: CampaignId, until: datetime, most: int = 500_000) -> PastCalls:
        return self.past(until)

    async def stretches(self, campaign: CampaignId) -> list[Stretch]:
        if campaign in self.away_for:
            raise DatabaseUnavailable("down")
        contacts = sorted(one.contact for one in self.book.leads.values() if one.campaign == campaign)
        parts = [contacts[start : start + self.stretch] for start in range(0, len(contacts), self.stretch)]
        starts = [-1, *(part[-1] for part in parts)]
        return [Stretch(after, part[-1], len(part)) for after, part in zip(starts, parts, strict=False)]

    @asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        yield

    async def reader(self, campaign: CampaignId, now: datetime, asked: Asked) -> PageReader:
        async def read(stretch: Stretch) -> LeadPage:
            return self._page(campaign, stretch, asked)

        return read

    def _page(self, campaign: CampaignId, stretch: Stretch, asked: Asked) -> LeadPage:
        leads = [
            one
            for one in sorted(self.book.leads.values(), key=lambda lead: lead.contact)
            if one.campaign == campaign and one.status in OPEN and stretch.after < one.contact <= stretch.upto
        ]
        said = [self.book.contacts[one.contact].attributes for one in leads]
        names = {name for one in said for name in one} if asked.features is None else asked.features
        columns = {name: np.array([one.get(name, "") for one in said], dtype=object) for name in names}
        return LeadPage(
            leads=np.array([one.id for one in leads], dtype=np.int64),
            contacts=np.array([one.contact for one in leads], dtype=np.int64),
            attempts=np.array([one.attempts for one in leads], dtype=np.int64),
            scores=np.array([one.score for one in leads], dtype=float),
            answer=np.array([self.answer.get(one.id, np.nan) for one in leads], dtype=float),
            cells=np.array([self.cells.get(one.id, 0) for one in leads], dtype=np.int16),
            history=np.array([one.score if asked.history else 0.0 for one in leads], dtype=float),
            columns={
                "attempts_so_far": np.array([one.attempts for one in leads], dtype=float),
                **{name: column for name, column in columns.items() if any(column)},
            },
        )

    async def write(self, ranked: RankedLeads) -> int:
        written = 0
        await asyncio.sleep(0)
        for place, name in enumerate(ranked.leads.tolist()):
            lead = self.book.leads[LeadId(name)]
            if lead.status not in OPEN or lead.attempts != ranked.attempts[place]:
                continue
            old = (lead.score, self.answer.get(lead.id), self.cells.get(lead.id, 0))
            chance = float(ranked.answer[place])
            answer = None if np.isnan(chance) else chance
            new = (float(ranked.scores[place]), answer, int(ranked.cells[place]))
            lead.score, self.cells[lead.id] = new[0], new[2]
            if answer is not None:
                self.answer[lead.id] = answer
            written += new != old
        return written

    async def page_of(self, campaign: CampaignId, lead: LeadId, now: datetime) -> LeadPage:
        held = self.book.leads.get(lead)
        if held is None or held.campaign != campaign or held.status not in OPEN:
            raise NotFound(f"no lead {lead} of this campaign that may still be called")
        return self._page(campaign, Stretch(held.contact - 1, held.contact, 1), Asked(history=True))

    async def write_hours(self, page: LeadPage, hours: NDArray[np.int16], chances: NDArray[np.float64]) -> None:
        self.hours |= {LeadId(lead): row.tolist() for lead, row in zip(page.leads.tolist(), chances, strict=True)}

    async def of(self, leads: Mapping[LeadId, ContactId]) -> Mapping[LeadId, Sequence[float]]:
        return {lead: self.hours[lead] for lead in leads if lead in self.hours}

    async def write_cells(self, leads: NDArray[np.int64], contacts: NDArray[np.int64], cells: NDArray[np.int16]) -> int:
        other = [place for place, lead in enumerate(leads.tolist()) if self.cells.get(lead) != cells[place]]
        for place in other:
            self.cells[LeadId(int(leads[place]))] = int(cells[place])
        return len(other)
