"""Training and ranking of a campaign, beside the dialing: the heavy parts run in a thread."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dialer.domain.campaign import Campaign
from dialer.domain.errors import BadInput, NotFound
from dialer.engine.scoring.best_hour import best_of, by_hour
from dialer.engine.scoring.champion import Choice, Drift
from dialer.engine.scoring.expected_value import CallTimes, ValueTiers
from dialer.engine.scoring.features import Floats
from dialer.engine.scoring.model_file import read, written
from dialer.engine.scoring.propensity import History, Propensity
from dialer.engine.scoring.rfm import Rfm
from dialer.engine.scoring.scorer import (
    HistoryScorer,
    People,
    PropensityScorer,
    RfmScorer,
    Scorer,
    ScorerName,
    ValueScorer,
    ranked,
)
from dialer.engine.scoring.training import Trained, drifted, trained
from dialer.ports.scores import (
    HOURS,
    LeadPage,
    LeadRanks,
    ModelStatus,
    PastCalls,
    RankedLeads,
    ScoreBook,
    ScoreModel,
    Target,
)

_WRITERS = 2
_QUANTILES = 10_000
_SAME_PLACE, _SAME_CHANCE = 0.5, 0.01
"""A lead that moves by less, in percentiles and in chance of an answer, stays where it is."""
_DAY_SECONDS = 86_400.0
Move = Callable[[int, int], None]
"""Told how many leads of how many are done."""


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
        """Score every lead that may still be called, and write its place: percentiles of the scores, 0 to 100. A scorer
        that can't serve is replaced by a simpler one, and the reason is told."""
        total = 2 * await self._ranks.count(campaign.id)
        scorer: Scorer | None = None
        reason, scored, cells = "", list[tuple[LeadPage, RankedLeads]](), self._plan.cells
        async for page in _ahead(self._ranks.pages(campaign.id, now)):
            if scorer is None:
                cells = await asyncio.to_thread(cells.fitted, page.columns)
                scorer, reason = await self._scorer(campaign, by, cells, page)
            scored.append((_bare(page), await asyncio.to_thread(_scored, scorer, cells, page, now)))
            move(sum(len(found.leads) for _, found in scored), total)
        if scorer is None:
            return Ranking(by, 0, 0, "no lead may be called")
        spread = _spread(np.concatenate([found.scores for _, found in scored]))
        made = [_moved(page, replace(found, scores=ranked(found.scores, spread))) for page, found in scored]
        written = await self._write([one for one in made if len(one.leads)], total // 2, total, move)
        return Ranking(scorer.name, total // 2, written, reason)

    async def _write(self, made: list[RankedLeads], done: int, total: int, move: Move) -> int:
        waiting, counts = iter(made), [done, 0]

        async def writer() -> None:
            for page in waiting:
                written_now = await self._ranks.write(page)
                counts[1] += written_now
                counts[0] += len(page.leads)
                move(counts[0], total)

        async with asyncio.TaskGroup() as group:
            for number in range(_WRITERS):
                group.create_task(writer(), name=f"rank-writer-{number}")
        return counts[1]

    async def _scorer(self, campaign: Campaign, by: ScorerName, cells: Rfm, page: LeadPage) -> tuple[Scorer, str]:
        """The wanted one, or a simpler one and why."""
        reason = ""
        if by in {ScorerName.VALUE, ScorerName.PROPENSITY}:
            learned, reason = await self._learned(campaign, by)
            if learned is not None:
                return learned, ""
        if by is not ScorerName.HISTORY:
            if cells.knows(page.columns):
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
        total = await self._ranks.count(campaign.id)
        async for page in self._ranks.pages(campaign.id, now):
            at_days = np.full(len(page.leads), days_of(now))
            chances = await asyncio.to_thread(by_hour, answers, page.columns, at_days)
            best = best_of(chances)
            await self._ranks.write_hours(page, best, chances)
            leads += np.bincount(best, minlength=24)
            sums += chances.sum(axis=0)
            done += len(best)
            move(done, total)
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


async def _ahead(pages: AsyncIterator[LeadPage]) -> AsyncIterator[LeadPage]:
    """Each page, while the next one is read."""
    coming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await coming) is not None:
            coming = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        coming.cancel()


def _scored(scorer: Scorer, cells: Rfm, page: LeadPage, now: datetime) -> RankedLeads:
    found = scorer.score(_people(page, now))
    answer = np.full(len(page.leads), np.nan) if found.answer is None else np.round(found.answer, 4)
    return RankedLeads(page.leads, page.contacts, page.attempts, found.score, answer, cells.cells(page.columns))


def _moved(page: LeadPage, found: RankedLeads) -> RankedLeads:
    """Those whose place, chance or cell is not as it was: to write a lead costs more than to score it."""
    same = (np.abs(found.scores - page.scores) < _SAME_PLACE) & (found.cells == page.cells)
    same &= (np.abs(found.answer - page.answer) < _SAME_CHANCE) | (np.isnan(found.answer) & np.isnan(page.answer))
    return RankedLeads(
        found.leads[~same], found.contacts[~same], found.attempts[~same], found.scores[~same], found.answer[~same],
        found.cells[~same],
    )  # fmt: skip


def _bare(page: LeadPage) -> LeadPage:
    """Without what is not needed for writing: a whole list is held until its spread is known."""
    return replace(page, columns={}, history=np.zeros(0))


def _people(page: LeadPage, now: datetime) -> People:
    return People(page.columns, np.full(len(page.leads), days_of(now)), page.history)


def _readable(kept: ScoreModel) -> Propensity | None:
    """None: of another release; a new one takes its place."""
    try:
        return read(kept.data)
    except BadInput:
        return None


def _spread(scores: Floats) -> Floats:
    if len(scores) <= _QUANTILES:
        return np.sort(scores)
    found: Floats = np.quantile(scores, np.linspace(0, 1, _QUANTILES))
    return found


def days_of(at: datetime) -> float:
    """Days since 1970."""
    return at.timestamp() / _DAY_SECONDS


def _moment(days: float, like: datetime) -> datetime:
    return datetime.fromtimestamp(days * _DAY_SECONDS, like.tzinfo)
