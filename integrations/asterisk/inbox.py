"""Events between the links that bring them and the engine that takes them: bounded, in order, never silently lost."""

import asyncio
from collections import deque

from dialer.domain.events import LinkDown, LinkUp, TelephonyEvent
from dialer.domain.ids import ServerName

EVENTS = 50_000


class Inbox:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[TelephonyEvent] = deque()
        self._some = asyncio.Event()

    def put(self, event: TelephonyEvent) -> bool:
        """False: it is full, and the event was not taken. What links say always fits."""
        if len(self._events) >= self._limit and not isinstance(event, LinkUp | LinkDown):
            return False
        self._events.append(event)
        self._some.set()
        return True

    def drop(self, server: ServerName) -> None:
        """Forget what a server told."""
        self._events = deque(event for event in self._events if event.server != server)

    async def take(self) -> list[TelephonyEvent]:
        """All there is; waits until there is something."""
        while not self._events:
            self._some.clear()
            await self._some.wait()
        events = list(self._events)
        self._events.clear()
        return events
