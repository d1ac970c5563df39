"""The pool of connections to the contact database, and the edge at which its errors are translated."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Self, TypeVar

from asyncpg import InterfaceError, InternalClientError
from sqlalchemy import URL, Executable, Row, TextClause, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dialer.domain.errors import BadInput, DatabaseUnavailable
from dialer.domain.spans import Spans
from integrations.contact_db.faults import (
    ROLLED_BACK,
    STATEMENT_ERRORS,
    VENDOR_ERRORS,
    connection_lost,
    place_of,
    sqlstate,
    translated,
)

OLDEST_SERVER = 150000
"""PostgreSQL 15, as server_version_num."""
_CONNECT_SECONDS = 10
_POOL_SECONDS = 10
_DRIVER = "postgresql+asyncpg"
_SESSION = {
    "application_name": "paceline",
    "timezone": "UTC",
    "jit": "off",
    # a plan made while a table was small would read it whole long after it has grown
    "plan_cache_mode": "force_custom_plan",
}

_KEEP_PLANS = text("""
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
""")

_ANYTHING = text("SELECT 1")
_DIALECT = make_url(f"{_DRIVER}://").get_dialect()()

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class ContactDatabase:
    """Connections to one database. Every method raises DatabaseUnavailable when it can't be used."""

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._place = place
        self.took = Spans()
        """How long what was asked took, with the wait for a connection, by the machine's own clock."""

    @classmethod
    async def open(cls, url: str, pool_size: int, statement_seconds: float = 60.0) -> Self:
        """Connect, and check the server's version. `statement_seconds`: how long one statement may take."""
        address = normalised(url)
        engine = create_async_engine(
            address,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            pool_recycle=1800,
            hide_parameters=True,
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": statement_seconds,
                "server_settings": _SESSION,
            },
        )
        database = cls(engine, place_of(address))
        try:
            await database._check_server()
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end; the database's errors come out translated."""
        async with self._connected(self._engine) as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection to hold, on which every statement commits itself; errors as in `transaction`."""
        async with self._connected(self._single) as connection:
            yield connection

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await engine.connect()
        except VENDOR_ERRORS as error:
            raise translated(error, self._place) from None
        try:
            yield connection
        except (*STATEMENT_ERRORS, TimeoutError) as error:
            # the network's other errors could pass for those of a file that is read meanwhile
            raise translated(error, self._place) from None
        finally:
            await connection.close()

    async def run(self, work: Work[T], *, repeatable: bool = False, by_kept_plans: bool = False) -> T:
        """Do `work` in one transaction; see `_again` for when it is done a second time.

        `by_kept_plans`: each connection plans each of its statements once, and again when one of the tables was
        analyzed. For those that take longer to plan than to carry out, and find their rows by keys: while a table
        grows, such plans do until then."""

        async def once() -> T:
            async with self._engine.begin() as connection:
                if by_kept_plans:
                    await connection.execute(_KEEP_PLANS)
                return await work(connection)

        return await self._again(once, repeatable)

    async def fetch(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> Sequence[Row[Any]]:
        """The rows of one statement, which commits itself: one round trip."""

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            result = await connection.execute(statement, parameters)
            return result.all() if result.returns_rows else ()

        return await self.in_turn(work, repeatable=repeatable)

    async def fetch_bare(
        self, statement: TextClause, parameters: Mapping[str, Any], *, repeatable: bool = False
    ) -> Sequence[Sequence[Any]]:
        """As `fetch`, but rows as the driver has them, to be unpacked: half the work for this process."""

        async def work(connection: AsyncConnection) -> Sequence[Sequence[Any]]:
            return await bare_rows(connection, statement, parameters)

        return await self.in_turn(work, repeatable=repeatable)

    async def in_turn(self, work: Work[T], *, repeatable: bool = False) -> T:
        """Do `work` on one connection, on which every statement commits itself: to get one costs as much as a short
        statement. If the server rolls a statement back, `work` is done a second time from its beginning, though what
        those before it did stays done: let only the first write, and no harm come of its being done twice."""

        async def once() -> T:
            async with self._single.connect() as connection:
                return await work(connection)

        return await self._again(once, repeatable)

    async def fetch_by_kept_plan(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """As `fetch`, but see `run`."""

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(statement, parameters)).all()

        return await self.run(work, repeatable=True, by_kept_plans=True)

    async def _again(self, once: Callable[[], Awaitable[T]], repeatable: bool) -> T:
        """Ask a second time if certainly nothing was done, or the connection went and doing it twice is harmless."""
        begun = asyncio.get_running_loop().time()
        try:
            return await self._asked(once, repeatable)
        finally:
            self.took.note(asyncio.get_running_loop().time() - begun)

    async def _asked(self, once: Callable[[], Awaitable[T]], repeatable: bool) -> T:
        try:
            return await once()
        except VENDOR_ERRORS as error:
            if not (sqlstate(error) in ROLLED_BACK or (repeatable and connection_lost(error))):
                raise translated(error, self._place) from None
            log.info("%s: asking again after %s", self._place, sqlstate(error) or type(error).__name__)
        try:
            return await once()
        except VENDOR_ERRORS as error:
            raise translated(error, self._place) from None

    async def _check_server(self) -> None:
        rows = await self.fetch(text("SELECT CAST(current_setting('server_version_num') AS integer)"))
        if rows[0][0] < OLDEST_SERVER:
            raise DatabaseUnavailable(
                f"{self._place} is PostgreSQL {rows[0][0] // 10000}, too old: install {OLDEST_SERVER // 10000} or newer"
            )


def driver_form(statement: TextClause) -> tuple[str, Sequence[str]]:
    """A statement as the driver itself takes it, and the names of its values in order."""
    compiled = statement.compile(dialect=_DIALECT)
    return str(compiled), compiled.positiontup or ()


_kept_form = cache(driver_form)


@asynccontextmanager
async def driver_of(connection: AsyncConnection) -> AsyncIterator[Any]:
    """The driver's own connection. If it turns out to be lost, the pool is told so, and the error is the one that it
    would have been without going behind the pool's back; TimeoutError stays what it is."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        yield driver
    except Exception as error:
        if _spoils(error):
            driver.terminate()
        if driver.is_closed():
            try:
                await connection.execute(_ANYTHING)
            except STATEMENT_ERRORS:
                if not isinstance(error, TimeoutError):
                    raise
        raise


def _spoils(error: Exception) -> bool:
    """Whether nothing more can be asked on the connection. Of one that is lost while it is written to, the driver may
    say anything, and believe that it is there."""
    if isinstance(error, TimeoutError):
        return False
    return isinstance(error, InterfaceError | InternalClientError) or connection_lost(error)


async def bare_rows(
    connection: AsyncConnection, statement: TextClause, parameters: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """See `fetch_bare`."""
    told, names = _kept_form(statement)
    async with driver_of(connection) as driver:
        return list(await driver.fetch(told, *[parameters[name] for name in names]))


def normalised(url: str) -> URL:
    """The address for our driver, from one written for libpq. BadInput when it is none."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput("must be like postgresql://user:password@host/name", "database.url") from None
    if address.drivername not in {"postgresql", "postgres", _DRIVER}:
        raise BadInput(f"{address.drivername} is not PostgreSQL", "database.url")
    query = dict(address.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    if unknown := query.keys() - {"host", "port", "ssl"}:
        raise BadInput(f"{', '.join(sorted(unknown))}: not known here", "database.url")
    return address.set(drivername=_DRIVER, query=query)
