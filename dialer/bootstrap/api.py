"""The HTTP API of a running service, with its metrics and its wallboard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from compliance.retention import span_of
from dialer.bootstrap.parts import segment_desk
from dialer.bootstrap.service import Service
from integrations.contact_db.consent_book import DatabaseConsentBook
from integrations.contact_db.contact_book import DatabaseContactBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.person_book import DatabasePersonBook
from integrations.contact_db.reading import DatabaseReadings
from integrations.contact_db.shop_tasks import DatabaseShopTasks
from integrations.contact_db.wave_reading import WaveReading
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.http_api.app import api, serving
from integrations.http_api.office import ApiBooks
from integrations.http_api.rights import Door, Right
from monitoring.metrics import FloorMetrics, LoopLag
from monitoring.wallboard.wallboard import Wallboard


@asynccontextmanager
async def serving_api(service: Service) -> AsyncIterator[int]:
    """The HTTP API of a running service, its metrics and wallboard; yields the bound port."""
    books = ApiBooks(
        campaigns=service.engine.books.campaigns,
        agents=service.engine.books.agents,
        leads=service.engine.books.leads,
        contacts=DatabaseContactBook(service.database),
        dnc=DatabaseDncBook(service.database),
        readings=DatabaseReadings(service.database),
        consents=DatabaseConsentBook(service.database),
        people=DatabasePersonBook(service.database, _retain_years(service)),
        knowledge=service.knowledge,
        waves=WaveReading(service.database),
        tasks=DatabaseShopTasks(service.database),
        webhooks=DatabaseWebhookBook(service.database),
        inbox=service.waves.inbox,
        scores=service.scores,
        recordings=service.recordings,
        reports=service.reports,
        quality=service.quality,
        private_webhooks=service.settings.webhooks.private_addresses,
        segments=segment_desk(service.database, service.clock, service.knowledge.catalogue),
    )
    lag = LoopLag()
    floor = FloorMetrics(
        service.desk, service.telephony.answered, service.database.took, lag.late, lambda: service.quality.backlog
    )
    metrics = web.get("/metrics", floor.handle)
    settings = service.settings.api
    door, board = Door(settings.tokens), Wallboard(service.desk, service.clock)
    seen = board.routes(lambda request: door.admit(request, Right.SEE_WALLBOARD))
    app = api(service.desk, books, door, service.clock, [metrics, *seen])
    async with asyncio.TaskGroup() as group:
        looking = [
            group.create_task(board.run(), name="wallboard"),
            group.create_task(lag.run(), name="loop lag"),
        ]
        async with serving(app, settings.host, settings.port) as port:
            try:
                yield port
            finally:
                for one in looking:
                    one.cancel()


def _retain_years(service: Service) -> int:
    """For how long calls are accounted for: the longest that any rule asks for, whatever country they went to."""
    return span_of(service.engine.gate.rules, service.settings.compliance.retain_years)[1]
