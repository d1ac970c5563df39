"""Recordings by the API: heard in parts by those who may, each hearing noted; paused, held, deleted."""

import asyncio
import wave
from pathlib import Path
from typing import Any

import pytest

from dialer.domain.ids import AttemptId
from dialer.settings import Role
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.api.rig import TOKENS, ApiRig
from tests.api.test_database import a_call

SOUND = bytes(range(256)) * 32


@pytest.fixture
async def attempt(rig: ApiRig, tmp_path: Path) -> AttemptId:
    """A call of agent 1001 that is over and was recorded."""
    attempt = await rig.in_a_call()
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
    await rig.until(lambda: rig.floor.book.attempts[attempt].closed is not None)
    with wave.open(str(tmp_path / f"{attempt}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(SOUND)
    return attempt


async def acts(rig: ApiRig, attempt: str) -> list[tuple[str, str, str]]:
    told = await rig.get(f"/v1/recordings/{attempt}/log", "supervisor")
    return [(one["by"], one["act"], one["why"]) for one in told.body["items"]]


async def heard(rig: ApiRig, attempt: str, role: Role = "quality", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    address = f"{rig.base}/v1/recordings/{attempt}/sound"
    given = {"Authorization": f"Bearer {TOKENS[role]}", **headers}
    async with rig.session.get(address, headers=given) as response:
        return response.status, await response.read(), dict(response.headers)


async def test_a_recording_is_told_of_and_heard_whole(rig: ApiRig, attempt: str, tmp_path: Path) -> None:
    told = (await rig.get(f"/v1/recordings/{attempt}", "quality")).body
    assert (told["state"], told["bytes"], told["seconds"]) == ("there", 8236, 0.512)
    assert (told["campaign"], told["agent"], told["server"]) == ("autumn", "1001", "main")
    assert (told["jurisdiction"], told["rule"], told["delete_from"], told["held"]) == ("US", "US-REC@1", None, None)
    status, sound, headers = await heard(rig, attempt)
    assert (status, sound) == (200, (tmp_path / f"{attempt}.wav").read_bytes())
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("audio/wav", "no-store")
    assert await acts(rig, attempt) == [("quentin", "heard", "")]


async def test_a_part_of_it_is_heard_by_range_and_that_is_noted(rig: ApiRig, attempt: str, tmp_path: Path) -> None:
    whole = (tmp_path / f"{attempt}.wav").read_bytes()
    status, part, headers = await heard(rig, attempt, Range="bytes=100-199")
    assert (status, part, headers["Content-Range"]) == (206, whole[100:200], f"bytes 100-199/{len(whole)}")
    assert (await heard(rig, attempt, Range="bytes=-44"))[1] == whole[-44:]
    assert (await heard(rig, attempt, Range="bytes=999999-"))[0] == 416
    assert await acts(rig, attempt) == [("quentin", "heard", f"bytes={part}") for part in ("100-199", "-44", "999999-")]


async def test_an_agent_hears_its_own_calls_alone(rig: ApiRig, attempt: str) -> None:
    assert (await heard(rig, attempt, "agent"))[0] == 200
    held = rig.floor.book.attempts[AttemptId(attempt)]
    assert held.closed is not None
    end = held.closed.ended.end
    object.__setattr__(end, "agent", "1002")
    assert (await heard(rig, attempt, "agent"))[0] == 404
    assert (await rig.get(f"/v1/recordings/{attempt}", "agent")).status == 404
    assert [by for by, *_ in await acts(rig, attempt)] == ["1001"]


@pytest.mark.parametrize("role", ["gateway", "shop", "wallboard"])
async def test_nobody_else_hears_anything(rig: ApiRig, attempt: str, role: Role) -> None:
    assert (await heard(rig, attempt, role))[0] == 403
    assert not await acts(rig, attempt)


async def test_a_browser_that_is_signed_in_hears_it_by_its_cookie(rig: ApiRig, attempt: str) -> None:
    async with rig.session.post(
        f"{rig.base}/session", headers={"Authorization": f"Bearer {TOKENS['quality']}"}
    ) as response:
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    async with rig.session.get(
        f"{rig.base}/v1/recordings/{attempt}/sound", headers={"Cookie": cookie, "Range": "bytes=0-"}
    ) as response:
        assert response.status == 206
    assert await acts(rig, attempt) == [("quentin", "heard", "bytes=0-")]


async def test_one_that_is_missing_is_told_and_not_noted_as_heard(rig: ApiRig, attempt: str, tmp_path: Path) -> None:
    (tmp_path / f"{attempt}.wav").unlink()
    assert (await rig.get(f"/v1/recordings/{attempt}")).body["state"] == "missing"
    status, body, _ = await heard(rig, attempt)
    assert status == 404
    assert b"no recording of attempt" in body
    assert not await acts(rig, attempt)


async def test_an_attempt_that_there_is_not_is_named(rig: ApiRig) -> None:
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    for path in (f"/v1/recordings/{nobody}", f"/v1/recordings/{nobody}/sound", f"/v1/recordings/{nobody}/log"):
        assert (await rig.get(path)).status == 404
    assert (await rig.get("/v1/recordings/..%2F..%2Fetc/sound")).status == 422


async def test_a_call_that_goes_on_is_not_heard_and_its_recording_is_paused(rig: ApiRig, tmp_path: Path) -> None:
    attempt = await rig.in_a_call()
    (tmp_path / f"{attempt}.wav").write_bytes(b"RIFF")
    assert (await heard(rig, attempt))[0] == 409
    paused = await rig.post("/v1/agents/1001/recording/pause", role="agent")
    assert paused.body == {"attempt": attempt, "paused": True}
    assert rig.floor.telephony.calls[attempt].muted
    assert (await rig.get(f"/v1/recordings/{attempt}")).body["pauses"][0]["until"] is None
    assert (await rig.post("/v1/agents/1001/recording/resume", role="supervisor")).status == 200
    assert (await rig.post("/v1/agents/1002/recording/pause", role="agent")).status == 403
    assert [(by, act) for by, act, _ in await acts(rig, attempt)] == [("1001", "paused"), ("susan", "resumed")]


async def test_a_hold_names_who_and_why(rig: ApiRig, attempt: str) -> None:
    order: dict[str, Any] = {"why": "complaint 7"}
    assert (await rig.post(f"/v1/recordings/{attempt}/hold", order, "agent")).status == 403
    assert (await rig.post(f"/v1/recordings/{attempt}/hold", order, "quality")).status == 204
    assert (await rig.post(f"/v1/recordings/{attempt}/hold", order, "quality")).status == 409
    held = (await rig.get(f"/v1/recordings/{attempt}")).body["held"]
    assert (held["by"], held["why"]) == ("quentin", "complaint 7")
    assert (await rig.post(f"/v1/recordings/{attempt}/release", {"why": "settled"}, "supervisor")).status == 204
    assert (await rig.get(f"/v1/recordings/{attempt}")).body["held"] is None


async def test_the_log_is_for_supervisors_and_deleting_for_admins(rig: ApiRig, attempt: str) -> None:
    assert (await rig.get(f"/v1/recordings/{attempt}/log", "quality")).status == 403
    assert (await rig.post("/v1/recording-expiry", {"delete": True}, "supervisor")).status == 403
    told = (await rig.post("/v1/recording-expiry", {}, "admin")).body
    assert told == {"done": False, "going": [], "held": 0, "strangers": 0, "more": False}


async def test_on_a_real_database_hearing_is_noted_for_good(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        attempt = await a_call(rig)
        assert (await rig.post("/v1/agents/1001/recording/pause", role="agent")).status == 200
        assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
        await rig.until(lambda: rig.desk.agents()[0].state == "wrap_up")
        (tmp_path / f"{attempt}.wav").write_bytes(b"RIFF")
        async with asyncio.timeout(30):
            while (await rig.get(f"/v1/recordings/{attempt}/sound", "quality")).status == 409:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # the outcome is on its way to the database
        told = (await rig.get(f"/v1/recordings/{attempt}/log")).body["items"]
        assert [(one["by"], one["act"]) for one in told] == [("1001", "paused"), ("quentin", "heard")]
        exported = (await rig.post("/v1/contacts/export", {"number": "+12122020106"})).body["tables"]
        assert [one["act"] for one in exported["recording_log"]] == ["paused", "heard"]
