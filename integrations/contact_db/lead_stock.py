"""Leads by lease.

A lead with an open attempt is leased till infinity: its lease never runs out, and neither release nor block touch it,
until the attempt is closed. Rows are taken with SKIP LOCKED, so engines never wait for, nor share, each other's leads.

Who has an owner is leased, by a check of the table. A condition on the status besides would tempt the planner to read
all leased leads by their own index (128 ms instead of 5 for a batch of 20, with 60,000 leased).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import text

from dialer.domain.ids import CampaignId, EngineName, LeadId
from dialer.domain.lead import Lead, LeadStatus
from dialer.ports import Blocked, StockReport
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_facts import facts_of, lead_of, since

WAKE_LEADS = 10_000
"""Leads made ready by one `wake`: a whole list may come due when calling hours begin."""

# The inner limit is one that the planner can see: without it, it expects to read a tenth of the list, and sorts it all.
_CLAIM = text(f"""
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
    RETURNING leads.id, leads.contact_id, leads.score, leads.attempts, leads.call_back_agent, leads.call_back_at,
        leads.answer_probability
)
{facts_of("leased")}
ORDER BY picked.call_back_at NULLS LAST, picked.score DESC, picked.id
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

_RECONSIDER = text("""
WITH ready AS (
    UPDATE leads SET status = 'ready', due_at = NULL, reason = NULL
    WHERE campaign_id = :campaign AND status = ANY(CAST(:statuses AS text[]))
        AND reason = ANY(CAST(:reasons AS text[]))
    RETURNING 1
)
SELECT count(*) FROM ready
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
            "since": since(now),
        }
        return [lead_of(row, campaign) for row in await self._database.fetch(_CLAIM, values, repeatable=False)]

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

    async def reconsider(self, campaign: CampaignId, reasons: Collection[str], *, waiting: bool = False) -> int:
        statuses = [LeadStatus.BLOCKED.value, *([LeadStatus.WAITING.value] if waiting else [])]
        values = {"campaign": campaign, "reasons": [str(reason) for reason in reasons], "statuses": statuses}
        rows = await self._database.fetch(_RECONSIDER, values)
        return int(rows[0][0])

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
