"""Lists as XLSX workbooks. Row numbers are the sheet's own."""

import zipfile
from collections.abc import Generator, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from dialer.domain.errors import BadInput
from integrations.lead_files.chunk import Chunk

MAX_UNPACKED_BYTES = 1 << 30
"""What a workbook may hold unpacked; a full sheet of a million rows and ten columns has some 500 MB."""
_MAX_PARTS = 10_000
Cell = int | float | str | bool | time | date | datetime | timedelta


class XlsxTable:
    def __init__(self, path: Path, sheet: str = "") -> None:
        """`sheet`: its name; empty: the first visible one that is not empty. BadInput when there is none."""
        _check_package(path)
        try:
            workbook = CalamineWorkbook.from_path(str(path))
            self._sheet = _named(workbook, sheet, path) if sheet else _first(workbook, path)
        except CalamineError as error:
            raise BadInput(f"is not a workbook that could be read: {error}", str(path)) from error
        self._path = path
        self._rows = self._numbered()
        header = next(((number, cells) for number, cells in self._rows if any(cells)), None)
        if header is None:
            raise BadInput(f"sheet {self._sheet.name!r} is empty", str(path))
        self.columns = tuple(cell.strip(" \t\n\xa0") for cell in _trimmed(header[1]))
        self.total = self.expected_rows = self._sheet.total_height
        self.about = f"XLSX, sheet {self._sheet.name!r}"

    def chunks(self, size: int) -> Iterator[Chunk]:
        while numbered := list(islice(self._rows, size)):
            filled = [(number, cells) for number, cells in numbered if any(cells)]
            yield Chunk(
                lines=[number for number, _ in filled], rows=[cells for _, cells in filled], done=numbered[-1][0]
            )

    def close(self) -> None:
        self._rows.close()

    def _numbered(self) -> Generator[tuple[int, list[str]], None, None]:
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            yield number, [_written(cell) for cell in cells]


def _written(cell: Cell) -> str:
    """A cell as its user would write it: whole numbers without a point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _named(workbook: CalamineWorkbook, name: str, path: Path) -> CalamineSheet:
    if name not in workbook.sheet_names:
        raise BadInput(f"has no sheet {name!r}; it has {', '.join(map(repr, workbook.sheet_names))}", str(path))
    return workbook.get_sheet_by_name(name)


def _first(workbook: CalamineWorkbook, path: Path) -> CalamineSheet:
    for known in workbook.sheets_metadata:
        if known.typ == SheetTypeEnum.WorkSheet and known.visible == SheetVisibleEnum.Visible:
            sheet = workbook.get_sheet_by_name(known.name)
            if sheet.total_height:
                return sheet
    raise BadInput("has no visible sheet with anything in it", str(path))


def _check_package(path: Path) -> None:
    """Refuse what is no workbook, is damaged, or would unpack to more than a list can be (a ZIP bomb)."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise BadInput("unpacks to more than a list can be: is it a list?", str(path))
            if not any(part.filename.startswith("xl/") for part in parts):
                raise BadInput("is a ZIP archive, not a workbook: unpack it first", str(path))
            damaged = package.testzip()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        # zipfile's own words for a compression it does not know, and for an encrypted part
        raise BadInput("is a damaged or truncated XLSX file: export it again", str(path)) from error
    if damaged:
        raise BadInput("is a damaged XLSX file: export it again", str(path))
