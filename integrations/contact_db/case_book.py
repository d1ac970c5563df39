"""The library of cases: calls to learn from, tagged, and searched by PostgreSQL's own full-text search."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.ports.quality import Case, CaseFilter
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.erased import refuse_erased

_SEARCH = (
    "to_tsvector('simple', {title} || ' ' || {why} || ' ' || array_to_string(CAST(:tags AS text[]), ' '))"
    " || array_to_tsvector(CAST(:tags AS text[]))"
)
"""By the words as they are, in whatever language; a tag is found as a whole, too."""
_WHOSE = text("""
SELECT contact_id FROM outcomes WHERE attempt_id = :attempt AND outcome = 'answered' AND agent_id IS NOT NULL
""")
_ADD = text(f"""
INSERT INTO quality_cases (attempt_id, contact_id, title, why, tags, added_by, added_at, search)
VALUES (:attempt, :contact, :title, :why, :tags, :added_by, :added_at,
    {_SEARCH.format(title="CAST(:title AS text)", why="CAST(:why AS text)")})
ON CONFLICT (attempt_id, contact_id) DO NOTHING RETURNING id
""")
_CHANGE = text(f"""
UPDATE quality_cases SET tags = :tags, search = {_SEARCH.format(title="title", why="why")} WHERE id = :case RETURNING 1
""")
_REMOVE = text("DELETE FROM quality_cases WHERE id = :case RETURNING 1")
_CASES = text("""
SELECT kept.*, outcomes.agent_id, campaigns.name AS campaign
FROM quality_cases AS kept
JOIN outcomes ON outcomes.attempt_id = kept.attempt_id AND outcomes.contact_id = kept.contact_id
JOIN campaigns ON campaigns.id = outcomes.campaign_id
WHERE (CAST(:case AS bigint) IS NULL OR kept.id = :case)
    AND (CAST(:after AS bigint) IS NULL OR kept.id < :after)
    AND kept.tags @> CAST(:tags AS text[])
    AND (:words = '' OR kept.search @@ websearch_to_tsquery('simple', :words))
ORDER BY CASE WHEN :words = '' THEN 0 ELSE ts_rank(kept.search, websearch_to_tsquery('simple', :words)) END DESC,
    kept.id DESC
LIMIT :limit
""")
_TAGS = text("""
SELECT tag, count(*) AS cases FROM quality_cases CROSS JOIN LATERAL unnest(tags) AS each(tag) GROUP BY tag
ORDER BY cases DESC, tag
""")


class DatabaseCaseBook:
    """dialer.ports.quality.CaseBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def add(self, case: Case) -> Case:
        values = {name: getattr(case, name) for name in ("attempt", "title", "why", "added_by", "added_at")}

        async def work(connection: AsyncConnection) -> int:
            whose = (await connection.execute(_WHOSE, {"attempt": case.attempt})).one_or_none()
            if whose is None:
                raise NotFound(f"no attempt {case.attempt} in which an agent spoke with somebody")
            await refuse_erased(connection, ContactId(whose.contact_id))
            told = values | {"tags": list(case.tags), "contact": whose.contact_id}
            kept = (await connection.execute(_ADD, told)).one_or_none()
            if kept is None:
                raise Conflict(f"call {case.attempt} is in the library already")
            return int(kept.id)

        return await self._case(await self._database.run(work))

    async def change(self, case: int, tags: Sequence[str]) -> Case:
        if not await self._database.fetch(_CHANGE, {"case": case, "tags": list(tags)}):
            raise NotFound(f"no case {case}")
        return await self._case(case)

    async def remove(self, case: int) -> None:
        if not await self._database.fetch(_REMOVE, {"case": case}, repeatable=False):
            raise NotFound(f"no case {case}")

    async def cases(self, wanted: CaseFilter) -> Sequence[Case]:
        return await self._cases(None, wanted)

    async def tags(self) -> Mapping[str, int]:
        return {row.tag: row.cases for row in await self._database.fetch(_TAGS)}

    async def _case(self, case: int) -> Case:
        found = await self._cases(case, CaseFilter())
        if not found:
            raise NotFound(f"no case {case}")
        return found[0]

    async def _cases(self, case: int | None, wanted: CaseFilter) -> Sequence[Case]:
        values = {
            "case": case,
            "after": wanted.after,
            "tags": list(wanted.tags),
            "words": wanted.words,
            "limit": wanted.limit,
        }
        return [_told(row) for row in await self._database.fetch(_CASES, values)]


def _told(row: Row[Any]) -> Case:
    return Case(
        row.id,
        AttemptId(str(row.attempt_id)),
        row.title,
        row.why,
        tuple(row.tags),
        row.added_by,
        row.added_at,
        AgentId(row.agent_id) if row.agent_id else None,
        row.campaign,
    )
