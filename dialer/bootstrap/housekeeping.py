"""Work that comes again and again and may be late: never the pacing tick."""

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dialer.bootstrap.service import Service
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.engine.scoring.daily import DailyRanking

_log = logging.getLogger(__name__)
_WAKE_SECONDS = 5.0
_NOTICE_SECONDS = 3600.0


def housekeeping(service: Service) -> AsyncIOScheduler:
    """Periodic work that may be late: never the pacing tick. Intervals follow the service's clock."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        _wake_leads,
        "interval",
        args=[service],
        seconds=service.clock.loop_seconds(_WAKE_SECONDS),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.add_job(
        _publish_notices,
        "interval",
        args=[service],
        seconds=service.clock.loop_seconds(_NOTICE_SECONDS),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    if service.settings.scoring.daily_hour >= 0:
        once_a_day(
            scheduler,
            service.settings.scoring.daily_hour,
            DailyRanking(service.engine.books.campaigns, service.scores).run,
        )
    scheduler.start()
    return scheduler


def once_a_day(scheduler: AsyncIOScheduler, hour: int, work: Callable[[], Awaitable[None]]) -> None:
    """At the hour, UTC; late when it must be, and never twice at once."""
    scheduler.add_job(work, "cron", hour=hour, coalesce=True, max_instances=1, misfire_grace_time=None)


async def _wake_leads(service: Service) -> None:
    try:
        await service.engine.books.leads.wake(service.clock.now())
    except DatabaseUnavailable as error:
        _log.warning("leads that are due wait for the database: %s", error)
    except DialerError:
        _log.exception("leads could not be woken")


async def _publish_notices(service: Service) -> None:
    """Of violations that agents let stand, or that were settled."""
    try:
        await service.quality.publish("paceline")
    except DatabaseUnavailable as error:
        _log.warning("notices of quality wait for the database: %s", error)
    except DialerError:
        _log.exception("notices of quality could not be published")
