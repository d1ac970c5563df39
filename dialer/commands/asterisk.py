"""`dialer asterisk`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.domain.campaign import Campaign
    from dialer.ports import AgentRecord
    from dialer.settings import Settings
    from integrations.asterisk.findings import Finding

asterisk = typer.Typer(no_args_is_help=True, help="Asterisk's side: its configuration, and whether it suffices.")


@asterisk.command("config")
def write_config(
    out: Annotated[Path, typer.Option(help="folder to write into; one folder a server", show_default=False)],
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Write the configuration that Asterisk needs for the campaigns and agents there are, to include from your own.

    Write it anew, and reload, when a campaign or an agent has come.

    Example: dialer asterisk config --settings dialer.toml --out conf/
    """
    from integrations.asterisk.config_files import config_files  # noqa: PLC0415

    chosen = _with_servers(chosen_settings(settings, database))
    files = config_files(chosen, *asyncio.run(_known(chosen)))
    for name, text in files.items():
        place = out / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", str(place)) from error
        print(place)


@asterisk.command("check")
def check_servers(settings: SettingsFile = None, database: DatabaseUrl = None) -> None:
    """Connect to each server and name what is missing there, why it matters and what to do. Ends with 4 if anything is.

    Example: dialer asterisk check --settings dialer.toml
    """
    chosen = _with_servers(chosen_settings(settings, database))
    wrong = 0
    for place, findings in asyncio.run(_findings(chosen)).items():
        print(f"{place}: {f'{len(findings)} things to mend' if findings else 'nothing is missing'}")
        for finding in findings:
            print(f"  {finding.what}\n    {finding.why}; {finding.remedy}")
        wrong += len(findings)
    if wrong:
        raise typer.Exit(4)


async def _findings(settings: "Settings") -> "dict[str, list[Finding]]":
    from dialer.clock import parse_clock  # noqa: PLC0415
    from integrations.asterisk.check import check, nowhere  # noqa: PLC0415

    campaigns, agents = await _known(settings)
    clock = parse_clock(settings.clock)
    found = {server.name: await check(server, campaigns, agents, clock) for server in settings.asterisk}
    if settings.service_groups:
        queues = {queue for group in settings.service_groups for queue in group.queues}
        found["service groups"] = await nowhere(settings.asterisk, queues, clock)
    return found


async def _known(settings: "Settings") -> "tuple[Sequence[Campaign], Sequence[AgentRecord]]":
    from integrations.contact_db.agent_book import DatabaseAgentBook  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415

    async with chosen_database(settings) as database:
        return await DatabaseCampaignBook(database).campaigns(), await DatabaseAgentBook(database).agents()


def _with_servers(settings: "Settings") -> "Settings":
    if not settings.asterisk:
        raise BadInput("no Asterisk server is named; add an [[asterisk]] section", "asterisk")
    return settings
