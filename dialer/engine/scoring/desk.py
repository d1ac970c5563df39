"""All that can be asked of and ordered about scores: what the API calls.

Training and ranking take minutes: they are asked for, done one after another beside the dialing, and their progress is
asked for. What was asked for is forgotten when the service ends; what is written by then stays.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.errors import Conflict, DialerError, NotFound
from dialer.domain.ids import CampaignId, LeadId
from dialer.engine.scoring.explaining import Because, because, chances_of
from dialer.engine.scoring.pilot import Estimate
from dialer.engine.scoring.piloting import Piloting
from dialer.engine.scoring.rescoring import Rescoring, ScoringPlan, days_of
from dialer.engine.scoring.scorer import PropensityScorer, ScorerName, ValueScorer
from dialer.ports.scores import LeadRanks, Pilot, PilotBook, ScoreBook, ScoreModel, Target

_log = logging.getLogger(__name__)
_MOST_DAILY_HOURS = 1_000_000
"""Leads of a campaign beyond which their hours are reckoned by hand alone: it costs as much as fourteen rankings."""


class WorkKind(StrEnum):
    TRAIN = "train"
    RANK = "rank"
    BEST_HOUR = "best_hour"


class WorkState(StrEnum):
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Work:
    """Something long that was asked for."""

    campaign: Campaign
    kind: WorkKind
    by: ScorerName
    asked_at: datetime
    state: WorkState = WorkState.WAITING
    done: int = 0
    total: int = 0
    """Of `done`, in steps; 0: not known yet."""
    ended_at: datetime | None = None
    words: str = ""
    """What came of it, or why it failed."""

    @property
    def over(self) -> bool:
        return self.state in {WorkState.DONE, WorkState.FAILED}

    def move(self, done: int, total: int) -> None:
        self.done, self.total = done, total


@dataclass(frozen=True, slots=True)
class Explanation:
    lead: LeadId
    contact: int
    score: float
    """Without what a pilot put on top."""
    attempts: int
    history: float
    """The list's score plus points of past contacts."""
    cell: int
    answer: float | None
    """The chance of an answer that is kept with it; None: none is."""
    answer_now: float | None
    sale_now: float | None
    """Of a sale, given an answer, as the models say now."""
    hours: dict[int, float]
    because: Sequence[Because]

    @property
    def best_hour(self) -> int | None:
        return max(self.hours, key=self.hours.__getitem__) if self.hours else None


class ScoreDesk:
    def __init__(
        self,
        scores: ScoreBook,
        pilots: PilotBook,
        ranks: LeadRanks,
        plan: ScoringPlan,
        *,
        clock: Clock,
        random: np.random.Generator,
    ) -> None:
        self._scores, self._ranks, self._clock = scores, ranks, clock
        self._rescoring = Rescoring(scores, ranks, plan)
        self._piloting = Piloting(pilots, plan.tiers, random)
        self._works: dict[CampaignId, Work] = {}
        self._asked: asyncio.Queue[Work] = asyncio.Queue()

    async def run(self) -> None:
        """Do what is asked for; never ends by itself."""
        while True:
            await self._do(await self._asked.get())

    def begin(self, campaign: Campaign, kind: WorkKind, by: ScorerName = ScorerName.VALUE) -> Work:
        """Conflict: something is going on for the campaign already."""
        before = self._works.get(campaign.id)
        if before is not None and not before.over:
            raise Conflict(f"{before.kind} is {before.state} for campaign {campaign.plan.name}: wait for its end")
        work = self._works[campaign.id] = Work(campaign, kind, by, self._clock.now())
        self._asked.put_nowait(work)
        return work

    def work(self, campaign: Campaign) -> Work:
        """The last that was asked for. NotFound: nothing was, since the service started."""
        if campaign.id not in self._works:
            raise NotFound(f"no training or ranking of {campaign.plan.name} was asked for since the service started")
        return self._works[campaign.id]

    async def _do(self, work: Work) -> None:
        work.state = WorkState.WORKING
        try:
            work.words = await self._done(work)
            work.state = WorkState.DONE
        except DialerError as error:
            work.words, work.state = str(error), WorkState.FAILED
        except Exception:
            _log.exception("campaign %s: %s failed", work.campaign.plan.name, work.kind)
            work.words, work.state = "a fault of ours; the log has it", WorkState.FAILED
        work.ended_at = self._clock.now()

    async def _done(self, work: Work) -> str:
        campaign, now = work.campaign, self._clock.now()
        match work.kind:
            case WorkKind.TRAIN:
                trained = await self._rescoring.train(campaign, now)
                return "; ".join(
                    f"{t.target}: {t.outcome.judgement.choice}, {t.outcome.judgement.reason}" for t in trained
                )
            case WorkKind.RANK:
                found = await self._rescoring.rank(campaign, now, work.by, work.move)
                return found.words
            case WorkKind.BEST_HOUR:
                hours = await self._rescoring.note_hours(campaign, now, work.move)
                best = max(hours, key=lambda hour: hours[hour][0])
                return f"{sum(n for n, _ in hours.values()):,} leads have their best hour, most of them {best}:00"

    async def daily(self, campaign: Campaign) -> bool:
        """Train, rank where models serve, keep hours, move a pilot on; whether leads were ranked."""
        now = self._clock.now()
        ranked = await self._rescoring.learn_and_rank(campaign, now)
        if ranked and sum(one.leads for one in await self._ranks.stretches(campaign.id)) <= _MOST_DAILY_HOURS:
            await self._rescoring.note_hours(campaign, now)
        await self._piloting.move_on(campaign, now)
        return ranked

    async def models(self, campaign: Campaign) -> Sequence[ScoreModel]:
        """The newest first, without their data."""
        return await self._scores.models(campaign.id)

    async def serving(self, campaign: Campaign) -> tuple[ScorerName | None, str]:
        """By what leads are ranked; None: by a simpler scorer, and why."""
        scorer, reason = await self._rescoring.serving(campaign)
        return None if scorer is None else scorer.name, reason

    async def explain(self, campaign: Campaign, lead: LeadId) -> Explanation:
        """NotFound: no such lead that may still be called."""
        now = self._clock.now()
        page = await self._ranks.page_of(campaign.id, lead, now)
        scorer, _ = await self._rescoring.serving(campaign)
        at = days_of(now)
        models = {}
        if isinstance(scorer, ValueScorer | PropensityScorer):
            models = {Target.ANSWER: scorer.answers, Target.SALE: scorer.sales}
        said = {target: float(m.probability(page.columns, np.array([at]))[0]) for target, m in models.items()}
        hours = chances_of(models[Target.ANSWER], page.columns, at) if models else {}
        return Explanation(
            lead=lead,
            contact=int(page.contacts[0]),
            score=float(page.scores[0]),
            attempts=int(page.attempts[0]),
            history=float(page.history[0]),
            cell=int(page.cells[0]),
            answer=None if np.isnan(page.answer[0]) else float(page.answer[0]),
            answer_now=said.get(Target.ANSWER),
            sale_now=said.get(Target.SALE),
            hours=hours,
            because=[one for target, model in models.items() for one in because(target, model, page.columns, at)],
        )

    async def pilot(self, campaign: Campaign) -> tuple[Pilot, Sequence[Estimate]]:
        """NotFound: the campaign has none."""
        found = await self._piloting.running(campaign)
        return found, await self._piloting.learned(found)

    async def start_pilot(self, campaign: Campaign, sample: float, floor: float) -> tuple[Pilot, Sequence[Estimate]]:
        """As Piloting.start."""
        found = await self._piloting.start(campaign, sample, floor, self._clock.now())
        return found, await self._piloting.learned(found)

    async def move_pilot(self, campaign: Campaign, calls: int) -> tuple[Pilot, Sequence[Estimate]]:
        """As Piloting.move."""
        found = await self._piloting.move(campaign, calls, self._clock.now())
        return found, await self._piloting.learned(found)
