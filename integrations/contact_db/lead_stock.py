"""Leads by lease.

A lease is a row beside its lead (leases.py). A lead with an open attempt is leased till infinity: its lease never runs
out, and neither release nor block touch it, until the attempt is closed. Of two engines that want a lead at the same
moment one waits for the other's commit, fails by the key of leases, and asks anew.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from math import inf
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.clash import DEADLINE, EXCLUSIVE, LIVE_ELSEWHERE, PRESSURE
from dialer.domain.errors import Conflict
from dialer.domain.ids import CampaignId, EngineName, LeadId
from dialer.domain.lead import Claimed, Lead, LeadStatus
from dialer.ports import Blocked, StockReport
from integrations.contact_db.clashes import PLAN, clashes_of
from integrations.contact_db.database import ContactDatabase, bare_rows
from integrations.contact_db.lead_facts import columns_of, leads_of
from integrations.contact_db.leases import UNLEASED, leased, status_of

WAKE_LEADS = 10_000
"""Leads made ready by one `wake`: a whole list may come due when calling hours begin."""
_WAKERS = 0x9ACE_3A6E
"""Key of the advisory lock of whoever wakes leads: one engine at a time."""
_TRIES = 10
"""So often a claim asks, while others take what it wants."""

_AT_ONCE = (
    "status = 'ready' AND call_back_at IS NULL AND deadline > CAST(:now AS timestamptz)",
    "score DESC, deadline, id",
)
_PROMISED = ("status = 'ready' AND call_back_at IS NOT NULL", "call_back_at, id")
_ORDINARY = "status = 'ready' AND call_back_at IS NULL AND deadline IS NULL"
_BEST = (f"{_ORDINARY} AND score <= CAST(:score_from AS float8)", "score DESC, id")


def _picked(name: str, which: tuple[str, str], *before: str) -> str:
    """The first leads of a kind, up to `:count` with those of the kinds before."""
    # The inner limit is one that the planner can see: without it, it expects to read a tenth of the list, and sorts all
    less = "".join(f" - (SELECT count(*) FROM {one})" for one in before)
    condition, order = which
    return f"""{name} AS MATERIALIZED (
    SELECT * FROM (
        SELECT {columns_of("leads")} FROM leads
        WHERE campaign_id = :campaign AND {condition} AND {UNLEASED}
        ORDER BY {order} LIMIT :count
    ) AS read_in_order LIMIT :count{less}
)"""


def _claim(kinds: Sequence[str], names: Sequence[str]) -> str:
    """Lease what was picked. Leases don't outlive a crash of the server, so the commit need not wait for its disk: it
    would, if only for the pages that reading has tidied up."""
    every = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)
    return f"""
WITH {", ".join(kinds)}, picked AS MATERIALIZED ({every}), leased AS (
    INSERT INTO lead_leases (lead_id, contact_id, campaign_id, owner, until)
    SELECT id, contact_id, :campaign, :owner, :until FROM picked ORDER BY contact_id
), no_wait AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
)
SELECT picked.* FROM picked CROSS JOIN no_wait
ORDER BY deadline IS NULL OR call_back_at IS NOT NULL, call_back_at NULLS LAST, score DESC, deadline, id
"""


_RAISED_FIRST = _picked("raised", _AT_ONCE)
# Asked twice a second by each campaign: the claim itself is long, and only to plan it costs more than this.
_ANY_RAISED = text(
    f"SELECT 1 FROM leads WHERE campaign_id = :campaign AND {_AT_ONCE[0]} AND NOT {leased('leads')} LIMIT 1"
)
_CLAIM_RAISED = text(_claim([_RAISED_FIRST], ["raised"]))
_CLAIM = text(
    _claim(
        [
            _RAISED_FIRST,
            _picked("call_backs_due", _PROMISED, "raised"),
            _picked("best", _BEST, "raised", "call_backs_due"),
        ],
        ["raised", "call_backs_due", "best"],
    )
)

# Whether anything may stand against those just leased: limits, or leases of the same people elsewhere.
_LOOK = text(f"""
WITH {PLAN}
SELECT plan.pressure_contacts > 0 OR plan.house_contacts > 0 OR EXISTS (SELECT FROM excluded) AS limited, ARRAY(
    SELECT contact_id FROM lead_leases GROUP BY contact_id HAVING min(campaign_id) < max(campaign_id)) AS shared
FROM plan
""")

# What was leased is given back where a clash stands. Of two campaigns that claim a person at the same moment, who looks
# last sees the other's lease; both may give way. Neither products nor pressure stand against a promised call-back.
_GIVE_BACK = text(f"""
WITH {PLAN}, judged AS MATERIALIZED (
    SELECT mine.id, mine.contact_id, CASE
            WHEN live THEN '{LIVE_ELSEWHERE}'
            WHEN mine.promised THEN NULL
            WHEN excluded_until IS NOT NULL THEN '{EXCLUSIVE}'
            WHEN pressure_until IS NOT NULL THEN '{PRESSURE}' END AS clash,
        CASE WHEN live THEN CAST(:until AS timestamptz)
            WHEN excluded_until IS NOT NULL THEN nullif(excluded_until, 'infinity')
            ELSE pressure_until END AS clash_until
    FROM unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[]), CAST(:promised AS boolean[]))
        AS mine(id, contact_id, promised)
    CROSS JOIN plan CROSS JOIN LATERAL ({clashes_of("mine.contact_id")}) AS clashes
), given_back AS (
    DELETE FROM lead_leases USING judged
    WHERE lead_leases.lead_id = judged.id AND lead_leases.contact_id = judged.contact_id AND clash IS NOT NULL
        AND owner = :owner AND lead_leases.until < 'infinity'
    RETURNING judged.*
), held_back AS (
    UPDATE leads SET status = CASE WHEN clash_until IS NULL THEN 'blocked' ELSE 'waiting' END, due_at = clash_until,
        reason = clash
    FROM given_back WHERE leads.id = given_back.id AND leads.contact_id = given_back.contact_id AND status = 'ready'
)
SELECT id FROM given_back
""")

_AHEAD = text(f"""
WITH next AS MATERIALIZED (
    SELECT contact_id, score FROM leads WHERE campaign_id = :campaign AND {_ORDINARY} AND {UNLEASED}
    ORDER BY {_BEST[1]} LIMIT :count
)
SELECT max(score), count(time_zone), count(valid) FROM next JOIN contacts ON contacts.id = next.contact_id
LEFT JOIN phone_numbers ON phone_numbers.contact_id = next.contact_id
""")

_RELEASE = text("""
DELETE FROM lead_leases WHERE lead_id = ANY(CAST(:leads AS bigint[])) AND owner = :owner AND until < 'infinity'
""")

_RELEASE_ALL = text("""
WITH released AS (
    DELETE FROM lead_leases WHERE owner = :owner AND until < 'infinity' RETURNING 1
)
SELECT count(*) FROM released
""")

_BLOCK = text("""
WITH given_back AS (
    DELETE FROM lead_leases
    USING unnest(CAST(:leads AS bigint[]), CAST(:reasons AS text[]), CAST(:untils AS timestamptz[]))
        AS blocked(id, reason, due_at)
    WHERE lead_id = blocked.id AND owner = :owner AND until < 'infinity'
    RETURNING lead_id, contact_id, blocked.reason, blocked.due_at
)
UPDATE leads SET status = CASE WHEN given_back.due_at IS NULL THEN 'blocked' ELSE 'waiting' END,
    due_at = given_back.due_at, reason = given_back.reason
FROM given_back
WHERE leads.id = given_back.lead_id AND leads.contact_id = given_back.contact_id AND status = 'ready'
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
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(CAST(:wakers AS bigint)) AS ours
), due AS MATERIALIZED (
    SELECT id, contact_id FROM leads WHERE status = 'waiting' AND due_at <= :now AND (SELECT ours FROM turn)
    ORDER BY due_at LIMIT :most
), lapsed AS (
    DELETE FROM lead_leases WHERE until <= :now RETURNING 1
), woken AS (
    UPDATE leads SET status = 'ready', due_at = NULL, reason = NULL FROM due
    WHERE leads.id = due.id AND leads.contact_id = due.contact_id
        AND leads.status = 'waiting' AND leads.due_at <= :now
    RETURNING 1
)
SELECT (SELECT count(*) FROM woken) + (SELECT count(*) FROM lapsed)
""")

# A lead that an event made ends with its deadline; one that was there before goes on as it was.
_EXPIRE = text(f"""
UPDATE leads SET status = CASE WHEN raised_from IS NULL THEN 'done' WHEN reason = '{DEADLINE}' THEN 'ready'
        ELSE status END,
    reason = CASE WHEN raised_from IS NULL THEN '{DEADLINE}' ELSE nullif(reason, '{DEADLINE}') END,
    due_at = CASE WHEN raised_from IS NULL THEN NULL ELSE due_at END,
    score = coalesce(raised_from, score), deadline = CASE WHEN raised_from IS NULL THEN deadline END, raised_from = NULL
WHERE deadline <= :now AND status IN ('ready', 'waiting', 'blocked') AND call_back_at IS NULL
    AND NOT {leased("leads")}
""")

_REPORT = text(f"""
SELECT {status_of("leads")} AS status, reason, count(*) AS leads,
    min(due_at) FILTER (WHERE status = 'waiting') AS next_due
FROM leads WHERE campaign_id = :campaign GROUP BY 1, 2
""")


class DatabaseLeadStock:
    """dialer.ports.LeadStock on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def claim(
        self,
        campaign: CampaignId,
        count: int,
        owner: EngineName,
        now: datetime,
        until: datetime,
        *,
        score_from: float = inf,
    ) -> list[Claimed]:
        asked = {**_claiming(count, owner, now, until), "score_from": score_from}
        return await self._claimed(_CLAIM, campaign, asked)

    async def claim_raised(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> list[Claimed]:
        if not await self._database.fetch_bare(_ANY_RAISED, {"campaign": campaign, "now": now}, repeatable=True):
            return []
        return await self._claimed(_CLAIM_RAISED, campaign, _claiming(count, owner, now, until))

    async def facts(self, campaign: CampaignId, claimed: Sequence[Claimed], now: datetime) -> list[Lead]:
        return await leads_of(self._database, campaign, claimed, now, [one.at for one in claimed])

    async def look_ahead(self, campaign: CampaignId, count: int) -> float:
        [(score, *_)] = await self._database.fetch(_AHEAD, {"campaign": campaign, "count": count})
        return inf if score is None else float(score)

    async def _claimed(self, statement: TextClause, campaign: CampaignId, values: dict[str, Any]) -> list[Claimed]:
        asked = {"campaign": campaign, **values}
        leads, limited, shared = await self._leased(statement, asked)
        doubtful = leads if limited else [lead for lead in leads if lead.contact in shared]
        gone = await self._given_back(doubtful, asked) if doubtful else frozenset()
        return [lead for lead in leads if lead.id not in gone]

    async def _leased(self, statement: TextClause, asked: dict[str, Any]) -> tuple[list[Claimed], bool, Sequence[int]]:
        """What was leased; whether anything may stand against each; people who are leased elsewhere, too."""
        now = asked["now"]

        async def work(connection: AsyncConnection) -> tuple[list[Claimed], bool, Sequence[int]]:
            rows = await bare_rows(connection, statement, asked)
            if not rows:
                return [], False, ()
            # another statement, which sees what others have committed since the first began; if the connection goes
            # before its answer, what was leased runs out by itself
            [(limited, shared)] = await bare_rows(connection, _LOOK, {"campaign": asked["campaign"]})
            return [Claimed._make((*row, now)) for row in rows], limited, shared

        for _ in range(_TRIES):
            try:
                return await self._database.in_turn(work)
            except Conflict:
                continue
        return [], False, ()

    async def _given_back(self, leads: Sequence[Claimed], asked: dict[str, Any]) -> frozenset[int]:
        values = {
            **{name: asked[name] for name in ("campaign", "owner", "now", "until")},
            "leads": [lead.id for lead in leads],
            "contacts": [lead.contact for lead in leads],
            "promised": [lead.call_back_at is not None for lead in leads],
        }
        return frozenset(row[0] for row in await self._database.fetch(_GIVE_BACK, values))

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
        """As the port says, at most 10,000 waiting ones at a time, the longest due first; while another engine is at
        it, none."""
        await self._database.fetch(_EXPIRE, {"now": now})
        rows = await self._database.fetch(_WAKE, {"now": now, "most": WAKE_LEADS, "wakers": _WAKERS})
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


def _claiming(count: int, owner: EngineName, now: datetime, until: datetime) -> dict[str, Any]:
    return {"count": count, "owner": owner, "now": now, "until": until}
