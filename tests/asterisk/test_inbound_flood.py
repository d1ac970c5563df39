"""A real Asterisk's inbound queues under a flood: what is told of every caller."""

import asyncio
from collections import Counter

import pytest

from dialer.domain.events import InboundAbandoned, InboundConnected, InboundEnded, InboundJoined, MemberState
from dialer.ports import InboundDuty
from tests.asterisk.callers import Callers
from tests.asterisk.fixtures import AGENTS, DESK_QUEUE, SERVICE_QUEUE
from tests.asterisk.instance import DESK, AsteriskInstance
from tests.contract.telephone_worlds import World, asterisk_world

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]
CALLS = 150
READY = InboundDuty(penalty=0, paused=False, reason="")
SERVED = ("InboundJoined", "InboundConnected", "InboundEnded")
GAVE_UP = ("InboundJoined", "InboundAbandoned")


async def test_every_caller_of_a_flood_has_one_end_while_calls_go_out(
    asterisk: AsteriskInstance, callers: Callers
) -> None:
    async with asterisk_world(asterisk, "flooded") as world:
        ann, bob = (agent.id for agent in AGENTS)
        await world.seat(ann, bob)
        for agent in (ann, bob):
            await world.telephony.share(world.server, agent, [SERVICE_QUEUE, DESK_QUEUE], READY)
        floods = [
            callers.flood(queue, calls=CALLS, calls_per_second=30.0, patience_seconds=2.0, talk_seconds=0.5)
            for queue in (SERVICE_QUEUE, DESK_QUEUE)
        ]
        attempts = [await world.dial("busy") for _ in range(20)]
        for flood in floods:
            await asyncio.to_thread(flood.wait, 60)
        for attempt in attempts:
            await world.ended(attempt)
        await _all_over(world)
        ends = Counter(tuple(world.kinds(event.call)) for event in world.events if isinstance(event, InboundJoined))
        connected = {event.agent for event in world.events if isinstance(event, InboundConnected)}
        assert set(ends) == {SERVED, GAVE_UP}
        assert ends.total() == 2 * CALLS
        assert connected == {ann, bob, None}
        for member in (f"Agent:{ann}", f"Agent:{bob}", f"PJSIP/{DESK}"):
            await world.until_member(member, MemberState.FREE, DESK_QUEUE)
        snapshot = await world.telephony.inbound(world.server)
        assert not any(snapshot.waiting.values())
        assert {MemberState.FREE} == set(snapshot.members[DESK_QUEUE].values())
        await world.clear_queues()


async def _all_over(world: World) -> None:
    """Until the last caller's end was told."""
    over = (InboundAbandoned, InboundEnded)
    for _ in range(100):
        if sum(isinstance(event, over) for event in world.events) >= 2 * CALLS:
            break
        await world.clock.sleep(0.1)
