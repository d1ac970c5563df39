"""The tour of segments: F2, F13, F21 and F22."""

import re
from pathlib import Path

from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.tour.scripts import toured_on, toured_with


async def test_segments_in_order_of_priority(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f13_segments.sh")
        leads = (await rig.get("/v1/leads?campaign=spring&limit=1000")).body["items"]
    assert "600 fictional people are there, 600 of them new" in out
    refused, _, rest = out.partition("refused, as it should be\n")
    assert "line 1, column 1: there is no attribute value_teir: did you mean value_tier?" in refused
    assert "segments.budget_rising.expression: line 1, column 38: monthly_spend is a number" in refused
    assert rest.startswith(
        "priority\tname\texpression\toutreach\toffer\tcampaign\tnote\n22 segments and 4 rules are right"
    )
    sizes = dict(re.findall(r"^(\w+|\(.*?\))\t[\d-]+\t(\d+)\t", out, re.M))
    assert sum(int(one) for name, one in sizes.items() if name != "(all)") == int(sizes["(all)"]) == 600
    assert re.search(r"^nobody\t0\t0\tmatches nobody$", out, re.M)
    told = [tuple(map(int, one)) for one in re.findall(r"^(\d+) people of segment heavy_on_5g: (\d+) leads", out, re.M)]
    count = int(sizes["heavy_on_5g"])
    assert told == [(count, count), (count, count), (count, 0)]
    assert count == len(leads) > 0


async def test_the_portrait_of_buyers(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f21_portrait.sh")
    assert re.search(r"buyers of fibre against \d+ others", out)
    rows = re.findall(r"^(data_gb|holds tv|voice_minutes)\t.*\t(yes|no)$", out, re.M)
    assert ("data_gb", "yes") in rows
    assert ("holds tv", "yes") in rows
    assert "only 0 buyers: a portrait needs at least 30" in out


async def test_who_suits_a_product_and_what_suits_a_customer(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        out = await toured_with(rig, "f02_two_views.sh")
    assert re.search(r"^association\tfibre\t[\d.]+\t\d+% of those who hold fibre hold it", out, re.M)
    assert re.search(r"^experience\tfibre_for_heavy_users\t-\tuses more data", out, re.M)
    assert re.search(r"^fibre\t(segment\thigh_spend_no_fibre|experience\tfibre_for_heavy_users)\t", out, re.M)


async def test_what_segments_and_offers_bring(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f22_effects.sh")
    before, _, after = out.partition("(calls are made up ...)\n")
    assert "nobody was called in the last 30 days" in before
    rows = re.findall(
        r"^(\S+)\t(fibre|tv)\t(?:fibre|tv)\t(\d+)\t(\d+)\t(\d+)\t([\d.]+)%\t([\d.]+)% to ([\d.]+)%$", after, re.M
    )
    assert {(segment, offer) for segment, offer, *_ in rows} >= {
        ("high_spend_no_fibre", "fibre"),
        ("high_spend_no_fibre", "tv"),
        ("families", "tv"),
    }
    for _, _, calls, answers, sales, ratio, low, high in rows:
        assert int(calls) >= int(answers) >= int(sales)
        assert float(low) <= float(ratio) <= float(high)
    assert '{"items": [{"segment": ' in after
