"""`dialer products`, and what may be offered to a contact."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.screen import Screen, show
from dialer.domain.errors import NotFound

if TYPE_CHECKING:
    from dialer.ports.triggers import Offer
    from dialer.settings import Settings

products = typer.Typer(
    no_args_is_help=True,
    help="What campaigns offer, and products that exclude each other: who holds one, or was offered it lately, gets no "
    "lead of the other.",
)
Product = Annotated[str, typer.Argument(help="the product, as campaigns and products held name it", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
_OFFERS = ("contact", "campaign", "product", "offer", "target", "deadline", "why_not", "until")


@products.command("exclude")
def exclude(
    product: Product,
    other: Product,
    days: Annotated[
        float, typer.Option(min=0, max=3650, help="so long after an offer of one, none of the other is made")
    ] = 90,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Have two products exclude each other, from the next claim of leads on.

    Example: dialer products exclude fibre cable --days 60
    """
    asyncio.run(_exclude(chosen_settings(settings, database), product, other, days))
    print(f"{product} and {other} exclude each other; an offer of one keeps the other away for {days:g} days")


@products.command("allow")
def allow(product: Product, other: Product, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Have two products exclude each other no more. Leads that wait or are blocked for it are looked at again when
    their campaign is started or tuned.

    Example: dialer products allow fibre cable
    """
    asyncio.run(_allow(chosen_settings(settings, database), product, other))
    print(f"{product} and {other} no longer exclude each other")


@products.command("list")
def list_all(as_json: AsJson = False, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Products that exclude each other, and what campaigns offer.

    Example: dialer products list
    """
    told = asyncio.run(_list(chosen_settings(settings, database)))
    columns = {"exclusive": ("product", "other", "offered_days"), "campaigns": ("campaign", "product", "offer")}
    show(Screen(told, tables=columns), as_json=as_json)


@products.command("assign")
def assign(
    campaign: Annotated[str, typer.Argument(help="the campaign's name", show_default=False)],
    product: Product,
    offer: Annotated[str, typer.Option(help="the offer in words, for agents' screens")] = "",
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Say what a campaign offers. Over the API: dialer campaigns tune NAME --product PRODUCT --offer WORDS.

    Example: dialer products assign autumn fibre --offer "a year of fibre for half the price"
    """
    asyncio.run(_assign(chosen_settings(settings, database), campaign, product, offer))
    print(f"campaign {campaign} offers {product}")


def add_offers(contacts: typer.Typer) -> None:
    contacts.command("offers")(see_offers)


def see_offers(
    number: Annotated[str, typer.Argument(help="the person's number", show_default=False)],
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """What may be offered to a person now, whoever contacted whom, and what may not, with the reason.

    Of campaigns that run, or are in the calendar of the day. Over the API: GET /v1/contacts/ID/offers.

    Example: dialer contacts offers +12125550100
    """
    rows = asyncio.run(_offers(chosen_settings(settings, database), number))
    if rows or as_json:
        show(Screen({"items": rows}, _OFFERS), as_json=as_json)
    else:
        print("nothing is offered: no campaign that runs, or is in the calendar of the day, has an offer")


async def _exclude(settings: "Settings", product: str, other: str, days: float) -> None:
    from integrations.contact_db.product_book import DatabaseProductBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        await DatabaseProductBook(held).exclude(product, other, days)


async def _allow(settings: "Settings", product: str, other: str) -> None:
    from integrations.contact_db.product_book import DatabaseProductBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        await DatabaseProductBook(held).allow(product, other)


async def _list(settings: "Settings") -> dict[str, Any]:
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415
    from integrations.contact_db.product_book import DatabaseProductBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        pairs = await DatabaseProductBook(held).exclusive()
        plans = [one.plan for one in await DatabaseCampaignBook(held).campaigns()]
    return {
        "exclusive": [{"product": one, "other": two, "offered_days": days} for (one, two), days in pairs.items()],
        "campaigns": [
            {"campaign": p.name, "product": p.product, "offer": p.offer} for p in plans if p.product or p.offer
        ],
    }


async def _assign(settings: "Settings", campaign: str, product: str, offer: str) -> None:
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        book = DatabaseCampaignBook(held)
        found = await book.campaign(campaign)
        await book.tune(found.id, replace(found.plan, product=product, offer=offer or found.plan.offer))


async def _offers(settings: "Settings", number: str) -> list[dict[str, Any]]:
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415
    from integrations.contact_db.offer_book import DatabaseOfferBook  # noqa: PLC0415

    now = parse_clock(settings.clock).now()
    async with chosen_database(settings) as held:
        book = DatabaseOfferBook(held)
        contacts = await book.callers(PhoneNumber(number))
        if not contacts:
            raise NotFound("no contact has this number")
        return [_row(contact, offer) for contact in contacts for offer in await book.offers(contact, now)]


def _row(contact: int, offer: "Offer") -> dict[str, Any]:
    return {
        "contact": contact,
        "campaign": offer.name,
        "product": offer.product,
        "offer": offer.offer,
        "target": offer.lead is not None,
        "deadline": None if offer.deadline is None else offer.deadline.isoformat(),
        "why_not": offer.why_not,
        "until": None if offer.until is None else offer.until.isoformat(),
    }
