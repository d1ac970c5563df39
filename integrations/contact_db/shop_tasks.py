"""Shops' tasks: the steps of waves that a shop carries out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.errors import Conflict, NotFound
from integrations.contact_db.database import ContactDatabase
from integrations.http_api.outreach import ShopTask, TaskState

_TASK = """
SELECT act.id, act.contact_id, act.at, act.state, act.details, campaigns.name AS campaign, contacts.name,
    coalesce((SELECT e164 FROM phone_numbers WHERE phone_numbers.contact_id = act.contact_id AND valid
        ORDER BY rank, id LIMIT 1), '') AS number
FROM {acts} AS act JOIN campaigns ON campaigns.id = act.campaign_id JOIN contacts ON contacts.id = act.contact_id
"""
_TASKS = text(f"""{_TASK.format(acts="wave_acts")}
WHERE act.channel = 'shop' AND act.details ->> 'shop' = :shop
    AND (CAST(:state AS text) IS NULL OR act.state = :state)
ORDER BY act.at, act.id LIMIT :limit
""")
_OF_SHOP = "channel = 'shop' AND (CAST(:shop AS text) IS NULL OR details ->> 'shop' = :shop)"
_STATE = text(f"SELECT state FROM wave_acts WHERE id = :task AND {_OF_SHOP}")
_TAKE = text(f"""
WITH taken AS (
    UPDATE wave_acts SET state = 'taken', settled_at = :now,
        details = details || jsonb_build_object('taken_by', CAST(:by AS text))
    WHERE id = :task AND {_OF_SHOP} AND state = 'open' RETURNING *
)
{_TASK.format(acts="taken")}
""")
_CLOSE = text(f"""
WITH closed AS (
    UPDATE wave_acts SET state = 'closed', settled_at = :now, details = details
        || jsonb_build_object('result', CAST(:result AS text), 'note', CAST(:note AS text),
            'taken_by', CAST(:by AS text))
    WHERE id = :task AND {_OF_SHOP} AND state IN ('open', 'taken') RETURNING *
), places AS (
    UPDATE wave_places SET results = jsonb_set(results, ARRAY[closed.step],
            coalesce(results -> closed.step, '[]') || to_jsonb(CAST(:result AS text))),
        due_at = least(due_at, CAST(:now AS timestamptz))
    FROM closed WHERE wave_places.campaign_id = closed.campaign_id AND wave_places.contact_id = closed.contact_id
        AND wave_places.state <> 'ended'
)
INSERT INTO touches (contact_id, at, channel, direction, campaign_id, topic, outcome, details, source)
SELECT contact_id, :now, 'shop', 'outbound', campaign_id, step, :result,
    jsonb_build_object('act', id, 'note', CAST(:note AS text)), CAST(:by AS text)
FROM closed RETURNING 1
""")


class DatabaseShopTasks:
    """integrations.http_api.outreach.ShopTaskBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def tasks(self, shop: str, state: TaskState | None, limit: int) -> Sequence[ShopTask]:
        rows = await self._database.fetch(_TASKS, {"shop": shop, "state": state, "limit": limit})
        return [_task(row) for row in rows]

    async def take(self, task: str, by: str, shop: str | None, now: datetime) -> ShopTask:
        values = {"task": task, "by": by, "shop": shop, "now": now}
        rows = await self._database.fetch(_TAKE, values, repeatable=False)
        if not rows:
            raise Conflict(f"task {task} is {await self._state(task, shop)}")
        return _task(rows[0])

    async def close(self, task: str, by: str, shop: str | None, *, result: str, note: str, now: datetime) -> None:
        values = {"task": task, "by": by, "shop": shop, "result": result, "note": note, "now": now}
        if not await self._database.fetch(_CLOSE, values, repeatable=False):
            raise Conflict(f"task {task} is {await self._state(task, shop)}")

    async def _state(self, task: str, shop: str | None) -> str:
        rows = await self._database.fetch(_STATE, {"task": task, "shop": shop})
        if not rows:
            raise NotFound(f"no task {task}")
        return str(rows[0].state)


def _task(row: Row[Any]) -> ShopTask:
    told = row.details
    return ShopTask(
        id=str(row.id),
        shop=told.get("shop", ""),
        text=told.get("text", ""),
        state=TaskState(row.state),
        campaign=row.campaign,
        contact=row.contact_id,
        name=row.name,
        number="" if row.state == TaskState.OPEN else row.number,
        at=row.at,
        taken_by=told.get("taken_by", ""),
        result=told.get("result", ""),
        note=told.get("note", ""),
    )
