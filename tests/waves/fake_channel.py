"""A channel that keeps what it is given."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.domain.contact import Channel
from dialer.ports import Message, Receipt, Reply


@dataclass
class FakeChannel:
    """Keeps what it is given; what it is to do instead stands in `raises`."""

    channel: Channel = Channel.SMS
    sender: str = "PACELINE"
    given: list[Message] = field(default_factory=list)
    raises: BaseException | None = None

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def next_news(self) -> Sequence[Receipt | Reply]:
        await asyncio.Event().wait()
        return ()

    async def send(self, message: Message) -> str:
        self.given.append(message)
        if self.raises is not None:
            raise self.raises
        return f"ref-{len(self.given)}"
