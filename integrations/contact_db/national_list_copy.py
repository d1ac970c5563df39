"""One copy of a national list while it is made: a table of its own, with rows written frozen, so that no vacuum has to
read them again."""

from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from integrations.contact_db.copying import copied_in
from integrations.contact_db.database import driver_of

_LONG_SECONDS = 3600.0
"""For what reads or sorts a whole copy, or all leads."""
_NEW_NUMBER = text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
"""A transaction's id serves as its copy's: no two are given the same."""
_ONCE = """
WITH repeated AS MATERIALIZED (
    SELECT number, CASE WHEN count(*) = count(since) THEN min(since) END AS since
    FROM {table} GROUP BY number HAVING count(*) > 1
), gone AS (
    DELETE FROM {table} USING repeated WHERE {table}.number = repeated.number
)
INSERT INTO {table} (number, since) SELECT number, since FROM repeated
"""
"""A number that is named again is listed since the earliest day, or since long ago where one of them is not known."""


def table_of(number: int) -> str:
    return f"national_list_copy_{number}"


class ListCopy:
    """The table, on the connection whose transaction makes it."""

    def __init__(self, connection: AsyncConnection, number: int) -> None:
        self._connection = connection
        self.number = number
        """Its copy_id."""
        self.table = table_of(number)
        self.rows = 0
        """Taken so far."""

    @classmethod
    async def begun(cls, connection: AsyncConnection) -> Self:
        number = await connection.scalar(_NEW_NUMBER)
        copy = cls(connection, number)
        # not LIKE the parent, which would keep a lock on it, and imports of two lists from ending. The default spares
        # each row its copy's id; by the check the table is attached without being read again
        own = f"bigint NOT NULL DEFAULT {number} CHECK (copy_id = CAST({number} AS bigint))"
        await copy.do(f"CREATE TABLE {copy.table} (copy_id {own}, number bigint NOT NULL, since date)")
        return copy

    async def take(self, rows: bytes) -> None:
        columns, form = ("number", "since"), {"format": "text", "delimiter": ",", "null": "", "freeze": True}
        await copied_in(self._connection, self.table, rows, columns=columns, **form)
        self.rows += rows.count(b"\n")

    async def made_ready(self) -> int:
        """How many numbers the copy has, each of them once and fast to look up from now on."""
        await self.do("SET LOCAL maintenance_work_mem = '256MB'")
        await self.do(f"CREATE INDEX {self.table}_number ON {self.table} (number)")
        await self.do(f"ANALYZE {self.table}")
        counting = f"SELECT count(*) FROM (SELECT FROM {self.table} GROUP BY number) AS different"
        async with driver_of(self._connection) as driver:
            numbers = int(await driver.fetchval(counting, timeout=_LONG_SECONDS))
        if numbers < self.rows:
            await self.do(_ONCE.format(table=self.table))
        return numbers

    async def do(self, statement: str) -> str:
        """What the server says of one statement, which may take an hour."""
        async with driver_of(self._connection) as driver:
            return str(await driver.execute(statement, timeout=_LONG_SECONDS))
