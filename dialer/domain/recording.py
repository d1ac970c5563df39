"""The recording of a call: what is done with it, and what is to be told of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.recordings import Term
from dialer.domain.ids import AgentId, AttemptId, ContactId, ServerName
from dialer.domain.phone import PhoneNumber


class RecordingAct(StrEnum):
    """What somebody did with a recording."""

    HEARD = "heard"
    PAUSED = "paused"
    RESUMED = "resumed"
    HELD = "held"
    RELEASED = "released"
    DELETED = "deleted"


class RecordingState(StrEnum):
    """What has become of a call's recording."""

    THERE = "there"
    GOING_ON = "going on"  # the call is not over
    NOT_RECORDED = "not recorded"  # by its campaign, or since nobody answered
    DELETED = "deleted"
    MISSING = "missing"  # there should be one, and there is none
    OUT_OF_REACH = "out of reach"  # no folder is set for its server


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """What is stored of an attempt that bears on its recording."""

    attempt: AttemptId
    contact: ContactId
    server: ServerName
    campaign: str
    number: PhoneNumber
    agent: AgentId | None
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    """None: it is open."""
    wanted: bool
    """Whether its campaign has calls recorded, as things stand."""


@dataclass(frozen=True, slots=True)
class RecordingNote:
    """One line of the log of what was done with recordings."""

    attempt: AttemptId
    contact: ContactId
    at: datetime
    by: str
    """Of whom the token was; `paceline`: nobody's, the service itself."""
    role: str
    act: RecordingAct
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording as it lies on the disk."""

    bytes: int
    seconds: float | None
    """None: its head can't be read."""


def held_by(notes: Sequence[RecordingNote]) -> RecordingNote | None:
    """The note by which a recording must not be deleted; None: nothing keeps it."""
    moved = [note for note in notes if note.act in (RecordingAct.HELD, RecordingAct.RELEASED)]
    return moved[-1] if moved and moved[-1].act is RecordingAct.HELD else None


def pauses_in(notes: Sequence[RecordingNote]) -> list[tuple[datetime, datetime | None]]:
    """When it was paused, and when resumed; None: it was not."""
    found: list[tuple[datetime, datetime | None]] = []
    begun: datetime | None = None
    for note in notes:
        if note.act is RecordingAct.PAUSED and begun is None:
            begun = note.at
        elif note.act is RecordingAct.RESUMED and begun is not None:
            found.append((begun, note.at))
            begun = None
    return found if begun is None else [*found, (begun, None)]


def state_of(
    call: RecordedCall, notes: Sequence[RecordingNote], file: RecordingFile | None, *, in_reach: bool
) -> RecordingState:
    """`in_reach`: its server's recordings can be seen from here."""
    if call.ended_at is None:
        return RecordingState.GOING_ON
    if file is not None:
        return RecordingState.THERE
    if any(note.act is RecordingAct.DELETED for note in notes):
        return RecordingState.DELETED
    if call.answered_at is None or not call.wanted:
        return RecordingState.NOT_RECORDED
    return RecordingState.MISSING if in_reach else RecordingState.OUT_OF_REACH


def may_go(call: RecordedCall, term: Term, notes: Sequence[RecordingNote], now: datetime) -> bool:
    """Whether a recording is to be deleted: its time is over, and nothing keeps it."""
    if call.ended_at is None or held_by(notes) is not None:
        return False
    ends = term.ends(call.ended_at)
    return ends is not None and ends <= now
