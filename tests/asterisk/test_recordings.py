"""Recordings as an operator has them: a real Asterisk writes them, `dialer run` serves, hides and deletes them."""

import json
import wave
from pathlib import Path

import pytest

from tests.asterisk.carrier import number_for
from tests.asterisk.fixtures import AGENTS
from tests.asterisk.floor import TOKEN, Dialer
from tests.asterisk.instance import AsteriskInstance

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]
ANN = AGENTS[0].id


async def test_a_call_is_recorded_paused_heard_and_deleted(
    asterisk: AsteriskInstance, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = asterisk.folder / "spool/monitor"
    monkeypatch.setenv("DIALER_ASTERISK__0__RECORDINGS", str(folder))
    async with Dialer(tmp_path, empty_database, asterisk.settings, "[recordings]\nkeep_days = 1\n") as dialer:
        await dialer.call("POST", "/v1/campaigns", {"name": "spring", "dial_mode": "progressive", "max_attempts": 1})
        lead = {"campaign": "spring", "numbers": [number_for("machine").e164], "name": "Ada"}
        await dialer.call("POST", "/v1/leads", lead)
        await dialer.call("PUT", f"/v1/agents/{ANN}", {"name": "Ann", "server": "main"})
        await dialer.call("POST", f"/v1/agents/{ANN}/login", {"campaign": "spring"})
        await dialer.until(lambda: is_in_state(dialer, "ready"), 60)
        await dialer.call("POST", "/v1/campaigns/spring/start")
        await dialer.until(lambda: is_in_state(dialer, "talking"), 60)
        paused = await dialer.call("POST", f"/v1/agents/{ANN}/recording/pause")
        await dialer.call("POST", f"/v1/agents/{ANN}/recording/resume")
        attempt = paused["attempt"]
        await dialer.call("POST", f"/v1/agents/{ANN}/hangup")
        await dialer.until(lambda: is_there(dialer, attempt), 30)

        monkeypatch.setenv("DIALER_API_URL", dialer.address)
        monkeypatch.setenv("DIALER_API_TOKEN", TOKEN)
        told = dialer.command("recordings", "about", attempt)
        assert "(spring, agent 1001) is there." in told
        assert "paused from" in told
        dialer.command("recordings", "save", attempt, "--out", str(tmp_path / "call.wav"))
        with wave.open(str(tmp_path / "call.wav"), "rb") as sound:
            assert sound.getnframes() > 0
        assert (tmp_path / "call.wav").read_bytes() == (folder / f"{attempt}.wav").read_bytes()
        log = json.loads(dialer.command("recordings", "log", attempt, "--json"))["items"]
        assert [one["act"] for one in log] == ["paused", "resumed", "heard"]
        assert dialer.command("recordings", "expire").startswith("0 recordings would be deleted")
        await dialer.call("POST", "/v1/contacts/erase", {"number": number_for("machine").e164})
        assert not (folder / f"{attempt}.wav").exists()
        assert "was deleted" in dialer.command("recordings", "about", attempt)
        assert dialer.terminate() == 0


async def is_in_state(dialer: Dialer, state: str) -> bool:
    return [agent["state"] for agent in (await dialer.call("GET", "/v1/agents"))["items"]] == [state]


async def is_there(dialer: Dialer, attempt: str) -> bool:
    return bool((await dialer.call("GET", f"/v1/recordings/{attempt}"))["state"] == "there")
