"""Recorded calls and their log in memory. tests/contract/test_recording_book.py holds it to the real one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dialer.domain.errors import DatabaseUnavailable, NotFound
from dialer.domain.ids import AttemptId
from dialer.domain.recording import RecordedCall, RecordingNote
from tests.fakes.contact_book import FakeAttempt, FakeContactBook


@dataclass
class FakeRecordingBook:
    book: FakeContactBook
    log: list[RecordingNote] = field(default_factory=list)
    away: bool = False
    """Nothing can be noted."""

    async def call(self, attempt: AttemptId) -> RecordedCall:
        if attempt not in self.book.attempts:
            raise NotFound(f"there is no attempt {attempt}")
        return self._call(self.book.attempts[attempt])

    async def calls(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, RecordedCall]:
        return {one: self._call(self.book.attempts[one]) for one in attempts if one in self.book.attempts}

    async def notes(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, Sequence[RecordingNote]]:
        return {one: [note for note in self.log if note.attempt == one] for one in attempts}

    async def note(self, notes: Sequence[RecordingNote]) -> None:
        if self.away:
            raise DatabaseUnavailable("down")
        self.log += notes

    def _call(self, held: FakeAttempt) -> RecordedCall:
        attempt, closed = held.attempt, held.closed
        plan = self.book.plans[attempt.campaign].plan
        return RecordedCall(
            attempt=attempt.id,
            contact=attempt.contact,
            server=attempt.server,
            campaign=plan.name,
            number=attempt.number,
            agent=held.agent,
            opened_at=attempt.opened_at,
            answered_at=closed.ended.end.answered_at if closed else None,
            ended_at=closed.ended.end.ended_at if closed else None,
            wanted=plan.recording and not attempt.prompt,
        )
