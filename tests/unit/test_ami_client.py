"""The AMI client against a scripted peer on loopback; its reading also by itself, with any split into reads."""

import asyncio
import copy
import logging
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.clock import SystemClock, scaled_from_now
from dialer.domain.errors import ActionRefused, BadInput, LoginRefused, TelephonyUnavailable
from integrations.asterisk.ami import AmiAddress, AmiClient
from integrations.asterisk.ami_link import AmiLink
from integrations.asterisk.ami_wire import RawEvent, write_action
from tests.ami_peer import BOOTED, AmiPeer, Asked, ami_peer, event, response, silence, until

SECRET = "a-secret-of-the-test"
FAST = 100.0
"""Clock seconds in a second of the loop, where a deadline is to pass."""


class Program:
    """What uses the client: all that it is told."""

    def __init__(self, port: int, *, speed: float = 1.0, host: str = "127.0.0.1", **limits: Any) -> None:
        self.told: list[tuple[str, str]] = []
        self.raising: Exception | None = None
        self.client = AmiClient(
            AmiAddress(host, port, "dialer", SECRET),
            events={"Hangup", "UserEvent", "OriginateResponse"},
            on_event=self._take,
            on_link=lambda up, reason: self._tell("up" if up else "down", reason),
            **({"clock": scaled_from_now(datetime(2026, 1, 5, tzinfo=UTC), speed)} | limits),
        )

    def _take(self, event: RawEvent) -> None:
        self._tell(event.name, event.get("Text"))

    def _tell(self, what: str, text: str) -> None:
        self.told.append((what, text))
        if self.raising is not None:
            raise self.raising

    def heard(self, what: str) -> list[str]:
        return [text for kind, text in self.told if kind == what]


@asynccontextmanager
async def linked(peer: AmiPeer, **settings: Any) -> AsyncIterator[Program]:
    async with running(peer, **settings) as program:
        assert await until(lambda: program.client.connected)
        yield program


@asynccontextmanager
async def running(peer: AmiPeer, **settings: Any) -> AsyncIterator[Program]:
    program = Program(peer.port, **settings)
    run = asyncio.create_task(program.client.run())
    try:
        yield program
    finally:
        run.cancel()
        await asyncio.wait([run])


@pytest.fixture
async def peer() -> AsyncIterator[AmiPeer]:
    async with ami_peer() as peer:
        yield peer


# --- actions -------------------------------------------------------------------------------------------------------


async def test_an_action_returns_the_headers_of_its_response(peer: AmiPeer) -> None:
    peer.answers["Getvar"] = lambda asked: response(asked, Variable="X", Value="7 | é")
    async with linked(peer) as program:
        answer = await program.client.action("Getvar", [("Variable", "X")])
    assert answer["Value"] == "7 | é"
    assert answer["Response"] == "Success"


async def test_repeated_headers_go_out_in_order_and_come_back_as_lines(peer: AmiPeer) -> None:
    peer.answers["Originate"] = lambda asked: response(asked)[:-2] + b"Output: one\r\nOutput: two\r\n\r\n"
    async with linked(peer) as program:
        answer = await program.client.action("Originate", [("Variable", "B=2"), ("Exten", "s"), ("Variable", "A=1")])
    sent = [pair for pair in peer.asked[-1].headers if pair[0] not in ("Action", "ActionID")]
    assert sent == [("Variable", "B=2"), ("Exten", "s"), ("Variable", "A=1")]
    assert answer["Output"] == "one\ntwo"


async def test_the_callers_action_id_is_used_and_else_each_action_has_its_own_across_links(peer: AmiPeer) -> None:
    async with linked(peer) as program:
        await program.client.action("Originate", [("ActionID", "attempt-1")])
        await program.client.action("Status")
        await peer.drop()
        assert await until(lambda: program.heard("up") == ["", ""])
        await program.client.action("Status")
    ids = [asked.get("ActionID") for asked in peer.asked]
    assert "attempt-1" in ids
    assert len(set(ids)) == len(ids)


async def test_an_action_id_that_still_waits_is_refused(peer: AmiPeer) -> None:
    peer.answers["Originate"] = silence
    async with linked(peer) as program, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(program.client.action("Originate", [("ActionID", "attempt-1")]))
        assert await until(lambda: peer.count("Originate"))
        with pytest.raises(BadInput, match="ActionID"):
            await program.client.action("Originate", [("ActionID", "attempt-1")])
        peer.send(response(peer.asked[-1]))
        await first
    assert peer.count("Originate") == 1


async def test_an_error_response_is_a_refusal_with_asterisks_words(peer: AmiPeer) -> None:
    peer.answers["Redirect"] = lambda asked: response(asked, "Error", Message="Channel does not exist")
    async with linked(peer) as program:
        with pytest.raises(ActionRefused, match="Channel does not exist"):
            await program.client.action("Redirect")


async def test_a_deadline_is_kept_in_seconds_of_the_clock_and_a_late_answer_harms_nothing(peer: AmiPeer) -> None:
    peer.answers["Originate"] = silence
    async with linked(peer, speed=FAST, ping_seconds=1000) as program:
        with pytest.raises(TelephonyUnavailable, match="did not answer Originate within 2 s"):
            await program.client.action("Originate", seconds=2)
        peer.send(response(peer.asked[-1]), event("OriginateResponse", ActionID=peer.asked[-1].get("ActionID")))
        assert await until(lambda: program.heard("OriginateResponse"))


async def test_without_a_link_an_action_says_why(peer: AmiPeer) -> None:
    await peer.go_down()
    async with running(peer) as program:
        with pytest.raises(TelephonyUnavailable, match="no link to Asterisk"):
            await program.client.action("Status")
        assert await until(lambda: program.heard("down"))
        with pytest.raises(TelephonyUnavailable, match=r"connection refused.*manager\.conf"):
            await program.client.action("Status")
        assert not program.client.connected


async def test_actions_that_wait_fail_when_the_link_goes(peer: AmiPeer) -> None:
    peer.answers["Originate"] = peer.answers["QueueStatus"] = silence
    async with linked(peer) as program:
        waiting = [
            asyncio.create_task(program.client.action("Originate")),
            asyncio.create_task(program.client.listing("QueueStatus")),
        ]
        assert await until(lambda: peer.count("QueueStatus"))
        await peer.drop()
        errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, TelephonyUnavailable) and "not known" in str(error) for error in errors)


@pytest.mark.parametrize("control", ["\r", "\n", "\r\n\r\n", "\0", "\x1b", "\x7f", "\t"])
async def test_a_control_character_is_refused_by_its_header_before_anything_is_written(
    peer: AmiPeer, control: str
) -> None:
    async with linked(peer) as program:
        before = len(peer.asked)
        with pytest.raises(BadInput) as in_value:
            await program.client.action("Setvar", [("Variable", "X"), ("Value", f"7{control}8")])
        with pytest.raises(BadInput, match="name of an AMI header"):
            await program.client.action("Setvar", [(f"Val{control}ue", "7")])
        with pytest.raises(BadInput) as in_name:
            await program.client.action(f"Set{control}var")
        await program.client.action("Ping")
    assert (in_value.value.place, in_name.value.place) == ("Value", "Action")
    assert [asked.name for asked in peer.asked[before:]] == ["Ping"]


async def test_bad_input_is_named_without_a_link_too() -> None:
    with pytest.raises(BadInput, match="Value"):
        await Program(1).client.action("Setvar", [("Value", "\n")])


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("Variable", "x" * 1013)], "1025 bytes"),
        ([("Variable", "\ud800")], "half a character"),
        ([("Variable", "1")] * 127, "129 headers"),
        ([("", "1")], "no name"),
        ([("a: b", "1")], "no name"),
    ],
)
def test_what_asterisk_would_not_read_is_refused(headers: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        write_action([("Action", "Setvar"), ("ActionID", "1"), *headers])


@given(st.text(), st.text())
def test_no_value_becomes_a_line(first: str, second: str) -> None:
    try:
        written = write_action([("Action", first), ("Value", second)])
    except BadInput:
        return
    assert written.decode().split("\r\n") == [f"Action: {first}", f"Value: {second}", "", ""]


async def test_a_write_queue_that_is_full_refuses_actions(peer: AmiPeer) -> None:
    async with linked(peer) as program, asyncio.TaskGroup() as tasks:
        peer.links[-1].transport.pause_reading()
        large = [(f"Variable{i}", "x" * 900) for i in range(100)]
        asked = [tasks.create_task(_error_of(program, large)) for _ in range(200)]
        assert await until(lambda: any(task.done() for task in asked))
        refused = [task.result() for task in asked if task.done()]
        assert all("does not read" in str(error) for error in refused)
        await peer.drop()


async def _error_of(program: Program, headers: list[tuple[str, str]]) -> TelephonyUnavailable:
    with pytest.raises(TelephonyUnavailable) as caught:
        await program.client.action("Originate", headers)
    return caught.value


# --- listings ------------------------------------------------------------------------------------------------------


def members(asked: Asked) -> bytes:
    action_id = asked.get("ActionID")
    return b"".join(
        (
            response(asked, EventList="start", Message="Queue status will follow"),
            event("QueueMember", Queue="a", ActionID=action_id),
            event("Hangup", Text="of nobody's list"),
            event("QueueMember", Queue="b", ActionID=action_id),
            event("QueueStatusComplete", EventList="Complete", ActionID=action_id, ListItems="2"),
            event("QueueMember", Queue="c"),
        )
    )


async def test_a_listing_is_its_events_without_the_closing_one(peer: AmiPeer) -> None:
    peer.answers["QueueStatus"] = members
    async with linked(peer) as program:
        listed = await program.client.listing("QueueStatus")
        assert program.heard("Hangup") == ["of nobody's list"]
    assert [(event.name, event.get("Queue")) for event in listed] == [("QueueMember", "a"), ("QueueMember", "b")]


async def test_a_list_that_closes_by_its_name_alone_is_complete(peer: AmiPeer) -> None:
    peer.answers["Agents"] = lambda asked: b"".join(
        (
            response(asked, Message="Agents will follow"),
            b"Event: Agents\r\nAgent: 1001\r\nActionID: " + asked.get("ActionID").encode() + b"\r\n\r\n",
            b"Event: AgentsComplete\r\nActionID: " + asked.get("ActionID").encode() + b"\r\n\r\n",
        )
    )
    async with linked(peer) as program:
        assert [event.get("Agent") for event in await program.client.listing("Agents")] == ["1001"]


async def test_a_refused_listing_ends_at_once(peer: AmiPeer) -> None:
    peer.answers["DBGetTree"] = lambda asked: response(asked, "Error", Message="Database entry not found")
    async with linked(peer) as program:
        with pytest.raises(ActionRefused, match="not found"):
            await program.client.listing("DBGetTree")


async def test_listings_and_actions_at_the_same_time_get_their_own(peer: AmiPeer) -> None:
    peer.answers["QueueStatus"] = members
    peer.answers["Getvar"] = lambda asked: response(asked, Value=asked.get("Variable"))
    async with linked(peer) as program:
        lists, values = await asyncio.gather(
            asyncio.gather(*(program.client.listing("QueueStatus") for _ in range(20))),
            asyncio.gather(*(program.client.action("Getvar", [("Variable", str(i))]) for i in range(20))),
        )
    assert all([event.get("Queue") for event in listed] == ["a", "b"] for listed in lists)
    assert [answer["Value"] for answer in values] == [str(i) for i in range(20)]


# --- events --------------------------------------------------------------------------------------------------------


async def test_exactly_the_events_asked_for_come_in_order(peer: AmiPeer) -> None:
    async with linked(peer) as program:
        sent = [("Hangup", "1"), ("HangupRequest", "2"), ("UserEvent", "3"), ("Newexten", "4"), ("Hangup", "5")]
        peer.send(*(event(name, Text=text) for name, text in sent))
        assert await until(lambda: ("Hangup", "5") in program.told)
    assert program.told == [("up", ""), ("Hangup", "1"), ("UserEvent", "3"), ("Hangup", "5"), program.told[-1]]


async def test_a_callback_that_raises_is_counted_and_logged_without_what_it_was_given(
    peer: AmiPeer, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(peer) as program:
        program.raising = ValueError("+12025550143")
        peer.send(event("Hangup", Text="+12025550143"), event("UserEvent", Text="next"))
        assert await until(lambda: program.heard("UserEvent"))
        program.raising = None
        await program.client.action("Ping")
        assert program.client.event_failures == 2
    assert "Hangup was not taken: ValueError" in caplog.text
    assert "2025550143" not in caplog.text


def test_a_header_is_found_by_its_exact_name() -> None:
    raw = b"Event: UserEvent\r\nPrivilege: user,all\r\nChannel: a\r\nEmpty: \r\nText: caf\xc3\xa9 \xff\r\nText: again"
    event = RawEvent("UserEvent", raw)
    assert [event.get(name) for name in ("Event", "Privilege", "Empty", "Text")] == [
        "UserEvent",
        "user,all",
        "",
        "café �",
    ]
    assert event.get("channel", "none") == "none"
    assert event.get("hannel") == ""
    assert ("Channel" in event, "Event" in event, "channel" in event) == (True, True, False)
    assert list(event.items())[-2:] == [("Text", "café �"), ("Text", "again")]
    assert "café" not in repr(event)


def test_an_event_can_be_copied_and_pickled() -> None:
    event = RawEvent("Hangup", b"Event: Hangup\r\nCause: 16")
    for same in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert (same.name, same.get("Cause")) == ("Hangup", "16")


class Reader:
    """A link that has no socket."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.failures: list[Exception] = []
        routes = {name.encode(): (name, self._take) for name in ("Hangup", "UserEvent")}
        self.link = AmiLink("a test", routes, lambda _: None, lambda _, error: self.failures.append(error))

    def _take(self, event: RawEvent) -> None:
        self.events.append((event.name, event.get("Text")))


STREAM = b"".join(
    (
        b"Asterisk Call Manager/11.0.0\r\n",
        event("Hangup", Text="é1"),
        b"Response: Success\r\nActionID: 1\r\n\r\n",
        event("Newexten", Text="2"),
        b"\r\n",
        event("UserEvent", Text="日本"),
        b"Event: Hangup\r\n\r\n",
    )
)


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_split_into_reads_gives_the_same_events(cuts: list[int]) -> None:
    reader = Reader()
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        reader.link.data_received(STREAM[start:end])
    assert reader.events == [("Hangup", "é1"), ("UserEvent", "日本"), ("Hangup", "")]


@given(
    st.lists(
        st.one_of(st.binary(), st.sampled_from([b"\r\n\r\n", b"Event: ", b"Response: ", b"ActionID: ", b"Hangup"]))
    )
)
def test_no_bytes_make_reading_raise(reads: list[bytes]) -> None:
    reader = Reader()
    for data in reads:
        reader.link.data_received(data)
    assert not reader.failures


@pytest.mark.parametrize("whole", [True, False])
async def test_a_message_over_the_limit_ends_the_link_with_a_reason(peer: AmiPeer, whole: bool) -> None:
    async with linked(peer) as program:
        peer.send(b"Event: Hangup\r\nText: " + b"x" * 66_000 + (b"\r\n\r\n" if whole else b""))
        assert await until(lambda: program.heard("down"))
        assert "more than 64 KiB" in program.heard("down")[0]
        assert await until(lambda: len(program.heard("up")) == 2)


# --- the link ------------------------------------------------------------------------------------------------------


async def test_the_link_is_told_up_before_the_events_that_follow_and_down_once_for_each_loss(peer: AmiPeer) -> None:
    peer.answers["Login"] = lambda asked: response(asked) + BOOTED + event("Hangup", Text="first")
    async with linked(peer) as program:
        await peer.go_down()
        assert await until(lambda: program.heard("down"))
        assert await until(lambda: "connection refused" in program.client.reason)
        await peer.listen()
        assert await until(lambda: program.client.connected)
        told = list(program.told)
    closed = f"Asterisk at 127.0.0.1:{peer.port} closed the link"
    assert [what for what, _ in told] == ["up", "Hangup", "down", "up", "Hangup"]
    assert told[2][1].startswith(closed)
    assert program.told[-1][0] == "down"


async def test_a_peer_that_is_still_starting_is_waited_for(peer: AmiPeer) -> None:
    peer.answers["Login"] = response
    async with running(peer) as program:
        assert await until(lambda: peer.count("Login"))
        await asyncio.sleep(0)
        with pytest.raises(TelephonyUnavailable):
            await program.client.action("QueueStatus")
        peer.send(BOOTED)
        assert await until(lambda: program.client.connected)
    assert peer.count("QueueStatus") == 0


async def test_a_user_who_may_not_read_fully_booted_is_linked_late_with_a_warning(
    peer: AmiPeer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.answers["Login"] = response
    async with linked(peer, speed=FAST, boot_seconds=2):
        pass
    assert "read = system" in caplog.text


async def test_a_link_lost_before_it_was_ready_was_never_up(peer: AmiPeer) -> None:
    peer.answers["Login"] = response
    async with running(peer) as program:
        assert await until(lambda: peer.count("Login"))
        await peer.drop()
        assert await until(lambda: peer.count("Login") == 2)
        assert [what for what, _ in program.told] == ["down"]


async def test_a_refused_login_ends_the_client_and_tells_no_secret(
    peer: AmiPeer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.answers["Login"] = lambda asked: response(asked, "Error", Message="Authentication failed")
    program = Program(peer.port)
    with pytest.raises(LoginRefused, match=r"refused user dialer .*Authentication failed.*manager\.conf"):
        await program.client.run()
    assert [what for what, _ in program.told] == ["down"]
    assert "refused user dialer" in program.told[0][1]
    assert peer.count("Login") == 1
    assert SECRET not in caplog.text + program.told[0][1] + repr(AmiAddress("h", 1, "u", SECRET))


async def test_a_login_without_an_answer_is_tried_again(peer: AmiPeer) -> None:
    peer.answers["Login"] = silence
    async with running(peer, speed=FAST) as program:
        assert await until(lambda: peer.count("Login") == 1)
        peer.answers["Login"] = lambda asked: response(asked) + BOOTED
        assert await until(lambda: program.client.connected)
    assert "did not answer Login" in program.heard("down")[0]


async def test_a_peer_that_falls_silent_is_noticed(peer: AmiPeer) -> None:
    peer.answers["Ping"] = silence
    async with linked(peer, speed=FAST) as program:
        assert await until(lambda: program.heard("down"))
        assert "has sent nothing for 10 s" in program.heard("down")[0]


async def test_a_peer_that_sends_events_but_answers_no_ping_lives(peer: AmiPeer) -> None:
    def answer_by_event(_: Asked) -> bytes:
        return event("Newexten")

    peer.answers["Ping"] = answer_by_event
    async with linked(peer, ping_seconds=0.01, pong_seconds=0.2) as program:
        assert await until(lambda: peer.count("Ping") >= 3)
        assert [what for what, _ in program.told] == ["up"]


async def test_being_cancelled_closes_the_link(peer: AmiPeer) -> None:
    async with linked(peer) as program:
        pass
    assert await until(peer.links[0].closed.is_set)
    assert program.told == [("up", ""), ("down", "the link was closed by us")]
    assert not program.client.connected


class RecordedClock(SystemClock):
    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_pauses_between_tries_double_up_to_the_limit_and_begin_anew_after_a_link(
    peer: AmiPeer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await peer.go_down()
    clock = RecordedClock()
    async with running(peer, clock=clock) as program:
        assert await until(lambda: len(clock.slept) >= 7)
        assert clock.slept[:7] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
        await peer.listen()
        assert await until(lambda: program.client.connected)
        clock.slept.clear()
        await peer.drop()
        assert await until(lambda: clock.slept)
        assert clock.slept[0] == 0.25
    assert caplog.text.count("connection refused") == 1


async def test_what_is_no_host_name_is_named(peer: AmiPeer) -> None:
    async with running(peer, host="a..b") as program:
        assert await until(lambda: program.heard("down"))
    assert "Asterisk at a..b" in program.heard("down")[0]
