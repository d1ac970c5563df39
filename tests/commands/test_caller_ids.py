"""`dialer caller-ids`, as it is typed."""

import json

from integrations.contact_db.database import ContactDatabase
from tests.commands.test_help import dialer


async def told(url: str, *arguments: str, code: int = 0) -> str:
    found, out, err = await dialer("caller-ids", *arguments, DIALER_DATABASE__URL=url)
    assert found == code, err
    assert "Traceback" not in err
    return out + err


async def test_a_pool_from_its_first_number_to_its_last(database: ContactDatabase, database_url: str) -> None:
    url = database_url
    assert "the pool is empty" in await told(url, "list")
    said = await told(url, "add", "+13055550100", "--place", "US-FL", "--daily-limit", "300")
    assert said == "+13055550100 is in the pool, shown to US-FL by any campaign\n"
    await told(url, "add", "+12125550100")
    await told(url, "rest", "+12125550100")
    first, second = json.loads(await told(url, "list", "--json"))["items"]
    assert (first["number"], first["place"], first["state"]) == ("+12125550100", "all", "resting")
    assert (second["daily_limit"], second["shown_24h"], second["answer_rate"]) == (300, 0, None)
    assert "is shown again" in await told(url, "wake", "+12125550100")
    await told(url, "remove", "+13055550100")
    [left] = json.loads(await told(url, "list", "--json"))["items"]
    assert (left["number"], left["state"]) == ("+12125550100", "shown")


async def test_what_is_wrong_is_named(database: ContactDatabase, database_url: str) -> None:
    url = database_url
    assert "not a number in E.164 form" in await told(url, "add", "3055550100", code=2)
    assert 'like "US-FL"' in await told(url, "add", "+13055550100", "--place", "Florida", code=2)
    assert "no campaign 'autumn'" in await told(url, "add", "+13055550100", "--campaign", "autumn", code=5)
    for act in ("rest", "wake", "remove"):
        assert "is not among the caller ids" in await told(url, act, "+13055550100", code=5)
    assert "the pool is empty" in await told(url, "list")
