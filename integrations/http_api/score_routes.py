"""Scores: models and how they are judged, training and ranking, why a lead has its place, and pilots."""

from dialer.domain.errors import BadInput
from dialer.domain.ids import LeadId
from dialer.engine.scoring.desk import WorkKind
from dialer.engine.scoring.scorer import ScorerName
from integrations.http_api.fields import CampaignName, RowId
from integrations.http_api.office import Office
from integrations.http_api.score_answers import (
    ExplanationAnswer,
    PilotAnswer,
    ScoresAnswer,
    WorkAnswer,
    explanation_answer,
    model_answer,
    pilot_answer,
    work_answer,
)
from integrations.http_api.score_requests import PilotMove, PilotStart, Ranking


async def see_scores(office: Office, campaign: CampaignName) -> ScoresAnswer:
    """What ranks a campaign's leads, and the versions of its models with their judged figures."""
    found, scores = await office.books.campaigns.campaign(campaign), office.books.scores
    scorer, reason = await scores.serving(found)
    return ScoresAnswer(scorer=scorer, reason=reason, items=[model_answer(one) for one in await scores.models(found)])


async def see_scoring_work(office: Office, campaign: CampaignName) -> WorkAnswer:
    """How far the training or ranking is that was asked for last, and what came of it."""
    return work_answer(office.books.scores.work(await office.books.campaigns.campaign(campaign)))


async def train_models(office: Office, campaign: CampaignName) -> WorkAnswer:
    """Train models on what came of a campaign's calls, and judge them beside those that serve."""
    return await _begun(office, campaign, WorkKind.TRAIN)


async def rank_leads(office: Office, campaign: CampaignName, body: Ranking) -> WorkAnswer:
    """Score all leads that may still be called, and give each its place."""
    return await _begun(office, campaign, WorkKind.RANK, body.by)


async def find_best_hours(office: Office, campaign: CampaignName) -> WorkAnswer:
    """Reckon each lead's chance of an answer by local hour, by which it is called."""
    return await _begun(office, campaign, WorkKind.BEST_HOUR)


async def explain_lead(office: Office, campaign: CampaignName, lead: RowId) -> ExplanationAnswer:
    """Why a lead has its place: score, chances by hour, cell, and what of its features moves them."""
    found = await office.books.campaigns.campaign(campaign)
    return explanation_answer(await office.books.scores.explain(found, LeadId(lead)))


async def see_pilot(office: Office, campaign: CampaignName) -> PilotAnswer:
    """What a call of each cell brings, with its interval, and where the effort goes."""
    return pilot_answer(*await office.books.scores.pilot(await office.books.campaigns.campaign(campaign)))


async def start_pilot(office: Office, campaign: CampaignName, body: PilotStart) -> PilotAnswer:
    """Put a random sample of each cell before all other leads."""
    found = await office.books.campaigns.campaign(campaign)
    try:
        return pilot_answer(*await office.books.scores.start_pilot(found, body.sample, body.floor))
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None


async def move_pilot(office: Office, campaign: CampaignName, body: PilotMove) -> PilotAnswer:
    """Put the leads that are to be called next first: more of the cells that pay."""
    found = await office.books.campaigns.campaign(campaign)
    return pilot_answer(*await office.books.scores.move_pilot(found, body.calls))


async def _begun(office: Office, name: str, kind: WorkKind, by: ScorerName = ScorerName.VALUE) -> WorkAnswer:
    return work_answer(office.books.scores.begin(await office.books.campaigns.campaign(name), kind, by))
