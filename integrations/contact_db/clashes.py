"""What stands between a contact and a campaign for the sake of the other campaigns, as parts of statements.

`PLAN` and `EXCLUDED` are CTEs about the campaign `:campaign`; `clashes_of` is a lateral query that gives of one contact

    live            whether another campaign has a lead of theirs at hand or in a call, and not both share people
    excluded_until  until when a product that excludes the campaign's is held, or was offered lately; infinity: for good
    pressure_until  until when there were as many contacts, over all campaigns and channels, as the plan or the house
                    allows; a message on its way is one, before it is in the history

each null (or false) where nothing stands. What a campaign's plan does not ask for is not looked up.
"""

from sqlalchemy import text

from dialer.domain.clash import EXCLUSIVE
from integrations.contact_db.leases import leased

PLAN = """plan AS MATERIALIZED (
    SELECT id, product, shares_people, pressure_contacts, make_interval(secs => pressure_days * 86400) AS pressure_span,
        house.contacts AS house_contacts, make_interval(secs => house.days * 86400) AS house_span
    FROM campaigns LEFT JOIN house_pressure AS house ON true WHERE id = :campaign
), excluded AS MATERIALIZED (
    SELECT CASE WHEN pair.product = plan.product THEN pair.other ELSE pair.product END AS product,
        make_interval(secs => offered_days * 86400) AS offer_span
    FROM exclusive_products AS pair JOIN plan ON plan.product IN (pair.product, pair.other)
)"""

_NOW = "CAST(:now AS timestamptz)"
_TODAY = "CAST(CAST(:now AS timestamptz) AS date)"


def live_elsewhere(contact: str) -> str:
    """Whether another campaign has a lead of theirs at hand or in a call, and not both share people."""
    return f"""EXISTS (
        SELECT FROM lead_leases AS other JOIN campaigns AS theirs ON theirs.id = other.campaign_id
        WHERE other.contact_id = {contact} AND other.campaign_id <> plan.id AND other.until > {_NOW}
            AND NOT (plan.shares_people AND theirs.shares_people)
    )"""


def _pressed(contact: str, limit: str) -> str:
    """Until when as many contacts as a limit allows lie within its span; `limit`: its columns' prefix in `plan`."""
    return f"""CASE WHEN plan.{limit}_contacts > 0 THEN (
        SELECT at + plan.{limit}_span FROM (
            SELECT opened_at AS at FROM attempts
            WHERE attempts.contact_id = {contact} AND counts AND opened_at > {_NOW} - plan.{limit}_span
            UNION ALL
            SELECT at FROM touches WHERE touches.contact_id = {contact} AND direction = 'outbound'
                AND at > {_NOW} - plan.{limit}_span AND at <= {_NOW}
            UNION ALL
            SELECT at FROM wave_acts WHERE wave_acts.contact_id = {contact} AND at > {_NOW} - plan.{limit}_span
                AND state = 'written'
        ) AS contacted
        ORDER BY at DESC OFFSET plan.{limit}_contacts - 1 LIMIT 1
    ) END"""


def clashes_of(contact: str) -> str:
    """`contact`: the column with the contact's id, beside a row of `plan`."""
    return f"""
    SELECT {live_elsewhere(contact)} AS live,
    CASE WHEN EXISTS (SELECT FROM excluded) THEN greatest(
        (SELECT max(coalesce(CAST(until AS timestamptz), 'infinity')) FROM products_held AS held
            JOIN excluded USING (product)
            WHERE held.contact_id = {contact} AND since <= {_TODAY} AND (until IS NULL OR until > {_TODAY})),
        (SELECT max(at + offer_span) FROM (
            SELECT at, campaign_id FROM touches WHERE contact_id = {contact} AND direction = 'outbound'
            UNION ALL
            SELECT outcomes.ended_at, attempts.campaign_id
            FROM attempts JOIN outcomes ON outcomes.attempt_id = attempts.id
                AND outcomes.contact_id = attempts.contact_id
            WHERE attempts.contact_id = {contact} AND outcome IN ('answered', 'prompt_heard')
            ) AS offered
            JOIN campaigns AS theirs ON theirs.id = offered.campaign_id AND theirs.id <> plan.id
            JOIN excluded ON excluded.product = theirs.product
            WHERE at + offer_span > {_NOW})
    ) END AS excluded_until,
    greatest({_pressed(contact, "pressure")}, {_pressed(contact, "house")}) AS pressure_until
"""


def _held_back(which: str) -> str:
    """Hold back leads of a campaign that a product excludes; `which`: a condition on them."""
    return f"""
WITH {PLAN}, judged AS MATERIALIZED (
    SELECT made.id, made.contact_id, excluded_until
    FROM leads AS made CROSS JOIN plan CROSS JOIN LATERAL ({clashes_of("made.contact_id")}) AS clashes
    WHERE made.campaign_id = :campaign AND EXISTS (SELECT FROM excluded) AND made.status = 'ready'
        AND NOT {leased("made")} AND {which}
)
UPDATE leads SET status = CASE WHEN excluded_until = 'infinity' THEN 'blocked' ELSE 'waiting' END,
    due_at = nullif(excluded_until, 'infinity'), reason = '{EXCLUSIVE}'
FROM judged WHERE leads.id = judged.id AND leads.contact_id = judged.contact_id AND excluded_until IS NOT NULL
"""


HOLD_BACK_ONE = text(_held_back("made.id = :lead"))
HOLD_BACK_LOADED = _held_back("made.contact_id IN (SELECT contact_id FROM settled WHERE first)")
"""Those of a batch of a list (lead_merge.py)."""
