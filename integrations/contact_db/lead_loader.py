"""Loads checked rows of a list: COPY into a staging table, merged batch by batch, all in one transaction.

The list is loaded whole or not at all. One import runs at a time: two that name the same new contact would each make
one. What is merged how, lead_merge says.

Foreign keys are checked row by row, which is two thirds of the cost of new rows. Rows of new contacts need no check:
their contacts were made by the same transaction, and the campaign is locked. Where the role may (the embedded
server's may; elsewhere GRANT SET ON PARAMETER session_replication_role), the check is left out for those alone.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Select, column, false, func, select, table, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.engine.scoring.contact_history import Rule
from integrations.contact_db import lead_merge as merge
from integrations.contact_db.clashes import HOLD_BACK_LOADED
from integrations.contact_db.copying import copied_in
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.history_points import points_of
from integrations.contact_db.lead_staging import COLUMNS

LOCK = 0x6C65_6164
"""Key of the advisory lock that an import holds."""
_SETTLED = table("settled", column("line"), column("contact_id"), column("new"), column("first"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a list has come to in the database."""

    contacts: int = 0
    """Different contacts that it names."""
    new: int = 0
    changed: int = 0
    """Known ones that got something new: data, a number, a lead, a score."""
    new_leads: int = 0
    listed: int = 0
    """Numbers new on the do-not-call list."""
    consents: int = 0
    """Words of consent that were not there yet."""

    @property
    def unchanged(self) -> int:
        return self.contacts - self.new - self.changed


class _Undo(Exception):
    pass


class LeadLoader:
    """One import's transaction; from `loading`."""

    def __init__(self, connection: AsyncConnection, values: Mapping[str, Any], may_trust: bool) -> None:
        self._connection = connection
        self._values = values
        self._may_trust = may_trust
        self._new_leads = 0
        self._listed = 0
        self._consents = 0

    async def load(self, rows: bytes) -> None:
        """Take a batch of rows, as lead_staging.copy_text gives them; a hundred thousand is a good size."""
        await self._do(merge.EMPTY)
        await copied_in(self._connection, "staged", rows, columns=COLUMNS, format="text")
        await self._place()
        for statement in (merge.NEW_CONTACTS, merge.RENEW_CONTACTS, merge.COMPLETE_CONTACTS):
            await self._do(statement)
        self._consents += (await self._do(merge.ADD_CONSENTS)).scalar_one()
        for statement in (merge.LOOKED_AT, merge.LOOK_AGAIN):
            await self._do(statement)
        await self._do(merge.MORE_NUMBERS)
        await self._check_references(False)
        await self._do(merge.NEW_NUMBERS)
        self._new_leads += (await self._do(merge.NEW_LEADS)).rowcount
        await self._check_references(True)
        self._new_leads += (await self._do(merge.MORE_LEADS)).rowcount
        await self._do(HOLD_BACK_LOADED)
        self._listed += (await self._do(merge.LIST_DO_NOT_CALL)).rowcount
        for statement in (merge.RENEW_SCORES, merge.CLOSE_LEADS):
            await self._do(statement)

    async def load_known(self, contacts: Select[int], score: float) -> int:
        """Make leads of contacts that are there already, which `contacts` selects by id; how many were made."""
        await self._do(merge.EMPTY)
        chosen = contacts.subquery("known").c.id
        line = func.row_number().over(order_by=chosen)
        settled = select(line, chosen, false(), true())
        await self._connection.execute(_SETTLED.insert().from_select(_SETTLED.c.keys(), settled))
        await self._connection.execute(text(merge.STAGE_KNOWN), {"score": score})
        return (await self._do(merge.MORE_LEADS)).rowcount

    async def loaded(self) -> Loaded:
        row = (await self._do(merge.COUNT)).one()
        return Loaded(row.contacts, row.new, row.changed, self._new_leads, self._listed, self._consents)

    async def _place(self) -> None:
        for statement in (merge.NUMBERS, *merge.ANALYZE, merge.PLACE_KEYED, merge.ADOPT, merge.PLACE_UNKEYED):
            await self._do(statement)
        if (await self._do(merge.SHARED)).rowcount:
            while (await self._do(merge.JOIN_SHARED)).rowcount:
                pass
        for statement in (merge.FORGET_SHARED, merge.SETTLE, merge.ANALYZE_SETTLED):
            await self._do(statement)

    async def _check_references(self, checked: bool) -> None:
        if self._may_trust:
            await self._do(merge.CHECK_REFERENCES if checked else merge.TRUST_REFERENCES)

    async def _do(self, statement: str) -> CursorResult[Any]:
        known = text(statement)
        wanted = {name: self._values[name] for name in known.compile().params}
        return await self._connection.execute(known, wanted)


@asynccontextmanager
async def loading(
    database: ContactDatabase, campaign: CampaignId, rule: Rule, source: str, now: datetime, *, keep: bool
) -> AsyncIterator[LeadLoader]:
    """A transaction to load one list in, committed at the end if `keep`.

    `source`: what the do-not-call list gives as its numbers' origin. Conflict when another import is running, NotFound
    when there is no such campaign.
    """
    values = {"campaign": campaign, "source": source, "now": now, **points_of(rule)}
    try:
        async with database.transaction() as connection:
            loader = await _begin(connection, values)
            yield loader
            if not keep:
                raise _Undo
    except _Undo:
        return


async def _begin(connection: AsyncConnection, values: Mapping[str, Any]) -> LeadLoader:
    if not await connection.scalar(text(merge.TAKE_TURN), {"lock": LOCK}):
        raise Conflict("another import is running on this database: wait for its end")
    if not await connection.scalar(text(merge.LOCK_CAMPAIGN), {"campaign": values["campaign"]}):
        raise NotFound("there is no such campaign")
    may_trust = await connection.scalar(text(merge.MAY_TRUST))
    for statement in merge.CREATE:
        await connection.execute(text(statement))
    return LeadLoader(connection, values, bool(may_trust))
