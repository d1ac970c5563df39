"""Live answers and abandoned calls, counted by the rule of dialer.engine.abandonment.tally_of."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from compliance.abandonment import AGENT_LIMIT_SECONDS, GREETING_SECONDS, Tally
from dialer.domain.ids import AttemptId, CampaignId
from integrations.contact_db.database import ContactDatabase

_FIRST_DIAL = text("SELECT min(opened_at) AS opened_at FROM attempts WHERE campaign_id = :campaign")
_TALLIES = text("""
WITH answers AS MATERIALIZED (
    SELECT answered_at, outcome, amd, disposition,
        outcome = 'machine' AND EXISTS (SELECT FROM attempts WHERE attempts.id = outcomes.attempt_id
            AND attempts.contact_id = outcomes.contact_id AND prompt <> '') AS prompted,
        CASE WHEN outcome = 'answered' THEN coalesce(connected_at, ended_at) ELSE ended_at END
            - least(coalesce(waiting_since, answered_at), answered_at + CAST(:greeting AS interval))
            > CAST(:agent_limit AS interval) AS late
    FROM outcomes LEFT JOIN dispositions
        ON dispositions.attempt_id = outcomes.attempt_id AND dispositions.contact_id = outcomes.contact_id
    WHERE campaign_id = :campaign AND answered_at >= (SELECT min(at) FROM unnest(CAST(:since AS timestamptz[])) AS at)
        AND answered_at < CAST(:until AS timestamptz) AND outcomes.attempt_id <> ALL (CAST(:without AS uuid[]))
)
SELECT
    count(*) FILTER (WHERE outcome = 'answered' AND NOT late) AS connected,
    count(*) FILTER (WHERE outcome = 'answered' AND NOT late
        AND coalesce(disposition = 'machine', amd = 'MACHINE', false)) AS connected_machines,
    count(*) FILTER (WHERE outcome = 'abandoned' OR (outcome = 'hung_up' AND late)
        OR (outcome = 'answered' AND late AND disposition IS DISTINCT FROM 'machine')) AS dropped,
    count(*) FILTER (WHERE outcome = 'machine' AND NOT prompted) AS amd_machines
FROM unnest(CAST(:since AS timestamptz[])) WITH ORDINALITY AS windows(since, place)
LEFT JOIN answers ON answered_at >= since
GROUP BY place ORDER BY place
""")


class DatabaseAbandonmentBook:
    """dialer.ports.AbandonmentBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def first_dial(self, campaign: CampaignId) -> datetime | None:
        [row] = await self._database.fetch(_FIRST_DIAL, {"campaign": campaign})
        first: datetime | None = row.opened_at
        return first

    async def tallies(
        self, campaign: CampaignId, since: Sequence[datetime], until: datetime, without: Collection[AttemptId]
    ) -> list[Tally]:
        values = {
            "campaign": campaign,
            "since": list(since),
            "until": until,
            "without": list(without),
            "greeting": timedelta(seconds=GREETING_SECONDS),
            "agent_limit": timedelta(seconds=AGENT_LIMIT_SECONDS),
        }
        rows = await self._database.fetch(_TALLIES, values)
        return [Tally(row.connected, row.connected_machines, row.dropped, row.amd_machines) for row in rows]
