"""What is answered about recordings."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from dialer.domain.recording import RecordingAct, RecordingNote, RecordingState
from dialer.engine.recordings import Expiry, Recording
from integrations.http_api.answers import Answer


class RecordingPause(Answer):
    since: datetime
    until: datetime | None = Field(description="null: it was not resumed")


class RecordingHold(Answer):
    by: str
    why: str
    since: datetime


class RecordingAnswer(Answer):
    attempt: str
    state: RecordingState
    campaign: str
    agent: str | None
    server: str
    bytes: int | None
    seconds: float | None = Field(description="null: there is none, or its head can't be read")
    pauses: list[RecordingPause] = Field(description="when it was silent, since a card number was taken or the like")
    jurisdiction: str = Field(description="whose rule says how long it may be kept")
    rule: str
    delete_from: datetime | None = Field(description="when it must be gone; null: no rule says when, or it goes on")
    held: RecordingHold | None = Field(description="by whose order it is kept all the same")


class RecordingPaused(Answer):
    attempt: str
    paused: bool


class RecordingLine(Answer):
    at: datetime
    by: str
    role: str
    act: RecordingAct
    why: str


class RecordingLog(Answer):
    items: list[RecordingLine]


class ExpiredRecordings(Answer):
    jurisdiction: str
    rule: str
    days: int | None
    recordings: int


class ExpiryAnswer(Answer):
    done: bool
    going: list[ExpiredRecordings] = Field(description="over their time, by the rule that says so")
    held: int = Field(description="over their time, and kept by somebody's order")
    strangers: int = Field(description="files named by an attempt that is not in the database: left alone")
    more: bool = Field(description="there may be others: ask again")


def recording_answer(found: Recording) -> RecordingAnswer:
    call, file, held = found.call, found.file, found.held
    return RecordingAnswer(
        attempt=call.attempt,
        state=found.state,
        campaign=call.campaign,
        agent=call.agent,
        server=call.server,
        bytes=None if file is None else file.bytes,
        seconds=None if file is None else file.seconds,
        pauses=[RecordingPause(since=since, until=until) for since, until in found.pauses],
        jurisdiction=found.term.jurisdiction,
        rule=found.term.rule,
        delete_from=found.deleted_from,
        held=None if held is None else RecordingHold(by=held.by, why=held.why, since=held.at),
    )


def log_answer(notes: Sequence[RecordingNote]) -> RecordingLog:
    return RecordingLog(items=[RecordingLine.model_validate(note) for note in notes])


def expiry_answer(told: Expiry, *, done: bool) -> ExpiryAnswer:
    going = [
        ExpiredRecordings(jurisdiction=term.jurisdiction, rule=term.rule, days=term.days, recordings=count)
        for term, count in sorted(told.going.items(), key=lambda one: (one[0].jurisdiction, one[0].rule))
    ]
    return ExpiryAnswer(done=done, going=going, held=told.held, strangers=told.strangers, more=told.more)
