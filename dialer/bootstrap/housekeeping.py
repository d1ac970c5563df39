"""Work that comes again and again and may be late: never the pacing tick."""

import logging
from collections.abc import Awaitable, Callable
from datetime import time

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dialer.bootstrap.service import Service
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.engine.scoring.daily import DailyRanking

_log = logging.getLogger(__name__)
_WAKE_SECONDS = 5.0
_NOTICE_SECONDS = 3600.0
_LOOK_SECONDS = 300.0


def housekeeping(service: Service) -> AsyncIOScheduler:
    """Periodic work that may be late: never the pacing tick. Intervals follow the service's clock."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    works = ((_wake_leads, _WAKE_SECONDS), (_publish_notices, _NOTICE_SECONDS), (_look_at_quality, _LOOK_SECONDS))
    for work, seconds in works:
        scheduler.add_job(
            work,
            "interval",
            args=[service],
            seconds=service.clock.loop_seconds(seconds),
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
    if service.settings.recordings.delete_hour >= 0:
        once_a_day(scheduler, service.settings.recordings.delete_hour, service.recordings.expire_daily)
    report = service.settings.report
    if report.at is not None and (report.directory or report.recipients):
        once_a_local_day(scheduler, report.at, report.zone, service.reports.run)
    scheduler.start()
    return scheduler


def once_a_day(scheduler: AsyncIOScheduler, hour: int, work: Callable[[], Awaitable[None]]) -> None:
    """At the hour, UTC; late when it must be, and never twice at once."""
    scheduler.add_job(work, "cron", hour=hour, coalesce=True, max_instances=1, misfire_grace_time=None)


def once_a_local_day(scheduler: AsyncIOScheduler, at: time, zone: str, work: Callable[[], Awaitable[None]]) -> None:
    """At that time by the zone's clock; late when it must be, and never twice at once."""
    when = {"hour": at.hour, "minute": at.minute, "second": at.second, "timezone": zone}
    scheduler.add_job(work, "cron", **when, coalesce=True, max_instances=1, misfire_grace_time=None)


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


async def _look_at_quality(service: Service) -> None:
    """For whoever watches."""
    try:
        await service.quality.look()
    except DatabaseUnavailable:
        return  # the figures stay as they were
    except DialerError:
        _log.exception("what stands open in quality could not be counted")
