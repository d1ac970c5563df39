"""`dialer triggers`, `events`, `products` and `calendar` say what is wrong; the tour shows what they do."""

from pathlib import Path

import pytest

from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from tests.commands.test_help import dialer


async def told(url: str, *arguments: str, code: int = 0) -> str:
    found, out, err = await dialer(*arguments, DIALER_DATABASE__URL=url)
    assert found == code, err
    assert "Traceback" not in err
    return out + err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("triggers", "rules", "--rules", "/nowhere.toml"), 2, "/nowhere.toml can't be read"),
        (("triggers", "evaluate", "spenders"), 5, "no trigger rule is called spenders"),
        (("contact-events", "import", "/nowhere.csv"), 2, "/nowhere.csv: can't be read"),
        (("products", "exclude", "fibre", "fibre"), 2, "other: must be another product"),
        (("products", "allow", "fibre", "cable"), 5, "do not exclude each other"),
        (("products", "assign", "nothing", "fibre"), 5, "no campaign 'nothing'"),
        (("calendar", "plan", "autumn", "--from", "soon", "--to", "2026-12-01"), 2, "--from: must be a day"),
        (
            ("calendar", "plan", "autumn", "--from", "2026-12-02", "--to", "2026-12-01"),
            2,
            "ends_on: must not be before",
        ),
        (("calendar", "check", "autumn"), 5, "autumn is not in the calendar. Next: dialer calendar plan autumn"),
        (("contacts", "offers", "+12125550100"), 5, "no contact has this number"),
    ],
)
async def test_what_is_wrong_is_named(
    database: ContactDatabase, database_url: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    await DatabaseCampaignBook(database).create(CampaignPlan("autumn"))
    assert words in await told(database_url, *arguments, code=code)


async def test_a_rule_file_with_faults_is_refused_as_a_whole(
    database: ContactDatabase, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "triggers.toml"
    file.write_text('[[rules]]\nid = "a"\ncampaign = "autumn"\n')
    said = await told(database_url, "triggers", "rules", "--rules", str(file), code=2)
    assert "triggers.toml: rule a: deadline_minutes: is missing" in said
