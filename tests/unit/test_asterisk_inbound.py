"""Inbound queues' events in our words, in the orders in which an Asterisk 22 was seen to tell them."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundEvent,
    InboundJoined,
    InboundLeft,
    InboundMember,
    MemberState,
)
from dialer.domain.ids import AgentId, ServerName
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.inbound import InboundWatch, member_state, pseudonym

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MAIN = ServerName("main")
CALL = "1795320201.1"
NUMBER = "+12025550177"


def raw(name: str, queue: str = "service", **headers: str) -> RawEvent:
    told = {"Uniqueid": CALL, "CallerIDNum": NUMBER, "Queue": queue, **headers}
    lines = [f"Event: {name}", *(f"{header}: {value}" for header, value in told.items()), ""]
    return RawEvent(name, "\r\n".join(lines).encode())


def heard(watch: InboundWatch, *events: RawEvent) -> list[InboundEvent]:
    return [told for event in events if (told := watch.take(event, AT))]


@pytest.fixture
def watch() -> InboundWatch:
    """In which a caller stands in line."""
    watch = InboundWatch(MAIN)
    [joined] = heard(watch, raw("QueueCallerJoin"))
    assert joined == InboundJoined(MAIN, AT, "service", CALL, pseudonym(NUMBER))
    return watch


ANSWERED = raw("DialEnd", DialStatus="ANSWER")


def test_a_caller_who_hangs_up_has_given_up(watch: InboundWatch) -> None:
    told = heard(watch, raw("HangupRequest"), raw("QueueCallerAbandon"), raw("QueueCallerLeave"))
    assert told == [InboundAbandoned(MAIN, AT, "service", CALL)]
    assert watch.callers_known == 0


def test_a_queue_that_lets_a_caller_go_has_not_been_given_up(watch: InboundWatch) -> None:
    assert heard(watch, raw("QueueCallerAbandon"), raw("QueueCallerLeave")) == [InboundLeft(MAIN, AT, "service", CALL)]
    assert heard(watch, raw("HangupRequest")) == []
    assert watch.callers_known == 0


def test_a_caller_may_leave_by_a_key(watch: InboundWatch) -> None:
    assert heard(watch, raw("QueueCallerLeave")) == [InboundLeft(MAIN, AT, "service", CALL)]


def test_a_member_who_answers_is_told_when_they_talk_and_when_it_is_over(watch: InboundWatch) -> None:
    member = {"Interface": "Local/1001@dialer-agent-request/n"}
    assert heard(watch, ANSWERED, raw("QueueCallerLeave")) == []
    assert heard(watch, raw("AgentConnect", **member)) == [InboundConnected(MAIN, AT, "service", CALL, AgentId("1001"))]
    later = AT + timedelta(seconds=6.5)
    assert watch.take(raw("HangupRequest"), later) is None
    assert watch.take(raw("AgentComplete", **member, TalkTime="7"), later) == InboundEnded(
        MAIN, later, "service", CALL, 6.5
    )
    assert watch.take(raw("Hangup", queue=""), later) is None
    assert watch.callers_known == 0


def test_a_caller_who_hangs_up_as_the_member_answers_has_ended_though_asterisk_says_no_more(
    watch: InboundWatch,
) -> None:
    told = heard(
        watch, ANSWERED, raw("HangupRequest"), raw("QueueCallerLeave"), raw("AgentConnect"), raw("Hangup", queue="")
    )
    assert told[1:] == [InboundEnded(MAIN, AT, "service", CALL, 0.0)]
    assert heard(watch, raw("AgentComplete")) == []
    assert watch.callers_known == 0


def test_a_member_may_be_no_agent_of_ours(watch: InboundWatch) -> None:
    told = heard(watch, ANSWERED, raw("QueueCallerLeave"), raw("AgentConnect", Interface="PJSIP/desk1"))
    assert told == [InboundConnected(MAIN, AT, "service", CALL, None)]


def test_a_member_who_is_gone_again_leaves_the_caller_in_line(watch: InboundWatch) -> None:
    assert heard(watch, ANSWERED, raw("AgentDump")) == []
    assert heard(watch, raw("QueueCallerLeave")) == [InboundLeft(MAIN, AT, "service", CALL)]


def test_a_member_who_does_not_answer_changes_nothing(watch: InboundWatch) -> None:
    assert heard(watch, raw("DialEnd", DialStatus="BUSY"), raw("QueueCallerLeave")) == [
        InboundLeft(MAIN, AT, "service", CALL)
    ]


def test_an_end_that_is_told_twice_is_taken_once(watch: InboundWatch) -> None:
    leaving = (raw("HangupRequest"), raw("QueueCallerAbandon"), raw("QueueCallerLeave"))
    assert len(heard(watch, *leaving)) == 1
    assert heard(watch, raw("QueueCallerLeave")) == []


def test_campaigns_queues_are_no_inbound_queues() -> None:
    watch = InboundWatch(MAIN)
    names = ("QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave", "AgentConnect", "QueueMemberStatus")
    assert heard(watch, *(raw(name, queue="campaign-1") for name in names)) == []
    assert watch.callers_known == 0


@pytest.mark.parametrize("number", ["", "<unknown>", "unknown", "anonymous", "Anonymous"])
def test_a_number_that_is_not_shown_has_no_pseudonym(number: str) -> None:
    assert pseudonym(number) == ""


def test_a_pseudonym_is_always_the_same_and_no_number() -> None:
    assert pseudonym(NUMBER) == pseudonym(NUMBER) != pseudonym("+12025550178")
    assert len(pseudonym(NUMBER)) == 16
    assert int(pseudonym(NUMBER), 16)


@pytest.mark.parametrize(
    ("status", "paused", "state"),
    [
        ("0", "0", MemberState.FREE),
        ("1", "0", MemberState.FREE),
        ("1", "1", MemberState.PAUSED),
        ("2", "0", MemberState.BUSY),
        ("2", "1", MemberState.PAUSED),
        ("6", "0", MemberState.BUSY),
        ("5", "1", MemberState.AWAY),
        ("4", "0", MemberState.AWAY),
    ],
)
def test_a_members_state_is_its_devices_unless_paused(status: str, paused: str, state: MemberState) -> None:
    assert member_state(raw("QueueMemberStatus", Status=status, Paused=paused)) is state


def test_members_are_named_by_their_state_interface_and_removed_ones_have_no_state() -> None:
    watch = InboundWatch(MAIN)
    ours = {"Interface": "Local/1001@dialer-agent-request/n", "StateInterface": "Agent:1001", "Status": "1"}
    desk = {"Interface": "PJSIP/desk1", "Status": "5", "Paused": "0"}
    told = heard(
        watch, raw("QueueMemberAdded", **ours), raw("QueueMemberRemoved", **ours), raw("QueueMemberPause", **desk)
    )
    assert told == [
        InboundMember(MAIN, AT, "service", "Agent:1001", MemberState.FREE),
        InboundMember(MAIN, AT, "service", "Agent:1001", None),
        InboundMember(MAIN, AT, "service", "PJSIP/desk1", MemberState.AWAY),
    ]


def entry(call: str, queue: str = "service", number: str = NUMBER, wait: str = "7") -> RawEvent:
    return raw("QueueEntry", queue, Uniqueid=call, CallerIDNum=number, Wait=wait)


def test_a_snapshot_tells_every_queue_with_callers_and_members() -> None:
    watch = InboundWatch(MAIN)
    meanwhile = watch.listing_begins()
    rows = [
        raw("QueueParams"),
        raw("QueueMember", StateInterface="Agent:1001", Location="Local/1001@x", Status="1", Paused="1"),
        entry("a.1"),
        entry("a.2", number="unknown", wait="0"),
        raw("QueueParams", "empty"),
        raw("QueueParams", "campaign-1"),
        entry("a.3", "campaign-1"),
    ]
    told = watch.snapshot(rows, AT, meanwhile)
    assert (told.server, told.taken_at) == (MAIN, AT)
    assert set(told.waiting) == {"service", "empty"} == set(told.members)
    assert [(one.call, one.caller, one.since) for one in told.waiting["service"]] == [
        ("a.1", pseudonym(NUMBER), AT - timedelta(seconds=7)),
        ("a.2", "", AT),
    ]
    assert told.members == {"service": {"Agent:1001": MemberState.PAUSED}, "empty": {}}
    assert heard(watch, raw("QueueCallerLeave", Uniqueid="a.1")) == [InboundLeft(MAIN, AT, "service", "a.1")]


def test_what_events_told_while_the_list_was_on_its_way_is_newer() -> None:
    watch = InboundWatch(MAIN)
    meanwhile = watch.listing_begins()
    desk = {"Interface": "PJSIP/desk1", "Status": "2"}
    heard(
        watch,
        raw("QueueCallerJoin", Uniqueid="a.2"),
        raw("QueueCallerLeave", Uniqueid="a.1"),
        raw("QueueMemberRemoved", StateInterface="Agent:1001"),
        raw("QueueMemberStatus", **desk),
    )
    rows = [
        raw("QueueParams"),
        raw("QueueMember", StateInterface="Agent:1001", Status="1"),
        raw("QueueMember", StateInterface="PJSIP/desk1", Status="1"),
        entry("a.1"),
    ]
    told = watch.snapshot(rows, AT, meanwhile)
    watch.listing_ends(meanwhile)
    assert [one.call for one in told.waiting["service"]] == ["a.2"]
    assert told.members == {"service": {"PJSIP/desk1": MemberState.BUSY}}


def test_a_caller_who_is_about_to_talk_waits_no_more(watch: InboundWatch) -> None:
    heard(watch, ANSWERED, raw("QueueCallerLeave"))
    assert watch.snapshot([raw("QueueParams")], AT, watch.listing_begins()).waiting == {"service": []}
