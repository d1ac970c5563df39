"""The daily training and ranking, by the real scheduler, in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from apscheduler.schedulers import base
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dialer.bootstrap import once_a_day
from dialer.clock import ScaledClock
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus
from dialer.engine.scoring.daily import DailyRanking
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.scoring.rescoring import Rescoring, ScoringPlan
from dialer.engine.scoring.scorer import ScorerName
from dialer.ports.scores import ModelStatus, PastCalls, Target
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.lead_ranks import FakeLeadRanks
from tests.fakes.score_books import FakePilotBook, FakeScoreBook

pytestmark = pytest.mark.looptime
EVENING = datetime(2026, 11, 23, 22, tzinfo=UTC)
CALLS = 3_200
HOUR = 3_600.0


def past_calls(until: datetime, *, turned: bool = False) -> PastCalls:
    """Nurses answer and buy; `turned`: until lately it was the others."""
    random = np.random.default_rng(5)
    nurse = random.random(CALLS) < 0.5
    likely = np.where(np.arange(CALLS) < 0.8 * CALLS, ~nurse, nurse) if turned else nurse
    return PastCalls(
        columns={"job": np.where(nurse, "nurse", "clerk").astype(object)},
        at_days=until.timestamp() / 86_400 - np.arange(CALLS, 0, -1) / 500,
        contacts=np.arange(1, CALLS + 1),
        answered=(random.random(CALLS) < np.where(likely, 0.9, 0.4)).astype(float),
        sold=(random.random(CALLS) < np.where(likely, 0.6, 0.1)).astype(float),
        talk_minutes=2.0,
    )


class Night:
    """Campaigns in memory, ranked at three in the morning."""

    def __init__(self) -> None:
        self.clock = ScaledClock(EVENING, 0.0)
        self.book = FakeContactBook()
        self.models = FakeScoreBook()
        self.ranks = FakeLeadRanks(self.book, past_calls)
        plan, random = ScoringPlan(), np.random.default_rng(1)
        pilots = FakePilotBook(self.book)
        self.rescoring = Rescoring(self.models, self.ranks, plan)
        desk = ScoreDesk(self.models, pilots, self.ranks, plan, clock=self.clock, random=random)
        self.daily = DailyRanking(self.book, desk)

    async def campaign(self, name: str, status: CampaignStatus = CampaignStatus.RUNNING) -> Campaign:
        made = await self.book.create(CampaignPlan(name))
        await self.book.set_status(made.id, status)
        for job, score in (("clerk", 9.0), ("nurse", 1.0), ("clerk", 8.0), ("nurse", 2.0)):
            contact = self.book.add_contact(f"+1212555{len(self.book.leads):04}", attributes={"job": job})
            self.book.add_lead(made.id, contact, score)
        return made

    def order(self, campaign: Campaign) -> list[str]:
        leads = [one for one in self.book.leads.values() if one.campaign == campaign.id]
        return [self.book.contacts[one.contact].attributes["job"] for one in sorted(leads, key=lambda one: -one.score)]

    def versions(self, campaign: Campaign, target: Target) -> list[ModelStatus]:
        """The oldest first."""
        return [one.status for one in self.models.held if (one.campaign, one.target) == (campaign.id, target)]


@asynccontextmanager
async def nights(patch: pytest.MonkeyPatch) -> AsyncIterator[Night]:
    made = Night()

    # the scheduler reads the machine's clock by itself
    patch.setattr(base, "datetime", SimpleNamespace(now=lambda zone: made.clock.now().astimezone(zone)))
    scheduler = AsyncIOScheduler(timezone="UTC")
    once_a_day(scheduler, 3, made.daily.run)
    scheduler.start()
    try:
        yield made
    finally:
        scheduler.shutdown(wait=False)


async def test_running_campaigns_are_trained_and_ranked_at_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    async with nights(monkeypatch) as night:
        running, stopped = await night.campaign("spring"), await night.campaign("autumn", CampaignStatus.STOPPED)
        await night.clock.sleep(4.9 * HOUR)
        assert night.order(running) == ["clerk", "clerk", "nurse", "nurse"]
        await night.clock.sleep(0.2 * HOUR)
        assert night.order(running) == ["nurse", "nurse", "clerk", "clerk"]
        assert night.versions(running, Target.SALE) == [ModelStatus.CHAMPION]
        assert (night.order(stopped)[0], night.versions(stopped, Target.SALE)) == ("clerk", [])


async def test_a_worse_challenger_does_not_take_the_champion_s_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async with nights(monkeypatch) as night:
        campaign = await night.campaign("spring")
        await night.clock.sleep(6 * HOUR)
        night.ranks.past = lambda until: past_calls(until, turned=True)
        await night.clock.sleep(24 * HOUR)
        for target in Target:
            assert night.versions(campaign, target) == [ModelStatus.CHAMPION, ModelStatus.REFUSED]
        assert night.order(campaign)[0] == "nurse"
        night.ranks.past = past_calls
        await night.clock.sleep(24 * HOUR)
        assert night.versions(campaign, Target.SALE) == [ModelStatus.RETIRED, ModelStatus.REFUSED, ModelStatus.CHAMPION]


async def test_a_campaign_that_fails_keeps_its_scores_and_the_others_are_ranked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with nights(monkeypatch) as night:
        broken, whole = await night.campaign("spring"), await night.campaign("autumn")
        night.ranks.away_for.add(broken.id)
        await night.clock.sleep(6 * HOUR)
        assert (night.order(broken)[0], night.order(whole)[0]) == ("clerk", "nurse")
        assert "campaign spring keeps its scores: down" in caplog.text


async def test_with_too_few_calls_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    async with nights(monkeypatch) as night:
        campaign = await night.campaign("spring")

        def few(until: datetime) -> PastCalls:
            made = past_calls(until)
            return replace(
                made,
                columns={name: column[:500] for name, column in made.columns.items()},
                at_days=made.at_days[:500],
                contacts=made.contacts[:500],
                answered=made.answered[:500],
                sold=made.sold[:500],
            )

        night.ranks.past = few
        await night.clock.sleep(timedelta(days=2).total_seconds())
        assert night.order(campaign)[0] == "clerk"
        assert night.models.held == []


async def test_leads_of_every_stretch_are_ranked_among_each_other_and_counted() -> None:
    night, moves = Night(), list[tuple[int, int]]()
    campaign = await night.campaign("spring")
    night.ranks.stretch = 1
    found = await night.rescoring.rank(campaign, EVENING, ScorerName.HISTORY, lambda *move: moves.append(move))
    assert (found.leads, found.written) == (4, 4)
    assert [lead.score for lead in night.book.leads.values()] == [87.5, 12.5, 62.5, 37.5]
    assert moves[-1] == (8, 8)
    assert [done for done, _ in moves] == sorted(done for done, _ in moves)
    assert (await night.rescoring.rank(campaign, EVENING, ScorerName.HISTORY)).written == 0
