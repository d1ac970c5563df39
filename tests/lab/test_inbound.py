"""Inbound callers by the time of day, who serves them, how they leave, and that the ledger knows them all."""

import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.clock import ScaledClock
from dialer.domain.errors import BadInput
from integrations.telephone_lab import (
    InboundDesks,
    InboundEnd,
    InboundEntry,
    InboundStreamPlan,
    LabPlan,
    TelephoneLab,
    inbound_figures,
    read_inbound_ledger,
    read_ledger,
)
from integrations.telephone_lab.inbound_plan import caller_number, next_arrival
from tests.lab.conftest import BEHAVIOURS
from tests.lab.probe import START, Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)
FLOOD = ((600.0, 20.0), (1200.0, 1.0))
QUEUE = "cairo"


def arrivals(stream: InboundStreamPlan, seconds: float) -> list[float]:
    """One caller for each unit of the integrated rate."""
    times, now = [], 0.0
    while (at := next_arrival(stream, now, 1.0)) is not None and at <= seconds:
        times.append(at)
        now = at
    return times


async def told(probe: Probe, call: str) -> list[str]:
    """What was heard of a caller up to the end of the call, but for the channel's own states."""
    await probe.until(Event="Hangup", Uniqueid=call)
    return [name for name in probe.events_of(call) if not name.startswith("New")]


class TestArrivals:
    def test_follow_the_profile_across_its_steps(self) -> None:
        stream = InboundStreamPlan(QUEUE, calls_per_hour=60, profile=FLOOD)
        by_minute = Counter(int(at // 60) for at in arrivals(stream, 1800))
        assert sum(by_minute[minute] for minute in range(10)) == pytest.approx(10, abs=1)
        assert sum(by_minute[minute] for minute in range(10, 20)) == pytest.approx(200, abs=1)
        assert sum(by_minute[minute] for minute in range(20, 30)) == pytest.approx(10, abs=1)

    def test_bring_over_a_step_what_was_left_of_the_draw(self) -> None:
        stream = InboundStreamPlan(QUEUE, calls_per_hour=3600, profile=((0.5, 0.5), (1.0, 2.0)))
        assert next_arrival(stream, 0.0, 1.0) == pytest.approx(1.125)
        assert next_arrival(stream, 0.9, 0.05) == pytest.approx(1.0)

    def test_end_with_a_factor_of_nothing_and_begin_again_after_it(self) -> None:
        pause = InboundStreamPlan(QUEUE, calls_per_hour=3600, profile=((10, 0.0), (20, 1.0)))
        assert not [at for at in arrivals(pause, 25) if 10.001 < at < 20]
        assert arrivals(pause, 25)[-1] == pytest.approx(25)
        assert next_arrival(InboundStreamPlan(QUEUE, calls_per_hour=3600, profile=((10, 0.0),)), 11, 1.0) is None
        assert next_arrival(InboundStreamPlan(QUEUE, calls_per_hour=0), 0, 1.0) is None

    def test_are_of_numbers_that_differ(self) -> None:
        numbers = [caller_number(index) for index in range(60_000)]
        assert len(set(numbers)) == 60_000
        assert all(len(number) == 12 and number[5:9] == "5550" for number in numbers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[inbound]]\nqueue = "a"\ncalls_per_hour = -1', "inbound.a: calls_per_hour"),
        ('[[inbound]]\nqueue = "a"\ncalls_per_hour = 1\nprofile = [[60, 1], [0, 2]]', "inbound.a: profile"),
        ('[[inbound]]\nqueue = "a"\ncalls_per_hour = 1\nrepeat_share = 1', "inbound.a: repeat_share"),
        ('[[inbound]]\nqueue = "a"\ncalls_per_hour = 1\nlimit_seconds = 0', "inbound.a: limit_seconds"),
        ("[[inbound_desks]]\nqueues = []\nnumber = 1", "inbound_desks.desk: queues"),
        ('queues = ["b"]\n[[inbound]]\nqueue = "a"\ncalls_per_hour = 1', "must be among queues: a"),
        ('[[inbound_desks]]\nqueues = ["a"]\nnumber = 1\n' * 2, "inbound_desks: names must differ"),
    ],
)
def test_a_plan_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(BadInput, match=said):
        LabPlan.read(tmp_path / "plan.toml")


class TestAFlood:
    @pytest.fixture
    def plan(self) -> LabPlan:
        stream = InboundStreamPlan(
            QUEUE,
            calls_per_hour=120,
            profile=FLOOD,
            patience_mean_seconds=40,
            talk_mean_seconds=60,
            repeat_share=0.6,
            numbers=500,
            withheld_share=0.1,
        )
        return LabPlan(inbound=(stream,), inbound_desks=(InboundDesks((QUEUE,), number=6),))

    async def test_is_served_badly_and_passes(self, lab: TelephoneLab, probe: Probe, clock: ScaledClock) -> None:
        await clock.sleep(2400)
        await probe.drain()
        events = [message for message in probe.heard if message.get("Queue") == QUEUE]
        calls = {m["Uniqueid"] for m in events if m["Event"] == "QueueCallerJoin"}
        served = {m["Uniqueid"] for m in events if m["Event"] == "AgentConnect"}
        gave_up = {m["Uniqueid"] for m in events if m["Event"] == "QueueCallerAbandon"}
        await lab.close()
        assert lab.ledger is not None
        entries = list(read_inbound_ledger(lab.ledger))
        assert {entry.call for entry in entries} == calls
        assert {entry.call for entry in entries if entry.connected_at} == served
        assert {e.call for e in entries if e.ended_by is InboundEnd.CALLER and not e.connected_at} == gave_up
        shares = []
        for begins in (0, 600, 1700):
            of = [e for e in entries if 0 <= (e.joined_at - START).total_seconds() - begins < 600]
            figures = inbound_figures(of, 20, 5, 1800)
            shares.append(figures.within / figures.offered)
        assert shares[0] > 0.9
        assert shares[1] < 0.5
        assert shares[2] > 0.9

    async def test_brings_the_same_numbers_again(self, lab: TelephoneLab, clock: ScaledClock) -> None:
        await clock.sleep(1200)
        await lab.close()
        assert lab.ledger is not None
        entries = list(read_inbound_ledger(lab.ledger))
        again = [entry for entry in entries if entry.repeat and entry.number != "anonymous"]
        unserved = {(e.number, e.ended_at) for e in entries if e.connected_at is None}
        assert len(again) > 50
        for entry in again:
            waited = [entry.joined_at - at for number, at in unserved if number == entry.number]
            assert any(timedelta() <= since <= timedelta(seconds=180) for since in waited)
        figures = inbound_figures(entries, 20, 5, 1800)
        assert figures.callers < figures.offered

    async def test_is_the_same_in_a_second_run(self, lab: TelephoneLab, clock: ScaledClock, tmp_path: Path) -> None:
        async with TelephoneLab(lab.plan, clock, tmp_path / "second"):
            await clock.sleep(900)
        await lab.close()
        assert lab.ledger is not None
        first, second = (
            [entry.number for entry in sorted(read_inbound_ledger(file), key=lambda e: e.joined_at) if not entry.repeat]
            for file in (lab.ledger, tmp_path / "second")
        )
        assert len(first) > 200
        assert first == second


class TestACaller:
    @pytest.fixture
    def plan(self) -> LabPlan:
        desks = (
            InboundDesks((QUEUE,), 1, answer_seconds=2.0),
            InboundDesks(("other",), 1, "late", answer_seconds=30.0),
        )
        return LabPlan(behaviours=BEHAVIOURS, queues=(QUEUE, "other", "empty"), inbound_desks=desks)

    async def test_is_put_through_to_a_desk_in_the_order_of_events_that_asterisk_has(
        self, lab: TelephoneLab, probe: Probe
    ) -> None:
        call = lab.call_in(QUEUE, "+12025550143", talk_seconds=30)
        assert await told(probe, call) == [
            "QueueCallerJoin",
            "AgentCalled",
            "DialBegin",
            "DialEnd",
            "QueueCallerLeave",
            "AgentConnect",
            "BridgeEnter",
            "HangupRequest",
            "AgentComplete",
            "BridgeLeave",
            "Hangup",
        ]
        joined = next(m for m in probe.heard if m.get("Event") == "QueueCallerJoin")
        assert (joined["CallerIDNum"], joined["Queue"], joined["Position"], joined["Count"]) == (
            "+12025550143",
            QUEUE,
            "1",
            "1",
        )
        connected = next(m for m in probe.heard if m.get("Event") == "AgentConnect")
        assert list(connected)[-5:] == ["Queue", "Interface", "MemberName", "HoldTime", "RingTime"]
        assert (connected["Interface"], connected["HoldTime"], connected["RingTime"]) == ("PJSIP/desk1", "2", "2")
        completed = next(m for m in probe.heard if m.get("Event") == "AgentComplete")
        assert list(completed)[-6:] == ["Queue", "Interface", "MemberName", "HoldTime", "TalkTime", "Reason"]
        assert (completed["TalkTime"], completed["Reason"]) == ("30", "caller")
        statuses = [m["Status"] for m in probe.heard if m.get("Event") == "QueueMemberStatus"]
        assert statuses == ["6", "2", "1"]

    async def test_who_gives_up_while_a_desk_rings_leaves_the_desk_free(self, lab: TelephoneLab, probe: Probe) -> None:
        call = lab.call_in("other", "", patience_seconds=10)
        assert await told(probe, call) == [
            "QueueCallerJoin",
            "AgentCalled",
            "DialBegin",
            "HangupRequest",
            "DialEnd",
            "QueueCallerAbandon",
            "QueueCallerLeave",
            "Hangup",
        ]
        abandoned = next(m for m in probe.heard if m.get("Event") == "QueueCallerAbandon")
        assert (abandoned["CallerIDNum"], abandoned["HoldTime"]) == ("<unknown>", "10")
        status = await probe.listing("QueueStatus", Queue="other")
        assert [(m["Location"], m["Status"]) for m in status if m["Event"] == "QueueMember"] == [("PJSIP/late1", "1")]

    async def test_over_the_limit_is_let_go_and_did_not_hang_up(self, lab: TelephoneLab, probe: Probe) -> None:
        call = lab.call_in("empty", limit_seconds=20)
        assert await told(probe, call) == ["QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave", "Hangup"]
        assert lab.ledger is not None
        (entry,) = read_inbound_ledger(lab.ledger)
        assert entry.ended_by is InboundEnd.LIMIT
        assert entry.wait_seconds == pytest.approx(20, abs=0.01)

    async def test_waits_behind_those_who_came_before(self, lab: TelephoneLab, probe: Probe) -> None:
        first, second, third = (lab.call_in(QUEUE, talk_seconds=60) for _ in range(3))
        await probe.until(Event="AgentConnect", Uniqueid=first)
        lab.give_up(third)
        abandoned = await probe.until(Event="QueueCallerAbandon")
        assert (abandoned["Uniqueid"], abandoned["OriginalPosition"], abandoned["Position"]) == (third, "3", "2")
        connected = await probe.until(Event="AgentConnect")
        assert connected["Uniqueid"] == second
        assert int(connected["HoldTime"]) in {64, 65, 66}

    async def test_ended_by_an_action_or_a_restart_is_in_the_ledger(self, lab: TelephoneLab, probe: Probe) -> None:
        calls = [lab.call_in(QUEUE), lab.call_in("empty"), lab.call_in("nowhere")]
        await probe.until(Event="AgentConnect")
        await probe.ask("Hangup", Channel=calls[1])
        assert (await told(probe, calls[1]))[:2] == ["QueueCallerJoin", "SoftHangupRequest"]
        probe.dial("a1", "+15550100003")
        await probe.until(Event="OriginateResponse")
        lab.restart()
        assert lab.ledger is not None
        entries = {entry.call: entry for entry in read_inbound_ledger(lab.ledger)}
        assert [entries[call].ended_by for call in calls] == [
            InboundEnd.RESTART,
            InboundEnd.ACTION,
            InboundEnd.NO_QUEUE,
        ]
        assert [entries[call].member for call in calls] == ["PJSIP/desk1", None, None]
        assert [entry.attempt for entry in read_ledger(lab.ledger)] == ["a1"]


def test_the_ledgers_figures_count_as_the_rules_say() -> None:
    def call(at: int, wait: float, number: str, end: InboundEnd = InboundEnd.CALLER, *, served: bool) -> InboundEntry:
        joined = START + timedelta(seconds=at)
        left = joined + timedelta(seconds=wait)
        ended = left + timedelta(seconds=60 if served else 0)
        return InboundEntry(f"{at}", QUEUE, number, joined, ended, end, connected_at=left if served else None)

    figures = inbound_figures(
        [
            call(0, 20, "+1", served=True),
            call(10, 21, "+2", served=True),
            call(20, 4.9, "+3", served=False),  # short: nobody could have answered
            call(30, 5, "+4", served=False),
            call(40, 2, "+5", InboundEnd.LIMIT, served=False),
            call(50, 2, "+6", InboundEnd.RESTART, served=False),
            call(600, 1, "+4", served=True),  # the same try, and now through
            call(2000, 30, "+4", served=False),  # another try
            call(2010, 9, "anonymous", served=False),
            call(2020, 9, "anonymous", served=False),
            call(2030, 9, "+7", InboundEnd.NO_QUEUE, served=False),
        ],
        threshold_seconds=20,
        short_abandon_seconds=5,
        repeat_seconds=1800,
    )
    assert (figures.offered, figures.answered, figures.within) == (9, 3, 2)
    assert (figures.abandoned, figures.short_abandons, figures.left) == (4, 1, 2)
    assert (figures.callers, figures.callers_through) == (8, 3)
