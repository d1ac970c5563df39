"""Rows for other systems, read in pages by time and key: each page is a statement of its own, so that no long snapshot
is held while leads are claimed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from integrations.contact_db.database import ContactDatabase

PAGE = 10_000
_START = {"uuid": "00000000-0000-0000-0000-000000000000", "bigint": 0}


class Exported(StrEnum):
    ATTEMPTS = "attempts"
    OUTCOMES = "outcomes"
    TOUCHES = "touches"


class Kind(StrEnum):
    """Of a column."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    YES_NO = "yes_no"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Source:
    """What an export is read from."""

    columns: dict[str, tuple[str, Kind]]
    """By name: the expression, and its kind."""
    tables: str
    at: str
    key: str
    key_type: str

    def page(self) -> str:
        listed = ", ".join(f"{expression} AS {name}" for name, (expression, _) in self.columns.items())
        return f"""
SELECT {listed}, {self.at} AS page_at, {self.key} AS page_key FROM {self.tables}
WHERE {self.at} < :until AND ({self.at}, {self.key}) > (CAST(:after AS timestamptz), CAST(:key AS {self.key_type}))
ORDER BY {self.at}, {self.key} LIMIT :most
"""

    def count(self) -> str:
        return f"SELECT count(*) FROM {self.tables} WHERE {self.at} >= :since AND {self.at} < :until"


_CAMPAIGN = "JOIN campaigns ON campaigns.id = {table}.campaign_id"
_CONTACT = "JOIN contacts ON contacts.id = {table}.contact_id"

SOURCES = {
    Exported.ATTEMPTS: Source(
        {
            "attempt": ("CAST(attempts.id AS text)", Kind.TEXT),
            "opened_at": ("opened_at", Kind.MOMENT),
            "campaign": ("campaigns.name", Kind.TEXT),
            "contact": ("attempts.contact_id", Kind.WHOLE),
            "external_key": ("contacts.external_key", Kind.TEXT),
            "lead": ("lead_id", Kind.WHOLE),
            "number": ("e164", Kind.TEXT),
            "caller_id": ("attempts.caller_id", Kind.TEXT),
            "server": ("server", Kind.TEXT),
            "prompt": ("prompt", Kind.TEXT),
            "state": ("state", Kind.TEXT),
            "counts": ("counts", Kind.YES_NO),
            "verdict": ("verdict", Kind.TEXT),
        },
        f"attempts {_CAMPAIGN.format(table='attempts')} {_CONTACT.format(table='attempts')}",
        "opened_at",
        "attempts.id",
        "uuid",
    ),
    Exported.OUTCOMES: Source(
        {
            "attempt": ("CAST(outcomes.attempt_id AS text)", Kind.TEXT),
            "ended_at": ("ended_at", Kind.MOMENT),
            "campaign": ("campaigns.name", Kind.TEXT),
            "contact": ("outcomes.contact_id", Kind.WHOLE),
            "external_key": ("contacts.external_key", Kind.TEXT),
            "outcome": ("outcome", Kind.TEXT),
            "cause": ("cause", Kind.WHOLE),
            "answered_at": ("answered_at", Kind.MOMENT),
            "connected_at": ("connected_at", Kind.MOMENT),
            "agent": ("outcomes.agent_id", Kind.TEXT),
            "ring_seconds": ("outcomes.ring_seconds", Kind.NUMBER),
            "disposition": ("dispositions.disposition", Kind.TEXT),
            "disposed_at": ("dispositions.at", Kind.MOMENT),
            "note": ("dispositions.note", Kind.TEXT),
        },
        f"outcomes {_CAMPAIGN.format(table='outcomes')} {_CONTACT.format(table='outcomes')} "
        "LEFT JOIN dispositions ON dispositions.attempt_id = outcomes.attempt_id "
        "AND dispositions.contact_id = outcomes.contact_id",
        "ended_at",
        "outcomes.attempt_id",
        "uuid",
    ),
    Exported.TOUCHES: Source(
        {
            "touch": ("touches.id", Kind.WHOLE),
            "at": ("touches.at", Kind.MOMENT),
            "contact": ("touches.contact_id", Kind.WHOLE),
            "external_key": ("contacts.external_key", Kind.TEXT),
            "channel": ("channel", Kind.TEXT),
            "direction": ("direction", Kind.TEXT),
            "campaign": ("campaigns.name", Kind.TEXT),
            "topic": ("topic", Kind.TEXT),
            "outcome": ("outcome", Kind.TEXT),
            "source": ("source", Kind.TEXT),
        },
        f"touches LEFT {_CAMPAIGN.format(table='touches')} {_CONTACT.format(table='touches')}",
        "touches.at",
        "touches.id",
        "bigint",
    ),
}


class ExportReading:
    def __init__(self, database: ContactDatabase, page: int = PAGE) -> None:
        self._database, self._page = database, page

    async def count(self, what: Exported, since: datetime, until: datetime) -> int:
        rows = await self._database.fetch(text(SOURCES[what].count()), {"since": since, "until": until})
        return int(rows[0][0])

    async def pages(self, what: Exported, since: datetime, until: datetime) -> AsyncIterator[Sequence[Any]]:
        """The rows from `since` on and before `until`, the oldest first."""
        source = SOURCES[what]
        after, key = since, _START[source.key_type]
        while True:
            values = {"until": until, "after": after, "key": key, "most": self._page}
            rows = await self._database.fetch(text(source.page()), values)
            if not rows:
                return
            yield rows
            after, key = rows[-1].page_at, rows[-1].page_key
