from collections.abc import AsyncIterator

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from tests.contract.contact_worlds import DatabaseWorld, FakeWorld, World
from tests.database_servers import emptied


@pytest.fixture(params=["fake", "embedded", pytest.param("postgres15", marks=pytest.mark.postgres15)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    database = await emptied(request.getfixturevalue(f"{request.param}_url"), pool_size=2)
    yield DatabaseWorld(database)
    await database.close()


@pytest.fixture
async def campaign(world: World) -> Campaign:
    return await world.campaigns.create(CampaignPlan("spring"))
