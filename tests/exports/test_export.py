"""`dialer export`, as it is typed, and how its rows are read."""

import csv
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dialer.domain.campaign import CampaignPlan
from dialer.domain.outcome import Disposition, Outcome
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.exporting import Exported, ExportReading
from integrations.exports.files import harmless
from tests.commands.test_help import dialer
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import ANNA, NOW, claimed, closing, disposing, opened, seconds

MARCH = ("--from", "2026-03-01", "--to", "2026-04-01")


async def calls(database: ContactDatabase, count: int = 3) -> None:
    world = DatabaseWorld(database)
    campaign = await world.campaigns.create(CampaignPlan("=spring"))
    for place in range(count):
        lead = await claimed(world, campaign, f"+1202555010{place}")
        attempt = await opened(world, lead, ANNA, NOW + seconds(place))
        await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA, at=NOW + seconds(30 + place))])
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE))


async def told(url: str, *arguments: str, code: int = 0) -> str:
    found, out, err = await dialer("export", *arguments, DIALER_DATABASE__URL=url)
    assert found == code, err
    return out + err


async def test_csv_and_parquet_hold_the_same_rows(database: ContactDatabase, database_url: str, tmp_path: Path) -> None:
    await calls(database)
    text, columns = tmp_path / "outcomes.csv", tmp_path / "outcomes.parquet"
    assert "3 outcomes are in" in await told(database_url, "outcomes", *MARCH, "--out", str(text))
    await told(database_url, "outcomes", *MARCH, "--out", str(columns), "--format", "parquet")
    lines = list(csv.DictReader(text.read_text("utf-8").splitlines()))
    table = pq.read_table(columns).to_pylist()
    assert [one["attempt"] for one in lines] == [one["attempt"] for one in table]
    assert [(one["outcome"], one["disposition"], one["note"]) for one in lines] == [("answered", "sale", "spoke")] * 3
    assert table[0]["ended_at"] == NOW + timedelta(seconds=30)
    assert lines[0]["ended_at"] == "2026-03-02T15:00:30+00:00"
    assert (lines[0]["campaign"], table[0]["campaign"]) == ("'=spring", "=spring")
    assert text.stat().st_mode & 0o777 == 0o600


async def test_what_lies_outside_the_time_is_left_out(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    await calls(database)
    out = tmp_path / "attempts.csv"
    span = ("--from", "2026-03-02T15:00:01+0000", "--to", "2026-03-02T15:00:02+0000")
    assert "1 attempts" in await told(database_url, "attempts", *span, "--out", str(out))
    none = await told(database_url, "touches", *MARCH, "--out", str(tmp_path / "touches.csv"))
    assert "there were none in that time" in none


async def test_what_is_wrong_is_named_and_leaves_no_file(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    assert "is there already" in await told(database_url, "attempts", *MARCH, "--out", str(there), code=2)
    assert there.read_text() == "mine"
    nowhere = str(tmp_path / "no" / "out.csv")
    assert "can't be written" in await told(database_url, "attempts", *MARCH, "--out", nowhere, code=2)
    backwards = ("--from", "2026-04-01", "--to", "2026-03-01", "--out", str(tmp_path / "x.csv"))
    assert "must be after --from" in await told(database_url, "attempts", *backwards, code=2)
    assert os.listdir(tmp_path) == ["there.csv"]


@pytest.mark.parametrize("page", [1, 2, 3, 10])
async def test_pages_of_any_size_give_each_row_once_in_order(database: ContactDatabase, page: int) -> None:
    await calls(database, 4)
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    reading = ExportReading(database, page)
    rows = [row async for found in reading.pages(Exported.ATTEMPTS, since, until) for row in found]
    assert [row.opened_at for row in rows] == [NOW + seconds(place) for place in range(4)]
    assert await reading.count(Exported.ATTEMPTS, since, until) == 4


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("  @x", "'  @x"), ("+12125550100", "'+12125550100"), ("plain", "plain"), (None, ""),
     (True, "true"), (-5, "-5"), (1.5, "1.5"), (NOW, "2026-03-02T15:00:00+00:00")],
)  # fmt: skip
def test_a_formula_is_a_text_and_a_number_stays_one(value: object, written: str) -> None:
    assert harmless(value) == written
