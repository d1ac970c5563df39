"""`dialer calendar`."""

import asyncio
from collections.abc import Sequence
from datetime import date, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.screen import Screen, show
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.domain.calendar import CalendarEntry, Conflict
    from dialer.engine.calendar import CampaignCalendar
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase

calendar = typer.Typer(
    no_args_is_help=True,
    help="Which campaigns are planned when, with how many agents and by which channels; what clashes is seen before "
    "the start. A campaign need not be in it to be dialed.",
)
Name = Annotated[str, typer.Argument(help="the campaign's name", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print it as JSON")]
_ENTRIES = ("campaign", "days", "hours", "agents", "channels", "product", "conflicts")
_CONFLICTS = ("kind", "others", "first_day", "words")


@calendar.command("show")
def show_calendar(
    begin: Annotated[str, typer.Option("--from", metavar="DAY", help="the first day, as 2026-12-01")] = "",
    end: Annotated[str, typer.Option("--to", metavar="DAY", help="the last day")] = "",
    as_json: AsJson = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """The campaigns that are planned, by their first day, with how many conflicts each has.

    Example: dialer calendar show --from 2026-12-01 --to 2026-12-31
    """
    days = (_day(begin, "--from") if begin else None, _day(end, "--to") if end else None)
    rows = asyncio.run(_show(chosen_settings(settings, database), *days))
    if rows or as_json:
        show(Screen({"items": rows}, _ENTRIES), as_json=as_json)
    else:
        print("nothing is planned then. Next: dialer calendar plan CAMPAIGN --from DAY --to DAY")


@calendar.command("plan")
def plan(
    campaign: Name,
    begin: Annotated[
        str, typer.Option("--from", metavar="DAY", help="the first day, as 2026-12-01", show_default=False)
    ],
    end: Annotated[str, typer.Option("--to", metavar="DAY", help="the last day", show_default=False)],
    hours: Annotated[str, typer.Option(metavar="FROM-TO", help="of the floor's clock, as 09:00-17:00")] = "00:00-00:00",
    agents: Annotated[int, typer.Option(min=0, help="agents planned")] = 0,
    channel: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL=A_DAY", help="contacts planned a day, as sms=5000; may be repeated"),
    ] = None,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Put a campaign into the calendar, or change what is planned; says what clashes.

    Example: dialer calendar plan autumn --from 2026-12-01 --to 2026-12-19 --hours 09:00-17:00 --agents 12
    """
    days = _day(begin, "--from"), _day(end, "--to")
    channels = dict(_channel(one) for one in channel or ())
    found = asyncio.run(_plan(chosen_settings(settings, database), campaign, days, _hours(hours), agents, channels))
    print("\n".join([f"{campaign} is planned from {days[0]} to {days[1]}", *_conflict_lines(found)]))


@calendar.command("check")
def check(campaign: Name, as_json: AsJson = False, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """What stands against a campaign: agents, the same people, products that exclude each other, room of channels.

    Example: dialer calendar check autumn
    """
    found = asyncio.run(_check(chosen_settings(settings, database), campaign))
    if as_json:
        rows = [{name: getattr(one, name) for name in _CONFLICTS} for one in found]
        show(Screen({"items": [row | {"first_day": str(row["first_day"])} for row in rows]}), as_json=True)
    else:
        print("\n".join(_conflict_lines(found)))


@calendar.command("remove")
def remove(campaign: Name, settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Take a campaign out of the calendar.

    Example: dialer calendar remove autumn
    """
    asyncio.run(_remove(chosen_settings(settings, database), campaign))
    print(f"{campaign} is no longer planned")


@calendar.command("capacity")
def capacity(
    channel: Annotated[Channel, typer.Argument(help="the channel", show_default=False)],
    a_day: Annotated[int, typer.Argument(min=-1, help="contacts that it can take in a day; -1: any number")],
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Say how many contacts a channel can take in a day.

    Example: dialer calendar capacity sms 20000
    """
    asyncio.run(_capacity(chosen_settings(settings, database), channel, None if a_day < 0 else a_day))
    print(f"{channel} has room for {'any number of' if a_day < 0 else f'{a_day:,}'} contacts a day")


def _conflict_lines(found: "Sequence[Conflict]") -> list[str]:
    return [f"{one.kind}: {one.words}" for one in found] or ["no conflicts"]


def _day(written: str, option: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadInput("must be a day, like 2026-12-01", option) from None


def _hours(written: str) -> tuple[time, time]:
    begin, _, end = written.partition("-")
    try:
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError:
        raise BadInput("must be like 09:00-17:00", "--hours") from None


def _channel(written: str) -> tuple[Channel, int]:
    name, _, count = written.partition("=")
    if name not in list(Channel) or not count.isascii() or not count.isdecimal():
        raise BadInput(f"must be like sms=5000; channels are {', '.join(Channel)}", f"--channel {written}")
    return Channel(name), int(count)


async def _show(settings: "Settings", begin: date | None, end: date | None) -> list[dict[str, Any]]:
    from integrations.contact_db.calendar_book import DatabaseCalendarBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        kept = _of(held)
        found = await DatabaseCalendarBook(held).entries(begin, end)
        return [_row(one, len(await kept.conflicts(one.campaign))) for one in found]


def _of(held: "ContactDatabase") -> "CampaignCalendar":
    from dialer.engine.calendar import CampaignCalendar  # noqa: PLC0415
    from integrations.contact_db.agent_book import DatabaseAgentBook  # noqa: PLC0415
    from integrations.contact_db.calendar_book import DatabaseCalendarBook  # noqa: PLC0415
    from integrations.contact_db.product_book import DatabaseProductBook  # noqa: PLC0415

    return CampaignCalendar(DatabaseCalendarBook(held), DatabaseProductBook(held), DatabaseAgentBook(held))


def _row(entry: "CalendarEntry", conflicts: int) -> dict[str, Any]:
    return {
        "campaign": entry.name,
        "days": f"{entry.begins_on} to {entry.ends_on}",
        "hours": f"{entry.hours_begin:%H:%M}-{entry.hours_end:%H:%M}",
        "agents": entry.agents,
        "channels": {channel.value: count for channel, count in entry.channels.items()},
        "product": entry.product,
        "conflicts": conflicts,
    }


async def _plan(
    settings: "Settings",
    name: str,
    days: tuple[date, date],
    hours: tuple[time, time],
    agents: int,
    channels: dict[Channel, int],
) -> "Sequence[Conflict]":
    from dialer.domain.calendar import CalendarEntry  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        campaign = await DatabaseCampaignBook(held).campaign(name)
        kept = _of(held)
        await kept.book.put(CalendarEntry(campaign.id, name, *days, *hours, agents, channels))
        return list(await kept.conflicts(campaign.id))


async def _check(settings: "Settings", name: str) -> "Sequence[Conflict]":
    from dialer.domain.errors import NotFound  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        campaign = await DatabaseCampaignBook(held).campaign(name)
        kept = _of(held)
        if await kept.book.entry(campaign.id) is None:
            raise NotFound(f"{name} is not in the calendar. Next: dialer calendar plan {name} --from DAY --to DAY")
        return list(await kept.conflicts(campaign.id))


async def _remove(settings: "Settings", name: str) -> None:
    from integrations.contact_db.calendar_book import DatabaseCalendarBook  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        await DatabaseCalendarBook(held).remove((await DatabaseCampaignBook(held).campaign(name)).id)


async def _capacity(settings: "Settings", channel: Channel, a_day: int | None) -> None:
    from integrations.contact_db.calendar_book import DatabaseCalendarBook  # noqa: PLC0415

    async with chosen_database(settings) as held:
        await DatabaseCalendarBook(held).set_capacity(channel, a_day)
