"""Exports as files: CSV for people, Parquet for other systems. Put in their place whole or not at all."""

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from typing import IO, Any, Protocol, Self

from dialer.domain.errors import BadInput
from integrations.contact_db.exporting import Kind

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Rows(Protocol):
    """Takes rows, one page after another."""

    def write(self, rows: Sequence[Any]) -> None: ...
    def close(self) -> None: ...


class CsvRows:
    def __init__(self, file: Path, columns: Mapping[str, Kind]) -> None:
        self._names = list(columns)
        self._file: IO[str] = file.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(self._names)

    def write(self, rows: Sequence[Any]) -> None:
        self._writer.writerows([harmless(getattr(row, name)) for name in self._names] for row in rows)

    def close(self) -> None:
        self._file.close()


class ParquetRows:
    """A row group a page."""

    def __init__(self, file: Path, columns: Mapping[str, Kind]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - 100 MB that nothing else needs
        import pyarrow.parquet as pq  # noqa: PLC0415

        kinds = {
            Kind.TEXT: pa.string(),
            Kind.WHOLE: pa.int64(),
            Kind.NUMBER: pa.float64(),
            Kind.YES_NO: pa.bool_(),
            Kind.MOMENT: pa.timestamp("us", tz="UTC"),
        }
        self._schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._table = pa.table
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, rows: Sequence[Any]) -> None:
        columns = {name: [getattr(row, name) for row in rows] for name in self._schema.names}
        self._writer.write_table(self._table(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


FORMATS: Mapping[str, Callable[[Path, Mapping[str, Kind]], Rows]] = {"csv": CsvRows, "parquet": ParquetRows}


def harmless(value: Any) -> str:
    """A value for CSV: times in ISO 8601, UTC; a text that a spreadsheet would take for a formula begins with a '."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


class ExportFile:
    """Written beside its place, for the owner alone, and put there by `publish`; left before, nothing remains of it.

    BadInput: the place is taken, or can't be written to.
    """

    def __init__(self, place: Path, form: str, columns: Mapping[str, Kind]) -> None:
        self._place, self._form, self._columns = place, form, columns

    def __enter__(self) -> Self:
        if self._place.exists():
            raise BadInput("is there already: choose another, or take it away", str(self._place))
        try:
            descriptor, name = mkstemp(prefix=f".{self._place.name}.", dir=self._place.parent)
            os.close(descriptor)
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", str(self._place)) from None
        self._written = Path(name)
        self._rows: Rows = FORMATS[self._form](self._written, self._columns)
        return self

    def write(self, rows: Sequence[Any]) -> None:
        try:
            self._rows.write(rows)
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", str(self._place)) from None

    def publish(self) -> None:
        self._rows.close()
        try:
            os.link(self._written, self._place)  # unlike a rename, never over another's file
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", str(self._place)) from None

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._written.unlink(missing_ok=True)
