"""The statements of recorded prompts, whose attempt is a step of the waves: both are written as one, and end as one."""

from dialer.domain.wave import Result
from dialer.engine.waves.steps import PROMPT_TIME
from integrations.contact_db.clashes import PLAN, live_elsewhere
from integrations.contact_db.wave_statements import HELD, NEVER, NOT_SENT

_LATE = f"interval '{PROMPT_TIME.total_seconds():g} seconds'"
AGAIN = "interval '5 minutes'"
"""After a prompt certainly reached no telephone."""

LEASE = f"""
WITH {PLAN}, places AS MATERIALIZED (
    SELECT lead_id, contact_id FROM wave_places
    WHERE campaign_id = :campaign AND contact_id = ANY(CAST(:contacts AS bigint[]))
        AND owner = :owner AND owned_until > :now AND state <> 'ended'
    FOR UPDATE
), freed AS (
    UPDATE leads SET status = 'ready', due_at = NULL, reason = NULL FROM places CROSS JOIN plan
    WHERE leads.id = places.lead_id AND leads.contact_id = places.contact_id AND leads.status = 'waiting'
        AND leads.reason = '{HELD}' AND NOT {live_elsewhere("leads.contact_id")}
    RETURNING leads.id, leads.contact_id, leads.campaign_id
)
INSERT INTO lead_leases (lead_id, contact_id, campaign_id, owner, until)
SELECT id, contact_id, campaign_id, :owner, :until FROM freed
"""
"""Its place is locked until the end of the transaction: a step that is allowed now will be then."""

UNLEASE = f"""
WITH given_back AS (
    DELETE FROM lead_leases WHERE campaign_id = :campaign AND contact_id = ANY(CAST(:contacts AS bigint[]))
        AND owner = :owner AND until < 'infinity'
    RETURNING lead_id, contact_id
)
UPDATE leads SET status = 'waiting', due_at = '{NEVER}', reason = '{HELD}' FROM given_back
WHERE leads.id = given_back.lead_id AND leads.contact_id = given_back.contact_id AND status = 'ready'
"""

SETTLED = f"""
prompted AS (
    UPDATE wave_acts SET state = CASE WHEN closed.counts THEN outcome ELSE '{NOT_SENT}' END, settled_at = ended_at
    FROM closed WHERE closed.prompt <> '' AND wave_acts.id = closed.id AND wave_acts.contact_id = closed.contact_id
    RETURNING wave_acts.campaign_id, wave_acts.contact_id, wave_acts.step, wave_acts.details, closed.counts,
        closed.outcome, closed.opted_out, closed.ended_at,
        ARRAY[closed.outcome] || CASE WHEN closed.opted_out THEN ARRAY['{Result.OPTED_OUT}'] ELSE '{{}}' END AS came
), prompted_places AS (
    UPDATE wave_places SET
        results = CASE WHEN counts THEN jsonb_set(wave_places.results, ARRAY[prompted.step],
            coalesce(wave_places.results -> prompted.step, '[]') || to_jsonb(came)) ELSE wave_places.results END,
        step = CASE WHEN counts THEN wave_places.step ELSE CAST(details ->> 'before' AS smallint) END,
        state = CASE WHEN counts THEN wave_places.state ELSE 'due' END,
        reason = CASE WHEN counts THEN wave_places.reason
            ELSE prompted.step || ' is tried anew: ' || replace(outcome, '_', ' ') END,
        due_at = CASE WHEN NOT counts THEN ended_at + {AGAIN}
            WHEN opted_out OR came && go_on_at THEN ended_at ELSE greatest(ended_at, due_at - {_LATE}) END
    FROM prompted
    WHERE wave_places.campaign_id = prompted.campaign_id AND wave_places.contact_id = prompted.contact_id
        AND wave_places.state = 'waiting'
)"""
"""CTEs behind `closed`, the attempts that are being closed (attempt_book.py): what came of prompts is told to the
waves. Those that reached no telephone, which don't count, are done anew."""

_PLACE = """course.prompt <> '' AND EXISTS (SELECT FROM wave_places AS place
    WHERE place.campaign_id = leads.campaign_id AND place.contact_id = leads.contact_id"""
LEAD_GOES_BACK = (
    (f"{_PLACE} AND place.state <> 'ended')", "'waiting'", f"timestamptz '{NEVER}'", f"'{HELD}'", "false"),
    (f"{_PLACE})", "'done'", "NULL", "'waves over'", "false"),
)
"""First of what may become of a lead (attempt_book.py): after a prompt it is the waves' again. When they were removed
meanwhile, it goes on as after any call."""
