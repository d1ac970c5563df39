"""What is answered about one person."""

from datetime import datetime
from typing import Any

from pydantic import Field

from integrations.http_api.answers import Answer


class ConsentNoted(Answer):
    contacts: list[int] = Field(description="whose it is now")


class ConsentAnswer(Answer):
    contact: int
    at: datetime
    given: bool = Field(description="false: withdrawn, which holds for every purpose")
    purpose: str = Field(description="what it was given for; empty: it was withdrawn")
    wording: str
    proof: str = Field(description="where it is kept")
    source: str
    expires_at: datetime | None


class Consents(Answer):
    items: list[ConsentAnswer]


class PersonExport(Answer):
    exported_at: datetime
    tables: dict[str, list[dict[str, Any]]] = Field(description="every row that we hold, by the table it is in")


class ErasedRows(Answer):
    table: str
    what: str
    rows: int


class KeptRows(Answer):
    table: str
    what: str
    rows: int
    why: str
    until: datetime | None = Field(description="erasing again from then on takes it, too; null: it stays")


class RecordingLeft(Answer):
    attempt: str
    why: str = Field(description="why its recording, where there is one, is still there")


class ErasureAnswer(Answer):
    contacts: list[int]
    leads: list[int] = Field(description="those that are closed by it")
    erased: list[ErasedRows]
    kept: list[KeptRows]
    recordings_deleted: int = Field(description="files with what was said")
    recordings: list[RecordingLeft] = Field(description="those that are held, or that Asterisk alone can delete")
