"""A recorded day, as the replay reads it from the contact database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.errors import NotFound
from dialer.domain.outcome import Disposition, Outcome
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.recorded_day import DatabaseRecordedDays
from pacing.simulator.recorded import Activity, Ending, RecordedDay, figures_of, plan_of
from pacing.simulator.study import Rule
from tests.database.recorded_campaign import PLAN, RecordedCampaign, busy_day

ZONE = ZoneInfo("America/New_York")
MIDNIGHT = datetime(2026, 11, 20, tzinfo=ZONE)
MORNING = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
"""Nine o'clock in New York."""


def later(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


async def read(made: RecordedCampaign) -> RecordedDay:
    days = DatabaseRecordedDays(made.world.database)
    return await days.day(made.campaign, MIDNIGHT, MIDNIGHT + timedelta(days=1))


async def test_each_attempt_ends_as_the_abandonment_ledger_sees_it(database: ContactDatabase) -> None:
    made = await RecordedCampaign.made(database)
    await made.ended(later(0), Outcome.ANSWERED, talk=80.0, line=7.5)
    await made.ended(later(10), Outcome.ANSWERED, talk=5.0, disposition=Disposition.MACHINE)
    await made.ended(later(20), Outcome.ABANDONED)
    await made.ended(later(30), Outcome.HUNG_UP)
    await made.ended(later(40), Outcome.MACHINE)
    await made.ended(later(50), Outcome.NO_ANSWER, 19, line=28.0)
    await made.ended(later(60), Outcome.BUSY, 17, line=2.0)
    await made.ended(later(70), Outcome.INVALID_NUMBER, 1, line=1.0)
    await made.ended(later(80), Outcome.CONGESTION, 34, line=0.5)
    await made.ended(later(90), Outcome.LOST)
    day = await read(made)
    assert [(call.at, call.ending) for call in day.calls] == [
        (0.0, Ending.PERSON),
        (10.0, Ending.MACHINE_TAKEN),
        (20.0, Ending.ABANDONED),
        (30.0, Ending.LEFT),
        (40.0, Ending.MACHINE),
        (50.0, Ending.RANG_OUT),
        (60.0, Ending.BUSY),
        (70.0, Ending.BUSY),
        (80.0, Ending.CONGESTION),
    ]
    assert (day.calls[0].line_seconds, day.calls[0].talk_seconds) == (7.5, 80.0)
    assert (day.rule, day.level, day.cap, day.max_lines, day.ring_seconds) == (Rule.POWER, 1.5, 0.02, 40, 28.0)
    assert day.opens_at == 9.0


async def test_its_abandoned_calls_are_the_ledgers(database: ContactDatabase) -> None:
    made = await RecordedCampaign.made(database)
    for turn in range(6):
        await made.ended(later(turn), (Outcome.ANSWERED, Outcome.ABANDONED, Outcome.HUNG_UP)[turn % 3], talk=9.0)
    [tally] = await made.world.abandonment.tallies(made.campaign.id, [MIDNIGHT], MIDNIGHT + timedelta(days=1), ())
    figures = figures_of(await read(made))
    assert (figures.live_answers, figures.abandoned) == (tally.connected + tally.dropped, tally.dropped) == (4, 2)


async def test_only_the_days_own_attempts_are_read(database: ContactDatabase) -> None:
    made = await RecordedCampaign.made(database)
    for at in (
        MIDNIGHT - timedelta(seconds=1),
        MIDNIGHT,
        MIDNIGHT + timedelta(hours=23.99),
        MIDNIGHT + timedelta(days=1),
    ):
        await made.ended(at.astimezone(UTC), Outcome.BUSY, 17)
    assert len((await read(made)).calls) == 2


async def test_agents_states_last_until_the_next_and_the_last_until_all_is_over(database: ContactDatabase) -> None:
    made = await RecordedCampaign.made(database)
    await made.ended(later(100), Outcome.NO_ANSWER, 19, line=200.0)
    await made.worked(
        "1001",
        [
            (MORNING - timedelta(days=2), AgentState.READY),
            (later(0), AgentState.TALKING),
            (later(60), AgentState.WRAP_UP),
            (later(90), AgentState.PAUSED),
            (later(150), AgentState.READY),
        ],
    )
    await made.worked("1002", [(MORNING - timedelta(days=3), AgentState.READY)])
    states = (await read(made)).states
    assert [(state.agent, state.activity, state.since, state.until) for state in states] == [
        ("1001", Activity.TALKING, 0.0, 60.0),
        ("1001", Activity.WRAPPING_UP, 60.0, 90.0),
        ("1001", Activity.AWAY, 90.0, 150.0),
        ("1001", Activity.IDLE, 150.0, 300.0),
    ]


async def test_work_for_another_campaign_is_absence(database: ContactDatabase) -> None:
    made, other = (
        await RecordedCampaign.made(database),
        await RecordedCampaign.made(database, replace(PLAN, name="spring")),
    )
    await made.ended(later(0), Outcome.BUSY, 17)
    await made.worked("1001", [(later(0), AgentState.READY), (later(50), AgentState.LOGGED_OUT)])
    await other.worked("1001", [(later(60), AgentState.READY), (later(90), AgentState.LOGGED_OUT)])
    await other.worked("1002", [(later(0), AgentState.READY), (later(90), AgentState.LOGGED_OUT)])
    day = await read(made)
    assert {state.agent for state in day.states} == {"1001"}
    assert figures_of(day).worked_hours == pytest.approx(50 / 3600)


async def test_a_day_without_attempts_says_where_there_are_some(database: ContactDatabase) -> None:
    made = await RecordedCampaign.made(database)
    with pytest.raises(NotFound, match=r"'autumn' made no attempts on 2026-11-20 .*it never made any"):
        await read(made)
    await made.ended(MORNING - timedelta(days=3), Outcome.BUSY, 17)
    await made.ended(MORNING + timedelta(days=2), Outcome.BUSY, 17)
    with pytest.raises(NotFound, match="the last one before was on 2026-11-17; the next one on 2026-11-22"):
        await read(made)


async def test_a_busy_day_becomes_a_plan(database: ContactDatabase) -> None:
    campaign = await busy_day(database, MORNING)
    day = await DatabaseRecordedDays(database).day(campaign, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    plan = plan_of(day)
    assert (plan.agents, plan.max_lines, plan.cap) == (3, 40, 0.02)
    assert plan.answer_probability == pytest.approx(1 / 3)
    assert plan.wrap_up_seconds == pytest.approx(30.0)
    assert plan.talk_seconds == pytest.approx(84.0, abs=2.0)
    assert figures_of(day).occupancy == pytest.approx(36 * 119 / 10795, abs=0.01)
