"""Recordings of calls: heard, paused, held and deleted, each with a line in the log of who did it.

What is heard is noted before a byte of it is given, what is deleted before it is gone. A pause takes effect before it
is noted: a card number must not be heard since the database is away.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from compliance.recordings import Term, term_of
from compliance.rulebook import Rules
from compliance.zones import place_of
from dialer.domain.agent import AgentState
from dialer.domain.errors import ActionRefused, Conflict, DialerError, RecordingsUnavailable
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.recording import (
    RecordedCall,
    RecordingAct,
    RecordingFile,
    RecordingNote,
    RecordingState,
    held_by,
    may_go,
    pauses_in,
    state_of,
)
from dialer.engine.engine import Engine
from dialer.ports.recordings import RecordingBook, RecordingStore

_log = logging.getLogger(__name__)
_PAGE = 1_000
Found = tuple[ServerName, AttemptId]


@dataclass(frozen=True, slots=True)
class Who:
    """Whose doing it is."""

    name: str
    role: str


PACELINE = Who("paceline", "service")


@dataclass(frozen=True, slots=True)
class Recording:
    """What is known of an attempt's recording."""

    call: RecordedCall
    state: RecordingState
    file: RecordingFile | None
    term: Term
    deleted_from: datetime | None
    """When its time is over; None: never, or the call is not over."""
    held: RecordingNote | None
    pauses: Sequence[tuple[datetime, datetime | None]]
    notes: Sequence[RecordingNote]


@dataclass(slots=True)
class Expiry:
    """What is to be deleted, or was."""

    going: Counter[Term] = field(default_factory=Counter)
    held: int = 0
    """Over their time, and kept by somebody's order."""
    strangers: int = 0
    """Named like an attempt that is not in the database: left alone."""
    more: bool = False
    """As many as were asked for are done; there may be others."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A person's recordings."""

    deleted: int
    stay: Mapping[AttemptId, str]
    """Each with the reason."""


class RecordingDesk:
    def __init__(self, engine: Engine, book: RecordingBook, store: RecordingStore, keep_days: int = 0) -> None:
        """`keep_days`: how long they are kept at most; 0: as the rules say."""
        self._engine, self._book, self._store, self._keep_days = engine, book, store, keep_days
        self._clock = engine.clock

    # --- seeing and hearing

    async def call(self, attempt: AttemptId) -> RecordedCall:
        """NotFound: there is no such attempt."""
        return await self._book.call(attempt)

    async def about(self, attempt: AttemptId) -> Recording:
        call = await self._book.call(attempt)
        notes = (await self._book.notes([attempt]))[attempt]
        file = await asyncio.to_thread(self._store.file, call.server, attempt)
        term = self._term(call)
        return Recording(
            call=call,
            state=state_of(call, notes, file, in_reach=self._store.reaches(call.server)),
            file=file,
            term=term,
            deleted_from=None if call.ended_at is None else term.ends(call.ended_at),
            held=held_by(notes),
            pauses=pauses_in(notes),
            notes=notes,
        )

    async def hear(self, attempt: AttemptId, who: Who, what: str) -> Path:
        """The file, once it is noted who hears it; `what`: which part is asked for. NotFound: there is none."""
        call = await self._book.call(attempt)
        if call.ended_at is None:
            raise Conflict(f"the call of attempt {attempt} is not over")
        path = await asyncio.to_thread(self._store.path, call.server, attempt)
        await self._book.note([self._note(call, who, RecordingAct.HEARD, what)])
        return path

    # --- while a call goes on

    async def pause(self, agent: AgentId, who: Who, *, paused: bool) -> AttemptId:
        """Have the recording of the call that an agent is in be silent, or go on. Conflict: there is none."""
        entry = self._engine.floor.roster.known(agent)
        if entry.state is not AgentState.TALKING or entry.attempt is None:
            raise Conflict(f"agent {agent} is {entry.state}: there is no call that is recorded")
        attempt = entry.attempt
        try:
            await self._engine.telephony.pause_recording(entry.server, attempt, paused=paused)
        except ActionRefused as refused:
            raise Conflict(f"the call is not recorded: {refused}") from refused
        call = await self._book.call(attempt)
        await self._book.note([self._note(call, who, RecordingAct.PAUSED if paused else RecordingAct.RESUMED, "")])
        return attempt

    # --- keeping and deleting

    async def hold(self, attempt: AttemptId, who: Who, why: str) -> None:
        """Have it kept, whatever the rules say, until it is released. Conflict: it is held already, or gone."""
        found = await self.about(attempt)
        if found.held is not None:
            raise Conflict(f"it is held already, by {found.held.by}")
        if found.state in (RecordingState.DELETED, RecordingState.NOT_RECORDED):
            raise Conflict(f"there is nothing to hold: {found.state}")
        await self._book.note([self._note(found.call, who, RecordingAct.HELD, why)])

    async def release(self, attempt: AttemptId, who: Who, why: str) -> None:
        found = await self.about(attempt)
        if found.held is None:
            raise Conflict("nobody holds it")
        await self._book.note([self._note(found.call, who, RecordingAct.RELEASED, why)])

    async def expire(self, who: Who, *, delete: bool, most: int = 100_000) -> Expiry:
        """Find the recordings whose time is over; with `delete`, delete them, at most so many."""
        told = Expiry()
        shortest = _shortest(self._engine.gate.rules, self._keep_days)
        if shortest is None:
            return told
        found = self._store.older(self._clock.now() - timedelta(days=shortest))
        while page := await asyncio.to_thread(lambda: list(islice(found, _PAGE))):
            going = await self._over(page, told)
            if delete:
                await self._delete([(call, term.rule) for call, term in going], who)
            told.going.update(term for _, term in going)
            if told.going.total() >= most:
                told.more = True
                break
        return told

    async def _over(self, page: Sequence[Found], told: Expiry) -> list[tuple[RecordedCall, Term]]:
        """Those of a page that may go, by which rule; what else was found is counted."""
        now, attempts = self._clock.now(), [attempt for _, attempt in page]
        calls, notes = await self._book.calls(attempts), await self._book.notes(attempts)
        going = []
        for attempt in attempts:
            call = calls.get(attempt)
            if call is None:
                told.strangers += 1
                continue
            term = self._term(call)
            if may_go(call, term, notes[attempt], now):
                going.append((call, term))
            elif may_go(call, term, (), now):
                told.held += 1
        return going

    async def erase(self, attempts: Collection[AttemptId], who: Who, *, delete: bool) -> Erased:
        """Delete a person's recordings; without `delete`, say what would become of them."""
        calls, notes = await self._book.calls(attempts), await self._book.notes(attempts)
        stays: dict[AttemptId, str] = {}
        going = []
        for call in calls.values():
            held = held_by(notes[call.attempt])
            if held is not None:
                stays[call.attempt] = f"held by {held.by}: {held.why}"
            elif not self._store.reaches(call.server):
                stays[call.attempt] = f"no folder is set for the recordings of {call.server}: delete it there"
            elif await asyncio.to_thread(self._store.file, call.server, call.attempt) is not None:
                going.append((call, "erasure"))
        if delete:
            await self._delete(going, who)
        return Erased(len(going), stays)

    async def _delete(self, going: Sequence[tuple[RecordedCall, str]], who: Who) -> None:
        """Each with the reason. RecordingsUnavailable: of one that could not be deleted; all others are."""
        await self._book.note([self._note(call, who, RecordingAct.DELETED, why) for call, why in going])
        stay: RecordingsUnavailable | None = None
        for call, _ in going:
            try:
                await asyncio.to_thread(self._store.delete, call.server, call.attempt)
            except RecordingsUnavailable as error:
                stay = stay or error
        if stay is not None:
            raise stay

    def _note(self, call: RecordedCall, who: Who, act: RecordingAct, why: str) -> RecordingNote:
        return RecordingNote(call.attempt, call.contact, self._clock.now(), who.name, who.role, act, why)

    def _term(self, call: RecordedCall) -> Term:
        return term_of(self._engine.gate.rules, place_of(call.number.e164), self._clock.now(), self._keep_days)

    async def expire_daily(self) -> None:
        """Delete what is over its time, and say in the log how many."""
        try:
            told = await self.expire(PACELINE, delete=True)
        except DialerError as error:
            _log.warning("recordings whose time is over stay: %s", error)
            return
        _log.info("%d recordings were deleted, %d are held", told.going.total(), told.held)


def _shortest(rules: Rules, keep_days: int) -> int | None:
    """Days before which no recording's time can be over; None: nothing says how long they are kept."""
    days = [rule.days for of in rules.recordings.values() for rule in of if rule.days is not None]
    return min([*days, *([keep_days] if keep_days else [])], default=None)
