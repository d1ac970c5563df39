"""One ranking of a campaign: its leads read, scored and written side by side with the dialing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dialer.domain.ids import CampaignId
from dialer.engine.scoring.placing import ScoredPage, Spread, bare, moved, spread_of
from dialer.engine.scoring.rfm import Rfm
from dialer.engine.scoring.scorer import People, Scorer
from dialer.ports.scores import Asked, LeadPage, LeadRanks, RankedLeads, Stretch

_SIDE_BY_SIDE = 2
"""Readers, and later writers: while one waits for the database, the other scores."""
_DAY_SECONDS = 86_400.0
Move = Callable[[int, int], None]
"""Told how many leads of how many are done; each is done twice, scored and placed."""


@dataclass(frozen=True, slots=True)
class RankingRun:
    ranks: LeadRanks
    campaign: CampaignId
    now: datetime
    stretches: Sequence[Stretch]
    move: Move = lambda *_: None

    async def pages(self, asked: Asked) -> AsyncIterator[LeadPage]:
        """Those that have leads."""
        read = await self.ranks.reader(self.campaign, self.now, asked)
        for stretch in self.stretches:
            page = await read(stretch)
            if len(page.leads):
                yield page

    async def scored(self, scorer: Scorer, cells: Rfm) -> list[ScoredPage]:
        """Every lead that may be called, with its score."""
        asked = Asked((scorer.asked.features or frozenset()) | cells.features, history=scorer.asked.history)
        read = await self.ranks.reader(self.campaign, self.now, asked)
        found, waiting, done, total = list[ScoredPage](), iter(self.stretches), 0, 2 * self.leads

        async def reader() -> None:
            nonlocal done
            for stretch in waiting:
                page = await read(stretch)
                if len(page.leads):
                    found.append(await asyncio.to_thread(_scored, scorer, cells, page, self.now))
                done += stretch.leads
                self.move(done, total)

        async with asyncio.TaskGroup() as group:
            for side in range(_SIDE_BY_SIDE):
                group.create_task(reader(), name=f"rank-reader-{side}")
        return found

    async def written(self, scored: Sequence[ScoredPage]) -> int:
        """Give the leads their places. Returns how many got another one."""
        spread = await asyncio.to_thread(spread_of, [one.found.scores for one in scored])
        waiting, done, written, total = iter(scored), self.leads, 0, 2 * self.leads

        async def writer() -> None:
            nonlocal done, written
            for page in waiting:
                there = await self._write(page, spread)
                written += there
                done += len(page.found.leads)
                self.move(done, total)

        async with asyncio.TaskGroup() as group:
            for side in range(_SIDE_BY_SIDE):
                group.create_task(writer(), name=f"rank-writer-{side}")
        self.move(total, total)
        return written

    async def _write(self, page: ScoredPage, spread: Spread) -> int:
        return await self.ranks.write(await asyncio.to_thread(moved, page, spread))

    @property
    def leads(self) -> int:
        """All of them; some may not be called any more."""
        return sum(one.leads for one in self.stretches)


def people(page: LeadPage, now: datetime) -> People:
    return People(page.columns, np.full(len(page.leads), now.timestamp() / _DAY_SECONDS), page.history)


def _scored(scorer: Scorer, cells: Rfm, page: LeadPage, now: datetime) -> ScoredPage:
    found = scorer.score(people(page, now))
    answer = np.full(len(page.leads), np.nan) if found.answer is None else found.answer
    return bare(
        page, RankedLeads(page.leads, page.contacts, page.attempts, found.score, answer, cells.cells(page.columns))
    )
