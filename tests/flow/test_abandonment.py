"""The abandonment ledger at work: each live answer counted once, through restarts, a database that is away and time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compliance.abandonment import AbandonmentWindow, Budget, WindowKind
from dialer.domain.campaign import DialMode
from dialer.domain.ids import AgentId, AttemptId
from dialer.domain.outcome import Disposition, Outcome
from dialer.ports import Disposed
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, Rig, new_rig

pytestmark = pytest.mark.looptime
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_stops(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests need abandoned calls, which the hard stop would prevent, and the gate after it."""
    if "hard_stop" not in request.node.name:
        monkeypatch.setattr("dialer.engine.predictive_turn.hard_stop", lambda windows, at_risk: None)
        if "gate" not in request.node.name:
            monkeypatch.setattr("compliance.abandonment.Budget._spent", lambda _: "")


def told(rig: Rig) -> tuple[AbandonmentWindow, ...] | None:
    return rig.engine.abandonment.windows(rig.campaign, rig.clock.now())


def window(rig: Rig, kind: WindowKind = WindowKind.SUCCESSIVE_30_DAYS) -> AbandonmentWindow:
    return next(one for one in told(rig) or () if one.rule.window is kind)


def counted(rig: Rig) -> tuple[float, float]:
    found = window(rig)
    return found.live_answers, found.abandoned


def stored(rig: Rig) -> tuple[int, int]:
    outcomes = rig.outcomes()
    return outcomes[Outcome.ANSWERED] + outcomes[Outcome.ABANDONED], outcomes[Outcome.ABANDONED]


async def overdialed(rig: Rig, leads: int = 12) -> None:
    """One agent and more lines than that; every seventh callee hangs up at once."""
    for place in range(leads):
        rig.lead("03" if place % 7 == 1 else "00", score=-place)
    await rig.agents_on("1001")
    await rig.desk.start_campaign("autumn")


async def power_rig(folder: Path, level: float = 4, start: datetime = MONDAY_TEN_IN_NEW_YORK) -> Rig:
    rig = new_rig(folder, start=start)
    await rig.make_campaign(dial_mode=DialMode.POWER, dial_level=level, wrap_up_seconds=0, max_attempts=1)
    return rig


async def test_when_pacing_would_not_stop_the_gate_lets_no_more_calls_go_ahead_of_agents(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await overdialed(rig, 30)
        await rig.until(lambda: any(lead.reason == "abandonment budget" for lead in rig.book.leads.values()))
        ahead = [held.attempt for held in rig.book.attempts.values()]
        await rig.clock.sleep(300)
        since = [held.attempt for held in rig.book.attempts.values() if held.attempt not in ahead]
        assert since
        assert all(one.judged is not None and one.judged.facts.agent_idle for one in since)


async def test_the_hard_stop_ends_what_a_dial_level_would_abandon(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await overdialed(rig, leads=30)
        await rig.until(lambda: len(rig.book.attempts) == 30 and rig.open_attempts() == 0, seconds=20_000)
        assert 1 <= rig.outcomes()[Outcome.ABANDONED] <= 6, "those of the first batch, which rang when it began"
        assert "nothing may be abandoned now" in rig.desk.campaigns()[0].decision


async def test_each_live_answer_is_counted_as_it_ends(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await overdialed(rig)
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        assert rig.outcomes()[Outcome.HUNG_UP] > 0
        assert rig.outcomes()[Outcome.ABANDONED] > 0
        assert counted(rig) == stored(rig)
        assert {(one.live_answers, one.abandoned) for one in told(rig) or ()} == {stored(rig)}
        assert window(rig).opens_at == min(held.attempt.opened_at for held in rig.book.attempts.values())


async def test_before_the_counts_are_read_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = await power_rig(tmp_path)
    rig.book.refuse_counts = True
    monkeypatch.setattr("dialer.engine.predictive_turn.PredictiveTurn.budget", lambda *_: Budget(()))
    async with rig.working():
        await overdialed(rig)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] > 2)
        assert told(rig) is None
        rig.book.refuse_counts = False
        await rig.clock.sleep(6)
        assert told(rig) is not None
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        assert counted(rig) == stored(rig)


async def test_a_campaign_that_starts_has_its_counts_at_once(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await rig.clock.sleep(10)
        assert told(rig) is None
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(0.1)
        assert counted(rig) == (0, 0)


async def test_a_restart_counts_as_before(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.until_killed():
        await overdialed(rig, 40)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] > 5)
        before, seen = told(rig), stored(rig)
        assert counted(rig) == seen
    async with rig.until_killed():
        rig.engine.abandonment.nudge()
        await rig.clock.sleep(0.01)
        assert stored(rig) == seen
        assert told(rig) == before


async def test_calls_that_ended_while_the_engine_was_dead_are_counted_after_it(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.until_killed():
        await overdialed(rig)
        await rig.until(lambda: len(rig.telephony.orders) == 4)
    await rig.clock.sleep(30)
    async with rig.working():
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        assert counted(rig) == stored(rig)
        assert counted(rig)[1] > 0


async def test_what_the_database_could_not_take_is_counted_and_after_a_restart_too(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.until_killed():
        await overdialed(rig)
        rig.book.refuse_close = True
        await rig.clock.sleep(150)
        before = counted(rig)
        assert rig.outcomes().total() == 0
        assert before[1] > 0
    async with rig.until_killed():
        await rig.clock.sleep(65)
        assert rig.outcomes().total() == 0
        after = counted(rig)
        rig.book.refuse_close = False
        await rig.until(lambda: rig.open_attempts() == 0)
        assert counted(rig) == stored(rig)
        assert before <= after <= stored(rig)


async def test_while_a_reading_is_slow_every_call_is_counted_once(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path, level=10)
    async with rig.working():
        await overdialed(rig, 150)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] > 0)
        rig.book.counting_seconds = 25.3  # longer than a call that is abandoned
        for _ in range(400):
            rig.engine.abandonment.nudge()
            await rig.clock.sleep(0.9)
            assert counted(rig) == stored(rig)
        assert rig.outcomes()[Outcome.ABANDONED] > 20


async def test_a_machine_that_an_agent_was_given_is_no_live_answer_a_minute_later(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes()[Outcome.ANSWERED] == 1)
        assert counted(rig) == (1, 0)
        [attempt] = rig.book.attempts
        await rig.desk.dispose(AgentId("1001"), attempt, Disposition.MACHINE)
        await rig.clock.sleep(61)
        assert counted(rig) == (0, 0)


async def test_a_day_ends_at_midnight_and_the_longer_windows_go_on(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path, start=MIDNIGHT - timedelta(minutes=10))
    async with rig.working():
        await overdialed(rig)
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        in_all = stored(rig)
        await rig.clock.sleep((MIDNIGHT - rig.clock.now()).total_seconds() - 1)
        day = window(rig, WindowKind.DAY)
        assert (day.live_answers, day.abandoned, day.ends_at) == (*in_all, MIDNIGHT)
        await rig.clock.sleep(1)
        day = window(rig, WindowKind.DAY)
        assert (day.live_answers, day.abandoned, day.opens_at) == (0, 0, MIDNIGHT)
        assert counted(rig) == in_all
        await rig.clock.sleep(90)
        assert window(rig, WindowKind.DAY).live_answers == 0
        assert window(rig, WindowKind.MONTH).live_answers == in_all[0]


async def test_after_thirty_days_the_next_block_begins_empty(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await overdialed(rig)
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        first = window(rig)
        windows = rig.engine.abandonment.windows(rig.campaign, first.ends_at - timedelta(seconds=1))
        assert windows is not None
        assert windows[0] == first
        windows = rig.engine.abandonment.windows(rig.campaign, first.ends_at)
        assert windows is not None
        assert (windows[0].opens_at, windows[0].live_answers) == (first.ends_at, 0)


async def test_a_clock_set_back_into_a_window_nobody_read_tells_nothing(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.working():
        await overdialed(rig)
        await rig.until(lambda: rig.outcomes()[Outcome.ABANDONED] > 2)
        assert rig.engine.abandonment.windows(rig.campaign, rig.clock.now() - timedelta(days=1)) is None
        assert counted(rig) == stored(rig)


async def test_the_stricter_of_the_campaigns_cap_and_the_rules_holds(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(abandon_cap=0.01)
    async with rig.working():
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(0.1)
        assert {one.cap_ratio for one in told(rig) or ()} == {0.01}
        await rig.desk.abandonment(None)


async def test_the_desk_counts_a_campaign_that_is_not_dialed_anew(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes()[Outcome.ANSWERED] == 1)
        await rig.desk.stop_campaign("autumn")
        await rig.book.dispose(machine(rig, *rig.book.attempts))
        shown = await rig.desk.abandonment("autumn")
        assert [(name, one.live_answers) for name, one in shown] == [("autumn", 0)] * 3
        assert await rig.desk.abandonment(None) == shown


def machine(rig: Rig, attempt: AttemptId) -> Disposed:
    return Disposed(attempt, AgentId("1001"), Disposition.MACHINE, rig.clock.now())


async def test_a_spool_of_the_release_before_is_read(tmp_path: Path) -> None:
    rig = await power_rig(tmp_path)
    async with rig.until_killed():
        await overdialed(rig)
        rig.book.refuse_close = True
        await rig.clock.sleep(150)
    lines = [json.loads(line) for line in rig.spool.read_text().splitlines()]
    assert all(line.pop("opened_at") for line in lines)
    rig.spool.write_text("".join(json.dumps(line) + "\n" for line in lines))
    rig.book.refuse_close = False
    async with rig.working():
        await rig.until(lambda: len(rig.book.attempts) == 12 and rig.open_attempts() == 0)
        await rig.clock.sleep(65)
        assert counted(rig) == stored(rig)
        assert window(rig).opens_at == min(held.attempt.opened_at for held in rig.book.attempts.values())
