"""`dialer caller-ids`."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.screen import Screen, show
from dialer.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.domain.caller_id import CallerId, CallerIdUse
    from dialer.domain.ids import CampaignId
    from dialer.settings import Settings

caller_ids = typer.Typer(
    no_args_is_help=True,
    help="The pool of numbers that callees see: for which places and campaigns, how often a day, how they fare. "
    "Without a pool each campaign shows its own --caller-id. A running service sees changes within half a minute.",
)
Number = Annotated[str, typer.Argument(help="the number, with its country code", show_default=False)]
_COLUMNS = ("number", "place", "campaign", "state", "shown_24h", "daily_limit", "answer_rate", "ended_24h")


@caller_ids.command("add")
def add(
    number: Number,
    place: Annotated[
        str, typer.Option(help="shown to callees of a region, US, or of a part of one, US-FL; else to all")
    ] = "",
    campaign: Annotated[str, typer.Option("--campaign", "-c", help="shown by this campaign alone; else by any")] = "",
    daily_limit: Annotated[int, typer.Option(min=0, help="attempts in 24 h that it is shown on; 0: no limit")] = 0,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Put a number into the pool, or change what holds of one that is there.

    The nearest number that fits is shown: of the callee's part of the country before its country's, before one for all;
    the campaign's own before any campaign's; among equals the one that was shown least. It must be yours, and who calls
    it back must be answered (docs/operations.md, dialer-return).

    Example: dialer caller-ids add +13055550100 --place US-FL --daily-limit 300
    """
    from dialer.domain.caller_id import CallerId  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415

    made = CallerId(PhoneNumber(number), place, None, daily_limit)
    asyncio.run(_put(chosen_settings(settings, database), made, campaign))
    print(f"{made.number.e164} is in the pool, shown to {place or 'all'} by {campaign or 'any campaign'}")


@caller_ids.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """The numbers, and how each fared in the last 24 h: a number that is hardly answered, where others are, is `ill`
    and shown only when no other can be.

    Example: dialer caller-ids list
    """
    rows = asyncio.run(_list(chosen_settings(settings, database)))
    if rows or as_json:
        show(Screen({"items": rows}, _COLUMNS), as_json=as_json)
    else:
        print("the pool is empty: each campaign shows its own caller id. Next: dialer caller-ids add")


@caller_ids.command("rest")
def rest(number: Number, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Set a number aside: it is shown no more until `wake`.

    Example: dialer caller-ids rest +13055550100
    """
    asyncio.run(_rest(chosen_settings(settings, database), number, resting=True))
    print(f"{number} is set aside")


@caller_ids.command("wake")
def wake(number: Number, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Show a number again that was set aside.

    Example: dialer caller-ids wake +13055550100
    """
    asyncio.run(_rest(chosen_settings(settings, database), number, resting=False))
    print(f"{number} is shown again")


@caller_ids.command("remove")
def remove(number: Number, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Take a number out of the pool. Attempts that showed it keep it in their records.

    Example: dialer caller-ids remove +13055550100
    """
    asyncio.run(_remove(chosen_settings(settings, database), number))
    print(f"{number} is out of the pool")


async def _put(settings: "Settings", caller_id: "CallerId", campaign: str) -> None:
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        whose = (await DatabaseCampaignBook(held).campaign(campaign)).id if campaign else None
        await DatabaseCallerIdBook(held).put(replace(caller_id, campaign=whose))


async def _list(settings: "Settings") -> list[dict[str, Any]]:
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.engine.caller_ids import shown_since  # noqa: PLC0415
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        uses = await DatabaseCallerIdBook(held).uses(shown_since(parse_clock(settings.clock).now()))
        names = {one.id: one.plan.name for one in await DatabaseCampaignBook(held).campaigns()}
    return _rows(uses, names)


async def _rest(settings: "Settings", number: str, *, resting: bool) -> None:
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415

    wanted = PhoneNumber(number)
    async with chosen_database(settings) as held:
        book = DatabaseCallerIdBook(held)
        for use in await book.uses(parse_clock(settings.clock).now()):
            if use.caller_id.number == wanted:
                await book.put(replace(use.caller_id, resting=resting))
                return
    raise NotFound(f"{number} is not among the caller ids; see dialer caller-ids list")


async def _remove(settings: "Settings", number: str) -> None:
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        await DatabaseCallerIdBook(held).remove(PhoneNumber(number))


def _rows(uses: "Sequence[CallerIdUse]", names: "Mapping[CampaignId, str]") -> list[dict[str, Any]]:
    from dialer.domain.caller_id import ill  # noqa: PLC0415

    unanswered = ill(uses)
    return [
        {
            "number": use.caller_id.number.e164,
            "place": use.caller_id.place or "all",
            "campaign": "any" if use.caller_id.campaign is None else names.get(use.caller_id.campaign, ""),
            "state": _state(use, use.caller_id.number in unanswered),
            "shown_24h": use.shown,
            "daily_limit": use.caller_id.daily_limit or None,
            "answer_rate": round(use.answered / use.ended, 3) if use.ended else None,
            "ended_24h": use.ended,
        }
        for use in uses
    ]


def _state(use: "CallerIdUse", is_ill: bool) -> str:
    if use.caller_id.resting:
        return "resting"
    if is_ill:
        return "ill"
    return "at its limit" if 0 < use.caller_id.daily_limit <= use.shown else "shown"
