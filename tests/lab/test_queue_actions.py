"""Queue members by AMI action: penalties, pauses, what the lists say, and refusals in the words of app_queue."""

import time

import pytest

from integrations.telephone_lab import InboundDesks, InboundStreamPlan, LabPlan, TelephoneLab
from tests.lab.conftest import BEHAVIOURS
from tests.lab.probe import Message, Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)
AGENTS = ("1001", "1002")


def member(agent: str, queue: str = "cairo") -> Message:
    return {"Queue": queue, "Interface": f"Local/{agent}@dialer-agent-request/n"}


async def share(probe: Probe, agent: str, queue: str = "cairo", **more: object) -> None:
    """As the engine makes an agent a member."""
    details = {"StateInterface": f"Agent:{agent}", "MemberName": agent, "Paused": "false"}
    answer = await probe.ask("QueueAdd", **member(agent, queue), **details | more)
    assert answer["Message"] == "Added interface to queue"


async def served(lab: TelephoneLab, probe: Probe, queue: str = "cairo", talk_seconds: float = 600) -> str:
    """Who gets one more caller."""
    call = lab.call_in(queue, talk_seconds=talk_seconds)
    return (await probe.until(Event="AgentConnect", Uniqueid=call))["MemberName"]


@pytest.fixture
def plan() -> LabPlan:
    desks = (InboundDesks(("cairo", "giza"), 1, penalty=3, answer_seconds=1.0, wrap_up_seconds=15),)
    return LabPlan(behaviours=BEHAVIOURS, agents=AGENTS, queues=("cairo", "giza", "campaign-1"), inbound_desks=desks)


async def test_members_of_a_lower_penalty_come_first(lab: TelephoneLab, probe: Probe) -> None:
    for agent in AGENTS:
        await probe.agent_on_line(agent)
    await share(probe, "1001", Penalty=5)
    await share(probe, "1002", Penalty=2)
    assert [await served(lab, probe) for _ in range(3)] == ["1002", "PJSIP/desk1", "1001"]


async def test_a_penalty_of_nothing_brings_a_shared_agent_to_the_front(lab: TelephoneLab, probe: Probe) -> None:
    await probe.agent_on_line("1001")
    await share(probe, "1001", Penalty=5)
    answer = await probe.ask("QueuePenalty", **member("1001"), Penalty=0)
    assert (answer["Response"], answer["Message"]) == ("Success", "Interface penalty set successfully")
    told = next(m for m in probe.heard if m.get("Event") == "QueueMemberPenalty")
    assert (told["Queue"], told["MemberName"], told["Penalty"]) == ("cairo", "1001", "0")
    assert await served(lab, probe) == "1001"


async def test_a_penalty_without_a_queue_is_for_all_of_them(probe: Probe) -> None:
    await share(probe, "1001")
    await share(probe, "1001", "giza")
    await probe.ask("QueuePenalty", Interface=member("1001")["Interface"], Penalty=7)
    rows = await probe.listing("QueueStatus", Member="1001")
    assert [(m["Queue"], m["Penalty"]) for m in rows if m["Event"] == "QueueMember"] == [("cairo", "7"), ("giza", "7")]


async def test_who_is_paused_gets_no_call_until_unpaused(lab: TelephoneLab, probe: Probe) -> None:
    await probe.agent_on_line("1001")
    await share(probe, "1001", Paused="true", Reason="wrap_up")
    assert await served(lab, probe) == "PJSIP/desk1"
    waiting = lab.call_in("cairo")
    await probe.ask("QueuePause", **member("1001"), Paused="false", Reason="ready")
    assert (await probe.until(Event="AgentConnect"))["Uniqueid"] == waiting


async def test_a_pause_has_its_reason_and_the_end_of_it_another_that_is_forgotten(probe: Probe) -> None:
    await share(probe, "1001", Paused="true", Reason="wrap_up")
    assert next(m for m in probe.heard if m.get("Event") == "QueueMemberAdded")["PausedReason"] == "wrap_up"
    for paused, reason, kept in (("true", "break", "break"), ("false", "ready", "")):
        answer = await probe.ask("QueuePause", **member("1001"), Paused=paused, Reason=reason)
        assert answer["Message"] == f"Interface {'paused' if paused == 'true' else 'unpaused'} successfully"
        told = [m for m in probe.heard if m.get("Event") == "QueueMemberPause"][-1]
        assert (told["Paused"], told["PausedReason"]) == (str(int(paused == "true")), reason)
        rows = await probe.listing("QueueStatus", Queue="cairo", Member="1001")
        assert [m.get("PausedReason", "") for m in rows if m["Event"] == "QueueMember"] == [kept]


async def test_a_member_of_two_queues_talks_in_one_and_is_busy_in_both(lab: TelephoneLab, probe: Probe) -> None:
    first = lab.call_in("cairo", talk_seconds=60)
    await probe.until(Event="AgentConnect", Uniqueid=first)
    lab.call_in("giza")
    busy = [(m["Queue"], m["Status"]) for m in probe.heard if m.get("Event") == "QueueMemberStatus"]
    assert busy == [("cairo", "6"), ("giza", "6"), ("cairo", "2"), ("giza", "2")]
    connected = await probe.until(Event="AgentConnect")
    assert connected["Queue"] == "giza"
    assert 60 <= int(connected["HoldTime"]) <= 63


async def test_a_desk_wraps_up_before_the_next_call_of_its_queue(lab: TelephoneLab, probe: Probe) -> None:
    assert await served(lab, probe, talk_seconds=10) == "PJSIP/desk1"
    await probe.until(Event="AgentComplete")
    call = lab.call_in("cairo")
    connected = await probe.until(Event="AgentConnect", Uniqueid=call)
    assert 15 <= int(connected["HoldTime"]) <= 18


async def test_the_state_of_a_queue_is_told_in_full(lab: TelephoneLab, probe: Probe) -> None:
    await served(lab, probe, talk_seconds=20)
    await probe.until(Event="AgentComplete")
    await share(probe, "1001", Paused="true", Reason="break", Penalty=5)
    lab.call_in("CAIRO", "+12025550143")
    lab.call_in("cairo", "")
    params, desk, agent, *entries = await probe.listing("QueueStatus", Queue="Cairo")
    assert (params["Event"], params["Queue"], params["Calls"], params["Completed"]) == (
        "QueueParams",
        "cairo",
        "2",
        "1",
    )
    assert (params["Holdtime"], params["TalkTime"], params["Abandoned"]) == ("1", "20", "0")
    assert (desk["Event"], desk["Membership"], desk["CallsTaken"]) == ("QueueMember", "static", "1")
    assert int(desk["LastCall"]) > int(desk["LoginTime"]) > 0
    assert (agent["Name"], agent["Penalty"], agent["Paused"]) == ("1001", "5", "1")
    assert (agent["PausedReason"], agent["Status"], agent["Membership"]) == ("break", "5", "dynamic")
    assert [(m["Event"], m["Position"], m["CallerIDNum"], m["Wait"]) for m in entries] == [
        ("QueueEntry", "1", "+12025550143", "0"),
        ("QueueEntry", "2", "unknown", "0"),
    ]
    (summary,) = await probe.listing("QueueSummary", Queue="cairo")
    assert (summary["LoggedIn"], summary["Available"], summary["Callers"]) == ("1", "1", "2")


async def test_every_queue_is_listed_used_or_not_and_an_unknown_one_is_an_empty_list(probe: Probe) -> None:
    rows = await probe.listing("QueueStatus")
    assert [m["Queue"] for m in rows if m["Event"] == "QueueParams"] == ["cairo", "giza", "campaign-1"]
    assert await probe.listing("QueueStatus", Queue="luxor") == []


async def test_counters_are_reset_by_an_action_and_by_a_restart(lab: TelephoneLab, probe: Probe) -> None:
    call = lab.call_in("campaign-1", patience_seconds=5)
    await probe.until(Event="QueueCallerAbandon", Uniqueid=call)

    async def abandoned(probe: Probe) -> str:
        return (await probe.listing("QueueStatus", Queue="campaign-1"))[0]["Abandoned"]

    assert await abandoned(probe) == "1"
    assert (await probe.ask("QueueReset", Queue="campaign-1"))["Message"] == "Queue stats reset successfully"
    assert await abandoned(probe) == "0"
    lab.call_in("campaign-1", patience_seconds=5)
    await probe.until(Event="QueueCallerAbandon")
    await share(probe, "1001", Penalty=4, Paused="true", Reason="break")
    lab.restart()
    async with Probe(lab.port) as again:
        await again.log_in()
        assert await abandoned(again) == "0"
        rows = await again.listing("QueueStatus", Queue="cairo", Member="1001")
        assert [(m["Penalty"], m["Paused"], m["PausedReason"]) for m in rows[1:]] == [("4", "1", "break")]


@pytest.mark.parametrize(
    ("action", "headers", "message"),
    [
        ("QueueAdd", {"Interface": "PJSIP/a"}, "'Queue' not specified."),
        ("QueueAdd", {"Queue": "cairo"}, "'Interface' not specified."),
        ("QueueAdd", {"Queue": "luxor", "Interface": "PJSIP/a"}, "Unable to add interface to queue: No such queue"),
        ("QueueAdd", {"Queue": "cairo", "Interface": "PJSIP/desk1"}, "Unable to add interface: Already there"),
        ("QueueRemove", {"Queue": "cairo"}, "Need 'Queue' and 'Interface' parameters."),
        ("QueueRemove", {"Queue": "luxor", "Interface": "a"}, "Unable to remove interface from queue: No such queue"),
        ("QueueRemove", {"Queue": "cairo", "Interface": "a"}, "Unable to remove interface: Not there"),
        ("QueueRemove", {"Queue": "cairo", "Interface": "PJSIP/desk1"}, "Member not dynamic"),
        ("QueuePause", {"Interface": "a", "Paused": "1"}, "Interface not found"),
        ("QueuePause", {"Queue": "luxor", "Interface": "PJSIP/desk1", "Paused": "1"}, "Interface not found"),
        ("QueuePenalty", {"Interface": "a"}, "Need 'Interface' and 'Penalty' parameters."),
        ("QueuePenalty", {"Interface": "a", "Penalty": 1}, "Invalid interface, queuename or penalty"),
        ("QueuePenalty", {"Interface": "PJSIP/desk1", "Penalty": -1}, "Invalid interface, queuename or penalty"),
    ],
)
async def test_what_is_wrong_is_said_in_the_words_of_app_queue(
    probe: Probe, action: str, headers: dict[str, object], message: str
) -> None:
    answer = await probe.ask(action, **headers)
    assert (answer["Response"], answer["Message"]) == ("Error", message)


class TestAStreamThatEnrollsAgents:
    @pytest.fixture
    def plan(self) -> LabPlan:
        return LabPlan(inbound=tuple(InboundStreamPlan(q, 0, enrolls_agents=q == "cairo") for q in ("cairo", "giza")))

    async def test_makes_them_members_of_its_queue_alone(self, probe: Probe) -> None:
        await probe.agent_on_line("1001")
        rows = [m for m in await probe.listing("QueueStatus") if m["Event"] == "QueueMember"]
        assert [(m["Queue"], m["Location"]) for m in rows] == [("cairo", member("1001")["Interface"])]
