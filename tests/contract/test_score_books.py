"""What scoring may rely on of versions of models and of pilots, held against the fakes and real databases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign
from dialer.domain.errors import NotFound
from dialer.domain.ids import LeadId
from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports.scores import (
    HOURS,
    Asked,
    CellOutcome,
    LeadHours,
    LeadRanks,
    ModelStatus,
    Pilot,
    PilotBook,
    RankedLeads,
    ScoreBook,
    ScoreModel,
    Target,
)
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_ranks import DatabaseLeadHours, DatabaseLeadRanks
from integrations.contact_db.score_book import DatabasePilotBook, DatabaseScoreBook
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import NOW, claim, closing, disposing, opened, seconds
from tests.fakes.lead_ranks import FakeLeadRanks
from tests.fakes.score_books import FakePilotBook, FakeScoreBook


@dataclass(frozen=True)
class Ranks:
    book: LeadRanks
    hours: LeadHours


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


@pytest.fixture
def ranks(pilots: PilotBook, world: World, real_database: ContactDatabase | None) -> Ranks:
    if real_database is not None:
        return Ranks(DatabaseLeadRanks(real_database, load_rule(None)), DatabaseLeadHours(real_database))
    assert isinstance(world, FakeWorld)
    assert isinstance(pilots, FakePilotBook)
    fake = FakeLeadRanks(world.book, cells=pilots.cells)
    return Ranks(fake, fake)


async def test_leads_are_read_ranked_and_keep_their_hours(world: World, ranks: Ranks, campaign: Campaign) -> None:
    contacts = [await world.add_contact(f"+1212555010{n}", attributes={"age": str(30 + n)}) for n in range(3)]
    leads = [await world.add_lead(campaign.id, contact, float(n)) for n, contact in enumerate(contacts)]
    [held] = await claim(world, campaign, 1)
    assert held.id == leads[2]
    [stretch] = await ranks.book.stretches(campaign.id)
    page = await (await ranks.book.reader(campaign.id, NOW, Asked()))(stretch)
    assert (page.leads.tolist(), page.contacts.tolist(), page.cells.tolist()) == (leads[:2], contacts[:2], [0, 0])
    assert [float(age) for age in page.columns["age"]] == [30.0, 31.0]
    scores, chances = np.array([60.0, 40.0]), np.array([0.25, 0.5])
    cells = np.array([111, 333], dtype=np.int16)
    ranked = RankedLeads(page.leads, page.contacts, page.attempts, scores, chances, cells)
    assert await ranks.book.write(ranked) == 2
    assert await ranks.book.write(replace(ranked, attempts=page.attempts + 1)) == 0
    one = await ranks.book.page_of(campaign.id, leads[1], NOW)
    assert (one.scores.tolist(), one.answer.tolist(), one.cells.tolist()) == ([40.0], [0.5], [333])
    for lead in (leads[2], LeadId(987_654)):
        with pytest.raises(NotFound):
            await ranks.book.page_of(campaign.id, lead, NOW)
    by_hour = np.tile(np.linspace(0.1, 0.75, len(HOURS)), (2, 1)).round(3)
    for kept in (by_hour[:, ::-1], by_hour):
        await ranks.book.write_hours(page, np.array([21, 21], dtype=np.int16), kept)
    told = await ranks.hours.of(dict(zip(leads, contacts, strict=True)))
    assert set(told) == set(leads[:2])
    assert list(told[leads[0]]) == pytest.approx(by_hour[0].tolist())
