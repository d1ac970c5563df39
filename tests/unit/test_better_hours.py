"""Leads are called in the hours in which they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import CampaignId, ContactId, EngineName, LeadId
from dialer.domain.lead import Lead, LeadStatus
from dialer.engine.better_hours import BETTER_HOUR, BetterHours, better_hour
from dialer.engine.hopper import Hopper
from dialer.engine.proof import Proof
from dialer.ports.scores import HOURS
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.proof_book import FakeProofBook

ENGINE = EngineName("engine-1")
BERLIN = ZoneInfo("Europe/Berlin")
EARLY = {hour: 0.40 if hour < 13 else 0.08 for hour in HOURS}
LATE = {hour: 0.08 if hour < 13 else 0.40 for hour in HOURS}


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def a_lead() -> Lead:
    return Lead(LeadId(1), CampaignId(1), ContactId(1), (), 1.0, 0, time_zone="Europe/Berlin")


@dataclass
class Kept:
    """Chances that are kept with leads."""

    chances: Mapping[LeadId, Sequence[float]]
    away: bool = False

    async def of(self, leads: Mapping[LeadId, ContactId]) -> Mapping[LeadId, Sequence[float]]:
        if self.away:
            raise DatabaseUnavailable("away")
        return {lead: self.chances[lead] for lead in leads if lead in self.chances}


@dataclass
class Floor:
    """A list whose people answer by the hour, each called once, so many an hour."""

    book: FakeContactBook
    hopper: Hopper
    chances: Mapping[LeadId, Sequence[float]]

    async def hour(self, hour: int, calls: int, random: Random) -> tuple[int, int]:
        """Calls and answers of an hour."""
        made = answered = 0
        for minute in range(0, 60, 5):
            now = at(hour, minute)
            await self.book.wake(now)
            await self.hopper.refill(20, now)
            for lead in self.hopper.take(min(calls - made, calls // 12), lambda _: None):
                made += 1
                answered += random.random() < self.chances[lead.id][HOURS.index(hour)]
                self.book.leads[lead.id].move(LeadStatus.DONE)
        await self.hopper.settle_blocked()
        return made, answered


def floor_of(people: int, *, timed: bool) -> Floor:
    book, random = FakeContactBook(), Random(3)
    chances = {}
    for number in range(people):
        contact = book.add_contact(f"+49301{number:06}", time_zone="Europe/Berlin")
        lead = book.add_lead(CampaignId(1), contact, random.random())
        chances[lead] = list(random.choice((EARLY, LATE)).values())
    hours = BetterHours(Kept(chances)) if timed else None
    hopper = Hopper(CampaignId(1), book, Proof(FakeProofBook(), ENGINE), ENGINE, 1200.0, hours)
    return Floor(book, hopper, chances)


async def day(floor: Floor) -> tuple[int, int]:
    random = Random(5)
    hours = [await floor.hour(hour, 60, random) for hour in range(9, 19)]
    return sum(made for made, _ in hours), sum(answered for _, answered in hours)


async def test_more_of_the_calls_are_answered_when_leads_wait_for_their_hour() -> None:
    made, answered = await day(floor_of(1_500, timed=False))
    timed_made, timed_answered = await day(floor_of(1_500, timed=True))
    assert made == timed_made == 600
    assert answered / made == pytest.approx(0.24, abs=0.04)
    assert timed_answered / timed_made > 1.3 * answered / made


async def test_nobody_idles_for_leads_that_wait() -> None:
    """A list that is called through before the day ends."""
    floor, random = floor_of(300, timed=True), Random(5)
    made = [(await floor.hour(hour, 120, random))[0] for hour in (9, 10, 11)]
    assert sum(made) == 300


async def test_a_lead_that_waits_is_ready_when_its_hour_comes() -> None:
    floor = floor_of(40, timed=True)
    late = [lead for lead, chances in floor.chances.items() if chances == list(LATE.values())]
    await floor.hopper.refill(20, at(9))
    await floor.hopper.settle_blocked()
    waiting = [one for one in floor.book.leads.values() if one.reason == BETTER_HOUR]
    assert 0 < len(waiting) <= 10
    assert {one.id for one in waiting} <= set(late)
    assert {one.due_at for one in waiting} == {at(13)}
    await floor.book.wake(at(13))
    assert all(one.status is LeadStatus.READY for one in waiting)


async def test_pacing_is_told_the_chance_of_the_hour_of_the_call() -> None:
    hours = BetterHours(Kept({LeadId(1): list(EARLY.values())}))
    for hour, chance in ((9, 0.40), (15, 0.08)):
        [lead], waiting = await hours.sorted_out([a_lead()], at(hour))
        assert (lead.answer_probability, waiting) == (chance, [])


async def test_without_the_database_leads_are_called_as_they_are() -> None:
    lead = a_lead()
    assert await BetterHours(Kept({}, away=True)).sorted_out([lead], at(9)) == ([lead], [])


def test_a_lead_waits_for_a_clearly_better_hour_of_today_alone() -> None:
    late = list(LATE.values())
    found = better_hour(a_lead(), late, at(9))
    assert found is not None
    assert found[0] == pytest.approx(5.0)
    assert found[1] == at(13)
    assert better_hour(a_lead(), late, at(14)) is None
    assert better_hour(a_lead(), list(EARLY.values()), at(9)) is None
    assert better_hour(a_lead(), [0.40 if hour < 20 else 0.9 for hour in HOURS], at(9)) is None
    assert better_hour(a_lead(), [0.40 if hour < 13 else 0.45 for hour in HOURS], at(9)) is None
    assert better_hour(a_lead(), [0.004 if hour < 13 else 0.01 for hour in HOURS], at(9)) is None
    assert better_hour(a_lead(), [], at(9)) is None
    assert better_hour(a_lead(), late, at(3)) is None


@pytest.mark.parametrize(
    "lead", [replace(a_lead(), deadline=at(10)), replace(a_lead(), call_back_at=at(9))], ids=["raised", "promised"]
)
def test_what_was_promised_does_not_wait(lead: Lead) -> None:
    assert better_hour(lead, list(LATE.values()), at(9)) is None
