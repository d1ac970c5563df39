"""Calls read for training, leads read and written for ranking, on a real database."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import DialerError
from dialer.domain.ids import ContactId, LeadId
from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.scoring.contact_history import PastAttempt, load_rule, points_of_history
from dialer.engine.scoring.expected_value import ValueTiers
from dialer.engine.scoring.rescoring import Rescoring, ScoringPlan
from dialer.engine.scoring.scorer import ScorerName
from dialer.ports.scores import Asked, LeadPage, RankedLeads
from integrations.contact_db import lead_pages, lead_ranks
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_ranks import DatabaseLeadRanks
from integrations.contact_db.score_book import DatabaseScoreBook
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claim
from tests.database.recorded_campaign import RecordedCampaign

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SAY = text("""
INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)
VALUES (:contact, 'mood', :source, 'personal', to_jsonb(CAST(:value AS text)), :trust, :at)
""")

LIVE_IN = text("UPDATE contacts SET time_zone = :zone WHERE id = :contact")
CALLED = text("UPDATE leads SET attempts = 2, last_outcome = 'busy', last_attempt_at = :at WHERE id = :lead")


@pytest.fixture
def ranks(database: ContactDatabase) -> DatabaseLeadRanks:
    return DatabaseLeadRanks(database, load_rule(None))


@pytest.fixture
def rescoring(database: ContactDatabase, ranks: DatabaseLeadRanks) -> Rescoring:
    return Rescoring(DatabaseScoreBook(database), ranks, ScoringPlan(ValueTiers()))


async def only_page(ranks: DatabaseLeadRanks, campaign: Campaign, at: datetime = AT) -> LeadPage:
    read = await ranks.reader(campaign.id, at, Asked(history=True))
    [stretch] = await ranks.stretches(campaign.id)
    return await read(stretch)


async def listed(database: ContactDatabase, *spends: str) -> tuple[DatabaseWorld, Campaign, list[LeadId]]:
    """A campaign with a lead for each monthly spend; none: nothing is known of it."""
    world = DatabaseWorld(database)
    campaign = await DatabaseCampaignBook(database).create(CampaignPlan("spring"))
    leads = []
    for place, spend in enumerate(spends):
        known = {"monthly_spend": spend, "duration": "99"} if spend else {}
        contact = await world.add_contact(f"+120255501{place:02}", attributes=known)
        leads.append(await world.add_lead(campaign.id, contact, float(place)))
    return world, campaign, leads


async def test_only_what_was_said_before_a_call_is_known_of_it(
    database: ContactDatabase, ranks: DatabaseLeadRanks
) -> None:
    made = await RecordedCampaign.made(database)
    call = await made.ended(AT, Outcome.ANSWERED, talk=120.0, disposition=Disposition.SALE)
    other = await made.ended(AT + timedelta(minutes=1), Outcome.NO_ANSWER)
    said = (("crm", "calm", 0.5, -5), ("agent", "glad", 0.9, -9), ("later", "angry", 1.0, 5))
    for source, value, trust, minutes in said:
        at = AT + timedelta(minutes=minutes)
        await database.fetch(SAY, {"contact": call.contact, "source": source, "value": value, "trust": trust, "at": at})
    calls = await ranks.calls(made.campaign.id, AT + timedelta(hours=1))
    assert list(calls.contacts) == [call.contact, other.contact]
    assert list(calls.columns["mood"]) == ["glad", ""]
    assert list(calls.answered) == [1.0, 0.0]
    assert list(calls.sold) == [1.0, 0.0]
    assert list(calls.columns["local_hour"]) == [15.0, 15.0]
    assert calls.talk_minutes == pytest.approx(2.0, abs=0.2)
    assert len((await ranks.calls(made.campaign.id, AT)).contacts) == 0


async def test_a_lead_s_features_are_those_of_its_calls(database: ContactDatabase, ranks: DatabaseLeadRanks) -> None:
    _, campaign, leads = await listed(database, "10", "")
    page = await only_page(ranks, campaign)
    assert list(page.leads) == leads
    assert list(page.columns["monthly_spend"]) == ["10", ""]
    assert "duration" not in page.columns
    assert set((await ranks.calls(campaign.id, AT)).columns) == set(page.columns)


async def test_without_a_model_cells_rank_and_without_cells_history(
    database: ContactDatabase, rescoring: Rescoring
) -> None:
    world, campaign, leads = await listed(database, "10", "90", "50")
    found = await rescoring.rank(campaign, AT)
    assert found.scorer is ScorerName.RFM
    assert "no model tells the chance of an answer" in found.reason
    assert [lead.id for lead in await claim(world, campaign)] == [leads[1], leads[2], leads[0]]


async def test_history_ranks_where_nothing_else_is_known(database: ContactDatabase, rescoring: Rescoring) -> None:
    world, campaign, leads = await listed(database, "", "", "")
    found = await rescoring.rank(campaign, AT, ScorerName.RFM)
    assert found.scorer is ScorerName.HISTORY
    assert "monthly_spend is known" in found.reason
    assert [lead.id for lead in await claim(world, campaign)] == leads[::-1]
    assert (await rescoring.rank(campaign, AT)).leads == 0


@pytest.mark.parametrize("dense", [6, 0], ids=["all of a stretch", "one by one"])
async def test_a_page_tells_what_is_known_of_each_lead_now(
    database: ContactDatabase, ranks: DatabaseLeadRanks, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead_pages, "_DENSE", dense)
    world, campaign, leads = await listed(database, "10", "", "30")
    contacts = (await only_page(ranks, campaign)).contacts.tolist()
    said = (
        ("crm", "ärger \U0001f620", 0.5, -5),
        ("agent", "glad", 0.9, -9),
        ("agent 2", "calm", 0.9, -8),
        ("later", "sad", 1.0, 5),
    )
    for source, value, trust, minutes in said:
        at = AT + timedelta(minutes=minutes)
        await database.fetch(SAY, {"contact": contacts[0], "source": source, "value": value, "trust": trust, "at": at})
    await database.fetch(SAY, {"contact": contacts[1], "source": "crm", "value": said[0][1], "trust": 0.1, "at": AT})
    await world.tell_of(ContactId(contacts[0]), "US-CA", AT - timedelta(days=2), AT + timedelta(days=1))
    zones = {contacts[0]: "America/Los_Angeles", contacts[1]: "Asia/Kolkata", contacts[2]: "Moon/Sea"}
    for contact, zone in zones.items():
        await database.fetch(LIVE_IN, {"contact": contact, "zone": zone})
    await database.fetch(CALLED, {"lead": leads[2], "at": AT - timedelta(hours=12)})
    page = await only_page(ranks, campaign)
    assert {name: list(page.columns[name]) for name in ("mood", "monthly_spend", "region", "last_outcome")} == {
        "mood": ["calm", said[0][1], ""],
        "monthly_spend": ["10", "", "30"],
        "region": ["US-CA", "", ""],
        "last_outcome": ["", "", "busy"],
    }
    numbers = ("local_hour", "weekday", "attempts_so_far", "days_since_attempt", "days_since_purchase")
    assert {name: list(page.columns[name]) for name in numbers} == {
        "local_hour": [7.0, 20.0, 15.0],
        "weekday": [1.0, 1.0, 1.0],
        "attempts_so_far": [0.0, 0.0, 2.0],
        "days_since_attempt": pytest.approx([np.nan, np.nan, 0.5], nan_ok=True),
        "days_since_purchase": pytest.approx([2.0, np.nan, np.nan], nan_ok=True),
    }
    assert np.isnan(page.columns["days_since_inquiry"]).all()


async def test_stretches_meet_and_each_lead_is_in_one(
    database: ContactDatabase, ranks: DatabaseLeadRanks, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, campaign, leads = await listed(database, "1", "2", "3", "4", "5", "6", "7")
    monkeypatch.setattr(lead_ranks, "PAGE", 2)
    stretches = await ranks.stretches(campaign.id)
    assert max(one.leads for one in stretches) == 2
    read = await ranks.reader(campaign.id, AT, Asked(frozenset()))
    assert [lead for one in stretches for lead in (await read(one)).leads] == leads


async def test_a_history_is_worth_as_much_as_at_an_import(database: ContactDatabase, ranks: DatabaseLeadRanks) -> None:
    made = await RecordedCampaign.made(database)
    call = await made.ended(AT, Outcome.ANSWERED, talk=120.0, disposition=Disposition.NOT_INTERESTED)
    other = await DatabaseCampaignBook(database).create(CampaignPlan("winter"))
    await DatabaseWorld(database).add_lead(other.id, call.contact, 40.0)
    later = AT + timedelta(days=60)
    page = await only_page(ranks, other, later)
    past = [PastAttempt(Outcome.ANSWERED, Disposition.NOT_INTERESTED, 60.0)]
    assert page.history.tolist() == [pytest.approx(40.0 + points_of_history(load_rule(None), past), abs=0.05)]


async def test_a_lead_that_is_called_meanwhile_keeps_what_it_has(
    database: ContactDatabase, ranks: DatabaseLeadRanks
) -> None:
    world, campaign, leads = await listed(database, "1", "2")
    page = await only_page(ranks, campaign)
    await database.fetch(CALLED, {"lead": leads[1], "at": AT})
    places = RankedLeads(
        page.leads, page.contacts, page.attempts, np.array([70.0, 80.0]), np.array([0.25, 0.5]),
        np.array([1, 2], dtype=np.int16),
    )  # fmt: skip
    assert await ranks.write(places) == 1
    first, second = await claim(world, campaign)
    assert [(one.id, one.score, one.answer_probability) for one in (first, second)] == [
        (leads[0], 70.0, 0.25),
        (leads[1], 1.0, None),
    ]


async def test_vacuum_keeps_away_from_a_ranking(ranks: DatabaseLeadRanks, database: ContactDatabase) -> None:
    as_vacuum_does = text("LOCK TABLE leads IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
    async with ranks.undisturbed():
        with pytest.raises(DialerError, match="could not obtain lock"):
            async with database.transaction() as connection:
                await connection.execute(as_vacuum_does)
    async with database.transaction() as connection:
        await connection.execute(as_vacuum_does)


async def test_rankings_of_two_engines_go_on_at_a_time(
    ranks: DatabaseLeadRanks, database: ContactDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = text("SET LOCAL lock_timeout = '10ms'")
    monkeypatch.setattr(lead_ranks, "_NO_VACUUM", (at_once, *lead_ranks._NO_VACUUM[1:]))
    others = DatabaseLeadRanks(database, load_rule(None))
    _, campaign, _ = await listed(database, "1", "2")
    async with ranks.undisturbed(), others.undisturbed():
        assert len((await only_page(others, campaign)).leads) == 2


async def test_many_rankings_of_one_engine_leave_connections_to_the_dialing(embedded_url: str) -> None:
    narrow = await ContactDatabase.open(embedded_url, 2)
    ranks = DatabaseLeadRanks(narrow, load_rule(None))
    async with ranks.undisturbed(), ranks.undisturbed(), ranks.undisturbed():
        assert await narrow.fetch(text("SELECT 42"))
    async with ranks.undisturbed():
        assert await narrow.fetch(text("SELECT 42"))
    await narrow.close()
