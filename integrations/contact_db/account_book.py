"""Accounts in layers, and who belongs to them.

Who puts one account under another holds a lock of the whole tree while it looks: two who do so at once, each harmless
alone, could close a circle.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam

from dialer.domain.accounts import Account, AccountId, AccountKind, check_layers
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.week_time import WeekTime
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.erased import refuse_erased
from integrations.contact_db.view_book import account_of
from integrations.contact_db.week_times import written

_COLUMNS = "id, name, kind, parent_id AS parent, coalesce(external_key, '') AS external_key"
_LOCK_TREE = text("SELECT pg_advisory_xact_lock(hashtext('paceline accounts'))")
_ONE = text(f"SELECT {_COLUMNS} FROM accounts WHERE id = :account")
_ADD = text(f"""
INSERT INTO accounts (external_key, name, kind, parent_id) VALUES (nullif(:key, ''), :name, :kind, :parent)
RETURNING {_COLUMNS}
""")
_PLACE = text(f"UPDATE accounts SET parent_id = :parent WHERE id = :account RETURNING {_COLUMNS}")
_ABOVE = text("""
WITH RECURSIVE layers AS (
    SELECT id, parent_id, 0 AS above FROM accounts WHERE id = :account
    UNION ALL
    SELECT accounts.id, accounts.parent_id, above + 1 FROM layers JOIN accounts ON accounts.id = layers.parent_id
)
SELECT id FROM layers ORDER BY above
""")
_UNDER = text(f"""
WITH RECURSIVE layers AS (
    SELECT accounts.*, 0 AS below FROM accounts WHERE id = :account
    UNION ALL
    SELECT accounts.*, below + 1 FROM layers JOIN accounts ON accounts.parent_id = layers.id
)
SELECT {_COLUMNS}, below FROM layers ORDER BY below, id
""")
_MEMBERS = text("SELECT contact_id FROM account_members WHERE account_id = :account ORDER BY contact_id")
_JOIN = text("""
INSERT INTO account_members (contact_id, account_id, role, hours) VALUES (:contact, :account, :role, :hours)
ON CONFLICT (contact_id, account_id) DO UPDATE SET role = EXCLUDED.role, hours = EXCLUDED.hours
""").bindparams(bindparam("hours", type_=JSONB))
_LEAVE = text("DELETE FROM account_members WHERE contact_id = :contact AND account_id = :account RETURNING 1")


class DatabaseAccountBook:
    """dialer.ports.knowledge.AccountBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def add(
        self, name: str, kind: AccountKind, parent: AccountId | None = None, external_key: str = ""
    ) -> Account:
        async def work(connection: AsyncConnection) -> Account:
            await connection.execute(_LOCK_TREE)
            if parent is not None:
                check_layers(None, 0, await _above(connection, parent))
            values = {"key": external_key, "name": name, "kind": kind.value, "parent": parent}
            return account_of((await connection.execute(_ADD, values)).one()._asdict())

        try:
            return await self._database.run(work)
        except Conflict:
            raise Conflict(f"there is an account with the key {external_key} already", "external_key") from None

    async def place(self, account: AccountId, parent: AccountId | None) -> Account:
        async def work(connection: AsyncConnection) -> Account:
            await connection.execute(_LOCK_TREE)
            under = (await connection.execute(_UNDER, {"account": account})).all()
            if not under:
                raise NotFound(f"no account {account}")
            if parent is not None:
                check_layers(account, under[-1].below, await _above(connection, parent))
            placed = await connection.execute(_PLACE, {"account": account, "parent": parent})
            return account_of(placed.one()._asdict())

        return await self._database.run(work)

    async def under(self, account: AccountId) -> Sequence[Account]:
        rows = await self._database.fetch(_UNDER, {"account": account})
        if not rows:
            raise NotFound(f"no account {account}")
        return [account_of(row._asdict()) for row in rows]

    async def members(self, account: AccountId) -> Sequence[ContactId]:
        return [ContactId(row.contact_id) for row in await self._database.fetch(_MEMBERS, {"account": account})]

    async def join(self, contact: ContactId, account: AccountId, role: str, hours: Sequence[WeekTime]) -> None:
        values: dict[str, Any] = {"contact": contact, "account": account, "role": role, "hours": written(hours)}

        async def work(connection: AsyncConnection) -> None:
            await refuse_erased(connection, contact)
            if not (await connection.execute(_ONE, {"account": account})).all():
                raise NotFound(f"no account {account}")
            await connection.execute(_JOIN, values)

        await self._database.run(work)

    async def leave(self, contact: ContactId, account: AccountId) -> None:
        values = {"contact": contact, "account": account}
        if not await self._database.fetch(_LEAVE, values, repeatable=False):
            raise NotFound(f"contact {contact} does not belong to account {account}")


async def _above(connection: AsyncConnection, account: AccountId) -> list[AccountId]:
    """The account and those above it, the nearest first."""
    found = [AccountId(row.id) for row in await connection.execute(_ABOVE, {"account": account})]
    if not found:
        raise NotFound(f"no account {account}")
    return found
