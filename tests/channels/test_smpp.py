"""SMS by SMPP, against a message centre of another maker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dialer.clock import SystemClock
from dialer.domain.contact import Channel
from dialer.domain.ids import ActId
from dialer.ports import FateUnknown, Message, MessageRefused, Receipt, Reply
from integrations.channels.smpp import Smpp
from tests.channels.smsc import MessageCentre, message_centre

ADA = "+12122020106"


def message(text: str = "Hello") -> Message:
    return Message(ActId("01890a5d-ac96-774b-bcce-b302099a8057"), ADA, "PACELINE", text)


@asynccontextmanager
async def linked(centre: MessageCentre, password: str = "secret", seconds: float = 5.0) -> AsyncIterator[Smpp]:
    smpp = Smpp(
        host="127.0.0.1", port=centre.port, system_id="us", password=password, sender="PACELINE", clock=SystemClock(),
        per_second=1000, seconds=seconds,
    )  # fmt: skip
    async with asyncio.TaskGroup() as group:
        link = group.create_task(smpp.run())
        if password == "secret":
            async with asyncio.timeout(60):
                await smpp.up.wait()
        yield smpp
        link.cancel()


async def test_a_message_is_handed_over_and_its_receipt_comes_back() -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await centre.order(behave={"receipt": "DELIVRD"})
        reference = await smpp.send(message())
        told = await centre.next("submit")
        assert (told["to"], told["ton"], told["from"], told["from_ton"]) == ("12122020106", 1, "PACELINE", 5)
        assert (told["text"], told["registered"]) == ("Hello", 1)
        [receipt] = await smpp.next_news()
        assert isinstance(receipt, Receipt)
        assert (receipt.reference, receipt.delivered, receipt.channel) == (reference, True, Channel.SMS)


async def test_a_message_that_never_arrives_says_why() -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await centre.order(behave={"receipt": "UNDELIV"})
        await smpp.send(message())
        [receipt] = await smpp.next_news()
        assert isinstance(receipt, Receipt)
        assert (receipt.delivered, receipt.reason) == (False, "UNDELIV err:000")


@pytest.mark.parametrize("text", ["Grüße, 5 €", "Привет", "x" * 300, "п" * 100])
async def test_every_alphabet_and_length_arrives_as_it_was_written(text: str) -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await smpp.send(message(text))
        assert (await centre.next("submit"))["text"] == text


async def test_what_people_write_comes_in_with_their_number() -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await centre.order(reply="STOP", **{"from": "12122020106"})
        [reply] = await smpp.next_news()
        assert isinstance(reply, Reply)
        assert (reply.sender, reply.text) == (ADA, "STOP")


@pytest.mark.parametrize(("status", "again"), [(0x58, True), (0x14, True), (0x0B, False)])
async def test_a_refusal_says_whether_to_try_again(status: int, again: bool) -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await centre.order(behave={"status": status})
        with pytest.raises(MessageRefused) as refused:
            await smpp.send(message())
        assert refused.value.again is again


async def test_without_an_answer_the_fate_is_unknown() -> None:
    async with message_centre() as centre, linked(centre, seconds=0.3) as smpp:
        await centre.order(behave={"silent": True})
        with pytest.raises(FateUnknown):
            await smpp.send(message())


async def test_a_link_that_goes_leaves_the_fate_unknown_and_comes_back_without_sending_again() -> None:
    async with message_centre() as centre, linked(centre) as smpp:
        await centre.order(behave={"drop": True})
        with pytest.raises(FateUnknown):
            await smpp.send(message("first"))
        await centre.next("submit")
        while smpp.up.is_set():  # noqa: ASYNC110 - the library tells a moment later
            await asyncio.sleep(0.01)
        with pytest.raises(MessageRefused, match="no link"):
            await smpp.send(message("second"))
        await centre.order(behave={})
        async with asyncio.timeout(60):
            await smpp.up.wait()
        await smpp.send(message("third"))
        assert (await centre.next("submit"))["text"] == "third"


async def test_without_a_link_a_message_certainly_was_not_sent() -> None:
    async with message_centre() as centre, linked(centre, "wrong") as smpp:
        with pytest.raises(MessageRefused) as refused:
            await smpp.send(message())
        assert refused.value.again
