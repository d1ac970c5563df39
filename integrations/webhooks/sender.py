"""Delivers what the outbox holds: at least once each, in no certain order, until a receiver says 2xx or the tries are
used up. Then it is dead, and stays until somebody has it tried anew."""

import asyncio
import logging

import aiohttp

from dialer.clock import Clock
from dialer.domain.errors import BadInput, DatabaseUnavailable
from integrations.contact_db.webhook_book import DatabaseWebhookBook, Due, payload
from integrations.webhooks.addresses import PublicResolver, checked_url
from integrations.webhooks.signing import signed_headers

_log = logging.getLogger(__name__)
_BATCH = 50
_IDLE_SECONDS = 1.0
_RETRY_SECONDS = 5.0
_SECONDS = 10.0
"""How long a receiver may take."""
_LEASE_SECONDS = 60
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5, 4 * 3600


def wait_seconds(tries: int) -> int:
    """How long to wait after so many tries: 5 s, then three times as long each time, 4 h at most."""
    return int(min(_FIRST_WAIT_SECONDS * 3 ** (tries - 1), _LONGEST_WAIT_SECONDS))


class WebhookSender:
    def __init__(self, book: DatabaseWebhookBook, clock: Clock, *, tries: int, private: bool) -> None:
        self._book, self._clock, self._tries, self._private = book, clock, tries, private

    async def run(self) -> None:
        """Deliver as deliveries come, for ever."""
        resolver = None if self._private else PublicResolver()
        connector = aiohttp.TCPConnector(resolver=resolver, limit=_BATCH, use_dns_cache=False)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            while True:
                try:
                    sent = await self.turn(session)
                except DatabaseUnavailable as error:
                    _log.warning("webhooks wait for the database: %s", error)
                    await self._clock.sleep(_RETRY_SECONDS)
                    continue
                if not sent:
                    await self._clock.sleep(_IDLE_SECONDS)

    async def turn(self, session: aiohttp.ClientSession) -> int:
        """Try what is due now; how many those were."""
        now = int(self._clock.now().timestamp())
        due = await self._book.claim(_BATCH, now, now + _LEASE_SECONDS)
        await asyncio.gather(*(self._deliver(session, one) for one in due))
        return len(due)

    async def _deliver(self, session: aiohttp.ClientSession, due: Due) -> None:
        error = await self._error(session, due)
        if not error:
            await self._book.done(due)
            return
        now = int(self._clock.now().timestamp())
        next_at = None if due.tries >= self._tries else now + wait_seconds(due.tries)
        if next_at is None:
            _log.warning("delivery %s is dead after %d tries: %s", due.id, due.tries, error)
        await self._book.failed(due, error, next_at)

    async def _error(self, session: aiohttp.ClientSession, due: Due) -> str:
        """Why it was not delivered; empty: it was."""
        body = payload(due)
        headers = signed_headers(due.secret, due.id, int(self._clock.now().timestamp()), body)
        try:
            checked_url(due.url, private=self._private)
            async with session.post(due.url, data=body, headers=headers, allow_redirects=False) as answer:
                return "" if 200 <= answer.status < 300 else f"status {answer.status}"
        except BadInput as error:
            return str(error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return f"{type(error).__name__}: {error}"[:200]
