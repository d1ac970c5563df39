"""Each behaviour tells its story by AMI events in the order in which Asterisk 22 tells it."""

import time

import pytest

from dialer.domain.outcome import Outcome, outcome_of
from integrations.asterisk.protocol import read_record
from tests.lab.probe import Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)

END = ["HangupHandlerRun", "DialerEnded", "Hangup"]
DIALING = ["Newchannel", "DialBegin"]
RINGING = [*DIALING, "Newstate"]
ANSWER = [*RINGING, "Newstate", "DialEnd", "OriginateResponse"]
UNANSWERED = [*END, "OriginateResponse"]


@pytest.mark.parametrize(
    ("ending", "story", "told", "outcome"),
    [
        ("03", [*DIALING, *UNANSWERED], ("17", "5"), Outcome.BUSY),
        ("04", [*RINGING, *UNANSWERED], ("19", "3"), Outcome.NO_ANSWER),
        ("05", [*RINGING, *UNANSWERED], ("21", "1"), Outcome.REJECTED),
        ("06", [*DIALING, *UNANSWERED], ("1", "1"), Outcome.INVALID_NUMBER),
        ("07", [*DIALING, *UNANSWERED], ("34", "8"), Outcome.CONGESTION),
    ],
)
async def test_an_unanswered_line_ends_with_its_cause_and_reason(
    probe: Probe, ending: str, story: list[str], told: tuple[str, str], outcome: Outcome
) -> None:
    probe.dial("a1", f"+155501000{ending}")
    response = await probe.until(Event="OriginateResponse")
    assert probe.events_of("a1") == story
    assert (response["Response"], response["ActionID"]) == ("Failure", "a1")
    hangup = next(message for message in probe.heard if message.get("Event") == "Hangup")
    assert (hangup["Cause"], response["Reason"]) == told
    assert outcome_of(read_record(await probe.record("a1"))) is outcome


async def test_the_response_to_originate_comes_before_any_event_of_the_call(probe: Probe) -> None:
    probe.dial("a1", "+15550100003")
    await probe.until(Event="Newchannel")
    assert probe.heard[-2] | {"ActionID": "a1"} == {
        "Response": "Success",
        "ActionID": "a1",
        "Message": "Originate successfully queued",
    }


async def test_a_person_who_gets_no_agent_is_abandoned_after_the_limit(probe: Probe) -> None:
    probe.dial("a1", "+15550100002", DIALER_WAIT_MS="1000")
    await probe.until(Event="Hangup")
    assert probe.events_of("a1") == [*ANSWER, "DialerWaiting", "DialerLimit", "DialerAbandoned", *END]
    end = read_record(await probe.record("a1"))
    assert outcome_of(end) is Outcome.ABANDONED
    assert end.answered_at is not None
    assert (end.ended_at - end.answered_at).total_seconds() == pytest.approx(5.0, abs=0.01)


async def test_a_person_may_leave_before_the_limit(probe: Probe) -> None:
    probe.dial("a1", "+15550100008")
    await probe.until(Event="Hangup")
    assert probe.events_of("a1") == [*ANSWER, "DialerWaiting", *END]
    assert outcome_of(read_record(await probe.record("a1"))) is Outcome.HUNG_UP


async def test_a_waiting_person_is_connected_by_redirect(probe: Probe) -> None:
    await probe.agent_on_line("1001")
    probe.dial("a1", "+15550100001")
    await probe.until(UserEvent="DialerWaiting")
    assert (await probe.ask("Redirect", Channel="a1", Context="dialer-connect", Exten="1001", Priority=1))[
        "Message"
    ] == "Redirect successful"
    assert (await probe.until(Event="BridgeEnter"))["Uniqueid"] == "a1"
    await probe.until(Event="Hangup", Uniqueid="a1")
    assert probe.events_of("a1") == [*ANSWER, "DialerWaiting", "BridgeEnter", "BridgeLeave", *END]
    end = read_record(await probe.record("a1"))
    assert (outcome_of(end), end.agent) == (Outcome.ANSWERED, "1001")


@pytest.mark.parametrize(
    ("handling", "story", "outcome"),
    [
        ("off", ["DialerWaiting", "DialerLimit", "DialerAbandoned"], Outcome.ABANDONED),
        ("hang_up", ["DialerMachine"], Outcome.MACHINE),
        ("message", ["DialerMachine"], Outcome.MACHINE),
        ("agent", ["DialerMachine", "DialerWaiting", "DialerLimit", "DialerAbandoned"], Outcome.MACHINE),
    ],
)
async def test_a_machine_is_handled_as_the_campaign_says(
    probe: Probe, handling: str, story: list[str], outcome: Outcome
) -> None:
    probe.dial("a1", "+15550100009", ring_seconds=120, DIALER_AMD=handling, DIALER_MESSAGE="hello")
    await probe.until(Event="Hangup")
    assert probe.events_of("a1") == [*ANSWER, *story, *END]
    assert outcome_of(read_record(await probe.record("a1"))) is outcome


async def test_a_callee_who_leaves_during_detection_is_told_as_hang_up_by_the_record(probe: Probe) -> None:
    probe.dial("a1", "+15550100008", DIALER_AMD="hang_up")
    await probe.until(Event="Hangup")
    assert probe.events_of("a1") == [*ANSWER, *END]
    end = read_record(await probe.record("a1"))
    assert (end.amd, outcome_of(end)) == ("HANGUP", Outcome.HUNG_UP)


async def test_a_call_without_the_handler_leaves_no_record(probe: Probe) -> None:
    probe.write(
        "Originate", Channel="PJSIP/+15550100003@carrier", Context="dialer-answered", Exten="s", ChannelId="a1", Async=1
    )
    await probe.until(Event="OriginateResponse")
    assert probe.events_of("a1") == [*DIALING, "Hangup", "OriginateResponse"]
    assert (await probe.ask("DBGet", Family="dialer-ended-e1", Key="a1"))["Message"] == "Database entry not found"


async def test_a_channel_id_in_use_is_not_dialed_again(probe: Probe) -> None:
    probe.dial("a1", "+15550100004")
    probe.dial("a1", "+15550100004")
    response = await probe.until(Event="OriginateResponse")
    assert (response["Reason"], response["ActionID"]) == ("0", "a1")
    assert probe.events_of("a1") == DIALING


async def test_a_ringing_call_can_be_hung_up(probe: Probe) -> None:
    probe.dial("a1", "+15550100004")
    await probe.until(ChannelStateDesc="Ringing")
    assert (await probe.ask("Hangup", Channel="a1", Cause=16))["Message"] == "Channel Hungup"
    assert (await probe.until(Event="OriginateResponse"))["Response"] == "Failure"
    assert probe.events_of("a1") == [*RINGING, *UNANSWERED]
    assert (await probe.ask("Hangup", Channel="a1"))["Message"] == "No such channel"
