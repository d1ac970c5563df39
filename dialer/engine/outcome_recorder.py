"""Stores how attempts ended. What the database can't take now is kept on disk until it can.

An outcome goes: memory -> database -> (then only) the record in Asterisk is deleted. When the database says no, the
batch is written to the spool, so that it also survives our own death while Asterisk restarts.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dialer.clock import Clock
from dialer.domain.errors import DatabaseUnavailable, TelephonyUnavailable
from dialer.domain.ids import AttemptId, ServerName
from dialer.engine.spool import Spool
from dialer.ports import AttemptBook, ClosedAttempt, Telephony

_log = logging.getLogger(__name__)
_BATCH = 500
_RETRY_SECONDS = 2.0


@dataclass(slots=True)
class OutcomeRecorder:
    book: AttemptBook
    telephony: Telephony
    spool: Spool
    clock: Clock
    stored: Callable[[Sequence[ClosedAttempt]], None] = lambda _: None
    """Told of outcomes that are in the database."""
    _waiting: deque[ClosedAttempt] = field(default_factory=deque)
    _unstored: set[AttemptId] = field(default_factory=set)
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, closed: ClosedAttempt) -> None:
        self._waiting.append(closed)
        self._unstored.add(closed.ended.attempt)
        self._idle.clear()
        self._nudge.set()

    def holds(self, attempt: AttemptId) -> bool:
        """The attempt's outcome is on its way to the database."""
        return attempt in self._unstored

    @property
    def depth(self) -> int:
        """Outcomes not stored yet."""
        return len(self._unstored)

    async def take_back_spool(self) -> Sequence[ClosedAttempt]:
        """Queue what an earlier run could not store, and tell what that is."""
        left = self.spool.read()
        for closed in left:
            self.put(closed)
        return left

    async def run(self) -> None:
        """Store outcomes as they come, for ever."""
        while True:
            if not self._waiting:
                self._idle.set()
            await self._nudge.wait()
            self._nudge.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                await self._store(batch)

    async def flushed(self, seconds: float) -> bool:
        """Wait until all is stored, at most so long; False: some is not."""
        return not self._unstored or await self.clock.wait(self._idle, seconds)

    async def _store(self, batch: list[ClosedAttempt]) -> None:
        spooled = False
        while True:
            try:
                await self.book.close(batch)
                break
            except DatabaseUnavailable as error:
                spooled = spooled or self._keep_on_disk(batch, error)
                await self.clock.sleep(_RETRY_SECONDS)
        self.stored(batch)
        self._unstored.difference_update(closed.ended.attempt for closed in batch)
        if not self._unstored:
            self.spool.clear_if_written()
        await self._forget(batch)

    def _keep_on_disk(self, batch: list[ClosedAttempt], why: DatabaseUnavailable) -> bool:
        try:
            self.spool.write(batch)
        except OSError as error:
            _log.error("%d outcomes are in memory and in Asterisk alone: the spool says %s", len(batch), error)
            return False
        _log.warning("%d outcomes kept on disk until the database can take them: %s", len(batch), why)
        return True

    async def _forget(self, batch: list[ClosedAttempt]) -> None:
        by_server: dict[ServerName, list[AttemptId]] = {}
        for closed in batch:
            by_server.setdefault(closed.ended.server, []).append(closed.ended.attempt)
        for server, attempts in by_server.items():
            try:
                await self.telephony.forget(server, attempts)
            except TelephonyUnavailable:
                _log.info("%d stored records stay in %s until its link is back", len(attempts), server)
