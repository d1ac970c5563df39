"""What the engine may rely on, whichever Asterisk it talks to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count

import pytest

from dialer.domain.campaign import MachineHandling
from dialer.domain.errors import ActionRefused, BadInput, NotFound, TelephonyUnavailable
from dialer.domain.events import (
    AgentMissed,
    AgentOffLine,
    AgentOnLine,
    AgentTaken,
    CallAnswered,
    CallConnected,
    CallRinging,
    CallWaiting,
    LinkDown,
    LinkUp,
    MachineDetected,
    OptedOut,
    OriginateFailed,
)
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.outcome import AmdResult, Outcome, outcome_of
from dialer.domain.phone import PhoneNumber
from dialer.ports import Telephony
from tests.asterisk.fixtures import AGENTS
from tests.asterisk.floor import AmiProxy
from tests.contract.telephone_worlds import NO_SUCH_SOUND, World, asterisk_world, fake_world, lab_world

ANN, BOB = (agent.id for agent in AGENTS)
_engines = count(1)
LONG_MESSAGE = "vm-opts"
LONG_MESSAGE_SECONDS = 3.5
"""It is no shorter than this in any of the worlds."""


ASTERISK = pytest.param("asterisk", marks=[pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")])
over_ami = pytest.mark.parametrize("world", ["lab", ASTERISK], indirect=True)
"""What the telephony in memory does not play."""


@pytest.fixture(params=["fake", "lab", ASTERISK])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        async with fake_world() as world:
            yield world
    elif request.param == "lab":
        async with lab_world() as world:
            yield world
    else:
        async with asterisk_world(request.getfixturevalue("asterisk"), f"contract-{next(_engines)}") as world:
            yield world


def test_the_adapter_plays_the_role(world: World) -> None:
    role: Telephony = world.telephony
    status = role.servers()[0]
    assert (status.name, status.connected) == ("main", True)
    assert (status.lines, status.calls_per_second) == (world.settings.lines, world.settings.calls_per_second)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("busy", Outcome.BUSY),
        ("no_answer", Outcome.NO_ANSWER),
        ("reject", Outcome.REJECTED),
        ("unallocated", Outcome.INVALID_NUMBER),
        ("congestion", Outcome.CONGESTION),
    ],
)
async def test_a_call_that_nobody_answers_rings_at_most_and_ends(
    world: World, behaviour: str, outcome: Outcome
) -> None:
    attempt = await world.dial(behaviour)
    ended = await world.ended(attempt)
    assert world.kinds(attempt) in (["CallEnded"], ["CallRinging", "CallEnded"])
    assert outcome_of(ended.end) is outcome
    assert ended.end.answered_at is None
    assert ended.end.waiting_since is None


async def test_a_waiting_callee_is_connected_talks_and_leaves_the_agent_free(world: World) -> None:
    await world.seat(ANN)
    attempt = await world.dial("answer_talk")
    waiting = await world.until(CallWaiting, attempt)
    await world.telephony.connect(world.server, attempt, ANN)
    connected = await world.until(CallConnected, attempt)
    await world.until(AgentTaken, ANN)
    ended = await world.ended(attempt)
    free_before = sum(isinstance(event, AgentOnLine) and event.at < connected.at for event in world.events)
    await world.until(AgentOnLine, ANN, free_before + 1)
    kinds = ["CallRinging", "CallAnswered", "CallWaiting", "CallConnected", "CallEnded"]
    assert world.kinds(attempt) == kinds
    assert connected.agent == ended.end.agent == ANN
    assert (connected.at - waiting.at).total_seconds() < 2
    assert outcome_of(ended.end) is Outcome.ANSWERED
    end = ended.end
    times = (end.answered_at, end.waiting_since, end.connected_at, end.ended_at)
    assert sorted(times, key=lambda at: at.timestamp() if at else 0.0) == list(times)


async def test_a_callee_who_leaves_before_the_limit_has_hung_up(world: World) -> None:
    attempt = await world.dial("hang_up_early")
    ended = await world.ended(attempt)
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "CallWaiting", "CallEnded"]
    assert outcome_of(ended.end) is Outcome.HUNG_UP


async def test_a_callee_without_an_agent_is_abandoned_at_the_limit(world: World) -> None:
    attempt = await world.dial("answer_long")
    ended = await world.ended(attempt)
    end = ended.end
    assert outcome_of(end) is Outcome.ABANDONED
    assert end.abandoned
    assert end.waiting_since
    assert (end.ended_at - end.waiting_since).total_seconds() >= 2.0
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "CallWaiting", "CallEnded"]


@pytest.mark.parametrize("message", [LONG_MESSAGE, "beep"])
async def test_the_opt_out_key_is_taken_in_the_message_and_shortly_after_and_ends_the_call(
    world: World, message: str
) -> None:
    order = replace(world.order("opt_out"), information_message=message)
    await world.telephony.originate(order)
    pressed = await world.until(OptedOut, order.attempt)
    end = (await world.ended(order.attempt)).end
    kinds = ["CallRinging", "CallAnswered", "CallWaiting", "OptedOut", "CallEnded"]
    assert world.kinds(order.attempt) == kinds, "a second press of the key says nothing more"
    assert (pressed.number, pressed.attempt) == (order.number, order.attempt)
    assert (outcome_of(end), end.opted_out_at) == (Outcome.ABANDONED, pressed.at)
    if message == LONG_MESSAGE:
        assert (end.ended_at - pressed.at).total_seconds() < LONG_MESSAGE_SECONDS


async def test_a_key_press_stays_until_it_is_forgotten_and_any_engine_may_see_to_it(world: World) -> None:
    order = world.order("opt_out")
    await world.telephony.originate(order)
    pressed = await world.until(OptedOut, order.attempt)
    await world.ended(order.attempt)
    assert (await world.telephony.snapshot(world.server)).opt_outs == [pressed]
    await world.telephony.forget(world.server, [order.attempt])
    assert (await world.telephony.snapshot(world.server)).opt_outs == [pressed]
    for _ in range(2):
        await world.telephony.forget_opt_outs(world.server, [order.attempt, "1764316800.0"])
        assert (await world.telephony.snapshot(world.server)).opt_outs == []


@pytest.mark.parametrize(("behaviour", "key"), [("other_key", "9"), ("opt_out", "*"), ("opt_out", "")])
async def test_another_key_says_nothing_and_the_message_goes_on(world: World, behaviour: str, key: str) -> None:
    attempt = await world.dial(behaviour, opt_out_key=key, information_message=LONG_MESSAGE)
    end = (await world.ended(attempt)).end
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "CallWaiting", "CallEnded"]
    assert (outcome_of(end), end.opted_out_at) == (Outcome.ABANDONED, None)
    assert end.waiting_since
    assert (end.ended_at - end.waiting_since).total_seconds() > 2 + LONG_MESSAGE_SECONDS
    assert (await world.telephony.snapshot(world.server)).opt_outs == []


@pytest.mark.parametrize("key", ["9", ""])
async def test_a_prompt_is_played_to_its_end_and_needs_no_agent(world: World, key: str) -> None:
    await world.seat(ANN)
    attempt = await world.dial("answer_long", prompt=LONG_MESSAGE, opt_out_key=key)
    end = (await world.ended(attempt)).end
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "CallEnded"]
    assert outcome_of(end, prompt=True) is Outcome.PROMPT_HEARD
    assert (end.waiting_since, end.agent, end.abandoned, end.opted_out_at) == (None, None, False, None)
    assert end.answered_at
    assert end.heard_at
    assert (end.heard_at - end.answered_at).total_seconds() > LONG_MESSAGE_SECONDS
    after = (end.ended_at - end.heard_at).total_seconds()
    assert (after > 2.8) is bool(key)  # so long the key is still taken
    assert (await world.telephony.snapshot(world.server)).ended[attempt] == end


async def test_who_hangs_up_in_a_prompt_has_not_heard_it(world: World) -> None:
    attempt = await world.dial("answer_short", prompt=LONG_MESSAGE)
    end = (await world.ended(attempt)).end
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "CallEnded"]
    assert (end.heard_at, outcome_of(end, prompt=True)) == (None, Outcome.PROMPT_CUT)


async def test_the_opt_out_key_is_taken_in_a_prompt_and_ends_it(world: World) -> None:
    attempt = await world.dial("opt_out", prompt=LONG_MESSAGE)
    pressed = await world.until(OptedOut, attempt)
    end = (await world.ended(attempt)).end
    assert world.kinds(attempt) == ["CallRinging", "CallAnswered", "OptedOut", "CallEnded"]
    assert (outcome_of(end, prompt=True), end.opted_out_at) == (Outcome.PROMPT_HEARD, pressed.at)
    assert (end.ended_at - pressed.at).total_seconds() < LONG_MESSAGE_SECONDS
    assert (await world.telephony.snapshot(world.server)).opt_outs == [pressed]
    await world.forget_key_presses()


async def test_another_key_in_a_prompt_says_nothing(world: World) -> None:
    attempt = await world.dial("other_key", prompt=LONG_MESSAGE)
    end = (await world.ended(attempt)).end
    assert (outcome_of(end, prompt=True), end.opted_out_at) == (Outcome.PROMPT_HEARD, None)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [("busy", Outcome.BUSY), ("no_answer", Outcome.NO_ANSWER), ("unallocated", Outcome.INVALID_NUMBER)],
)
async def test_a_prompt_that_nobody_answers_ends_as_any_call(world: World, behaviour: str, outcome: Outcome) -> None:
    attempt = await world.dial(behaviour, prompt="beep")
    assert outcome_of((await world.ended(attempt)).end, prompt=True) is outcome


async def test_a_prompt_that_plays_is_live_and_waits_for_nobody(world: World) -> None:
    attempt = await world.dial("answer_long", prompt=LONG_MESSAGE)
    await world.until(CallAnswered, attempt)
    live = (await world.telephony.snapshot(world.server)).live[attempt]
    assert (live.answered, live.waiting_since, live.agent) == (True, None, None)
    await world.telephony.hang_up(world.server, attempt)
    assert outcome_of((await world.ended(attempt)).end, prompt=True) is Outcome.PROMPT_CUT


@over_ami
async def test_a_prompt_is_not_played_to_a_machine_that_is_hung_up_on(world: World) -> None:
    attempt = await world.dial("machine", machine_handling=MachineHandling.HANG_UP, prompt="beep")
    end = (await world.ended(attempt)).end
    assert (end.heard_at, outcome_of(end, prompt=True)) == (None, Outcome.MACHINE)


@over_ami
async def test_a_person_passes_detection_and_gets_the_prompt_instead_of_a_wait(world: World) -> None:
    attempt = await world.dial("human", machine_handling=MachineHandling.HANG_UP, prompt="beep")
    end = (await world.ended(attempt)).end
    assert (end.amd, end.waiting_since) == (AmdResult.HUMAN, None)
    assert outcome_of(end, prompt=True) in (Outcome.PROMPT_HEARD, Outcome.PROMPT_CUT)  # as patient as they are


@pytest.mark.parametrize(
    ("sound", "there"),
    [
        (LONG_MESSAGE, True),
        (NO_SUCH_SOUND, False),
        (f"beep&{LONG_MESSAGE}", True),
        (f"beep&{NO_SUCH_SOUND}", False),
        (f"{NO_SUCH_SOUND}&beep", False),
    ],
)
async def test_whether_a_sound_is_there_is_told_without_a_call(world: World, sound: str, there: bool) -> None:
    asked_at = world.clock.monotonic()
    assert await world.telephony.has_sound(world.server, sound) is there
    assert world.clock.monotonic() - asked_at < LONG_MESSAGE_SECONDS
    assert [kind for kind in map(type, world.events) if kind not in (LinkUp, AgentOnLine)] == []


@pytest.mark.parametrize("sound", ["", "beep, and more"])
async def test_what_can_be_no_sound_is_not_asked_for(world: World, sound: str) -> None:
    with pytest.raises(ActionRefused):
        await world.telephony.has_sound(world.server, sound)


async def test_a_prompt_whose_sound_is_not_there_is_not_heard(world: World) -> None:
    attempt = await world.dial("answer_long", prompt=NO_SUCH_SOUND)
    end = (await world.ended(attempt)).end
    assert (end.heard_at, outcome_of(end, prompt=True)) == (None, Outcome.PROMPT_CUT)


async def test_who_calls_back_may_opt_out(world: World) -> None:
    world.calls_back("+12025550143", "9")
    pressed = await world.until(OptedOut)
    assert (pressed.number, pressed.attempt) == (PhoneNumber("+12025550143"), None)
    assert (await world.telephony.snapshot(world.server)).opt_outs == [pressed]
    await world.telephony.forget_opt_outs(world.server, [pressed.call])
    assert (await world.telephony.snapshot(world.server)).opt_outs == []


async def test_who_calls_back_and_presses_another_key_or_shows_no_number_says_nothing(world: World) -> None:
    world.calls_back("+12025550143", "5")
    world.calls_back("", "9")
    await world.clock.sleep(8.0)  # the message, and the time for the key
    assert not [event for event in world.events if isinstance(event, OptedOut)]
    assert (await world.telephony.snapshot(world.server)).opt_outs == []


async def test_an_agent_who_was_taken_is_missed_and_the_callee_gets_another(world: World) -> None:
    await world.seat(ANN, BOB)
    first = await world.dial("answer_talk")
    await world.until(CallWaiting, first)
    await world.telephony.connect(world.server, first, ANN)
    await world.until(CallConnected, first)
    second = await world.dial("answer_long")
    await world.until(CallWaiting, second)
    await world.telephony.connect(world.server, second, ANN)
    missed = await world.until(AgentMissed, second)
    assert (missed.agent, missed.reason) == (ANN, "BUSY")
    await world.until(CallWaiting, second, 2)
    await world.telephony.connect(world.server, second, BOB)
    assert (await world.until(CallConnected, second)).agent == BOB
    await world.telephony.hang_up(world.server, second)
    end = (await world.ended(second)).end
    assert (end.agent, outcome_of(end)) == (BOB, Outcome.ANSWERED)


async def test_an_agent_who_is_not_on_the_line_is_missed_and_the_limit_still_holds(world: World) -> None:
    await world.telephony.log_out(world.server, BOB, world.queue)
    attempt = await world.dial("answer_long")
    waiting = await world.until(CallWaiting, attempt)
    await world.telephony.connect(world.server, attempt, BOB)
    assert (await world.until(AgentMissed, attempt)).reason == "NOT_LOGGED_IN"
    end = (await world.ended(attempt)).end
    assert outcome_of(end) is Outcome.ABANDONED
    assert end.agent is None
    assert end.connected_at is None
    assert end.waiting_since
    assert abs((end.waiting_since - waiting.at).total_seconds()) < 1


@over_ami
async def test_without_a_sign_of_life_the_queue_finds_the_agent(world: World) -> None:
    await world.seat(ANN)
    async with world.beside() as silent:
        order = silent.order("answer_talk")
        await silent.telephony.originate(order)
        connected = await silent.until(CallConnected, order.attempt)
        assert connected.agent in world.agents
        end = (await silent.ended(order.attempt)).end
        assert (end.agent, outcome_of(end)) == (connected.agent, Outcome.ANSWERED)


@over_ami
async def test_a_machine_is_told_and_hung_up_on(world: World) -> None:
    attempt = await world.dial("machine", machine_handling=MachineHandling.HANG_UP)
    ended = await world.ended(attempt)
    assert (await world.until(MachineDetected, attempt)).result is AmdResult.MACHINE
    assert [kind for kind in world.kinds(attempt) if kind != "CallRinging"] == [
        "CallAnswered",
        "MachineDetected",
        "CallEnded",
    ]
    assert outcome_of(ended.end) is Outcome.MACHINE


@over_ami
async def test_a_machine_may_be_left_a_message(world: World) -> None:
    attempt = await world.dial("machine", machine_handling=MachineHandling.MESSAGE, message="beep")
    assert outcome_of((await world.ended(attempt)).end) is Outcome.MACHINE


@over_ami
async def test_a_machine_may_be_given_to_an_agent(world: World) -> None:
    attempt = await world.dial("machine", machine_handling=MachineHandling.AGENT)
    await world.until(CallWaiting, attempt)
    await world.telephony.hang_up(world.server, attempt)
    assert (await world.ended(attempt)).end.amd is AmdResult.MACHINE


@over_ami
async def test_a_person_passes_detection_and_waits(world: World) -> None:
    attempt = await world.dial("human", machine_handling=MachineHandling.HANG_UP)
    await world.until(CallWaiting, attempt)
    assert (await world.until(MachineDetected, attempt)).result is AmdResult.HUMAN
    await world.telephony.hang_up(world.server, attempt)
    end = (await world.ended(attempt)).end
    assert (end.amd, outcome_of(end)) == (AmdResult.HUMAN, Outcome.HUNG_UP)


async def test_a_record_stays_until_it_is_forgotten(world: World) -> None:
    attempts = [await world.dial("busy"), await world.dial("reject")]
    ends = {attempt: (await world.ended(attempt)).end for attempt in attempts}
    assert (await world.telephony.snapshot(world.server)).ended == ends
    await world.telephony.forget(world.server, [attempts[0]])
    assert set((await world.telephony.snapshot(world.server)).ended) == {attempts[1]}
    await world.telephony.forget(world.server, attempts)
    assert (await world.telephony.snapshot(world.server)).ended == {}


async def test_a_snapshot_knows_live_calls_and_agents(world: World) -> None:
    await world.seat(ANN, BOB)
    ringing, talking = await world.dial("no_answer", ring_seconds=60), await world.dial("answer_long")
    waiting = await world.until(CallWaiting, talking)
    before = await world.telephony.snapshot(world.server)
    since = before.live[talking].waiting_since
    assert since
    assert abs((since - waiting.at).total_seconds()) < 1
    assert not before.live[ringing].answered
    await world.telephony.connect(world.server, talking, ANN)
    await world.until(CallConnected, talking)
    await world.until(AgentTaken, ANN)
    after = await world.telephony.snapshot(world.server)
    assert (after.live[talking].answered, after.live[talking].agent) == (True, ANN)
    assert after.live[talking].waiting_since is None
    assert (after.agents[ANN], after.agents[BOB]) == (False, True)
    assert after.started_at < after.taken_at
    assert before.started_at == after.started_at
    for attempt in (ringing, talking):
        await world.telephony.hang_up(world.server, attempt)
        await world.ended(attempt)
    assert not (await world.telephony.snapshot(world.server)).live


@pytest.mark.asterisk
@pytest.mark.xdist_group("asterisk")
@pytest.mark.parametrize("world", ["asterisk"], indirect=True)
async def test_an_order_without_a_channel_fails_and_is_told_so(world: World) -> None:
    settings = world.settings.model_copy(update={"dial_string": "PJSIP/{number}@nowhere"})
    async with world.beside(settings) as lost:
        order = world.order("busy")
        await lost.telephony.originate(order)
        await lost.until(OriginateFailed, order.attempt)
        assert lost.kinds(order.attempt) == ["OriginateFailed"]


@over_ami
async def test_a_dial_string_that_is_none_is_refused(world: World) -> None:
    settings = world.settings.model_copy(update={"dial_string": "nothing"})
    async with world.beside(settings) as lost:
        with pytest.raises(ActionRefused):
            await lost.telephony.originate(world.order("busy"))


async def test_a_second_order_of_an_attempt_does_nothing(world: World) -> None:
    order = world.order("answer_long")
    await world.telephony.originate(order)
    await world.until(CallAnswered, order.attempt)
    await world.telephony.originate(order)
    await world.ended(order.attempt)
    assert world.kinds(order.attempt) == ["CallRinging", "CallAnswered", "CallWaiting", "CallEnded"]


async def test_hanging_up_ends_a_call_and_does_nothing_to_one_that_is_gone(world: World) -> None:
    attempt = await world.dial("answer_long")
    await world.until(CallWaiting, attempt)
    await world.telephony.hang_up(world.server, attempt)
    assert outcome_of((await world.ended(attempt)).end) is Outcome.HUNG_UP
    await world.telephony.hang_up(world.server, attempt)


async def test_a_call_that_is_gone_can_not_be_connected(world: World) -> None:
    attempt = await world.dial("busy")
    await world.ended(attempt)
    with pytest.raises(ActionRefused):
        await world.telephony.connect(world.server, attempt, ANN)


async def test_a_call_whose_limit_has_passed_can_not_be_connected(world: World) -> None:
    await world.seat(ANN)
    attempt = await world.dial("answer_long", agent_wait_seconds=1.0)
    await world.until(CallWaiting, attempt)
    await world.clock.sleep(1.1)  # nothing is told of the limit itself
    with pytest.raises(ActionRefused):
        await world.telephony.connect(world.server, attempt, ANN)
    end = (await world.ended(attempt)).end
    assert (end.agent, outcome_of(end)) == (None, Outcome.ABANDONED)
    assert "CallConnected" not in world.kinds(attempt)


async def test_an_agent_logs_in_once_and_out(world: World) -> None:
    await world.seat(ANN)
    await world.telephony.log_in(world.server, ANN, world.queue)
    await world.until(AgentOnLine, ANN)
    await world.telephony.pause(world.server, ANN, world.queue, paused=True, reason="wrap_up")
    await world.telephony.pause(world.server, ANN, world.queue, paused=False, reason="")
    await world.telephony.log_out(world.server, ANN, world.queue)
    await world.until(AgentOffLine, ANN)
    assert ANN not in (await world.telephony.snapshot(world.server)).agents
    await world.telephony.log_out(world.server, ANN, world.queue)


async def test_an_agent_who_talks_is_logged_out_after_the_call(world: World) -> None:
    await world.seat(ANN)
    attempt = await world.dial("answer_long")
    await world.until(CallWaiting, attempt)
    await world.telephony.connect(world.server, attempt, ANN)
    await world.until(CallConnected, attempt)
    await world.telephony.log_out(world.server, ANN, world.queue)
    assert (await world.telephony.snapshot(world.server)).live[attempt].agent == ANN
    await world.telephony.hang_up(world.server, attempt)
    await world.until(AgentOffLine, ANN)


@over_ami
async def test_a_queue_that_is_none_is_named(world: World) -> None:
    with pytest.raises(ActionRefused, match="No such queue"):
        await world.telephony.log_in(world.server, ANN, "campaign-999")


@over_ami
async def test_values_that_would_be_headers_or_dialplan_are_refused(world: World) -> None:
    for place in ("message", "information_message", "caller_id", "queue"):
        for value in ("beep\r\nAction: Command", "beep,option", "${SHELL(id)}", 'x"'):
            with pytest.raises(ActionRefused):
                await world.dial("busy", **{place: value})
    for agent in ("1001\r\nX: y", "", "1001@elsewhere"):
        with pytest.raises(BadInput):
            await world.telephony.log_in(world.server, AgentId(agent), world.queue)
    with pytest.raises(NotFound):
        await world.telephony.snapshot(ServerName("elsewhere"))


@over_ami
async def test_after_a_cut_link_calls_live_on_and_the_snapshot_knows_them(world: World) -> None:
    async with (
        AmiProxy(world.settings.port).serving() as proxy,
        world.beside(world.settings.model_copy(update={"port": proxy.own_port})) as cut_off,
    ):
        telephony, server = cut_off.telephony, cut_off.server
        gone, ringing = await cut_off.dial("reject"), await cut_off.dial("no_answer", ring_seconds=60)
        end = (await cut_off.ended(gone)).end
        await cut_off.until(CallRinging, ringing)
        await proxy.cut()
        await cut_off.until(LinkDown)
        with pytest.raises(TelephonyUnavailable):
            await telephony.hang_up(server, ringing)
        await proxy.restore()
        await cut_off.until(LinkUp, None, 2)
        snapshot = await telephony.snapshot(server)
        assert set(snapshot.live) == {ringing}
        assert snapshot.ended == {gone: end}
        await telephony.hang_up(server, ringing)
        await cut_off.ended(ringing)


@over_ami
async def test_more_events_than_fit_count_as_a_lost_link_and_no_end_is_lost(world: World) -> None:
    async with world.beside(inbox_events=3) as small:
        small.listening.clear()
        attempts = {await small.dial("busy") for _ in range(8)}
        late = small.deadline()
        while set((await small.telephony.snapshot(small.server)).ended) != attempts:
            assert small.clock.monotonic() < late
            await small.clock.sleep(0.2)
        small.listening.set()
        await small.until(LinkDown)
        await small.until(LinkUp, None, 2)
        assert set((await small.telephony.snapshot(small.server)).ended) == attempts


async def test_a_recording_is_paused_and_resumed_while_the_call_goes_on(world: World) -> None:
    await world.seat(ANN)
    recorded = await world.dial("answer_long", recording=True)
    await world.until(CallWaiting, recorded)
    await world.telephony.connect(world.server, recorded, ANN)
    await world.until(CallConnected, recorded)
    for paused in (True, True, False, False):
        await world.telephony.pause_recording(world.server, recorded, paused=paused)
    await world.telephony.hang_up(world.server, recorded)
    await world.ended(recorded)
    with pytest.raises(ActionRefused):
        await world.telephony.pause_recording(world.server, recorded, paused=True)


async def test_a_call_that_is_not_recorded_can_not_be_paused(world: World) -> None:
    plain = await world.dial("answer_long")
    await world.until(CallWaiting, plain)
    with pytest.raises(ActionRefused):
        await world.telephony.pause_recording(world.server, plain, paused=True)
    await world.telephony.hang_up(world.server, plain)
    await world.ended(plain)
