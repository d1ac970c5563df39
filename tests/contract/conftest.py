from collections.abc import AsyncIterator

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from integrations.contact_db.database import ContactDatabase
from tests.contract.contact_worlds import DatabaseWorld, FakeWorld, World
from tests.database_servers import emptied


@pytest.fixture(params=["fake", "embedded", pytest.param("postgres15", marks=pytest.mark.postgres15)])
async def real_database(request: pytest.FixtureRequest) -> AsyncIterator[ContactDatabase | None]:
    """The contact database that a fake is held to, of each kind; None: it is the fake's turn."""
    if request.param == "fake":
        yield None
        return
    database = await emptied(request.getfixturevalue(f"{request.param}_url"), pool_size=4)
    yield database
    await database.close()


@pytest.fixture
def world(real_database: ContactDatabase | None) -> World:
    return FakeWorld() if real_database is None else DatabaseWorld(real_database)


@pytest.fixture
async def campaign(world: World) -> Campaign:
    return await world.campaigns.create(CampaignPlan("spring"))
