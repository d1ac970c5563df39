"""The statements of waves. All that changes a person's place names the contact, so it stays where the contact lies."""

from dialer.domain.clash import CONTACTED_MEANWHILE, EXCLUSIVE, PRESSURE
from dialer.domain.wave import Result
from integrations.contact_db.clashes import PLAN, clashes_of
from integrations.contact_db.lead_facts import columns_of
from integrations.contact_db.leases import leased, status_of

HELD = "wave"
"""The reason of a lead that waits for its waves."""
NEVER = "9999-01-01"
"""When a held lead is due: the driver knows no infinite time with an offset."""
NOT_SENT = "failed"
"""State of an act that certainly did nothing and is done anew."""
_MESSAGE = f"channel IN ('sms', 'email') AND state NOT IN ('{NOT_SENT}', '{Result.REFUSED}')"
_WRITERS = 0x9AD0
"""Class of the advisory locks of those who write acts, by contact."""
_MICROSECONDS = "CAST(extract(epoch FROM at) * 1000000 AS bigint)"

WAVES = "SELECT campaign_id, plan, state FROM wave_plans ORDER BY campaign_id"

CLAIM = f"""
WITH {PLAN}, due AS MATERIALIZED (
    SELECT campaign_id, contact_id FROM wave_places
    WHERE campaign_id = :campaign AND state <> 'ended' AND due_at <= :now
        AND (owned_until IS NULL OR owned_until <= :now)
    ORDER BY due_at, contact_id LIMIT :count FOR UPDATE SKIP LOCKED
), mine AS (
    UPDATE wave_places SET owner = :owner, owned_until = :until FROM due
    WHERE wave_places.campaign_id = due.campaign_id AND wave_places.contact_id = due.contact_id
    RETURNING wave_places.*
)
SELECT {columns_of("leads")},
    {status_of("leads")} AS lead_status, leads.last_outcome, leads.disposition, leads.last_attempt_at,
    leads.status = 'waiting' AND leads.reason = '{HELD}' AS ours,
    clashes.live AS live_elsewhere, nullif(coalesce(excluded_until, pressure_until), 'infinity') AS clash_until,
    CASE WHEN excluded_until IS NOT NULL THEN '{EXCLUSIVE}' WHEN pressure_until IS NOT NULL THEN '{PRESSURE}'
        ELSE '' END AS clash,
    mine.step AS place_step, mine.state AS place_state, mine.results, mine.due_at AS place_due_at,
    (SELECT max(at) FROM wave_acts WHERE wave_acts.contact_id = mine.contact_id
        AND wave_acts.campaign_id = mine.campaign_id) AS acted_at,
    jsonb_build_object('name', contacts.name) || contacts.attributes || coalesce((
        SELECT jsonb_object_agg(name, value) FROM (
            SELECT DISTINCT ON (name) name, value FROM contact_attributes
            WHERE contact_attributes.contact_id = mine.contact_id ORDER BY name, trust DESC, at DESC
        ) AS best), '{{}}') AS fields,
    ARRAY(SELECT at FROM wave_acts WHERE wave_acts.contact_id = mine.contact_id AND at > :since AND {_MESSAGE}
        ORDER BY at) AS messages,
    (SELECT jsonb_object_agg(e164, tries) FROM (
        SELECT e164, ARRAY(SELECT {_MICROSECONDS} FROM wave_acts
            WHERE address = e164 AND at > :since AND {_MESSAGE} ORDER BY at) AS tries
        FROM phone_numbers WHERE phone_numbers.contact_id = mine.contact_id
    ) AS by_number) AS number_messages
FROM mine JOIN leads ON leads.id = mine.lead_id AND leads.contact_id = mine.contact_id
JOIN contacts ON contacts.id = mine.contact_id
CROSS JOIN plan CROSS JOIN LATERAL ({clashes_of("mine.contact_id")}) AS clashes
ORDER BY mine.due_at, mine.contact_id
"""

SENT = f"""
SELECT count(*) FILTER (WHERE at > CAST(:now AS timestamptz) - interval '1 minute') AS minute,
    count(*) FILTER (WHERE at > CAST(:now AS timestamptz) - interval '1 hour') AS hour, count(*) AS day
FROM wave_acts
WHERE campaign_id = :campaign AND step = :step AND at > CAST(:now AS timestamptz) - interval '24 hours'
    AND state <> '{NOT_SENT}'
"""

ONE_AT_A_TIME = f"""
SELECT count(pg_advisory_xact_lock({_WRITERS}, hashint8(contact))) FROM (
    SELECT DISTINCT contact FROM unnest(CAST(:contacts AS bigint[])) AS contact ORDER BY contact
) AS in_order
"""
"""Before WRITE, in its transaction: of two that write to one person at the same moment the second sees what the first
wrote. A row of the contact's own would do as well, but imports write those, and they are not to wait."""

WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT given.*, address LIKE '+%' AND EXISTS (SELECT FROM dnc_entries WHERE e164 = address) AS listed,
        coalesce((SELECT NOT consents.given FROM consents WHERE consents.contact_id = given.contact_id
            ORDER BY consents.at DESC, consents.given LIMIT 1), false) AS withdrawn
    FROM unnest(CAST(:ids AS uuid[]), CAST(:campaigns AS bigint[]), CAST(:contacts AS bigint[]),
        CAST(:leads AS bigint[]), CAST(:places AS smallint[]), CAST(:steps AS text[]), CAST(:channels AS text[]),
        CAST(:ats AS timestamptz[]), CAST(:dues AS timestamptz[]), CAST(:go_ons AS text[]), CAST(:states AS text[]),
        CAST(:act_states AS text[]), CAST(:addresses AS text[]), CAST(:senders AS text[]), CAST(:verdicts AS text[]),
        CAST(:reasons AS text[]), CAST(:details AS text[]), CAST(:sinces AS timestamptz[]), CAST(:knowns AS bigint[]))
        AS given(id, campaign_id, contact_id, lead_id, place, step, channel, at, due_at, go_on, state, act_state,
            address, sender, verdict, reason, details, since, known)
), contacted AS MATERIALIZED (
    SELECT given.id FROM given JOIN wave_places AS own
        ON own.campaign_id = given.campaign_id AND own.contact_id = given.contact_id
    WHERE (SELECT count(*) FROM attempts WHERE attempts.contact_id = own.contact_id AND attempts.opened_at > given.since
            AND counts AND attempts.id <> given.id)
        + (SELECT count(*) FROM wave_acts WHERE wave_acts.contact_id = own.contact_id AND wave_acts.at > given.since
            AND {_MESSAGE}) > given.known
), mine AS (
    UPDATE wave_places SET step = given.place, state = given.state, due_at = given.due_at, reason = given.reason,
        go_on_at = ARRAY(SELECT jsonb_array_elements_text(CAST(given.go_on AS jsonb))), owner = NULL, owned_until = NULL
    FROM given
    WHERE wave_places.campaign_id = given.campaign_id AND wave_places.contact_id = given.contact_id
        AND owner = :owner AND owned_until > :now AND NOT listed AND NOT withdrawn
        AND given.id NOT IN (SELECT id FROM contacted)
    RETURNING given.*
), written AS (
    INSERT INTO wave_acts (id, contact_id, campaign_id, step, channel, address, sender, state, at, reason, verdict,
        engine, details)
    SELECT id, contact_id, campaign_id, step, channel, address, sender, act_state, at, reason, verdict, :owner,
        CAST(details AS jsonb)
    FROM mine
), freed AS (
    UPDATE leads SET status = 'ready', due_at = NULL, reason = NULL FROM mine
    WHERE mine.channel = 'call' AND leads.id = mine.lead_id AND leads.contact_id = mine.contact_id
        AND leads.status = 'waiting' AND leads.reason = '{HELD}'
)
SELECT given.id,
    CASE WHEN given.listed THEN 'do-not-call' WHEN given.withdrawn THEN 'consent'
        WHEN given.id IN (SELECT id FROM contacted) THEN '{CONTACTED_MEANWHILE}' ELSE 'claim lost' END AS refused
FROM given LEFT JOIN mine ON mine.id = given.id WHERE mine.id IS NULL
"""

_ADD = """
jsonb_set(wave_places.results, ARRAY[{acts}.step],
    coalesce(wave_places.results -> {acts}.step, '[]') || to_jsonb({acts}.result))
"""

SETTLE = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS bigint[]), CAST(:results AS text[]),
        CAST(:ats AS timestamptz[]), CAST(:references AS text[]), CAST(:reasons AS text[]),
        CAST(:agains AS timestamptz[])) AS given(id, contact_id, result, at, reference, reason, again_at)
), acts AS (
    UPDATE wave_acts SET state = CASE WHEN given.again_at IS NULL THEN given.result ELSE '{NOT_SENT}' END,
        settled_at = given.at, reference = given.reference, reason = given.reason
    FROM given WHERE wave_acts.id = given.id AND wave_acts.contact_id = given.contact_id AND wave_acts.state = 'written'
    RETURNING wave_acts.*, given.result, given.again_at
), places AS (
    UPDATE wave_places SET
        results = CASE WHEN again_at IS NULL THEN {_ADD.format(acts="acts")} ELSE wave_places.results END,
        step = CASE WHEN again_at IS NULL THEN wave_places.step ELSE CAST(acts.details ->> 'before' AS smallint) END,
        state = CASE WHEN again_at IS NULL THEN wave_places.state ELSE 'due' END,
        reason = CASE WHEN again_at IS NULL THEN wave_places.reason ELSE acts.reason END,
        due_at = CASE WHEN again_at IS NOT NULL THEN again_at
            WHEN result = ANY(go_on_at) OR result = '{Result.REFUSED}' THEN settled_at ELSE due_at END
    FROM acts WHERE wave_places.campaign_id = acts.campaign_id AND wave_places.contact_id = acts.contact_id
        AND wave_places.state <> 'ended'
)
INSERT INTO touches (contact_id, at, channel, direction, campaign_id, topic, outcome, details, source)
SELECT contact_id, at, channel, 'outbound', campaign_id, step, result, jsonb_build_object('act', id), 'waves'
FROM acts WHERE result IN ('{Result.SENT}', '{Result.UNKNOWN}') AND again_at IS NULL
"""

LEFT_WRITTEN = "SELECT id, contact_id FROM wave_acts WHERE engine = :owner AND state = 'written'"

MOVE = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:campaigns AS bigint[]), CAST(:contacts AS bigint[]), CAST(:states AS text[]),
        CAST(:dues AS timestamptz[]), CAST(:reasons AS text[]), CAST(:steps AS smallint[]), CAST(:results AS text[]),
        CAST(:holds AS boolean[])) AS given(campaign_id, contact_id, state, due_at, reason, step, results, hold)
), places AS (
    UPDATE wave_places SET state = given.state, due_at = given.due_at, reason = given.reason, owner = NULL,
        owned_until = NULL, step = coalesce(given.step, wave_places.step),
        results = coalesce((
            SELECT jsonb_object_agg(key, coalesce(wave_places.results -> key, '[]')
                || coalesce(CAST(given.results AS jsonb) -> key, '[]'))
            FROM (SELECT jsonb_object_keys(wave_places.results) UNION
                SELECT jsonb_object_keys(CAST(given.results AS jsonb))) AS named(key)), '{{}}')
    FROM given
    WHERE wave_places.campaign_id = given.campaign_id AND wave_places.contact_id = given.contact_id AND owner = :owner
    RETURNING wave_places.lead_id, wave_places.contact_id, given.state, given.hold
)
UPDATE leads SET status = CASE WHEN places.hold THEN 'waiting' ELSE 'done' END,
    due_at = CASE WHEN places.hold THEN timestamptz '{NEVER}' END,
    reason = CASE WHEN places.hold THEN '{HELD}' ELSE 'waves over' END
FROM places WHERE leads.id = places.lead_id AND leads.contact_id = places.contact_id AND CASE
    WHEN places.hold THEN leads.status IN ('ready', 'waiting') AND leads.call_back_at IS NULL AND NOT {leased("leads")}
    ELSE places.state = 'ended' AND leads.status = 'waiting' AND leads.reason = '{HELD}' END
"""

RECEIPTS = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:references AS text[]), CAST(:results AS text[]),
        CAST(:ats AS timestamptz[]), CAST(:reasons AS text[])) AS given(channel, reference, result, at, reason)
), acts AS (
    UPDATE wave_acts SET state = given.result, reason = given.reason, settled_at = given.at
    FROM given WHERE wave_acts.channel = given.channel AND wave_acts.reference = given.reference
        AND wave_acts.reference <> '' AND wave_acts.state IN ('{Result.SENT}', '{Result.UNKNOWN}')
    RETURNING wave_acts.*, given.result
), places AS (
    UPDATE wave_places SET results = {_ADD.format(acts="acts")},
        due_at = CASE WHEN result = ANY(go_on_at) THEN least(due_at, settled_at) ELSE due_at END
    FROM acts WHERE wave_places.campaign_id = acts.campaign_id AND wave_places.contact_id = acts.contact_id
        AND wave_places.state <> 'ended'
), told AS (
    UPDATE touches SET outcome = acts.result FROM acts
    WHERE touches.contact_id = acts.contact_id AND touches.details ->> 'act' = CAST(acts.id AS text)
)
SELECT channel, reference FROM wave_acts JOIN given USING (channel, reference) WHERE wave_acts.reference <> ''
"""

LIST_NUMBER = """
INSERT INTO dnc_entries (e164, source, added_at) VALUES (:sender, :source, :at) ON CONFLICT DO NOTHING
"""

REPLY = f"""
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (contact_id) id, contact_id, campaign_id, step, CAST(:result AS text) AS result FROM wave_acts
    WHERE address = :sender AND channel = :channel AND state NOT IN ('{NOT_SENT}', '{Result.REFUSED}')
    ORDER BY contact_id, at DESC
), places AS (
    UPDATE wave_places SET results = {_ADD.format(acts="latest")},
        due_at = CASE WHEN result = ANY(go_on_at) OR :opted_out THEN least(due_at, CAST(:at AS timestamptz))
            ELSE due_at END
    FROM latest WHERE wave_places.campaign_id = latest.campaign_id AND wave_places.contact_id = latest.contact_id
        AND wave_places.state <> 'ended'
), withdrawn AS (
    INSERT INTO consents (contact_id, at, given, source)
    SELECT contact_id, :at, false, :source FROM latest WHERE :opted_out AND CAST(:channel AS text) = 'email'
), preferring AS (
    INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)
    SELECT contact_id, 'preferred_channel', 'observed', 'personal', to_jsonb(CAST(:channel AS text)), 0.6, :at
    FROM latest WHERE NOT :opted_out
    ON CONFLICT (contact_id, name, source) DO UPDATE SET value = excluded.value, at = excluded.at
), written AS (
    INSERT INTO touches (contact_id, at, channel, direction, campaign_id, topic, outcome, details, source)
    SELECT contact_id, :at, :channel, 'inbound', campaign_id, step, result,
        jsonb_build_object('act', id, 'text', CAST(:words AS text)), 'waves'
    FROM latest
)
SELECT count(*) FROM latest
"""

NOTE = "UPDATE wave_plans SET note = :note WHERE campaign_id = :campaign AND note <> :note"

ENROLL = f"""
WITH fresh AS MATERIALIZED (
    SELECT id, contact_id FROM leads
    WHERE campaign_id = :campaign AND status = ANY(CAST(:statuses AS text[])) AND call_back_at IS NULL
        AND reason IS DISTINCT FROM '{HELD}' AND NOT EXISTS (SELECT FROM wave_places
            WHERE wave_places.campaign_id = leads.campaign_id AND wave_places.contact_id = leads.contact_id)
        AND NOT {leased("leads")}
    LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
), placed AS (
    INSERT INTO wave_places (campaign_id, contact_id, lead_id, due_at)
    SELECT :campaign, contact_id, id, :now FROM fresh ON CONFLICT DO NOTHING RETURNING lead_id, contact_id
), held AS (
    UPDATE leads SET status = 'waiting', due_at = '{NEVER}', reason = '{HELD}' FROM placed
    WHERE leads.id = placed.lead_id AND leads.contact_id = placed.contact_id
    RETURNING 1
)
SELECT count(*) FROM held
"""
"""Leads that have no place yet get one, and wait for their waves."""
