"""A flood of callers on a real Asterisk: marketing stops, agents move, the flood ends, marketing comes back in time.

SIPp is carrier and callers at once. The rule's times are scaled down by settings: 30 steps of two seconds instead of a
minute each; the logic is the same.
"""

import asyncio
import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentRecord
from tests.asterisk.callers import Callers
from tests.asterisk.carrier import LAST_DIGITS, Carrier
from tests.asterisk.fixtures import SERVICE_QUEUE
from tests.asterisk.floor import Dialer
from tests.asterisk.instance import AsteriskInstance, free_ports

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

NAME = "autumn"
AGENTS = [str(number) for number in range(1001, 1007)]
SUSTAINED = timedelta(minutes=1)
STEP = timedelta(seconds=2)
GROUP = f"""
[[service_groups]]
name = "city"
queues = ["{SERVICE_QUEUE}"]
target = 0.7
threshold_seconds = 3
short_abandon_seconds = 0.5
sustained_minutes = 1
step_seconds = 2
minimum_offered = 10
least_open_seconds = 2
least_closed_seconds = 5
ramp_seconds = 4
expected_handle_seconds = 1
busy_first_days = 0
busy_last_days = 0
"""


@pytest.fixture
def flooded_asterisk(asterisk_is_here: None) -> Iterator[AsteriskInstance]:
    campaign = Campaign(CampaignId(1), CampaignPlan(NAME))
    agents = [AgentRecord(AgentId(agent), f"Agent {agent}", ServerName("main")) for agent in AGENTS]
    with AsteriskInstance([campaign], agents, free_ports()) as instance:
        yield instance


async def test_marketing_stops_in_a_flood_and_returns_after_the_sustained_time(
    flooded_asterisk: AsteriskInstance, empty_database: str, tmp_path: Path
) -> None:
    asterisk = flooded_asterisk
    with Carrier(asterisk.folder, asterisk.ports), Callers(asterisk.folder, asterisk.ports) as callers:
        async with Dialer(tmp_path, empty_database, asterisk.settings, GROUP) as dialer:
            await campaign_runs(dialer, tmp_path)
            await dialer.until(lambda: marketing_is(dialer, "open"), 120)
            calm(callers)
            await dialer.until(lambda: dialed(dialer, 10), 60)

            callers.flood(SERVICE_QUEUE, calls=36, calls_per_second=30, patience_seconds=9, talk_seconds=3)
            await dialer.until(lambda: marketing_is(dialer, "closed"), 60)
            await dialer.until(lambda: agents_are(dialer, "inbound", len(AGENTS) // 2), 30)
            assert await penalties(asterisk) == {0}
            closed = (await changes(dialer))[0]
            assert closed["causes"] == ["rate"]

            await dialer.until(lambda: nobody_waits(dialer), 60)
            calm(callers, calls=150, calls_per_second=3.0)  # until the day's rate is on target again
            await dialer.until(lambda: marketing_is(dialer, "open"), 150)
            opened = (await changes(dialer))[0]
            await dialer.until(lambda: dialed_after(dialer, when(opened)), 60)

            attempts = await dialer.attempts(NAME)
            late = when(closed) + timedelta(seconds=0.5)
            placed = [a for a in attempts if a["outcome"] != "not_placed"]
            assert [a for a in placed if late < opened_at(a) < when(opened)] == []
            assert all(a["outcome"] in {"answered", None} for a in placed if opened_at(a) < late)
            assert when(opened) - when(closed) >= SUSTAINED - STEP
            assert {penalty > 0 for penalty in await penalties(asterisk)} == {True}
            assert dialer.terminate() == 0


def calm(callers: Callers, *, calls: int = 40, calls_per_second: float = 2.0) -> None:
    callers.flood(
        SERVICE_QUEUE,
        calls=calls,
        calls_per_second=calls_per_second,
        patience_seconds=30,
        talk_seconds=0.1,
        first_number=12025570000,
    )


async def campaign_runs(dialer: Dialer, folder: Path) -> None:
    with (folder / "leads.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["phone", "name"])
        for row in range(400):
            table.writerow([f"+1212{200 + row}01{LAST_DIGITS['answer_talk']}", row])
    plan = {"dial_mode": "progressive", "wrap_up_seconds": 0, "ring_seconds": 15, "service_group": "city"}
    await dialer.call("POST", "/v1/campaigns", {"name": NAME, **plan})
    dialer.command("leads", "import", str(folder / "leads.csv"), "--campaign", NAME)
    for agent in AGENTS:
        await dialer.call("PUT", f"/v1/agents/{agent}", {"name": f"Agent {agent}", "server": "main"})
        await dialer.call("POST", f"/v1/agents/{agent}/login", {"campaign": NAME})
    await dialer.until(lambda: agents_are(dialer, "ready", len(AGENTS)), 60)
    await dialer.call("POST", f"/v1/campaigns/{NAME}/start")


async def marketing_is(dialer: Dialer, state: str) -> bool:
    return bool((await dialer.call("GET", "/v1/switches/city"))["state"] == state)


async def nobody_waits(dialer: Dialer) -> bool:
    return bool((await dialer.call("GET", "/v1/switches/city"))["service"]["waiting"] == 0)


async def agents_are(dialer: Dialer, state: str, count: int) -> bool:
    agents = (await dialer.call("GET", "/v1/agents"))["items"]
    return [agent["state"] for agent in agents].count(state) >= count


async def changes(dialer: Dialer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await dialer.call("GET", "/v1/switches/city/changes"))["items"]
    return found


async def dialed(dialer: Dialer, count: int) -> bool:
    return len(await dialer.attempts(NAME)) >= count


async def dialed_after(dialer: Dialer, at: datetime) -> bool:
    return any(opened_at(attempt) > at for attempt in await dialer.attempts(NAME))


def when(change: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(change["at"])


def opened_at(attempt: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(attempt["opened_at"])


async def penalties(asterisk: AsteriskInstance) -> set[int]:
    """Of the queue's members, as Asterisk itself tells them."""
    settings = asterisk.settings
    reader, writer = await asyncio.open_connection("127.0.0.1", settings.port)
    try:
        writer.write(
            f"Action: Login\r\nUsername: {settings.username}\r\nSecret: {settings.secret}\r\n\r\n"
            f"Action: QueueStatus\r\nQueue: {SERVICE_QUEUE}\r\n\r\n".encode()
        )
        told = await asyncio.wait_for(reader.readuntil(b"Event: QueueStatusComplete"), 60)
    finally:
        writer.close()
        await writer.wait_closed()
    return {int(line.split()[1]) for line in told.decode().splitlines() if line.startswith("Penalty:")}
