"""Attempts, opened before they are dialed and closed by their outcome: one statement a batch."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.call import Attempt
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, EngineName, LeadId, NumberId, ServerName
from dialer.domain.outcome import FINAL_DISPOSITIONS, NOT_AN_ATTEMPT
from dialer.domain.phone import PhoneNumber
from dialer.ports import ClosedAttempt, OpenedAttempts
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_facts import since
from integrations.contact_db.prompt_statements import LEAD_GOES_BACK, SETTLED

REFUSED_LISTED = "do-not-call"
REFUSED_CONSENT = "consent"
REFUSED_NUMBER = "no number"
REFUSED_STALE = "dialed by another meanwhile"
REFUSED_OPEN = "another attempt is open"
REFUSED_LEASE = "lease lost"

# A session plans every statement anew (database.py): what checks foreign keys, too, once a row, which takes longer
# than all the rest. It finds one row by its key, so its plan may be kept. It comes last, when this has been set.
_KEEP_CHECKS = "kept_checks AS MATERIALIZED (SELECT set_config('plan_cache_mode', 'auto', true))"
_KEEP_NO_MORE = text("SET LOCAL plan_cache_mode TO DEFAULT")

_OPEN = text(f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:campaigns AS bigint[]), CAST(:leads AS bigint[]),
        CAST(:contacts AS bigint[]), CAST(:numbers AS bigint[]), CAST(:e164s AS text[]), CAST(:servers AS text[]),
        CAST(:opened AS timestamptz[]), CAST(:verdicts AS text[]), CAST(:reserved AS text[]), CAST(:shown AS text[]),
        CAST(:sinces AS timestamptz[]), CAST(:contact_tries AS bigint[]), CAST(:number_tries AS bigint[]),
        CAST(:prompts AS text[]))
        AS given(id, campaign_id, lead_id, contact_id, number_id, e164, server, opened_at, verdict, reserved_for,
            caller_id, since, contact_tries, number_tries, prompt)
), of_numbers AS MATERIALIZED (
    SELECT given.id, count(*) AS tries FROM given JOIN attempts ON attempts.e164 = given.e164
        AND attempts.opened_at > given.since AND counts AND attempts.id <> given.id
    GROUP BY given.id
), judged AS MATERIALIZED (
    SELECT given.id, own.status = 'ready' AND own.campaign_id = given.campaign_id AS ready,
        EXISTS (SELECT FROM dnc_entries WHERE dnc_entries.e164 = given.e164) AS listed,
        EXISTS (SELECT FROM phone_numbers AS number WHERE number.contact_id = own.contact_id
            AND number.id = given.number_id AND number.e164 = given.e164 AND number.valid) AS dialable,
        coalesce((SELECT NOT consents.given FROM consents WHERE consents.contact_id = own.contact_id
            ORDER BY at DESC, consents.given LIMIT 1), false) AS withdrawn,
        (SELECT count(*) FROM attempts WHERE attempts.contact_id = own.contact_id
            AND attempts.opened_at > given.since AND counts AND attempts.id <> given.id) > given.contact_tries
        OR coalesce(of_numbers.tries, 0) > given.number_tries AS stale
    FROM given JOIN leads AS own ON own.id = given.lead_id AND own.contact_id = given.contact_id
    LEFT JOIN of_numbers ON of_numbers.id = given.id
), before AS MATERIALIZED (
    SELECT given.id, attempts.id AS open_id FROM given JOIN attempts ON attempts.lead_id = given.lead_id
        AND attempts.contact_id = given.contact_id AND attempts.state = 'open'
), held AS (
    UPDATE lead_leases SET until = 'infinity' FROM given JOIN judged USING (id)
    WHERE lead_leases.lead_id = given.lead_id AND lead_leases.contact_id = given.contact_id
        AND owner = :owner AND until < 'infinity' AND ready AND NOT listed AND dialable AND NOT withdrawn
        AND stale IS NOT TRUE AND given.id NOT IN (SELECT id FROM before)
    RETURNING given.id
), written AS (
    INSERT INTO attempts (id, campaign_id, lead_id, contact_id, number_id, e164, engine, server, opened_at, verdict,
        reserved_for, caller_id, prompt)
    SELECT given.id, campaign_id, lead_id, contact_id, number_id, e164, :owner, server, opened_at, verdict,
        reserved_for, caller_id, prompt
    FROM given JOIN held USING (id)
    RETURNING id
), {_KEEP_CHECKS}
SELECT given.id, CASE
    WHEN written.id IS NOT NULL OR before.open_id = given.id THEN NULL
    WHEN listed THEN '{REFUSED_LISTED}'
    WHEN withdrawn THEN '{REFUSED_CONSENT}'
    WHEN stale THEN '{REFUSED_STALE}'
    WHEN NOT dialable THEN '{REFUSED_NUMBER}'
    WHEN before.id IS NOT NULL OR given.lead_id IN (SELECT lead_id FROM given JOIN written USING (id))
        THEN '{REFUSED_OPEN}'
    ELSE '{REFUSED_LEASE}' END AS refused
FROM given CROSS JOIN kept_checks
LEFT JOIN judged ON judged.id = given.id
LEFT JOIN written ON written.id = given.id
LEFT JOIN before ON before.id = given.id
""")

_FINAL = ", ".join(f"'{disposition}'" for disposition in sorted(FINAL_DISPOSITIONS))

# What becomes of the lead: the first that holds, as (condition, status, due at, reason, whether a promise stands).
# Asked of the row as it is once it is locked, so it can't be worked out before the update.
_COURSES = (
    *LEAD_GOES_BACK,
    (f"leads.disposition IN ({_FINAL})", "'done'", "NULL", "NULL", "false"),
    ("leads.call_back_attempt = course.id", "'waiting'", "leads.call_back_at", "'call-back'", "true"),
    ("numberless", "'blocked'", "NULL", "'no number'", "false"),
    (
        "next_at IS NOT NULL",
        "'waiting'",
        "next_at",
        "'after ' || replace(outcome, '_', ' ')",
        "outcome <> 'answered'",
    ),
    ("exhausted", "'exhausted'", "NULL", "'attempt limit'", "false"),
    ("true", "'done'", "NULL", "NULL", "false"),
)


def _by_course(part: int) -> str:
    return "CASE " + " ".join(f"WHEN {one[0]} THEN {one[part]}" for one in _COURSES) + " END"


_CLOSE = text(f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS bigint[]), CAST(:outcomes AS text[]),
        CAST(:causes AS integer[]), CAST(:answered AS timestamptz[]), CAST(:amds AS text[]),
        CAST(:waiting AS timestamptz[]), CAST(:connected AS timestamptz[]), CAST(:agents AS text[]),
        CAST(:abandoned AS boolean[]), CAST(:ended AS timestamptz[]), CAST(:rings AS float8[]),
        CAST(:dues AS timestamptz[]), CAST(:exhausted AS boolean[]), CAST(:points AS float8[]),
        CAST(:counts AS boolean[]), CAST(:opted_out AS boolean[]))
        AS given(id, contact_id, outcome, cause, answered_at, amd, waiting_since, connected_at, agent_id, abandoned,
            ended_at, ring_seconds, due_at, exhausted, points, counts, opted_out)
), fresh AS (
    INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, answered_at, amd, waiting_since,
        connected_at, agent_id, abandoned, ended_at, ring_seconds, points)
    SELECT given.id, attempts.contact_id, attempts.campaign_id, outcome, cause, answered_at, amd, waiting_since,
        connected_at, agent_id, abandoned, ended_at, ring_seconds, points
    FROM given JOIN attempts
        ON attempts.id = given.id AND attempts.contact_id = given.contact_id AND attempts.state = 'open'
    ON CONFLICT DO NOTHING
    RETURNING attempt_id, contact_id
), closed AS (
    UPDATE attempts SET state = 'ended', counts = given.counts
    FROM fresh JOIN given ON given.id = fresh.attempt_id
    WHERE attempts.id = fresh.attempt_id AND attempts.contact_id = fresh.contact_id
    RETURNING given.*, attempts.lead_id, attempts.number_id, attempts.prompt
), {SETTLED}, unknown_numbers AS (
    UPDATE phone_numbers SET valid = false FROM closed
    WHERE closed.outcome = 'invalid_number'
        AND phone_numbers.id = closed.number_id AND phone_numbers.contact_id = closed.contact_id
), kept AS (
    UPDATE call_backs SET kept_at = closed.ended_at FROM closed
    WHERE closed.outcome = 'answered' AND call_backs.lead_id = closed.lead_id
        AND call_backs.contact_id = closed.contact_id AND call_backs.kept_at IS NULL
        AND call_backs.attempt_id <> closed.id
), other_number AS MATERIALIZED (
    SELECT DISTINCT closed.id
    FROM closed JOIN phone_numbers AS number ON number.contact_id = closed.contact_id
        AND number.id <> closed.number_id AND number.valid
    WHERE closed.outcome = 'invalid_number'
        AND NOT EXISTS (SELECT FROM dnc_entries WHERE dnc_entries.e164 = number.e164)
), given_back AS (
    DELETE FROM lead_leases USING closed
    WHERE lead_leases.lead_id = closed.lead_id AND lead_leases.contact_id = closed.contact_id
), course AS MATERIALIZED (
    SELECT closed.*, outcome = 'invalid_number' AND NOT exhausted AND other_number.id IS NULL AS numberless,
        CASE WHEN outcome = 'invalid_number' AND NOT exhausted AND other_number.id IS NOT NULL THEN ended_at
            ELSE due_at END AS next_at
    FROM closed LEFT JOIN other_number ON other_number.id = closed.id
), moved AS (
    UPDATE leads SET status = {_by_course(1)}, due_at = {_by_course(2)}, reason = {_by_course(3)},
        call_back_at = CASE WHEN {_by_course(4)} THEN leads.call_back_at END,
        call_back_agent = CASE WHEN {_by_course(4)} THEN leads.call_back_agent END,
        call_back_attempt = CASE WHEN {_by_course(4)} THEN leads.call_back_attempt END,
        attempts = leads.attempts + CAST(course.counts AS integer), score = leads.score + course.points,
        last_outcome = course.outcome, last_attempt_at = course.ended_at
    FROM course WHERE leads.id = course.lead_id AND leads.contact_id = course.contact_id
    RETURNING course.id
), {_KEEP_CHECKS}
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM given) - (
    SELECT count(*) FROM given JOIN attempts ON attempts.id = given.id AND attempts.contact_id = given.contact_id
    ) AS unknown
FROM kept_checks
""")
_CONTACTS_OF = text("SELECT id, contact_id FROM attempts WHERE id = ANY(CAST(:ids AS uuid[]))")

_STILL_OPEN = text("""
SELECT attempts.*, leads.attempts AS lead_attempts
FROM attempts JOIN leads ON leads.id = attempts.lead_id AND leads.contact_id = attempts.contact_id
WHERE attempts.engine = :owner AND attempts.state = 'open' ORDER BY opened_at, attempts.id
""")

log = logging.getLogger(__name__)


class DatabaseAttemptBook:
    """dialer.ports.AttemptBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def open(self, attempts: Sequence[Attempt], owner: EngineName) -> OpenedAttempts:
        """As the port says; opening an attempt again that is open changes nothing and counts as opened."""
        if not attempts:
            return OpenedAttempts(frozenset(), {})
        return _opened(await self._database.fetch(_OPEN, _opening(attempts, owner)))

    async def close(self, closed: Sequence[ClosedAttempt]) -> None:
        if not closed:
            return
        once = await self._with_contacts(list({one.ended.attempt: one for one in closed}.values()))
        [row] = await self._database.fetch(_CLOSE, _closing(once))
        if row.unknown:
            log.error("%d outcomes are of attempts that the contact database does not hold", row.unknown)

    async def _with_contacts(self, closed: list[ClosedAttempt]) -> list[ClosedAttempt]:
        """Outcomes that the release before spooled name no contact, by which alone a statement finds their node."""
        lost = [one.ended.attempt for one in closed if one.ended.contact is None]
        if not lost:
            return closed
        rows = await self._database.fetch(_CONTACTS_OF, {"ids": lost})
        found = {str(row.id): ContactId(row.contact_id) for row in rows}
        return [
            replace(one, ended=replace(one.ended, contact=one.ended.contact or found.get(one.ended.attempt)))
            for one in closed
        ]

    async def still_open(self, owner: EngineName) -> list[Attempt]:
        return [_attempt(row) for row in await self._database.fetch(_STILL_OPEN, {"owner": owner})]


async def open_attempts(connection: AsyncConnection, attempts: Sequence[Attempt], owner: EngineName) -> OpenedAttempts:
    """As AttemptBook.open, in a transaction that does more."""
    rows = (await connection.execute(_OPEN, _opening(attempts, owner))).all()
    await connection.execute(_KEEP_NO_MORE)
    return _opened(rows)


def _opened(rows: Sequence[Row[Any]]) -> OpenedAttempts:
    refused = {AttemptId(str(row.id)): row.refused for row in rows}
    return OpenedAttempts(
        opened=frozenset(attempt for attempt, reason in refused.items() if reason is None),
        refused={attempt: reason for attempt, reason in refused.items() if reason is not None},
    )


def _opening(attempts: Sequence[Attempt], owner: EngineName) -> dict[str, Any]:
    """One array a column."""
    return {
        "owner": owner,
        "ids": [one.id for one in attempts],
        "campaigns": [one.campaign for one in attempts],
        "leads": [one.lead for one in attempts],
        "contacts": [one.contact for one in attempts],
        "numbers": [one.number_id for one in attempts],
        "e164s": [one.number.e164 for one in attempts],
        "servers": [one.server for one in attempts],
        "opened": [one.opened_at for one in attempts],
        "verdicts": [one.verdict for one in attempts],
        "reserved": [one.reserved_for for one in attempts],
        "shown": [one.caller_id for one in attempts],
        "sinces": [None if one.judged is None else since(one.judged.at) for one in attempts],
        "contact_tries": [_known(one, "contact_attempts") for one in attempts],
        "number_tries": [_known(one, "number_attempts") for one in attempts],
        "prompts": [one.prompt for one in attempts],
    }


def _known(attempt: Attempt, which: Literal["contact_attempts", "number_attempts"]) -> int | None:
    """How many attempts the verdict knew of."""
    known = None if attempt.judged is None else getattr(attempt.judged.facts, which)
    return None if known is None else len(known)


def _closing(closed: Sequence[ClosedAttempt]) -> dict[str, list[Any]]:
    """One array a column."""
    ended = [one.ended for one in closed]
    ends = [one.end for one in ended]
    return {
        "ids": [one.attempt for one in ended],
        "contacts": [one.contact for one in ended],
        "outcomes": [one.outcome.value for one in ended],
        "causes": [one.cause for one in ends],
        "answered": [one.answered_at for one in ends],
        "amds": [one.amd.value if one.amd else None for one in ends],
        "waiting": [one.waiting_since for one in ends],
        "connected": [one.connected_at for one in ends],
        "agents": [one.agent for one in ends],
        "abandoned": [one.abandoned for one in ends],
        "ended": [one.ended_at for one in ends],
        "rings": [one.ring_seconds for one in ended],
        "dues": [one.due_at for one in closed],
        "exhausted": [one.exhausted for one in closed],
        "points": [one.points for one in closed],
        "counts": [one.outcome not in NOT_AN_ATTEMPT for one in ended],
        "opted_out": [one.opted_out_at is not None for one in ends],
    }


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=AttemptId(str(row.id)),
        campaign=CampaignId(row.campaign_id),
        lead=LeadId(row.lead_id),
        contact=ContactId(row.contact_id),
        number_id=NumberId(row.number_id),
        number=PhoneNumber(row.e164),
        server=ServerName(row.server),
        opened_at=row.opened_at,
        verdict=row.verdict,
        reserved_for=AgentId(row.reserved_for) if row.reserved_for else None,
        caller_id=row.caller_id,
        prompt=row.prompt,
        lead_attempts=row.lead_attempts,
    )
