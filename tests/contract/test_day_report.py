"""What a daily report may rely on of who sat where, and of what ended when, held against fakes and real ones."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.bootstrap import segment_desk
from dialer.clock import ScaledClock
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign
from dialer.domain.day_report import DayReport
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.staff import NOWHERE, Move, Seat, Stay
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.reports.desk import DayReports
from dialer.engine.segments.desk import SegmentDesk
from dialer.ports import AgentNote, AgentRecord
from dialer.ports.day_report import DayReading, StaffBook
from dialer.ports.segments import WrittenSegment
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.day_report_reading import DatabaseDayReading
from integrations.contact_db.staff_book import DatabaseStaffBook
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import ANNA, BEN, NOW, claimed, closing, disposing, opened, seconds
from tests.fakes.contest import FakeContest
from tests.fakes.day_report import FakeDayReading, FakeStaffBook
from tests.fakes.segments import FakePeopleReading, fake_segment_desk

AMBER, BIRCH = Seat("Amber", "Room 1", "North"), Seat("Birch", "Room 2", "North")
ZONE = ZoneInfo("America/New_York")
DAY = NOW.astimezone(ZONE).date()
LATER = NOW + timedelta(days=1)


@dataclass
class Floor:
    staff: StaffBook
    reading: DayReading
    segments: SegmentDesk
    contest: FakeContest

    async def report(self, now: datetime = LATER, day: date = DAY) -> DayReport:
        clock = ScaledClock(now, 0.0, 1e-9)
        reports = DayReports(self.reading, self.staff, self.segments, self.contest, clock, zone=ZONE, least_hours=1.0)
        return await reports.of(day)


@pytest.fixture
def floor(world: World, real_database: ContactDatabase | None) -> Floor:
    clock = ScaledClock(NOW, 0.0, 1e-9)
    if real_database is not None:
        segments = segment_desk(real_database, clock, load_catalogue(None))
        return Floor(DatabaseStaffBook(real_database), DatabaseDayReading(real_database), segments, FakeContest())
    assert isinstance(world, FakeWorld)
    reading = FakeDayReading(world.book, FakePeopleReading(world.book))
    return Floor(FakeStaffBook(world.book), reading, fake_segment_desk(world.book, clock), FakeContest())


async def enroll(world: World, *agents: AgentId) -> None:
    for agent in agents:
        await world.agents.enroll(AgentRecord(agent, f"Agent {agent}", ServerName("main")))


async def spoken(
    world: World, campaign: Campaign, agent: AgentId | None, at: datetime, *, sold: bool = False, number: int = 0
) -> None:
    """A call that ended then, after 30 s with the agent."""
    lead = await claimed(world, campaign, f"+1202555{1000 + number}")
    attempt = await opened(world, lead, at=at - seconds(60))
    closed = closing(attempt, Outcome.ANSWERED if agent else Outcome.NO_ANSWER, agent=agent, at=at)
    if agent:
        end = replace(closed.ended.end, connected_at=at - seconds(30))
        closed = replace(closed, ended=replace(closed.ended, end=end))
    await world.attempts.close([closed])
    if agent:
        disposition = Disposition.SALE if sold else Disposition.NOT_INTERESTED
        await world.dispositions.dispose(replace(disposing(attempt, disposition, agent=agent), at=at + seconds(5)))


async def worked(world: World, campaign: Campaign, agent: AgentId, *states: tuple[datetime, AgentState]) -> None:
    await world.agents.note_states([AgentNote(agent, campaign.id, state, at, "") for at, state in states])


async def test_agents_are_in_one_place_at_a_time_and_history_is_kept(floor: Floor, world: World) -> None:
    await enroll(world, ANNA, BEN)
    hour = timedelta(hours=1)
    await floor.staff.move([Move(ANNA, AMBER, NOW), Move(BEN, AMBER, NOW), Move(ANNA, BIRCH, NOW + hour)])
    await floor.staff.move([Move(BEN, NOWHERE, NOW + 2 * hour)])
    assert await floor.staff.history(ANNA) == [
        Stay(ANNA, AMBER, NOW, NOW + hour),
        Stay(ANNA, BIRCH, NOW + hour),
    ]
    assert await floor.staff.history(BEN) == [Stay(BEN, AMBER, NOW, NOW + 2 * hour)]
    assert [one.seat for one in await floor.staff.stays(NOW + hour, NOW + 2 * hour)] == [BIRCH, AMBER]
    assert [one.agent for one in await floor.staff.stays(NOW + 2 * hour, NOW + 3 * hour)] == [ANNA]
    assert {agent: stay.ends_at for agent, stay in (await floor.staff.last()).items()} == {
        ANNA: None,
        BEN: NOW + 2 * hour,
    }


async def test_moves_that_can_not_be_change_nothing(floor: Floor, world: World) -> None:
    await enroll(world, ANNA, BEN)
    await floor.staff.move([Move(ANNA, AMBER, NOW)])
    with pytest.raises(Conflict):
        await floor.staff.move([Move(BEN, AMBER, NOW), Move(ANNA, BIRCH, NOW)])
    with pytest.raises(NotFound):
        await floor.staff.move([Move(BEN, AMBER, NOW), Move(AgentId("9999"), BIRCH, NOW)])
    assert await floor.staff.history(BEN) == []
    assert len(await floor.staff.history(ANNA)) == 1


async def test_a_team_that_moves_at_noon_is_counted_in_both_rooms_and_ranked_once(
    floor: Floor, world: World, campaign: Campaign
) -> None:
    await enroll(world, ANNA, BEN)
    noon = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=ZONE)
    await floor.staff.move(
        [Move(ANNA, AMBER, NOW - timedelta(days=9)), Move(ANNA, replace(AMBER, room="Room 3"), noon)]
    )
    await spoken(world, campaign, ANNA, noon - seconds(1), sold=True, number=1)
    await spoken(world, campaign, ANNA, noon, number=2)
    await spoken(world, campaign, None, noon, number=3)
    await worked(
        world,
        campaign,
        ANNA,
        (noon - timedelta(hours=1), AgentState.READY),
        (noon + timedelta(hours=3), AgentState.LOGGED_OUT),
    )
    report = await floor.report()
    [person], [team] = report.people, report.teams
    assert (person.rank, person.rate, person.name) == (1, 0.25, f"Agent {ANNA}")
    assert [(one.room, one.figures.answered, one.figures.sales) for one in person.stays] == [
        ("Room 1", 1, 1),
        ("Room 3", 1, 0),
    ]
    assert [one.figures.logged_in_seconds for one in person.stays] == [3600.0, 10800.0]
    assert (team.name, team.within, team.figures.talk_seconds) == ("Amber", "Room 1, North / Room 3, North", 60.0)
    assert {(one.name, one.figures.sales) for one in report.rooms} == {("Room 1", 1), ("Room 3", 0)}
    assert (report.counts.attempts, report.counts.figures.answered, report.so_far) == (3, 2, None)


async def test_a_call_counts_on_the_day_on_which_it_ended(floor: Floor, world: World, campaign: Campaign) -> None:
    await enroll(world, ANNA)
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZONE)
    await spoken(world, campaign, ANNA, midnight - timedelta(microseconds=1), number=1)
    await spoken(world, campaign, ANNA, midnight, number=2)
    await spoken(world, campaign, ANNA, midnight + timedelta(days=1), number=3)
    assert (await floor.report()).counts.attempts == 1


async def test_a_day_without_calls_is_shown_as_one(floor: Floor, world: World) -> None:
    report = await floor.report(day=DAY - timedelta(days=200))
    assert (report.counts.attempts, report.people, report.teams, report.effects) == (0, [], [], [])
    assert len(report.hours) == 24
    with pytest.raises(NotFound, match="has not begun"):
        await floor.report(day=DAY + timedelta(days=2))


async def test_a_day_that_is_not_over_is_counted_so_far(floor: Floor, world: World, campaign: Campaign) -> None:
    await enroll(world, ANNA)
    await worked(world, campaign, ANNA, (NOW, AgentState.READY))
    report = await floor.report(now=NOW + timedelta(hours=2))
    assert report.so_far is not None
    assert abs((report.so_far - NOW).total_seconds() - 7200) < 1
    assert abs(report.people[0].figures.logged_in_seconds - 7200) < 1


async def test_who_is_left_out_of_the_contest_is_named_with_the_reason(
    floor: Floor, world: World, campaign: Campaign
) -> None:
    await enroll(world, ANNA, BEN)
    for number, agent in enumerate((ANNA, BEN)):
        await spoken(world, campaign, agent, NOW + seconds(60), sold=agent == ANNA, number=number)
        await worked(world, campaign, agent, (NOW, AgentState.READY), (NOW + seconds(7200), AgentState.LOGGED_OUT))
    floor.contest.reasons[DAY] = {ANNA: "did not read the notice"}
    report = await floor.report()
    assert [(one.agent, one.rank, one.rate) for one in report.people] == [(BEN, 1, 0.0), (ANNA, None, None)]
    assert [(one.agent, one.reason) for one in report.left_out] == [(ANNA, "did not read the notice")]


async def test_effects_are_of_calls_that_agents_took_by_segment_and_offer(
    floor: Floor, world: World, campaign: Campaign
) -> None:
    await enroll(world, ANNA)
    assert (await floor.report()).no_effects == "there are no segments"
    await floor.segments.load([WrittenSegment("roamers", 10, "roams")], [], only=True)
    assert (await floor.report()).no_effects == "no agent took a call"
    await spoken(world, campaign, ANNA, NOW, sold=True, number=1)
    await spoken(world, campaign, None, NOW, number=2)
    [effect] = (await floor.report()).effects
    assert (effect.segment, effect.campaign, effect.answered, effect.sales) == ("(left over)", "spring", 1, 1)
    assert effect.low == pytest.approx(0.2065, abs=1e-3)


async def test_the_same_day_is_the_same_report(floor: Floor, world: World, campaign: Campaign) -> None:
    await enroll(world, ANNA, BEN)
    for number in range(6):
        agent = (ANNA, BEN, None)[number % 3]
        await spoken(world, campaign, agent, NOW + seconds(77.7 * number), sold=number < 3, number=number)
    assert await floor.report() == await floor.report(now=LATER + timedelta(days=40))
