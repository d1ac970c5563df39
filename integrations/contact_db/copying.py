"""Rows into a table by COPY, on the connection of a transaction."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from integrations.contact_db.database import driver_of

_COPY_SECONDS = 60.0
_GRACE_SECONDS = 5.0


async def copied_in(
    connection: AsyncConnection, table: str, rows: bytes, *, columns: Sequence[str] | None = None, **form: Any
) -> None:
    """Take rows as COPY's text format has them; `form`: its options, as the driver names them. Errors as in
    `driver_of`, TimeoutError after a minute."""
    async with driver_of(connection) as driver:
        # The driver waits for room to write without an end, when the connection is lost or silent meanwhile
        # (asyncpg 0.31, Protocol.copy_in)
        copying = asyncio.ensure_future(
            driver.copy_to_table(table, source=BytesIO(rows), columns=columns, timeout=_COPY_SECONDS, **form)
        )

        def stop(_: Any) -> None:
            copying.cancel()

        driver.add_termination_listener(stop)
        try:
            async with asyncio.timeout(_COPY_SECONDS + _GRACE_SECONDS):
                await copying
        except TimeoutError:
            driver.terminate()
            raise
        except asyncio.CancelledError:
            if driver.is_closed() and not _is_cancelled():
                raise ConnectionResetError("the connection was lost in the midst of COPY") from None
            raise
        finally:
            driver.remove_termination_listener(stop)


def _is_cancelled() -> bool:
    """Whether it is the task itself that is to end, and not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
