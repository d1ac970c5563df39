"""Inbound service as it was counted: steps for good, callers' tries for as long as a service day needs them."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.ids import ServerName
from dialer.ports import InboundRecord
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.posix_time import moment_of
from pacing.marketing.figures import CallerTry, Counts, Step

FORGET_TRIES = 10_000
"""Tries deleted by one statement."""
_COUNTS = tuple(field.name for field in fields(Counts))
"""In the order of the columns that _STEPS asks for."""
_counts_of = attrgetter(*_COUNTS)

# Rows that are as they were are not written anew: of many groups most have had no call since the last save. Rows are
# taken in one order, so that two savers can't each wait for the other. A server's time is replaced even by an earlier
# one: after the clock was set back, the later one would hide a gap.
_SAVE = text("""
WITH steps AS (
    INSERT INTO inbound_steps AS kept (service_group, begins_at, blind, offered, answered, within_threshold, abandoned,
        short_abandons, left_queue, callers, callers_through)
    SELECT * FROM unnest(CAST(:groups AS text[]), CAST(:begins AS timestamptz[]), CAST(:blind AS boolean[]),
        CAST(:offered AS integer[]), CAST(:answered AS integer[]), CAST(:within AS integer[]),
        CAST(:abandoned AS integer[]), CAST(:short_abandons AS integer[]), CAST(:left AS integer[]),
        CAST(:callers AS integer[]), CAST(:callers_through AS integer[])) AS given(service_group, begins_at)
    ORDER BY service_group, begins_at
    ON CONFLICT (service_group, begins_at) DO UPDATE SET blind = excluded.blind, offered = excluded.offered,
        answered = excluded.answered, within_threshold = excluded.within_threshold, abandoned = excluded.abandoned,
        short_abandons = excluded.short_abandons, left_queue = excluded.left_queue, callers = excluded.callers,
        callers_through = excluded.callers_through
    WHERE (kept.blind, kept.offered, kept.answered, kept.within_threshold, kept.abandoned, kept.short_abandons,
        kept.left_queue, kept.callers, kept.callers_through) IS DISTINCT FROM (excluded.blind, excluded.offered,
        excluded.answered, excluded.within_threshold, excluded.abandoned, excluded.short_abandons,
        excluded.left_queue, excluded.callers, excluded.callers_through)
), tries AS (
    INSERT INTO caller_tries AS kept (service_group, began_at, caller, through)
    SELECT * FROM unnest(CAST(:try_groups AS text[]), CAST(:began AS timestamptz[]), CAST(:try_callers AS text[]),
        CAST(:through AS boolean[])) AS given(service_group, began_at, caller)
    ORDER BY service_group, began_at, caller
    ON CONFLICT (service_group, began_at, caller) DO UPDATE SET through = excluded.through
    WHERE kept.through IS DISTINCT FROM excluded.through
)
INSERT INTO inbound_seen (server, seen_until)
SELECT * FROM unnest(CAST(:servers AS text[]), CAST(:seen AS timestamptz[])) AS given(server) ORDER BY server
ON CONFLICT (server) DO UPDATE SET seen_until = excluded.seen_until
""")

_STEPS = text("""
SELECT begins_at, blind, offered, answered, within_threshold, abandoned, short_abandons, left_queue, callers,
    callers_through
FROM inbound_steps WHERE service_group = :group AND begins_at >= CAST(:since AS timestamptz) ORDER BY begins_at
""")

_TRIES = text("""
SELECT caller, began_at, through FROM caller_tries
WHERE service_group = :group AND began_at >= CAST(:since AS timestamptz) ORDER BY began_at, caller
""")

_SEEN = text("SELECT server, seen_until FROM inbound_seen")

_FORGET = text("""
WITH old AS MATERIALIZED (
    SELECT service_group, began_at, caller FROM caller_tries WHERE began_at < CAST(:before AS timestamptz)
    ORDER BY began_at LIMIT :most
), gone AS (
    DELETE FROM caller_tries USING old WHERE caller_tries.service_group = old.service_group
        AND caller_tries.began_at = old.began_at AND caller_tries.caller = old.caller
    RETURNING 1
)
SELECT count(*) AS gone FROM gone
""")


class DatabaseInboundBook:
    """dialer.ports.InboundBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def load(self, group: str, since: datetime) -> InboundRecord:
        """As the port says; tries that began at `since` or later."""
        values = {"group": group, "since": since}
        steps = await self._database.fetch(_STEPS, values)
        tries = await self._database.fetch(_TRIES, values)
        return InboundRecord(
            steps=[_step(row) for row in steps],
            callers=[CallerTry(row.caller, row.began_at.timestamp(), row.through) for row in tries],
        )

    async def save(self, saved: Mapping[str, InboundRecord], seen: Mapping[ServerName, datetime]) -> None:
        """All or nothing, in one statement. A try is known by its group, caller and beginning."""
        values = {**_step_arrays(saved), **_try_arrays(saved), "servers": list(seen), "seen": list(seen.values())}
        if any(values.values()):
            await self._database.fetch(_SAVE, values)

    async def seen(self) -> Mapping[ServerName, datetime]:
        return {ServerName(row.server): row.seen_until for row in await self._database.fetch(_SEEN)}

    async def forget(self, before: datetime) -> int:
        """As the port says, in pieces that don't hold the table up."""
        forgotten = 0
        while True:
            [row] = await self._database.fetch(_FORGET, {"before": before, "most": FORGET_TRIES})
            forgotten += int(row.gone)
            if row.gone < FORGET_TRIES:
                return forgotten


def _step(row: Row[Any]) -> Step:
    return Step(row.begins_at.timestamp(), Counts(*row[2:]), row.blind)


def _step_arrays(saved: Mapping[str, InboundRecord]) -> dict[str, list[Any]]:
    """One array a column; of steps that begin at the same moment, the last."""
    once = {(group, moment_of(step.begins)): step for group, record in saved.items() for step in record.steps}
    columns = zip(*(_counts_of(step.counts) for step in once.values()), strict=True) if once else [()] * len(_COUNTS)
    return {
        "groups": [group for group, _ in once],
        "begins": [begins for _, begins in once],
        "blind": [step.blind for step in once.values()],
        **{name: list(column) for name, column in zip(_COUNTS, columns, strict=True)},
    }


def _try_arrays(saved: Mapping[str, InboundRecord]) -> dict[str, list[Any]]:
    once = {
        (group, moment_of(one.began), one.caller): one.through
        for group, record in saved.items()
        for one in record.callers
    }
    return {
        "try_groups": [group for group, _, _ in once],
        "began": [began for _, began, _ in once],
        "try_callers": [caller for _, _, caller in once],
        "through": list(once.values()),
    }
