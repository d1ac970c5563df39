"""Answers of the reassigned numbers database come in whole or not at all, and an older one replaces no newer one."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from compliance.facts import Reassignment
from dialer.clock import scaled_from_now
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import BadInput, Conflict
from dialer.domain.lead import LeadStatus
from dialer.ports import Blocked
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.reassigned_numbers import Answered, loading
from integrations.lead_files.reassigned_importer import AnswerOptions, AnswerSummary, import_answers
from integrations.lead_files.whole_list import DamagedList
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import ENGINE, FIRST, SECOND, THIRD, claimed

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ASKED = NOW - timedelta(days=1)
AGREED = date(2026, 1, 31)
HELD = text("SELECT e164, reassignment_checked_at, reassignment_since, reassigned FROM phone_numbers ORDER BY e164")


@pytest.fixture
def world(database: ContactDatabase) -> DatabaseWorld:
    return DatabaseWorld(database)


@pytest.fixture
async def campaign(world: DatabaseWorld) -> Campaign:
    return await world.campaigns.create(CampaignPlan("spring"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.csv"


async def imported(
    world: DatabaseWorld, file: Path, *lines: str, checked_at: datetime = ASKED, **options: Any
) -> AnswerSummary:
    await asyncio.to_thread(file.write_text, "".join(f"{line}\n" for line in lines))
    clock = scaled_from_now(NOW, 1.0)
    return await import_answers(file, AnswerOptions(checked_at=checked_at, **options), world.database, clock=clock)


async def held(world: DatabaseWorld) -> dict[str, Reassignment | None]:
    return {
        row.e164: None
        if row.reassigned is None
        else Reassignment(row.reassignment_checked_at, row.reassignment_since, row.reassigned)
        for row in await world.database.fetch(HELD)
    }


async def test_answers_are_set_on_every_contacts_number(world: DatabaseWorld, file: Path) -> None:
    for numbers in ((FIRST, SECOND), (FIRST,), (THIRD,)):
        await world.add_contact(*numbers)
    lines = (f"{FIRST},2026-01-31,no", f"{SECOND},2026-02-01,yes", "+12025550199,2026-01-31,no")
    summary = await imported(world, file, "number,since,answer", *lines)
    assert summary.answered == Answered(numbers=3, known=2, given_up=1, cleared=0, later=0, leads=0)
    assert (summary.lines, summary.damaged, summary.report) == (3, 0, None)
    told = await held(world)
    assert told[FIRST] == Reassignment(ASKED, AGREED, False)
    assert told[SECOND] == Reassignment(ASKED, date(2026, 2, 1), True)
    assert told[THIRD] is None
    rows = await world.database.fetch(text("SELECT count(*) FROM phone_numbers WHERE reassigned IS FALSE"))
    assert rows[0][0] == 2


async def test_no_data_takes_away_what_was_known(world: DatabaseWorld, file: Path) -> None:
    await world.add_contact(FIRST)
    await imported(world, file, f"{FIRST},2026-01-31,no")
    summary = await imported(world, file, f"{FIRST},2026-01-31,no data")
    assert (summary.answered.cleared, await held(world)) == (1, {FIRST: None})


async def test_of_several_lines_about_a_number_the_worst_counts(world: DatabaseWorld, file: Path) -> None:
    await world.add_contact(FIRST, SECOND, THIRD)
    lines = [f"{FIRST},2026-01-31,no", f"{FIRST},2026-01-01,yes", f"{FIRST},2026-03-01,no data"]
    lines += [f"{SECOND},2026-01-31,no", f"{SECOND},2026-01-31,no data"]
    lines += [f"{THIRD},2026-01-31,no", f"{THIRD},2026-02-01,no", f"{THIRD},2025-02-01,no"]
    for order in (lines, lines[::-1]):
        await imported(world, file, *order)
        assert await held(world) == {
            FIRST: Reassignment(ASKED, date(2026, 1, 1), True),
            SECOND: None,
            THIRD: Reassignment(ASKED, date(2026, 2, 1), False),
        }


async def test_a_number_that_was_asked_about_later_stays_as_it_is(world: DatabaseWorld, file: Path) -> None:
    await world.add_contact(FIRST, SECOND)
    await imported(world, file, f"{FIRST},2026-01-31,yes")
    before = ASKED - timedelta(seconds=1)
    summary = await imported(world, file, f"{FIRST},2026-01-31,no", f"{SECOND},2026-01-31,no", checked_at=before)
    assert (summary.answered.known, summary.answered.later) == (2, 1)
    assert await held(world) == {
        FIRST: Reassignment(ASKED, AGREED, True),
        SECOND: Reassignment(before, AGREED, False),
    }
    await imported(world, file, f"{FIRST},2026-01-31,no")
    assert (await held(world))[FIRST] == Reassignment(ASKED, AGREED, False)


async def test_leads_that_wanted_an_answer_are_looked_at_again(
    world: DatabaseWorld, campaign: Campaign, file: Path
) -> None:
    reasons = {FIRST: "reassigned number", SECOND: "reassigned number", THIRD: "consent"}
    leads = {}
    for number, reason in reasons.items():
        lead = await claimed(world, campaign, number)
        await world.stock.block([Blocked(lead.id, reason, None)], ENGINE)
        leads[number] = lead.id
    lines = (f"{FIRST},2026-01-31,no", f"{THIRD},2026-01-31,no")
    assert (await imported(world, file, *lines, dry_run=True)).answered.leads == 1
    assert (await world.lead(leads[FIRST])).status is LeadStatus.BLOCKED
    assert (await imported(world, file, *lines)).answered.leads == 1
    assert [(await world.lead(lead)).status for lead in leads.values()] == [
        LeadStatus.READY,
        LeadStatus.BLOCKED,
        LeadStatus.BLOCKED,
    ]
    assert (await imported(world, file, *lines)).answered.leads == 0


async def test_a_damaged_line_refuses_the_file_and_names_itself(world: DatabaseWorld, file: Path) -> None:
    await world.add_contact(FIRST)
    lines = (f"{FIRST},2026-01-31,no", f"{SECOND},2026-01-31,maybe")
    with pytest.raises(DamagedList, match="1 of 2 lines are damaged, nothing was taken") as error:
        await imported(world, file, *lines)
    assert [(fault.line, fault.column) for fault in error.value.faults] == [(2, "answer")]
    assert await held(world) == {FIRST: None}
    summary = await imported(world, file, *lines, skip_damaged=1)
    assert (summary.lines, summary.damaged, summary.answered.numbers) == (2, 1, 1)


async def test_answers_of_a_time_to_come_and_two_imports_at_once_are_refused(world: DatabaseWorld, file: Path) -> None:
    with pytest.raises(BadInput, match="still to come"):
        await imported(world, file, checked_at=NOW + timedelta(minutes=5))
    with pytest.raises(BadInput, match="UTC offset"):
        await imported(world, file, checked_at=NOW.replace(tzinfo=None))
    async with loading(world.database, ASKED, NOW, keep=True):
        with pytest.raises(Conflict, match="another import of answers"):
            await imported(world, file)
