"""What scoring may rely on of leads, held against the fake and real databases."""

import numpy as np
import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports.scores import Asked, LeadPage, LeadRanks, RankedLeads
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_ranks import DatabaseLeadRanks
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import NOW, claim
from tests.fakes.lead_ranks import FakeLeadRanks


@pytest.fixture
def ranks(world: World, real_database: ContactDatabase | None) -> LeadRanks:
    if real_database is not None:
        return DatabaseLeadRanks(real_database, load_rule(None))
    assert isinstance(world, FakeWorld)
    return FakeLeadRanks(world.book)


async def page_of(ranks: LeadRanks, campaign: Campaign, asked: Asked) -> LeadPage:
    [stretch] = await ranks.stretches(campaign.id)
    return await (await ranks.reader(campaign.id, NOW, asked))(stretch)


def placed(page: LeadPage, *places: float) -> RankedLeads:
    none = np.full(len(page.leads), np.nan)
    return RankedLeads(page.leads, page.contacts, page.attempts, np.array(places), none, page.cells)


async def test_a_page_has_the_campaign_s_leads_with_what_was_asked_for(
    world: World, ranks: LeadRanks, campaign: Campaign
) -> None:
    other = await world.campaigns.create(CampaignPlan("autumn"))
    contacts = [
        await world.add_contact(f"+1202555010{place}", attributes={"tier": tier, "town": "Rome"})
        for place, tier in enumerate(("gold", "", "tin"))
    ]
    leads = [await world.add_lead(campaign.id, contact, float(place)) for place, contact in enumerate(contacts)]
    await world.add_lead(other.id, contacts[0])
    page = await page_of(ranks, campaign, Asked(frozenset({"tier", "shoe_size"}), history=True))
    assert (page.leads.tolist(), page.contacts.tolist()) == (leads, contacts)
    assert (page.scores.tolist(), page.history.tolist()) == ([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    assert (page.attempts.tolist(), page.cells.tolist()) == ([0, 0, 0], [0, 0, 0])
    assert np.isnan(page.answer).all()
    known = {name: list(column) for name, column in page.columns.items()}
    assert known == {"attempts_so_far": [0.0, 0.0, 0.0], "tier": ["gold", "", "tin"]}
    bare = await page_of(ranks, campaign, Asked(frozenset()))
    assert (set(bare.columns), bare.history.tolist()) == ({"attempts_so_far"}, [0.0, 0.0, 0.0])


async def test_a_campaign_without_leads_has_nothing_to_read(ranks: LeadRanks, campaign: Campaign) -> None:
    assert list(await ranks.stretches(campaign.id)) == []


async def test_a_lead_in_an_engine_s_hands_is_neither_read_nor_written(
    world: World, ranks: LeadRanks, campaign: Campaign
) -> None:
    leads = [await world.add_lead(campaign.id, await world.add_contact(f"+1202555010{n}"), float(n)) for n in range(3)]
    before = await page_of(ranks, campaign, Asked())
    [held] = await claim(world, campaign, 1)
    assert held.id == leads[2]
    assert (await page_of(ranks, campaign, Asked())).leads.tolist() == leads[:2]
    assert await ranks.write(placed(before, 70.0, 1.0, 90.0)) == 1
    assert [(await world.lead(lead)).score for lead in leads] == [70.0, 1.0, 2.0]
    assert await ranks.write(placed(before, 70.0, 1.0, 90.0)) == 0


async def test_a_cell_is_given_to_every_lead_wherever_it_stands(
    world: World, ranks: LeadRanks, campaign: Campaign
) -> None:
    leads = [await world.add_lead(campaign.id, await world.add_contact(f"+1202555010{n}"), float(n)) for n in range(2)]
    page = await page_of(ranks, campaign, Asked())
    cells = np.array([111, 333], dtype=np.int16)
    assert await ranks.write_cells(page.leads, page.contacts, cells) == 2
    assert await ranks.write_cells(page.leads, page.contacts, cells) == 0
    after = await page_of(ranks, campaign, Asked())
    assert (after.leads.tolist(), after.cells.tolist(), after.scores.tolist()) == (leads, [111, 333], [0.0, 1.0])
