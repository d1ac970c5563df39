"""What the database knows of segments and their people, and the leads that come of it."""

import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from dialer.bootstrap import segment_desk
from dialer.clock import SystemClock
from dialer.commands.segment_file import example
from dialer.domain.campaign import CampaignPlan
from dialer.domain.condition import Holding
from dialer.domain.contact import Channel
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.phone import PhoneNumber
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.segments.desk import FactsTold, SegmentDesk
from dialer.engine.segments.language import Language
from dialer.ports.segments import NewLeads, Page, Target, WrittenRule, WrittenSegment
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.condition_sql import Asked
from integrations.contact_db.database import ContactDatabase

BIG = WrittenSegment("big", 10, "monthly_spend >= 50", Channel.CALL, "spring", "fibre", "who spends")
ROAMERS = WrittenSegment("roamers", 20, "roams")
ALL = Page(0, 1000)


@pytest.fixture
async def campaign(database: ContactDatabase) -> CampaignId:
    return (await DatabaseCampaignBook(database).create(CampaignPlan("spring"))).id


@pytest.fixture
async def desk(database: ContactDatabase, campaign: CampaignId) -> SegmentDesk:
    made = segment_desk(database, SystemClock(), load_catalogue(None))
    held = [Holding("tv", date(2025, 1, 1))]
    people = [
        FactsTold(
            f"K{place}",
            "",
            [PhoneNumber(f"+12125550{100 + place}")] if place != 8 else [],
            {"monthly_spend": place, "roams": place % 2 == 0},
            held if place % 2 else [],
        )
        for place in range(80)
    ]
    assert await made.note(people, "crm") == 80
    assert await made.note(people[:3], "crm") == 0
    return made


async def test_members_of_a_segment_become_leads_once(
    database: ContactDatabase, desk: SegmentDesk, campaign: CampaignId
) -> None:
    await desk.load([BIG, ROAMERS], [], only=True)
    await database.fetch(
        text("INSERT INTO dnc_entries (e164, source, added_at) VALUES ('+12125550100', 'test', now())")
    )
    lead = NewLeads(campaign, 3.0)
    for go, leads, already in ((False, 23, 0), (True, 23, 0), (True, 0, 23)):
        fed, _ = await desk.feed("roamers", lead, ALL, go=go)
        assert (fed.members, fed.leads, fed.already, fed.do_not_call, fed.no_number) == (25, leads, already, 1, 1)
    rows = await database.fetch(text("SELECT status, score, base_score, count(*) FROM leads GROUP BY 1, 2, 3"))
    assert [tuple(row) for row in rows] == [("ready", 3.0, 3.0, 23)]
    with pytest.raises(NotFound):
        await desk.feed("roamers", NewLeads(CampaignId(987_654)), ALL, go=True)


async def test_views_and_portrait_of_buyers(desk: SegmentDesk) -> None:
    await desk.load([BIG, ROAMERS], [WrittenRule("travellers", "roaming", "roams", "travels")], only=True)
    seen = await desk.portrait(Target("tv"))
    assert (seen.buyers, seen.others) == (40, 40)
    assert seen.differences[0].attribute == "roams"
    [contact, *_], _ = await desk.members("roamers", ALL)
    view = await desk.customer(contact)
    assert [(one.product, one.by) for one in view.suits] == [("roaming", "travellers")]
    assert await desk.product("tv") == []
    with pytest.raises(NotFound):
        await desk.product("unicorn")


def test_every_table_of_people_is_read_once_and_joined_by_the_contact() -> None:
    """So that many segments cost little more than one, and a distributed server answers on each node for its own."""
    language, now = Language(load_catalogue()), datetime(2026, 1, 1, tzinfo=UTC)
    written = tomllib.loads(example())["segments"].values()
    asked = Asked([language.read(one["expression"]) for one in written], now, lambda contact: contact == 4711)
    dialect: Any = postgresql.dialect
    sql = str(select(*asked.holds).select_from(asked.source).compile(dialect=dialect()))
    for table, times in {
        "contact_attributes": 3,
        "products_held": 1,
        "touches": 1,
        "attempts": 1,
        "dispositions": 1,
    }.items():
        assert sql.count(f"FROM {table} ") == sql.count(f"{table}.contact_id = %") == times
        assert sql.count(f"GROUP BY {table}.contact_id") >= 1
    joins = ("alone", "weighed", "past_products_held", "past_touches", "past_attempts", "past_dispositions")
    assert all(f"{one} ON {one}.contact_id = contacts.id" in sql for one in joins)
    assert "platinum" not in sql
