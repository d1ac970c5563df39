"""Who sits where, and what a day's report is made from, over the contact database in memory."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.condition import Condition
from dialer.domain.effect import Brought
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.staff import NOWHERE, Move, Stay
from dialer.engine.reports.desk import DayReports
from dialer.engine.reports.publishing import Publisher
from dialer.ports.contest import Contest
from dialer.ports.day_report import ClosedCalls, EndedCalls, StateTime
from monitoring.day_report.files import report_files
from tests.fakes.contact_book import FakeAttempt, FakeContactBook
from tests.fakes.contest import FakeContest
from tests.fakes.segments import FakePeopleReading, fake_segment_desk


@dataclass
class FakeStaffBook:
    book: FakeContactBook
    kept: list[Stay] = field(default_factory=list)

    async def stays(self, since: datetime, until: datetime) -> Sequence[Stay]:
        return [one for one in self._ordered() if one.begins_at < until and (not one.ends_at or one.ends_at > since)]

    async def history(self, agent: AgentId) -> Sequence[Stay]:
        return [one for one in self._ordered() if one.agent == agent]

    async def last(self) -> Mapping[AgentId, Stay]:
        return {one.agent: one for one in self._ordered()}

    async def move(self, moves: Sequence[Move]) -> None:
        before = list(self.kept)
        for move in sorted(moves, key=lambda one: one.at):
            try:
                await self._move(move)
            except (Conflict, NotFound):
                self.kept = before
                raise

    async def _move(self, move: Move) -> None:
        if move.agent not in self.book.enrolled:
            raise NotFound(f"agent {move.agent} is not enrolled")
        last = (await self.last()).get(move.agent)
        if last is not None and move.at <= (last.ends_at or last.begins_at):
            raise Conflict("is not after the last one")
        if last is not None and last.ends_at is None:
            self.kept[self.kept.index(last)] = replace(last, ends_at=move.at)
        if move.seat != NOWHERE:
            self.kept.append(Stay(move.agent, move.seat, move.at))

    def _ordered(self) -> list[Stay]:
        return sorted(self.kept, key=lambda one: (one.agent, one.begins_at))


@dataclass
class FakeDayReading:
    book: FakeContactBook
    people: FakePeopleReading

    async def names(self) -> Mapping[AgentId, str]:
        return {one.id: one.name for one in self.book.enrolled.values()}

    async def ended(self, since: datetime, until: datetime) -> Sequence[EndedCalls]:
        counts: Counter[tuple[str, AgentId | None, Outcome]] = Counter()
        talk: dict[tuple[str, AgentId | None, Outcome], float] = defaultdict(float)
        for held in self._ended(since, until):
            assert held.closed
            end, key = held.closed.ended.end, (self._campaign(held), _agent(held), held.closed.ended.outcome)
            counts[key] += 1
            talk[key] += (end.ended_at - end.connected_at).total_seconds() if end.connected_at else 0.0
        return [EndedCalls(*key, count, talk[key]) for key, count in counts.items()]

    async def closed(self, since: datetime, until: datetime) -> Sequence[ClosedCalls]:
        counts: Counter[tuple[str, AgentId, Disposition]] = Counter(
            (self._campaign(held), agent, held.disposition)
            for held in self._ended(since, until)
            if (agent := _agent(held)) is not None and held.disposition is not None
        )
        return [ClosedCalls(*key, count) for key, count in counts.items()]

    async def states(self, at: datetime) -> Mapping[AgentId, AgentState]:
        last = {note.agent: note.state for note in self.book.notes if note.at < at}
        return {agent: state for agent, state in last.items() if state is not AgentState.LOGGED_OUT}

    async def worked(self, since: datetime, until: datetime) -> Sequence[StateTime]:
        found: list[StateTime] = []
        for agent in {note.agent for note in self.book.notes}:
            notes = [note for note in self.book.notes if note.agent == agent and since <= note.at < until]
            notes.sort(key=lambda note: note.at)
            for state in {note.state for note in notes}:
                own = [place for place, note in enumerate(notes) if note.state is state]
                seconds = sum((notes[p + 1].at - notes[p].at).total_seconds() for p in own if p + 1 < len(notes))
                open_at = notes[-1].at if own[-1] + 1 == len(notes) else None
                found.append(StateTime(agent, state, seconds, notes[own[0]].at, open_at))
        return found

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, until: datetime, now: datetime
    ) -> Sequence[Brought]:
        return [
            Brought(
                self.people.fits(held.attempt.contact, conditions, now),
                plan.name,
                plan.product or plan.offer,
                1,
                1,
                held.disposition is Disposition.SALE,
            )
            for held in self._ended(since, until)
            if _agent(held) is not None
            for plan in [self.book.plans[held.attempt.campaign].plan]
        ]

    def _ended(self, since: datetime, until: datetime) -> list[FakeAttempt]:
        return [
            held
            for held in self.book.attempts.values()
            if held.closed is not None and since <= held.closed.ended.end.ended_at < until
        ]

    def _campaign(self, held: FakeAttempt) -> str:
        return self.book.plans[held.attempt.campaign].plan.name


def _agent(held: FakeAttempt) -> AgentId | None:
    return held.closed.ended.end.agent if held.closed else None


def fake_publisher(book: FakeContactBook, clock: Clock, contest: Contest | None = None) -> Publisher:
    staff, reading = FakeStaffBook(book), FakeDayReading(book, FakePeopleReading(book))
    segments = fake_segment_desk(book, clock)
    reports = DayReports(
        reading, staff, segments, contest or FakeContest(), clock, zone=ZoneInfo("America/New_York"), least_hours=1.0
    )
    return Publisher(reports, lambda report: report_files(report, ("csv",)), clock)
