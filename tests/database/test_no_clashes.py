"""Campaigns on the real database don't get in each other's way, and looking for it costs no scan."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.clash import EXCLUSIVE, LIVE_ELSEWHERE
from dialer.domain.ids import EngineName
from dialer.domain.phone import PhoneNumber
from integrations.contact_db import lead_facts, lead_stock
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.product_book import DatabaseProductBook
from integrations.contact_db.reading import DatabaseReadings
from integrations.http_api.readings import LeadEntry
from integrations.lead_files.importer import import_leads
from tests.contract.contact_worlds import DatabaseWorld

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=120)
FILL = (
    "INSERT INTO contacts (name) SELECT '' FROM generate_series(1, 20000)",
    "INSERT INTO phone_numbers (contact_id, e164) SELECT id, '+1202' || lpad(CAST(id AS text), 8, '0') FROM contacts",
    "INSERT INTO leads (campaign_id, contact_id, score) SELECT campaigns.id, contacts.id, contacts.id % 977"
    " FROM contacts CROSS JOIN campaigns",
    "ANALYZE",
)
CALLED = (
    "INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict,"
    " state) SELECT gen_random_uuid(), leads.contact_id, campaign_id, leads.id, phone_numbers.id, e164, 'past', 'main',"
    " '2026-03-01', 'allowed', 'ended' FROM leads JOIN phone_numbers USING (contact_id)"
)
HOLD = "INSERT INTO products_held (contact_id, product, since) SELECT id, 'cable', '2026-01-01' FROM contacts"
LEADS = text("SELECT status, reason FROM leads ORDER BY id")


async def two_campaigns(world: DatabaseWorld, **plan: Any) -> tuple[Campaign, Campaign]:
    return (
        await world.campaigns.create(CampaignPlan("autumn", **plan)),
        await world.campaigns.create(CampaignPlan("winter", product="fibre", pressure_contacts=3)),
    )


async def test_a_claim_reads_by_its_indexes_alone(database: ContactDatabase) -> None:
    world = DatabaseWorld(database)
    _, winter = await two_campaigns(world)
    await DatabaseProductBook(database).exclude("fibre", "cable", 90)
    for statement in FILL:
        await database.fetch(text(statement))
    asked = {"campaign": winter.id, "count": 200, "now": NOW, "score_from": 50.0}
    values = {**asked, "owner": "engine-1", "until": UNTIL, "since": NOW}
    for claim, index in ((lead_stock._CLAIM, "leads_ready"), (lead_stock._CLAIM_RAISED, "leads_raised")):
        async with database.transaction() as connection:
            explained = await connection.execute(text(f"EXPLAIN {claim.text}"), values)
            plan = "\n".join(row[0] for row in explained)
        assert f"using {index} on leads" in plan, plan
        assert "leads_leased" not in plan, plan
        filled = ("leads", "contacts", "phone_numbers")
        assert not [table for table in filled if f"Seq Scan on {table}" in plan], plan


async def test_what_the_gate_must_know_is_read_by_indexes_alone(database: ContactDatabase) -> None:
    world = DatabaseWorld(database)
    await two_campaigns(world)
    for statement in (*FILL[:3], CALLED, *FILL[3:]):
        await database.fetch(text(statement))
    contacts = [row[0] for row in await database.fetch(text("SELECT id FROM contacts LIMIT 200"))]
    values = {"contacts": contacts, "since": NOW - timedelta(days=31), "numbers": ["+120200000001"]}
    for read in (lead_facts._CONTACTS, lead_facts._NUMBERS, lead_facts._CALLS, lead_facts._OTHERS_TRIES):
        explained = await database.fetch(text(f"EXPLAIN {read.text}"), values)
        plan = "\n".join(row[0] for row in explained)
        filled = ("contacts", "phone_numbers", "attempts")
        assert not [table for table in filled if f"Seq Scan on {table}" in plan], plan


async def test_two_campaigns_that_claim_at_once_never_both_have_a_person(database: ContactDatabase) -> None:
    world = DatabaseWorld(database)
    campaigns = await two_campaigns(world)
    for statement in FILL[:1] + FILL[2:]:
        await database.fetch(text(statement.replace("20000", "400")))

    async def claim_all(campaign: Campaign) -> set[int]:
        got: set[int] = set()
        while leads := await world.stock.claim(campaign.id, 25, EngineName(campaign.plan.name), NOW, UNTIL):
            got |= {lead.contact for lead in leads}
        return got

    autumn, winter = await asyncio.gather(*map(claim_all, campaigns))
    assert not autumn & winter
    assert len(autumn | winter) >= 200
    waiting = [row for row in await database.fetch(LEADS) if row.status == "waiting"]
    assert {row.reason for row in waiting} == {LIVE_ELSEWHERE}


@pytest.mark.parametrize("way", ["by the API", "by a list"])
async def test_a_lead_that_a_product_excludes_is_held_back_when_it_is_made(
    database: ContactDatabase, tmp_path: Path, way: str
) -> None:
    world = DatabaseWorld(database)
    _, winter = await two_campaigns(world)
    await DatabaseProductBook(database).exclude("fibre", "cable", 90)
    await world.add_contact("+12125550101")
    await database.fetch(text(HOLD))
    await database.fetch(text("UPDATE contacts SET external_key = 'K-1'"))
    expected: list[tuple[str, str | None]]
    if way == "by the API":
        entry = LeadEntry([PhoneNumber("+12125550101")], external_key="K-1")
        await DatabaseReadings(database).add_lead(winter.id, entry, NOW)
        expected = [("blocked", EXCLUSIVE)]
    else:
        file = tmp_path / "list.csv"
        file.write_text("phone,external_key\n+12125550101,K-1\n+12125550102,K-2\n")
        await import_leads(file, winter, database)
        expected = [("ready", None), ("blocked", EXCLUSIVE)]
    assert sorted((row.status, row.reason) for row in await database.fetch(LEADS)) == sorted(
        expected, key=lambda one: one[0]
    )
