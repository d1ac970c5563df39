"""What screens and the API see of the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.call import Attempt, close_as
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, ServerName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallBack, ClosedAttempt, Disposed
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.reading import DatabaseReadings, outcomes_by_attempt, totals
from integrations.http_api.readings import AttemptFilter, LeadEntry
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claim_known

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ENGINE = EngineName("engine-1")
ANNA = AgentId("1001")


@pytest.fixture
def world(database: ContactDatabase) -> DatabaseWorld:
    return DatabaseWorld(database)


@pytest.fixture
def readings(database: ContactDatabase) -> DatabaseReadings:
    return DatabaseReadings(database)


@pytest.fixture
async def campaign(world: DatabaseWorld) -> Campaign:
    return await world.campaigns.create(CampaignPlan("spring"))


async def dialed(world: DatabaseWorld, campaign: Campaign, number: int, *, answered: bool = False) -> AttemptId:
    """An attempt on a new lead, `number` minutes after NOW, busy or answered by Anna."""
    await world.add_lead(campaign.id, await world.add_contact(f"+1202555{number:04}", name=f"Contact {number}"))
    [lead] = await claim_known(world.stock, campaign.id, 1, ENGINE, NOW, until=LATER)
    at = NOW + timedelta(minutes=number)
    attempt = Attempt(
        AttemptId(f"00000000-0000-7000-8000-{number:012}"),
        campaign.id,
        lead.id,
        lead.contact,
        lead.numbers[0].id,
        lead.numbers[0].number,
        ServerName("main"),
        at,
        "allowed",
    )
    await world.attempts.open([attempt], ENGINE)
    end, outcome = CallEnd(cause=17, ended_at=at), Outcome.BUSY
    if answered:
        end, outcome = replace(end, answered_at=at, connected_at=at, agent=ANNA), Outcome.ANSWERED
    await world.attempts.close([ClosedAttempt(close_as(attempt, outcome, end, 3.5), LATER, False, 0)])
    return attempt.id


async def promised(world: DatabaseWorld, campaign: Campaign, number: int) -> AttemptId:
    attempt = await dialed(world, campaign, number, answered=True)
    due = LATER + timedelta(minutes=number)
    await world.dispositions.dispose(Disposed(attempt, ANNA, Disposition.CALL_BACK, NOW, "", CallBack(due, ANNA)))
    return attempt


async def test_attempts_come_the_latest_first_a_page_at_a_time(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    first, second, third = [await dialed(world, campaign, number) for number in range(3)]
    page = await readings.attempts(AttemptFilter(), None, 2)
    assert [line.id for line in page] == [third, second]
    assert [line.id for line in await readings.attempts(AttemptFilter(), second, 2)] == [first]


async def test_attempts_are_filtered(world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign) -> None:
    busy = await dialed(world, campaign, 1)
    answered = await dialed(world, campaign, 2, answered=True)
    await world.dispositions.dispose(Disposed(answered, ANNA, Disposition.SALE, NOW, "two of them"))
    minute = NOW + timedelta(minutes=2)
    for wanted, expected in [
        (AttemptFilter(campaign=campaign.id), {busy, answered}),
        (AttemptFilter(campaign=CampaignId(10**9)), set()),
        (AttemptFilter(agent=ANNA), {answered}),
        (AttemptFilter(outcome=Outcome.BUSY), {busy}),
        (AttemptFilter(disposition=Disposition.SALE), {answered}),
        (AttemptFilter(since=minute), {answered}),
        (AttemptFilter(until=minute), {busy}),
    ]:
        assert {line.id for line in await readings.attempts(wanted, None, 10)} == expected


async def test_one_attempt_is_shown_whole(world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign) -> None:
    attempt = await dialed(world, campaign, 2, answered=True)
    await world.dispositions.dispose(Disposed(attempt, ANNA, Disposition.SALE, NOW, "two of them"))
    line = await readings.attempt(attempt)
    assert (line.campaign, line.agent, line.outcome, line.cause) == ("spring", ANNA, Outcome.ANSWERED, 17)
    assert (line.number, line.ring_seconds) == (PhoneNumber("+12025550002"), 3.5)
    assert (line.disposition, line.note) == (Disposition.SALE, "two of them")
    with pytest.raises(NotFound):
        await readings.attempt(AttemptId("00000000-0000-7000-8000-999999999999"))


async def test_leads_come_by_number_a_page_at_a_time(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    await dialed(world, campaign, 1)
    await dialed(world, campaign, 2)
    [first] = await readings.leads(campaign.id, None, None, 1)
    [second] = await readings.leads(campaign.id, LeadStatus.WAITING, first.id, 10)
    assert (first.name, second.name) == ("Contact 1", "Contact 2")
    assert (second.campaign, second.reason, second.last_outcome) == ("spring", "after busy", Outcome.BUSY)
    assert await readings.leads(campaign.id, LeadStatus.DONE, None, 10) == []


async def test_call_backs_come_the_earliest_first_until_they_are_kept(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    first, second = [await promised(world, campaign, number) for number in (1, 2)]
    assert [line.attempt for line in await readings.call_backs(None, None, None, 1)] == [first]
    assert [line.attempt for line in await readings.call_backs(campaign.id, ANNA, first, 9)] == [second]
    assert await readings.call_backs(None, AgentId("1002"), None, 9) == []
    await world.database.run(lambda connection: connection.exec_driver_sql("UPDATE call_backs SET kept_at = now()"))
    assert await readings.call_backs(None, None, None, 9) == []


async def test_a_cancelled_call_back_leaves_its_lead_to_the_others(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    attempt = await promised(world, campaign, 1)
    await readings.cancel_call_back(attempt, NOW)
    assert await readings.call_backs(None, None, None, 9) == []
    assert await world.stock.wake(NOW) == 1
    [lead] = await claim_known(world.stock, campaign.id, 1, ENGINE, NOW, until=LATER)
    assert (lead.call_back_at, lead.call_back_agent) == (None, None)
    with pytest.raises(NotFound):
        await readings.cancel_call_back(attempt, NOW)


async def test_totals_and_outcomes_agree(world: DatabaseWorld, database: ContactDatabase, campaign: Campaign) -> None:
    busy, answered = await dialed(world, campaign, 1), await dialed(world, campaign, 2, answered=True)
    assert await totals(database, campaign.id) == {Outcome.BUSY: 1, Outcome.ANSWERED: 1}
    assert await outcomes_by_attempt(database, campaign.id) == {
        busy: (Outcome.BUSY, None),
        answered: (Outcome.ANSWERED, ANNA),
    }


async def test_a_lead_is_added_with_its_contact_and_only_once(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    number = PhoneNumber("+12025550101")
    entry = LeadEntry([number, number], "Zoë", "crm-7", {"plan": "gold"}, "America/Chicago", 4.5)
    lead = await readings.add_lead(campaign.id, entry, NOW)
    [claimed] = await claim_known(world.stock, campaign.id, 9, ENGINE, NOW, until=LATER)
    assert (claimed.id, claimed.score, claimed.time_zone) == (lead, 4.5, "America/Chicago")
    assert [held.number for held in claimed.numbers] == [number]
    with pytest.raises(Conflict, match="lead of the campaign already"):
        await readings.add_lead(campaign.id, entry, NOW)
    with pytest.raises(NotFound, match="no campaign with number 1000000000"):
        await readings.add_lead(CampaignId(10**9), entry, NOW)


async def test_a_contact_known_by_its_key_is_brought_up_to_date(
    world: DatabaseWorld, readings: DatabaseReadings, campaign: Campaign
) -> None:
    other = await world.campaigns.create(CampaignPlan("autumn"))
    await readings.add_lead(
        campaign.id, LeadEntry([PhoneNumber("+12025550101")], "Zoe", "crm-7", {"plan": "gold", "age": "40"}), NOW
    )
    await readings.add_lead(other.id, LeadEntry([PhoneNumber("+12025550102")], "Zoë", "crm-7", {"plan": "silver"}), NOW)
    [lead] = await claim_known(world.stock, other.id, 9, ENGINE, NOW, until=LATER)
    card = await world.contacts.card(lead.contact)
    assert (card.name, card.attributes) == ("Zoë", {"plan": "silver", "age": "40"})
    assert {held.e164 for _, held in card.numbers} == {"+12025550101", "+12025550102"}


async def test_the_database_answers(readings: DatabaseReadings) -> None:
    await readings.answers()
