"""In place of a day of calling: every lead was called yesterday, by agents 1001 to 1008.

    python past_day.py postgresql://...

Made up, and always the same: from nine to five (UTC); a third answers, and later agents sell more.
"""

import asyncio
import sys

from sqlalchemy import text

from integrations.contact_db.database import ContactDatabase

CALLS = (
    """
INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict, state)
SELECT CAST(md5('yesterday/' || leads.id) AS uuid), leads.contact_id, leads.campaign_id, leads.id, number.id, e164,
    'engine-1', 'main', day + interval '9 hours' + leads.id * 7919 % 28000 * interval '1 s', 'allowed', 'ended'
FROM leads JOIN phone_numbers AS number USING (contact_id),
    (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day' AS day) AS yesterday
""",
    """
INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, answered_at, connected_at, agent_id,
    abandoned, ended_at, points)
SELECT id, contact_id, campaign_id, CASE WHEN live THEN 'answered' ELSE 'no_answer' END, 16,
    CASE WHEN live THEN opened_at + interval '12 s' END, CASE WHEN live THEN opened_at + interval '12 s' END,
    CASE WHEN live THEN CAST(1001 + lead_id / 3 % 8 AS text) END, false,
    opened_at + CASE WHEN live THEN interval '3 minutes' ELSE interval '25 s' END, 0
FROM (SELECT *, lead_id % 3 = 0 AS live FROM attempts) AS rung
""",
    """
INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at)
SELECT attempt_id, contact_id, agent_id,
    CASE WHEN contact_id % 10 < CAST(agent_id AS integer) - 1000 THEN 'sale' ELSE 'not_interested' END, ended_at
FROM outcomes WHERE outcome = 'answered'
""",
    """
INSERT INTO agent_states (agent_id, state, at, reason)
SELECT agents.id, state, day + hours * interval '1 hour', ''
FROM agents, (VALUES (9, 'ready'), (17, 'logged_out')) AS shift(hours, state),
    (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day' AS day) AS yesterday
ORDER BY hours, agents.id
""",
)


async def main(url: str) -> None:
    database = await ContactDatabase.open(url, 2)
    for statement in CALLS:
        await database.fetch(text(statement), repeatable=False)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
