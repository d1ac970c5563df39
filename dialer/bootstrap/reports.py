"""The daily report, put together."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.engine.reports.desk import DayReports
from dialer.engine.reports.publishing import Publisher
from dialer.engine.segments.desk import SegmentDesk
from dialer.ports import MessageChannel
from dialer.ports.contest import Contest
from dialer.ports.day_report import Post
from dialer.settings import ReportSettings
from integrations.channels.email import Email
from integrations.channels.trial import Trial
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.day_report_reading import DatabaseDayReading
from integrations.contact_db.staff_book import DatabaseStaffBook
from monitoring.day_report.files import report_files


def publisher(
    settings: ReportSettings,
    database: ContactDatabase,
    segments: SegmentDesk,
    clock: Clock,
    *,
    contest: Contest,
    post: Post | None = None,
) -> Publisher:
    """BadInput: somebody is to be written to, and there is no channel of e-mail."""
    reports = DayReports(
        DatabaseDayReading(database),
        DatabaseStaffBook(database),
        segments,
        contest,
        clock,
        zone=ZoneInfo(settings.zone),
        least_hours=settings.least_hours,
    )
    return Publisher(
        reports,
        lambda report: report_files(report, settings.forms),
        clock,
        post=post,
        recipients=settings.recipients,
        directory=settings.directory.expanduser() if settings.directory else None,
    )


def post_of(channels: Mapping[Channel, MessageChannel]) -> Post | None:
    """The channel of e-mail, if it can carry files."""
    found = channels.get(Channel.EMAIL)
    return found if isinstance(found, Email | Trial) else None
