"""Chunks of a file made ready for the database: the part of an import that takes processor time, one call a chunk.

A big file's chunks are normalised in processes of their own, so everything here can be pickled and nothing is kept.
"""

from dataclasses import dataclass, field
from datetime import datetime

from integrations.contact_db.lead_staging import copy_text
from integrations.lead_files.chunk import Chunk
from integrations.lead_files.fault import Fault
from integrations.lead_files.mapping import ColumnMap
from integrations.lead_files.row import LeadRow, RowReader


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a chunk came to."""

    staged: bytes
    """Good rows, as COPY takes them."""
    rows: int
    """All rows of the chunk, good and bad."""
    good: int
    faults: list[Fault] = field(default_factory=list)
    done: int = 0


def normalise(columns: ColumnMap, default_region: str, now: datetime, chunk: Chunk) -> Normalised:
    """Check every row of a chunk."""
    reader = RowReader(columns, default_region, now)
    leads: list[LeadRow] = []
    faults = list(chunk.faults)
    for line, cells in zip(chunk.lines, chunk.rows, strict=True):
        lead, found = reader.read(line, cells)
        if lead is not None:
            leads.append(lead)
        faults += found
    faults.sort(key=lambda fault: fault.line)
    return Normalised(copy_text(leads), len(chunk), len(leads), faults, chunk.done)
