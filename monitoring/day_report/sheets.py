"""The report as CSV, one table for programs, and as a workbook, a sheet a level for people."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import xlsxwriter

from dialer.domain.day_report import DayReport
from monitoring.day_report.rows import Cell, Table, tables_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook's own times have no zone
"""When every workbook says that it was made: the same figures are the same bytes."""


def as_csv(report: DayReport) -> bytes:
    """Each row says by `level` what it is about; what a level does not have is empty."""
    tables = tables_of(report)
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    out = StringIO(newline="")
    writer = csv.DictWriter(out, ["level", *columns], restval="")
    writer.writeheader()
    for table in tables:
        for row in table.rows:
            writer.writerow({"level": table.level, **{name: _harmless(row.get(name)) for name in table.columns}})
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(report: DayReport) -> bytes:
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": f"Daily report, {report.day}", "created": _MADE})
        bold = book.add_format({"bold": True, "bottom": 1})
        for table in tables_of(report):
            _write(book.add_worksheet(table.title), table, bold)
    return out.getvalue()


def _write(sheet: "xlsxwriter.worksheet.Worksheet", table: Table, bold: "xlsxwriter.format.Format") -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, name.replace("_", " "), bold)
        widest = max((len(str(row.get(name, ""))) for row in table.rows), default=0)
        sheet.set_column(place, place, min(40, 2 + max(len(name), widest)))
    for line, row in enumerate(table.rows, 1):
        for place, name in enumerate(table.columns):
            value = row.get(name)
            if isinstance(value, str):
                sheet.write_string(line, place, value)
            elif value is not None:
                sheet.write_number(line, place, value)


def _harmless(value: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
