"""Faults of panoramisk 1.4, each played to panoramisk as it comes, which shows it, and to our client, which does not.

A scenario plays the peer and the program, and returns whether the fault was seen.
"""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from panoramisk.manager import Manager

from dialer.clock import SystemClock
from integrations.asterisk.ami import AmiAddress, AmiClient
from tests.ami_peer import AmiPeer, Asked, ami_peer, event, response, silence, until

KINDS = ("OriginateResponse", "UserEvent")
ORIGINATE = (("Channel", "PJSIP/1@carrier"), ("Async", "true"), ("ActionID", "attempt-1"))
ORIGINATED = event("OriginateResponse", ActionID="attempt-1", Response="Success", Reason="4")
MIB = 1024 * 1024

Headers = Sequence[tuple[str, str]]


class Stock:
    """panoramisk as it comes, with short pauses."""

    def __init__(self, port: int) -> None:
        self.events: list[Any] = []
        self.raising = False
        self.ups = 0
        self.losses = 0
        self.over = False
        self._asked: list[asyncio.Task[object]] = []
        self._connecting: list[asyncio.Task[object]] = []
        self._stopped = False
        self.manager = Manager(host="127.0.0.1", port=port, username="dialer", secret="secret", reconnect_timeout=0)
        self.manager.ping_delay = self.manager.ping_interval = 0.02
        self.manager.on_disconnect = self._count_loss
        self.manager.register_event("FullyBooted", self._count_up)
        for kind in KINDS:
            self.manager.register_event(kind, self._take)
        self._connect = self.manager.connect
        self.manager.connect = self.start

    def start(self) -> None:
        if not self._stopped:
            self._connecting.append(self._connect())

    def ask(self, name: str, headers: Headers = (), *, listing: bool = False, seconds: float = 60) -> Awaitable[object]:
        answer = self.manager.send_action({"Action": name, **dict(headers)}, as_list=listing or None)
        self._asked.append(asyncio.create_task(asyncio.wait_for(answer, seconds)))
        return self._asked[-1]

    async def close(self) -> None:
        self.manager.close()

    async def stop(self) -> None:
        self._stopped = True
        self.manager.close()
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._connecting, *self._asked, return_exceptions=True)
        self.manager.close()

    @property
    def held_bytes(self) -> int:
        return sum(map(len, self.manager.protocol.queue))

    @property
    def queued_bytes(self) -> int:
        return int(self.manager.protocol.transport.get_write_buffer_size())

    @property
    def pending(self) -> int:
        return len(self.manager.protocol.responses)

    def _take(self, _: object, event: Any) -> None:
        self.events.append(event)
        if self.raising:
            raise ValueError("a fault of the callback")

    def _count_up(self, *_: object) -> None:
        self.ups += 1

    def _count_loss(self, *_: object) -> None:
        self.losses += 1


class Ours:
    def __init__(self, port: int) -> None:
        self.events: list[Any] = []
        self.raising = False
        self.ups = 0
        self.losses = 0
        self._asked: list[asyncio.Task[object]] = []
        self.client = AmiClient(
            AmiAddress("127.0.0.1", port, "dialer", "secret"),
            events=KINDS,
            on_event=self._take,
            on_link=self._count,
            clock=SystemClock(),
            ping_seconds=0.3,
            pong_seconds=0.3,
        )

    def start(self) -> None:
        self._running = asyncio.create_task(self.client.run())

    def ask(self, name: str, headers: Headers = (), *, listing: bool = False, seconds: float = 60) -> Awaitable[object]:
        ask: Callable[..., Any] = self.client.listing if listing else self.client.action
        self._asked.append(asyncio.create_task(ask(name, headers, seconds=seconds)))
        return self._asked[-1]

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, *self._asked, return_exceptions=True)

    @property
    def over(self) -> bool:
        """Whether `run` has ended."""
        return self._running.done()

    @property
    def held_bytes(self) -> int:
        return len(self.client._link._rest) if self.client._link else 0

    @property
    def queued_bytes(self) -> int:
        transport = self.client._link._transport if self.client._link else None
        return transport.get_write_buffer_size() if transport else 0

    @property
    def pending(self) -> int:
        return len(self.client._link._pending) if self.client._link else 0

    def _take(self, event: Any) -> None:
        self.events.append(event)
        if self.raising:
            raise ValueError("a fault of the callback")

    def _count(self, up: bool, _: str) -> None:
        self.ups += up
        self.losses += not up


Side = Stock | Ours


async def up(side: Side, times: int = 1) -> None:
    assert await until(lambda: side.ups >= times)


async def settled(asked: Awaitable[object]) -> None:
    """The answer is there, or the error is."""
    await asyncio.wait([asyncio.ensure_future(asked)])


def queued(asked: Asked) -> bytes:
    return response(asked, Message="Originate successfully queued")


async def a_line_break_in_a_value_becomes_an_action(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    await settled(side.ask("Ping", [("Text", "x\r\n\r\nAction: Command\r\nCommand: core stop now")], seconds=0.5))
    await settled(side.ask("Ping"))
    return peer.count("Command") > 0


async def an_unanswered_call_is_placed_again_after_an_outage(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Originate"] = silence
    await up(side)
    side.ask("Originate", ORIGINATE)
    assert await until(lambda: peer.count("Originate"))
    await peer.drop()
    await up(side, 2)
    await settled(side.ask("Ping"))
    return peer.count("Originate") > 1


async def a_call_ordered_in_an_outage_is_placed_after_it(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    await peer.go_down()
    assert await until(lambda: side.losses)
    side.ask("Originate", ORIGINATE)
    await asyncio.sleep(0)
    await peer.listen()
    await up(side, 2)
    await settled(side.ask("Ping"))
    return peer.count("Originate") > 0


async def an_acknowledged_action_never_ends_when_the_link_goes(side: Side, peer: AmiPeer) -> bool:
    peer.answers["QueueStatus"] = lambda asked: response(asked, EventList="start", Message="Queue status will follow")
    await up(side)
    listing = asyncio.ensure_future(side.ask("QueueStatus", listing=True))
    assert await until(lambda: peer.count("QueueStatus"))
    await settled(side.ask("Ping"))
    await peer.drop()
    await up(side, 2)
    await settled(side.ask("Ping"))
    return not listing.done()


async def a_refused_list_never_ends(side: Side, peer: AmiPeer) -> bool:
    peer.answers["QueueStatus"] = lambda asked: response(asked, "Error", Message="Permission denied")
    await up(side)
    listing = asyncio.ensure_future(side.ask("QueueStatus", listing=True))
    assert await until(lambda: peer.count("QueueStatus"))
    await settled(side.ask("Ping"))
    return not listing.done()


async def a_timed_out_action_leaks(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Originate"] = silence
    peer.answers["Ping"] = response
    await up(side)
    await settled(side.ask("Originate", ORIGINATE, seconds=0.02))
    await settled(side.ask("Ping"))
    return side.pending > 0


async def a_late_originate_response_is_swallowed(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Originate"] = queued
    await up(side)
    await settled(side.ask("Originate", ORIGINATE, seconds=0.02))
    peer.send(ORIGINATED, event("UserEvent", UserEvent="Later"))
    assert await until(lambda: side.events and side.events[-1].get("UserEvent") == "Later")
    return len(side.events) < 2


async def an_originate_response_in_the_read_of_the_answer_is_swallowed(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Originate"] = lambda asked: queued(asked) + ORIGINATED + event("UserEvent", UserEvent="Later")
    await up(side)
    await settled(side.ask("Originate", ORIGINATE))
    assert await until(lambda: side.events and side.events[-1].get("UserEvent") == "Later")
    return len(side.events) < 2


async def a_raising_callback_closes_the_link(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    side.raising = True
    peer.send(event("UserEvent", UserEvent="First"), event("UserEvent", UserEvent="Second"))
    assert await until(lambda: side.losses or len(side.events) == 2)
    return side.losses > 0


async def an_originate_without_async_closes_the_link(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Originate"] = queued
    await up(side)
    asked = asyncio.ensure_future(side.ask("Originate", [("Channel", "PJSIP/1@carrier")]))
    assert await until(lambda: side.losses or asked.done())
    return side.losses > 0


async def a_refused_login_is_tried_for_ever(side: Side, peer: AmiPeer) -> bool:
    def refuse(asked: Asked) -> bytes:
        asyncio.get_running_loop().call_soon(peer.links[-1].transport.close)
        return response(asked, "Error", Message="Authentication failed")

    peer.answers["Login"] = refuse
    assert await until(lambda: peer.count("Login") >= 4 or side.over)
    return peer.count("Login") > 1


async def a_peer_that_answers_no_ping_is_not_noticed(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Ping"] = silence
    await up(side)
    assert await until(lambda: peer.count("Ping") >= 10 or side.losses)
    return side.losses == 0


async def closing_in_an_outage_is_not_for_good(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    await peer.go_down()
    assert await until(lambda: side.losses)
    await side.close()
    await peer.listen()
    return await until(lambda: side.over or len(peer.links) > 1) and len(peer.links) > 1


async def a_character_split_over_two_reads_is_lost(side: Side, peer: AmiPeer) -> bool:
    peer.answers["Ping"] = silence
    await up(side)
    before, after = event("UserEvent", UserEvent="Café").split(b"\xa9")
    peer.send(before)
    assert await until(lambda: side.held_bytes)
    peer.send(b"\xa9" + after)
    assert await until(lambda: side.events)
    return bool(side.events[0].get("UserEvent") != "Café")


async def a_message_without_end_fills_the_memory(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    peer.send(b"Event: UserEvent\r\nText: " + b"x" * MIB)
    assert await until(lambda: side.losses or side.held_bytes >= MIB)
    return side.held_bytes >= MIB


async def a_peer_that_does_not_read_fills_the_memory(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    peer.links[-1].transport.pause_reading()
    large = [(f"Variable{i}", "x" * 900) for i in range(100)]
    for _ in range(200):
        side.ask("Originate", large)
        await asyncio.sleep(0)
    return side.queued_bytes > 2 * MIB


async def an_event_can_not_be_copied(side: Side, peer: AmiPeer) -> bool:
    await up(side)
    peer.send(event("UserEvent", UserEvent="First"))
    assert await until(lambda: side.events)
    try:
        return bool(copy.copy(side.events[0]).get("UserEvent") != "First")
    except RecursionError:
        return True


FAULTS = (
    a_line_break_in_a_value_becomes_an_action,
    an_unanswered_call_is_placed_again_after_an_outage,
    a_call_ordered_in_an_outage_is_placed_after_it,
    an_acknowledged_action_never_ends_when_the_link_goes,
    a_refused_list_never_ends,
    a_timed_out_action_leaks,
    a_late_originate_response_is_swallowed,
    an_originate_response_in_the_read_of_the_answer_is_swallowed,
    a_raising_callback_closes_the_link,
    an_originate_without_async_closes_the_link,
    a_refused_login_is_tried_for_ever,
    a_peer_that_answers_no_ping_is_not_noticed,
    closing_in_an_outage_is_not_for_good,
    a_character_split_over_two_reads_is_lost,
    a_message_without_end_fills_the_memory,
    a_peer_that_does_not_read_fills_the_memory,
    an_event_can_not_be_copied,
)


async def seen(fault: Callable[[Side, AmiPeer], Awaitable[bool]], make: Callable[[int], Side]) -> bool:
    async with ami_peer() as peer:
        side = make(peer.port)
        side.start()
        try:
            return await fault(side, peer)
        finally:
            await side.stop()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_panoramisk_as_it_comes_shows(fault: Callable[[Side, AmiPeer], Awaitable[bool]]) -> None:
    assert await seen(fault, Stock)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_our_client_does_not_show(fault: Callable[[Side, AmiPeer], Awaitable[bool]]) -> None:
    assert not await seen(fault, Ours)
