"""In place of a month of calling: a campaign "autumn" with 12,000 leads, 9,000 of them called once.

    python past_calls.py postgresql://... [--first | --leads]

Made up, and always the same: who is over 50 answers in the afternoon; nurses buy; so do those who bought lately, and
those who spend much.
"""

import asyncio
import sys

from sqlalchemy import text

from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.migration import migrate


def chance(of: str, seed: int) -> str:
    """A number from 0 to 1 that belongs to a row."""
    return f"(CAST(CAST('x' || substr(md5({of} || '/{seed}'), 1, 6) AS bit(24)) AS integer) / 16777216.0)"


PEOPLE = (
    f"""
INSERT INTO contacts (id, name, attributes, time_zone, purchased_at)
SELECT i, 'contact ' || i, jsonb_build_object(
        'age', CAST(18 + floor(60 * {chance("i", 1)}) AS text),
        'job', (ARRAY['nurse', 'clerk', 'driver', 'teacher'])[CAST(1 + floor(4 * {chance("i", 2)}) AS integer)],
        'purchases', CAST(floor(9 * {chance("i", 3)}) AS text),
        'monthly_spend', CAST(floor(200 * {chance("i", 4)}) AS text),
        'value_tier', CASE WHEN {chance("i", 5)} < 0.1 THEN 'gold' ELSE 'tin' END),
    'America/New_York', now() - interval '40 days' - 800 * {chance("i", 6)} * interval '1 day'
FROM generate_series(CAST(1 AS bigint), 12000) AS i
""",
    "INSERT INTO phone_numbers (contact_id, e164) SELECT id, '+1202' || 5550000 + id FROM contacts",
    "INSERT INTO leads (campaign_id, contact_id) SELECT :campaign, id FROM contacts ORDER BY id",
)
_ATTEMPT = """
INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict, state)
SELECT CAST(md5(leads.id || '/' || leads.attempts) AS uuid), leads.contact_id, leads.campaign_id, leads.id,
    number.id, e164, 'engine-1', 'main', {when}, 'allowed', 'ended'
FROM leads JOIN phone_numbers AS number USING (contact_id) WHERE {which}
"""
MONTH = _ATTEMPT.format(
    which="leads.contact_id <= 9000",
    when="date_trunc('day', now()) - interval '31 days' + leads.contact_id / 300 * interval '1 day' "
    "+ (14 + 9 * (leads.contact_id % 300) / 300.0) * interval '1 hour'",
)
FIRST = _ATTEMPT.format(which="status = 'ready' AND score > 5e9", when="now()")
"""Those whom a pilot put before all others."""
EVERY = _ATTEMPT.format(which="leads.attempts = 0", when="now()")
"""Every lead that was not called yet."""
ENDS = (
    f"""
INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, answered_at, connected_at, agent_id,
    abandoned, ended_at, points)
SELECT id, contact_id, campaign_id, CASE WHEN live THEN 'answered' ELSE 'no_answer' END, 16,
    CASE WHEN live THEN opened_at + interval '12 s' END, CASE WHEN live THEN opened_at + interval '12 s' END,
    CASE WHEN live THEN '1001' END, false,
    opened_at + CASE WHEN live THEN interval '3 minutes' ELSE interval '25 s' END, 0
FROM (SELECT attempts.*, {chance("contact_id", 7)} < CASE
        WHEN CAST(attributes ->> 'age' AS integer) > 50
            AND extract(hour FROM opened_at AT TIME ZONE 'America/New_York') >= 14 THEN 0.7 ELSE 0.25 END AS live
    FROM attempts JOIN contacts ON contacts.id = contact_id
    WHERE NOT EXISTS (SELECT FROM outcomes WHERE attempt_id = attempts.id)) AS rung
""",
    f"""
INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at)
SELECT attempt_id, contact_id, '1001', CASE WHEN {chance("contact_id", 8)} < CASE
        WHEN attributes ->> 'job' = 'nurse' THEN 0.35
        WHEN purchased_at > now() - interval '300 days' THEN 0.25
        WHEN (SELECT max(CAST(value AS float8)) FROM contact_attributes AS spend
            WHERE spend.contact_id = contacts.id AND spend.name = 'monthly_spend') > 40 THEN 0.3
        ELSE 0.04 END THEN 'sale' ELSE 'other' END, ended_at
FROM outcomes JOIN contacts ON contacts.id = contact_id WHERE outcome = 'answered'
ON CONFLICT DO NOTHING
""",
    """
UPDATE leads SET attempts = told.attempts, last_outcome = told.outcome, last_attempt_at = told.ended_at,
    status = CASE WHEN told.disposition = 'sale' THEN 'done' ELSE 'ready' END
FROM (SELECT DISTINCT ON (contact_id, campaign_id) contact_id, campaign_id, outcome, ended_at, disposition,
        count(*) OVER (PARTITION BY contact_id, campaign_id) AS attempts
    FROM outcomes LEFT JOIN dispositions USING (attempt_id, contact_id)
    ORDER BY contact_id, campaign_id, ended_at DESC) AS told
WHERE told.contact_id = leads.contact_id AND told.campaign_id = leads.campaign_id
""",
    "ANALYZE",
)


async def main(url: str, which: str) -> None:
    """`--first`: no new campaign, but calls to those whom its pilot put first; `--leads`: to all leads."""
    await migrate(url)
    database = await ContactDatabase.open(url, 2)
    if which:
        statements = [FIRST if which == "--first" else EVERY, *ENDS]
    else:
        statements = [*PEOPLE, MONTH, *ENDS]
        campaign = await DatabaseCampaignBook(database).create(CampaignPlan("autumn", caller_id="+12025550100"))
    for statement in map(text, statements):
        wanted = {"campaign": campaign.id} if "campaign" in statement.compile().params else {}
        await database.fetch(statement, wanted, repeatable=False)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
