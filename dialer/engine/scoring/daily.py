"""Once a day: what was learned meanwhile decides who is called next."""

import logging
from typing import Protocol

from dialer.clock import Clock
from dialer.domain.campaign import Campaign, CampaignStatus
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.engine.scoring.piloting import Piloting
from dialer.engine.scoring.rescoring import Rescoring

_log = logging.getLogger(__name__)


class Campaigns(Protocol):
    async def campaigns(self) -> list[Campaign]: ...


class DailyRanking:
    """Trains and ranks the running campaigns and moves their pilots; one that fails keeps what it has."""

    def __init__(self, campaigns: Campaigns, rescoring: Rescoring, piloting: Piloting, clock: Clock) -> None:
        self._campaigns = campaigns
        self._rescoring = rescoring
        self._piloting = piloting
        self._clock = clock

    async def run(self) -> None:
        try:
            campaigns = await self._campaigns.campaigns()
        except DatabaseUnavailable as error:
            _log.warning("leads keep their scores: %s", error)
            return
        for campaign in campaigns:
            if campaign.status is CampaignStatus.RUNNING:
                await self._rank(campaign)

    async def _rank(self, campaign: Campaign) -> None:
        try:
            if await self._rescoring.learn_and_rank(campaign, self._clock.now()):
                _log.info("campaign %s: leads are ranked anew", campaign.plan.name)
            await self._piloting.move_on(campaign, self._clock.now())
        except DialerError as error:
            _log.warning("campaign %s keeps its scores: %s", campaign.plan.name, error)
