"""The inbound part of the Telephony port: queues watched, agents shared with them."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from dialer.domain.errors import ActionRefused, TelephonyUnavailable
from dialer.domain.events import (
    AgentOnLine,
    AgentTaken,
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundLeft,
    LinkDown,
    LinkUp,
    MemberState,
)
from dialer.domain.ids import AgentId, AttemptId
from dialer.ports import InboundDuty
from tests.asterisk.fixtures import AGENTS, CAMPAIGN, DESK_QUEUE, SERVICE_QUEUE
from tests.asterisk.floor import AmiProxy
from tests.contract.telephone_worlds import World, asterisk_world, connected_client, fake_world, lab_world

ANN, BOB = (agent.id for agent in AGENTS)
READY = InboundDuty(penalty=0, paused=False, reason="")
LATER = InboundDuty(penalty=5, paused=False, reason="")
BREAK = InboundDuty(penalty=0, paused=True, reason="break")
DESK = "PJSIP/desk1"
_engines = count(1)

ASTERISK = pytest.param("asterisk", marks=[pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")])
over_ami = pytest.mark.parametrize("world", ["lab", ASTERISK], indirect=True)


@pytest.fixture(params=["fake", "lab", ASTERISK])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        place = fake_world()
    elif request.param == "lab":
        place = lab_world()
    else:
        place = asterisk_world(request.getfixturevalue("asterisk"), f"inbound-{next(_engines)}")
    async with place as world:
        yield world
        await world.clear_queues()


def member(agent: AgentId) -> str:
    return f"Agent:{agent}"


async def on_duty(world: World, agent: AgentId, duty: InboundDuty = READY) -> None:
    """Have an agent in the service queue, on the line and free."""
    await world.seat(agent)
    await world.telephony.share(world.server, agent, [SERVICE_QUEUE], duty)
    await world.until_member(member(agent), MemberState.PAUSED if duty.paused else MemberState.FREE)


async def test_a_caller_who_gives_up_has_abandoned_the_queue(world: World) -> None:
    joined = await world.call_in(patience_seconds=1.0)
    gone = await world.until(InboundAbandoned, joined.call)
    assert world.kinds(joined.call) == ["InboundJoined", "InboundAbandoned"]
    assert joined.queue == gone.queue == SERVICE_QUEUE
    assert 0.5 < (gone.at - joined.at).total_seconds() < 3


async def test_callers_whom_the_queue_lets_go_have_not_given_up(world: World) -> None:
    """The first in line and the next leave it by different ways in Asterisk."""
    callers = [await world.call_in(limit_seconds=2.0) for _ in range(3)]
    for joined in callers:
        left = await world.until(InboundLeft, joined.call)
        assert 0.5 < (left.at - joined.at).total_seconds() < 5
        assert world.kinds(joined.call) == ["InboundJoined", "InboundLeft"]


async def test_a_caller_is_served_by_a_shared_agent_who_is_free_again_afterwards(world: World) -> None:
    await on_duty(world, ANN)
    taken = sum(isinstance(event, AgentTaken) for event in world.told(ANN))
    free = sum(isinstance(event, AgentOnLine) for event in world.told(ANN))
    joined = await world.call_in(talk_seconds=3.0)
    connected = await world.until(InboundConnected, joined.call)
    assert (connected.agent, connected.queue) == (ANN, SERVICE_QUEUE)
    await world.until(AgentTaken, ANN, taken + 1)
    await world.until_member(member(ANN), MemberState.BUSY)
    ended = await world.until(InboundEnded, joined.call)
    assert abs(ended.talk_seconds - 3.0) <= 1.5
    assert abs(ended.talk_seconds - (ended.at - connected.at).total_seconds()) <= 1.5
    await world.until(AgentOnLine, ANN, free + 1)
    await world.until_member(member(ANN), MemberState.FREE)
    assert world.kinds(joined.call) == ["InboundJoined", "InboundConnected", "InboundEnded"]


async def test_a_caller_in_line_gets_the_agent_who_comes_free(world: World) -> None:
    await on_duty(world, ANN)
    first = await world.call_in(talk_seconds=2.0)
    await world.until(InboundConnected, first.call)
    second = await world.call_in(talk_seconds=1.0)
    connected = await world.until(InboundConnected, second.call)
    ended = await world.until(InboundEnded, first.call)
    assert connected.agent == ANN
    assert connected.at >= ended.at
    await world.until(InboundEnded, second.call)


async def test_a_dedicated_member_is_no_agent_of_ours(world: World) -> None:
    joined = await world.call_in(queue=DESK_QUEUE, talk_seconds=1.0)
    connected = await world.until(InboundConnected, joined.call)
    assert (connected.agent, connected.queue) == (None, DESK_QUEUE)
    await world.until_member(DESK, MemberState.BUSY, DESK_QUEUE)
    await world.until(InboundEnded, joined.call)
    await world.until_member(DESK, MemberState.FREE, DESK_QUEUE)
    assert (await world.telephony.inbound(world.server)).members[DESK_QUEUE] == {DESK: MemberState.FREE}


async def test_a_paused_agent_gets_no_caller_until_the_pause_is_over(world: World) -> None:
    await on_duty(world, ANN, BREAK)
    joined = await world.call_in(talk_seconds=1.0)
    seen = await world.telephony.inbound(world.server)
    assert seen.members[SERVICE_QUEUE][member(ANN)] is MemberState.PAUSED
    assert [caller.call for caller in seen.waiting[SERVICE_QUEUE]] == [joined.call]
    await world.telephony.share(world.server, ANN, [SERVICE_QUEUE], READY)
    assert (await world.until(InboundConnected, joined.call)).agent == ANN
    await world.until(InboundEnded, joined.call)
    assert not (await world.telephony.inbound(world.server)).waiting[SERVICE_QUEUE]


async def test_the_lower_penalty_is_asked_first_and_may_change(world: World) -> None:
    await on_duty(world, ANN, LATER)
    await on_duty(world, BOB)
    first = await world.call_in(talk_seconds=1.0)
    assert (await world.until(InboundConnected, first.call)).agent == BOB
    await world.until(InboundEnded, first.call)
    await world.until_member(member(BOB), MemberState.FREE)
    await on_duty(world, ANN)
    await on_duty(world, BOB, LATER)
    second = await world.call_in(talk_seconds=1.0)
    assert (await world.until(InboundConnected, second.call)).agent == ANN
    await world.until(InboundEnded, second.call)


async def test_sharing_and_withdrawing_twice_is_sharing_and_withdrawing_once(world: World) -> None:
    telephony, server, queues = world.telephony, world.server, [SERVICE_QUEUE, DESK_QUEUE]
    await world.seat(ANN)
    for _ in range(2):
        await telephony.share(server, ANN, queues, BREAK)
        members = (await telephony.inbound(server)).members
        assert [members[queue][member(ANN)] for queue in queues] == [MemberState.PAUSED] * 2
    for _ in range(2):
        await telephony.share(server, ANN, queues, None)
        members = (await telephony.inbound(server)).members
        assert not any(member(ANN) in members[queue] for queue in queues)
    await world.until_member(member(ANN), None)


@over_ami
async def test_penalty_and_the_reason_of_a_pause_are_seen_in_asterisk(world: World) -> None:
    async with connected_client(world) as client:
        for duty in (BREAK, LATER, InboundDuty(penalty=3, paused=True, reason="wrap_up"), READY):
            await world.telephony.share(world.server, ANN, [SERVICE_QUEUE], duty)
            rows = await client.listing("QueueStatus", [("Queue", SERVICE_QUEUE)])
            [row] = [row for row in rows if row.get("StateInterface") == member(ANN)]
            seen = InboundDuty(int(row.get("Penalty")), row.get("Paused") == "1", row.get("PausedReason"))
            assert seen == duty


async def test_a_queue_that_is_not_there_is_named_and_the_others_are_done(world: World) -> None:
    telephony, server = world.telephony, world.server
    queues = ["service-north", SERVICE_QUEUE, "service-south"]
    for duty in (READY, BREAK, None, None):
        with pytest.raises(ActionRefused, match="service-north, service-south"):
            await telephony.share(server, ANN, queues, duty)
        shared = member(ANN) in (await telephony.inbound(server)).members[SERVICE_QUEUE]
        assert shared is (duty is not None)


async def test_a_member_who_is_not_on_the_line_is_away(world: World) -> None:
    await world.telephony.log_out(world.server, BOB, world.queue)
    await world.telephony.share(world.server, BOB, [SERVICE_QUEUE], BREAK)
    await world.until_member(member(BOB), MemberState.AWAY)


async def test_a_snapshot_tells_every_inbound_queue_and_who_waits(world: World) -> None:
    first = await world.call_in("+12025550144")
    second = await world.call_in("")
    snapshot = await world.telephony.inbound(world.server)
    assert snapshot.server == world.server
    assert set(snapshot.waiting) == set(snapshot.members) == {SERVICE_QUEUE, DESK_QUEUE}
    assert CAMPAIGN.queue not in snapshot.waiting
    waiting = snapshot.waiting[SERVICE_QUEUE]
    assert [(caller.call, caller.caller) for caller in waiting] == [
        (first.call, first.caller),
        (second.call, ""),
    ]
    assert abs((waiting[0].since - first.at).total_seconds()) < 2
    assert snapshot.waiting[DESK_QUEUE] == []


async def test_a_caller_is_known_by_a_pseudonym_that_is_not_the_number(world: World) -> None:
    calls = [await world.call_in(number) for number in ("+12025550144", "+12025550144", "+12025550145", "")]
    first, again, other, hidden = (joined.caller for joined in calls)
    assert first == again != other
    assert hidden == ""
    assert len(first) == len(other) == 16
    assert "2025550144" not in first


@over_ami
async def test_after_a_cut_link_the_snapshot_knows_who_still_waits_and_their_ends_are_told(world: World) -> None:
    async with (
        AmiProxy(world.settings.port).serving() as proxy,
        world.beside(world.settings.model_copy(update={"port": proxy.own_port})) as cut_off,
    ):
        telephony, server = cut_off.telephony, cut_off.server
        leaves = await world.call_in("+12025550144")
        stays = await world.call_in("+12025550145")
        await proxy.cut()
        await cut_off.until(LinkDown)
        with pytest.raises(TelephonyUnavailable):
            await telephony.inbound(server)
        with pytest.raises(TelephonyUnavailable):
            await telephony.share(server, ANN, [SERVICE_QUEUE], READY)
        await world.telephony.hang_up(server, AttemptId(leaves.call))
        await world.until(InboundLeft, leaves.call)
        await proxy.restore()
        await cut_off.until(LinkUp, None, 2)
        [waiting] = (await telephony.inbound(server)).waiting[SERVICE_QUEUE]
        assert (waiting.call, waiting.caller) == (stays.call, stays.caller)
        assert abs((waiting.since - stays.at).total_seconds()) < 2
        await telephony.hang_up(server, AttemptId(stays.call))
        await cut_off.until(InboundLeft, stays.call)
