"""The main job on a real Asterisk: 300 leads in, 300 calls, 300 right outcomes in the database; also when the engine is
killed on the way, and when its link is cut."""

import asyncio
import contextlib
import csv
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentRecord
from tests.asterisk.carrier import LAST_DIGITS, Carrier
from tests.asterisk.floor import AmiProxy, Dialer
from tests.asterisk.instance import AsteriskInstance, free_ports

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]

PLAIN, DETECTING, PUSHING = "plain", "detecting", "pushing"
PLANS: dict[str, dict[str, Any]] = {
    PLAIN: {"dial_mode": "progressive"},
    DETECTING: {"dial_mode": "progressive", "machine_handling": "hang_up"},
    PUSHING: {"dial_mode": "power", "dial_level": 5.0},
}
AGENTS = {
    PLAIN: [str(number) for number in range(1001, 1017)],
    DETECTING: ["1017", "1018", "1019"],
    PUSHING: ["1020"],
}
MIX = {
    PLAIN: {
        "answer_talk": 60,
        "answer_short": 60,
        "hang_up_early": 20,
        "busy": 35,
        "no_answer": 20,
        "reject": 20,
        "unallocated": 20,
        "congestion": 15,
    },
    DETECTING: {"machine": 15, "human": 15, "busy": 5},
    PUSHING: {"answer_talk": 15},
}
RIGHT = {
    "busy": {"busy"},
    "no_answer": {"no_answer"},
    "reject": {"rejected"},
    "unallocated": {"invalid_number"},
    "congestion": {"congestion"},
    "machine": {"machine"},
    "human": {"answered"},
    "answer_talk": {"answered"},
    "answer_short": {"answered"},
    "hang_up_early": {"answered", "hung_up"},
}
"""What each behaviour must end as, with an agent free and the engine at work."""
REACHED = {"answered", "abandoned", "hung_up"}
"""What an answered call may end as when no agent or no engine was at hand."""


@dataclass
class Floor:
    dialer: Dialer
    proxy: AmiProxy
    carrier: Carrier
    behaviours: dict[str, str]
    """By the number's digits."""

    async def attempts(self) -> list[dict[str, str]]:
        return [attempt for campaign in PLANS for attempt in await self.dialer.attempts(campaign)]

    async def finished(self) -> bool:
        for campaign in PLANS:
            counts = await self.dialer.leads(campaign)
            if counts["ready"] or counts["waiting"] or counts["leased"]:
                return False
        return True

    async def ended(self, count: int) -> bool:
        return sum(1 for attempt in await self.attempts() if attempt["outcome"]) >= count

    def invites(self) -> Counter[str]:
        """How often the carrier was asked for each number: what truly was dialed."""
        return self.carrier.invited()

    def dialed_more_than_once(self) -> dict[str, int]:
        return {number: count for number, count in self.invites().items() if count > 1}


@pytest.fixture(scope="module")
def big_asterisk(asterisk_is_here: None) -> Iterator[AsteriskInstance]:
    campaigns = [Campaign(CampaignId(n), CampaignPlan(name)) for n, name in enumerate(PLANS, 1)]
    agents = [AgentRecord(AgentId(a), f"Agent {a}", ServerName("main")) for group in AGENTS.values() for a in group]
    with AsteriskInstance(campaigns, agents, free_ports()) as instance:
        yield instance


@asynccontextmanager
async def floor_of(asterisk: AsteriskInstance, database_url: str, folder: Path) -> AsyncIterator[Floor]:
    """300 leads imported, 20 agents on the line, three campaigns dialing."""
    behaviours = write_leads(folder)
    with Carrier(asterisk.folder, asterisk.ports) as carrier:
        async with AmiProxy(asterisk.ports.ami).serving() as proxy:
            settings = asterisk.settings.model_copy(update={"port": proxy.own_port})
            async with Dialer(folder, database_url, settings) as dialer:
                floor = Floor(dialer, proxy, carrier, behaviours)
                hands = asyncio.create_task(hang_up_after_a_while(dialer))
                await open_campaigns(dialer, folder)
                try:
                    yield floor
                finally:
                    hands.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await hands


def write_leads(folder: Path) -> dict[str, str]:
    """A file of leads a campaign; what each number will do."""
    behaviours: dict[str, str] = {}
    for area, (campaign, mix) in enumerate(MIX.items(), 212):
        wanted = [behaviour for behaviour, count in mix.items() for _ in range(count)]
        Random(7).shuffle(wanted)
        with (folder / f"{campaign}.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["phone", "name", "score"])
            for row, behaviour in enumerate(wanted):
                digits = f"1{area if area != 213 else 646}{200 + row}01{LAST_DIGITS[behaviour]}"
                behaviours[digits] = behaviour
                table.writerow([f"+{digits}", f"Callee {row}", row * 37 % 101])
    return behaviours


async def open_campaigns(dialer: Dialer, folder: Path) -> None:
    common = {"wrap_up_seconds": 0, "ring_seconds": 15, "max_attempts": 1, "recycle": {"congestion": None}}
    for campaign, plan in PLANS.items():
        await dialer.call("POST", "/v1/campaigns", {"name": campaign, **common, **plan})
        dialer.command("leads", "import", str(folder / f"{campaign}.csv"), "--campaign", campaign)
        for agent in AGENTS[campaign]:
            await dialer.call("PUT", f"/v1/agents/{agent}", {"name": f"Agent {agent}", "server": "main"})
            await dialer.call("POST", f"/v1/agents/{agent}/login", {"campaign": campaign})
    await dialer.until(lambda: all_agents_ready(dialer), 120)
    for campaign in PLANS:
        await dialer.call("POST", f"/v1/campaigns/{campaign}/start")


async def all_agents_ready(dialer: Dialer) -> bool:
    agents = (await dialer.call("GET", "/v1/agents"))["items"]
    return Counter(agent["state"] for agent in agents)["ready"] == sum(map(len, AGENTS.values()))


async def hang_up_after_a_while(dialer: Dialer) -> None:
    """Agents of the detecting campaign end their calls: a callee who says hello stays on the line for ever."""
    while True:
        with contextlib.suppress(Exception):
            for agent in (await dialer.call("GET", "/v1/agents"))["items"]:
                if agent["state"] == "talking" and agent["id"] in AGENTS[DETECTING]:
                    await dialer.call("POST", f"/v1/agents/{agent['id']}/hangup")
        await asyncio.sleep(1)


def judge(floor: Floor, attempts: list[dict[str, str]], *, undisturbed: bool) -> None:
    """Each lead was dialed once, and its outcome is what its telephone did."""
    placed = [attempt for attempt in attempts if attempt["outcome"] != "not_placed"]
    assert all(attempt["outcome"] for attempt in attempts), "an attempt stayed open"
    assert len(placed) == 300
    assert floor.dialed_more_than_once() == {}
    assert set(floor.invites()) == set(floor.behaviours)
    wrong = []
    for attempt in placed:
        behaviour = floor.behaviours[attempt["number"].lstrip("+")]
        right = RIGHT[behaviour]
        if attempt["campaign"] == PUSHING or (not undisturbed and "answered" in right):
            right = right | REACHED
        if attempt["outcome"] not in right or (attempt["outcome"] == "answered") is not bool(attempt["agent"]):
            wrong.append((behaviour, attempt["outcome"], attempt["agent"]))
    assert wrong == []


async def test_300_calls_leave_300_right_outcomes(
    big_asterisk: AsteriskInstance, empty_database: str, tmp_path: Path
) -> None:
    async with floor_of(big_asterisk, empty_database, tmp_path) as floor:
        await floor.dialer.until(floor.finished, 240)
        attempts = await floor.attempts()
        judge(floor, attempts, undisturbed=True)
        assert len(attempts) == 300
        pushed = Counter(a["outcome"] for a in attempts if a["campaign"] == PUSHING)
        assert pushed["abandoned"] > 0
        assert pushed["answered"] > 0
        assert floor.dialer.terminate() == 0


async def test_two_kills_on_the_way_lose_nothing_and_dial_nobody_twice(
    big_asterisk: AsteriskInstance, empty_database: str, tmp_path: Path
) -> None:
    async with floor_of(big_asterisk, empty_database, tmp_path) as floor:
        for count, dead_seconds in ((60, 0), (160, 6)):
            await floor.dialer.until(partial(floor.ended, count), 120)
            floor.dialer.kill()
            await asyncio.sleep(dead_seconds)
            await floor.dialer.start()
        await floor.dialer.until(floor.finished, 240)
        attempts = await floor.attempts()
        judge(floor, attempts, undisturbed=False)
        outcomes = Counter(attempt["outcome"] for attempt in attempts)
        assert outcomes["lost"] == 0
        assert outcomes["answered"] >= 80


async def test_a_link_cut_for_20_seconds_loses_nothing_and_dials_nothing_meanwhile(
    big_asterisk: AsteriskInstance, empty_database: str, tmp_path: Path
) -> None:
    async with floor_of(big_asterisk, empty_database, tmp_path) as floor:
        await floor.dialer.until(lambda: floor.ended(80), 120)
        await floor.proxy.cut()
        await asyncio.sleep(0.5)
        before = floor.invites().total()
        await asyncio.sleep(20)
        assert floor.invites().total() == before
        await floor.proxy.restore()
        await floor.dialer.until(floor.finished, 240)
        judge(floor, await floor.attempts(), undisturbed=False)
