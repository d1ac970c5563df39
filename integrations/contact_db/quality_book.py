"""What quality sampling keeps: samples, assignments, scores, disputes, complaints and notices."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.quality.assigning import Assigned
from dialer.domain.quality.forms import ScoreForm
from dialer.domain.quality.review import Dispute, Notice, Review, Score
from dialer.domain.quality.rules import COMPLAINTS
from dialer.domain.quality.sampling import DrawnCall, FrameCall, StratumDrawn
from dialer.ports.quality import Complaint, ReviewFilter, Sample
from integrations.contact_db import quality_statements as sql
from integrations.contact_db.database import ContactDatabase, driver_of
from integrations.contact_db.erased import refuse_erased
from integrations.contact_db.quality_rows import (
    call_columns,
    frame_call,
    notice_of,
    review_of,
    score_values,
    stratum_columns,
    told_forms,
)

_PAGE = 20_000


class DatabaseQualityBook:
    """dialer.ports.quality.QualityBook on PostgreSQL; also dialer.ports.contest.Contest."""

    def __init__(self, database: ContactDatabase, page: int = _PAGE) -> None:
        self._database, self._page = database, page

    async def frame(self, begin: datetime, end: datetime) -> AsyncIterator[Sequence[FrameCall]]:
        async with self._database.transaction() as connection:
            await connection.execute(sql.BEGIN)
            async with driver_of(connection) as driver:
                cursor = await driver.cursor(sql.FRAME, begin, end)
                while rows := await cursor.fetch(self._page):
                    yield [frame_call(row) for row in rows]

    async def first_calls(self, agents: Collection[AgentId]) -> Mapping[AgentId, datetime]:
        rows = await self._database.fetch(sql.FIRST_CALLS, {"agents": sorted(agents)})
        return {AgentId(row.agent): row.at for row in rows if row.at is not None}

    async def keep_sample(
        self,
        sample: Sample,
        strata: Sequence[StratumDrawn],
        calls: Sequence[tuple[DrawnCall, ScoreForm]],
        places: Sequence[Assigned] = (),
    ) -> None:
        rows = [(sample.week, one.call, one.stratum, one.probability, form) for one, form in calls]

        async def work(connection: AsyncConnection) -> None:
            kept = await connection.execute(sql.KEEP_SAMPLE, asdict(sample))
            if not kept.all():
                raise Conflict(f"the week of {sample.week} was drawn already", "week")
            await connection.execute(
                sql.KEEP_FORMS, {"forms": told_forms([form for _, form in calls]), "at": sample.drawn_at}
            )
            await connection.execute(sql.KEEP_STRATA, {"week": sample.week, **stratum_columns(strata)})
            put = (await connection.execute(sql.KEEP_CALLS, call_columns(rows))).all()
            if len(put) < len(rows):
                raise Conflict("calls of this week are in a sample already, or went meanwhile", "week")
            await connection.execute(sql.ASSIGN, _assigned(places, sample.drawn_at))

        await self._database.run(work)

    async def samples(self, begin: date | None = None, end: date | None = None) -> Sequence[Sample]:
        rows = await self._database.fetch(sql.SAMPLES, {"begin": begin, "end": end})
        return [Sample(**row._mapping) for row in rows]

    async def strata(self, begin: date | None, end: date | None) -> Mapping[tuple[date, AgentId, str], int]:
        rows = await self._database.fetch(sql.STRATA, {"begin": begin, "end": end})
        return {(row.week, AgentId(row.agent_id), row.stratum): row.calls for row in rows}

    async def assign(self, places: Sequence[Assigned], at: datetime) -> int:
        return len(await self._database.fetch(sql.ASSIGN, _assigned(places, at)))

    async def missed_complaints(self) -> Sequence[tuple[date, FrameCall]]:
        return [(row.week, frame_call(row[1:])) for row in await self._database.fetch(sql.MISSED)]

    async def add_calls(self, calls: Sequence[tuple[date, FrameCall, ScoreForm]]) -> int:
        rows = [(week, call, COMPLAINTS, None, form) for week, call, form in calls]

        async def work(connection: AsyncConnection) -> int:
            now = max(call.ended_at for _, call, _ in calls)
            await connection.execute(sql.KEEP_FORMS, {"forms": told_forms([form for *_, form in calls]), "at": now})
            return len((await connection.execute(sql.KEEP_CALLS, call_columns(rows))).all())

        return await self._database.run(work, repeatable=True) if calls else 0

    async def reviews(self, wanted: ReviewFilter) -> Sequence[Review]:
        return await self._reviews(wanted, None)

    async def review(self, attempt: AttemptId) -> Review:
        found = await self._reviews(ReviewFilter(), attempt)
        if not found:
            raise _unsampled(attempt)
        return found[0]

    async def _reviews(self, wanted: ReviewFilter, attempt: AttemptId | None) -> Sequence[Review]:
        rows = await self._database.fetch(sql.REVIEWS, asdict(wanted) | {"attempt": attempt})
        return [review_of(row) for row in rows]

    async def keep_score(self, attempt: AttemptId, score: Score) -> None:
        if not await self._done(sql.KEEP_SCORE, score_values(attempt, score)):
            await self.review(attempt)
            raise Conflict("this call has been scored there, or by them, already")

    async def mark_unscorable(self, attempt: AttemptId, why: str) -> None:
        if not await self._done(sql.UNSCORABLE, {"attempt": attempt, "why": why}):
            raise _unsampled(attempt)

    async def open_dispute(self, attempt: AttemptId, dispute: Dispute) -> None:
        values = {"attempt": attempt, "origin": dispute.origin.value, "reason": dispute.reason}
        if not await self._done(sql.OPEN_DISPUTE, values | {"raised_at": dispute.raised_at}):
            await self.review(attempt)
            raise Conflict("it is looked at again already")

    async def settle(self, attempt: AttemptId, settled: Dispute, score: Score | None) -> None:
        values = asdict(settled) | {"attempt": attempt}

        async def work(connection: AsyncConnection) -> None:
            wanted = {name: values[name] for name in ("attempt", "result", "settled_by", "settled_at", "words")}
            if not (await connection.execute(sql.SETTLE, wanted)).all():
                raise Conflict("no dispute of this call is open")
            if score is not None:
                await connection.execute(sql.DROP_SETTLED, {"attempt": attempt})
                if not (await connection.execute(sql.KEEP_SCORE, score_values(attempt, score))).all():
                    raise Conflict("you have scored this call meanwhile: have somebody else settle it")

        await self._database.run(work)

    async def note_complaint(self, about: AttemptId | ContactId, complaint: Complaint) -> AttemptId:
        named = {"attempt": about, "contact": None} if isinstance(about, str) else {"attempt": None, "contact": about}

        async def work(connection: AsyncConnection) -> AttemptId:
            found = (await connection.execute(sql.SPOKEN_TO, named | {"at": complaint.at})).one_or_none()
            if found is None:
                what = f"no attempt {about}" if isinstance(about, str) else f"no call to contact {about}"
                raise NotFound(f"{what} in which an agent spoke with them")
            await refuse_erased(connection, ContactId(found.contact_id))
            kept = {name: getattr(complaint, name) for name in ("kind", "note", "at", "noted_by")}
            call = {"attempt": found.attempt_id, "contact": found.contact_id}
            await connection.execute(sql.COMPLAIN, kept | call)
            return AttemptId(str(found.attempt_id))

        return await self._database.run(work)

    async def complaints(self, after: datetime | None, limit: int) -> Sequence[Complaint]:
        rows = await self._database.fetch(sql.COMPLAINTS, {"after": after, "limit": limit})
        return [Complaint(AttemptId(str(row.attempt_id)), row.kind, row.note, row.at, row.noted_by) for row in rows]

    async def publish(self, notices: Sequence[Notice]) -> int:
        return sum([await self._done(sql.PUBLISH, _published(one)) for one in notices])

    async def notices(self, day: date | None = None) -> Sequence[Notice]:
        return [notice_of(row) for row in await self._database.fetch(sql.NOTICES, {"day": day})]

    async def left_out(self, day: date) -> Mapping[AgentId, str]:
        """Of several notices the latest."""
        return {one.agent: one.words for one in reversed(await self.notices(day))}

    async def withdraw(self, notice: int, by: str, at: datetime, why: str) -> None:
        if await self._done(sql.WITHDRAW, {"notice": notice, "by": by, "at": at, "why": why}):
            return
        if not await self._database.fetch(sql.NOTICE, {"notice": notice}):
            raise NotFound(f"no notice {notice}")
        raise Conflict(f"notice {notice} was withdrawn already")

    async def loads(self) -> Mapping[str, int]:
        return {row.reviewer: row.calls for row in await self._database.fetch(sql.LOADS)}

    async def _done(self, statement: TextClause, values: Mapping[str, Any]) -> bool:
        return bool(await self._database.fetch(statement, values, repeatable=False))


def _assigned(places: Sequence[Assigned], at: datetime) -> dict[str, Any]:
    return {
        "attempts": [one.attempt for one in places],
        "places": [one.place.value for one in places],
        "reviewers": [one.reviewer for one in places],
        "at": at,
    }


def _published(notice: Notice) -> dict[str, Any]:
    names = ("attempt", "agent", "words", "published_at", "published_by", "begins_on", "ends_on")
    return {name: getattr(notice, name) for name in names}


def _unsampled(attempt: AttemptId) -> NotFound:
    return NotFound(f"call {attempt} is in no sample")
