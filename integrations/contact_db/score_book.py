"""Versions of models, and pilots with what came of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.ids import CampaignId
from dialer.ports.scores import CellOutcome, ModelId, ModelStatus, Pilot, ScoreModel, Target
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.leases import leased

FIRST = 1e10
"""Added to the score of a lead that a pilot puts first; no score of a list is above a billion."""

_ADD = text("""
INSERT INTO score_models (campaign_id, target, status, trained_at, trained_until, rows, wins, reason, figures, data)
VALUES (:campaign, :target, :status, :trained_at, :trained_until, :rows, :wins, :reason, CAST(:figures AS jsonb), :data)
RETURNING id
""")
_RETIRE = text("""
UPDATE score_models SET status = 'retired'
WHERE campaign_id = :campaign AND target = :target AND status = 'champion'
""")
_CHAMPION = text("""
SELECT * FROM score_models WHERE campaign_id = :campaign AND target = :target AND status = 'champion'
""")
_MODELS = text("""
SELECT id, campaign_id, target, status, trained_at, trained_until, rows, wins, reason, figures,
    CAST('' AS bytea) AS data
FROM score_models WHERE campaign_id = :campaign ORDER BY id DESC LIMIT :most
""")
_PUT_PILOT = text("""
INSERT INTO pilots (campaign_id, started_at, sample, floor, moved_at, shares)
VALUES (:campaign, :started_at, :sample, :floor, :moved_at, CAST(:shares AS jsonb))
ON CONFLICT (campaign_id) DO UPDATE SET started_at = excluded.started_at, sample = excluded.sample,
    floor = excluded.floor, moved_at = excluded.moved_at, shares = excluded.shares
""")
_PILOT = text("SELECT * FROM pilots WHERE campaign_id = :campaign")
_OUTCOMES = text(f"""
WITH parted AS (
    SELECT coalesce(cell, 0) AS cell, count(*) FILTER (WHERE status = 'ready' AND NOT {leased("leads")}) AS ready
    FROM leads WHERE campaign_id = :campaign GROUP BY 1
), called AS MATERIALIZED (
    SELECT coalesce(cell, 0) AS cell, attempts.contact_id, attempts.counts,
        coalesce(dispositions.disposition = 'sale', false) AS sold
    FROM attempts JOIN leads ON leads.id = attempts.lead_id AND leads.contact_id = attempts.contact_id
    JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
    WHERE attempts.campaign_id = :campaign AND opened_at >= :since AND prompt = ''
), sold AS (
    SELECT cell, coalesce(attributes ->> CAST(:tier AS text), '') AS tier, count(*) AS sales
    FROM called JOIN contacts ON contacts.id = contact_id WHERE sold GROUP BY 1, 2
)
SELECT cell, ready, (SELECT count(*) FROM called WHERE called.cell = parted.cell AND counts) AS calls,
    (SELECT jsonb_object_agg(tier, sales) FROM sold WHERE sold.cell = parted.cell) AS tiers
FROM parted ORDER BY cell
""")
_BACK = text(f"""
UPDATE leads SET score = score - {FIRST}
WHERE campaign_id = :campaign AND NOT {leased("leads")} AND score >= {FIRST / 2}
""")
_PUT_FIRST = text(f"""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:cells AS smallint[]), CAST(:counts AS bigint[])) AS wanted(cell, leads)
), placed AS (
    SELECT id, contact_id, coalesce(leads.cell, 0) AS cell, row_number() OVER (PARTITION BY coalesce(leads.cell, 0)
        ORDER BY CASE WHEN :at_random THEN hashint8(id) END, score DESC, id) AS place
    FROM leads WHERE campaign_id = :campaign AND status = 'ready' AND NOT {leased("leads")}
), first AS (
    UPDATE leads SET score = score + {FIRST}
    FROM placed JOIN wanted ON wanted.cell = placed.cell AND place <= wanted.leads
    WHERE leads.id = placed.id AND leads.contact_id = placed.contact_id AND leads.status = 'ready'
    RETURNING 1
)
SELECT count(*) FROM first
""")


class DatabaseScoreBook:
    """dialer.ports.scores.ScoreBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def add(self, model: ScoreModel) -> ModelId:
        values = {
            "campaign": model.campaign,
            "target": model.target.value,
            "status": model.status.value,
            "trained_at": model.trained_at,
            "trained_until": model.trained_until,
            "rows": model.rows,
            "wins": model.wins,
            "reason": model.reason,
            "figures": json.dumps(dict(model.figures)),
            "data": model.data,
        }
        async with self._database.transaction() as connection:
            if model.status is ModelStatus.CHAMPION:
                await connection.execute(_RETIRE, {"campaign": model.campaign, "target": model.target.value})
            return ModelId((await connection.execute(_ADD, values)).scalar_one())

    async def champion(self, campaign: CampaignId, target: Target) -> ScoreModel | None:
        rows = await self._database.fetch(_CHAMPION, {"campaign": campaign, "target": target.value})
        return _model(rows[0]) if rows else None

    async def models(self, campaign: CampaignId, most: int = 20) -> Sequence[ScoreModel]:
        return [_model(row) for row in await self._database.fetch(_MODELS, {"campaign": campaign, "most": most})]


class DatabasePilotBook:
    """dialer.ports.scores.PilotBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def put(self, pilot: Pilot) -> None:
        values = {
            "campaign": pilot.campaign,
            "started_at": pilot.started_at,
            "sample": pilot.sample,
            "floor": pilot.floor,
            "moved_at": pilot.moved_at,
            "shares": json.dumps({str(cell): leads for cell, leads in pilot.shares.items()}),
        }
        await self._database.fetch(_PUT_PILOT, values)

    async def pilot(self, campaign: CampaignId) -> Pilot | None:
        rows = await self._database.fetch(_PILOT, {"campaign": campaign})
        if not rows:
            return None
        [row] = rows
        shares = {int(cell): leads for cell, leads in row.shares.items()}
        return Pilot(CampaignId(row.campaign_id), row.started_at, row.sample, row.floor, row.moved_at, shares)

    async def outcomes(self, campaign: CampaignId, since: datetime, tier: str) -> Sequence[CellOutcome]:
        rows = await self._database.fetch(_OUTCOMES, {"campaign": campaign, "since": since, "tier": tier})
        return [_outcome(row) for row in rows]

    async def put_first(self, campaign: CampaignId, leads: Mapping[int, int], *, at_random: bool) -> int:
        values = {
            "campaign": campaign,
            "cells": list(leads),
            "counts": list(leads.values()),
            "at_random": at_random,
        }
        async with self._database.transaction() as connection:
            await connection.execute(_BACK, {"campaign": campaign})
            return int((await connection.execute(_PUT_FIRST, values)).scalar_one())


def _outcome(row: Row[Any]) -> CellOutcome:
    tiers = dict(row.tiers or {})
    return CellOutcome(row.cell, row.ready, row.calls, sum(tiers.values()), tiers)


def _model(row: Row[Any]) -> ScoreModel:
    return ScoreModel(
        campaign=CampaignId(row.campaign_id),
        target=Target(row.target),
        status=ModelStatus(row.status),
        trained_at=row.trained_at,
        trained_until=row.trained_until,
        rows=row.rows,
        wins=row.wins,
        reason=row.reason,
        figures=row.figures,
        data=bytes(row.data),
        id=ModelId(row.id),
    )
