"""Engines that work on one database at the same moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from dialer.domain.call import Attempt, close_as
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, LeadId, ServerName
from dialer.domain.lead import Lead, LeadStatus
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.ports import ClosedAttempt, Disposed
from integrations.contact_db.database import ContactDatabase
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claim_known
from tests.database_servers import emptied

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=120)
ENGINES = [EngineName(f"engine-{number}") for number in range(4)]
FILL = (
    text("INSERT INTO contacts (name) SELECT '' FROM generate_series(1, :count)"),
    text("""INSERT INTO phone_numbers (contact_id, e164)
        SELECT id, '+1202' || lpad(CAST(id AS text), 7, '0') FROM contacts"""),
    text("INSERT INTO leads (campaign_id, contact_id, score) SELECT :campaign, id, id % 7 FROM contacts"),
)


@pytest.fixture
async def worlds(embedded_url: str) -> AsyncIterator[list[DatabaseWorld]]:
    """One for each engine, with connections of its own."""
    first = await emptied(embedded_url)
    databases = [first] + [await ContactDatabase.open(embedded_url, 2) for _ in ENGINES[1:]]
    yield [DatabaseWorld(database) for database in databases]
    for database in databases:
        await database.close()


async def filled(world: DatabaseWorld, count: int) -> CampaignId:
    campaign = (await world.campaigns.create(CampaignPlan("spring"))).id
    async with world.database.transaction() as connection:
        for statement in FILL:
            await connection.execute(statement, {"count": count, "campaign": campaign})
    return campaign


async def claim_all(world: DatabaseWorld, campaign: CampaignId, owner: EngineName) -> list[LeadId]:
    got: list[LeadId] = []
    while leads := await world.stock.claim(campaign, 37, owner, NOW, UNTIL):
        got += [lead.id for lead in leads]
    return got


def attempt_on(lead: Lead, number: int) -> Attempt:
    dialed = lead.numbers[0]
    return Attempt(
        AttemptId(f"00000000-0000-7000-8000-{number:012}"),
        lead.campaign,
        lead.id,
        lead.contact,
        dialed.id,
        dialed.number,
        ServerName("main"),
        NOW,
        "allowed",
    )


async def test_engines_that_claim_at_once_share_the_leads_and_never_one(worlds: list[DatabaseWorld]) -> None:
    campaign = await filled(worlds[0], 2000)
    claims = (claim_all(world, campaign, engine) for world, engine in zip(worlds, ENGINES, strict=True))
    shares = await asyncio.gather(*claims)
    leads = [lead for share in shares for lead in share]
    assert len(leads) == len(set(leads)) == 2000
    assert sum(bool(share) for share in shares) > 1


async def test_claims_beside_a_busy_wake_and_release_never_share_a_lead(worlds: list[DatabaseWorld]) -> None:
    campaign = await filled(worlds[0], 400)
    held: Counter[LeadId] = Counter()
    most_holders = 0

    async def claim_and_release(world: DatabaseWorld, owner: EngineName) -> None:
        nonlocal most_holders
        for _ in range(25):
            leads = [lead.id for lead in await world.stock.claim(campaign, 50, owner, NOW, UNTIL)]
            held.update(leads)
            most_holders = max(most_holders, *held.values())
            await world.stock.wake(NOW)
            held.subtract(leads)
            await world.stock.release(leads, owner)

    await asyncio.gather(*(claim_and_release(world, engine) for world, engine in zip(worlds, ENGINES, strict=True)))
    assert most_holders == 1
    assert (await worlds[0].stock.report(campaign)).by_status == {LeadStatus.READY: 400}


async def test_an_attempt_opened_while_its_lease_runs_out_keeps_its_lead(worlds: list[DatabaseWorld]) -> None:
    campaign = await filled(worlds[0], 200)
    leads = await claim_known(worlds[0].stock, campaign, 200, ENGINES[0], NOW, until=NOW)
    attempts = [attempt_on(lead, number) for number, lead in enumerate(leads)]

    async def open_all() -> set[LeadId]:
        opened: set[AttemptId] = set()
        for start in range(0, 200, 10):
            opened |= (await worlds[0].attempts.open(attempts[start : start + 10], ENGINES[0])).opened
        return {attempt.lead for attempt in attempts if attempt.id in opened}

    async def wake_and_claim() -> set[LeadId]:
        claimed: set[LeadId] = set()
        for _ in range(20):
            await worlds[1].stock.wake(NOW)
            claimed |= {lead.id for lead in await worlds[1].stock.claim(campaign, 20, ENGINES[1], NOW, UNTIL)}
        return claimed

    dialed, taken_over = await asyncio.gather(open_all(), wake_and_claim())
    assert not dialed & taken_over


async def test_a_lead_whose_lease_went_with_a_crash_of_the_server_is_not_dialed_a_second_time(
    worlds: list[DatabaseWorld],
) -> None:
    campaign = await filled(worlds[0], 2)
    [lead, _] = await claim_known(worlds[0].stock, campaign, 2, ENGINES[0], NOW, until=UNTIL)
    await worlds[0].attempts.open([attempt_on(lead, 1)], ENGINES[0])
    await worlds[0].database.fetch(text("TRUNCATE lead_leases"))
    both = await claim_known(worlds[0].stock, campaign, 2, ENGINES[0], NOW, until=UNTIL)
    again = {one.id: attempt_on(one, 2 + number) for number, one in enumerate(both)}
    opened = await worlds[0].attempts.open(list(again.values()), ENGINES[0])
    assert opened.refused == {again[lead.id].id: "another attempt is open"}
    assert len(opened.opened) == 1


async def test_close_and_dispose_at_the_same_moment_end_the_lead(worlds: list[DatabaseWorld]) -> None:
    campaign = await filled(worlds[0], 60)
    leads = await claim_known(worlds[0].stock, campaign, 60, ENGINES[0], NOW, until=UNTIL)
    attempts = [attempt_on(lead, number) for number, lead in enumerate(leads)]
    await worlds[0].attempts.open(attempts, ENGINES[0])
    end = CallEnd(cause=16, ended_at=NOW, answered_at=NOW, connected_at=NOW, agent=AgentId("1001"))
    closed = [
        ClosedAttempt(close_as(attempt, Outcome.ANSWERED, end), UNTIL, exhausted=False, points=0)
        for attempt in attempts
    ]

    async def close_some(start: int) -> None:
        await worlds[0].attempts.close(closed[start : start + 10])

    async def dispose(attempt: Attempt) -> None:
        await worlds[1].dispositions.dispose(Disposed(attempt.id, AgentId("1001"), Disposition.SALE, NOW))

    await asyncio.gather(*(close_some(start) for start in range(0, 60, 10)), *map(dispose, attempts))
    assert (await worlds[0].stock.report(campaign)).by_status == {LeadStatus.DONE: 60}


async def test_the_same_outcomes_closed_twice_at_once_count_once(worlds: list[DatabaseWorld]) -> None:
    campaign = await filled(worlds[0], 50)
    leads = await claim_known(worlds[0].stock, campaign, 50, ENGINES[0], NOW, until=UNTIL)
    attempts = [attempt_on(lead, number) for number, lead in enumerate(leads)]
    await worlds[0].attempts.open(attempts, ENGINES[0])
    end = CallEnd(cause=17, ended_at=NOW)
    closed = [
        ClosedAttempt(close_as(attempt, Outcome.BUSY, end), UNTIL, exhausted=False, points=1) for attempt in attempts
    ]
    await asyncio.gather(*(world.attempts.close(closed) for world in worlds))
    seen = [await worlds[0].lead(lead.id) for lead in leads]
    assert {(lead.attempts, lead.status) for lead in seen} == {(1, LeadStatus.WAITING)}
