"""Plans that are kept from when tables were short, and what must not be planned again for each row."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from dialer.domain.campaign import CampaignPlan
from dialer.domain.outcome import Outcome
from integrations.contact_db import lead_facts
from integrations.contact_db.attempt_book import open_attempts
from integrations.contact_db.database import ContactDatabase, driver_form
from integrations.contact_db.view_book import VIEW
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import ENGINE, attempt_on, claimed, closing, opened
from tests.database.test_no_clashes import CALLED, FILL

KEPT = {
    "contacts": lead_facts._CONTACTS,
    "consents": lead_facts._CONSENTS,
    "numbers": lead_facts._NUMBERS,
    "calls": lead_facts._CALLS,
    "others' tries": lead_facts._OTHERS_TRIES,
    "view": VIEW,
}
ENDED = """
INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, abandoned, ended_at, points)
SELECT id, contact_id, campaign_id, 'busy', 17, false, opened_at, 0 FROM attempts
"""
GROW = (
    FILL[0],
    f"{FILL[1]} WHERE id NOT IN (SELECT contact_id FROM phone_numbers)",
    f"{FILL[2]} WHERE contacts.id NOT IN (SELECT contact_id FROM leads)",
    f"{CALLED} WHERE leads.id NOT IN (SELECT lead_id FROM attempts)",
    f"{ENDED} WHERE id NOT IN (SELECT attempt_id FROM outcomes)",
    "ANALYZE",
)
GROWN = {"contacts", "phone_numbers", "attempts", "outcomes"}
SEEN = (
    "CREATE TABLE seen (planning text)",
    "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO seen SELECT current_setting(''plan_cache_mode''); RETURN NULL; END'",
    "CREATE TRIGGER see AFTER INSERT ON attempts EXECUTE FUNCTION see()",
    "CREATE TRIGGER see AFTER INSERT ON outcomes EXECUTE FUNCTION see()",
)
PLANNING = text("SELECT current_setting('plan_cache_mode')")


@pytest.mark.parametrize("name", KEPT)
async def test_no_plan_from_when_tables_were_short_is_kept_once_they_were_analyzed(
    database: ContactDatabase, embedded_url: str, name: str
) -> None:
    await DatabaseWorld(database).campaigns.create(CampaignPlan("autumn"))
    told, names = driver_form(KEPT[name])
    explain = f"EXPLAIN (FORMAT JSON) EXECUTE kept({', '.join(['NULL'] * len(names))})"
    plans = []
    single = await ContactDatabase.open(embedded_url, 1)
    try:
        await single.run(lambda connection: connection.exec_driver_sql(f"PREPARE kept AS {told}"))
        for contacts in (7, 3_000):
            for statement in GROW:
                await database.fetch(text(statement.replace("20000", str(contacts))))
            made = await single.run(lambda connection: connection.exec_driver_sql(explain), by_kept_plans=True)
            plans.append(made.scalar_one()[0]["Plan"])
    finally:
        await single.close()
    short, long = ({one["Relation Name"] for one in scans(plan) if not by_key(one)} & GROWN for plan in plans)
    assert short or name != "calls"  # else this would show nothing
    assert not long


async def test_what_checks_the_keys_of_attempts_is_not_planned_for_each(database: ContactDatabase) -> None:
    world = DatabaseWorld(database)
    lead = await claimed(world, await world.campaigns.create(CampaignPlan("autumn")))
    for statement in SEEN:
        await database.fetch(text(statement))
    try:
        await world.attempts.close([closing(await opened(world, lead), Outcome.BUSY)])
        assert [row.planning for row in await database.fetch(text("SELECT planning FROM seen"))] == ["auto", "auto"]
    finally:
        await database.fetch(text("DROP FUNCTION see CASCADE"))
        await database.fetch(text("DROP TABLE seen"))


async def test_what_a_transaction_asks_after_opening_attempts_is_planned_anew(database: ContactDatabase) -> None:
    world = DatabaseWorld(database)
    lead = await claimed(world, await world.campaigns.create(CampaignPlan("autumn")))
    async with database.transaction() as connection:
        before = await connection.scalar(PLANNING)
        assert len((await open_attempts(connection, [attempt_on(lead)], ENGINE)).opened) == 1
        assert await connection.scalar(PLANNING) == before == "force_custom_plan"


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What reads a table, in a plan and all below it."""
    if plan["Node Type"].endswith("Scan") and "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def by_key(scan: dict[str, Any]) -> bool:
    """By some of an index's columns; what a bitmap found has been looked up below it."""
    return "Index Cond" in scan or scan["Node Type"] == "Bitmap Heap Scan"
