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


@database.command("distribute")
def print_distribution() -> None:
    """Print the statements that spread the tables over the nodes of a Citus cluster; runs none of them.

    They are for a database that was just migrated and has no rows yet; docs/scale.md has the whole way.

    Example: dialer database distribute | psql --set ON_ERROR_STOP=1 --single-transaction postgresql://db.example/paceline
    """
    from integrations.contact_db.distribution import statements  # noqa: PLC0415

    for statement in statements():
        print(f"{statement};")


async def _migrate(settings: "Settings") -> None:
    from integrations.contact_db.migration import migrate  # noqa: PLC0415

    async with chosen_url(settings) as url:
        await migrate(url)


async def _check(settings: "Settings") -> None:
    async with chosen_database(settings):
        return
