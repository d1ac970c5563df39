"""`dialer database`."""

import asyncio
from typing import TYPE_CHECKING

import typer

from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings, chosen_url

if TYPE_CHECKING:
    from dialer.settings import Settings

database = typer.Typer(no_args_is_help=True, help="Prepare and check the contact database.")


@database.command("migrate")
def migrate_database(settings: SettingsFile = None, url: DatabaseUrl = None) -> None:
    """Bring the database to this release's tables; `dialer run` does it too.

    Example: dialer database migrate --database postgresql://paceline:secret@db.example/paceline
    """
    asyncio.run(_migrate(chosen_settings(settings, url)))
    print("the contact database has this release's tables")


@database.command("check")
def check_database(settings: SettingsFile = None, url: DatabaseUrl = None) -> None:
    """Whether the database can be used as it is; changes nothing. Ends with 3 when it can't.

    Example: dialer database check --settings dialer.toml
    """
    asyncio.run(_check(chosen_settings(settings, url)))
    print("the contact database can be used")


async def _migrate(settings: "Settings") -> None:
    from integrations.contact_db.migration import migrate  # noqa: PLC0415

    async with chosen_url(settings) as url:
        await migrate(url)


async def _check(settings: "Settings") -> None:
    async with chosen_database(settings):
        return
