"""What comes back by the channels: receipts and replies. Who asks us to stop is on do-not-call before anything else."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from dialer.clock import Clock
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.wave import asks_to_stop
from dialer.ports import MessageChannel, NewsBook, Receipt, Reply

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0
_STRAYS_KEPT = timedelta(minutes=10)
"""So long may a receipt be ahead of our own note of the message's id."""


@dataclass(slots=True)
class Inbox:
    book: NewsBook
    clock: Clock
    _strays: list[Receipt] = field(default_factory=list)
    """Receipts of messages that we do not know yet."""

    async def listen(self, channel: MessageChannel) -> None:
        """Take what comes by a channel, for ever; what the database can't take now is kept until it can."""
        while True:
            await self.take_patiently(await channel.next_news())

    async def look_again(self) -> None:
        """See whether the messages of early receipts are known by now, for ever."""
        while True:
            await self.clock.sleep(_RETRY_SECONDS)
            if self._strays:
                await self.take_patiently(())

    async def take_patiently(self, news: Sequence[Receipt | Reply]) -> None:
        left = list(news)
        while True:
            try:
                return await self.take(left)
            except DatabaseUnavailable as error:
                _log.warning("%d receipts and replies wait for the database: %s", len(left), error)
                await self.clock.sleep(_RETRY_SECONDS)

    async def take(self, news: list[Receipt | Reply]) -> None:
        """Commit them, replies first; those that are committed leave the list. DatabaseUnavailable: not all are."""
        for reply in [one for one in news if isinstance(one, Reply)]:
            await self.take_reply(reply)
            news.remove(reply)
        receipts = [one for one in news if isinstance(one, Receipt)]
        oldest = self.clock.now() - _STRAYS_KEPT
        waiting = [one for one in self._strays if one.at > oldest]
        self._strays = list(await self.book.note_receipts([*waiting, *receipts]))
        news.clear()

    async def take_reply(self, reply: Reply) -> int:
        """Commit one; how many contacts we had written to at this address."""
        stop = asks_to_stop(reply.text)
        known = await self.book.note_reply(reply, opted_out=stop)
        _log.info("%s by %s from %d contacts", "opt-out" if stop else "reply", reply.channel, known)
        return known
