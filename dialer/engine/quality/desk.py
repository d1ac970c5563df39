"""What people do in quality sampling: draw, score, dispute, settle, publish. Rules decide, the book keeps."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from dialer.clock import Clock
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Assigned, Place, ToHear, Unassigned, assigned, chosen_for_two
from dialer.domain.quality.forms import Points, form_for, total_of
from dialer.domain.quality.review import (
    Dispute,
    Notice,
    Origin,
    Result,
    Review,
    Score,
    check_dispute,
    check_settling,
    notice_due,
    place_to_score,
    third_look,
)
from dialer.domain.quality.sampling import AgentDrawn, Draw, Drawing, StratumDrawn
from dialer.engine.quality.files import QualityPlan
from dialer.engine.quality.report import Agreement, QualityReport, agreement_of, report_of
from dialer.ports.quality import CaseBook, Complaint, QualityBook, ReviewFilter, Sample

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw came to, or would come to."""

    sample: Sample
    agents: Sequence[AgentDrawn]
    strata: Sequence[StratumDrawn]
    unassigned: Sequence[Unassigned]
    words: str
    """What to mind of it; empty: nothing."""


@dataclass(frozen=True, slots=True)
class HandedOut:
    added: int
    """Calls that somebody complained of after the draw."""
    assigned: int
    unassigned: Sequence[Unassigned]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What stands open of the calls that were sampled."""

    waiting: int = 0
    """Scores that reviewers still owe."""
    disputed: int = 0
    """Calls that are to be looked at again."""
    notices: int = 0
    """That hold today."""


class QualityDesk:
    def __init__(
        self, book: QualityBook, cases: CaseBook, read: Callable[[], QualityPlan], clock: Clock, random: Random
    ) -> None:
        """`read`: reads rules and forms from the disk, and raises BadInput for what is wrong in them."""
        self.book, self.cases, self.plan = book, cases, read()
        self._read, self._clock, self._random = read, clock, random
        self.backlog = Backlog()
        """As it was last looked at."""

    async def reload(self, by: str) -> QualityPlan:
        """Go by the files as they are now. BadInputs with every fault in them: the plan in force stays."""
        self.plan = await asyncio.to_thread(self._read)
        _log.info("quality rules and forms were read anew for %s", by)
        return self.plan

    async def draw(self, week: date, by: str, *, seed: str | None = None, keep: bool = True) -> Drawn:
        """Draw the sample of a week that is over, once; without `keep` only say how many would be drawn of whom.

        BadInput: the day is no Monday. Conflict: the week is not over, or was drawn already.
        """
        now, rules = self._clock.now(), self.plan.rules
        begin, end = await self._span(week, now)
        seed = seed or f"{self._random.getrandbits(64):016x}"
        drawing = Drawing(rules, seed)
        async for calls in self.book.frame(begin, end):
            await asyncio.to_thread(drawing.add, calls)
        first = await self.book.first_calls(drawing.agents)
        young = begin - timedelta(days=rules.new_days)
        draw = drawing.draw([agent for agent, at in first.items() if at > young])
        sample = Sample(week, begin, end, seed, self.plan.digest, now, by, drawing.calls, len(draw.calls))
        found, left = self._reviewers(draw, seed, await self.book.loads())
        if keep:
            await self._keep(sample, draw, [*found, *(Assigned(one.attempt, one.place, "") for one in left)])
        return Drawn(sample, draw.agents, draw.strata, left, _words(drawing.calls))

    async def _span(self, week: date, now: datetime) -> tuple[datetime, datetime]:
        """Of the week, but for what other weeks' samples had, by the time zone of their day."""
        begin, end = self.plan.rules.span_of(week)
        if now < end:
            raise Conflict(f"the week of {week} is not over: it is drawn from {end} on", "week")
        samples = await self.book.samples(week - timedelta(days=7), week + timedelta(days=7))
        if any(one.week == week for one in samples):
            raise Conflict(f"the week of {week} was drawn already", "week")
        begin = max([begin, *(one.ends_at for one in samples if one.week < week)])
        return begin, min([end, *(one.begins_at for one in samples if one.week > week)])

    def _reviewers(self, draw: Draw, seed: str, loads: Mapping[str, int]) -> tuple[list[Assigned], list[Unassigned]]:
        twice = chosen_for_two(seed, [one.call.attempt for one in draw.calls], self.plan.rules.double_share)
        both = (Place.FIRST, Place.SECOND)
        wanted = [
            ToHear(one.call.attempt, one.call.agent, both if one.call.attempt in twice else both[:1])
            for one in draw.calls
        ]
        return assigned(wanted, self.plan.rules.reviewers, seed, loads)

    async def _keep(self, sample: Sample, draw: Draw, places: Sequence[Assigned]) -> None:
        calls = [(one, form_for(self.plan.forms, one.call.campaign)) for one in draw.calls]
        await self.book.keep_sample(sample, draw.strata, calls, places)
        _log.info("quality sample of the week of %s: %d of %d calls", sample.week, sample.taken, sample.calls)

    async def hand_out(self) -> HandedOut:
        """Add calls that somebody complained of after the draw, and find reviewers for what has none, or one whom the
        rules name no longer."""
        now = self._clock.now()
        missed = await self.book.missed_complaints()
        added = await self.book.add_calls(
            [(week, call, form_for(self.plan.forms, call.campaign)) for week, call in missed]
        )
        named = {one.name for one in self.plan.rules.reviewers}
        wanted = [one for review in await self.book.reviews(ReviewFilter()) if (one := _to_hear(review, named))]
        loads = {name: count for name, count in (await self.book.loads()).items() if name in named}
        found, left = assigned(wanted, self.plan.rules.reviewers, "hand out", loads)
        await self.book.assign([*found, *(Assigned(one.attempt, one.place, "") for one in left)], now)
        return HandedOut(added, len(found), left)

    async def score(self, attempt: AttemptId, by: str, points: Points, heard: Disposition | None, remark: str) -> Score:
        """BadInputs names what is wrong on the form; Conflict: it is not theirs to score, or scored."""
        review, now = await self.book.review(attempt), self._clock.now()
        place = place_to_score(review, by)
        total = total_of(review.form, points)
        score = Score(place, by, now, points, total.total, total.fatal, heard, remark)
        await self.book.keep_score(attempt, score)
        await self._compare(await self.book.review(attempt), now)
        return score

    async def _compare(self, review: Review, now: datetime) -> None:
        """A difference between two scores that is too large is looked at by a third person."""
        first, second = (review.scores.get(place) for place in (Place.FIRST, Place.SECOND))
        if first is None or second is None or Place.SETTLED in review.scores or review.open_dispute is not None:
            return
        if why := third_look(first, second, self.plan.rules):
            await self.book.open_dispute(review.attempt, Dispute(Origin.DIFFERENCE, now, why))

    async def mark_unscorable(self, attempt: AttemptId, by: str, why: str) -> None:
        """Conflict: it is not theirs to score, or scored."""
        place_to_score(await self.book.review(attempt), by)
        await self.book.mark_unscorable(attempt, f"{why} (says {by})")

    async def dispute(self, attempt: AttemptId, agent: AgentId, reason: str) -> None:
        """NotFound: no such call of theirs; Conflict: it has no score, or may not be disputed any more."""
        review, now = await self.review_of(attempt, agent), self._clock.now()
        check_dispute(review, now, self.plan.rules)
        await self.book.open_dispute(attempt, Dispute(Origin.AGENT, now, reason))

    async def settle(
        self, attempt: AttemptId, by: str, words: str, points: Points | None, heard: Disposition | None
    ) -> Review:
        """With points, they are the score that counts from now on; without, the first score stands.

        Conflict: nothing is open, or they scored the call, or made it. BadInputs names what is wrong on the form.
        """
        review, now = await self.book.review(attempt), self._clock.now()
        dispute = check_settling(review, by, self.plan.rules)
        score = None
        if points is not None:
            total = total_of(review.form, points)
            score = Score(Place.SETTLED, by, now, points, total.total, total.fatal, heard, words)
        result = Result.KEPT if score is None else Result.CHANGED
        settled = replace(dispute, result=result, settled_by=by, settled_at=now, words=words)
        await self.book.settle(attempt, settled, score)
        return await self.book.review(attempt)

    async def review_of(self, attempt: AttemptId, agent: AgentId) -> Review:
        """NotFound: no such call of theirs is in a sample."""
        review = await self.book.review(attempt)
        if review.agent != agent:
            raise NotFound(f"call {attempt} is in no sample")
        return review

    async def complain(self, about: AttemptId | ContactId, kind: str, note: str, by: str) -> AttemptId:
        """Keep a complaint; if the week of the call was drawn already, the call is added and handed out at once."""
        attempt = await self.book.note_complaint(about, Complaint(AttemptId(""), kind, note, self._clock.now(), by))
        if await self.book.missed_complaints():
            await self.hand_out()
        return attempt

    async def look(self) -> Backlog:
        """Count anew what stands open."""
        waiting = sum((await self.book.loads()).values())
        disputed = await self.book.reviews(ReviewFilter(disputed=True))
        notices = await self.book.notices(self.plan.rules.day_of(self._clock.now()))
        self.backlog = Backlog(waiting, len(disputed), len(notices))
        return self.backlog

    async def due_notices(self, by: str) -> list[Notice]:
        now = self._clock.now()
        found = await self.book.reviews(ReviewFilter(fatal=True))
        return [notice for one in found if (notice := notice_due(one, now, by, self.plan.rules))]

    async def publish(self, by: str) -> list[Notice]:
        """Publish every notice that nothing stands against any more; which."""
        due = await self.due_notices(by)
        count = await self.book.publish(due)
        if count:
            _log.info("%d notices of quality were published", count)
        return due

    async def report(self, begin: date | None, end: date | None) -> QualityReport:
        """Of the weeks from `begin` to `end`, by their Mondays. BadInput: the last is before the first."""
        reviews = await self._period(begin, end)
        return report_of(reviews, await self.book.strata(begin, end))

    async def agreement(self, begin: date | None, end: date | None) -> list[Agreement]:
        return agreement_of(await self._period(begin, end))

    async def _period(self, begin: date | None, end: date | None) -> Sequence[Review]:
        if begin is not None and end is not None and end < begin:
            raise BadInput("must not be before the first week", "query.end")
        return await self.book.reviews(ReviewFilter(begin=begin, end=end))


def _words(calls: int) -> str:
    return "" if calls else "no agent spoke with anybody in this week: there is nothing to draw"


def _to_hear(review: Review, named: set[str]) -> ToHear | None:
    """The places of a call that want a reviewer; None: there are none."""
    places = review.reviewers or {Place.FIRST: ""}
    wants = [
        place
        for place in (Place.FIRST, Place.SECOND)
        if place in places and place not in review.scores and places[place] not in named and not review.unscorable
    ]
    has = {name for place, name in places.items() if place not in wants} | review.scorers
    return ToHear(review.attempt, review.agent, wants, has) if wants else None
