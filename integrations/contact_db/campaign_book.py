"""Campaigns and their plans."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, Update, delete, exists, insert, select, update

from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus, DialMode, MachineHandling
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.outcome import Outcome
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import campaigns, leads

_PLAN = tuple(field.name for field in fields(CampaignPlan))


class DatabaseCampaignBook:
    """dialer.ports.CampaignBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def campaigns(self) -> list[Campaign]:
        return [_campaign(row) for row in await self._database.fetch(select(campaigns).order_by(campaigns.c.id))]

    async def campaign(self, name: str) -> Campaign:
        return await self._one(select(campaigns).where(campaigns.c.name == name), f"no campaign {name!r}")

    async def create(self, plan: CampaignPlan) -> Campaign:
        statement = insert(campaigns).values(_values(plan)).returning(campaigns)
        try:
            [row] = await self._database.fetch(statement, repeatable=False)
        except Conflict:
            raise _taken(plan.name) from None
        return _campaign(row)

    async def tune(self, campaign: CampaignId, plan: CampaignPlan) -> Campaign:
        """NotFound when there is no such campaign, Conflict when the plan's new name is another's."""
        try:
            return await self._change(campaign, _values(plan))
        except Conflict:
            raise _taken(plan.name) from None

    async def discard(self, campaign: CampaignId) -> None:
        """Take a campaign back that has no leads; one that has stays."""
        has_leads = exists().where(leads.c.campaign_id == campaign)
        await self._database.fetch(delete(campaigns).where(campaigns.c.id == campaign, ~has_leads))

    async def set_status(self, campaign: CampaignId, status: CampaignStatus) -> Campaign:
        """NotFound when there is no such campaign."""
        return await self._change(campaign, {"status": status.value})

    async def _change(self, campaign: CampaignId, values: Mapping[str, Any]) -> Campaign:
        statement = update(campaigns).where(campaigns.c.id == campaign).values(values).returning(campaigns)
        return await self._one(statement, f"no campaign with number {campaign}")

    async def _one(self, statement: Select[Any] | Update, otherwise: str) -> Campaign:
        rows = await self._database.fetch(statement)
        if not rows:
            raise NotFound(otherwise)
        return _campaign(rows[0])


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a campaign {name!r} already")


def _values(plan: CampaignPlan) -> dict[str, Any]:
    pauses = {
        outcome.value: None if pause is None else pause.total_seconds() for outcome, pause in plan.recycle.items()
    }
    return {name: getattr(plan, name) for name in _PLAN} | {
        "dial_mode": plan.dial_mode.value,
        "machine_handling": plan.machine_handling.value,
        "recycle": pauses,
    }


def _campaign(row: Row[Any]) -> Campaign:
    values = {name: getattr(row, name) for name in _PLAN} | {
        "dial_mode": DialMode(row.dial_mode),
        "machine_handling": MachineHandling(row.machine_handling),
        "recycle": {
            Outcome(outcome): None if seconds is None else timedelta(seconds=seconds)
            for outcome, seconds in row.recycle.items()
        },
    }
    return Campaign(CampaignId(row.id), CampaignPlan(**values), CampaignStatus(row.status))
