"""The statements that merge staged rows of a list into contacts, numbers and leads, a batch at a time.

Who is who. A row belongs to the contact of its external key; failing that, it gives its key to a contact without one
that has one of its numbers; without a key, it belongs to the contact that was the first to have one of its numbers (the
row's first number that is known decides). Rows of one batch that share a number belong together likewise; those of
earlier batches are in the database by then.
While that is found out, `place` says where a row belongs, and the least wins: a contact that is there (its id less
2**50), a new contact with a key (its first line less 2**40), a new one without (its first line).

What is kept. The first row of a file about a contact wins over what was known, where it says anything; further rows
of the file only fill what is empty. Nothing is ever emptied, so the same file again changes nothing. Consent is added,
whichever row says it, unless the very same words of the same time are there already.
"""

from compliance.rulebook import Kind
from integrations.contact_db.history_points import history_of

EXISTING = -(2**50)
KEYED = -(2**40)

TAKE_TURN = "SELECT pg_try_advisory_xact_lock(:lock)"
LOCK_CAMPAIGN = "SELECT id FROM campaigns WHERE id = :campaign FOR KEY SHARE"
MAY_TRUST = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
TRUST_REFERENCES = "SET LOCAL session_replication_role = replica"
CHECK_REFERENCES = "SET LOCAL session_replication_role = origin"

CREATE = (
    "SET LOCAL work_mem = '64MB'",
    """
CREATE TEMPORARY TABLE staged (line bigint, numbers text[], name text, external_key text, score float8, time_zone text,
    attributes jsonb, effect text, status text, region text, born_on date,
    purchased_at timestamptz, inquired_at timestamptz,
    consent_at timestamptz, consent_purpose text, consent_wording text, consent_proof text,
    consent_expires_at timestamptz) ON COMMIT DROP
""",
    "CREATE TEMPORARY TABLE staged_numbers (line bigint, rank bigint, e164 text) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE placed (line bigint, place bigint, free boolean) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE settled (line bigint, contact_id bigint, new boolean, first boolean) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE touched (contact_id bigint PRIMARY KEY, new boolean) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE changed (contact_id bigint) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE looked_at (contact_id bigint PRIMARY KEY) ON COMMIT DROP",
)
"""`settled`: whose row it is, whether the contact is to be made, whether the row is the file's first about it;
`touched`: the contacts that this file has named so far; `changed`: those of them that are not as they were;
`looked_at`: those of a batch, found by key whatever the planner believes of how many leads are blocked."""

EMPTY = "TRUNCATE staged, staged_numbers, placed, settled, looked_at"

NUMBERS = """
INSERT INTO staged_numbers SELECT line, rank, e164 FROM staged, unnest(numbers) WITH ORDINALITY AS given(e164, rank)
"""

ANALYZE = ("ANALYZE staged (line, external_key, effect)", "ANALYZE staged_numbers")

PLACE_KEYED = f"""
INSERT INTO placed (line, place, free)
SELECT line, coalesce({EXISTING} + contacts.id, {KEYED} + min(line) OVER (PARTITION BY staged.external_key)), false
FROM staged LEFT JOIN contacts USING (external_key) WHERE staged.external_key IS NOT NULL
"""

ADOPT = f"""
WITH fitting AS (
    SELECT place, min(contacts.id) AS contact_id
    FROM placed JOIN staged_numbers USING (line) JOIN phone_numbers USING (e164)
        JOIN contacts ON contacts.id = phone_numbers.contact_id AND contacts.external_key IS NULL
    WHERE place > {EXISTING // 2} GROUP BY place
), once AS (SELECT DISTINCT ON (contact_id) * FROM fitting ORDER BY contact_id, place)
UPDATE placed SET place = {EXISTING} + once.contact_id FROM once WHERE placed.place = once.place
"""

PLACE_UNKEYED = f"""
INSERT INTO placed (line, place, free)
SELECT DISTINCT ON (line) line, coalesce({EXISTING} + phone_numbers.contact_id, line), contact_id IS NULL
FROM staged JOIN staged_numbers USING (line) LEFT JOIN phone_numbers USING (e164)
WHERE staged.external_key IS NULL ORDER BY line, phone_numbers.id IS NULL, staged_numbers.rank, phone_numbers.id
"""

SHARED = """
CREATE TEMPORARY TABLE shared ON COMMIT DROP AS
SELECT line, e164 FROM staged_numbers
WHERE e164 IN (SELECT e164 FROM staged_numbers GROUP BY e164 HAVING count(*) > 1)
"""

JOIN_SHARED = """
WITH least AS (SELECT e164, min(place) AS place FROM shared JOIN placed USING (line) GROUP BY e164),
better AS (SELECT line, min(place) AS place FROM shared JOIN least USING (e164) GROUP BY line)
UPDATE placed SET place = better.place FROM better
WHERE placed.line = better.line AND free AND better.place < placed.place
"""
"""Repeated until it changes nothing. Rows without key and contact are free to follow the least of their fellows."""

FORGET_SHARED = "DROP TABLE shared"

SETTLE = f"""
WITH ranked AS (
    SELECT line, place, row_number() OVER (PARTITION BY place ORDER BY line) = 1 AS leads FROM placed
), led AS MATERIALIZED (
    SELECT place, place > {EXISTING // 2} AS new,
        CASE WHEN place > {EXISTING // 2} THEN nextval('contacts_id_seq') ELSE place - {EXISTING} END AS contact_id
    FROM (SELECT place FROM ranked WHERE leads ORDER BY place) AS in_order
), noted AS (
    INSERT INTO touched SELECT contact_id, new FROM led ON CONFLICT DO NOTHING RETURNING contact_id
)
INSERT INTO settled SELECT line, contact_id, new, leads AND noted.contact_id IS NOT NULL
FROM ranked JOIN led USING (place) LEFT JOIN noted USING (contact_id)
"""

ANALYZE_SETTLED = "ANALYZE settled"

NEW_CONTACTS = """
INSERT INTO contacts (id, external_key, name, attributes, time_zone, region, born_on, purchased_at, inquired_at)
SELECT settled.contact_id, external_key, name, attributes, time_zone, region, born_on, purchased_at,
    inquired_at
FROM settled JOIN staged USING (line) WHERE first AND new
ORDER BY settled.contact_id
"""

RENEW_CONTACTS = """
WITH renewed AS (
    UPDATE contacts SET name = coalesce(nullif(staged.name, ''), contacts.name),
        external_key = coalesce(contacts.external_key, staged.external_key),
        time_zone = coalesce(staged.time_zone, contacts.time_zone),
        region = coalesce(staged.region, contacts.region),
        born_on = coalesce(staged.born_on, contacts.born_on),
        purchased_at = coalesce(staged.purchased_at, contacts.purchased_at),
        inquired_at = coalesce(staged.inquired_at, contacts.inquired_at),
        attributes = contacts.attributes || staged.attributes, updated_at = now()
    FROM settled JOIN staged USING (line)
    WHERE contacts.id = settled.contact_id AND first AND NOT new AND (
        staged.name NOT IN ('', contacts.name)
        OR staged.time_zone IS NOT NULL AND staged.time_zone IS DISTINCT FROM contacts.time_zone
        OR contacts.external_key IS NULL AND staged.external_key IS NOT NULL
        OR staged.region IS NOT NULL AND staged.region IS DISTINCT FROM contacts.region
        OR staged.born_on IS NOT NULL AND staged.born_on IS DISTINCT FROM contacts.born_on
        OR staged.purchased_at IS NOT NULL AND staged.purchased_at IS DISTINCT FROM contacts.purchased_at
        OR staged.inquired_at IS NOT NULL AND staged.inquired_at IS DISTINCT FROM contacts.inquired_at
        OR NOT contacts.attributes @> staged.attributes)
    RETURNING contacts.id
)
INSERT INTO changed SELECT id FROM renewed
"""

COMPLETE_CONTACTS = """
WITH further AS (
    SELECT settled.contact_id,
        (array_agg(name ORDER BY line) FILTER (WHERE name <> ''))[1] AS name,
        (array_agg(external_key ORDER BY line) FILTER (WHERE external_key IS NOT NULL))[1] AS external_key,
        (array_agg(time_zone ORDER BY line) FILTER (WHERE time_zone IS NOT NULL))[1] AS time_zone,
        (array_agg(region ORDER BY line) FILTER (WHERE region IS NOT NULL))[1] AS region,
        (array_agg(born_on ORDER BY line) FILTER (WHERE born_on IS NOT NULL))[1] AS born_on,
        (array_agg(purchased_at ORDER BY line) FILTER (WHERE purchased_at IS NOT NULL))[1] AS purchased_at,
        (array_agg(inquired_at ORDER BY line) FILTER (WHERE inquired_at IS NOT NULL))[1] AS inquired_at
    FROM settled JOIN staged USING (line) WHERE NOT first GROUP BY settled.contact_id
), gathered AS (
    SELECT contact_id, jsonb_object_agg(key, value) AS attributes FROM (
        SELECT DISTINCT ON (settled.contact_id, key) settled.contact_id, key, value
        FROM settled JOIN staged USING (line), jsonb_each(staged.attributes)
        WHERE NOT first ORDER BY settled.contact_id, key, line) AS earliest
    GROUP BY contact_id
), completed AS (
    UPDATE contacts SET name = coalesce(nullif(contacts.name, ''), further.name, ''),
        external_key = coalesce(contacts.external_key, further.external_key),
        time_zone = coalesce(contacts.time_zone, further.time_zone),
        region = coalesce(contacts.region, further.region),
        born_on = coalesce(contacts.born_on, further.born_on),
        purchased_at = coalesce(contacts.purchased_at, further.purchased_at),
        inquired_at = coalesce(contacts.inquired_at, further.inquired_at),
        attributes = coalesce(gathered.attributes, '{}') || contacts.attributes, updated_at = now()
    FROM further LEFT JOIN gathered USING (contact_id)
    WHERE contacts.id = further.contact_id AND (
        contacts.name = '' AND further.name IS NOT NULL
        OR contacts.external_key IS NULL AND further.external_key IS NOT NULL
        OR contacts.time_zone IS NULL AND further.time_zone IS NOT NULL
        OR contacts.region IS NULL AND further.region IS NOT NULL
        OR contacts.born_on IS NULL AND further.born_on IS NOT NULL
        OR contacts.purchased_at IS NULL AND further.purchased_at IS NOT NULL
        OR contacts.inquired_at IS NULL AND further.inquired_at IS NOT NULL
        OR coalesce(gathered.attributes, '{}') || contacts.attributes <> contacts.attributes)
    RETURNING contacts.id
)
INSERT INTO changed SELECT id FROM completed
"""

ADD_CONSENTS = """
WITH said AS (
    SELECT DISTINCT settled.contact_id, consent_at, consent_purpose, consent_wording, consent_proof, consent_expires_at
    FROM settled JOIN staged USING (line) WHERE consent_at IS NOT NULL
), added AS (
    INSERT INTO consents (contact_id, at, given, purpose, wording, proof, source, expires_at)
    SELECT contact_id, consent_at, true, consent_purpose, consent_wording, consent_proof, CAST(:source AS text),
        consent_expires_at
    FROM said WHERE NOT EXISTS (
        SELECT FROM consents AS had WHERE had.contact_id = said.contact_id AND had.at = consent_at AND had.given
            AND had.purpose = consent_purpose AND had.wording = consent_wording AND had.proof = consent_proof
            AND had.expires_at IS NOT DISTINCT FROM consent_expires_at)
    ORDER BY contact_id, consent_at
    RETURNING contact_id
), noted AS (
    INSERT INTO changed SELECT DISTINCT contact_id FROM added
)
SELECT count(*) FROM added
"""

LOOKED_AT = """
INSERT INTO looked_at SELECT DISTINCT contact_id FROM settled JOIN changed USING (contact_id) WHERE NOT new
"""

LOOK_AGAIN = f"""
UPDATE leads SET status = 'ready', reason = NULL FROM looked_at
WHERE leads.contact_id = looked_at.contact_id AND status = 'blocked'
    AND reason IN ('{Kind.CONSENT}', '{Kind.REASSIGNED}', '{Kind.NATIONAL_LIST}')
"""
"""What a list says of consent, purchases and addresses may do away with these, in every campaign."""

MORE_NUMBERS = """
WITH given AS (
    SELECT DISTINCT ON (settled.contact_id, e164) settled.contact_id, e164, line, staged_numbers.rank
    FROM settled JOIN staged_numbers USING (line)
    WHERE NOT new ORDER BY settled.contact_id, e164, line, staged_numbers.rank
), added AS (
    INSERT INTO phone_numbers (contact_id, e164, rank)
    SELECT given.contact_id, given.e164, least(32767,
        row_number() OVER (PARTITION BY given.contact_id ORDER BY line, given.rank)
        + (SELECT coalesce(max(had.rank), 0) FROM phone_numbers AS had WHERE had.contact_id = given.contact_id))
    FROM given LEFT JOIN phone_numbers AS known ON known.contact_id = given.contact_id AND known.e164 = given.e164
    WHERE known.id IS NULL ORDER BY given.contact_id, line, given.rank
    RETURNING contact_id
)
INSERT INTO changed SELECT DISTINCT contact_id FROM added
"""

NEW_NUMBERS = """
INSERT INTO phone_numbers (contact_id, e164, rank)
SELECT contact_id, e164, least(32767, row_number() OVER (PARTITION BY contact_id ORDER BY line, rank)) FROM (
    SELECT DISTINCT ON (settled.contact_id, e164) settled.contact_id, e164, line, rank
    FROM settled JOIN staged_numbers USING (line)
    WHERE new ORDER BY settled.contact_id, e164, line, rank) AS given
ORDER BY contact_id, line, rank
"""
"""After MORE_NUMBERS, and by place as contacts' ids are: a number's oldest row is of the place that JOIN_SHARED counts
as the least, so that a free row finds the same contact when the file comes again."""

LIST_DO_NOT_CALL = """
INSERT INTO dnc_entries (e164, source, added_at)
SELECT DISTINCT e164, CAST(:source AS text), CAST(:now AS timestamptz)
FROM staged JOIN staged_numbers USING (line) WHERE effect = 'do_not_call'
ON CONFLICT DO NOTHING
"""

NEW_LEADS = """
INSERT INTO leads (campaign_id, contact_id, status, score, base_score, reason)
SELECT CAST(:campaign AS bigint), settled.contact_id, CASE WHEN effect = 'done' THEN 'done' ELSE 'ready' END,
    coalesce(staged.score, 0), coalesce(staged.score, 0),
    CASE WHEN effect = 'done' THEN 'was ' || status || ' when imported' END
FROM settled JOIN staged USING (line) WHERE first AND new AND effect <> 'do_not_call' ORDER BY settled.contact_id
"""

STAGE_KNOWN = """
INSERT INTO staged (line, score, effect) SELECT line, CAST(:score AS float8), 'dial' FROM settled
"""
"""For contacts that were settled without a list."""

MORE_LEADS = f"""
WITH first_rows AS MATERIALIZED (
    SELECT settled.contact_id, coalesce(staged.score, 0) AS score, effect, status
    FROM settled JOIN staged USING (line)
    WHERE first AND NOT new AND effect <> 'do_not_call' AND NOT EXISTS (
        SELECT FROM leads WHERE leads.campaign_id = :campaign AND leads.contact_id = settled.contact_id)
), {history_of("attempts.contact_id IN (SELECT contact_id FROM first_rows)")}, added AS (
    INSERT INTO leads (campaign_id, contact_id, status, score, base_score, reason)
    SELECT CAST(:campaign AS bigint), contact_id, CASE WHEN effect = 'done' THEN 'done' ELSE 'ready' END,
        score + coalesce(points, 0), score, CASE WHEN effect = 'done' THEN 'was ' || status || ' when imported' END
    FROM first_rows LEFT JOIN history USING (contact_id)
    RETURNING contact_id
)
INSERT INTO changed SELECT contact_id FROM added
"""

RENEW_SCORES = """
WITH renewed AS (
    UPDATE leads SET score = leads.score + staged.score - base_score, base_score = staged.score
    FROM settled JOIN staged USING (line)
    WHERE leads.campaign_id = :campaign AND leads.contact_id = settled.contact_id
        AND first AND NOT new AND staged.score <> base_score
    RETURNING leads.contact_id
)
INSERT INTO changed SELECT contact_id FROM renewed
"""

CLOSE_LEADS = """
WITH closing AS (
    SELECT DISTINCT ON (contact_id) contact_id, effect, status
    FROM settled JOIN staged USING (line) WHERE effect <> 'dial' ORDER BY contact_id, effect = 'done', line
), closed AS (
    UPDATE leads SET status = CASE WHEN effect = 'done' THEN 'done' ELSE 'blocked' END, due_at = NULL,
        reason = CASE WHEN effect = 'done' THEN 'was ' || closing.status || ' when imported' ELSE 'do-not-call' END
    FROM closing
    WHERE leads.campaign_id = :campaign AND leads.contact_id = closing.contact_id
        AND leads.status IN ('ready', 'waiting') AND attempts = 0 AND last_outcome IS NULL
        AND call_back_at IS NULL AND disposition IS NULL
    RETURNING leads.contact_id
)
INSERT INTO changed SELECT contact_id FROM closed
"""
"""A lead that was dialed keeps its state, whatever a list says."""

COUNT = """
SELECT count(*) AS contacts, count(*) FILTER (WHERE new) AS new,
    count(*) FILTER (WHERE NOT new AND contact_id IN (SELECT contact_id FROM changed)) AS changed
FROM touched
"""
