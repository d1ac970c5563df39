"""Waves, as people put and watch them."""

from datetime import datetime

from sqlalchemy import text

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.lead import LeadStatus
from dialer.domain.wave import WavesState
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.http_api.outreach import WavesSeen
from integrations.wave_plans import WavePlanPart, read_wave_plan

_PLAN = text("SELECT plan, state, note, changed_at FROM wave_plans WHERE campaign_id = :campaign")
_PUT = text("""
INSERT INTO wave_plans (campaign_id, plan, state, changed_at) VALUES (:campaign, CAST(:plan AS jsonb), 'held', :now)
ON CONFLICT (campaign_id) DO UPDATE SET plan = excluded.plan, changed_at = excluded.changed_at
""")
_STATE = text("UPDATE wave_plans SET state = :state, changed_at = :now WHERE campaign_id = :campaign RETURNING 1")
_LAST_STEP = text("SELECT coalesce(max(step), -1) FROM wave_places WHERE campaign_id = :campaign")
_PLACES = text("""
SELECT step, state, count(*) AS people, min(due_at) AS next_due FROM wave_places WHERE campaign_id = :campaign
GROUP BY step, state ORDER BY step, state
""")
_RESULTS = text("""
SELECT named.step, result, count(*) AS people FROM wave_places
CROSS JOIN LATERAL jsonb_each(results) AS named(step, list)
CROSS JOIN LATERAL (SELECT DISTINCT jsonb_array_elements_text(list) AS result) AS each
WHERE campaign_id = :campaign GROUP BY named.step, result ORDER BY named.step, people DESC, result
""")
_ENDS = text("""
SELECT reason, count(*) AS people FROM wave_places WHERE campaign_id = :campaign AND state = 'ended'
GROUP BY reason ORDER BY people DESC, reason LIMIT 20
""")
_WAITS = text("""
SELECT reason, count(*) AS people FROM wave_places
WHERE campaign_id = :campaign AND state <> 'ended' AND reason <> ''
GROUP BY reason ORDER BY people DESC, reason LIMIT 20
""")
_RELEASE = text("""
WITH gone AS (DELETE FROM wave_places WHERE campaign_id = :campaign RETURNING lead_id, contact_id),
dropped AS (DELETE FROM wave_plans WHERE campaign_id = :campaign)
UPDATE leads SET status = 'ready', due_at = NULL, reason = NULL FROM gone
WHERE leads.id = gone.lead_id AND leads.contact_id = gone.contact_id AND status = 'waiting' AND reason = 'wave'
RETURNING 1
""")


class WaveReading:
    """integrations.http_api.outreach.WavesBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def put(self, campaign: CampaignId, plan: WavePlanPart, now: datetime) -> int:
        await self._check_steps(campaign, plan)
        values = {"campaign": campaign, "plan": plan.model_dump_json(), "now": now}
        await self._database.fetch(_PUT, values)
        book, placed = DatabaseWaveBook(self._database), 0
        while found := await book.enroll(campaign, now, [LeadStatus.READY, LeadStatus.WAITING]):
            placed += found
        return placed

    async def _check_steps(self, campaign: CampaignId, plan: WavePlanPart) -> None:
        rows = await self._database.fetch(_PLAN, {"campaign": campaign})
        if not rows:
            return
        taken = int((await self._database.fetch(_LAST_STEP, {"campaign": campaign}))[0][0]) + 1
        before = [step.name for step in read_wave_plan(rows[0].plan).steps][:taken]
        if [step.name for step in plan.steps][:taken] != before:
            names = ", ".join(before)
            raise Conflict(f"people have taken the steps {names}: a new plan must begin with them", "steps")

    async def set_state(self, campaign: CampaignId, state: WavesState, now: datetime) -> None:
        values = {"campaign": campaign, "state": state, "now": now}
        if not await self._database.fetch(_STATE, values):
            raise NotFound("the campaign has no waves; give it some with `dialer waves put`")

    async def remove(self, campaign: CampaignId) -> int:
        return len(await self._database.fetch(_RELEASE, {"campaign": campaign}))

    async def see(self, campaign: CampaignId) -> WavesSeen:
        about = {"campaign": campaign}
        rows = await self._database.fetch(_PLAN, about)
        if not rows:
            raise NotFound("the campaign has no waves; give it some with `dialer waves put`")
        plan = read_wave_plan(rows[0].plan)
        names = ["(none yet)", *(step.name for step in plan.steps)]
        places = [{**row._mapping, "step": names[row.step + 1]} for row in await self._database.fetch(_PLACES, about)]
        found = [
            [dict(row._mapping) for row in await self._database.fetch(statement, about)]
            for statement in (_RESULTS, _ENDS, _WAITS)
        ]
        return WavesSeen(plan, WavesState(rows[0].state), rows[0].note, places, *found)
