"""`dialer scores`."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.commands.screen import Screen, show

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from dialer.domain.campaign import Campaign
    from dialer.engine.scoring.rescoring import Ranking, Rescoring, TrainedTarget
    from dialer.ports.scores import ScoreModel
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase
    from integrations.contact_db.lead_ranks import DatabaseLeadRanks

scores = typer.Typer(
    no_args_is_help=True,
    help="Who is called first: train models on what came of calls, rank leads by what a call is worth, find each "
    "lead's best hour, pilot a list cell by cell. Nothing here dials; a service sees new scores when it claims.",
)
CampaignName = Annotated[str, typer.Argument(help="the campaign's name", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
_TRAINED = ("campaign", "model", "result", "calls", "with", "auc", "better_half", "log_loss", "drift", "reason")
_MODELS = ("id", "model", "status", "trained_at", "trained_until", "calls", "with", "auc", "log_loss", "reason")
_HOURS = ("hour", "leads", "mean_chance")


class Workshop(NamedTuple):
    """What the commands of this file work with."""

    database: "ContactDatabase"
    ranks: "DatabaseLeadRanks"
    rescoring: "Rescoring"
    campaigns: "Sequence[Campaign]"
    now: datetime


@scores.command("train")
def train(
    campaign: Annotated[str, typer.Argument(help="the campaign's name", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="every campaign")] = False,
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Train two models on what came of the campaign's calls: who answers, and who of them buys.

    A fifth of the contacts, always the same, is kept from every model: on their newest calls the new model is judged
    beside the one that serves, and takes its place if it is no worse. With too few calls there is none, and leads are
    ranked by simpler scores.

    Example: dialer scores train autumn
    """
    from dialer.domain.errors import BadInput  # noqa: PLC0415

    if bool(campaign) == everything:
        raise BadInput("name a campaign, or say --all", "campaign")
    told = asyncio.run(_train(chosen_settings(settings, database), campaign))
    show(Screen({"items": told}, _TRAINED), as_json=as_json)


@scores.command("show")
def show_models(
    campaign: CampaignName, as_json: AsJson = False, settings: SettingsFile = None, database: DatabaseUrl = None
) -> None:
    """The versions of the campaign's models, the newest first, with why each serves, or does not.

    Example: dialer scores show autumn
    """
    rows = asyncio.run(_show(chosen_settings(settings, database), campaign))
    if rows or as_json:
        show(Screen({"items": rows}, _MODELS), as_json=as_json)
    else:
        print(f"no model yet. Next: dialer scores train {campaign}")


@scores.command("rank")
def rank(
    campaign: CampaignName,
    by: Annotated[str, typer.Option(help="value, propensity, rfm or history")] = "value",
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Score all leads that may still be called, and give each its place: 100 first, 0 last.

    value: expected value an agent-minute; propensity: chance of a sale; rfm: recency, frequency and money; history: the
    list's score and points of past contacts. Where there is no model yet, rfm serves; without its attributes, history.
    Of more than 500,000 leads the head gets its places, the first 500,000 or a tenth; the rest stay behind it.

    Example: dialer scores rank autumn
    """
    found = asyncio.run(_rank(chosen_settings(settings, database), campaign, by))
    answer = {"scorer": found.scorer.value, "leads": found.leads, "written": found.written, "reason": found.reason}
    show(Screen(answer, words=found.words), as_json=as_json)


@scores.command("best-hour")
def best_hour(
    campaign: CampaignName, as_json: AsJson = False, settings: SettingsFile = None, database: DatabaseUrl = None
) -> None:
    """Each lead's chance of an answer by local hour, and its best hour; shown: how many have which.

    Leads are then called when they answer: one that answers clearly more often later today waits for it, while there
    are others to call. A running service does it once a day, after ranking.

    Example: dialer scores best-hour autumn
    """
    rows = asyncio.run(_hours(chosen_settings(settings, database), campaign))
    show(Screen({"items": rows}, _HOURS), as_json=as_json)


@asynccontextmanager
async def workshop(settings: "Settings", campaign: str = "") -> "AsyncIterator[Workshop]":
    """On the campaign of this name, or on all. NotFound."""
    from dialer.bootstrap import scoring_plan  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.engine.scoring.contact_history import load_rule  # noqa: PLC0415
    from dialer.engine.scoring.rescoring import Rescoring  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415
    from integrations.contact_db.lead_ranks import DatabaseLeadRanks  # noqa: PLC0415
    from integrations.contact_db.score_book import DatabaseScoreBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        book = DatabaseCampaignBook(held)
        chosen = [await book.campaign(campaign)] if campaign else await book.campaigns()
        ranks = DatabaseLeadRanks(held, load_rule(None))
        rescoring = Rescoring(DatabaseScoreBook(held), ranks, scoring_plan(settings.scoring))
        yield Workshop(held, ranks, rescoring, chosen, parse_clock(settings.clock).now())


async def _train(settings: "Settings", name: str) -> list[dict[str, Any]]:
    async with workshop(settings, name) as shop:
        return [
            _trained(campaign, one)
            for campaign in shop.campaigns
            for one in await shop.rescoring.train(campaign, shop.now)
        ]


def _trained(campaign: "Campaign", one: "TrainedTarget") -> dict[str, Any]:
    newest = (one.outcome.figures or {}).get("newest", {})
    return {
        "campaign": campaign.plan.name,
        "model": one.target.value,
        "result": one.outcome.judgement.choice.value,
        "calls": one.outcome.rows,
        "with": one.outcome.wins,
        **_figures(newest),
        "better_half": _round(newest.get("better_half")),
        "drift": None if one.drift is None else f"{one.drift.words} (PSI {one.drift.score_psi:.2f})",
        "reason": one.outcome.judgement.reason,
    }


async def _show(settings: "Settings", name: str) -> list[dict[str, Any]]:
    from integrations.contact_db.score_book import DatabaseScoreBook  # noqa: PLC0415

    async with workshop(settings, name) as shop:
        return [_model(one) for one in await DatabaseScoreBook(shop.database).models(shop.campaigns[0].id)]


def _model(one: "ScoreModel") -> dict[str, Any]:
    return {
        "id": one.id,
        "model": one.target.value,
        "status": one.status.value,
        "trained_at": one.trained_at.isoformat(),
        "trained_until": one.trained_until.isoformat(),
        "calls": one.rows,
        "with": one.wins,
        **_figures(one.figures.get("newest", {})),
        "reason": one.reason,
        "features": one.figures.get("features", []),
    }


def _figures(newest: dict[str, Any]) -> dict[str, float | None]:
    return {"auc": _round(newest.get("auc")), "log_loss": _round(newest.get("log_loss"))}


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


async def _rank(settings: "Settings", name: str, by: str) -> "Ranking":
    from dialer.domain.errors import BadInput  # noqa: PLC0415
    from dialer.engine.scoring.scorer import ScorerName  # noqa: PLC0415

    if by not in set(ScorerName):
        raise BadInput(f"is none of {', '.join(ScorerName)}", f"--by {by}")
    async with workshop(settings, name) as shop:
        with counting("leads") as move:
            return await shop.rescoring.rank(shop.campaigns[0], shop.now, ScorerName(by), move)


async def _hours(settings: "Settings", name: str) -> list[dict[str, Any]]:
    async with workshop(settings, name) as shop:
        with counting("leads") as move:
            found = await shop.rescoring.note_hours(shop.campaigns[0], shop.now, move)
    return [{"hour": hour, "leads": leads, "mean_chance": _round(mean)} for hour, (leads, mean) in found.items()]
