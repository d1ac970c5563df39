"""The report's files. The same figures are the same bytes: no file says when it was made."""

from collections.abc import Callable, Iterable
from typing import Literal, get_args

from dialer.domain.day_report import DayReport
from dialer.ports.day_report import ReportFile

Form = Literal["html", "csv", "xlsx"]
FORMS: tuple[Form, ...] = get_args(Form)


def report_files(report: DayReport, forms: Iterable[Form]) -> list[ReportFile]:
    """In the forms asked for; seconds of work, so not on an event loop that has calls to see to."""
    return [ReportFile(f"daily-report-{report.day}.{form}", _writers()[form](report)) for form in forms]


def _writers() -> dict[Form, Callable[[DayReport], bytes]]:
    # matplotlib takes a second to load, which a service that makes no reports need not wait for
    from monitoring.day_report.page import as_page  # noqa: PLC0415
    from monitoring.day_report.sheets import as_csv, as_xlsx  # noqa: PLC0415

    return {"html": as_page, "csv": as_csv, "xlsx": as_xlsx}
