"""What only a real Asterisk can show: our dialplan when the engine dies, restarts, recordings."""

import asyncio
import re
import sqlite3
import wave
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dialer.domain.events import AgentOffLine, CallConnected, CallRinging, CallWaiting, LinkDown, LinkUp, OptedOut
from dialer.domain.ids import AttemptId
from dialer.domain.outcome import Outcome, outcome_of
from dialer.domain.phone import PhoneNumber
from tests.asterisk.callers import Callers
from tests.asterisk.carrier import Carrier
from tests.asterisk.fixtures import AGENTS, CAMPAIGN
from tests.asterisk.instance import RETURN_EXTENSION, AsteriskInstance, free_ports
from tests.contract.telephone_worlds import asterisk_world

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]
ANN = AGENTS[0].id


async def test_an_engine_that_dies_while_a_callee_waits_leaves_the_callee_to_the_queue(
    asterisk: AsteriskInstance,
) -> None:
    async with asterisk_world(asterisk, "witness") as witness:
        await witness.seat(ANN)
        async with asterisk_world(asterisk, "mortal") as mortal:
            attempt = await mortal.dial("answer_talk")
            await mortal.until(CallWaiting, attempt)
        connected = await witness.until(CallConnected, attempt)
        assert connected.agent in witness.agents
        end = (await witness.ended(attempt)).end
        assert (end.agent, outcome_of(end)) == (connected.agent, Outcome.ANSWERED)
        assert end.waiting_since
        assert end.connected_at
        assert (end.connected_at - end.waiting_since).total_seconds() >= 2


async def test_without_engine_and_agents_the_callee_hears_the_information_message_at_once(
    asterisk: AsteriskInstance,
) -> None:
    async with asterisk_world(asterisk, "witness") as world:
        for agent in AGENTS:
            await world.telephony.log_out(world.server, agent.id, world.queue)
        async with world.beside() as silent:
            attempt = await silent.dial("answer_long")
            end = (await silent.ended(attempt)).end
        assert outcome_of(end) is Outcome.ABANDONED


async def test_a_key_pressed_while_the_engine_is_dead_outlives_engine_and_asterisk(asterisk_is_here: None) -> None:
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports()) as shaky, Carrier(shaky.folder, shaky.ports):
        async with asterisk_world(shaky, "witness") as witness:
            async with asterisk_world(shaky, "mortal") as mortal:
                order = replace(mortal.order("opt_out"), information_message="vm-opts")
                await mortal.telephony.originate(order)
                await mortal.until(CallWaiting, order.attempt)
            pressed = await witness.until(OptedOut, order.attempt)
            await witness.ended(order.attempt)
        assert await comes_true(lambda: _written_down(shaky.folder).count(order.attempt) == 2)
        await asyncio.to_thread(shaky.stop, kill=True)
        await asyncio.to_thread(shaky.start)
        async with asterisk_world(shaky, "mortal", fresh=False) as heir:
            snapshot = await heir.telephony.snapshot(heir.server)
    assert (pressed.number, pressed.attempt) == (order.number, order.attempt)
    assert snapshot.opt_outs == [pressed]
    end = snapshot.ended[order.attempt]
    assert (outcome_of(end), end.opted_out_at) == (Outcome.ABANDONED, pressed.at)


@pytest.mark.parametrize(("extension", "key"), [("*0", "*"), ("*1", "#")])
async def test_a_message_and_a_key_set_before_go_before_the_settings(
    asterisk: AsteriskInstance, callers: Callers, extension: str, key: str
) -> None:
    async with asterisk_world(asterisk, "returns") as world:
        callers.call_back("2025550147", key, extension=RETURN_EXTENSION + extension)
        pressed = await world.until(OptedOut)
        assert pressed.number == PhoneNumber("+12025550147")
        await world.forget_key_presses()


async def test_the_conversation_is_recorded_under_the_attempts_id(asterisk: AsteriskInstance) -> None:
    async with asterisk_world(asterisk, "recorder") as world:
        attempt = await world.dial("human", recording=True)
        await world.ended(attempt)
        recording = asterisk.folder / "spool/monitor" / f"{attempt}.wav"
        assert await comes_true(lambda: recording.stat().st_size > 8000)


async def test_what_is_said_while_a_recording_is_paused_is_silence_in_it(asterisk: AsteriskInstance) -> None:
    async with asterisk_world(asterisk, "hider") as world:
        await world.seat(ANN)
        attempt = await world.dial("machine", recording=True)  # it talks for 4 s
        await world.until(CallWaiting, attempt)
        await world.telephony.connect(world.server, attempt, ANN)
        await world.until(CallConnected, attempt)
        for paused in (False, True, False):
            await world.telephony.pause_recording(world.server, attempt, paused=paused)
            await world.clock.sleep(1.0)
        await world.telephony.hang_up(world.server, attempt)
        await world.ended(attempt)
        loud = await asyncio.to_thread(_loud, asterisk.folder / "spool/monitor" / f"{attempt}.wav")
    assert re.search("##[.]{3,5}##", loud), loud


def _loud(recording: Path) -> str:
    """A recording by quarters of a second: # where something is heard."""
    with wave.open(str(recording), "rb") as sound:
        heard = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        size = sound.getframerate() // 4
    return "".join("#" if np.abs(heard[at : at + size]).max() > 50 else "." for at in range(0, len(heard), size))


async def test_an_agent_who_puts_the_phone_down_releases_the_callee(asterisk: AsteriskInstance) -> None:
    async with asterisk_world(asterisk, "floor") as world:
        await world.seat(ANN)
        attempt = await world.dial("answer_long")
        await world.until(CallWaiting, attempt)
        await world.telephony.connect(world.server, attempt, ANN)
        await world.until(CallConnected, attempt)
        await world.clock.sleep(0.5)  # they talk: the agent joins a moment after the callee
        await world.telephony.hang_up(world.server, AttemptId(rf"/^PJSIP\/{ANN}-.*$/"))  # the AMI takes a pattern
        await world.until(AgentOffLine, ANN)
        end = (await world.ended(attempt)).end
        assert (end.agent, outcome_of(end)) == (ANN, Outcome.ANSWERED)


async def test_an_end_whose_event_was_missed_is_read_from_its_record(asterisk_is_here: None) -> None:
    def deaf(name: str, text: str) -> str:
        return text.replace("UserEvent: Dialer", "UserEvent: Dialer[^E]")

    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports(), deaf) as hard, Carrier(hard.folder, hard.ports):
        async with asterisk_world(hard, "reader") as world:
            attempt = await world.dial("answer_long")
            ended = await world.ended(attempt)
            assert ended.end == (await world.telephony.snapshot(world.server)).ended[attempt]
            assert outcome_of(ended.end) is Outcome.ABANDONED


async def test_records_outlive_asterisk_and_live_calls_do_not(asterisk_is_here: None) -> None:
    """AstDB writes to disk once a second: a record younger than that is lost with a crash."""
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports()) as mortal, Carrier(mortal.folder, mortal.ports):
        async with asterisk_world(mortal, "survivor") as world:
            ended = await world.dial("busy")
            record = (await world.ended(ended)).end
            live = await world.dial("no_answer", ring_seconds=60)
            await world.until(CallRinging, live)
            before = await world.telephony.snapshot(world.server)
            assert set(before.live) == {live}
            assert await comes_true(lambda: ended in _written_down(mortal.folder))
            await asyncio.to_thread(mortal.stop, kill=True)
            await world.until(LinkDown)
            await asyncio.to_thread(mortal.start)
            await world.until(LinkUp, None, 2)
            after = await world.telephony.snapshot(world.server)
            assert (after.live, after.ended) == ({}, {ended: record})
            assert after.started_at > before.started_at


def _written_down(folder: Path) -> str:
    with closing(sqlite3.connect(f"file:{folder}/db/astdb.sqlite3?mode=ro", uri=True)) as database:
        return str(database.execute("SELECT key FROM astdb").fetchall())


async def comes_true(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    for _ in range(round(seconds / 0.05)):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False
