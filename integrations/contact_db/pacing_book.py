"""What pacing learned of each campaign."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from dialer.domain.ids import CampaignId
from dialer.ports import PacingState
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import pacing_state

_SAVE = text("""
INSERT INTO pacing_state (campaign_id, state, saved_at)
SELECT id, CAST(:state AS jsonb), CAST(:at AS timestamptz) FROM campaigns WHERE id = :campaign
ON CONFLICT (campaign_id) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at
""")


class DatabasePacingBook:
    """dialer.ports.PacingBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def load(self, campaign: CampaignId) -> PacingState | None:
        statement = select(pacing_state.c.state, pacing_state.c.saved_at).where(pacing_state.c.campaign_id == campaign)
        rows = await self._database.fetch(statement)
        return PacingState(rows[0].state, rows[0].saved_at) if rows else None

    async def save(self, campaign: CampaignId, state: Mapping[str, Any], at: datetime) -> None:
        written = json.dumps(state, allow_nan=False)
        await self._database.fetch(_SAVE, {"campaign": campaign, "state": written, "at": at})
