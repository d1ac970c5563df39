"""Leads by lease.

A lead with an open attempt is leased till infinity: its lease never runs out, and neither release nor block touch it,
until the attempt is closed. Rows are taken with SKIP LOCKED, so engines never wait for, nor share, each other's leads.

Who has an owner is leased, by a check of the table. A condition on the status besides would tempt the planner to read
all leased leads by their own index (128 ms instead of 5 for a batch of 20, with 60,000 leased).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text

from compliance.facts import Consent, LastCalls, Listing
from compliance.figures import HISTORY_HOURS
from dialer.domain.ids import AgentId, CampaignId, ContactId, EngineName, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber, LeadStatus
from dialer.domain.outcome import REFUSALS
from dialer.domain.phone import PhoneNumber
from dialer.ports import Blocked, StockReport
from integrations.contact_db.database import ContactDatabase

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WAKE_LEADS = 10_000
"""Leads made ready by one `wake`: a whole list may come due when calling hours begin."""

_REFUSALS = ", ".join(f"'{disposition}'" for disposition in sorted(REFUSALS))


def _epoch(column: str) -> str:
    """A time in whole microseconds since 1970, which JSON carries exactly."""
    return f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"


# The inner limit is one that the planner can see: without it, it expects to read a tenth of the list, and sorts it all.
# OFFSET 0 keeps it from looking a number up again for each use of `listed`.
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
    RETURNING leads.id, leads.contact_id, leads.score, leads.attempts, leads.call_back_agent, leads.call_back_at
)
SELECT leased.*, contacts.time_zone, contacts.region, contacts.purchased_at, contacts.inquired_at, numbers.*,
    last_calls.*, copies.*,
    ARRAY(SELECT opened_at FROM attempts
        WHERE attempts.contact_id = leased.contact_id AND opened_at > :since AND counts ORDER BY opened_at
    ) AS contact_tries,
    (SELECT jsonb_agg(jsonb_build_object('at', {_epoch("at")}, 'given', given, 'purpose', purpose, 'proof', proof,
            'expires_at', {_epoch("expires_at")}) ORDER BY at, id)
        FROM consents WHERE consents.contact_id = leased.contact_id) AS consents
FROM leased
JOIN contacts ON contacts.id = leased.contact_id
CROSS JOIN (SELECT jsonb_object_agg(name, {_epoch("copied_at")}) AS copied FROM national_lists) AS copies
CROSS JOIN LATERAL (
    SELECT max(disposed.at) AS refused_at, max(ended_at) FILTER (WHERE abandoned) AS abandoned_at,
        max(ended_at) FILTER (WHERE outcome = 'machine') AS machine_at
    FROM attempts
    LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    LEFT JOIN dispositions AS disposed ON disposed.attempt_id = attempts.id
        AND disposed.contact_id = attempts.contact_id AND disposed.disposition IN ({_REFUSALS})
    WHERE attempts.contact_id = leased.contact_id
) AS last_calls
CROSS JOIN LATERAL (
    SELECT array_agg(number.id ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_ids,
        array_agg(e164 ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS e164s,
        jsonb_agg(tries ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_tries,
        jsonb_agg(lists ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_lists,
        coalesce(bool_and(listed), false) AS on_dnc
    FROM (
        SELECT id, rank, e164,
            EXISTS (SELECT FROM dnc_entries WHERE dnc_entries.e164 = phone_numbers.e164) AS listed,
            ARRAY(SELECT {_epoch("opened_at")} FROM attempts
                WHERE attempts.e164 = phone_numbers.e164 AND opened_at > :since AND counts ORDER BY opened_at) AS tries,
            (SELECT jsonb_object_agg(name, coalesce(CAST(since AS text), '')) FROM national_lists
                JOIN national_list_numbers AS entry ON entry.copy_id = national_lists.copy_id
                    AND entry.number = CAST(substr(phone_numbers.e164, 2) AS bigint)) AS lists
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

_RECONSIDER = text("""
WITH ready AS (
    UPDATE leads SET status = 'ready', reason = NULL
    WHERE campaign_id = :campaign AND status = 'blocked' AND reason = ANY(CAST(:reasons AS text[]))
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
            "since": now - timedelta(hours=HISTORY_HOURS),
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

    async def reconsider(self, campaign: CampaignId, reasons: Collection[str]) -> int:
        values = {"campaign": campaign, "reasons": [str(reason) for reason in reasons]}
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


def _lead(row: Row[Any], campaign: CampaignId) -> Lead:
    copies = {name: _moment(copied) for name, copied in (row.copied or {}).items()}
    told = zip(
        row.number_ids or (),
        row.e164s or (),
        row.number_tries or (),
        row.number_lists or (),
        strict=True,
    )
    return Lead(
        id=LeadId(row.id),
        campaign=campaign,
        contact=ContactId(row.contact_id),
        numbers=tuple(
            LeadNumber(NumberId(number), PhoneNumber(e164), tuple(map(_moment, tries)), _listings(copies, lists or {}))
            for number, e164, tries, lists in told
        ),
        score=row.score,
        attempts=row.attempts,
        contact_attempts=tuple(row.contact_tries),
        consents=tuple(map(_consent, row.consents or ())),
        last_calls=LastCalls(row.refused_at, row.abandoned_at, row.machine_at),
        time_zone=row.time_zone,
        region=row.region,
        purchased_at=row.purchased_at,
        inquired_at=row.inquired_at,
        on_dnc=row.on_dnc,
        call_back_agent=AgentId(row.call_back_agent) if row.call_back_agent else None,
        call_back_at=row.call_back_at,
    )


def _listings(copies: Mapping[str, datetime], lists: Mapping[str, str]) -> Mapping[str, Listing]:
    """What each copy that we hold says of a number that is on `lists`, with the day when it was listed, if known."""
    return {name: Listing(copied, name in lists, _since(lists.get(name))) for name, copied in copies.items()}


def _since(day: str | None) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _consent(told: Mapping[str, Any]) -> Consent:
    expires = told["expires_at"]
    return Consent(
        _moment(told["at"]),
        told["given"],
        told["purpose"] or "",
        told["proof"],
        None if expires is None else _moment(expires),
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
