"""The tours of waves, run as a user would."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


async def toured(script: str) -> str:
    """What the script printed; it must end well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "docs" / "tour" / script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": path, "PYTHONPATH": str(ROOT)},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "f24_waves.sh",
            [
                "call; if the step before was delivered or replied",
                "sms\tsent\t3",
                "a request to stop of 1 contacts",
                "on the list",
                "call skipped: sms was not delivered or replied; no step is left\t1",
                "opted_out\t1",
            ],
        ),
        (
            "f12_channel_coordination.sh",
            [
                "nothing is changed",
                "prompt: ivr",
                "Ada wants to see the phone",
                "number\t+493022610101",
                "visit\tsold\t1",
                "prompt\tprompt_heard\t1",
                "prompt\tno_answer\t1",
                "call\tcalling\t1",
            ],
        ),
        ("f06_electronic_channels.sh", ["a reply of 1 contacts", '"to": "+493022610101"', "reminder\tcalling\t2"]),
        (
            "f03_shared_results.sh",
            ["webhook ID", "['wave', 'reply']", "4 touches are in touches.csv", "sms,inbound,sms,replied"],
        ),
        ("f17_calm_days.sh", ["leave inbound at 80%", "sms\tsent\t3"]),
    ],
)
async def test_a_tour_shows_what_it_says(script: str, told: list[str]) -> None:
    out = await toured(script)
    for words in told:
        assert words in out, out
