"""Campaigns."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput
from integrations.http_api.answers import CampaignAnswer, Campaigns, campaign_answer
from integrations.http_api.fields import CampaignName
from integrations.http_api.office import Office
from integrations.http_api.requests import NewCampaign, Tuning


async def list_campaigns(office: Office) -> Campaigns:
    """Every campaign, with its plan and status."""
    return Campaigns(items=[campaign_answer(campaign) for campaign in await office.books.campaigns.campaigns()])


async def create_campaign(office: Office, body: NewCampaign) -> CampaignAnswer:
    """Create a campaign; it is stopped until started."""
    plan = _changed(CampaignPlan(body.name), body.model_dump())
    return campaign_answer(await office.desk.create_campaign(plan))


async def get_campaign(office: Office, campaign: CampaignName) -> CampaignAnswer:
    """One campaign, with its plan and status."""
    return campaign_answer(await office.books.campaigns.campaign(campaign))


async def tune_campaign(office: Office, campaign: CampaignName, body: Tuning) -> CampaignAnswer:
    """Change what is named of a campaign's plan; a running one goes on with it at its next decision."""
    found = await office.books.campaigns.campaign(campaign)
    plan = _changed(found.plan, body.model_dump(exclude_unset=True))
    return campaign_answer(await office.desk.tune_campaign(campaign, plan))


async def start_campaign(office: Office, campaign: CampaignName) -> CampaignAnswer:
    """Begin to dial."""
    return campaign_answer(await office.desk.start_campaign(campaign))


async def pause_campaign(office: Office, campaign: CampaignName) -> CampaignAnswer:
    """Dial no more for now; calls under way go on."""
    return campaign_answer(await office.desk.pause_campaign(campaign))


async def stop_campaign(office: Office, campaign: CampaignName) -> CampaignAnswer:
    """Dial no more; calls under way go on."""
    return campaign_answer(await office.desk.stop_campaign(campaign))


def _changed(plan: CampaignPlan, given: dict[str, Any]) -> CampaignPlan:
    pauses = {o: None if s is None else timedelta(seconds=s) for o, s in given.pop("recycle", {}).items()}
    try:
        return replace(plan, **given, recycle={**plan.recycle, **pauses})
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None
