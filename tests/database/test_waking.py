"""A whole list that comes due at once is woken a part at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import EngineName
from dialer.ports import Blocked
from integrations.contact_db import lead_stock
from integrations.contact_db.database import ContactDatabase
from tests.contract.contact_worlds import DatabaseWorld

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ENGINE = EngineName("engine-1")


async def test_the_longest_due_are_woken_first(database: ContactDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lead_stock, "WAKE_LEADS", 2)
    world = DatabaseWorld(database)
    campaign = await world.campaigns.create(CampaignPlan("spring"))
    contacts = [await world.add_contact(f"+1202555010{number}") for number in range(3)]
    late, first, second = [await world.add_lead(campaign.id, contact) for contact in contacts]
    await world.stock.claim(campaign.id, 3, ENGINE, NOW, NOW + timedelta(seconds=120))
    minutes = {late: 3, first: 1, second: 2}
    blocked = [Blocked(lead, "calling hours", NOW + timedelta(minutes=minute)) for lead, minute in minutes.items()]
    await world.stock.block(blocked, ENGINE)
    at = NOW + timedelta(minutes=9)
    assert await world.stock.wake(at) == 2
    assert {lead.id for lead in await world.stock.claim(campaign.id, 9, ENGINE, at, at)} == {first, second}
    await world.stock.release([first, second], ENGINE)
    assert await world.stock.wake(at) == 1
    assert await world.stock.wake(at) == 0
