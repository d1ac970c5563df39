"""Where daily reports go: into a folder, and by e-mail."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from zoneinfo import ZoneInfo

from dialer.clock import Clock
from dialer.domain.day_report import DayReport
from dialer.domain.errors import BadInput, Conflict, DialerError
from dialer.engine.reports.desk import DayReports
from dialer.ports import MessageRefused
from dialer.ports.day_report import Post, ReportFile

_AGAIN_SECONDS = (60.0, 600.0)
"""How long a report waits, after the mail server took it not yet, before it is offered again."""
_log = logging.getLogger(__name__)
Draw = Callable[[DayReport], Sequence[ReportFile]]


@dataclass(frozen=True, slots=True)
class Published:
    day: date
    files: Sequence[Path]
    recipients: int


class Publisher:
    """BadInput: there is somebody to write to, and no channel of e-mail."""

    def __init__(
        self,
        reports: DayReports,
        draw: Draw,
        clock: Clock,
        *,
        post: Post | None = None,
        recipients: Sequence[str] = (),
        directory: Path | None = None,
    ) -> None:
        if recipients and post is None:
            raise BadInput("there is no channel of e-mail: add [[channels]] of kind smtp", "report.recipients")
        self._reports, self._draw, self._clock = reports, draw, clock
        self._post, self._recipients, self._directory = post, recipients, directory

    @property
    def today(self) -> date:
        return self._reports.today

    async def of(self, day: date, zone: ZoneInfo | None = None) -> DayReport:
        """As DayReports.of."""
        return await self._reports.of(day, zone)

    async def publish(self, day: date) -> Published:
        """Make the report of a day and put it where the settings say. NotFound: it has not begun. Conflict: they say
        nowhere. MessageRefused, FateUnknown: it lies in its folder, if there is one, but was not sent."""
        if not (self._recipients or self._directory):
            raise Conflict("the settings name neither report.directory nor report.recipients")
        report = await self._reports.of(day)
        files = await asyncio.to_thread(self._draw, report)
        paths = await asyncio.to_thread(_put, self._directory, files) if self._directory else []
        if self._recipients and self._post is not None:
            await self._post.post(self._recipients, f"Daily report, {day}", mail_text(report), files)
        return Published(day, paths, len(self._recipients))

    async def run(self) -> None:
        """The report on yesterday; one that can't be made or sent is told in the log, and can be asked for by hand."""
        day = self.today - timedelta(days=1)
        for wait in (*_AGAIN_SECONDS, None):
            try:
                done = await self.publish(day)
            except MessageRefused as error:
                if not error.again or wait is None:
                    _log.error("the daily report of %s was not sent: %s", day, error)
                    return
                _log.warning("the daily report of %s waits: %s", day, error)
                await self._clock.sleep(wait)
            except DialerError as error:
                _log.error("there is no daily report of %s: %s", day, error)
                return
            else:
                _log.info(
                    "the daily report of %s is out: %d files, %d addresses", day, len(done.files), done.recipients
                )
                return


def mail_text(report: DayReport) -> str:
    """What stands in the mail itself: the day in a few lines."""
    counts, first = report.counts, [one for one in report.people if one.rank == 1]
    lines = [f"{report.day} in {report.zone}:" if report.so_far is None else f"{report.day} in {report.zone}, so far:"]
    lines += [f"{counts.attempts:,} attempts, {counts.live_answers:,} live answers, {counts.abandoned:,} abandoned"]
    lines += [f"{counts.figures.answered:,} calls taken by agents, {counts.figures.sales:,} sales"]
    lines += [f"first by sales an hour: {one.name or one.agent}, {one.rate:.2f}" for one in first]
    lines += [f"left out of the contest: {one.name or one.agent}, {one.reason}" for one in report.left_out]
    return "\n".join([*lines, "", "The report is attached."])


def _put(directory: Path, files: Sequence[ReportFile]) -> list[Path]:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return [_put_whole(directory / file.name, file.data) for file in files]
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", f"report.directory {directory}") from error


def _put_whole(path: Path, data: bytes) -> Path:
    """Whoever fetches files from the folder never sees half of one."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o640)
    return Path(file.name).replace(path)
