"""Receipts and replies on their way to the engine."""

import asyncio
from collections.abc import Sequence

from dialer.ports import Receipt, Reply


class News:
    """What came in, until it is asked for."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Receipt | Reply] = asyncio.Queue()

    def put(self, one: Receipt | Reply) -> None:
        self._queue.put_nowait(one)

    async def next(self) -> Sequence[Receipt | Reply]:
        """Wait for what has come in; never empty."""
        found = [await self._queue.get()]
        while not self._queue.empty():
            found.append(self._queue.get_nowait())
        return found
