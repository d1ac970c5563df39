"""Which server has which sound: asked before a prompt is placed, since who answers would else hear silence."""

import asyncio
import logging
from dataclasses import dataclass, field

from dialer.clock import Clock
from dialer.domain.errors import ActionRefused, TelephonyUnavailable
from dialer.domain.ids import ServerName
from dialer.ports import Telephony

KNOWN_SECONDS = 600.0
"""So long a sound that is there is taken to stay."""
AGAIN_SECONDS = 30.0
"""So soon one is asked for anew that was not, or of which nothing was told."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    lack: str
    """Why it can't be played; empty: it is there."""
    again_at: float


@dataclass(slots=True)
class Sounds:
    telephony: Telephony
    clock: Clock
    _answers: dict[tuple[ServerName, str], _Answer] = field(default_factory=dict)

    async def look(self, sound: str, *servers: ServerName) -> None:
        """Ask those servers of which it is not known, or not any more."""
        now = self.clock.monotonic()
        known = [self._answers.get((server, sound)) for server in servers]
        asked = [server for server, one in zip(servers, known, strict=True) if one is None or one.again_at <= now]
        lacks = await asyncio.gather(*(self._asked(server, sound) for server in asked))
        for server, lack in zip(asked, lacks, strict=True):
            before = self._answers.get((server, sound))
            if before is None or before.lack != lack:
                _log.info("sound %s: %s", sound, lack or f"is on {server}")
            self._answers[server, sound] = _Answer(lack, now + (AGAIN_SECONDS if lack else KNOWN_SECONDS))

    def lack(self, server: ServerName, sound: str) -> str | None:
        """Why a server can't play it, and what to do; empty: it can; None: it was not asked."""
        answer = self._answers.get((server, sound))
        return None if answer is None else answer.lack

    async def _asked(self, server: ServerName, sound: str) -> str:
        try:
            if await self.telephony.has_sound(server, sound):
                return ""
        except (ActionRefused, TelephonyUnavailable) as error:
            return f"not known whether sound {sound} is on {server}: {error}"
        return (
            f"sound {sound} is not on {server}: put its file among the server's sounds, or name another in the plan; "
            f"it is looked for again every {AGAIN_SECONDS:.0f} s"
        )
