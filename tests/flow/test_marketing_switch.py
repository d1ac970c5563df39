"""Marketing goes off when inbound service falls, and comes back when it was good for long enough; in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable, NotFound
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.service_group import ServiceGroup
from dialer.engine.feed import SwitchMoved
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.rule import SwitchRule
from pacing.marketing.verdict import Cause, SwitchState
from tests.flow.callers import Callers
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime

RULE = SwitchRule(
    sustained_minutes=5,
    minimum_offered=5,
    least_open_seconds=0,
    least_closed_seconds=60,
    ramp_seconds=120,
    busy_first_days=0,
    busy_last_days=0,
)
CITY = ServiceGroup("city", ("service",), RULE)


@asynccontextmanager
async def floor(folder: Path, group: ServiceGroup = CITY, *, leads: int = 300) -> AsyncIterator[tuple[Rig, Callers]]:
    """Four agents, a running campaign of the group, and nobody calling in yet."""
    rig = new_rig(folder, groups=[group])
    rig.telephony.queues.open("service")
    await rig.make_campaign(service_group="city", wrap_up_seconds=5)
    for _ in range(leads):
        rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001", "1002", "1003", "1004")
        await rig.desk.start_campaign("autumn")
        yield rig, Callers(rig)


def state(rig: Rig) -> SwitchState:
    return rig.desk.marketing.status("city").verdict.memory.state


def figures_of(rig: Rig) -> ServiceFigures:
    figures = rig.desk.marketing.status("city").figures
    assert figures is not None
    return figures


def causes(rig: Rig) -> set[Cause]:
    return {one.cause for one in rig.desk.marketing.status("city").verdict.holding}


async def opened(rig: Rig) -> None:
    await rig.until(lambda: state(rig) is SwitchState.OPEN, 900)


async def test_marketing_begins_only_after_the_sustained_time_was_seen(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        began = rig.clock.monotonic()
        await rig.clock.sleep(240)
        assert rig.telephony.orders == []
        assert causes(rig) >= {Cause.NOT_SUSTAINED}
        await opened(rig)
        assert 290 <= rig.clock.monotonic() - began <= 370
        await rig.until(lambda: len(rig.telephony.orders) > 0, 120)


async def test_a_flood_of_callers_ends_new_calls_within_half_a_second(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        await rig.until(lambda: len(rig.telephony.orders) > 5, 600)
        await callers.come(12, talk_seconds=300)
        await rig.clock.sleep(20.2)  # the threshold passes for all at once
        await rig.clock.sleep(0.5)
        placed = len(rig.telephony.orders)
        assert state(rig) is SwitchState.CLOSED
        assert causes(rig) >= {Cause.RATE}
        await rig.clock.sleep(120)
        assert len(rig.telephony.orders) == placed
        change = (await rig.desk.marketing.changes("city", 1))[0]
        assert (change.state, change.causes) == (SwitchState.CLOSED, (Cause.RATE,))
        assert change.figures["day"]["offered"] == 12
        assert change.figures["target"] == RULE.target
        assert "target" in change.words


async def test_lines_that_ring_when_marketing_goes_off_are_served(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        await rig.until(lambda: rig.engine.floor.tracker.lines(rig.campaign.id) > 0, 120)
        await rig.desk.marketing.close("city", "Ann", "fire drill", None)
        ringing = len(rig.telephony.orders)
        await rig.until(lambda: rig.outcomes().total() == ringing, 300)
        assert rig.outcomes()[Outcome.ANSWERED] == ringing
        assert len(rig.telephony.orders) == ringing


async def test_shared_agents_go_to_inbound_at_once_and_back_with_their_penalty(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        await rig.clock.sleep(1)
        assert {duty.penalty for duty in callers.duties().values()} == {CITY.open_penalty}
        await rig.desk.marketing.close("city", "Ann", "fire drill", None)
        await rig.clock.sleep(0.5)
        duties = callers.duties()
        assert set(duties) == {"1001", "1002", "1003", "1004"}
        assert {duty.penalty for duty in duties.values()} == {0}
        rig.desk.log_out(AgentId("1004"))
        rig.desk.pause(AgentId("1003"), "break")
        await rig.until(lambda: "1004" not in callers.duties(), 120)
        await rig.until(lambda: callers.duties()["1003"].paused, 120)
        assert callers.duties()["1003"].reason == "break"


async def test_marketing_comes_back_after_the_sustained_time_and_ramps_up(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        await callers.come(6, talk_seconds=300)
        await rig.clock.sleep(25)
        assert state(rig) is SwitchState.CLOSED
        await callers.desks_at_work(6)
        flood_over = rig.clock.monotonic()
        await rig.clock.sleep(61)  # a step of its own
        for _ in range(40):  # good service, until the day's rate is on target again
            await callers.come(1)
            await rig.clock.sleep(1.1)
        assert (rig.desk.marketing.status("city").verdict.rate or 0.0) >= RULE.target
        assert state(rig) is SwitchState.CLOSED
        placed = len(rig.telephony.orders)
        await opened(rig)
        assert rig.clock.monotonic() - flood_over >= 240
        await rig.clock.sleep(2)
        assert len(rig.telephony.orders) <= placed + 1  # most agents are kept back at first
        await rig.until(lambda: len(rig.telephony.orders) > placed + 6, 300)


async def test_a_lost_link_closes_and_its_gap_must_be_sat_out(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        rig.telephony.link_down()
        await rig.clock.sleep(14)
        assert state(rig) is SwitchState.OPEN
        await rig.clock.sleep(3.5)
        assert causes(rig) >= {Cause.UNMEASURED}
        rig.telephony.link_up()
        await rig.clock.sleep(200)
        assert state(rig) is SwitchState.CLOSED
        assert causes(rig) == {Cause.NOT_SUSTAINED}
        await opened(rig)


async def test_a_link_lost_for_a_moment_does_not_close(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        rig.telephony.link_down()
        await rig.clock.sleep(5)
        rig.telephony.link_up()
        await rig.clock.sleep(60)
        assert state(rig) is SwitchState.OPEN


async def test_a_supervisor_closes_with_a_reason_and_lifts_it_again(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        with rig.desk.feed.subscribe() as events:
            status = await rig.desk.marketing.close("city", "Ann", "network outage", None)
            told = [await events.next() for _ in range(events._queue.qsize())]
        assert any(isinstance(event, SwitchMoved) and event.state is SwitchState.CLOSED for event in told)
        assert status.order is not None
        assert (status.order.by, status.order.why) == ("Ann", "network outage")
        assert "Ann" in status.verdict.holding[0].words
        assert "network outage" in status.verdict.holding[0].words
        await rig.clock.sleep(600)
        assert causes(rig) == {Cause.BY_HAND}
        await rig.desk.marketing.lift("city", "Bob", "all is well")
        await opened(rig)
        with pytest.raises(Conflict):
            await rig.desk.marketing.lift("city", "Bob", "once more")
        with pytest.raises(NotFound):
            await rig.desk.marketing.close("town", "Ann", "no such group", None)


async def test_an_order_with_an_end_ends_by_itself(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        await rig.desk.marketing.close("city", "Ann", "lunch", rig.clock.now() + timedelta(minutes=10))
        await rig.clock.sleep(590)
        assert state(rig) is SwitchState.CLOSED
        await rig.clock.sleep(20)
        assert state(rig) is SwitchState.OPEN


async def test_an_order_given_to_another_engine_closes_here_too(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)
        other = await rig.desk.marketing.close("city", "Ann", "drill", None)
        assert other.order is not None
        await rig.switch_book.lift("city", "Bob", "done", rig.clock.now())
        await opened(rig)
        await rig.switch_book.close("city", replace(other.order, at=rig.clock.now().timestamp()))
        await rig.clock.sleep(1.6)
        assert causes(rig) >= {Cause.BY_HAND}


async def test_promised_call_backs_are_kept_while_marketing_is_off(tmp_path: Path) -> None:
    async with floor(tmp_path, leads=1) as (rig, callers):
        await opened(rig)
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING, 120)
        agent = rig.engine.floor.roster.known(AgentId("1001"))
        assert agent.attempt is not None
        due = rig.clock.now() + timedelta(minutes=6)
        await rig.desk.dispose(agent.id, agent.attempt, Disposition.CALL_BACK, call_back_at=due)
        await callers.come(12, talk_seconds=300)
        await rig.clock.sleep(30)
        assert state(rig) is SwitchState.CLOSED
        rig.lead("00")
        await callers.desks_at_work(12)
        assert len(rig.telephony.orders) == 1
        await rig.until(lambda: len(rig.telephony.orders) == 2, 600)
        assert state(rig) is SwitchState.CLOSED
        await rig.clock.sleep(300)
        assert len(rig.telephony.orders) == 2


async def test_call_backs_too_wait_when_the_setting_says_so(tmp_path: Path) -> None:
    group = replace(CITY, rule=replace(RULE, keep_call_backs=False))
    async with floor(tmp_path, group, leads=1) as (rig, callers):
        await opened(rig)
        await rig.until(lambda: rig.state_of("1001") is AgentState.TALKING, 120)
        attempt = rig.engine.floor.roster.known(AgentId("1001")).attempt
        assert attempt is not None
        due = rig.clock.now() + timedelta(minutes=2)
        await rig.desk.dispose(AgentId("1001"), attempt, Disposition.CALL_BACK, call_back_at=due)
        await callers.come(12, talk_seconds=300)
        await rig.clock.sleep(400)
        assert len(rig.telephony.orders) == 1


async def test_a_short_restart_goes_on_with_what_was_counted_and_a_long_one_closes(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, groups=[CITY])
    rig.telephony.queues.open("service")
    await rig.make_campaign(service_group="city")
    async with rig.until_killed():
        callers = Callers(rig)
        await opened(rig)
        await callers.desks_at_work(8)
        await callers.come(8)
        await rig.clock.sleep(5)
    await rig.clock.sleep(5)
    async with rig.until_killed():
        await rig.clock.sleep(2)
        assert state(rig) is SwitchState.OPEN
        figures = figures_of(rig)
        assert (figures.day.offered, figures.day.within) == (8, 8)
    await rig.clock.sleep(60)
    async with rig.until_killed():
        await rig.clock.sleep(2)
        assert state(rig) is SwitchState.CLOSED
        figures = figures_of(rig)
        assert figures.day.offered == 8
        assert figures.day_blind
        assert figures.steps[-1].blind


async def test_callers_who_waited_through_a_lost_link_are_found_again(tmp_path: Path) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        for agent in ("1001", "1002", "1003", "1004"):
            rig.desk.pause(AgentId(agent), "break")
        await rig.until(lambda: rig.desk.marketing.status("city").figures is not None, 60)
        await rig.until(lambda: all(duty.paused for duty in callers.duties().values()), 200)
        await callers.come(3)
        await rig.clock.sleep(2)
        rig.telephony.link_down()
        await rig.clock.sleep(5)
        rig.telephony.link_up()
        await rig.clock.sleep(2)
        figures = figures_of(rig)
        assert figures.waiting == 3
        assert figures.longest_wait_seconds >= 7
        await callers.desks_at_work(3)
        figures = figures_of(rig)
        assert (figures.waiting, figures.day.answered) == (0, 3)


async def test_a_campaign_whose_group_is_not_set_up_is_not_dialed(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, groups=[CITY])
    rig.telephony.queues.open("service")
    await rig.make_campaign(service_group="town")
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(600)
        assert rig.telephony.orders == []
        assert "town" in rig.desk.campaigns()[0].decision


async def test_a_group_without_a_queue_stays_closed(tmp_path: Path) -> None:
    async with floor(tmp_path, ServiceGroup("city", (), RULE)) as (rig, _):
        await rig.clock.sleep(900)
        assert causes(rig) == {Cause.NO_RULE}
        assert rig.telephony.orders == []


@pytest.mark.parametrize("purpose", ["service", "marketing"])
async def test_service_calls_are_not_the_switchs_to_stop(tmp_path: Path, purpose: str) -> None:
    rig = new_rig(tmp_path, groups=[CITY])
    rig.telephony.queues.open("service")
    await rig.make_campaign(service_group="city", purpose=purpose)
    rig.lead("00")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.marketing.close("city", "Ann", "drill", None)
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(30)
        assert len(rig.telephony.orders) == (purpose == "service")


async def test_what_was_committed_before_marketing_went_off_is_not_placed_after(tmp_path: Path) -> None:
    async with floor(tmp_path, leads=40) as (rig, _):
        rig.book.opening_seconds = 3.0
        await opened(rig)
        await rig.until(lambda: len(rig.engine.floor.tracker) > 0, 300)
        placed = len(rig.telephony.orders)
        await rig.desk.marketing.close("city", "Ann", "drill", None)
        await rig.clock.sleep(30)
        assert len(rig.telephony.orders) == placed
        assert rig.outcomes()[Outcome.NOT_PLACED] >= 1


async def test_who_asks_before_the_engine_knows_sees_it_closed_and_nothing_is_noted(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, groups=[CITY])
    rig.new_engine()
    [status] = rig.desk.marketing.statuses()
    assert not status.verdict.open
    assert status.verdict.holding[0].words == "inbound service is not known yet"
    async with rig.working():
        await rig.clock.sleep(1)
    assert "not known" not in str(rig.switch_book.noted)


async def test_a_decision_that_fails_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with floor(tmp_path) as (rig, _):
        await opened(rig)

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("dialer.engine.marketing_switch.decide", broken)
        await rig.until(lambda: state(rig) is SwitchState.CLOSED, 2)
        assert "ZeroDivisionError" in rig.desk.marketing.status("city").verdict.holding[0].words


async def test_changes_wait_for_a_database_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        await rig.clock.sleep(1)
        note = rig.switch_book.note

        async def away(*_: object) -> None:
            raise DatabaseUnavailable("down")

        monkeypatch.setattr(rig.switch_book, "note", away)
        await callers.come(12, talk_seconds=300)
        await rig.clock.sleep(30)
        assert state(rig) is SwitchState.CLOSED
        assert (await rig.desk.marketing.changes("city", 1))[0].state is SwitchState.OPEN
        monkeypatch.setattr(rig.switch_book, "note", note)
        await rig.clock.sleep(5)
        assert (await rig.desk.marketing.changes("city", 1))[0].state is SwitchState.CLOSED


async def test_a_change_that_the_database_refuses_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with floor(tmp_path) as (rig, callers):
        await opened(rig)
        await rig.clock.sleep(1)

        async def refused(*_: object) -> None:
            raise BadInput("can't be stored")

        monkeypatch.setattr(rig.switch_book, "note", refused)
        await callers.come(12, talk_seconds=300)
        await rig.clock.sleep(30)
        assert state(rig) is SwitchState.CLOSED
        monkeypatch.undo()
        await rig.desk.marketing.close("city", "Ann", "drill", None)
        await callers.desks_at_work(12)
        await rig.clock.sleep(60)
        assert causes(rig) >= {Cause.BY_HAND}
