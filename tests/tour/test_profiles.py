"""The tour of people's profiles: F1, F4, F9 and F23."""

import re
from pathlib import Path

from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.tour.scripts import toured_with


async def test_attributes_with_their_sources(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f01_attributes.sh")
    assert "billing\t0.95" in out
    assert "values.children: must be true or false; body.values.shoe_size: is not in the catalogue" in out
    assert "refused, as it should be" in out
    last = out.rpartition("name\tshown")[2]
    assert re.search(r"^town\tEly\t0\.58\d*\tcrm\tEly\t0\.85", last, re.M)
    assert re.search(r"^town\tEly\t0\.58\d*\tagent\tYork\t0\.75", last, re.M)
    assert "shoe_size" not in last


async def test_a_churn_sign_leads_the_retention_list(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f04_churn_warning.sh")
        leads = (await rig.get("/v1/leads?campaign=retention")).body["items"]
    assert out.index("gives_notice\t4") < out.index("bill_shock\t2")
    assert re.search(r"lead \d+ is at the head of campaign retention", out)
    assert max(leads, key=lambda lead: lead["score"])["name"] == "Ada"
    assert "churn_signs.0.sign: must be one of the guide's" in out
    assert "churn sign, grade 4: wants to take the number along (12 a month at Bluetel, agent 1001, lead" in out
    assert "send the comparison" in out


async def test_the_unified_view_on_one_screen(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f09_unified_view.sh")
    for told in (
        "Ada  +12125550120",
        "met now as: business, buyer of Acme Leipzig (office hours)",
        "personal: Town: Ely (0.95, crm)",
        "consumption: Spends: 24.5 a month, in the currency of the bill (0.95, billing)",
        "prefers: sms",
        "refuses: surveys",
    ):
        assert told in out


async def test_profiles_by_time_of_day_and_preferences(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f23_customer_profile.sh")
    assert "met now as: business, buyer of Acme Leipzig (its hours)" in out
    assert "(business) < Acme Group" in out
    assert "it would lie under itself" in out
    assert re.search(r"/self-service/\d+\.\d+\.[\w-]{43}\nvalid until", out)
    assert "calls at: mon,tue,wed,thu,fri 18:00-20:00" in out
    assert "refuses: call" in out
