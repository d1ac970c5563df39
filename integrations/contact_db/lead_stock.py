"""Leads by lease.

A lead with an open attempt is leased till infinity: its lease never runs out, and neither release nor block touch it,
until the attempt is closed. Rows are taken with SKIP LOCKED, so engines never wait for, nor share, each other's leads.

Who has an owner is leased, by a check of the table. A condition on the status besides would tempt the planner to read
all leased leads by their own index (128 ms instead of 5 for a batch of 20, with 60,000 leased).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.ids import AgentId, CampaignId, ContactId, EngineName, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber, LeadStatus
from dialer.domain.phone import PhoneNumber
from dialer.ports import Blocked, StockReport
from integrations.contact_db.database import ContactDatabase

WAKE_LEADS = 10_000
"""Leads made ready by one `wake`: a whole list may come due when calling hours begin."""

# The inner limit is one that the planner can see: without it, it expects to read a tenth of the list, and sorts it all.
# OFFSET 0 keeps it from looking a number up again for each use of `listed`.
_CLAIM = text("""
WITH call_backs_due AS MATERIALIZED (
    SELECT id, contact_id FROM leads
    WHERE campaign_id = :campaign AND status = 'ready' AND call_back_at IS NOT NULL
    ORDER BY call_back_at, id LIMIT :count FOR NO KEY UPDATE SKIP LOCKED
), best AS MATERIALIZED (
    SELECT * FROM (
        SELECT id, contact_id FROM leads
        WHERE campaign_id = :campaign AND status = 'ready' AND call_back_at IS NULL
        ORDER BY score DESC, id LIMIT :count FOR NO KEY UPDATE SKIP LOCKED
    ) AS locked_as_they_are_read LIMIT :count - (SELECT count(*) FROM call_backs_due)
), leased AS (
    UPDATE leads SET status = 'leased', lease_owner = :owner, lease_until = :until, due_at = NULL, reason = NULL
    FROM (SELECT * FROM call_backs_due UNION ALL SELECT * FROM best) AS picked
    WHERE leads.id = picked.id AND leads.contact_id = picked.contact_id
    RETURNING leads.id, leads.contact_id, leads.score, leads.attempts, leads.call_back_agent, leads.call_back_at
)
SELECT leased.*, contacts.time_zone, numbers.*,
    (SELECT count(*) FROM attempts
     WHERE attempts.contact_id = leased.contact_id AND opened_at > :day_ago AND counts) AS contact_attempts
FROM leased
JOIN contacts ON contacts.id = leased.contact_id
CROSS JOIN LATERAL (
    SELECT array_agg(number.id ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_ids,
        array_agg(e164 ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS e164s,
        array_agg(last_day ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS last_days,
        coalesce(bool_and(listed), false) AS on_dnc
    FROM (
        SELECT id, rank, e164,
            EXISTS (SELECT FROM dnc_entries WHERE dnc_entries.e164 = phone_numbers.e164) AS listed,
            (SELECT count(*) FROM attempts
             WHERE attempts.e164 = phone_numbers.e164 AND opened_at > :day_ago AND counts) AS last_day
        FROM phone_numbers WHERE contact_id = leased.contact_id AND valid OFFSET 0
    ) AS number
) AS numbers
ORDER BY leased.call_back_at NULLS LAST, leased.score DESC, leased.id
""")

_RELEASE = text("""
UPDATE leads SET status = 'ready', lease_owner = NULL, lease_until = NULL
WHERE id = ANY(CAST(:leads AS bigint[])) AND lease_owner = :owner AND lease_until < 'infinity'
""")

_RELEASE_ALL = text("""
WITH released AS (
    UPDATE leads SET status = 'ready', lease_owner = NULL, lease_until = NULL
    WHERE status = 'leased' AND lease_owner = :owner AND lease_until < 'infinity'
    RETURNING 1
)
SELECT count(*) FROM released
""")

_BLOCK = text("""
UPDATE leads SET status = CASE WHEN blocked.until IS NULL THEN 'blocked' ELSE 'waiting' END,
    due_at = blocked.until, reason = blocked.reason, lease_owner = NULL, lease_until = NULL
FROM unnest(CAST(:leads AS bigint[]), CAST(:reasons AS text[]), CAST(:untils AS timestamptz[]))
    AS blocked(id, reason, until)
WHERE leads.id = blocked.id AND lease_owner = :owner AND lease_until < 'infinity'
""")

_WAKE = text("""
WITH due AS MATERIALIZED (
    SELECT id, contact_id FROM leads WHERE status = 'waiting' AND due_at <= :now
    ORDER BY due_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
), lapsed AS MATERIALIZED (
    SELECT id, contact_id FROM leads WHERE status = 'leased' AND lease_until <= :now
    ORDER BY lease_until LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
), woken AS (
    UPDATE leads
    SET status = 'ready', due_at = NULL, reason = NULL, lease_owner = NULL, lease_until = NULL
    FROM (SELECT * FROM due UNION ALL SELECT * FROM lapsed) AS picked
    WHERE leads.id = picked.id AND leads.contact_id = picked.contact_id
    RETURNING 1
)
SELECT count(*) FROM woken
""")

_REPORT = text("""
SELECT status, reason, count(*) AS leads, min(due_at) FILTER (WHERE status = 'waiting') AS next_due
FROM leads WHERE campaign_id = :campaign GROUP BY status, reason
""")


class DatabaseLeadStock:
    """dialer.ports.LeadStock on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def claim(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> list[Lead]:
        values = {
            "campaign": campaign,
            "count": count,
            "owner": owner,
            "until": until,
            "day_ago": now - timedelta(days=1),
        }
        return [_lead(row, campaign) for row in await self._database.fetch(_CLAIM, values, repeatable=False)]

    async def release(self, leads: Sequence[LeadId], owner: EngineName) -> None:
        if leads:
            await self._database.fetch(_RELEASE, {"leads": list(leads), "owner": owner})

    async def release_all(self, owner: EngineName) -> int:
        rows = await self._database.fetch(_RELEASE_ALL, {"owner": owner})
        return int(rows[0][0])

    async def block(self, blocked: Sequence[Blocked], owner: EngineName) -> None:
        if not blocked:
            return
        values = {
            "leads": [one.lead for one in blocked],
            "reasons": [one.reason for one in blocked],
            "untils": [one.until for one in blocked],
            "owner": owner,
        }
        await self._database.fetch(_BLOCK, values)

    async def wake(self, now: datetime) -> int:
        """As the port says, at most 10,000 of each kind at a time, the longest due first."""
        rows = await self._database.fetch(_WAKE, {"now": now, "most": WAKE_LEADS})
        return int(rows[0][0])

    async def report(self, campaign: CampaignId) -> StockReport:
        rows = await self._database.fetch(_REPORT, {"campaign": campaign})
        by_status: Counter[LeadStatus] = Counter()
        reasons: Counter[str] = Counter()
        for row in rows:
            by_status[LeadStatus(row.status)] += row.leads
            if row.reason:
                reasons[row.reason] += row.leads
        due = [row.next_due for row in rows if row.next_due]
        return StockReport(dict(by_status), dict(reasons), min(due, default=None))


def _lead(row: Row[Any], campaign: CampaignId) -> Lead:
    numbers = zip(row.number_ids or (), row.e164s or (), row.last_days or (), strict=True)
    return Lead(
        id=LeadId(row.id),
        campaign=campaign,
        contact=ContactId(row.contact_id),
        numbers=tuple(LeadNumber(NumberId(number), PhoneNumber(e164), tries) for number, e164, tries in numbers),
        score=row.score,
        attempts=row.attempts,
        contact_attempts_last_day=row.contact_attempts,
        time_zone=row.time_zone,
        on_dnc=row.on_dnc,
        call_back_agent=AgentId(row.call_back_agent) if row.call_back_agent else None,
        call_back_at=row.call_back_at,
    )
