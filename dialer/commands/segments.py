"""`dialer segments`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.fictional_people import MOST, fictional_people
from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen
from dialer.commands.segment_effects import effects
from dialer.commands.segment_file import example, read_segment_file
from dialer.commands.segment_pages import PEOPLE, pages_of
from dialer.commands.segment_words import (
    fed_words,
    how_told,
    portrait_rows,
    segment_rows,
    size_tables,
    size_words,
    suits_rows,
    whole,
)
from dialer.domain.contact import Channel
from dialer.domain.errors import NotFound

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

segments = typer.Typer(
    no_args_is_help=True,
    help="Segments of people by what is known of them, in order of priority; who buys; what suits whom. "
    "The language is told in docs/segments.md.",
)
Name = Annotated[str, typer.Argument(help="the segment's name", show_default=False)]
File = Annotated[Path, typer.Argument(help="TOML file; `dialer segments example` prints one", show_default=False)]
Exact = Annotated[bool, typer.Option("--exact", help="count all people, however long it takes")]
_COLUMNS = ("priority", "name", "expression", "outreach", "offer", "campaign", "note")
_BATCH = 200

over_api(segments, "effects")(effects)


@segments.command("example")
def print_example() -> None:
    """Print a file of 22 segments and 4 rules of experience, to begin with.

    Example: dialer segments example > segments.toml
    """
    print(example(), end="")


@over_api(segments, "sample")
async def sample(
    client: "ApiClient",
    people: Annotated[int, typer.Option(min=1, max=MOST, help="how many")] = 600,
    seed: Annotated[int, typer.Option(help="the same seed gives the same people")] = 1,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="counted from; else today", show_default=False)
    ] = None,
) -> Screen:
    """Put fictional people into the contact database, to try segments with: their numbers ring nowhere.

    Example: dialer segments sample --people 600
    """
    from dialer.clock import SystemClock  # noqa: PLC0415

    day = (today or SystemClock().now()).date()
    made, new = list(fictional_people(people, seed, day)), 0
    for start in range(0, people, _BATCH):
        body = {"source": "crm", "people": made[start : start + _BATCH]}
        new += (await client.ask("POST", "contact-facts", body=body))["new"]
    return Screen({"people": people, "new": new}, words=f"{people:,} fictional people are there, {new:,} of them new")


@over_api(segments, "add")
async def add(
    client: "ApiClient",
    name: Name,
    expression: Annotated[str, typer.Argument(help="who belongs to it", show_default=False)],
    priority: Annotated[int, typer.Option(min=1, help="1 comes first; no two have the same", show_default=False)],
    outreach: Annotated[Channel | None, typer.Option(help="by which channel", show_default=False)] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", "-c", help="whom it feeds", show_default=False)] = None,
    offer: Annotated[str, typer.Option(help="the product that it is for")] = "",
    note: Annotated[str, typer.Option(help="for people")] = "",
) -> Screen:
    """Add a segment, or change the one of this name.

    Example: dialer segments add big_spenders 'monthly_spend > 40 and not holds "fibre"' --priority 10 --outreach call
    """
    one = {"name": name, "expression": expression, "priority": priority, "offer": offer, "note": note}
    one |= {"outreach": None if outreach is None else outreach.value, "campaign": campaign}
    answer = await client.ask("PUT", "segments", body={"segments": [one]})
    return Screen(answer, words=f"segment {name} is kept. Next: dialer segments sizes")


@over_api(segments, "list")
async def list_all(client: "ApiClient") -> Screen:
    """Segments by priority.

    Example: dialer segments list
    """
    answer = await client.ask("GET", "segments")
    return Screen(answer, _COLUMNS, shown={"items": segment_rows(answer["items"])})


@over_api(segments, "show")
async def show_one(client: "ApiClient", name: Name) -> Screen:
    """One segment.

    Example: dialer segments show gold_leaving
    """
    for one in (await client.ask("GET", "segments"))["items"]:
        if one["name"] == name:
            return Screen(one)
    raise NotFound(f"no segment '{name}'; see dialer segments list")


@over_api(segments, "rules")
async def list_rules(client: "ApiClient") -> Screen:
    """Rules of experience: what suits whom, and why.

    Example: dialer segments rules
    """
    answer = await client.ask("GET", "segments")
    return Screen({"items": answer["rules"]}, ("name", "product", "expression", "because"))


@over_api(segments, "check")
async def check(client: "ApiClient", file: File) -> Screen:
    """Say all that is wrong with a file, and change nothing.

    Example: dialer segments check segments.toml
    """
    return await _sent(client, file, only=False, go=False)


@over_api(segments, "load")
async def load(
    client: "ApiClient",
    file: File,
    only: Annotated[bool, typer.Option("--only", help="remove all segments and rules that it lacks")] = False,
) -> Screen:
    """Take all segments and rules of a file, or, when one is wrong, none.

    Example: dialer segments load segments.toml
    """
    return await _sent(client, file, only=only, go=True)


async def _sent(client: "ApiClient", file: Path, *, only: bool, go: bool) -> Screen:
    written = read_segment_file(file)
    answer = await client.ask("PUT", "segments", body=written | {"only": only, "go": go})
    counts = f"{len(written.get('segments', ()))} segments and {len(written.get('rules', ()))} rules"
    words = f"{counts} are kept. Next: dialer segments sizes" if go else f"{counts} are right; nothing was changed"
    return Screen(answer, words=words)


@over_api(segments, "remove")
async def remove(client: "ApiClient", name: Name) -> Screen:
    """Remove a segment; its people then belong to the next that fits.

    Example: dialer segments remove gold_leaving
    """
    await client.ask("DELETE", "segments", name)
    return Screen({"removed": name}, words=f"segment {name} is removed")


@over_api(segments, "sizes")
async def sizes(client: "ApiClient", exact: Exact = False) -> Screen:
    """How many people each segment has by itself (own), and after those before it took theirs (taken); who is left
    over, and which segments overlap most. It names segments that match nobody or everybody.

    Of more than 50,000 people it is told at once, as an estimate from some drawn at random: about 1,234,000 (1,190,000
    to 1,280,000). The interval holds the true size in at least 95 of 100 draws. Who was not met at all: 0 to 1,600.

    Example: dialer segments sizes --exact
    """
    told = await _told(client, exact)
    tables = {"items": ("segment", "own", "taken", "warning"), "overlaps": ("first", "second", "people")}
    return Screen(told, tables=tables, shown=size_tables(told))


async def _told(client: "ApiClient", exact: bool) -> dict[str, Any]:
    if exact:
        return whole(await pages_of(client, "counting", "GET", "segment-sizes", exact="true"))
    told: dict[str, Any] = await client.ask("GET", "segment-sizes")
    return told


@over_api(segments, "size")
async def size(client: "ApiClient", name: Name, exact: Exact = False) -> Screen:
    """The same of one segment.

    Example: dialer segments size gold_leaving
    """
    answer = await _told(client, exact)
    for one in answer["items"]:
        if one["segment"] == name:
            told = {"segment": name, "own": one["own"], "taken": one["taken"], "of": answer["people"]}
            shown = {place: size_words(told[place]) for place in ("own", "taken", "of")}
            more = {"warning": one["warning"] or None}
            return Screen(told | more, shown={"segment": name} | shown | more | {"how": how_told(answer)})
    raise NotFound(f"no segment '{name}'; see dialer segments list")


@over_api(segments, "members")
async def members(
    client: "ApiClient", name: Name, limit: Annotated[int, typer.Option(min=1, help="most contacts")] = 100
) -> Screen:
    """Whom a segment has, after those before it took theirs: contacts by their ids.

    Example: dialer segments members gold_leaving
    """
    found: list[int] = []
    after: int | None = 0
    while after is not None and len(found) < limit:
        page = await client.ask("GET", "segments", name, "members", query={"after": after, "people": PEOPLE})
        found += page["items"]
        after = page["next"]
    rows = [{"contact": one} for one in found[:limit]]
    return Screen({"items": rows}, ("contact",))


@over_api(segments, "feed")
async def feed(
    client: "ApiClient",
    name: Name,
    campaign: Annotated[
        str | None, typer.Option("--campaign", "-c", help="else the segment's own", show_default=False)
    ] = None,
    score: Annotated[float, typer.Option(help="what each lead begins with, before its history counts")] = 0.0,
    go: Annotated[bool, typer.Option("--go", help="do it; else it is only said what would be done")] = False,
) -> Screen:
    """Make leads of a segment's people. Who is a lead of the campaign already, is on the do-not-call list, or has no
    number, is left out. When it is cut short, do it again: the rest is made.

    Example: dialer segments feed gold_leaving --campaign autumn --go
    """
    body = {"campaign": campaign, "score": score, "go": go}
    pages = await pages_of(client, "feeding", "POST", "segments", name, "feed", body=body)
    counts = ("members", "already", "do_not_call", "no_number", "leads")
    total = {one: sum(page[one] for page in pages) for one in counts}
    fed = total | {"campaign": pages[0]["campaign"], "made": go}
    return Screen(fed, words=fed_words(name, fed))


@over_api(segments, "portrait")
async def portrait(
    client: "ApiClient",
    product: Annotated[str | None, typer.Option(help="whoever ever held it", show_default=False)] = None,
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", "-c", help="whoever bought in it, of those spoken with", show_default=False),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="a picture of it: FILE.png or FILE.svg", show_default=False)
    ] = None,
) -> Screen:
    """Buyers against others: in what they differ, by how much, and whether it matters.

    Example: dialer segments portrait --product fibre --picture fibre.png
    """
    if picture is not None:
        from dialer.commands.portrait_picture import checked_picture  # noqa: PLC0415

        checked_picture(picture)
    answer = await client.ask("POST", "portrait", body={"product": product, "campaign": campaign})
    title = f"{answer['buyers']:,} buyers of {product or campaign} against {answer['others']:,} others"
    if picture is not None:
        from dialer.commands.portrait_picture import draw  # noqa: PLC0415

        draw(picture, title, answer["items"])
    columns = ("attribute", "buyers", "others", "difference", "effect", "q", "matters")
    little = [{"attribute": one} for one in answer["too_little"]]
    shown = {title: portrait_rows(answer["items"]), "too little is known of": little}
    return Screen(answer, tables={title: columns, "too little is known of": ("attribute",)}, shown=shown)


@over_api(segments, "product")
async def product_view(
    client: "ApiClient", product: Annotated[str, typer.Argument(help="the product", show_default=False)]
) -> Screen:
    """Whom a product suits: by rules of experience, by segments, by what else they hold.

    Example: dialer segments product fibre
    """
    answer = await client.ask("GET", "products", product, "suits")
    return Screen(answer, ("why", "by", "lift", "because"), shown={"items": suits_rows(answer["items"])})


@over_api(segments, "customer")
async def customer_view(
    client: "ApiClient", contact: Annotated[int, typer.Argument(help="the contact's id", show_default=False)]
) -> Screen:
    """What suits a customer: each product with its best reason.

    Example: dialer segments customer 4711
    """
    answer = await client.ask("GET", "contacts", str(contact), "suits")
    shown = {"items": suits_rows(answer["items"])}
    return Screen(answer, ("product", "why", "by", "lift", "because"), shown=shown)
