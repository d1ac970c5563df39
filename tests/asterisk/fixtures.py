"""The real Asterisk as a fixture, once a session; and a last word when it was not to be had."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentRecord
from tests.asterisk.callers import Callers
from tests.asterisk.carrier import Carrier
from tests.asterisk.instance import (
    DESK_QUEUE,
    SERVICE_QUEUE,
    AsteriskInstance,
    NotToBeHad,
    free_ports,
    root_of_installation,
)
from tests.database_servers import emptied

__all__ = ["AGENTS", "CAMPAIGN", "DESK_QUEUE", "SERVICE_QUEUE"]

CAMPAIGN = Campaign(CampaignId(1), CampaignPlan("Spring; offer"))
AGENTS = tuple(AgentRecord(AgentId(number), f"Agent; {number}", ServerName("main")) for number in ("1001", "1002"))

_missing = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def asterisk_is_here() -> None:
    """Skips the test where no Asterisk is to be had."""
    try:
        root_of_installation()
    except NotToBeHad as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def asterisk(asterisk_is_here: None) -> Iterator[AsteriskInstance]:
    """A running Asterisk with a carrier and agents' phones."""
    instance = AsteriskInstance([CAMPAIGN], AGENTS, free_ports())
    with instance, Carrier(instance.folder, instance.ports):
        yield instance


@pytest.fixture
async def empty_database(database_url: str) -> str:
    """Campaigns get the ids that the Asterisk's queues are named by."""
    database = await emptied(database_url)
    await database.fetch(text("TRUNCATE campaigns RESTART IDENTITY CASCADE"))
    await database.close()
    return database_url


@pytest.fixture
def callers(asterisk: AsteriskInstance) -> Iterator[Callers]:
    """Who calls in to SERVICE_QUEUE and DESK_QUEUE."""
    with Callers(asterisk.folder, asterisk.ports) as callers:
        yield callers


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "asterisk" in report.keywords]
    if skipped:
        reason = str(skipped[0].longrepr[2]).removeprefix("Skipped: ")
        config.stash[_missing] = [f"{len(skipped)} tests against a real Asterisk were NOT run: {reason}"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """After everything else, so that it is the last thing read."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    for line in config.stash.get(_missing, []):
        assert terminal is not None
        terminal.write_line(line, yellow=True, bold=True)
