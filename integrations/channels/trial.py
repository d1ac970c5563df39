"""A channel that sends nothing: each message becomes a line in a file, to try waves out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from dialer.domain.contact import Channel
from dialer.ports import Message, MessageRefused, Receipt, Reply
from dialer.ports.day_report import ReportFile
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
        self._write({"id": message.id, "to": message.to, "subject": message.subject, "text": message.text})
        return message.id

    async def post(self, to: Sequence[str], subject: str, text: str, files: Sequence[ReportFile]) -> None:
        """dialer.ports.day_report.Post; of files, their names and sizes."""
        sizes = {one.name: len(one.data) for one in files}
        self._write({"to": ", ".join(to), "subject": subject, "text": text, "files": sizes})

    def _write(self, line: Mapping[str, object]) -> None:
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"channel": self.channel, **line}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise MessageRefused(f"the file can't be written ({error.strerror})", again=True) from None
