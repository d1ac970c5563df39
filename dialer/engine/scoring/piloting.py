"""A pilot of a campaign: start it, move the effort by what came of it, tell what was learned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from dialer.domain.campaign import Campaign
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.engine.scoring.expected_value import ValueTiers
from dialer.engine.scoring.pilot import CellResult, Estimate, allocate, estimates, sample
from dialer.ports.scores import CellOutcome, Pilot, PilotBook

_LEAST_CALLS = 100
"""Calls from which a cell's luck can be told from its worth, and by which a day's move is sized at least."""


class Piloting:
    def __init__(self, book: PilotBook, tiers: ValueTiers, random: np.random.Generator) -> None:
        self._book = book
        self._tiers = tiers
        self._random = random

    async def start(self, campaign: Campaign, share: float, floor: float, now: datetime) -> Pilot:
        """Put the share of each cell before all other leads, chosen at random. The leads must have their cells
        (Rescoring.part). Conflict: they have none, or all are in one."""
        if not 0 <= floor <= 1:
            raise BadInput("must be 0 to 1", "floor")
        cells = {one.cell: one.ready for one in await self._book.outcomes(campaign.id, now, self._tiers.feature)}
        wanted = sample(cells, share)
        if len(wanted) < 2:
            raise Conflict(
                f"the leads of {campaign.plan.name} are not parted into cells: they need attributes for recency, "
                "frequency or money"
            )
        await self._book.put_first(campaign.id, wanted, at_random=True)
        pilot = Pilot(campaign.id, now, share, floor, None, wanted)
        await self._book.put(pilot)
        return pilot

    async def move(self, campaign: Campaign, calls: int, now: datetime) -> Pilot:
        """Put the leads that are to be called next before all others: more of the cells that pay. NotFound: no
        pilot."""
        pilot = await self.running(campaign)
        results = await self.results(pilot)
        shares = allocate(results, calls, pilot.floor, self._random)
        await self._book.put_first(campaign.id, shares, at_random=False)
        moved = replace(pilot, moved_at=now, shares=shares)
        await self._book.put(moved)
        return moved

    async def move_on(self, campaign: Campaign, now: datetime) -> None:
        """A day's move, of as many leads as the sample had; nothing where there is no pilot, or its leads that were put
        first are not yet called."""
        pilot = await self._book.pilot(campaign.id)
        if pilot is None:
            return
        results = await self.results(pilot)
        wanted = sum(pilot.shares.values())
        if sum(one.calls for one in results) >= min(wanted, _LEAST_CALLS):
            await self.move(campaign, max(wanted, _LEAST_CALLS), now)

    async def running(self, campaign: Campaign) -> Pilot:
        pilot = await self._book.pilot(campaign.id)
        if pilot is None:
            name = campaign.plan.name
            raise NotFound(f"campaign {name} has no pilot; next: dialer scores pilot {name} --start")
        return pilot

    async def results(self, pilot: Pilot) -> Sequence[CellResult]:
        """Of each cell since the pilot began; a sale is worth what its customer's tier says."""
        found = await self._book.outcomes(pilot.campaign, pilot.started_at, self._tiers.feature)
        return [self._result(one) for one in found]

    def _result(self, one: CellOutcome) -> CellResult:
        worth = [(self._tiers.worth.get(tier, self._tiers.other), sales) for tier, sales in one.tiers.items()]
        value = sum(money * sales for money, sales in worth)
        return CellResult(
            one.cell, one.ready, one.calls, one.sales, value, sum(money**2 * sales for money, sales in worth)
        )

    async def learned(self, pilot: Pilot) -> list[Estimate]:
        return estimates(await self.results(pilot))
