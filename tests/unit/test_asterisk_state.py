import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.events import AgentTaken, LinkDown, LinkUp, OptedOut
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ServerName
from dialer.domain.phone import PhoneNumber
from dialer.ports import AgentRecord
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.config_files import EVENT_FILTERS
from integrations.asterisk.dialplan import dialplan, steps
from integrations.asterisk.findings import MODULES, PROBE_EVENTS, Answers, judge, missing_service_queues
from integrations.asterisk.inbox import Inbox
from integrations.asterisk.snapshot import agents_on_line, ended_records, live_calls, opt_outs
from integrations.lead_files.phone import NumberReader

CALL = AttemptId("019caf10-318e-782e-90d6-807b5961372e")
AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def _row(name: str, *lines: str) -> RawEvent:
    return RawEvent(name, "\r\n".join((f"Event: {name}", *lines)).encode())


def _channel(state: str, **variables: str) -> RawEvent:
    told = {"DIALER_ENGINE": "engine_1", "DIALER_AGENT": "(null)", "DIALER_CONNECTED": "(null)"} | variables
    return _row(
        "Status", f"Uniqueid: {CALL}", f"ChannelState: {state}", *(f"Variable: {k}={v}" for k, v in told.items())
    )


def test_a_live_channel_tells_how_far_it_came() -> None:
    ms = f"{AT.timestamp() * 1000:.0f}"
    waiting = live_calls([_channel("6", DIALER_WAITING=ms)], "engine_1")[CALL]
    assert (waiting.answered, waiting.waiting_since, waiting.agent) == (True, AT, None)
    talking = live_calls([_channel("6", DIALER_WAITING=ms, DIALER_CONNECTED=ms, DIALER_AGENT="1001")], "engine_1")[CALL]
    assert (talking.waiting_since, talking.agent) == (None, "1001")
    given_up = live_calls([_channel("6", DIALER_WAITING=ms, DIALER_ABANDONED="1")], "engine_1")[CALL]
    assert (given_up.answered, given_up.waiting_since) == (True, None)
    assert not live_calls([_channel("5")], "engine_1")[CALL].answered


def test_other_engines_calls_and_other_channels_are_not_ours() -> None:
    others = [_channel("6", DIALER_ENGINE="engine_2"), _row("Status", "Uniqueid: 1795297086.0")]
    assert live_calls(others, "engine_1") == {}


def test_a_record_that_can_not_be_read_is_left_out() -> None:
    key = f"Key: /dialer-ended-engine_1/{CALL}"
    assert set(ended_records([_row("DBGetTreeResponse", key, "Val: 1|17|1700000000000||||||")])) == {CALL}
    assert ended_records([_row("DBGetTreeResponse", key, "Val: nonsense"), _row("X", "Key: /a/b", "Val: c")]) == {}


def test_key_presses_are_read_and_what_can_not_be_read_is_left_out() -> None:
    rows = [
        _row("DBGetTreeResponse", f"Key: /dialer-opt-outs/{CALL}", "Val: 1|1772463600000|+12025550101"),
        _row("DBGetTreeResponse", "Key: /dialer-opt-outs/1772463600.7", "Val: 1|1772463600000|2025550143"),
        _row("DBGetTreeResponse", "Key: /dialer-opt-outs/1772463600.8", "Val: 1|1772463600000|1001"),
        _row("DBGetTreeResponse", "Key: /dialer-opt-outs/1772463600.9", "Val: nonsense"),
    ]
    main = ServerName("main")
    assert opt_outs(main, rows, NumberReader("US")) == [
        OptedOut(main, AT, CALL, PhoneNumber("+12025550101"), CALL),
        OptedOut(main, AT, "1772463600.7", PhoneNumber("+12025550143"), None),
    ]


def test_agents_on_line_are_those_whose_device_is_in_use_or_free() -> None:
    rows = [
        _row("DeviceStateChange", "Device: Agent:1001", "State: NOT_INUSE"),
        _row("DeviceStateChange", "Device: Agent:1002", "State: INUSE"),
        _row("DeviceStateChange", "Device: Agent:1003", "State: UNAVAILABLE"),
        _row("DeviceStateChange", "Device: PJSIP/1004", "State: NOT_INUSE"),
    ]
    assert agents_on_line(rows) == {"1001": True, "1002": False}


async def test_an_inbox_keeps_order_waits_and_refuses_what_does_not_fit() -> None:
    inbox = Inbox(2)
    main, other = ServerName("main"), ServerName("other")
    first, second = AgentTaken(main, AT, AgentId("1001")), AgentTaken(other, AT, AgentId("2001"))
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(inbox.take())
        await asyncio.sleep(0)
        assert inbox.put(first)
    assert taking.result() == [first]
    assert inbox.put(first)
    assert inbox.put(second)
    assert not inbox.put(first)
    inbox.drop(main)
    assert inbox.put(LinkDown(main, AT, "too much"))
    assert inbox.put(LinkUp(main, AT))
    assert [type(event).__name__ for event in await inbox.take()] == ["AgentTaken", "LinkDown", "LinkUp"]


WANTED = list(steps(dialplan()))
CAMPAIGNS = [Campaign(CampaignId(1), CampaignPlan("Spring"))]
AGENTS = [AgentRecord(AgentId("1001"), "Ann", ServerName("main"))]
GOOD = Answers(
    modules=set(MODULES),
    steps=set(WANTED),
    queues={"campaign-1"},
    agents={"1001"},
    filters=set(EVENT_FILTERS),
    own_event_came=True,
    probe_events=set(PROBE_EVENTS),
    skew=timedelta(milliseconds=3),
    endpoints={"carrier": True},
)


def test_a_server_that_answers_all_is_without_findings() -> None:
    assert judge(GOOD, WANTED, CAMPAIGNS, AGENTS) == []


@pytest.mark.parametrize(
    ("lack", "words"),
    [
        ({"refused_actions": [("Originate", "originate")]}, "may not use Originate"),
        ({"modules": set(MODULES) - {"app_queue"}}, "app_queue is not loaded"),
        ({"steps": set(WANTED) - {WANTED[0]}}, "differs from ours at extension s, priority 1"),
        ({"own_event_came": False}, "UserEvent does not reach us"),
        ({"foreign_event_came": True}, "no event filter"),
        ({"probe_events": {"Hangup"}}, "Newchannel, OriginateResponse do not reach us"),
        ({"filters": set(EVENT_FILTERS[1:])}, "event filters lack ^Event: (OriginateResponse"),
        ({"queues": set[str]()}, "queue campaign-1 is missing"),
        ({"agents": set[str]()}, "agent 1001 is missing"),
        ({"endpoints": {"carrier": False}}, "endpoint carrier is missing"),
        ({"skew": timedelta(seconds=-5)}, "5 s behind ours"),
        ({"skew": None}, "does not tell its time"),
    ],
)
def test_each_lack_is_a_finding(lack: dict[str, Any], words: str) -> None:
    [finding] = judge(replace(GOOD, **lack), WANTED, CAMPAIGNS, AGENTS)
    assert words in finding.what


def test_service_queues_that_are_nowhere_are_named_once() -> None:
    findings = missing_service_queues(["north", "south", "south", "west"], {"north", "west"})
    assert [finding.what for finding in findings] == ["queue south is on no server"]
