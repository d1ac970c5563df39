"""What an attempt went through, told once its outcome is stored."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer.domain.attempt_trace import AttemptTrace, steps_of
from dialer.domain.call import EndedAttempt
from dialer.domain.ids import AttemptId, CampaignId, LeadId, NumberId, ServerName
from dialer.domain.outcome import CallEnd, Outcome
from tests.flow.rig import Rig, new_rig

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


ENDED = EndedAttempt(
    attempt=AttemptId("01890a5d-ac96-774b-bcce-b302099a8057"),
    campaign=CampaignId(1),
    lead=LeadId(1),
    number_id=NumberId(1),
    server=ServerName("main"),
    lead_attempts=0,
    opened_at=at(5),
    outcome=Outcome.ANSWERED,
    end=CallEnd(cause=16, answered_at=at(9), waiting_since=at(9.1), connected_at=at(9.2), ended_at=at(60)),
)
WHOLE = AttemptTrace(ENDED, "autumn", at(60.2), claimed_at=at(0), written_at=at(5.1), placed_at=at(5.2))


def told(trace: AttemptTrace) -> list[tuple[str, float, float]]:
    return [
        (step.name, (step.begins - NOON).total_seconds(), (step.ends - NOON).total_seconds())
        for step in steps_of(trace)
    ]


def test_an_answered_call_has_every_step_one_after_the_other() -> None:
    assert told(WHOLE) == [
        ("in the hopper", 0, 5),
        ("written", 5, 5.1),
        ("originate", 5.1, 5.2),
        ("ringing", 5.2, 9),
        ("answered", 9, 9.1),
        ("waiting for an agent", 9.1, 9.2),
        ("talking", 9.2, 60),
        ("stored", 60, 60.2),
    ]
    assert WHOLE.begins == at(0)


def test_one_that_nobody_answered_rings_to_its_end() -> None:
    end = CallEnd(cause=19, ended_at=at(30))
    names = [name for name, *_ in told(replace(WHOLE, ended=replace(ENDED, end=end)))]
    assert names == ["in the hopper", "written", "originate", "ringing", "stored"]


def test_an_abandoned_one_waits_to_its_end() -> None:
    end = replace(ENDED.end, connected_at=None, abandoned=True)
    assert ("waiting for an agent", 9.1, 60) in told(replace(WHOLE, ended=replace(ENDED, end=end)))


def test_what_a_new_engine_did_not_see_has_no_step() -> None:
    adopted = AttemptTrace(ENDED, "autumn", at(60.2))
    assert [name for name, *_ in told(adopted)] == ["answered", "waiting for an agent", "talking", "stored"]
    assert adopted.begins == at(5)


def test_clocks_that_disagree_make_no_step_of_less_than_nothing() -> None:
    early = replace(WHOLE, placed_at=at(10))  # the server's clock is behind
    assert all(begins <= ends for _, begins, ends in told(early))


@dataclass
class FakeTracer:
    told: list[AttemptTrace] = field(default_factory=list)

    def tell(self, trace: AttemptTrace) -> None:
        self.told.append(trace)


async def a_call(rig: Rig, behaviour: str) -> None:
    await rig.make_campaign()
    rig.lead(behaviour)
    await rig.agents_on("1001")
    await rig.desk.start_campaign("autumn")


@pytest.mark.looptime
async def test_an_engine_tells_each_attempt_from_claim_to_stored_outcome(tmp_path: Path) -> None:
    rig, tracer = new_rig(tmp_path), FakeTracer()
    async with rig.working():
        rig.engine.floor.traces.tracer = tracer
        await a_call(rig, "00")
        await rig.until(lambda: bool(tracer.told), 120)
    [trace] = tracer.told
    assert (trace.campaign, trace.ended.outcome) == ("autumn", Outcome.ANSWERED)
    names = [step.name for step in steps_of(trace)]
    assert names[:4] == ["in the hopper", "written", "originate", "ringing"]
    assert names[-2:] == ["talking", "stored"]
    assert not rig.engine.floor.traces._ways


@pytest.mark.looptime
async def test_one_that_the_switch_refuses_is_told_without_the_steps_that_it_did_not_take(tmp_path: Path) -> None:
    rig, tracer = new_rig(tmp_path), FakeTracer()
    async with rig.working():
        rig.engine.floor.traces.tracer = tracer
        rig.telephony.refuse_originate = True
        await a_call(rig, "00")
        await rig.until(lambda: bool(tracer.told), 120)
    assert "originate" not in [step.name for step in steps_of(tracer.told[0])]


@pytest.mark.looptime
async def test_a_tracer_that_fails_costs_its_trace_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def tell(self, trace: AttemptTrace) -> None:
            raise RuntimeError("no such span")

    rig = new_rig(tmp_path)
    async with rig.working():
        rig.engine.floor.traces.tracer = Broken()
        await a_call(rig, "01")
        await rig.until(lambda: any(held.closed for held in rig.book.attempts.values()), 120)
        await rig.until(lambda: rig.desk.unstored == 0, 10)
    assert "is not traced" in caplog.text


@pytest.mark.looptime
async def test_without_a_tracer_nothing_is_kept(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    async with rig.working():
        await a_call(rig, "06")
        await rig.until(lambda: rig.state_of("1001") == "talking", 60)
        assert not rig.engine.floor.traces._ways
