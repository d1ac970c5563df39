"""`dialer compliance preview` and `dialer compliance explain`: what the gate will say, before anything is dialed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.commands.screen import Screen, show, show_rows, show_table
from dialer.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from dialer.domain.campaign import Campaign
    from dialer.domain.lead import Lead
    from dialer.engine.caller_ids import CallerIdPool
    from dialer.engine.gate import Gate, Taker
    from dialer.engine.outlook import Outlook
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase

_Campaign = Annotated[str, typer.Option("--campaign", "-c", help="the campaign's name", show_default=False)]
_FAILURES = ("rule", "kind", "reason")


def add_outlook(app: typer.Typer) -> None:
    app.command("preview")(preview)
    app.command("explain")(explain)


def preview(
    campaign: _Campaign,
    zone: Annotated[str, typer.Option(help="whose hours are shown, an IANA name")] = "UTC",
    picture: Annotated[
        Path | None, typer.Option(help="draw it too, into this .png or .svg file", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print all of it as JSON")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """How many of a campaign's leads may be called in each hour of the coming week, and what blocks the others.

    Nothing is dialed or changed. It goes by the facts of now: calls made meanwhile use up attempts.

    Example: dialer compliance preview --campaign autumn --zone America/New_York --picture week.png
    """
    from dialer.commands.outlook_picture import checked_picture, draw  # noqa: PLC0415

    place = _zone(zone)
    file = None if picture is None else checked_picture(picture)
    seen = asyncio.run(_look(chosen_settings(settings, database), campaign))
    if file is not None:
        draw(file, f"Leads of {campaign} that may be called, by hour", seen, place)
    if as_json:
        show(Screen(_answer(campaign, seen, place)), as_json=True)
        return
    _tell(campaign, seen, place)
    if file is not None:
        print(f"\nthe picture is in {file}")


def explain(
    campaign: _Campaign,
    number: Annotated[str, typer.Option(help="the lead's number, with its country code", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="print all of it as JSON")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Everything that stands against calling a lead now, not only the first, and when it may be called again.

    It is asked of a call dialed ahead of agents: with an idle agent, a spent abandonment budget stands against none.

    Example: dialer compliance explain --campaign autumn --number +12125550100
    """
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415

    told = asyncio.run(_explained(chosen_settings(settings, database), campaign, PhoneNumber(number).e164))
    if as_json:
        show(Screen({"items": told}), as_json=True)
        return
    for lead in told:
        print(lead["words"])
        if lead["failures"]:
            show_rows(_FAILURES, lead["failures"])


async def _look(settings: "Settings", name: str) -> "Outlook":
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.engine.outlook import Outlook  # noqa: PLC0415
    from integrations.contact_db.lead_reading import LeadReading  # noqa: PLC0415

    rules, now = compliance_rules(settings.compliance.rules), parse_clock(settings.clock).now()
    async with chosen_database(settings) as database:
        campaign, reading = await _known(database, name), LeadReading(database)
        outlook = Outlook(rules, campaign.plan, now, await _pool(database, now))
        total = await reading.count(campaign.id)
        with counting("leads") as move:
            async for leads in reading.pages(campaign.id, now):
                outlook.add(leads)
                move(outlook.leads, total)
    return outlook


async def _explained(settings: "Settings", name: str, number: str) -> list[dict[str, Any]]:
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415
    from dialer.engine.abandonment import stored_budget  # noqa: PLC0415
    from dialer.engine.gate import Gate, Taker  # noqa: PLC0415
    from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook  # noqa: PLC0415
    from integrations.contact_db.lead_reading import LeadReading  # noqa: PLC0415

    rules, now = compliance_rules(settings.compliance.rules), parse_clock(settings.clock).now()
    async with chosen_database(settings) as database:
        campaign = await _known(database, name)
        gate = Gate(rules, await _pool(database, now))
        leads = await LeadReading(database).of_number(campaign.id, PhoneNumber(number), now)
        book, share = DatabaseAbandonmentBook(database), settings.compliance.amd_false_share
        budget = await stored_budget(book, rules, campaign, now, share)
    if not leads:
        raise NotFound(f"campaign {name} has no lead with the number {number}")
    return [_verdict(gate, campaign, lead, now, Taker(budget=budget)) for lead in leads]


async def _pool(database: "ContactDatabase", now: datetime) -> "CallerIdPool":
    from dialer.engine.caller_ids import CallerIdPool, shown_since  # noqa: PLC0415
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415

    pool = CallerIdPool()
    pool.fill(await DatabaseCallerIdBook(database).uses(shown_since(now)))
    return pool


def _verdict(gate: "Gate", campaign: "Campaign", lead: "Lead", now: datetime, taker: "Taker") -> dict[str, Any]:
    from dialer.ports import Blocked  # noqa: PLC0415

    found = gate.admit(lead, campaign.plan, now, taker)
    judged = found.judged
    failures = () if judged is None else judged.verdict.failures
    until = found.until if isinstance(found, Blocked) else None
    if not isinstance(found, Blocked):
        words = f"lead {lead.id} may be called now, at {found.number.number.e164}"
    elif until is None:
        words = f"lead {lead.id} may not be called ({found.reason}), and time alone does not change that"
    else:
        words = f"lead {lead.id} may not be called ({found.reason}) before {until.isoformat(timespec='seconds')}"
    if isinstance(found, Blocked) and found.with_agent:
        words += "; with an agent kept for the call it may be, and is once no other lead is at hand"
    return {
        "lead": lead.id,
        "allowed": not isinstance(found, Blocked),
        "reason": found.reason if isinstance(found, Blocked) else "allowed",
        "earliest": None if until is None else until.isoformat(),
        "rules": [] if judged is None else list(judged.verdict.rules),
        "failures": [{"rule": one.rule, "kind": one.kind, "reason": one.reason} for one in failures],
        "words": words,
    }


async def _known(database: "ContactDatabase", name: str) -> "Campaign":
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    return await DatabaseCampaignBook(database).campaign(name)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadInput("must be an IANA name, like America/New_York", "--zone") from None


def _answer(campaign: str, seen: "Outlook", zone: ZoneInfo) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "leads": seen.leads,
        "callable": seen.callable,
        "blocked": dict(seen.blocked.most_common()),
        "hours": [
            {"at": (seen.first_hour + timedelta(hours=place)).astimezone(zone).isoformat(), "callable": count}
            for place, count in enumerate(seen.callable_at)
        ],
    }


def _tell(campaign: str, seen: "Outlook", zone: ZoneInfo) -> None:
    print(f"{seen.callable:,} of {seen.leads:,} leads of {campaign} may be called in the coming week ({zone.key}):")
    days = seen.by_day(zone)
    some = [hour for hour in range(24) if any(hours[hour] for hours in days.values())]
    rows: list[Sequence[Any]] = [
        [day, *("" if hours[hour] is None else hours[hour] for hour in some)] for day, hours in days.items()
    ]
    show_table(["hour", *(f"{hour:02}" for hour in some)], rows)
    if seen.blocked:
        print("\nThe others may not, for what stands first against each:")
        show_rows(("reason", "leads"), [{"reason": name, "leads": n} for name, n in seen.blocked.most_common()])
        print("`dialer compliance explain` says of one lead all that stands against it.")
