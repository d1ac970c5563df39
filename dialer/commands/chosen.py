"""Which settings and which database a command works on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", "-s", help="TOML file; `dialer settings --example` prints one", show_default=False),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="PostgreSQL address; wins over file and DIALER_DATABASE__URL; none at all: the embedded one",
        show_default=False,
    ),
]


def chosen_settings(file: Path | None, database: str | None) -> "Settings":
    from dialer.settings import load_settings  # noqa: PLC0415

    return load_settings(file, **({"database": {"url": database}} if database else {}))


@asynccontextmanager
async def chosen_url(settings: "Settings") -> AsyncIterator[str]:
    """The database's address; the embedded server is started, and stopped at the end."""
    from integrations.contact_db.embedded import embedded_postgres  # noqa: PLC0415

    if settings.database.url:
        yield settings.database.url
    else:
        async with embedded_postgres(settings.engine.data_directory.expanduser()) as url:
            yield url


@asynccontextmanager
async def chosen_database(settings: "Settings") -> AsyncIterator["ContactDatabase"]:
    """The database. A server of the user's own is checked to have this release's tables; the embedded one, which is
    ours alone, is brought to them."""
    from integrations.contact_db.database import ContactDatabase  # noqa: PLC0415
    from integrations.contact_db.migration import check_version, migrate  # noqa: PLC0415

    async with chosen_url(settings) as url:
        if not settings.database.url:
            await migrate(url)
        database = await ContactDatabase.open(url, settings.database.pool_size)
        try:
            await check_version(database)
            yield database
        finally:
            await database.close()
