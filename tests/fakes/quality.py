"""Quality sampling and its cases in memory. tests/contract/test_quality_book.py holds them to the real database."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from random import Random
from typing import Any

from dialer.clock import Clock
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import Outcome
from dialer.domain.quality.assigning import Assigned, Place
from dialer.domain.quality.forms import ScoreForm
from dialer.domain.quality.review import Dispute, Notice, Review, Score
from dialer.domain.quality.rules import COMPLAINTS
from dialer.domain.quality.sampling import DrawnCall, FrameCall, StratumDrawn
from dialer.engine.quality.desk import QualityDesk
from dialer.engine.quality.files import load_quality
from dialer.ports.quality import Case, CaseFilter, Complaint, ReviewFilter, Sample
from integrations.http_api.people import ERASED_LEAD
from tests.fakes.contact_book import FakeContactBook


def calls_of(book: FakeContactBook, complained: Collection[AttemptId] = ()) -> list[FrameCall]:
    """Every call that an agent had with a person, by when it ended."""
    found = []
    for held in book.attempts.values():
        ended = held.closed and held.closed.ended
        if not ended or ended.outcome is not Outcome.ANSWERED or not ended.end.agent or not ended.end.connected_at:
            continue
        seconds = (ended.end.ended_at - ended.end.connected_at).total_seconds()
        campaign = book.plans[held.attempt.campaign].plan.name
        found.append(
            FrameCall(
                held.attempt.id,
                held.attempt.contact,
                ended.end.agent,
                campaign,
                ended.end.ended_at,
                seconds,
                held.disposition,
                held.attempt.id in complained,
            )
        )
    return sorted(found, key=lambda call: (call.ended_at, call.attempt))


def _refuse_erased(book: FakeContactBook, contact: ContactId) -> None:
    if any(lead.contact == contact and lead.reason == ERASED_LEAD for lead in book.leads.values()):
        raise Conflict(f"contact {contact} was erased: nothing is written about this person any more")


@dataclass
class FakeQualityBook:
    book: FakeContactBook
    drawn: dict[date, Sample] = field(default_factory=dict)
    sizes: dict[tuple[date, AgentId, str], int] = field(default_factory=dict)
    kept: dict[AttemptId, Review] = field(default_factory=dict)
    told: list[Complaint] = field(default_factory=list)
    published: list[Notice] = field(default_factory=list)

    def _calls(self) -> list[FrameCall]:
        return calls_of(self.book, {one.attempt for one in self.told})

    async def frame(self, begin: datetime, end: datetime) -> AsyncIterator[Sequence[FrameCall]]:
        yield [call for call in self._calls() if begin <= call.ended_at < end]

    async def first_calls(self, agents: Collection[AgentId]) -> Mapping[AgentId, datetime]:
        return {call.agent: call.ended_at for call in reversed(self._calls()) if call.agent in agents}

    async def keep_sample(
        self,
        sample: Sample,
        strata: Sequence[StratumDrawn],
        calls: Sequence[tuple[DrawnCall, ScoreForm]],
        places: Sequence[Assigned] = (),
    ) -> None:
        if sample.week in self.drawn or any(one.call.attempt in self.kept for one, _ in calls):
            raise Conflict(f"the week of {sample.week} was drawn already", "week")
        self.drawn[sample.week] = sample
        self.sizes |= {(sample.week, one.agent, one.stratum): one.calls for one in strata}
        for one, form in calls:
            self._keep(sample.week, one.call, one.stratum, one.probability, form)
        await self.assign(places, sample.drawn_at)

    def _keep(self, week: date, call: FrameCall, stratum: str, probability: float | None, form: ScoreForm) -> None:
        self.kept[call.attempt] = Review(
            call.attempt,
            call.agent,
            call.campaign,
            call.ended_at,
            week,
            stratum,
            probability,
            ScoreForm(form.name, tuple(form.items)),
            call.disposition,
        )

    async def samples(self, begin: date | None = None, end: date | None = None) -> Sequence[Sample]:
        return [self.drawn[week] for week in sorted(self.drawn) if _in(week, begin, end)]

    async def strata(self, begin: date | None, end: date | None) -> Mapping[tuple[date, AgentId, str], int]:
        return {key: size for key, size in self.sizes.items() if _in(key[0], begin, end)}

    async def assign(self, places: Sequence[Assigned], at: datetime) -> int:
        given = [one for one in places if one.attempt in self.kept and one.place not in self.kept[one.attempt].scores]
        for one in given:
            self._change(one.attempt, reviewers={**self.kept[one.attempt].reviewers, one.place: one.reviewer})
        return len(given)

    async def missed_complaints(self) -> Sequence[tuple[date, FrameCall]]:
        return [
            (sample.week, call)
            for call in sorted(self._calls(), key=lambda one: one.attempt)
            for sample in self.drawn.values()
            if call.complained and call.attempt not in self.kept
            if sample.begins_at <= call.ended_at < sample.ends_at
        ]

    async def add_calls(self, calls: Sequence[tuple[date, FrameCall, ScoreForm]]) -> int:
        new = [one for one in calls if one[1].attempt not in self.kept]
        for week, call, form in new:
            self._keep(week, call, COMPLAINTS, None, form)
        return len(new)

    async def reviews(self, wanted: ReviewFilter) -> Sequence[Review]:
        found = [self._seen(self.kept[attempt]) for attempt in sorted(self.kept)]
        return [one for one in found if _fits(one, wanted)][: wanted.limit]

    async def review(self, attempt: AttemptId) -> Review:
        return self._seen(self._sampled(attempt))

    def _seen(self, one: Review) -> Review:
        return replace(one, noticed=any(notice.attempt == one.attempt for notice in self.published))

    def _sampled(self, attempt: AttemptId) -> Review:
        if attempt not in self.kept:
            raise NotFound(f"call {attempt} is in no sample")
        return self.kept[attempt]

    def _change(self, attempt: AttemptId, **changes: Any) -> None:
        self.kept[attempt] = replace(self._sampled(attempt), **changes)

    async def keep_score(self, attempt: AttemptId, score: Score) -> None:
        held = self._sampled(attempt)
        if score.place in held.scores or score.by in held.scorers:
            raise Conflict("this call has been scored there, or by them, already")
        self._change(attempt, scores={**held.scores, score.place: score})

    async def mark_unscorable(self, attempt: AttemptId, why: str) -> None:
        self._change(attempt, unscorable=why)

    async def open_dispute(self, attempt: AttemptId, dispute: Dispute) -> None:
        held = self._sampled(attempt)
        if held.open_dispute is not None:
            raise Conflict("it is looked at again already")
        self._change(attempt, disputes=(*held.disputes, dispute))

    async def settle(self, attempt: AttemptId, settled: Dispute, score: Score | None) -> None:
        held = self.kept.get(attempt)
        if held is None or held.open_dispute is None:
            raise Conflict("no dispute of this call is open")
        scores = dict(held.scores)
        if score is not None:
            scores.pop(Place.SETTLED, None)
            if score.by in {one.by for one in scores.values()}:
                raise Conflict("you have scored this call meanwhile: have somebody else settle it")
            scores[Place.SETTLED] = score
        disputes = tuple(settled if one.result is None else one for one in held.disputes)
        self._change(attempt, disputes=disputes, scores=scores)

    async def note_complaint(self, about: AttemptId | ContactId, complaint: Complaint) -> AttemptId:
        fitting = [
            call
            for call in calls_of(self.book)
            if call.attempt == about or (call.contact == about and call.ended_at <= complaint.at)
        ]
        if not fitting:
            raise NotFound(f"no call {about} in which an agent spoke with them")
        _refuse_erased(self.book, fitting[-1].contact)
        self.told.append(replace(complaint, attempt=fitting[-1].attempt))
        return fitting[-1].attempt

    async def complaints(self, after: datetime | None, limit: int) -> Sequence[Complaint]:
        latest = sorted(self.told, key=lambda one: one.at, reverse=True)
        return [one for one in latest if after is None or one.at < after][:limit]

    async def publish(self, notices: Sequence[Notice]) -> int:
        held = {one.attempt for one in self.published}
        new = [one for one in notices if one.attempt not in held]
        for one in new:
            self.published.append(replace(one, id=len(self.published) + 1))
        return len(new)

    async def notices(self, day: date | None = None) -> Sequence[Notice]:
        latest = sorted(self.published, key=lambda one: (one.published_at, one.id), reverse=True)
        return [one for one in latest if day is None or one.holds_on(day)]

    async def left_out(self, day: date) -> Mapping[AgentId, str]:
        return {one.agent: one.words for one in reversed(await self.notices(day))}

    async def withdraw(self, notice: int, by: str, at: datetime, why: str) -> None:
        for place, one in enumerate(self.published):
            if one.id == notice:
                if one.withdrawn_at is not None:
                    raise Conflict(f"notice {notice} was withdrawn already")
                self.published[place] = replace(one, withdrawn_at=at, withdrawn_by=by, withdrawn_why=why)
                return
        raise NotFound(f"no notice {notice}")

    async def loads(self) -> Mapping[str, int]:
        waiting = [one.reviewers[place] for one in self.kept.values() for place in one.reviewers if one.wants(place)]
        return Counter(filter(None, waiting))


def _in(week: date, begin: date | None, end: date | None) -> bool:
    return (begin is None or week >= begin) and (end is None or week <= end)


def _fits(one: Review, wanted: ReviewFilter) -> bool:
    mine = one.place_of(wanted.reviewer) if wanted.reviewer else None
    return (
        _in(one.week, wanted.begin, wanted.end)
        and wanted.agent in {None, one.agent}
        and (wanted.after is None or one.attempt > wanted.after)
        and (wanted.reviewer is None or (mine is not None and one.wants(mine)))
        and (not wanted.disputed or one.open_dispute is not None)
        and (not wanted.fatal or (any(score.fatal for score in one.scores.values()) and not one.noticed))
    )


@dataclass
class FakeCaseBook:
    book: FakeContactBook
    kept: dict[int, Case] = field(default_factory=dict)
    last: int = 0

    async def add(self, case: Case) -> Case:
        call = next((one for one in calls_of(self.book) if one.attempt == case.attempt), None)
        if call is None:
            raise NotFound(f"no attempt {case.attempt} in which an agent spoke with somebody")
        _refuse_erased(self.book, call.contact)
        if any(one.attempt == case.attempt for one in self.kept.values()):
            raise Conflict(f"call {case.attempt} is in the library already")
        self.last += 1
        self.kept[self.last] = replace(case, id=self.last, agent=call.agent, campaign=call.campaign)
        return self.kept[self.last]

    async def change(self, case: int, tags: Sequence[str]) -> Case:
        if case not in self.kept:
            raise NotFound(f"no case {case}")
        self.kept[case] = replace(self.kept[case], tags=tuple(tags))
        return self.kept[case]

    async def remove(self, case: int) -> None:
        if self.kept.pop(case, None) is None:
            raise NotFound(f"no case {case}")

    async def cases(self, wanted: CaseFilter) -> Sequence[Case]:
        """Words as plain words alone: each must be there."""
        found = [
            one
            for _, one in sorted(self.kept.items(), reverse=True)
            if (wanted.after is None or one.id < wanted.after) and set(wanted.tags) <= set(one.tags)
            if set(wanted.words.lower().split()) <= set(f"{one.title} {one.why} {' '.join(one.tags)}".lower().split())
        ]
        return found[: wanted.limit]

    async def tags(self) -> Mapping[str, int]:
        counts = Counter(tag for one in self.kept.values() for tag in one.tags)
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def fake_quality_desk(book: FakeContactBook, clock: Clock) -> QualityDesk:
    return QualityDesk(FakeQualityBook(book), FakeCaseBook(book), load_quality, clock, Random(7))
