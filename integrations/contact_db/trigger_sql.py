"""The statements by which events of contacts raise leads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dialer.domain.clash import DEADLINE, EXCLUSIVE, PRESSURE
from dialer.domain.trigger import Condition, Sign
from integrations.contact_db.clashes import PLAN, clashes_of
from integrations.http_api.people import ERASED_LEAD

ONCE = "raised by this rule already, a short while ago"
PROMISED = "a call-back is promised"
IN_A_CALL = "in a call now"

PEOPLE = """
SELECT given.place, array_agg(contact.id ORDER BY contact.id) AS contacts
FROM unnest(CAST(:ids AS bigint[]), CAST(:keys AS text[]), CAST(:e164s AS text[])) WITH ORDINALITY
    AS given(named_id, key, e164, place)
CROSS JOIN LATERAL (
    SELECT id FROM contacts WHERE contacts.id = given.named_id
    UNION SELECT id FROM contacts WHERE contacts.external_key = given.key
    UNION SELECT contact_id FROM phone_numbers WHERE phone_numbers.e164 = given.e164
) AS contact
GROUP BY given.place
"""

_EVENTS = """unnest(CAST(:events AS text[]), CAST(:kinds AS text[]), CAST(:ats AS timestamptz[]),
    CAST(:facts AS text[])"""

NOTE = f"""
WITH given AS (
    SELECT * FROM {_EVENTS}, CAST(:contacts AS bigint[])) AS given(event_id, kind, at, facts, contact_id)
), no_longer_unknown AS (
    DELETE FROM unknown_events USING given WHERE unknown_events.event_id = given.event_id
)
INSERT INTO contact_events (contact_id, event_id, kind, at, facts, received_at)
SELECT contact_id, event_id, kind, at, CAST(facts AS jsonb), CAST(:now AS timestamptz) FROM given
ORDER BY contact_id, event_id
ON CONFLICT DO NOTHING RETURNING contact_id, event_id
"""

KEEP_UNKNOWN = f"""
INSERT INTO unknown_events (event_id, kind, at, facts, received_at, named_id, external_key, e164, reason)
SELECT event_id, kind, at, CAST(facts AS jsonb), CAST(:now AS timestamptz), named_id, external_key, e164, reason
FROM {_EVENTS}, CAST(:ids AS bigint[]), CAST(:keys AS text[]), CAST(:e164s AS text[]), CAST(:whys AS text[]))
    AS given(event_id, kind, at, facts, named_id, external_key, e164, reason)
ORDER BY event_id
ON CONFLICT (event_id) DO UPDATE SET reason = excluded.reason
"""

UNKNOWN = "SELECT * FROM unknown_events WHERE event_id > :after ORDER BY event_id LIMIT :most"

DISCARD = "DELETE FROM unknown_events WHERE event_id = ANY(CAST(:events AS text[])) RETURNING 1"

RAISE = f"""
WITH {PLAN}, given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:contacts AS bigint[]), CAST(:deadlines AS timestamptz[]), CAST(:scores AS float8[]),
        CAST(:rules AS text[]), CAST(:offers AS text[]), CAST(:events AS text[]), CAST(:onces AS float8[]))
        AS given(contact_id, deadline, score, rule, offer, event_id, once_in_days)
), judged AS MATERIALIZED (
    SELECT given.*, CASE WHEN given.deadline <= CAST(:now AS timestamptz) THEN '{DEADLINE}'
            WHEN held.reason = '{ERASED_LEAD}' THEN '{ERASED_LEAD}'
            WHEN lately THEN '{ONCE}'
            WHEN lease.until = 'infinity' THEN '{IN_A_CALL}'
            WHEN held.call_back_at IS NOT NULL THEN '{PROMISED}'
            WHEN excluded_until >= given.deadline THEN '{EXCLUSIVE}'
            WHEN pressure_until >= given.deadline THEN '{PRESSURE}' END AS no,
        nullif(greatest(excluded_until, pressure_until), 'infinity') AS wait_until,
        CASE WHEN excluded_until IS NOT NULL THEN '{EXCLUSIVE}' WHEN pressure_until IS NOT NULL THEN '{PRESSURE}' END
            AS wait_for
    FROM given CROSS JOIN plan
    LEFT JOIN leads AS held ON held.campaign_id = plan.id AND held.contact_id = given.contact_id
    LEFT JOIN lead_leases AS lease ON lease.lead_id = held.id AND lease.contact_id = given.contact_id
    CROSS JOIN LATERAL (SELECT given.once_in_days > 0 AND EXISTS (
        SELECT FROM raised_leads WHERE raised_leads.contact_id = given.contact_id AND raised_leads.rule = given.rule
            AND raised_leads.at > CAST(:now AS timestamptz) - make_interval(secs => given.once_in_days * 86400)
    ) AS lately) AS past
    CROSS JOIN LATERAL ({clashes_of("given.contact_id")}) AS clashes
), made AS (
    INSERT INTO leads AS held (campaign_id, contact_id, status, score, base_score, deadline, due_at, reason)
    SELECT plan.id, contact_id, CASE WHEN wait_until IS NULL THEN 'ready' ELSE 'waiting' END, score, score, deadline,
        wait_until, wait_for
    FROM judged CROSS JOIN plan WHERE no IS NULL ORDER BY contact_id
    ON CONFLICT (campaign_id, contact_id) DO UPDATE SET status = excluded.status, score = excluded.score,
        deadline = excluded.deadline, due_at = excluded.due_at, reason = excluded.reason,
        raised_from = CASE WHEN held.status IN ('done', 'exhausted') THEN NULL
            WHEN held.deadline IS NULL THEN held.score ELSE held.raised_from END,
        attempts = CASE WHEN held.status IN ('done', 'exhausted') THEN 0 ELSE held.attempts END,
        disposition = CASE WHEN held.status IN ('done', 'exhausted') THEN NULL ELSE held.disposition END
    WHERE held.reason IS DISTINCT FROM '{ERASED_LEAD}'
    RETURNING id, contact_id
), taken_back AS (
    DELETE FROM lead_leases USING made
    WHERE lead_leases.lead_id = made.id AND lead_leases.contact_id = made.contact_id AND until < 'infinity'
), noted AS (
    INSERT INTO raised_leads (contact_id, lead_id, campaign_id, rule, event_id, offer, at, deadline)
    SELECT contact_id, made.id, plan.id, rule, event_id, offer, CAST(:now AS timestamptz), deadline
    FROM judged JOIN made USING (contact_id) CROSS JOIN plan ORDER BY contact_id
)
SELECT event_id, rule, made.id AS lead, judged.deadline, wait_until AS due_at,
    CASE WHEN no IS NOT NULL THEN no WHEN made.id IS NULL THEN '{IN_A_CALL}' ELSE wait_for END AS why
FROM judged LEFT JOIN made USING (contact_id)
"""
"""A lead that was done or exhausted begins anew, and ends with its deadline; one that was open goes on as it was then.
One in another hopper is taken from it: its attempt would not be committed. `no`: nothing is raised."""

_AFTER = """
SELECT contacts.id FROM contacts
WHERE contacts.id > CAST(:after AS bigint) AND {fits} AND NOT EXISTS (
    SELECT FROM raised_leads WHERE raised_leads.contact_id = contacts.id AND raised_leads.rule = :rule
        AND raised_leads.at > CAST(:now AS timestamptz) - make_interval(secs => CAST(:once AS float8) * 86400))
ORDER BY contacts.id LIMIT :most
"""
_AMONG = "SELECT contacts.id FROM contacts WHERE contacts.id = ANY(CAST(:contacts AS bigint[])) AND {fits}"

# The source that is trusted most counts, of equals the latest; what lead lists say, when nobody else does.
_VALUE = """coalesce((SELECT value FROM contact_attributes AS said
    WHERE said.contact_id = contacts.id AND said.name = :name_{place}
    ORDER BY trust DESC, at DESC, source LIMIT 1), contacts.attributes -> :name_{place})"""
_NUMBER = """CASE WHEN {value} #>> '{{}}' ~ '^-?[0-9]{{1,200}}(\\.[0-9]+)?$'
    THEN CAST({value} #>> '{{}}' AS float8) END"""
_CHANGED = """EXISTS (SELECT FROM contact_attributes AS said
    WHERE said.contact_id = contacts.id AND said.name = :name_{place}
        AND said.at > CAST(:value_{place} AS timestamptz))"""


def fitting(who: Sequence[Condition], now: datetime) -> tuple[str, dict[str, Any]]:
    """The next contacts for whom all conditions hold and whom the rule has not raised lately, with its parameters."""
    return _AFTER.format(fits=_all(who)), _values(who, now)


def fitting_among(who: Sequence[Condition], now: datetime) -> tuple[str, dict[str, Any]]:
    """Those of `:contacts` for whom all conditions hold."""
    return _AMONG.format(fits=_all(who)), _values(who, now)


def _all(who: Sequence[Condition]) -> str:
    return " AND ".join(_holds(one, place) for place, one in enumerate(who)) or "true"


def _values(who: Sequence[Condition], now: datetime) -> dict[str, Any]:
    names = {f"name_{place}": one.name for place, one in enumerate(who)}
    return names | {f"value_{place}": _given(one, now) for place, one in enumerate(who)}


def _given(condition: Condition, now: datetime) -> Any:
    """Numbers as floats; true and false as JSON writes them; days as the moment that they reach back to."""
    value = condition.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return now - timedelta(days=value) if condition.sign is Sign.CHANGED else float(value)


def _holds(condition: Condition, place: int) -> str:
    if condition.sign is Sign.CHANGED:
        return _CHANGED.format(place=place)
    value = _VALUE.format(place=place)
    sign = "<>" if condition.sign is Sign.UNEQUAL else condition.sign.value
    if isinstance(condition.value, float | int) and not isinstance(condition.value, bool):
        return f"{_NUMBER.format(value=value)} {sign} CAST(:value_{place} AS float8)"
    return f"({value}) #>> '{{}}' {sign} CAST(:value_{place} AS text)"
