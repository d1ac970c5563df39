"""The tour's scripts on triggers and clashes do what they say."""

import pytest

from integrations.contact_db.database import ContactDatabase
from tests.tour.scripts import toured_on


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "f10_triggers.sh",
            [
                "abroad\tevents roaming and days >= 2",
                "4 rows, 1 refused",
                "3 events: 2 taken, 1 unknown_person",
                "1 leads raised in travel by rule abroad",
                "events.csv.rejected.csv",
                "3 events: 2 known, 1 unknown_person",
                "e-3\troaming",
                "1 events: 1 taken",
                "nothing was changed, 1 leads would be raised",
                "rule big-spenders is for 1 contacts, 1 leads are raised",
            ],
        ),
        ("f11_three_ways.sh", ["autumn\tphone\ta new phone\tTrue\t-", "autumn\tphone\ta mailbox\tTrue\t2"]),
        (
            "f14_no_clashes.sh",
            [
                "cable\tfibre\t60",
                "agents: 20 agents are planned on 2026-12-15 at 12:00, 0 are enrolled (fibre 12, cable 8)",
                "people: 2 of 2 people (100%) are leads of cable, too, from 2026-12-15",
                "exclusive products: fibre and cable (cable) exclude each other, for 2 of 2 people (100%)",
                "channel capacity: 1,200 contacts by sms are planned on 2026-12-15, there is room for 1,000",
                "no conflicts",
            ],
        ),
        ("f15_inbound_tags.sh", ["autumn\tphone\ta new phone\tTrue", "autumn\tphone\ta new phone\tFalse"]),
    ],
)
async def test_a_script_shows_what_it_says(
    script: str, words: list[str], database: ContactDatabase, database_url: str
) -> None:
    told = await toured_on(database_url, script)
    place = 0
    for one in words:
        place = told.find(one, place)
        assert place >= 0, f"{one!r} is not there, or not in order:\n{told}"
