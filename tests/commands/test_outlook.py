"""`dialer compliance preview` and `explain` on a real database."""

import json
from pathlib import Path

from sqlalchemy import text

from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.national_lists import DatabaseNationalLists
from tests.commands.test_help import dialer

LEADS = text("""
WITH made AS (
    INSERT INTO contacts (name) SELECT e164 FROM unnest(CAST(:numbers AS text[])) AS given(e164) RETURNING id, name
), numbered AS (
    INSERT INTO phone_numbers (contact_id, e164) SELECT id, name FROM made
)
INSERT INTO leads (campaign_id, contact_id) SELECT :campaign, id FROM made
""")


async def stocked(database: ContactDatabase) -> None:
    """A campaign with a lead of New York, one of Florida who never agreed, and one that is listed."""
    campaign = await DatabaseCampaignBook(database).create(CampaignPlan("autumn", caller_id="+12025550100"))
    numbers = ["+12125550123", "+13055550123", "+12125550199"]
    await database.fetch(LEADS, {"numbers": numbers, "campaign": campaign.id})
    now = (await database.fetch(text("SELECT now()")))[0][0]
    async with DatabaseNationalLists(database).loading("US-DNC", now, now, "test") as load:
        await load.add([(12125550199, None)])


async def test_a_week_is_shown_with_what_blocks_the_others(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    await stocked(database)
    picture = tmp_path / "week.png"
    arguments = ("compliance", "preview", "--campaign", "autumn", "--database", database_url)
    code, out, err = await dialer(*arguments, "--zone", "America/New_York", "--picture", str(picture))
    assert code == 0, err
    assert "1 of 3 leads of autumn may be called in the coming week (America/New_York)" in out
    assert "consent\t1" in out
    assert "national list\t1" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, err = await dialer(*arguments, "--json")
    told = json.loads(out)
    assert (told["leads"], told["callable"], len(told["hours"])) == (3, 1, 168)
    assert sum(hour["callable"] for hour in told["hours"]) == 7 * 13


async def test_all_that_stands_against_a_lead_is_told(database: ContactDatabase, database_url: str) -> None:
    await stocked(database)
    arguments = ("compliance", "explain", "--campaign", "autumn", "--database", database_url, "--number")
    code, out, err = await dialer(*arguments, "+13055550123", "--json")
    assert code == 0, err
    [told] = json.loads(out)["items"]
    assert (told["allowed"], told["reason"]) == (False, "consent")
    assert told["failures"][0]["rule"] == "US-FL-CONS@1"
    code, out, _ = await dialer(*arguments, "+12125550199")
    assert code == 0
    assert "may not be called" in out
    assert "on the list US-DNC" in out
    code, _, err = await dialer(*arguments, "+12125550000")
    assert code == 5
    assert "no lead with the number" in err


async def test_what_can_not_be_shown_is_refused(database: ContactDatabase, database_url: str) -> None:
    await stocked(database)
    arguments = ("compliance", "preview", "--database", database_url, "--campaign")
    assert (await dialer(*arguments, "spring"))[0] == 5
    code, _, err = await dialer(*arguments, "autumn", "--zone", "Mars/Olympus")
    assert (code, "IANA name" in err) == (2, True)
    code, _, err = await dialer(*arguments, "autumn", "--picture", "week.txt")
    assert (code, ".png or .svg" in err) == (2, True)
