"""What the API may rely on when it reads leads, attempts and call-backs, held against the fake and real databases."""

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AttemptId, CampaignId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallBack
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.reading import DatabaseReadings
from integrations.http_api.readings import AttemptFilter, LeadEntry, Readings
from tests.api.readings import FakeReadings
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import ANNA, BEN, FIRST, NOW, SECOND, THIRD, claimed, closing, disposing, opened, seconds

ALL = AttemptFilter()
NOBODYS = AttemptId("00000000-0000-7000-8000-000000000000")


@pytest.fixture
def readings(world: World, real_database: ContactDatabase | None) -> Readings:
    if real_database is not None:
        return DatabaseReadings(real_database)
    assert isinstance(world, FakeWorld)
    return FakeReadings(world.book)


def entry(number: str = FIRST, key: str = "", name: str = "Ada") -> LeadEntry:
    return LeadEntry((PhoneNumber(number),), name, key, {"plan": "gold"}, "Europe/Berlin", 3.0)


async def promised(world: World, campaign: Campaign, number: str, *, after: float, to_anna: bool = True) -> AttemptId:
    """An attempt in which a call-back was promised, so long after now."""
    attempt = await opened(world, await claimed(world, campaign, number))
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA)])
    back = CallBack(NOW + seconds(after), ANNA if to_anna else None)
    await world.dispositions.dispose(disposing(attempt, Disposition.CALL_BACK, back))
    return attempt.id


async def test_the_database_answers(readings: Readings) -> None:
    await readings.answers()


async def test_leads_come_by_their_numbers_in_pages_and_by_status(
    world: World, readings: Readings, campaign: Campaign
) -> None:
    lead = await claimed(world, campaign, THIRD)
    leads = [await world.add_lead(campaign.id, await world.add_contact(one, name=one)) for one in (FIRST, SECOND)]
    read = await readings.leads(campaign.id, None, None, 10)
    assert [line.id for line in read] == sorted([*leads, lead.id])
    assert [line.id for line in await readings.leads(campaign.id, None, leads[0], 1)] == [leads[1]]
    leased = await readings.leads(campaign.id, LeadStatus.LEASED, None, 10)
    assert [(line.id, line.status) for line in leased] == [(lead.id, LeadStatus.LEASED)]
    assert await readings.leads(CampaignId(999), None, None, 10) == []


async def test_a_lead_tells_how_its_last_attempt_ended(world: World, readings: Readings, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.attempts.close([closing(attempt, Outcome.BUSY, NOW + seconds(600))])
    [line] = await readings.leads(campaign.id, LeadStatus.WAITING, None, 10)
    assert (line.last_outcome, line.last_attempt_at) == (Outcome.BUSY, NOW + seconds(30))
    assert (line.reason, line.due_at, line.attempts) == ("after busy", NOW + seconds(600), 1)


async def test_attempts_come_the_latest_first_and_by_what_is_asked(
    world: World, readings: Readings, campaign: Campaign
) -> None:
    first = await opened(world, await claimed(world, campaign, FIRST), ANNA)
    await world.attempts.close([closing(first, Outcome.ANSWERED, agent=ANNA)])
    await world.dispositions.dispose(disposing(first, Disposition.SALE))
    later = await opened(world, await claimed(world, campaign, SECOND), at=NOW + seconds(5))
    await world.attempts.close([closing(later, Outcome.BUSY, NOW + seconds(600))])
    assert [line.id for line in await readings.attempts(ALL, None, 10)] == [later.id, first.id]
    assert [line.id for line in await readings.attempts(ALL, later.id, 10)] == [first.id]
    for wanted, found in (
        (AttemptFilter(agent=ANNA), [first.id]),
        (AttemptFilter(agent=BEN), []),
        (AttemptFilter(outcome=Outcome.BUSY), [later.id]),
        (AttemptFilter(disposition=Disposition.SALE), [first.id]),
        (AttemptFilter(since=NOW + seconds(5)), [later.id]),
        (AttemptFilter(until=NOW + seconds(5)), [first.id]),
        (AttemptFilter(campaign=campaign.id), [later.id, first.id]),
    ):
        assert [line.id for line in await readings.attempts(wanted, None, 10)] == found
    line = await readings.attempt(first.id)
    assert (line.agent, line.outcome, line.disposition, line.note) == (
        ANNA,
        Outcome.ANSWERED,
        Disposition.SALE,
        "spoke",
    )
    assert (line.ended_at, line.ring_seconds, line.number) == (NOW + seconds(30), 12.5, PhoneNumber(FIRST))
    with pytest.raises(NotFound):
        await readings.attempt(NOBODYS)


async def test_call_backs_come_the_earliest_first_by_campaign_and_agent(
    world: World, readings: Readings, campaign: Campaign
) -> None:
    other = await world.campaigns.create(CampaignPlan("winter"))
    late = await promised(world, campaign, FIRST, after=7200)
    soon = await promised(world, campaign, SECOND, after=3600, to_anna=False)
    theirs = await promised(world, other, THIRD, after=5000)
    assert [line.attempt for line in await readings.call_backs(None, None, None, 10)] == [soon, theirs, late]
    assert [line.attempt for line in await readings.call_backs(campaign.id, None, soon, 10)] == [late]
    assert [line.attempt for line in await readings.call_backs(campaign.id, ANNA, None, 10)] == [late]
    [line] = await readings.call_backs(other.id, None, None, 10)
    assert (line.due_at, line.agent, line.made_at) == (NOW + seconds(5000), ANNA, NOW + seconds(60))


async def test_a_call_back_that_is_cancelled_is_due_at_once_as_any_lead(
    world: World, readings: Readings, campaign: Campaign
) -> None:
    attempt = await promised(world, campaign, FIRST, after=3600)
    await readings.cancel_call_back(attempt, NOW)
    assert await readings.call_backs(None, None, None, 10) == []
    [line] = await readings.leads(campaign.id, None, None, 10)
    assert (line.status, line.due_at, line.reason) == (LeadStatus.WAITING, NOW, "")
    with pytest.raises(NotFound):
        await readings.cancel_call_back(attempt, NOW)


async def test_a_lead_is_added_with_its_contact_once_a_campaign(
    world: World, readings: Readings, campaign: Campaign
) -> None:
    lead = await readings.add_lead(campaign.id, entry(key="crm-7"), NOW)
    [line] = await readings.leads(campaign.id, None, None, 10)
    assert (line.id, line.name, line.score, line.status) == (lead, "Ada", 3.0, LeadStatus.READY)
    with pytest.raises(Conflict):
        await readings.add_lead(campaign.id, entry(key="crm-7"), NOW)
    other = await world.campaigns.create(CampaignPlan("winter"))
    await readings.add_lead(other.id, entry(key="crm-7", name="Ada L."), NOW)
    [seen] = await readings.leads(other.id, None, None, 10)
    assert (seen.contact, seen.name) == (line.contact, "Ada L.")
    await readings.add_lead(campaign.id, entry(SECOND), NOW)
    assert len(await readings.leads(campaign.id, None, None, 10)) == 2
    with pytest.raises(NotFound):
        await readings.add_lead(CampaignId(999), entry(THIRD), NOW)
