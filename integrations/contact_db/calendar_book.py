"""The calendar of campaigns."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from dialer.domain.calendar import CalendarEntry
from dialer.domain.contact import Channel
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId
from integrations.contact_db.database import ContactDatabase

_ENTRIES = text("""
SELECT calendar_entries.*, campaigns.name, campaigns.product, campaigns.shares_people
FROM calendar_entries JOIN campaigns ON campaigns.id = calendar_entries.campaign_id
WHERE (CAST(:campaign AS bigint) IS NULL OR campaign_id = :campaign)
    AND (CAST(:begin AS date) IS NULL OR ends_on >= :begin) AND (CAST(:end AS date) IS NULL OR begins_on <= :end)
ORDER BY begins_on, campaign_id
""")
_PUT = text("""
INSERT INTO calendar_entries (campaign_id, begins_on, ends_on, hours_begin, hours_end, agents, channels)
SELECT id, :begins_on, :ends_on, :hours_begin, :hours_end, :agents, :channels FROM campaigns WHERE id = :campaign
ON CONFLICT (campaign_id) DO UPDATE SET begins_on = excluded.begins_on, ends_on = excluded.ends_on,
    hours_begin = excluded.hours_begin, hours_end = excluded.hours_end, agents = excluded.agents,
    channels = excluded.channels
RETURNING campaign_id
""").bindparams(bindparam("channels", type_=JSONB))
_REMOVE = text("DELETE FROM calendar_entries WHERE campaign_id = :campaign RETURNING 1")
_OPEN = "status NOT IN ('done', 'exhausted')"
_PEOPLE = text(f"SELECT count(*) FROM leads WHERE campaign_id = :campaign AND {_OPEN}")
_SHARED = text(f"""
SELECT other.campaign_id, count(*) AS people
FROM leads AS mine JOIN leads AS other ON other.contact_id = mine.contact_id
WHERE mine.campaign_id = :campaign AND mine.{_OPEN} AND other.campaign_id = ANY(CAST(:others AS bigint[]))
    AND other.{_OPEN}
GROUP BY other.campaign_id
""")
_CAPACITY = text("SELECT channel, a_day FROM channel_capacity")
_SET = text("""
INSERT INTO channel_capacity (channel, a_day) VALUES (:channel, :a_day)
ON CONFLICT (channel) DO UPDATE SET a_day = excluded.a_day
""")
_UNSET = text("DELETE FROM channel_capacity WHERE channel = :channel")


class DatabaseCalendarBook:
    """dialer.ports.calendar.CalendarBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def entries(self, begin: date | None, end: date | None) -> Sequence[CalendarEntry]:
        return await self._entries(None, begin, end)

    async def entry(self, campaign: CampaignId) -> CalendarEntry | None:
        return next(iter(await self._entries(campaign, None, None)), None)

    async def _entries(
        self, campaign: CampaignId | None, begin: date | None, end: date | None
    ) -> Sequence[CalendarEntry]:
        values = {"campaign": campaign, "begin": begin, "end": end}
        return [_entry(row) for row in await self._database.fetch(_ENTRIES, values)]

    async def put(self, entry: CalendarEntry) -> None:
        values = {
            name: getattr(entry, name)
            for name in ("campaign", "begins_on", "ends_on", "hours_begin", "hours_end", "agents")
        }
        channels = {channel.value: count for channel, count in entry.channels.items()}
        if not await self._database.fetch(_PUT, {**values, "channels": channels}):
            raise NotFound(f"no campaign with number {entry.campaign}")

    async def remove(self, campaign: CampaignId) -> None:
        if not await self._database.fetch(_REMOVE, {"campaign": campaign}, repeatable=False):
            raise NotFound("the campaign is not in the calendar")

    async def people(self, campaign: CampaignId) -> int:
        return int((await self._database.fetch(_PEOPLE, {"campaign": campaign}))[0][0])

    async def shared(self, campaign: CampaignId, others: Collection[CampaignId]) -> Mapping[CampaignId, int]:
        if not others:
            return {}
        rows = await self._database.fetch(_SHARED, {"campaign": campaign, "others": sorted(others)})
        return {CampaignId(row.campaign_id): row.people for row in rows}

    async def capacity(self) -> Mapping[Channel, int]:
        return {Channel(row.channel): row.a_day for row in await self._database.fetch(_CAPACITY)}

    async def set_capacity(self, channel: Channel, a_day: int | None) -> None:
        statement = _UNSET if a_day is None else _SET
        values = {"channel": channel.value} | ({} if a_day is None else {"a_day": a_day})
        await self._database.fetch(statement, values)


def _entry(row: Row[Any]) -> CalendarEntry:
    return CalendarEntry(
        CampaignId(row.campaign_id),
        row.name,
        row.begins_on,
        row.ends_on,
        row.hours_begin,
        row.hours_end,
        row.agents,
        {Channel(channel): count for channel, count in row.channels.items()},
        row.product,
        row.shares_people,
    )
