"""A shift of a real engine: one predictive campaign, all agents on the line, until enough was seen."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.pacing_truth.figures import AGENTS, CAMPAIGN, Figures, campaign_plan, write_leads
from dialer.bootstrap import Service, running_service
from dialer.domain.agent import AgentState
from dialer.domain.errors import DialerError
from dialer.engine.feed import AgentMoved
from dialer.settings import AsteriskSettings, Settings, load_settings
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.migration import migrate
from integrations.lead_files.importer import ImportOptions, import_leads
from tests.any_hour import any_hour

_TALK_SHAPE = 2.0
_LOG_IN_SECONDS = 60.0
RULES = any_hour(
    '{ cap_ratio = 0.03, window = "successive 30 days" }',
    '{ cap_ratio = 0.03, window = "24 h", minimum_answers = 1000 }',
)
"""Abandoned calls are counted by the windows that are shipped."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a benchmark's data lie."""

    folder: Path
    database_url: str

    def settings(self, server: AsteriskSettings, clock: str) -> Settings:
        """A clock that runs fast needs longer limits for what takes wall time."""
        (self.folder / "rules.toml").write_text(RULES, "utf-8")
        slack = {"heartbeat_seconds": 10, "silence_seconds": 60, "action_seconds": 60} if clock else {}
        return load_settings(
            database={"url": self.database_url},
            asterisk=[server.model_dump()],
            engine={"name": "truth", "data_directory": str(self.folder), "drain_seconds": 3600, **slack},
            compliance={"rules": str(self.folder / "rules.toml")},
            clock=clock,
        )

    async def fill(self, figures: Figures) -> None:
        """The campaign and its list, in a new database."""
        file = self.folder / "leads.csv"
        write_leads(file, figures)
        await migrate(self.database_url)
        database = await ContactDatabase.open(self.database_url, 4)
        try:
            campaign = await DatabaseCampaignBook(database).create(campaign_plan(figures))
            summary = await import_leads(file, campaign, database, ImportOptions(default_region="US"))
        finally:
            await database.close()
        assert summary.loaded.new_leads == figures.leads, f"{summary.refused} rows refused"


@dataclass(frozen=True, slots=True)
class Shift:
    """An engine at work with all its agents."""

    service: Service

    @property
    def live_answers(self) -> float:
        """That pacing has seen, of earlier shifts too."""
        pacers = self.service.engine.learning.pacers.values()
        return sum(pacer.answers_learned for pacer in pacers)

    async def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait, at most so long by the service's clock; TimeoutError when it never comes true."""
        clock = self.service.clock
        end = clock.monotonic() + seconds
        while not done():
            if clock.monotonic() > end:
                views = self.service.desk.campaigns()
                raise TimeoutError(f"not reached: {[(v.decision, dict(v.outcomes)) for v in views]}")
            await clock.sleep(1.0)

    def all_ready(self) -> bool:
        return sum(agent.state is AgentState.READY for agent in self.service.desk.agents()) == len(AGENTS)


@asynccontextmanager
async def shift(settings: Settings, hands: "Hands") -> AsyncIterator[Shift]:
    """The engine started, agents on the line, the campaign dialing; at the end drained and stopped."""
    async with running_service(settings) as service:
        await service.engine.trusted.wait()
        at_work = Shift(service)
        for agent in AGENTS:
            await service.desk.enroll_agent(agent)
            await service.desk.log_in(agent.id, CAMPAIGN)
        await at_work.until(at_work.all_ready, _LOG_IN_SECONDS)
        moving = asyncio.create_task(hands.work(service))
        await service.desk.start_campaign(CAMPAIGN)
        try:
            yield at_work
            service.stop.set()
            await service.engine.drained.wait()
        finally:
            moving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await moving


@dataclass(slots=True)
class Hands:
    """What simulated agents do: hang up when the talk is over."""

    talk_seconds: float
    random: Random = field(default_factory=lambda: Random(5))

    async def work(self, service: Service) -> None:
        async with asyncio.TaskGroup() as group:
            with service.desk.feed.subscribe(10_000) as subscription:
                while True:
                    event = await subscription.next()
                    if isinstance(event, AgentMoved) and event.state is AgentState.TALKING:
                        group.create_task(self._talk(service, event))

    async def _talk(self, service: Service, event: AgentMoved) -> None:
        await service.clock.sleep(self.random.gammavariate(_TALK_SHAPE, self.talk_seconds / _TALK_SHAPE))
        with contextlib.suppress(DialerError):
            await service.desk.hang_up(event.agent)


async def work_until_warm(at_work: Shift, figures: Figures) -> None:
    longest = 40 * figures.warm_up_answers * (figures.talk_seconds + figures.wrap_up_seconds) / len(AGENTS)
    await at_work.until(lambda: at_work.live_answers >= figures.warm_up_answers, longest)
