"""The daily report on its way: at the set time by the real scheduler, into its folder and by e-mail."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers import base
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dialer.bootstrap import once_a_local_day
from dialer.clock import ScaledClock
from dialer.domain.errors import BadInput, Conflict
from dialer.engine.reports.desk import DayReports
from dialer.engine.reports.publishing import Publisher
from dialer.ports import MessageRefused
from dialer.ports.day_report import ReportFile
from monitoring.day_report.files import report_files
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.contest import FakeContest
from tests.fakes.day_report import FakeDayReading, FakeStaffBook
from tests.fakes.segments import FakePeopleReading, fake_segment_desk

pytestmark = pytest.mark.looptime
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 27, 20, tzinfo=UTC)
HOUR = 3_600.0


@dataclass
class Letters:
    """A mail server that may not take what it is given."""

    sent: list[tuple[Sequence[str], str, str, list[str]]] = field(default_factory=list)
    refuses: list[MessageRefused] = field(default_factory=list)

    async def post(self, to: Sequence[str], subject: str, text: str, files: Sequence[ReportFile]) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        self.sent.append((to, subject, text, [one.name for one in files]))


@dataclass
class Office:
    clock: ScaledClock
    post: Letters
    folder: Path

    def publisher(self, *recipients: str, directory: bool = True, mail: bool = True) -> Publisher:
        book = FakeContactBook()
        reading = FakeDayReading(book, FakePeopleReading(book))
        reports = DayReports(
            reading, FakeStaffBook(book), fake_segment_desk(book, self.clock), FakeContest(), self.clock,
            zone=BERLIN, least_hours=1.0,
        )  # fmt: skip
        return Publisher(
            reports,
            lambda report: report_files(report, ("html", "csv")),
            self.clock,
            post=self.post if mail else None,
            recipients=recipients,
            directory=self.folder if directory else None,
        )


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return Office(ScaledClock(EVENING, 0.0), Letters(), tmp_path / "reports")


@asynccontextmanager
async def scheduled(office: Office, publisher: Publisher, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    # the scheduler reads the machine's clock by itself
    patch.setattr(base, "datetime", SimpleNamespace(now=lambda zone: office.clock.now().astimezone(zone)))
    scheduler = AsyncIOScheduler(timezone="UTC")
    once_a_local_day(scheduler, time(6, 30), "Europe/Berlin", publisher.run)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def test_at_the_set_time_by_the_zones_clock_the_day_before_is_reported_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scheduled(office, office.publisher("ada@floor.example"), monkeypatch):
        await office.clock.sleep(9.4 * HOUR)
        assert not office.folder.exists()
        await office.clock.sleep(0.2 * HOUR)
        assert {one.name for one in office.folder.iterdir()} == {
            "daily-report-2026-11-27.html",
            "daily-report-2026-11-27.csv",
        }
        [(to, subject, text, files)] = office.post.sent
        assert (list(to), subject) == (["ada@floor.example"], "Daily report, 2026-11-27")
        assert text.startswith("2026-11-27 in Europe/Berlin:\n0 attempts")
        assert files == ["daily-report-2026-11-27.html", "daily-report-2026-11-27.csv"]
        await office.clock.sleep(24 * HOUR)
        assert len(office.post.sent) == 2


async def test_a_mail_server_that_takes_it_not_yet_is_asked_again(office: Office) -> None:
    office.post.refuses = [MessageRefused("full", again=True), MessageRefused("full", again=True)]
    begun = office.clock.monotonic()
    await office.publisher("ada@floor.example").run()
    assert len(office.post.sent) == 1
    assert office.clock.monotonic() - begun == pytest.approx(660)


async def test_what_the_mail_server_never_takes_is_told_and_lies_in_its_folder(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.post.refuses = [MessageRefused("no such user", again=False)]
    await office.publisher("ada@floor.example").run()
    assert office.post.sent == []
    assert "was not sent: no such user" in caplog.text
    assert len(list(office.folder.iterdir())) == 2


async def test_the_same_day_made_twice_is_the_same_files(office: Office) -> None:
    publisher = office.publisher()
    [*first] = (await publisher.publish(date(2026, 11, 26))).files
    before = [one.read_bytes() for one in first]
    await office.clock.sleep(30 * HOUR)
    [*second] = (await publisher.publish(date(2026, 11, 26))).files
    assert (second, [one.read_bytes() for one in second]) == (first, before)
    assert len(list(office.folder.iterdir())) == 2


async def test_a_report_that_goes_nowhere_is_refused(office: Office) -> None:
    with pytest.raises(Conflict, match=r"neither report\.directory nor report\.recipients"):
        await office.publisher(directory=False).publish(date(2026, 11, 26))


async def test_somebody_to_write_to_needs_a_channel_of_e_mail(office: Office) -> None:
    with pytest.raises(BadInput, match="there is no channel of e-mail"):
        office.publisher("ada@floor.example", mail=False)


async def test_a_folder_that_can_not_be_written_is_named(office: Office) -> None:
    office.folder.write_text("a file")
    with pytest.raises(BadInput, match=r"report\.directory"):
        await office.publisher().publish(date(2026, 11, 26))
