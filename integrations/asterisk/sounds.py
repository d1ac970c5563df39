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
_OLD_DIALPLAN = "its dialplan can't tell whether a sound is there: write it anew (dialer asterisk config) and reload it"


@dataclass(slots=True)
class _Question:
    told: asyncio.Event = field(default_factory=asyncio.Event)
    there: bool | None = None
    """None: the link went, or nothing there could be asked."""
    no_dialplan: bool = False


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
            await self.clock.wait(question.told, _SECONDS)
        finally:
            del self._open[name]
        if question.no_dialplan:
            raise ActionRefused(_OLD_DIALPLAN)
        if question.there is None:
            raise TelephonyUnavailable("it did not tell whether a sound is there")
        return question.there

    def take(self, event: RawEvent) -> None:
        """An answer, if it is one; an Originate that fails before any was of a dialplan that has none."""
        if event.name == "OriginateResponse" and event.get("Response") == "Failure":
            self._answered(event.get("ActionID"), None)
        elif event.name == "UserEvent" and event.get("UserEvent") == EVENT_SOUND:
            self._answered(event.get("Question"), event.get("Status") == SOUND_IS_THERE)

    def link_lost(self) -> None:
        for question in self._open.values():
            question.told.set()

    def _answered(self, name: str, there: bool | None) -> None:
        question = self._open.get(name)
        if question is None or question.told.is_set():
            return
        question.there, question.no_dialplan = there, there is None
        question.told.set()
