"""A channel that sends nothing: each message becomes a line in a file, to try waves out."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from dialer.domain.contact import Channel
from dialer.ports import Message, MessageRefused, Receipt, Reply
from integrations.channels.news import News


class Trial:
    """dialer.ports.MessageChannel into a file of JSON lines."""

    def __init__(self, channel: Channel, sender: str, file: Path) -> None:
        self.channel, self.sender, self._file = channel, sender, file
        self._news = News()

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def next_news(self) -> Sequence[Receipt | Reply]:
        return await self._news.next()

    async def send(self, message: Message) -> str:
        line = {"id": message.id, "to": message.to, "subject": message.subject, "text": message.text}
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"channel": self.channel, **line}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise MessageRefused(f"the file can't be written ({error.strerror})", again=True) from None
        return message.id
