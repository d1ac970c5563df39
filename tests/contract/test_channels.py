"""What the waves may rely on of a channel that carries messages, held against the one in memory, SMTP, a gateway's HTTP
API, and the channel that only writes a file. (SMPP has a test of its own: tests/channels/test_smpp.py.)"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from dialer.domain.contact import Channel
from dialer.domain.ids import ActId
from dialer.ports import Message, MessageChannel, MessageRefused
from integrations.channels.trial import Trial
from tests.channels.test_email import Post, email
from tests.channels.test_http_sms import channel as http_sms
from tests.channels.test_http_sms import gateway
from tests.waves.fake_channel import FakeChannel

IDS = [ActId(f"01890a5d-ac96-774b-bcce-b302099a800{last}") for last in range(3)]


@dataclass
class Road:
    """A channel, and how its other side is made to refuse."""

    channel: MessageChannel
    kind: Channel
    to: str
    refuse: Callable[[], None]

    def message(self, id: ActId = IDS[0]) -> Message:
        return Message(id, self.to, self.channel.sender, "Dear Ada", "An offer")


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[Road]:
    fake = FakeChannel()

    def refuse() -> None:
        fake.raises = MessageRefused("busy", again=True)

    yield Road(fake, Channel.SMS, "+12122020106", refuse)


@asynccontextmanager
async def into_a_file(folder: Path) -> AsyncIterator[Road]:
    file = folder / "sent"
    yield Road(Trial(Channel.SMS, "PACELINE", file), Channel.SMS, "+12122020106", file.mkdir)


@asynccontextmanager
async def by_http(folder: Path) -> AsyncIterator[Road]:
    async with gateway() as there, http_sms(there.port) as made:

        def refuse() -> None:
            there.status = 429

        yield Road(made, Channel.SMS, "+12122020106", refuse)


@asynccontextmanager
async def by_mail(folder: Path) -> AsyncIterator[Road]:
    post = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()

    def refuse() -> None:
        post.says["RCPT"] = "450 later"

    yield Road(email(port), Channel.EMAIL, "ada@people.example", refuse)
    controller.stop()


@pytest.fixture(params=[in_memory, into_a_file, by_http, by_mail], ids=lambda road: road.__name__)
async def road(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Road]:
    async with request.param(tmp_path) as road:
        yield road


async def test_it_says_what_it_is_and_who_is_seen_as_the_sender(road: Road) -> None:
    assert road.channel.channel is road.kind
    assert road.channel.sender


async def test_a_message_is_sent_and_known_by_the_channels_own_id(road: Road) -> None:
    assert await road.channel.send(road.message())


async def test_several_are_sent_at_once(road: Road) -> None:
    assert all(await asyncio.gather(*(road.channel.send(road.message(one)) for one in IDS)))


async def test_what_it_can_not_take_now_may_be_tried_again(road: Road) -> None:
    road.refuse()
    with pytest.raises(MessageRefused) as refused:
        await road.channel.send(road.message())
    assert refused.value.again


async def test_news_are_waited_for_as_long_as_there_are_none(road: Road) -> None:
    waiting = asyncio.create_task(road.channel.next_news())
    await road.channel.send(road.message())
    assert not waiting.done()
    waiting.cancel()
