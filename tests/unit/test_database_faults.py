"""What is wrong with the database is said in words, with what to do next, and never with what must not be shown."""

import asyncio
import socket

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import migrations
from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable, DialerError, NotFound
from integrations.contact_db.database import ContactDatabase, normalised
from integrations.contact_db.faults import connection_lost, place_of, translated
from integrations.contact_db.migration import version_fault

SECRET = "hunter2"
PLACE = "database paceline at db.example:5432"


def test_a_place_names_neither_user_nor_password() -> None:
    assert place_of(make_url(f"postgresql://anna:{SECRET}@db.example:5432/paceline")) == PLACE
    assert place_of(make_url("postgresql://anna@/paceline?host=/run/pg")) == "database paceline at /run/pg"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.InvalidPasswordError("no"), "wrong user or password"),
        (asyncpg.InvalidAuthorizationSpecificationError("no"), "pg_hba.conf"),
        (asyncpg.InvalidCatalogNameError("no"), "no such database: create it"),
        (asyncpg.DiskFullError("no"), "disk is full"),
        (asyncpg.TooManyConnectionsError("no"), "max_connections"),
        (asyncpg.CannotConnectNowError("no"), "try again in a moment"),
        (asyncpg.ReadOnlySQLTransactionError("no"), "read-only"),
        (asyncpg.UndefinedTableError("no"), "dialer database migrate"),
        (asyncpg.QueryCanceledError("no"), "took too long"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (asyncpg.ConnectionDoesNotExistError("gone"), "is PostgreSQL running there"),
        (socket.gaierror(-2, "unknown"), "no such host"),
        (TimeoutError(), "no answer in time"),
        (PoolTimeout("full"), "database.pool_size"),
    ],
)
def test_a_database_that_cant_be_used_says_why(error: Exception, words: str) -> None:
    fault = translated(error, PLACE)
    assert isinstance(fault, DatabaseUnavailable)
    assert words in str(fault)
    assert PLACE in str(fault)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.UniqueViolationError("twice"), Conflict),
        (asyncpg.ForeignKeyViolationError("nobody"), NotFound),
        (asyncpg.CheckViolationError("odd"), BadInput),
    ],
)
def test_a_broken_constraint_is_the_askers_fault(error: Exception, kind: type[DialerError]) -> None:
    assert type(translated(error, PLACE)) is kind


def test_a_fault_of_ours_shows_no_row_and_no_number() -> None:
    error = asyncpg.AmbiguousColumnError('odd: "+12025550101"\nrow: Anna')
    assert str(translated(error, PLACE)) == f'{PLACE} refused a statement of ours: odd: "+…" (SQLSTATE 42702)'


def test_sqlalchemys_wrapping_changes_nothing() -> None:
    inner = RuntimeError("adapted")
    inner.__cause__ = asyncpg.DiskFullError("no")
    wrapped = DBAPIError("INSERT", {"number": "+12025550101"}, inner, hide_parameters=True)
    assert "disk is full" in str(translated(wrapped, PLACE))


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (ConnectionResetError(104, "reset"), True),
        (asyncpg.AdminShutdownError("bye"), True),
        (asyncpg.QueryCanceledError("slow"), False),
        (asyncpg.UniqueViolationError("twice"), False),
    ],
)
def test_a_lost_connection_is_told_from_a_refusal(error: Exception, lost: bool) -> None:
    assert connection_lost(error) is lost


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_way_to_write_postgresql_is_understood(scheme: str) -> None:
    assert normalised(f"{scheme}://anna@db/paceline").drivername == "postgresql+asyncpg"


def test_sslmode_is_passed_on() -> None:
    assert normalised("postgresql://db/paceline?sslmode=require").query == {"ssl": "require"}


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://db/paceline", "postgresql://db/x?target=y", "postgresql://h:x"]
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match=r"database\.url"):
        normalised(url)


def test_a_bad_url_is_not_shown_with_its_password() -> None:
    with pytest.raises(BadInput) as caught:
        normalised(f"postgresql://anna:{SECRET}@db:port/paceline")
    assert SECRET not in str(caught.value)


async def test_a_refused_connection_says_so_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DatabaseUnavailable, match="is PostgreSQL running there") as caught:
            await ContactDatabase.open(f"postgresql://anna:{SECRET}@127.0.0.1:{port}/paceline", 1)
    assert SECRET not in str(caught.value)


async def test_a_host_that_hangs_up_is_no_database() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DatabaseUnavailable):
            await ContactDatabase.open(f"postgresql://127.0.0.1:{port}/paceline", 1)


def test_each_difference_of_version_has_its_advice() -> None:
    script = ScriptDirectory(migrations.__path__[0])
    assert version_fault(script.get_current_head(), script) is None
    assert "no tables yet" in (version_fault(None, script) or "")
    assert "update Paceline" in (version_fault("9999", script) or "")
