"""The stream of events."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError

from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId, CampaignId
from dialer.engine.feed import AgentMoved
from dialer.settings import Role
from tests.api.rig import TOKENS, ApiRig, api_rig, bearer


async def heard(socket: ClientWebSocketResponse, name: str, **facts: Any) -> dict[str, Any]:
    """The next event of this name with these facts."""
    async with asyncio.timeout(60):
        while True:
            event: dict[str, Any] = await socket.receive_json()
            if event["event"] == name and all(event[fact] == value for fact, value in facts.items()):
                return event


def watch(rig: ApiRig, role: Role) -> Any:
    return rig.session.ws_connect(f"{rig.base}/v1/events", headers=bearer(role))


async def test_an_agent_gets_the_contact_with_the_call(rig: ApiRig) -> None:
    async with watch(rig, "agent") as socket:
        attempt = await rig.in_a_call()
        pop = await heard(socket, "screen_pop")
        contact = rig.floor.book.contacts[rig.floor.book.attempts[attempt].attempt.contact]
        assert pop["attempt"] == attempt
        assert pop["card"]["numbers"] == [contact.numbers[0].number.e164]
        assert pop["script"] == "Good morning"
        assert (await heard(socket, "agent_moved", state="talking"))["agent"] == "1001"


async def test_a_preview_shows_the_contact_with_its_number_masked(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "preview"})
    rig.floor.lead("06")
    async with watch(rig, "agent") as socket:
        await rig.agent_ready()
        await rig.post("/v1/campaigns/autumn/start")
        pop = await heard(socket, "screen_pop")
        assert pop["attempt"] is None
        assert pop["card"]["numbers"] == [str(rig.floor.book.contacts[pop["contact"]].numbers[0].number)]


async def test_an_agent_gets_its_own_events_alone_and_a_supervisor_all(rig: ApiRig) -> None:
    async with watch(rig, "agent") as own, watch(rig, "supervisor") as every:
        await rig.agent_ready("1002")
        await rig.agent_ready("1001")
        assert (await own.receive_json())["agent"] == "1001"
        assert await heard(every, "agent_moved", agent="1002", state="ready")
        await rig.post("/v1/campaigns/autumn/start")
        assert (await heard(every, "campaign_moved"))["status"] == "running"


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("quality", 403)])
async def test_who_may_not_watch_is_refused(rig: ApiRig, role: Role | None, status: int) -> None:
    headers = bearer(role) if role else {}
    with pytest.raises(WSServerHandshakeError) as refused:
        await rig.session.ws_connect(f"{rig.base}/v1/events", headers=headers)
    assert refused.value.status == status


async def test_the_token_may_come_as_a_subprotocol(rig: ApiRig) -> None:
    protocols = ("bearer", TOKENS["supervisor"])
    async with rig.session.ws_connect(f"{rig.base}/v1/events", protocols=protocols) as socket:
        assert socket.protocol == "bearer"
        await rig.agent_ready()
        assert await heard(socket, "agent_moved", agent="1001")


async def test_a_plain_request_is_told_to_upgrade(rig: ApiRig) -> None:
    answer = await rig.get("/v1/events")
    assert (answer.status, answer.body["error"]) == (426, "upgrade_required")
    assert (await rig.get("/v1/events?all=1")).status == 422


async def test_a_reader_too_slow_is_told_how_much_it_lost(rig: ApiRig) -> None:
    async with watch(rig, "supervisor") as socket:
        await rig.until(lambda: rig.floor.desk.feed.watched)
        at = rig.floor.clock.now()
        for _ in range(1500):
            rig.floor.desk.feed.publish(AgentMoved(at, AgentId("1001"), CampaignId(1), AgentState.READY, "test", None))
        assert (await heard(socket, "lost"))["count"] >= 400


async def test_a_drain_is_told_and_the_end_bears_its_reason(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with api_rig(tmp_path, drain_seconds=3600.0) as rig:
            await rig.floor.make_campaign()
            await rig.in_a_call()
            socket = await session.ws_connect(f"{rig.base}/v1/events", headers=bearer("supervisor"))
            rig.floor.stop.set()
            await heard(socket, "draining")
            assert (await rig.post("/v1/agents/1001/hangup")).status == 204
            assert await heard(socket, "agent_moved", state="wrap_up")
            last = asyncio.ensure_future(_end(socket))
            await rig.until(rig.floor.engine.drained.is_set)
        assert await last == (1001, "the service drains and goes down")


async def _end(socket: ClientWebSocketResponse) -> tuple[int, str | None]:
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra
