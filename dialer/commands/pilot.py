"""`dialer scores pilot`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_settings
from dialer.commands.scores import AsJson, CampaignName, workshop
from dialer.commands.screen import Screen, show
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.engine.scoring.pilot import Estimate
    from dialer.ports.scores import Pilot
    from dialer.settings import Settings

_COLUMNS = ("cell", "calls", "sales", "value_a_call", "low", "high", "put_first")


def add_pilot(app: typer.Typer) -> None:
    app.command("pilot")(pilot)


def pilot(
    campaign: CampaignName,
    start: Annotated[bool, typer.Option("--start", help="begin: a sample of each cell is called first")] = False,
    sample: Annotated[float, typer.Option(help="share of each cell in the sample")] = 0.05,
    floor: Annotated[float, typer.Option(help="share of later effort that is spread over all cells")] = 0.1,
    move: Annotated[int, typer.Option(min=0, help="put so many leads first, more of the cells that pay")] = 0,
    seed: Annotated[int | None, typer.Option(help="of the draws, to repeat a move", show_default=False)] = None,
    picture: Annotated[Path | None, typer.Option(help="draw it into this .png or .svg", show_default=False)] = None,
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Pilot a list cell by cell (recency, frequency, money): what a call of each brings, with its interval.

    With --start a sample of each cell is called before all other leads. With --move the leads to be called next are put
    first by Thompson sampling: cells that pay get more, and --floor keeps some for learning. A running service with a
    pilot moves daily.

    Example: dialer scores pilot autumn --start --sample 0.05
    """
    from dialer.commands.pilot_picture import checked_picture, draw  # noqa: PLC0415

    if start and move:
        raise BadInput("start first, move when calls were made", "--start --move")
    file = None if picture is None else checked_picture(picture)
    found, learned = asyncio.run(
        _pilot(chosen_settings(settings, database), campaign, (sample, floor) if start else None, move, seed)
    )
    if file is not None:
        draw(file, f"Pilot of {campaign}", learned, found.shares)
    show(Screen({"items": _rows(found, learned)}, _COLUMNS), as_json=as_json)


async def _pilot(
    settings: "Settings", name: str, start: tuple[float, float] | None, calls: int, seed: int | None
) -> "tuple[Pilot, list[Estimate]]":
    import numpy as np  # noqa: PLC0415

    from dialer.bootstrap import scoring_plan  # noqa: PLC0415
    from dialer.engine.scoring.piloting import Piloting  # noqa: PLC0415
    from integrations.contact_db.score_book import DatabasePilotBook  # noqa: PLC0415

    tiers = scoring_plan(settings.scoring).tiers
    async with workshop(settings, name) as shop:
        campaign = shop.campaigns[0]
        piloting = Piloting(DatabasePilotBook(shop.database), tiers, np.random.default_rng(seed))
        if start is not None:
            await shop.rescoring.part(campaign, shop.now)
            found = await piloting.start(campaign, *start, shop.now)
        elif calls:
            found = await piloting.move(campaign, calls, shop.now)
        else:
            found = await piloting.running(campaign)
        return found, await piloting.learned(found)


def _rows(found: "Pilot", learned: "Sequence[Estimate]") -> list[dict[str, Any]]:
    return [
        {
            "cell": f"{one.cell:03}",
            "calls": one.calls,
            "sales": one.sales,
            "value_a_call": round(one.value_a_call, 4),
            "low": round(one.low, 4),
            "high": round(one.high, 4),
            "put_first": found.shares.get(one.cell, 0),
        }
        for one in learned
    ]
