"""SMS by a gateway's HTTP API: one POST of JSON a message, in the gateway's own words by a template.

What the gateway tells later (receipts, replies) comes to our API, /v1/channels/receipts and /v1/channels/replies.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.ports import FateUnknown, Message, MessageRefused, Receipt, Reply
from integrations.channels.news import News

_LATER = frozenset({408, 425, 429, 503})
"""Statuses by which a gateway says that it did nothing, and may do it later."""
SIGNATURE = "X-Paceline-Signature"


class HttpSms:
    """dialer.ports.MessageChannel. `body`: what is sent; in its texts {to}, {text}, {sender} and {id} stand for the
    message's. `reference`: where in the answer the gateway's own id stands, keys with dots between.

    With a `secret` the body is signed: hexadecimal HMAC-SHA256 of "TIMESTAMP.BODY" in X-Paceline-Signature, after "t=".
    """

    channel = Channel.SMS

    def __init__(
        self,
        *,
        url: str,
        sender: str,
        body: Mapping[str, Any],
        clock: Clock,
        token: str = "",
        secret: str = "",
        reference: str = "id",
        seconds: float = 15.0,
    ) -> None:
        self.sender = sender
        self._url, self._body, self._clock = url, body, clock
        self._token, self._secret, self._reference, self._seconds = token, secret, reference, seconds
        self._session: aiohttp.ClientSession | None = None
        self._news = News()

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            if self._session is not None:
                await self._session.close()
                self._session = None

    async def next_news(self) -> Sequence[Receipt | Reply]:
        return await self._news.next()

    async def send(self, message: Message) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._seconds))
        data = json.dumps(filled(self._body, message), ensure_ascii=False).encode()
        try:
            async with self._session.post(
                self._url, data=data, headers=self._headers(data, message), allow_redirects=False
            ) as answer:
                return self._judged(answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise MessageRefused(f"the gateway can't be reached ({type(error).__name__})", again=True) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FateUnknown(f"no answer from the gateway ({type(error).__name__})") from None

    def _headers(self, data: bytes, message: Message) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if self._secret:
            at = int(self._clock.now().timestamp())
            mac = hmac.new(self._secret.encode(), f"{at}.".encode() + data, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"t={at},v1={mac}"
        return headers

    def _judged(self, status: int, answer: bytes) -> str:
        if 200 <= status < 300:
            return _at(answer, self._reference)
        if 400 <= status < 500 or status in _LATER:
            raise MessageRefused(f"the gateway said {status}", again=status in _LATER or status in (401, 403))
        raise FateUnknown(f"the gateway said {status}")


def filled(template: Any, message: Message) -> Any:
    """The template with the message's values in its texts."""
    if isinstance(template, Mapping):
        return {key: filled(value, message) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, message) for value in template]
    if not isinstance(template, str):
        return template
    for name in ("to", "sender", "id"):
        template = template.replace(f"{{{name}}}", getattr(message, name))
    return template.replace("{text}", message.text)


def _at(answer: bytes, path: str) -> str:
    """The gateway's id of the message; empty: it gave none, so its receipts can't be told apart."""
    try:
        found = json.loads(answer)
        for key in path.split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return str(found) if isinstance(found, str | int) else ""
