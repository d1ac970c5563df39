"""What scoring may rely on of versions of models and of pilots, held against the fakes and real databases."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign
from dialer.domain.ids import LeadId
from dialer.domain.outcome import Disposition, Outcome
from dialer.ports.scores import CellOutcome, ModelStatus, Pilot, PilotBook, ScoreBook, ScoreModel, Target
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.score_book import DatabasePilotBook, DatabaseScoreBook
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import NOW, claim, closing, disposing, opened, seconds
from tests.fakes.score_books import FakePilotBook, FakeScoreBook

IN_CELL = text("UPDATE leads SET cell = :cell WHERE id = :lead")


@pytest.fixture
def scores(real_database: ContactDatabase | None) -> ScoreBook:
    return FakeScoreBook() if real_database is None else DatabaseScoreBook(real_database)


@pytest.fixture
def pilots(world: World, real_database: ContactDatabase | None) -> PilotBook:
    if real_database is not None:
        return DatabasePilotBook(real_database)
    assert isinstance(world, FakeWorld)
    return FakePilotBook(world.book)


def version(campaign: Campaign, status: ModelStatus, target: Target = Target.SALE) -> ScoreModel:
    return ScoreModel(campaign.id, target, status, NOW, NOW - seconds(60), 1_200, 80, "why", {"auc": 0.7}, b"\x00\x01")


async def parted(world: World, pilots: PilotBook, real: ContactDatabase | None, cells: Mapping[LeadId, int]) -> None:
    for lead, cell in cells.items():
        if real is not None:
            await real.fetch(IN_CELL, {"lead": lead, "cell": cell})
        else:
            assert isinstance(pilots, FakePilotBook)
            pilots.cells[lead] = cell


async def test_a_new_champion_retires_the_one_before_it_and_a_refused_model_nobody(
    scores: ScoreBook, campaign: Campaign
) -> None:
    assert await scores.champion(campaign.id, Target.SALE) is None
    first = await scores.add(version(campaign, ModelStatus.CHAMPION))
    other = await scores.add(version(campaign, ModelStatus.CHAMPION, Target.ANSWER))
    refused = await scores.add(version(campaign, ModelStatus.REFUSED))
    kept = await scores.champion(campaign.id, Target.SALE)
    assert kept == replace(version(campaign, ModelStatus.CHAMPION), id=first)
    second = await scores.add(version(campaign, ModelStatus.CHAMPION))
    told = await scores.models(campaign.id)
    assert [(one.id, one.status) for one in told] == [
        (second, ModelStatus.CHAMPION),
        (refused, ModelStatus.REFUSED),
        (other, ModelStatus.CHAMPION),
        (first, ModelStatus.RETIRED),
    ]
    assert {one.data for one in told} == {b""}
    assert len(await scores.models(campaign.id, 2)) == 2


async def test_a_pilot_is_kept_and_its_moves(pilots: PilotBook, campaign: Campaign) -> None:
    assert await pilots.pilot(campaign.id) is None
    pilot = Pilot(campaign.id, NOW, 0.05, 0.1, None, {111: 3})
    await pilots.put(pilot)
    assert await pilots.pilot(campaign.id) == pilot
    moved = replace(pilot, moved_at=NOW + seconds(9), shares={111: 1, 333: 7})
    await pilots.put(moved)
    assert await pilots.pilot(campaign.id) == moved


async def test_calls_and_sales_are_counted_by_cell_since_the_pilot_began(
    world: World, pilots: PilotBook, real_database: ContactDatabase | None, campaign: Campaign
) -> None:
    contacts = [await world.add_contact(f"+1202555010{i}", attributes={"tier": "gold"} if i else {}) for i in range(4)]
    leads = [await world.add_lead(campaign.id, contact, 9.0 - i) for i, contact in enumerate(contacts)]
    await parted(world, pilots, real_database, {leads[0]: 111, leads[1]: 333, leads[2]: 333})
    first, second = await claim(world, campaign, 2)
    early, late = await opened(world, first, at=NOW - seconds(60)), await opened(world, second)
    for attempt in (early, late):
        await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    assert list(await pilots.outcomes(campaign.id, NOW, "tier")) == [
        CellOutcome(0, 1, 0, 0, {}),
        CellOutcome(111, 0, 0, 0, {}),
        CellOutcome(333, 1, 1, 1, {"gold": 1}),
    ]
    [_, before, _] = await pilots.outcomes(campaign.id, NOW - seconds(90), "tier")
    assert before == CellOutcome(111, 0, 1, 1, {"": 1})


async def test_the_best_of_a_cell_are_put_first_and_go_back_at_the_next_move(
    world: World, pilots: PilotBook, real_database: ContactDatabase | None, campaign: Campaign
) -> None:
    leads = [await world.add_lead(campaign.id, await world.add_contact(f"+1202555010{i}"), float(i)) for i in range(4)]
    await parted(world, pilots, real_database, dict(zip(leads, (111, 111, 333, 333), strict=True)))
    assert await pilots.put_first(campaign.id, {111: 1}, at_random=False) == 1
    assert [one.id for one in await claim(world, campaign, 1)] == [leads[1]]
    assert await pilots.put_first(campaign.id, {333: 5, 222: 2}, at_random=True) == 2
    assert await pilots.put_first(campaign.id, {}, at_random=False) == 0
    assert [(await world.lead(lead)).score for lead in (leads[0], *leads[2:])] == [0.0, 2.0, 3.0]
