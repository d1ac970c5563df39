"""PostgreSQL servers for tests: the embedded one, and the machine's own version 15; each started once a session.

`database_url` is one database of one server, emptied before each test that asks for it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from sqlalchemy import text

from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate
from integrations.contact_db.schema import metadata

POSTGRES_15 = Path(os.environ.get("POSTGRES_15_PROGRAMS", "/usr/lib/postgresql/15/bin"))
EMPTY = text(
    "DO 'DECLARE part regclass; BEGIN "
    "FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST($$national_list_numbers$$ AS regclass) "
    "LOOP EXECUTE format($$DROP TABLE %s$$, part); END LOOP; "
    "IF EXISTS (SELECT FROM verdicts) THEN TRUNCATE verdicts; END IF; "
    "IF EXISTS (SELECT FROM recording_log) THEN TRUNCATE recording_log; END IF; "
    "IF EXISTS (SELECT FROM verdict_anchors) THEN TRUNCATE verdict_anchors; END IF; "
    "IF (SELECT count(*) FROM (SELECT FROM contacts LIMIT 2000) AS many) = 2000 "
    "THEN TRUNCATE contacts, campaigns CASCADE; END IF; "
    + " ".join(f"DELETE FROM {table};" for table in reversed(metadata.sorted_tables))
    + " END'"
)
"""Faster than TRUNCATE, which makes forty files anew, but for many contacts, of each of which a dozen tables are asked;
verdicts, where they begin and the log of recordings refuse to be deleted."""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket, which the server's own user may enter."""
    with TemporaryDirectory(prefix="paceline-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    with open_folder() as path:
        yield path


@contextmanager
def server(programs: Path | None = None) -> Iterator[str]:
    """The URL of a migrated database on a server of its own, held by a thread for as long as the context lasts."""
    ready, done = Future[str](), Event()

    async def hold(folder: Path) -> None:
        async with embedded_postgres(folder, programs) as url:
            await _forget_power_cuts(url)
            await migrate(url)
            ready.set_result(url)
            await asyncio.to_thread(done.wait)

    with open_folder() as folder, ThreadPoolExecutor(1) as thread:
        held = thread.submit(asyncio.run, hold(folder))
        held.add_done_callback(lambda _: ready.done() or ready.cancel())
        try:
            yield ready.result()
        except CancelledError:
            held.result()
            raise
        finally:
            done.set()
            held.result()


async def _forget_power_cuts(url: str) -> None:
    """Rows of tests outlive no crash of the machine, and need not wait for its disk."""
    opened = await ContactDatabase.open(url, 1)
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        await opened.fetch(text(f"ALTER SYSTEM SET {setting} = off"))
    await opened.fetch(text("SELECT pg_reload_conf()"))
    await opened.close()


@pytest.fixture(scope="session")
def embedded_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres15_url() -> Iterator[str]:
    if not (POSTGRES_15 / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 server programs in {POSTGRES_15} (Debian: apt install postgresql-15)")
    with server(POSTGRES_15) as url:
        yield url


@pytest.fixture
def database_url(embedded_url: str) -> str:
    """A database that other tests have left rows in: use `database` for an empty one."""
    return embedded_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[ContactDatabase]:
    opened = await emptied(database_url)
    yield opened
    await opened.close()


async def emptied(url: str, pool_size: int = 4) -> ContactDatabase:
    """Connections to the database at `url`, whose tables are empty now."""
    opened = await ContactDatabase.open(url, pool_size)
    await opened.fetch(EMPTY)
    return opened
