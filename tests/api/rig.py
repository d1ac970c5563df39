"""The real API on 127.0.0.1, before a real engine between a telephony and a contact database in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from dialer.clock import ScaledClock
from dialer.domain.agent import AgentState
from dialer.domain.ids import AttemptId, ServerName
from dialer.domain.service_group import ServiceGroup
from dialer.engine.recordings import RecordingDesk
from dialer.engine.waves.inbox import Inbox
from dialer.ports import SwitchChange
from dialer.settings import Role, TokenSettings
from integrations.http_api.app import api, serving
from integrations.http_api.office import ApiBooks
from integrations.http_api.rights import Door, Right
from integrations.recordings.folders import RecordingFolders
from monitoring.wallboard.wallboard import Wallboard
from tests.api.readings import FakeReadings
from tests.fakes.day_report import fake_publisher
from tests.fakes.knowledge import FakeKnowledgeBook
from tests.fakes.outreach_books import FakeNewsBook, FakeShopTasks, FakeWavesBook, FakeWebhookBook
from tests.fakes.person_book import FakePersonBook
from tests.fakes.quality import fake_quality_desk
from tests.fakes.recording_book import FakeRecordingBook
from tests.fakes.score_books import fake_score_desk
from tests.fakes.segments import fake_segment_desk
from tests.fakes.telephony import FakeTelephony
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, FlakyBook, Rig

SPEED = 50.0
"""Seconds of the floor in one of the test's: an agent's phone is on the line in 0.1 s."""
TOKENS: dict[Role, str] = {
    "agent": "agent-1001-secret-token",
    "supervisor": "supervisor-secret-token",
    "quality": "quality-secret-token",
    "admin": "admin-secret-token",
    "gateway": "gateway-secret-token",
    "shop": "shop-harbour-secret-token",
    "wallboard": "wallboard-secret-token",
}
NAMES: dict[Role, str] = {
    "agent": "1001",
    "supervisor": "susan",
    "quality": "quentin",
    "admin": "ada",
    "gateway": "gate",
    "shop": "harbour",
    "wallboard": "wall",
}


def tokens() -> list[TokenSettings]:
    return [TokenSettings(name=NAMES[role], role=role, token=token) for role, token in TOKENS.items()]


@dataclass
class Answered:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Asker:
    """Asks a served API."""

    session: aiohttp.ClientSession
    base: str

    async def ask(self, method: str, path: str, role: Role | None = "admin", **request: Any) -> Answered:
        headers = request.pop("headers", {})
        if role is not None:
            headers = bearer(role) | headers
        async with self.session.request(method, self.base + path, headers=headers, **request) as response:
            text = await response.text()
            body = await response.json() if text and response.content_type == "application/json" else text
            return Answered(response.status, body, dict(response.headers))

    async def get(self, path: str, role: Role | None = "admin", **request: Any) -> Answered:
        return await self.ask("GET", path, role, **request)

    async def post(self, path: str, body: Any = None, role: Role | None = "admin", **request: Any) -> Answered:
        return await self.ask("POST", path, role, **({} if body is None else {"json": body}), **request)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110 - the floor tells nobody that waits
                await asyncio.sleep(0.01)


@dataclass
class ApiRig(Asker):
    floor: Rig
    readings: FakeReadings
    known: FakeKnowledgeBook

    async def agent_ready(self, agent: str = "1001") -> None:
        assert (await self.ask("PUT", f"/v1/agents/{agent}", json={"name": "Ann", "server": "main"})).status == 200
        assert (await self.post(f"/v1/agents/{agent}/login", {"campaign": "autumn"})).status == 200
        await self.until(lambda: self.floor.state_of(agent) == "ready")

    async def in_a_call(self, behaviour: str = "06") -> AttemptId:
        """Agent 1001 in a call; its attempt. The campaign is paused then, so that it stays the only one."""
        self.floor.lead(behaviour)
        await self.agent_ready()
        assert (await self.post("/v1/campaigns/autumn/start")).status == 200
        await self.until(lambda: self.floor.state_of("1001") == "talking")
        assert (await self.post("/v1/campaigns/autumn/pause")).status == 200
        [attempt] = self.floor.book.attempts
        return attempt

    def state(self, agent: str = "1001") -> AgentState:
        return self.floor.state_of(agent)


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}


@asynccontextmanager
async def api_rig(
    folder: Path,
    drain_seconds: float = 60.0,
    groups: Sequence[ServiceGroup] = (),
    remembered: Sequence[SwitchChange] = (),
) -> AsyncIterator[ApiRig]:
    """`remembered`: how the groups' marketing switches stood when an earlier engine ended."""
    clock = ScaledClock(MONDAY_TEN_IN_NEW_YORK, asyncio.get_running_loop().time(), SPEED)
    book = FlakyBook()
    telephony = FakeTelephony(clock, inbound_queues=[queue for group in groups for queue in group.queues])
    floor = Rig(clock, telephony, book, folder / "spool.jsonl", drain_seconds=drain_seconds, groups=groups)
    floor.switch_book.noted.extend(remembered)
    readings = FakeReadings(book)
    async with floor.working():
        await asyncio.sleep(0)
        known = FakeKnowledgeBook(book)
        scores = fake_score_desk(book, clock)
        tasks, inbox = FakeShopTasks(), Inbox(FakeNewsBook(), clock)
        folders = RecordingFolders({ServerName("main"): folder})
        recordings = RecordingDesk(floor.engine, FakeRecordingBook(book), folders)
        books = ApiBooks(
            book,
            book,
            book,
            book,
            book,
            readings,
            book,
            FakePersonBook(book),
            known.knowledge(),
            fake_segment_desk(book, clock),
            FakeWavesBook(),
            tasks,
            FakeWebhookBook(),
            inbox,
            scores,
            recordings,
            fake_publisher(book, clock),
            fake_quality_desk(book, clock),
        )
        door, board = Door(tokens()), Wallboard(floor.desk, clock)
        seen = board.routes(lambda request: door.admit(request, Right.SEE_WALLBOARD))
        app = api(floor.desk, books, door, clock, [web.get("/metrics", _metrics), *seen])
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(scores.run()), group.create_task(board.run())]
            async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
                yield ApiRig(session, f"http://127.0.0.1:{port}", floor, readings, known)
                for one in running:
                    one.cancel()


async def _metrics(_: web.Request) -> web.Response:
    return web.Response(text="dialer_attempts_total 0")
