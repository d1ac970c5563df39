"""The tour of the daily report: F20."""

import re

from integrations.contact_db.database import ContactDatabase
from tests.tour.scripts import toured_on


async def test_the_daily_report(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f20_daily_report.sh")
    assert "8 rows, 1 refused\n7 moves would be noted; nothing was changed\n  line 9, from: is no date" in out
    assert out.index("7 moves are noted") < out.index("0 moves are noted") < out.index("2 moves are noted")
    assert re.search(r"1003\tBirch\tRoom 5\tNorth\t\S+T12:00:00\+00:00\t-", out)
    ranks = [int(one) for one in re.findall(r"^(\d)\t100\d\tAgent", out, re.M)]
    assert len(ranks) == 8
    assert ranks == sorted(ranks)
    assert ranks[0] == 1
    teams = re.findall(r"^\d\t(Amber|Birch|Cedar|Dune)\t(.*?)\t", out, re.M)
    assert dict(teams)["Birch"] == "Room 2, North / Room 5, North"
    [before, after] = re.findall(r"^Agent 1003,.*", out, re.M)
    assert "Room 2" in before
    assert "Room 5" in after
    assert "the same, byte for byte" in out
    assert re.search(r"^the report of \S+ is in \S*reports/daily-report-\S+\.xlsx$", out, re.M)
    assert "was sent to 1 addresses" in out
    assert re.search(r'^"subject": "Daily report, ', out, re.M)
    assert out.endswith("refused, as it should be\n")
