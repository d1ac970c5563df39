"""What people prefer: one row a person, the latest word."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam

from dialer.domain.errors import NotFound
from dialer.domain.ids import ContactId
from dialer.domain.preferences import PREFERENCE, Preferences
from integrations.contact_db import week_times
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.erased import refuse_erased
from integrations.contact_db.preferences_read import preferences_of

_OF = text("""
SELECT to_jsonb(preferences) AS kept FROM contacts LEFT JOIN preferences ON preferences.contact_id = contacts.id
WHERE contacts.id = :contact
""")
_KEEP = text("""
INSERT INTO preferences
    (contact_id, channels, refused_channels, topics, refused_topics, call_times, source, at)
VALUES (:contact, CAST(:channels AS text[]), CAST(:refused_channels AS text[]), CAST(:topics AS text[]),
    CAST(:refused_topics AS text[]), :call_times, :source, :at)
ON CONFLICT (contact_id) DO UPDATE SET channels = EXCLUDED.channels, refused_channels = EXCLUDED.refused_channels,
    topics = EXCLUDED.topics, refused_topics = EXCLUDED.refused_topics, call_times = EXCLUDED.call_times,
    source = EXCLUDED.source, at = EXCLUDED.at
""").bindparams(bindparam("call_times", type_=JSONB))
_LOOK_AGAIN = text(f"""
UPDATE leads SET status = 'ready', reason = NULL, due_at = NULL
WHERE contact_id = :contact AND status IN ('blocked', 'waiting') AND reason = '{PREFERENCE}'
""")
_TAKE_BACK = text("DELETE FROM lead_leases WHERE contact_id = :contact AND until < 'infinity'")
"""What lies in hoppers, with what was preferred before: the commit of its attempt is refused now."""
_TOUCH = text("""
INSERT INTO touches (contact_id, at, channel, direction, topic, outcome, source)
VALUES (:contact, :at, 'web', 'inbound', 'preferences', 'changed', :source)
""")


class DatabasePreferenceBook:
    """dialer.ports.knowledge.PreferenceBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def of(self, contact: ContactId) -> Preferences:
        rows = await self._database.fetch(_OF, {"contact": contact})
        if not rows:
            raise NotFound(f"no contact with number {contact}")
        return preferences_of(rows[0].kept)

    async def keep(self, contact: ContactId, preferences: Preferences, source: str, at: datetime) -> None:
        values = {
            "contact": contact,
            "channels": list(preferences.channels),
            "refused_channels": list(preferences.refused_channels),
            "topics": list(preferences.topics),
            "refused_topics": list(preferences.refused_topics),
            "call_times": week_times.written(preferences.call_times),
            "source": source,
            "at": at,
        }

        async def work(connection: AsyncConnection) -> None:
            await refuse_erased(connection, contact)
            await connection.execute(_KEEP, values)
            await connection.execute(_LOOK_AGAIN, {"contact": contact})
            await connection.execute(_TAKE_BACK, {"contact": contact})
            if source == "self_service":
                await connection.execute(_TOUCH, {"contact": contact, "at": at, "source": source})

        await self._database.run(work)
