"""Asks a server whether sounds are there. How: protocol.py, under "A recorded prompt"."""

import asyncio
from dataclasses import dataclass, field
from uuid import uuid4

from dialer.clock import Clock
from dialer.domain.errors import ActionRefused, BadInput, TelephonyUnavailable
from integrations.asterisk import orders
from integrations.asterisk.ami import AmiClient
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.protocol import EVENT_SOUND, SOUND_IS_THERE

_SECONDS = 5.0
_GRACE_SECONDS = 0.5
"""The end of the Originate may be told before the answer."""
_CAN_NOT_TELL = (
    "its dialplan can't tell: write it anew (dialer asterisk config) and reload it; "
    "dialer asterisk check says what it lacks"
)
_NO_CONTEXT = "does not exist"


@dataclass(slots=True)
class _Question:
    over: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    there: bool = False
    failed: bool = False
    """Its Originate ended without being answered, as it does; what was told, if anything was, is on its way."""


@dataclass(slots=True)
class SoundInquiry:
    client: AmiClient
    clock: Clock
    _open: dict[str, _Question] = field(default_factory=dict)

    async def there(self, sound: str) -> bool:
        """Whether every file of a sound is there, several being joined by &. As Telephony.has_sound says."""
        for one in sound.split("&"):
            if not await self._there(one):
                return False
        return True

    async def _there(self, sound: str) -> bool:
        name, question = uuid4().hex, _Question()
        try:
            headers = orders.ask_for_sound(sound, name)
        except BadInput as error:
            raise ActionRefused(str(error)) from error
        self._open[name] = question
        try:
            await self.client.action("Originate", headers)
            await self.clock.wait(question.over, _SECONDS)
            if question.failed:
                await self.clock.wait(question.told, _GRACE_SECONDS)
        except ActionRefused as refused:
            if _NO_CONTEXT not in str(refused):
                raise
            question.failed = True
        finally:
            del self._open[name]
        if question.told.is_set():
            return question.there
        if question.failed:
            raise ActionRefused(_CAN_NOT_TELL)
        raise TelephonyUnavailable("it did not tell whether a sound is there")

    def take(self, event: RawEvent) -> None:
        """An answer, or the end of a question."""
        if event.name == "OriginateResponse" and (question := self._open.get(event.get("ActionID"))):
            if event.get("Response") == "Failure":
                question.failed = True
                question.over.set()
        elif event.get("UserEvent") == EVENT_SOUND and (question := self._open.get(event.get("Question"))):
            question.there = event.get("Status") == SOUND_IS_THERE
            question.told.set()
            question.over.set()

    def link_lost(self) -> None:
        for question in self._open.values():
            question.over.set()
