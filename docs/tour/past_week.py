"""In place of a week of calling: calls of the week before this one, of three agents.

    python past_week.py postgresql://...

Made up, and always the same: 1001 has 60 calls, 1002 has 40, 1003 has two; one in eight is recorded as a sale.
"""

import asyncio
import sys

from sqlalchemy import text

from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.migration import migrate

_AGENT = "CASE WHEN leads.contact_id <= 60 THEN '1001' WHEN leads.contact_id <= 100 THEN '1002' ELSE '1003' END"
STATEMENTS = (
    "INSERT INTO contacts (id, name) SELECT i, 'contact ' || i FROM generate_series(CAST(1 AS bigint), 102) AS i",
    "INSERT INTO phone_numbers (contact_id, e164) SELECT id, '+1202' || 5550000 + id FROM contacts",
    "INSERT INTO leads (campaign_id, contact_id) SELECT :campaign, id FROM contacts ORDER BY id",
    f"""
INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict, state,
    reserved_for)
SELECT CAST(md5('quality/' || leads.contact_id) AS uuid), leads.contact_id, leads.campaign_id, leads.id, number.id,
    e164, 'engine-1', 'main', date_trunc('week', now()) - interval '5 days' + leads.contact_id * interval '10 minutes',
    'allowed', 'ended', {_AGENT}
FROM leads JOIN phone_numbers AS number USING (contact_id)
""",
    """
INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, answered_at, connected_at, agent_id,
    abandoned, ended_at, points)
SELECT id, contact_id, campaign_id, 'answered', 16, opened_at, opened_at, reserved_for, false,
    opened_at + interval '1 s' * (30 + contact_id % 7 * 50), 0
FROM attempts
""",
    """
INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at)
SELECT attempt_id, contact_id, agent_id, CASE WHEN contact_id % 8 = 0 THEN 'sale' ELSE 'not_interested' END, ended_at
FROM outcomes
""",
)


async def main(url: str) -> None:
    await migrate(url)
    database = await ContactDatabase.open(url, 2)
    campaign = await DatabaseCampaignBook(database).create(CampaignPlan("autumn", caller_id="+12025550100"))
    for statement in map(text, STATEMENTS):
        wanted = {"campaign": campaign.id} if "campaign" in statement.compile().params else {}
        await database.fetch(statement, wanted, repeatable=False)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
