"""The daily report: its figures, and having it sent."""

import re
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from dialer.domain.day_report import DayReport
from integrations.http_api.answers import Answer
from integrations.http_api.fields import Request, TimeZone
from integrations.http_api.office import Office

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(value: object) -> object:
    """A day is written in one way, and never as a number of seconds."""
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise ValueError("must be a day, like 2026-11-28")
    return date.fromisoformat(value)


_Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "as 2026-11-28; left out: the present one"}),
]


class DayWanted(Request):
    day: _Day | None = None
    zone: Annotated[TimeZone | None, Field(description="whose day; left out: that of the settings")] = None


class DayToSend(Request):
    """Which day's report is to be sent, in the settings' time zone."""

    day: _Day | None = None


class DayReportAnswer(Answer):
    report: DayReport


class PublishedAnswer(Answer):
    day: date
    files: list[str] = Field(description="where it was put")
    recipients: int = Field(description="to how many addresses it was sent")


async def see_day_report(office: Office, query: DayWanted) -> DayReportAnswer:
    """A day's figures by centre, room, team and person, ranked, and the effects of segments and offers."""
    reports = office.books.reports
    zone = None if query.zone is None else ZoneInfo(query.zone)
    return DayReportAnswer(report=await reports.of(query.day or reports.today, zone))


async def send_day_report(office: Office, body: DayToSend) -> PublishedAnswer:
    """Put a day's report into the settings' folder, and send it to their addresses."""
    reports = office.books.reports
    done = await reports.publish(body.day or reports.today)
    return PublishedAnswer(day=done.day, files=[str(one) for one in done.files], recipients=done.recipients)
