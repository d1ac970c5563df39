"""Training and ranking of a campaign, beside the dialing: the heavy parts run in a thread."""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dialer.domain.campaign import Campaign
from dialer.domain.errors import BadInput, NotFound
from dialer.engine.scoring.best_hour import best_of, by_hour
from dialer.engine.scoring.champion import Choice, Drift
from dialer.engine.scoring.expected_value import CallTimes, ValueTiers
from dialer.engine.scoring.model_file import read, written
from dialer.engine.scoring.propensity import History, Propensity
from dialer.engine.scoring.ranking_run import Move, RankingRun
from dialer.engine.scoring.rfm import Rfm
from dialer.engine.scoring.scorer import HistoryScorer, PropensityScorer, RfmScorer, Scorer, ScorerName, ValueScorer
from dialer.engine.scoring.training import Trained, drifted, trained
from dialer.ports.scores import (
    HOURS,
    Asked,
    LeadPage,
    LeadRanks,
    ModelStatus,
    PastCalls,
    ScoreBook,
    ScoreModel,
    Target,
)

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """What is the operator's to say."""

    tiers: ValueTiers = field(default_factory=ValueTiers)
    cells: Rfm = field(default_factory=Rfm)
    dial_minutes: float = 0.1


@dataclass(frozen=True, slots=True)
class TrainedTarget:
    target: Target
    outcome: Trained
    drift: Drift | None
    """Of the champion, before; None: there is none, or too few calls since."""


@dataclass(frozen=True, slots=True)
class Ranking:
    scorer: ScorerName
    leads: int
    written: int
    reason: str = ""
    """Why a simpler scorer served than was wanted; empty: it did not."""

    @property
    def words(self) -> str:
        because = f" ({self.reason})" if self.reason else ""
        return f"{self.leads:,} leads ranked by {self.scorer}{because}; {self.written:,} got another place"


class Rescoring:
    def __init__(self, book: ScoreBook, ranks: LeadRanks, plan: ScoringPlan) -> None:
        self._book = book
        self._ranks = ranks
        self._plan = plan

    async def train(self, campaign: Campaign, now: datetime) -> list[TrainedTarget]:
        """Train a challenger of each kind, judge it, and keep it with the verdict."""
        calls = await self._ranks.calls(campaign.id, now)
        return [await self._train(campaign, target, calls, now) for target in Target]

    async def _train(self, campaign: Campaign, target: Target, calls: PastCalls, now: datetime) -> TrainedTarget:
        history, contacts, what = _history(calls, target)
        kept = await self._book.champion(campaign.id, target)
        champion = None if kept is None else _readable(kept)
        moved = None
        if champion is not None and kept is not None:
            deciles = tuple(kept.figures.get("deciles", ()))
            moved = await asyncio.to_thread(drifted, champion, deciles, history, days_of(kept.trained_until))
        outcome = await asyncio.to_thread(trained, history, contacts, what, champion)
        if outcome.model is not None and outcome.judgement.choice is not Choice.DEGRADED:
            promoted = outcome.judgement.choice is Choice.PROMOTED
            await self._book.add(
                ScoreModel(
                    campaign=campaign.id,
                    target=target,
                    status=ModelStatus.CHAMPION if promoted else ModelStatus.REFUSED,
                    trained_at=now,
                    trained_until=min(now, _moment(float(history.at_days[-1]), now)),
                    rows=outcome.rows,
                    wins=outcome.wins,
                    reason=outcome.judgement.reason,
                    figures={
                        **(outcome.figures or {}),
                        "talk_minutes": calls.talk_minutes,
                        "champion_drift": None if moved is None else {**asdict(moved), "words": moved.words},
                    },
                    data=written(outcome.model),
                )
            )
        return TrainedTarget(target, outcome, moved)

    async def learn_and_rank(self, campaign: Campaign, now: datetime) -> bool:
        """Train, and rank where models serve: False where there are none, and scores stay as they are."""
        await self.train(campaign, now)
        scorer, _ = await self._learned(campaign, ScorerName.VALUE)
        return scorer is not None and (await self.rank(campaign, now)).leads > 0

    async def rank(
        self, campaign: Campaign, now: datetime, by: ScorerName = ScorerName.VALUE, move: Move = lambda *_: None
    ) -> Ranking:
        """Score every lead that may still be called, and write its place: percentiles of the scores, 0 to 100; behind
        the head of a long list only where it matters (placing.py). A scorer that can't serve is replaced by a simpler
        one, and the reason is told."""
        run = await self._run(campaign, now, move)
        first = await self._first(run)
        if first is None:
            return Ranking(by, 0, 0, "no lead may be called")
        cells = await asyncio.to_thread(self._plan.cells.fitted, first.columns)
        scorer, reason = await self._scorer(campaign, by, cells, first)
        async with self._ranks.undisturbed():
            scored = await run.scored(scorer, cells)
            leads = sum(len(one.found.leads) for one in scored)
            return Ranking(scorer.name, leads, await run.written(scored), reason)

    async def part(self, campaign: Campaign, now: datetime) -> int:
        """Give every lead its cell, wherever it stands. Returns how many got another one."""
        run, written = await self._run(campaign, now), 0
        first = await self._first(run)
        if first is None:
            return 0
        cells = await asyncio.to_thread(self._plan.cells.fitted, first.columns)
        async for page in run.pages(Asked(cells.features)):
            found = await asyncio.to_thread(cells.cells, page.columns)
            other = found != page.cells
            written += await self._ranks.write_cells(page.leads[other], page.contacts[other], found[other])
        return written

    async def _run(self, campaign: Campaign, now: datetime, move: Move = lambda *_: None) -> RankingRun:
        return RankingRun(self._ranks, campaign.id, now, await self._ranks.stretches(campaign.id), move)

    async def _first(self, run: RankingRun) -> LeadPage | None:
        """The first page, with what parts its leads into cells; None: no lead may be called."""
        async for page in run.pages(Asked(self._plan.cells.features)):
            return page
        return None

    async def _scorer(self, campaign: Campaign, by: ScorerName, cells: Rfm, first: LeadPage) -> tuple[Scorer, str]:
        """The wanted one, or a simpler one and why."""
        reason = ""
        if by in {ScorerName.VALUE, ScorerName.PROPENSITY}:
            learned, reason = await self._learned(campaign, by)
            if learned is not None:
                return learned, ""
        if by is not ScorerName.HISTORY:
            if cells.knows(first.columns):
                return RfmScorer(cells), reason
            reason = reason or f"nobody's {cells.recency}, {cells.frequency} or {cells.money} is known"
        return HistoryScorer(), reason

    async def _learned(self, campaign: Campaign, by: ScorerName) -> tuple[Scorer | None, str]:
        models, talk = [], None
        for target in Target:
            kept = await self._book.champion(campaign.id, target)
            model = None if kept is None else _readable(kept)
            if model is None or kept is None:
                what = "an answer" if target is Target.ANSWER else "a sale"
                return None, f"no model tells the chance of {what}; see dialer scores train {campaign.plan.name}"
            models.append(model)
            talk = kept.figures.get("talk_minutes")
        if by is ScorerName.PROPENSITY:
            return PropensityScorer(models[0], models[1]), ""
        times = CallTimes(float(talk or CallTimes().talk_minutes), self._plan.dial_minutes)
        return ValueScorer(models[0], models[1], self._plan.tiers, times), ""

    async def serving(self, campaign: Campaign, by: ScorerName = ScorerName.VALUE) -> tuple[Scorer | None, str]:
        """What ranks where models serve; None, and why they don't."""
        return await self._learned(campaign, by)

    async def note_hours(
        self, campaign: Campaign, now: datetime, move: Move = lambda *_: None
    ) -> dict[int, tuple[int, float]]:
        """Keep each lead's chances of an answer by local hour, and its best hour. Told by hour of `HOURS`: for how many
        leads it is the best, and the mean chance. NotFound: no model."""
        answers = await self.answers(campaign)
        leads, sums, done = np.zeros(24, dtype=int), np.zeros(len(HOURS)), 0
        run = await self._run(campaign, now)
        async for page in run.pages(Asked(frozenset(answers.encoding.names))):
            at_days = np.full(len(page.leads), days_of(now))
            chances = await asyncio.to_thread(by_hour, answers, page.columns, at_days)
            best = best_of(chances)
            await self._ranks.write_hours(page, best, chances)
            leads += np.bincount(best, minlength=24)
            sums += chances.sum(axis=0)
            done += len(best)
            move(done, run.leads)
        return {hour: (int(leads[hour]), float(sums[n]) / max(1, done)) for n, hour in enumerate(HOURS)}

    async def answers(self, campaign: Campaign) -> Propensity:
        """The model that tells who answers. NotFound: there is none."""
        kept = await self._book.champion(campaign.id, Target.ANSWER)
        model = None if kept is None else _readable(kept)
        if model is None:
            raise NotFound(f"no model tells when leads answer; next: dialer scores train {campaign.plan.name}")
        return model


def _history(calls: PastCalls, target: Target) -> tuple[History, NDArray[np.int64], str]:
    if target is Target.ANSWER:
        return History(calls.columns, calls.at_days, calls.answered), calls.contacts, "an answer"
    rows = calls.answered == 1
    columns = {name: column[rows] for name, column in calls.columns.items()}
    return History(columns, calls.at_days[rows], calls.sold[rows]), calls.contacts[rows], "an answer and a sale"


def _readable(kept: ScoreModel) -> Propensity | None:
    """None: of another release; a new one takes its place."""
    try:
        return read(kept.data)
    except BadInput:
        return None


def days_of(at: datetime) -> float:
    """Days since 1970."""
    return at.timestamp() / _DAY_SECONDS


def _moment(days: float, like: datetime) -> datetime:
    return datetime.fromtimestamp(days * _DAY_SECONDS, like.tzinfo)
