"""Segments and rules of experience, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.contact import Channel
from dialer.domain.errors import Conflict, NotFound
from dialer.ports.segments import WrittenRule, WrittenSegment
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import campaigns, experience_rules, segments


class DatabaseSegmentBook:
    """dialer.ports.segments.SegmentBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def segments(self) -> Sequence[WrittenSegment]:
        named = segments.outerjoin(campaigns, campaigns.c.id == segments.c.campaign_id)
        columns = (*segments.c, campaigns.c.name.label("campaign"))
        rows = await self._database.fetch(select(*columns).select_from(named).order_by(segments.c.priority))
        return [
            WrittenSegment(
                name=row.name,
                priority=row.priority,
                expression=row.expression,
                outreach=None if row.outreach is None else Channel(row.outreach),
                campaign=row.campaign or "",
                offer=row.offer,
                note=row.note,
            )
            for row in rows
        ]

    async def rules(self) -> Sequence[WrittenRule]:
        rows = await self._database.fetch(select(experience_rules).order_by(experience_rules.c.name))
        return [WrittenRule(row.name, row.product, row.expression, row.because) for row in rows]

    async def put(self, segments: Sequence[WrittenSegment], rules: Sequence[WrittenRule], *, only: bool) -> None:
        async def work(connection: AsyncConnection) -> None:
            if only:
                await _keep_only(connection, [one.name for one in segments], [one.name for one in rules])
            for segment in segments:
                await _put_segment(connection, segment)
            for rule in rules:
                await _put_rule(connection, rule)

        try:
            await self._database.run(work)
        except Conflict:
            raise Conflict("a priority is another segment's already", "priority") from None

    async def remove(self, name: str) -> None:
        gone = delete(segments).where(segments.c.name == name).returning(segments.c.name)
        if not await self._database.fetch(gone, repeatable=False):
            raise NotFound(f"no segment '{name}'")


async def _keep_only(connection: AsyncConnection, names: list[str], rules: list[str]) -> None:
    await connection.execute(delete(segments).where(segments.c.name.not_in(names)))
    await connection.execute(delete(experience_rules).where(experience_rules.c.name.not_in(rules)))


async def _put_segment(connection: AsyncConnection, segment: WrittenSegment) -> None:
    campaign = None
    if segment.campaign:
        found = select(campaigns.c.id).where(campaigns.c.name == segment.campaign)
        campaign = (await connection.execute(found)).scalar_one_or_none()
        if campaign is None:
            raise NotFound(f"segment {segment.name}: no campaign '{segment.campaign}'")
    values = {
        "priority": segment.priority,
        "expression": segment.expression,
        "outreach": segment.outreach,
        "campaign_id": campaign,
        "offer": segment.offer,
        "note": segment.note,
    }
    added = insert(segments).values(name=segment.name, **values)
    changed = added.on_conflict_do_update(index_elements=["name"], set_=values | {"changed_at": func.now()})
    await connection.execute(changed)


async def _put_rule(connection: AsyncConnection, rule: WrittenRule) -> None:
    values = {"product": rule.product, "expression": rule.expression, "because": rule.because}
    added = insert(experience_rules).values(name=rule.name, **values)
    changed = added.on_conflict_do_update(index_elements=["name"], set_=values | {"changed_at": func.now()})
    await connection.execute(changed)
