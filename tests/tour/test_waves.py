"""The tours of waves, run as a user would."""

import pytest

from integrations.contact_db.database import ContactDatabase
from tests.tour.scripts import toured_on


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "f24_waves.sh",
            [
                "call; if the step before was delivered or replied",
                "sms\tsent\t3",
                "a request to stop of 1 contacts",
                "on the list",
                "call skipped: sms was not delivered or replied; no step is left\t1",
                "opted_out\t1",
            ],
        ),
        (
            "f12_channel_coordination.sh",
            [
                "nothing is changed",
                "prompt: ivr",
                "Ada wants to see the phone",
                "number\t+493022610101",
                "visit\tsold\t1",
                "prompt\tprompt_heard\t1",
                "prompt\tno_answer\t1",
                "call\tcalling\t1",
            ],
        ),
        ("f06_electronic_channels.sh", ["a reply of 1 contacts", '"to": "+493022610101"', "reminder\tcalling\t2"]),
        (
            "f03_shared_results.sh",
            ["webhook ID", "['wave', 'reply']", "4 touches are in touches.csv", "sms,inbound,sms,replied"],
        ),
        ("f17_calm_days.sh", ["leave inbound at 80%", "sms\tsent\t3"]),
    ],
)
async def test_a_tour_shows_what_it_says(
    script: str, told: list[str], database: ContactDatabase, database_url: str
) -> None:
    out = await toured_on(database_url, script)
    for words in told:
        assert words in out, out
