"""The lab as a program: says its port, plays the plan it was given, ends when asked."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.telephone_lab import Behaviour, LabPlan, read_ledger
from tests.lab.probe import Probe

PLAN = """
seed = 4
secret = "quiet"
agents = ["1001"]

[behaviours]
"03" = "busy"

[carrier]
busy_from_seconds = 0.02
busy_to_seconds = 0.03
"""


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "integrations.telephone_lab", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_the_program_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    with started("--plan", str(tmp_path / "plan.toml"), "--ledger", str(tmp_path / "ledger")) as lab:
        assert lab.stdout is not None
        line = await asyncio.to_thread(lab.stdout.readline)
        async with Probe(int(line.rpartition(":")[2])) as probe:
            await probe.ask("Login", Username="dialer", Secret="quiet")
            probe.dial("a1", "+15550100003")
            await probe.until(Event="OriginateResponse")
        lab.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(lab.wait) == 0
        assert lab.stderr is not None
        assert lab.stderr.read() == ""
    assert [entry.behaviour for entry in read_ledger(tmp_path / "ledger")] == [Behaviour.BUSY]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sed = 3", "sed"),
        ("[carrier]\nhuman_share = 2", "carrier"),
        ('[behaviours]\n"01" = "sing"', "behaviours.01"),
        ("= 3", "is not TOML"),
    ],
)
async def test_a_plan_that_is_wrong_is_named_and_nothing_starts(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with started("--plan", str(tmp_path / "plan.toml")) as lab:
        try:
            _, errors = await asyncio.to_thread(lab.communicate, timeout=30)
        finally:
            lab.kill()
    assert lab.returncode == 2
    assert said in errors


def test_a_plan_is_read_as_written(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    plan = LabPlan.read(tmp_path / "plan.toml")
    assert (plan.seed, plan.agents, plan.behaviours["03"]) == (4, ("1001",), Behaviour.BUSY)
