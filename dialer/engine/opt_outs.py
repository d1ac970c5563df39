"""Who pressed the opt-out key in an information message: the number goes on do-not-call at once, and only then is the
key press forgotten by the server.

A server keeps each key press from the moment of it. So one that comes while we are dead, or that dies with us, is taken
with the next snapshot, before anything is dialed on that server.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.clock import Clock
from dialer.domain.errors import DatabaseUnavailable, TelephonyUnavailable
from dialer.domain.events import OptedOut, TelephonyEvent
from dialer.domain.ids import ServerName
from dialer.ports import DncBook, Telephony

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0


@dataclass(slots=True)
class OptOuts:
    book: DncBook
    telephony: Telephony
    clock: Clock
    _waiting: list[OptedOut] = field(default_factory=list)
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: TelephonyEvent) -> None:
        """Note a key press; of other events nothing."""
        if isinstance(event, OptedOut):
            self._waiting.append(event)
            self._nudge.set()

    async def run(self) -> None:
        """List the numbers as keys are pressed, for ever."""
        while True:
            await self._nudge.wait()
            self._nudge.clear()
            while self._waiting:
                pressed, self._waiting = self._waiting, []
                await self._keep_until_kept(pressed)

    async def keep(self, pressed: Sequence[OptedOut]) -> None:
        """List the numbers, then have their servers forget; any of it may have been done before.

        DatabaseUnavailable: not all are listed, and no server has forgotten any.
        """
        for one in pressed:
            if await self.book.add([one.number], source_of(one), one.at):
                _log.info("the opt-out key was pressed on call %s at %s", one.call, one.server)
        calls: dict[ServerName, list[str]] = {}
        for one in pressed:
            calls.setdefault(one.server, []).append(one.call)
        for server, done in calls.items():
            try:
                await self.telephony.forget_opt_outs(server, done)
            except TelephonyUnavailable:
                _log.info("%d key presses stay in %s until its link is back", len(done), server)

    async def _keep_until_kept(self, pressed: Sequence[OptedOut]) -> None:
        while True:
            try:
                await self.keep(pressed)
                return
            except DatabaseUnavailable as error:
                _log.warning("%d numbers wait to be put on do-not-call: %s", len(pressed), error)
                await self.clock.sleep(_RETRY_SECONDS)


def source_of(pressed: OptedOut) -> str:
    """Whence the number is on do-not-call, in words for the list."""
    if pressed.attempt is None:
        return "key pressed in a call back to us"
    return f"key pressed in the message of attempt {pressed.attempt}"
