"""Opens a list, CSV or XLSX, as a table: named columns, and rows of text with the line each stands on."""

from pathlib import Path

from dialer.domain.errors import BadInput
from integrations.lead_files.chunk import Table
from integrations.lead_files.csv_table import CsvTable
from integrations.lead_files.encoding import find_encoding, known_encoding
from integrations.lead_files.xlsx_table import XlsxTable

MAX_COLUMNS = 500
_OTHER_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "is in the old Excel format: save it as XLSX or CSV"),
    (b"%PDF", "is a PDF: export the list as CSV or XLSX"),
    (b"\x89PNG", "is a picture: a list must be CSV or XLSX"),
    (b"\xff\xd8\xff", "is a picture: a list must be CSV or XLSX"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it first"),
    (b"7z\xbc\xaf", "is compressed by 7-Zip: unpack it first"),
    (b"Rar!", "is compressed by RAR: unpack it first"),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\f\r\x1a"))
_MOST_CONTROL = 0.08
"""Share of control characters beyond which a file is not text; random bytes have 11%. Zeros are UTF-16's."""


def open_table(path: Path, *, encoding: str = "", delimiter: str = "", sheet: str = "", quoted: bool = True) -> Table:
    """Open a CSV or XLSX file; what is not given is found out. BadInput says what keeps it from being read.

    `quoted=False`: quotes mean nothing, as in exports that just join values by tabs.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1 << 12)
        if head.startswith(b"PK\x03\x04"):
            table: Table = XlsxTable(path, sheet)
        else:
            _refuse_other_formats(path, head)
            found = known_encoding(encoding, head) if encoding else find_encoding(path)
            table = CsvTable(path, found, delimiter, quoted)
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror or error}", str(path)) from error
    if len(table.columns) > MAX_COLUMNS:
        table.close()
        raise BadInput(f"has {len(table.columns)} columns, at most {MAX_COLUMNS} are taken", str(path))
    return table


def _refuse_other_formats(path: Path, head: bytes) -> None:
    if not head:
        raise BadInput("is empty", str(path))
    for magic, what in _OTHER_FORMATS:
        if head.startswith(magic):
            raise BadInput(what, str(path))
    control = len(head) - len(head.translate(None, _CONTROL))
    if control > len(head) * _MOST_CONTROL and head.count(0) < len(head) / 5:
        raise BadInput("is not text: a list must be CSV or XLSX", str(path))
