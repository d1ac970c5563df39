"""Tags on inbound callers: the agent who gets the call of a target is told what to offer.

Who calls is looked up while they wait, under a deadline, beside the call and never in its way: a look-up that is late
tells the agent later, one that fails tells nobody.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dialer.clock import Clock
from dialer.domain.errors import DialerError
from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundJoined,
    InboundLeft,
    LinkDown,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, ContactId, ServerName
from dialer.domain.phone import PhoneNumber
from dialer.engine.feed import CallerTag
from dialer.engine.floor import Floor, Spawn
from dialer.ports.triggers import Offer, OfferBook

_log = logging.getLogger(__name__)
_LOOK_UP_SECONDS = 5.0
_AT_ONCE = 2
"""Look-ups that may use the database at the same time: a flood of callers must not keep the dialing from it."""
_Key = tuple[ServerName, str]


@dataclass(slots=True)
class _Caller:
    agent: AgentId | None = None
    offers: Sequence[tuple[ContactId, Offer]] = field(default_factory=tuple)
    told: bool = False


class InboundTags:
    def __init__(self, book: OfferBook, floor: Floor, clock: Clock, spawn: Spawn) -> None:
        self._book, self._floor, self._clock, self._spawn = book, floor, clock, spawn
        self._callers: dict[_Key, _Caller] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)

    def apply(self, event: TelephonyEvent) -> None:
        """Only changes memory; others than of inbound callers mean nothing here."""
        match event:
            case InboundJoined(number=PhoneNumber() as number):
                key = (event.server, event.call)
                if key not in self._callers:
                    self._callers[key] = _Caller()
                    self._spawn(self._look_up(key, number), f"who calls in {event.call}")
            case InboundConnected(agent=str() as agent):
                caller = self._callers.get((event.server, event.call))
                if caller is not None:
                    caller.agent = agent
                    self._tell(event.call, caller)
            case InboundAbandoned() | InboundLeft() | InboundEnded():
                self._callers.pop((event.server, event.call), None)
            case LinkDown():
                for key in [key for key in self._callers if key[0] == event.server]:
                    del self._callers[key]
            case _:
                pass

    async def _look_up(self, key: _Key, number: PhoneNumber) -> None:
        try:
            async with asyncio.timeout(self._clock.loop_seconds(_LOOK_UP_SECONDS)), self._room:
                found = await self._offers(number, self._clock.now())
        except TimeoutError:
            _log.warning("caller %s was not looked up within %g s", key[1], _LOOK_UP_SECONDS)
            return
        except DialerError as error:
            _log.warning("caller %s was not looked up: %s", key[1], error)
            return
        caller = self._callers.get(key)
        if caller is not None:
            caller.offers = found
            self._tell(key[1], caller)

    async def _offers(self, number: PhoneNumber, now: datetime) -> list[tuple[ContactId, Offer]]:
        """What may be offered to those who have the number, where they are targets."""
        return [
            (contact, offer)
            for contact in await self._book.callers(number)
            for offer in await self._book.offers(contact, now)
            if offer.lead is not None and not offer.why_not
        ]

    def _tell(self, call: str, caller: _Caller) -> None:
        if caller.agent is None or caller.told:
            return
        for contact, offer in caller.offers:
            assert offer.lead is not None
            tag = CallerTag(
                self._clock.now(), caller.agent, offer.campaign, contact, offer.lead, call, offer.offer, offer.deadline
            )
            self._floor.feed.publish(tag)
            caller.told = True
