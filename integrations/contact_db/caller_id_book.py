"""The pool of caller ids, and how each fares."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase

_USES = text("""
WITH shown AS (
    SELECT caller_id, count(*) AS shown, min(opened_at) AS first_at,
        count(outcomes.attempt_id) FILTER (WHERE counts) AS ended, count(answered_at) AS answered
    FROM attempts LEFT JOIN outcomes
        ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    WHERE caller_id IN (SELECT e164 FROM caller_ids) AND caller_id <> '' AND opened_at > :since
    GROUP BY caller_id
)
SELECT caller_ids.*, coalesce(shown, 0) AS shown, first_at, coalesce(ended, 0) AS ended,
    coalesce(answered, 0) AS answered
FROM caller_ids LEFT JOIN shown ON shown.caller_id = caller_ids.e164
ORDER BY e164
""")
_PUT = text("""
INSERT INTO caller_ids (e164, place, campaign_id, daily_limit, resting)
SELECT :number, :place, CAST(:campaign AS bigint), :daily_limit, :resting
WHERE CAST(:campaign AS bigint) IS NULL OR EXISTS (SELECT FROM campaigns WHERE id = :campaign)
ON CONFLICT (e164) DO UPDATE SET place = excluded.place, campaign_id = excluded.campaign_id,
    daily_limit = excluded.daily_limit, resting = excluded.resting
RETURNING 1
""")
_REMOVE = text("DELETE FROM caller_ids WHERE e164 = :number RETURNING 1")


class DatabaseCallerIdBook:
    """dialer.ports.CallerIdBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def uses(self, since: datetime) -> Sequence[CallerIdUse]:
        return [_use(row) for row in await self._database.fetch(_USES, {"since": since})]

    async def put(self, caller_id: CallerId) -> None:
        values = {
            "number": caller_id.number.e164,
            "place": caller_id.place,
            "campaign": caller_id.campaign,
            "daily_limit": caller_id.daily_limit,
            "resting": caller_id.resting,
        }
        if not await self._database.fetch(_PUT, values):
            raise NotFound(f"no campaign with number {caller_id.campaign}")

    async def remove(self, number: PhoneNumber) -> None:
        if not await self._database.fetch(_REMOVE, {"number": number.e164}, repeatable=False):
            raise NotFound(f"{number.e164} is not among the caller ids")


def _use(row: Row[Any]) -> CallerIdUse:
    campaign = None if row.campaign_id is None else CampaignId(row.campaign_id)
    held = CallerId(PhoneNumber(row.e164), row.place, campaign, row.daily_limit, row.resting)
    return CallerIdUse(held, row.shown, row.first_at, row.ended, row.answered)
