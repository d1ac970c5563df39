"""What the law counts."""

from compliance.abandonment import AbandonmentWindow
from integrations.http_api.answers import Abandonment, AbandonmentAnswer
from integrations.http_api.office import Office
from integrations.http_api.requests import AbandonmentQuery


async def see_abandonment(office: Office, query: AbandonmentQuery) -> Abandonment:
    """Live answers and abandoned calls, by campaign and legal window."""
    found = await office.desk.abandonment(query.campaign)
    return Abandonment(items=[_window(campaign, window) for campaign, window in found])


def _window(campaign: str, window: AbandonmentWindow) -> AbandonmentAnswer:
    return AbandonmentAnswer(
        campaign=campaign,
        rule=window.rule.name,
        unverified=window.rule.unverified,
        window=window.rule.window,
        live_answers=window.live_answers,
        abandoned=window.abandoned,
        ratio=window.ratio,
        cap_ratio=window.cap_ratio,
        minimum_answers=window.minimum_answers,
        exceeded=window.exceeded,
        opens_at=window.opens_at,
        ends_at=window.ends_at,
    )
