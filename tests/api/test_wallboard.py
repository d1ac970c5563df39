"""The wallboard's stream, who may see it, and being signed in by a cookie."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dialer.domain.agent import AgentState
from dialer.settings import Role
from integrations.http_api.rights import COOKIE, ROLES, Right
from monitoring.wallboard.figures import AGENTS, board
from tests.api.rig import ApiRig, api_rig, bearer
from tests.api.switch_groups import HALLE, LEIPZIG, OPENED
from tests.api.test_predictive import FIGURES

STREAM = "/wallboard/stream"


@asynccontextmanager
async def streamed(rig: ApiRig, role: Role = "wallboard") -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    async with rig.session.get(rig.base + STREAM, headers=bearer(role)) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield _events(response)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in response.content:
        kind, _, value = line.decode().rstrip().partition(": ")
        if kind == "event":
            name = value
        elif kind == "data":
            yield name, json.loads(value)


async def next_floor(events: AsyncIterator[tuple[str, Any]], agents_on_calls: int) -> Any:
    async with asyncio.timeout(30):
        async for name, told in events:
            if name == "floor" and told["totals"]["agents"]["on calls"] == agents_on_calls:
                return told
    raise AssertionError("the stream ended")


async def test_the_stream_begins_with_what_was_and_follows_the_floor(rig: ApiRig) -> None:
    async with streamed(rig) as events:
        name, history = await anext(events)
        assert name == "history"
        assert all(set(one) >= {"at", "agents", "lines", "groups"} for one in history)
        attempt = await rig.in_a_call()
        told = await next_floor(events, 1)
        assert attempt in rig.floor.book.attempts
    [campaign] = told["campaigns"]
    assert campaign["name"] == "autumn"
    assert campaign["agents"]["on calls"] == 1
    assert campaign["lines"] == {"with an agent": 1, "waiting for one": 0, "ringing": 0}
    assert told["servers"] == [{"name": "main", "state": "dialed on", "held": 1, "lines": told["servers"][0]["lines"]}]


async def test_the_stream_has_nobodys_number_and_no_agents_name(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    async with streamed(rig) as events:
        written = json.dumps(await next_floor(events, 1))
    assert rig.floor.book.attempts[attempt].attempt.number.e164[2:] not in written
    assert "Ann" not in written


async def test_what_was_is_kept_for_who_comes_later(rig: ApiRig) -> None:
    async with streamed(rig) as first, asyncio.timeout(30):
        for _ in range(4):
            await anext(first)
    async with streamed(rig) as second:
        name, history = await anext(second)
    assert name == "history"
    assert len(history) >= 3
    assert [one["at"] for one in history] == sorted({one["at"] for one in history})


@pytest.mark.parametrize("role", ["agent", "gateway", "shop"])
async def test_others_may_not_see_it(rig: ApiRig, role: Role) -> None:
    assert (await rig.get(STREAM, role)).status == 403
    assert (await rig.get(STREAM, None)).status == 401


async def test_the_token_of_a_wallboard_is_good_for_nothing_else(rig: ApiRig) -> None:
    assert [right for right, roles in ROLES.items() if "wallboard" in roles] == [Right.SEE_WALLBOARD]
    assert (await rig.get("/v1/floor", "wallboard")).status == 403


async def test_the_page_and_its_parts_are_served_to_anybody_and_name_no_other_site(rig: ApiRig) -> None:
    page = await rig.get("/", None)
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for part in ("board.css", "board.js", "plotly.min.js"):
        assert f"/wallboard/{part}" in page.body
        answer = await rig.get(f"/wallboard/{part}", None)
        assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    own = page.body + (await rig.get("/wallboard/board.js", None)).body
    assert not re.search(r"""["'(`](https?:)?//""", own)


async def test_a_session_is_a_cookie_kept_from_scripts_and_good_for_reading_alone(rig: ApiRig) -> None:
    begun = await rig.post("/session", role="supervisor")
    assert begun.body == {"name": "susan", "role": "supervisor"}
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    assert (await rig.get("/session", None, headers=kept)).body["name"] == "susan"
    assert (await rig.get("/v1/floor", None, headers=kept)).status == 200
    assert (await rig.ask("POST", "/v1/campaigns/autumn/start", None, headers=kept)).status == 401
    assert (await rig.ask("POST", "/session", None, headers=kept)).status == 401
    assert "Max-Age=0" in (await rig.ask("DELETE", "/session", None)).headers["Set-Cookie"]


@pytest.mark.parametrize("kept", ["", "!", "AAAA", "c3VwZXJ2aXNvcg==", "\udcff"])
async def test_a_cookie_that_is_none_of_ours_is_nobody(rig: ApiRig, kept: str) -> None:
    headers = {"Cookie": f"{COOKIE}={kept}".encode("utf-8", "surrogateescape").decode("latin-1")}
    assert (await rig.get("/session", None, headers=headers)).status == 401


async def test_marketing_that_is_off_is_told_with_its_cause(tmp_path: Path) -> None:
    async with api_rig(tmp_path, groups=[LEIPZIG, HALLE], remembered=[OPENED]) as rig, streamed(rig) as events:
        groups = {one["name"]: one for one in (await next_floor(events, 0))["groups"]}
    assert groups["halle"]["open"] is False
    assert groups["halle"]["causes"]


async def test_abandoned_calls_are_shown_by_the_legal_window_that_has_least_left(rig: ApiRig) -> None:
    await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "predictive"})
    view = replace(rig.floor.desk.campaigns()[0], pacing=FIGURES, agents={AgentState.TALKING: 3, AgentState.PAUSED: 2})
    other = replace(view, name="spring", pacing=None, agents={AgentState.READY: 1})
    told = board(rig.floor.clock.now(), [view, other], [], [], draining=False)
    assert (told["totals"]["abandoned_ratio"], told["totals"]["cap_ratio"]) == (0.025, 0.03)
    assert told["totals"]["working_agents"] == 4
    assert told["totals"]["agents"] == dict.fromkeys(AGENTS, 0) | {"on calls": 3, "paused": 2, "ready": 1}
    assert (told["campaigns"][1]["abandoned_ratio"], told["campaigns"][1]["cap_ratio"]) == (None, None)
