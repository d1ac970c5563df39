from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.domain.events import (
    AgentMissed,
    AgentOffLine,
    AgentOnLine,
    AgentTaken,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallRinging,
    CallWaiting,
    MachineDetected,
    OptedOut,
    OriginateFailed,
)
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd
from dialer.domain.phone import PhoneNumber
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.protocol import write_opt_out, write_record
from integrations.asterisk.translate import EndInDoubt, LimitReached, Told, Translator
from integrations.lead_files.phone import NumberReader

MAIN = ServerName("main")
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=2)
CALL = AttemptId("019caf10-318e-782e-90d6-807b5961372e")
ANN = AgentId("1001")
RECORD = CallEnd(16, LATER, AT, None, AT, AT, ANN)


class Link:
    """A translator fed with events written as Asterisk writes them."""

    def __init__(self) -> None:
        self.translator = Translator(MAIN, NumberReader("US"))

    def take(self, name: str, at: datetime = AT, **headers: str) -> list[Told]:
        lines = [f"Event: {name}", *(f"{key}: {value}" for key, value in headers.items())]
        return self.translator.take(RawEvent(name, "\r\n".join(lines).encode()), at)

    def user(self, name: str, at: datetime = AT, **headers: str) -> list[Told]:
        return self.take("UserEvent", at, UserEvent=name, Attempt=CALL, **headers)


@pytest.fixture
def link() -> Link:
    return Link()


def test_a_call_rings_and_is_answered_once(link: Link) -> None:
    assert link.take("Newchannel", Uniqueid=CALL, ChannelState="0") == []
    assert link.take("Newstate", Uniqueid=CALL, ChannelState="5") == [CallRinging(MAIN, AT, CALL)]
    assert link.take("Newstate", Uniqueid=CALL, ChannelState="6") == [CallAnswered(MAIN, AT, CALL)]
    assert link.take("Newstate", Uniqueid=CALL, ChannelState="6") == []


def test_channels_that_are_no_attempts_mean_nothing(link: Link) -> None:
    for unique_id in ("1795297086.0", "", CALL.upper(), f"{CALL}x"):
        for name in ("Newchannel", "Newstate", "Hangup", "BridgeEnter", "AgentConnect"):
            assert link.take(name, Uniqueid=unique_id, ChannelState="6", Context="dialer-connect", Exten="1001") == []
    assert link.take("UserEvent", UserEvent="DialerWaiting", Attempt="me") == []
    assert link.take("VarSet", Uniqueid=CALL) == []


def test_detection_and_waiting_are_told(link: Link) -> None:
    assert link.user("DialerMachine", Result="NOTSURE") == [MachineDetected(MAIN, AT, CALL, AmdResult.NOT_SURE)]
    assert link.user("DialerMachine", Result="") == []
    assert link.user("DialerWaiting") == [CallWaiting(MAIN, AT, CALL)]


def test_the_agent_of_a_bridge_stands_in_the_dialplans_place(link: Link) -> None:
    bridge: dict[str, Any] = {"Uniqueid": CALL, "Context": "dialer-connect", "Exten": "1001"}
    assert link.take("BridgeEnter", **bridge) == [CallConnected(MAIN, AT, CALL, ANN)]
    assert link.take("BridgeEnter", LATER, **bridge) == []
    assert Link().take("BridgeEnter", Uniqueid=CALL, Context="dialer-queue", Exten="s") == []


def test_the_agent_whom_the_queue_found_is_its_member(link: Link) -> None:
    member = "Local/1001@dialer-agent-request/n"
    assert link.take("AgentConnect", Uniqueid=CALL, Interface=member) == [CallConnected(MAIN, AT, CALL, ANN)]
    assert Link().take("AgentConnect", Uniqueid=CALL, Interface="PJSIP/1001") == []


def test_an_agent_who_was_missed_may_be_asked_again(link: Link) -> None:
    assert link.translator.asked(CALL)
    assert link.user("DialerMissed", Agent="1001", Reason="BUSY") == [AgentMissed(MAIN, AT, CALL, ANN, "BUSY")]
    assert link.translator.asked(CALL)


def test_an_end_brings_the_record_along(link: Link) -> None:
    assert link.user("DialerEnded", Record=write_record(RECORD)) == []
    assert link.take("Hangup", LATER, Uniqueid=CALL, Cause="16") == [CallEnded(MAIN, LATER, CALL, RECORD)]


def test_an_end_without_a_record_is_in_doubt_with_what_events_told(link: Link) -> None:
    link.take("Newstate", Uniqueid=CALL, ChannelState="6")
    link.user("DialerMachine", Result="HUMAN")
    link.user("DialerWaiting")
    link.take("BridgeEnter", Uniqueid=CALL, Context="dialer-connect", Exten="1001")
    link.user("DialerEnded", Record="2|new")
    told = CallEnd(16, LATER, AT, AmdResult.HUMAN, AT, AT, ANN)
    assert link.take("Hangup", LATER, Uniqueid=CALL, Cause="16", ChannelState="6") == [EndInDoubt(CALL, told)]


def test_an_end_of_which_nothing_else_was_seen_still_tells_whether_it_was_answered(link: Link) -> None:
    assert link.take("Hangup", Uniqueid=CALL, Cause="17", ChannelState="5") == [EndInDoubt(CALL, CallEnd(17, AT))]
    assert link.take("Hangup", Uniqueid=CALL, Cause="", ChannelState="6") == [EndInDoubt(CALL, CallEnd(0, AT, AT))]


def test_a_callee_who_left_before_the_dialplan_began_had_answered(link: Link) -> None:
    link.take("Newstate", Uniqueid=CALL, ChannelState="6")
    link.user("DialerEnded", Record=write_record(CallEnd(16, LATER)))
    assert link.take("Hangup", LATER, Uniqueid=CALL) == [CallEnded(MAIN, LATER, CALL, CallEnd(16, LATER, AT))]


def test_an_order_fails_only_when_no_channel_was_seen(link: Link) -> None:
    failure: dict[str, Any] = {"ActionID": CALL, "Response": "Failure", "Reason": "0"}
    assert link.take("OriginateResponse", **failure) == []
    link.translator.placed(CALL)
    assert link.take("OriginateResponse", **(failure | {"Response": "Success"})) == []
    assert link.take("OriginateResponse", **failure) == [OriginateFailed(MAIN, AT, CALL, "no channel, reason 0")]
    assert link.take("OriginateResponse", **failure) == []


@pytest.mark.parametrize("before", ["Newchannel", "Newstate"])
def test_a_failure_after_a_channel_was_seen_is_left_to_its_end(link: Link, before: str) -> None:
    link.translator.placed(CALL)
    link.take(before, Uniqueid=CALL, ChannelState="5")
    assert link.take("OriginateResponse", ActionID=CALL, Response="Failure", Reason="5") == []


def test_a_failure_that_comes_after_the_end_is_nothing_new(link: Link) -> None:
    link.translator.placed(CALL)
    link.user("DialerEnded", Record=write_record(CallEnd(17, AT)))
    link.take("Hangup", Uniqueid=CALL)
    assert link.take("OriginateResponse", ActionID=CALL, Response="Failure", Reason="5") == []


def test_the_limit_is_answered_unless_an_agent_is_on_the_way(link: Link) -> None:
    assert link.translator.asked(CALL)
    assert link.user("DialerLimit", Engine="engine_1") == []
    link.user("DialerMissed", Agent="1001", Reason="BUSY")
    assert link.user("DialerLimit", Engine="engine_1") == [LimitReached(CALL, "engine_1")]


def test_nobody_is_asked_for_a_call_whose_limit_has_passed(link: Link) -> None:
    link.user("DialerLimit", Engine="engine_1")
    assert not link.translator.asked(CALL)
    other = Link()
    other.user("DialerAbandoned")
    assert not other.translator.asked(CALL)


def test_a_connect_that_asterisk_refused_leaves_the_limit_to_answer(link: Link) -> None:
    link.translator.asked(CALL)
    link.translator.ask_failed(CALL)
    assert link.user("DialerLimit", Engine="e") == [LimitReached(CALL, "e")]


def test_an_agent_comes_is_taken_is_free_and_goes(link: Link) -> None:
    def state(written: str) -> list[Told]:
        return link.take("DeviceStateChange", Device="Agent:1001", State=written)

    assert state("UNAVAILABLE") == []
    assert state("NOT_INUSE") == [AgentOnLine(MAIN, AT, ANN)]
    assert state("NOT_INUSE") == []
    assert state("INUSE") == [AgentTaken(MAIN, AT, ANN)]
    assert state("NOT_INUSE") == [AgentOnLine(MAIN, AT, ANN)]
    assert state("UNAVAILABLE") == [AgentOffLine(MAIN, AT, ANN)]
    assert link.take("DeviceStateChange", Device="PJSIP/1001", State="INUSE") == []


def test_an_agent_with_a_callee_is_not_free_though_the_device_says_so_yet(link: Link) -> None:
    device: dict[str, Any] = {"Device": f"Agent:{ANN}"}
    assert link.translator.free(ANN) is None
    link.take("DeviceStateChange", **device, State="NOT_INUSE")
    assert link.translator.free(ANN) is True
    link.take("BridgeEnter", Uniqueid=CALL, Context="dialer-connect", Exten=ANN)
    assert link.translator.free(ANN) is False
    link.take("Hangup", Uniqueid=CALL, Cause="16", ChannelState="6")
    assert link.translator.free(ANN) is True


def test_what_events_told_of_agents_outweighs_an_older_list(link: Link) -> None:
    link.take("DeviceStateChange", Device="Agent:1001", State="INUSE")
    link.translator.noted({ANN: True, AgentId("1002"): True})
    assert link.translator.agents == {ANN: False, "1002": True}


def test_an_opt_out_key_is_told_with_the_number_and_is_in_an_end_without_record(link: Link) -> None:
    link.user("DialerAbandoned")
    told = link.take("UserEvent", LATER, UserEvent="DialerOptOut", Call=CALL, Record=write_opt_out(AT, "+12025550101"))
    assert told == [OptedOut(MAIN, AT, CALL, PhoneNumber("+12025550101"), CALL)]
    [doubt] = link.take("Hangup", LATER, Uniqueid=CALL, Cause="16", ChannelState="6")
    assert isinstance(doubt, EndInDoubt)
    assert (doubt.end.abandoned, doubt.end.opted_out_at) == (True, LATER)


def test_a_number_that_was_dialed_is_told_even_if_no_countrys_plan_has_it(link: Link) -> None:
    told = link.take("UserEvent", UserEvent="DialerOptOut", Call=CALL, Record=write_opt_out(AT, "+10005550101"))
    assert told == [OptedOut(MAIN, AT, CALL, PhoneNumber("+10005550101"), CALL)]


@pytest.mark.parametrize("written", ["+12025550143", "12025550143", "2025550143"])
def test_who_calls_back_is_known_by_a_number_with_or_without_its_country(link: Link, written: str) -> None:
    told = link.take("UserEvent", UserEvent="DialerOptOut", Call="1764316800.7", Record=write_opt_out(AT, written))
    assert told == [OptedOut(MAIN, AT, "1764316800.7", PhoneNumber("+12025550143"), None)]
    assert link.translator.calls_known == 0


@pytest.mark.parametrize(
    "record", ["", "1||+12025550143", "1|1764316800000|", "1|1764316800000|1001", "2|1|+12025550143"]
)
def test_a_key_press_whose_number_can_not_be_read_is_named_in_the_log_without_the_number(
    link: Link, record: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert link.take("UserEvent", UserEvent="DialerOptOut", Call="1764316800.7", Record=record) == []
    assert "call 1764316800.7 at main" in caplog.text
    assert "2025550143" not in caplog.text
