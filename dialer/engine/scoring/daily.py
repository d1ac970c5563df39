"""Once a day: what was learned meanwhile decides who is called next."""

import logging
from typing import Protocol

from dialer.domain.campaign import Campaign, CampaignStatus
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.engine.scoring.desk import ScoreDesk

_log = logging.getLogger(__name__)


class Campaigns(Protocol):
    async def campaigns(self) -> list[Campaign]: ...


class DailyRanking:
    """Trains and ranks the running campaigns and moves their pilots; one that fails keeps what it has."""

    def __init__(self, campaigns: Campaigns, scores: ScoreDesk) -> None:
        self._campaigns = campaigns
        self._scores = scores

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
            if await self._scores.daily(campaign):
                _log.info("campaign %s: leads are ranked anew", campaign.plan.name)
        except DialerError as error:
            _log.warning("campaign %s keeps its scores: %s", campaign.plan.name, error)
