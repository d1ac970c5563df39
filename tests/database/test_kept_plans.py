"""Plans that connections keep are made while tables are small, and must do when they are long."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import TextClause, text

from integrations.contact_db import attempt_book, lead_facts
from integrations.contact_db.database import _KEEP_PLANS, ContactDatabase, driver_form
from integrations.contact_db.view_book import VIEW

KEPT = {
    "open": attempt_book._OPEN,
    "close": attempt_book._CLOSE,
    "contacts": lead_facts._CONTACTS,
    "consents": lead_facts._CONSENTS,
    "numbers": lead_facts._NUMBERS,
    "calls": lead_facts._CALLS,
    "others' tries": lead_facts._OTHERS_TRIES,
    "view": VIEW,
}
SHORT = {"attempts_open", "attempts_open_lead", "campaigns_pkey", "national_lists_pkey"}
"""Indexes of what is never long: attempts that are open, campaigns, national lists."""


@pytest.mark.parametrize("name", KEPT)
async def test_a_plan_made_on_empty_tables_finds_its_rows_by_keys(database: ContactDatabase, name: str) -> None:
    whole = [scan for scan in scans(await kept_plan(database, KEPT[name])) if not by_key(scan)]
    assert {scan.get("Index Name") or scan["Relation Name"] for scan in whole} <= SHORT


async def test_a_kept_plan_that_reads_a_table_whole_would_be_seen(database: ContactDatabase) -> None:
    [scan] = scans(await kept_plan(database, text("SELECT id FROM attempts WHERE verdict = CAST(:verdict AS text)")))
    assert not by_key(scan)


async def kept_plan(database: ContactDatabase, statement: TextClause) -> dict[str, Any]:
    told, names = driver_form(statement)
    async with database.transaction() as connection:
        await connection.execute(_KEEP_PLANS)
        await connection.exec_driver_sql(f"PREPARE kept AS {told}")
        asked = f"EXPLAIN (FORMAT JSON) EXECUTE kept({', '.join('NULL' for _ in names)})"
        plan: Any = (await connection.exec_driver_sql(asked)).scalar_one()
        await connection.exec_driver_sql("DEALLOCATE kept")
    [made] = json.loads(plan) if isinstance(plan, str) else plan
    return dict(made["Plan"])


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What reads a table or an index, in a plan and all below it."""
    if plan["Node Type"].endswith("Scan") and ("Relation Name" in plan or "Index Name" in plan):
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def by_key(scan: dict[str, Any]) -> bool:
    """By some of an index's columns; what a bitmap found has been looked up below it."""
    return "Index Cond" in scan or scan["Node Type"] == "Bitmap Heap Scan"
