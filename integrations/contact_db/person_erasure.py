"""The statements that erase a person, in the order in which they are carried out.

All take `contacts` (whose), `now`, `cutoff` (what is younger must be kept) and `source` (who asked). Each gives a row
for every row that it changed, so that what was done, or would have been, is counted by the very statements.

A telephone number that must go is replaced by one that nobody has: no country has the code +999 (ITU-T E.164), and
what follows is the number of the row, not a hash of anything, so nothing leads back. Rows stay since others refer to
them. Constraints hold throughout.
"""

from compliance.proof import NOBODYS
from dialer.domain.outcome import FINAL_DISPOSITIONS, Disposition
from integrations.http_api.people import ERASED_LEAD

_FINAL = ", ".join(f"'{disposition}'" for disposition in sorted(FINAL_DISPOSITIONS))
_WHOSE = "ANY(CAST(:contacts AS bigint[]))"
_CUTOFF = "CAST(:cutoff AS timestamptz)"
_NOW = "CAST(:now AS timestamptz)"
_SOURCE = "CAST(:source AS text)"

LOCK_CONTACTS = f"SELECT id FROM contacts WHERE id = {_WHOSE} ORDER BY id FOR UPDATE"
LOCK_LEADS = f"SELECT id FROM leads WHERE contact_id = {_WHOSE} ORDER BY id FOR NO KEY UPDATE"
TAKE_BACK = f"DELETE FROM lead_leases WHERE contact_id = {_WHOSE} RETURNING 1"
OPEN_ATTEMPTS = f"SELECT id FROM attempts WHERE contact_id = {_WHOSE} AND state = 'open'"
"""After the leases are gone: opening an attempt writes its lead's first."""

DROP_UNKNOWN_EVENTS = f"""
DELETE FROM unknown_events WHERE named_id = {_WHOSE}
    OR external_key IN (SELECT contacts.external_key FROM contacts WHERE id = {_WHOSE})
    OR e164 IN (SELECT phone_numbers.e164 FROM phone_numbers WHERE contact_id = {_WHOSE})
RETURNING 1
"""
"""Before keys and numbers are gone, by which they name the person."""

DROP_EVENTS = f"DELETE FROM contact_events WHERE contact_id = {_WHOSE} RETURNING 1"
DROP_RAISED = f"DELETE FROM raised_leads WHERE contact_id = {_WHOSE} RETURNING 1"

BLANK_CONTACTS = f"""
UPDATE contacts SET external_key = NULL, name = '', attributes = '{{}}', time_zone = NULL, region = NULL,
    born_on = NULL, purchased_at = NULL, inquired_at = NULL, updated_at = now()
WHERE id = {_WHOSE} AND (name <> '' OR attributes <> '{{}}'
    OR num_nonnulls(external_key, time_zone, region, born_on, purchased_at, inquired_at) > 0)
RETURNING id
"""

CLOSE_LEADS = f"""
UPDATE leads SET status = 'done', reason = '{ERASED_LEAD}', due_at = NULL, score = 0, base_score = 0,
    call_back_at = NULL, call_back_agent = NULL, call_back_attempt = NULL,
    disposition = CASE WHEN disposition IN ({_FINAL}) THEN disposition ELSE '{Disposition.DO_NOT_CALL}' END
WHERE contact_id = {_WHOSE} AND (status, reason) IS DISTINCT FROM ('done', '{ERASED_LEAD}')
RETURNING id
"""
"""With a final disposition: else one that an agent gives later would make the lead wait again."""

END_CALL_BACKS = f"UPDATE call_backs SET kept_at = {_NOW} WHERE contact_id = {_WHOSE} AND kept_at IS NULL RETURNING 1"

EMPTY_NOTES = f"UPDATE dispositions SET note = '' WHERE contact_id = {_WHOSE} AND note <> '' RETURNING 1"

LIST_NUMBERS = f"""
INSERT INTO dnc_entries (e164, source, added_at)
SELECT DISTINCT e164, {_SOURCE}, {_NOW} FROM phone_numbers
WHERE contact_id = {_WHOSE} AND e164 NOT LIKE '{NOBODYS}%' ORDER BY e164
ON CONFLICT DO NOTHING RETURNING 1
"""

FORGET_CONSENT = f"""
DELETE FROM consents WHERE contact_id = {_WHOSE} AND given
    AND NOT EXISTS (SELECT FROM attempts WHERE attempts.contact_id = consents.contact_id AND opened_at >= {_CUTOFF})
    AND NOT EXISTS (SELECT FROM consents AS young WHERE young.contact_id = consents.contact_id AND young.given
        AND young.at >= {_CUTOFF})
RETURNING 1
"""
"""No call that must be accounted for can rest on it. Withdrawals stay: they tell nothing but that."""

WITHDRAW_CONSENT = f"""
INSERT INTO consents (contact_id, at, given, source)
SELECT contacts.id, greatest({_NOW}, (SELECT max(at) FROM consents WHERE contact_id = contacts.id)), false, {_SOURCE}
FROM contacts WHERE id = {_WHOSE} AND coalesce((
    SELECT consents.given FROM consents WHERE contact_id = contacts.id ORDER BY at DESC, consents.given LIMIT 1), true)
RETURNING 1
"""
"""It holds for whatever number a list brings in for the contact later."""

FORGET_ATTRIBUTES, FORGET_PRODUCTS, FORGET_TOUCHES, FORGET_PREFERENCES, FORGET_HOURS, FORGET_SIGNS, FORGET_STEPS = (
    f"DELETE FROM {table} WHERE contact_id = {_WHOSE} RETURNING 1"
    for table in (
        "contact_attributes",
        "products_held",
        "touches",
        "preferences",
        "lead_hours",
        "churn_signs",
        "next_steps",
    )
)

LEAVE_ACCOUNTS = f"DELETE FROM account_members WHERE contact_id = {_WHOSE} RETURNING 1"

FORGET_ACCOUNTS = """
DELETE FROM accounts WHERE kind = 'private'
    AND id = ANY(CAST(:accounts AS bigint[]))
    AND NOT EXISTS (SELECT FROM account_members WHERE account_id = accounts.id)
    AND NOT EXISTS (SELECT FROM accounts AS lower WHERE lower.parent_id = accounts.id)
RETURNING 1
"""
"""`accounts`: those that the contacts belonged to."""

FORGET_DIALED = f"""
UPDATE attempts SET e164 = '{NOBODYS}' || lpad(CAST(number_id AS text), 12, '0')
WHERE contact_id = {_WHOSE} AND opened_at < {_CUTOFF} AND e164 NOT LIKE '{NOBODYS}%' RETURNING 1
"""

DROP_NUMBERS = f"""
DELETE FROM phone_numbers WHERE contact_id = {_WHOSE} AND NOT EXISTS (
    SELECT FROM attempts WHERE attempts.contact_id = phone_numbers.contact_id AND number_id = phone_numbers.id)
RETURNING 1
"""

FORGET_NUMBERS = f"""
UPDATE phone_numbers SET valid = false, e164 = '{NOBODYS}' || lpad(CAST(id AS text), 12, '0'),
    reassignment_checked_at = NULL, reassignment_since = NULL, reassigned = NULL
WHERE contact_id = {_WHOSE} AND e164 NOT LIKE '{NOBODYS}%' AND NOT EXISTS (
    SELECT FROM attempts WHERE attempts.contact_id = phone_numbers.contact_id AND number_id = phone_numbers.id
        AND opened_at >= {_CUTOFF})
RETURNING 1
"""

STOP_NUMBERS = f"UPDATE phone_numbers SET valid = false WHERE contact_id = {_WHOSE} AND valid RETURNING 1"

END_WAVES = f"""
UPDATE wave_places SET state = 'ended', due_at = NULL, reason = '{ERASED_LEAD}', owner = NULL, owned_until = NULL
WHERE contact_id = {_WHOSE} AND state <> 'ended' RETURNING 1
"""

BLANK_ACTS = f"""
UPDATE wave_acts SET address = '', details = '{{}}' WHERE contact_id = {_WHOSE} AND (address <> '' OR details <> '{{}}')
RETURNING 1
"""

DROP_CASES = f"DELETE FROM quality_cases WHERE contact_id = {_WHOSE} RETURNING 1"
EMPTY_REMARKS = f"UPDATE quality_scores SET remark = '' WHERE contact_id = {_WHOSE} AND remark <> '' RETURNING 1"
EMPTY_DISPUTES = f"""
UPDATE quality_disputes SET reason = '', words = '' WHERE contact_id = {_WHOSE} AND (reason <> '' OR words <> '')
RETURNING 1
"""
EMPTY_COMPLAINTS = f"UPDATE quality_complaints SET note = '' WHERE contact_id = {_WHOSE} AND note <> '' RETURNING 1"
"""Scores, fatal findings and notices stay without them: they are about agents."""

DROP_DELIVERIES = f"DELETE FROM webhook_deliveries WHERE contact_id = {_WHOSE} RETURNING 1"

LEFT = f"""
SELECT (SELECT count(*) FROM phone_numbers WHERE contact_id = {_WHOSE} AND e164 NOT LIKE '{NOBODYS}%') AS numbers,
    (SELECT count(*) FROM attempts WHERE contact_id = {_WHOSE} AND opened_at >= {_CUTOFF}) AS attempts,
    (SELECT max(opened_at) FROM attempts WHERE contact_id = {_WHOSE}) AS last_attempt,
    (SELECT count(*) FROM attempts WHERE contact_id = {_WHOSE} AND opened_at < {_CUTOFF}) AS nameless,
    (SELECT count(*) FROM consents WHERE contact_id = {_WHOSE} AND given) AS consents,
    (SELECT max(at) FROM consents WHERE contact_id = {_WHOSE} AND given) AS last_consent,
    (SELECT count(*) FROM consents WHERE contact_id = {_WHOSE} AND NOT given) AS withdrawals,
    (SELECT count(*) FROM verdicts WHERE contact_id = {_WHOSE}) AS verdicts,
    (SELECT count(*) FROM recording_log WHERE contact_id = {_WHOSE}) AS recording_notes,
    (SELECT count(*) FROM dnc_entries WHERE e164 = ANY(CAST(:numbers AS text[]))) AS listed
"""
"""What is there afterwards; `numbers`: those that the contacts had."""

ANSWERED = f"""
SELECT attempt_id FROM outcomes WHERE contact_id = {_WHOSE} AND answered_at IS NOT NULL ORDER BY attempt_id
"""
