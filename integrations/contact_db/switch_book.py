"""The marketing switches' history, and supervisors' orders; nothing of either is ever deleted."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict
from dialer.ports import GivenOrder, SwitchChange
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.posix_time import moment_of
from pacing.marketing.verdict import Cause, HandOrder, SwitchState

_REPLACED = "replaced by another order"
_SPACE = 0x0DE5  # our own half of PostgreSQL's pair of advisory lock keys

_NOTE = text("""
INSERT INTO switch_changes (service_group, changed_at, state, causes, explanation, figures, changed_by)
VALUES (:group, CAST(:at AS timestamptz), :state, CAST(:causes AS text[]), :words, CAST(:figures AS jsonb), :by)
ON CONFLICT (service_group, changed_at, state) DO NOTHING
""")

_OF_ONE = text("""
SELECT * FROM switch_changes WHERE service_group = :group ORDER BY changed_at DESC, id DESC LIMIT :limit
""")

_OF_ALL = text("SELECT * FROM switch_changes ORDER BY changed_at DESC, id DESC LIMIT :limit")

# from each group's name to the next one in the index, instead of past all that a group ever did
_LAST = text("""
WITH RECURSIVE groups AS (
    SELECT min(service_group) AS service_group FROM switch_changes
    UNION ALL
    SELECT (SELECT min(service_group) FROM switch_changes WHERE service_group > groups.service_group)
    FROM groups WHERE service_group IS NOT NULL
)
SELECT last.* FROM groups CROSS JOIN LATERAL (
    SELECT * FROM switch_changes WHERE switch_changes.service_group = groups.service_group
    ORDER BY changed_at DESC, id DESC LIMIT 1
) AS last
""")

# without it, two orders at once would both find none that stands
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(CAST(:space AS integer), hashtext(:group))")

_REPLACE = text(f"""
UPDATE hand_orders SET lifted_at = CAST(:at AS timestamptz), lifted_by = :by, lifted_why = '{_REPLACED}'
WHERE service_group = :group AND lifted_at IS NULL
    AND (ordered_by, why, ordered_at, until) IS DISTINCT FROM
        (:by, :why, CAST(:at AS timestamptz), CAST(:until AS timestamptz))
""")

_ORDER = text("""
INSERT INTO hand_orders (service_group, ordered_by, why, ordered_at, until)
VALUES (:group, :by, :why, CAST(:at AS timestamptz), CAST(:until AS timestamptz))
ON CONFLICT (service_group) WHERE lifted_at IS NULL DO NOTHING
""")

_LIFT = text("""
UPDATE hand_orders SET lifted_at = CAST(:at AS timestamptz), lifted_by = :by, lifted_why = :why
WHERE service_group = :group AND lifted_at IS NULL RETURNING id
""")

_GIVEN_OF_ONE = text("""
SELECT * FROM hand_orders WHERE service_group = :group ORDER BY ordered_at DESC, id DESC LIMIT :limit
""")

_GIVEN = text("SELECT * FROM hand_orders ORDER BY ordered_at DESC, id DESC LIMIT :limit")

_STANDING = text("SELECT * FROM hand_orders WHERE lifted_at IS NULL")


class DatabaseSwitchBook:
    """dialer.ports.SwitchBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def note(self, change: SwitchChange) -> None:
        """As the port says; a change noted again (same group, time and state) changes nothing."""
        values = {
            "group": change.group,
            "at": change.at,
            "state": change.state.value,
            "causes": [cause.value for cause in change.causes],
            "words": change.words,
            "figures": json.dumps(change.figures, allow_nan=False),
            "by": change.by,
        }
        await self._database.fetch(_NOTE, values)

    async def changes(self, group: str | None, limit: int) -> list[SwitchChange]:
        """As the port says; of changes at the same time, the one noted last comes first."""
        if group is None:
            rows = await self._database.fetch(_OF_ALL, {"limit": limit})
        else:
            rows = await self._database.fetch(_OF_ONE, {"group": group, "limit": limit})
        return [_change(row) for row in rows]

    async def last(self) -> Mapping[str, SwitchChange]:
        return {row.service_group: _change(row) for row in await self._database.fetch(_LAST)}

    async def close(self, group: str, order: HandOrder) -> None:
        """As the port says; the order that is replaced counts as lifted by the same person. Given again, the order
        that stands changes nothing. BadInput without who or why, or when it would end before it begins."""
        values = {
            "group": group,
            "by": order.by,
            "why": order.why,
            "at": moment_of(order.at),
            "until": None if order.until is None else moment_of(order.until),
        }

        async def replace(connection: AsyncConnection) -> None:
            await connection.execute(_TAKE_TURNS, {"space": _SPACE, "group": group})
            await connection.execute(_REPLACE, values)
            await connection.execute(_ORDER, values)

        await self._database.run(replace, repeatable=True)

    async def lift(self, group: str, by: str, why: str, at: datetime) -> None:
        """As the port says. BadInput without who."""
        values = {"group": group, "by": by, "why": why, "at": at}
        if not await self._database.fetch(_LIFT, values, repeatable=False):
            raise Conflict(f"no order keeps marketing off in {group}")

    async def given(self, group: str | None, limit: int) -> list[GivenOrder]:
        """As the port says; of orders of the same time, the one given last comes first."""
        if group is None:
            rows = await self._database.fetch(_GIVEN, {"limit": limit})
        else:
            rows = await self._database.fetch(_GIVEN_OF_ONE, {"group": group, "limit": limit})
        return [
            GivenOrder(row.service_group, _order(row), row.lifted_at, row.lifted_by or "", row.lifted_why or "")
            for row in rows
        ]

    async def orders(self) -> Mapping[str, HandOrder]:
        return {row.service_group: _order(row) for row in await self._database.fetch(_STANDING)}


def _change(row: Row[Any]) -> SwitchChange:
    return SwitchChange(
        group=row.service_group,
        at=row.changed_at,
        state=SwitchState(row.state),
        causes=tuple(Cause(cause) for cause in row.causes),
        words=row.explanation,
        figures=row.figures,
        by=row.changed_by,
    )


def _order(row: Row[Any]) -> HandOrder:
    return HandOrder(
        by=row.ordered_by,
        why=row.why,
        at=row.ordered_at.timestamp(),
        until=None if row.until is None else row.until.timestamp(),
    )
