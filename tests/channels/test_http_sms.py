"""SMS by a gateway's HTTP API, against a server that keeps what it is sent."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from dialer.clock import SystemClock
from dialer.domain.ids import ActId
from dialer.ports import FateUnknown, Message, MessageRefused
from integrations.channels.http_sms import SIGNATURE, HttpSms

MESSAGE = Message(ActId("01890a5d-ac96-774b-bcce-b302099a8057"), "+12122020106", "PACELINE", 'Say "{to}"')


@dataclass
class Gateway:
    port: int = 0
    status: int = 200
    answer: str = '{"messages": [{"id": 17}]}'
    seconds: float = 0.0
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((dict(request.headers), await request.read()))
        await asyncio.sleep(self.seconds)
        return web.Response(status=self.status, text=self.answer)


@asynccontextmanager
async def gateway(**behaviour: Any) -> AsyncIterator[Gateway]:
    made = Gateway(**behaviour)
    app = web.Application()
    app.router.add_post("/send", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@asynccontextmanager
async def channel(port: int, seconds: float = 5.0) -> AsyncIterator[HttpSms]:
    body = {"to": ["{to}"], "from": "{sender}", "body": "{text}", "key": "{id}", "flash": False}
    made = HttpSms(
        url=f"http://127.0.0.1:{port}/send", sender="PACELINE", body=body, clock=SystemClock(), token="gate-token",
        secret="sign-me", reference="messages.0.id", seconds=seconds,
    )  # fmt: skip
    async with asyncio.TaskGroup() as group:
        link = group.create_task(made.run())
        await asyncio.sleep(0)
        yield made
        link.cancel()


async def test_a_message_is_posted_in_the_gateways_words_once_and_signed() -> None:
    async with gateway() as server, channel(server.port) as sms:
        assert await sms.send(MESSAGE) == "17"
    [(headers, body)] = server.asked
    assert json.loads(body) == {
        "to": ["+12122020106"], "from": "PACELINE", "body": 'Say "{to}"', "key": MESSAGE.id, "flash": False,
    }  # fmt: skip
    assert headers["Authorization"] == "Bearer gate-token"
    assert headers["Idempotency-Key"] == MESSAGE.id
    at = headers[SIGNATURE].split(",")[0].removeprefix("t=")
    mac = hmac.new(b"sign-me", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"t={at},v1={mac}"


@pytest.mark.parametrize(("status", "again"), [(400, False), (422, False), (429, True), (503, True), (401, True)])
async def test_a_refusal_says_whether_to_try_again(status: int, again: bool) -> None:
    async with gateway(status=status) as server, channel(server.port) as sms:
        with pytest.raises(MessageRefused) as refused:
            await sms.send(MESSAGE)
        assert refused.value.again is again


@pytest.mark.parametrize("behaviour", [{"status": 500}, {"status": 302}, {"seconds": 1.0}])
async def test_an_answer_that_tells_nothing_leaves_the_fate_unknown(behaviour: dict[str, Any]) -> None:
    async with gateway(**behaviour) as server, channel(server.port, 0.3) as sms:
        with pytest.raises(FateUnknown):
            await sms.send(MESSAGE)


async def test_a_gateway_that_can_not_be_reached_certainly_sent_nothing() -> None:
    async with channel(1) as sms:
        with pytest.raises(MessageRefused) as refused:
            await sms.send(MESSAGE)
        assert refused.value.again


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", '{"messages": []}', '{"messages": [{"id": null}]}'])
async def test_an_answer_without_an_id_is_taken_all_the_same(answer: str) -> None:
    async with gateway(answer=answer) as server, channel(server.port) as sms:
        assert await sms.send(MESSAGE) == ""
