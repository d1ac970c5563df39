"""Webhooks and their outbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from dialer.domain.errors import NotFound
from integrations.contact_db.database import ContactDatabase
from integrations.http_api.outreach import Delivery, Webhook, WebhookKind

_ADD = text("INSERT INTO webhooks (id, url, secret, kinds) VALUES (:id, :url, :secret, CAST(:kinds AS text[]))")
_ALL = text("""
SELECT id, url, kinds, (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'pending')
    AS pending, (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'dead') AS dead
FROM webhooks ORDER BY created_at, id
""")
_REMOVE = text("DELETE FROM webhooks WHERE id = :id RETURNING 1")
_DELIVERIES = text("""
SELECT id, webhook_id, kind, state, tries, last_error, made_at, body FROM webhook_deliveries WHERE state = :state
ORDER BY made_at, id LIMIT :limit
""")
_AGAIN = text("""
UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_at = 0
WHERE state = 'dead' AND (CAST(:id AS uuid) IS NULL OR id = :id) RETURNING 1
""")
_CLAIM = text("""
WITH due AS MATERIALIZED (
    SELECT id, contact_id FROM webhook_deliveries WHERE state = 'pending' AND next_at <= :now
    ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE webhook_deliveries AS held SET tries = tries + 1, next_at = :until FROM due, webhooks
WHERE held.id = due.id AND held.contact_id = due.contact_id AND webhooks.id = held.webhook_id
RETURNING held.id, held.contact_id, kind, body, made_at, tries, url, secret
""")
_DONE = text("DELETE FROM webhook_deliveries WHERE id = :id AND contact_id = :contact")
_FAILED = text("""
UPDATE webhook_deliveries SET state = :state, next_at = :next_at, last_error = :error
WHERE id = :id AND contact_id = :contact
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose turn it is."""

    id: str
    contact: int
    kind: str
    body: Mapping[str, Any]
    made_at: datetime
    tries: int
    """This one included."""
    url: str
    secret: str

    def __repr__(self) -> str:
        return f"Due({self.id}, {self.kind}, try {self.tries})"


class DatabaseWebhookBook:
    """integrations.http_api.outreach.WebhookBook on PostgreSQL, and the sender's side of the outbox."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def add(self, url: str, secret: str, kinds: Sequence[WebhookKind]) -> str:
        made = str(uuid4())
        await self._database.fetch(_ADD, {"id": made, "url": url, "secret": secret, "kinds": [*map(str, kinds)]})
        return made

    async def webhooks(self) -> Sequence[Webhook]:
        return [
            Webhook(str(row.id), row.url, [WebhookKind(kind) for kind in row.kinds], row.pending, row.dead)
            for row in await self._database.fetch(_ALL)
        ]

    async def remove(self, webhook: str) -> None:
        if not await self._database.fetch(_REMOVE, {"id": webhook}, repeatable=False):
            raise NotFound(f"no webhook {webhook}")

    async def deliveries(self, state: str, limit: int) -> Sequence[Delivery]:
        rows = await self._database.fetch(_DELIVERIES, {"state": state, "limit": limit})
        return [
            Delivery(
                str(row.id), str(row.webhook_id), WebhookKind(row.kind), row.state, row.tries, row.last_error,
                row.made_at, row.body,
            )
            for row in rows
        ]  # fmt: skip

    async def send_again(self, delivery: str | None) -> int:
        count = len(await self._database.fetch(_AGAIN, {"id": delivery}, repeatable=False))
        if delivery is not None and not count:
            raise NotFound(f"no dead delivery {delivery}")
        return count

    async def claim(self, most: int, now: int, until: int) -> Sequence[Due]:
        """Deliveries that are due; nobody else gets them before `until`. Times are s since 1970."""
        rows = await self._database.fetch(_CLAIM, {"most": most, "now": now, "until": until}, repeatable=False)
        return [
            Due(str(row.id), row.contact_id, row.kind, row.body, row.made_at, row.tries, row.url, row.secret)
            for row in rows
        ]

    async def done(self, due: Due) -> None:
        await self._database.fetch(_DONE, {"id": due.id, "contact": due.contact})

    async def failed(self, due: Due, error: str, next_at: int | None) -> None:
        """`next_at`: when it is tried again; None: it is dead."""
        state = "dead" if next_at is None else "pending"
        values = {"id": due.id, "contact": due.contact, "state": state, "next_at": next_at or 0, "error": error}
        await self._database.fetch(_FAILED, values)


def payload(due: Due) -> bytes:
    """What is sent: the same bytes at each try."""
    told = {"type": due.kind, "timestamp": due.made_at.isoformat(), "data": due.body}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
