"""One person's data: found, exported, erased."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AttemptId, ContactId, LeadId
from integrations.contact_db import person_erasure as sql
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import (
    account_members,
    accounts,
    attempts,
    call_backs,
    campaigns,
    churn_signs,
    consents,
    contact_attributes,
    contact_events,
    contacts,
    dispositions,
    dnc_entries,
    lead_hours,
    lead_leases,
    leads,
    next_steps,
    outcomes,
    phone_numbers,
    preferences,
    products_held,
    quality_assignments,
    quality_calls,
    quality_cases,
    quality_complaints,
    quality_disputes,
    quality_notices,
    quality_scores,
    raised_leads,
    recording_log,
    touches,
    verdicts,
    wave_acts,
    wave_places,
    webhook_deliveries,
)
from integrations.http_api.people import Erased, Erasure, Kept, Whom

PERSONAL = (
    phone_numbers,
    leads,
    lead_hours,
    lead_leases,
    attempts,
    outcomes,
    dispositions,
    call_backs,
    consents,
    verdicts,
    contact_attributes,
    products_held,
    touches,
    account_members,
    preferences,
    churn_signs,
    next_steps,
    contact_events,
    raised_leads,
    wave_places,
    wave_acts,
    webhook_deliveries,
    recording_log,
    quality_calls,
    quality_assignments,
    quality_scores,
    quality_disputes,
    quality_complaints,
    quality_notices,
    quality_cases,
)
"""The tables whose rows are about a contact, beside `contacts` itself."""

_KEYS = {
    "e164": "number",
    "contact_id": "contact",
    "lead_id": "lead",
    "campaign_id": "campaign",
    "attempt_id": "attempt",
    "agent_id": "agent",
    "account_id": "account",
    "parent_id": "parent",
}
_FIND = text("""
SELECT id FROM contacts
WHERE (CAST(:contact AS bigint) IS NULL OR id = :contact)
    AND (CAST(:key AS text) IS NULL OR external_key = :key)
    AND (CAST(:number AS text) IS NULL OR id IN (SELECT contact_id FROM phone_numbers WHERE e164 = :number))
ORDER BY id
""")
_LISTED = "so that a list that is imported again does not have them called"
_VERDICTS = "the log is cut from its beginning alone, by retention; it has no name, and of a number only a hash"
_RECORDINGS = "who heard a recording and who deleted it must stay known; it has neither name nor number"
_NUMBERS = text("SELECT DISTINCT e164 FROM phone_numbers WHERE contact_id = ANY(CAST(:contacts AS bigint[]))")

_ACCOUNTS = text("SELECT DISTINCT account_id FROM account_members WHERE contact_id = ANY(CAST(:contacts AS bigint[]))")

_STEPS = (
    ("unknown_events", "events kept for review that name this person", sql.DROP_UNKNOWN_EVENTS),
    ("contact_events", "events of this person", sql.DROP_EVENTS),
    ("raised_leads", "what events raised", sql.DROP_RAISED),
    ("contacts", "name, key, attributes, time zone, region, dates of birth, purchase and inquiry", sql.BLANK_CONTACTS),
    ("call_backs", "promises, ended", sql.END_CALL_BACKS),
    ("dispositions", "agents' notes", sql.EMPTY_NOTES),
    ("consents", "consent that no call rests on any more", sql.FORGET_CONSENT),
    ("attempts", "the number of calls that need no longer be accounted for", sql.FORGET_DIALED),
    ("contact_attributes", "what sources said of the person", sql.FORGET_ATTRIBUTES),
    ("products_held", "products held", sql.FORGET_PRODUCTS),
    ("touches", "contacts by other channels", sql.FORGET_TOUCHES),
    ("preferences", "preferences", sql.FORGET_PREFERENCES),
    ("lead_hours", "what a model expects of each hour", sql.FORGET_HOURS),
    ("churn_signs", "signs of leaving", sql.FORGET_SIGNS),
    ("next_steps", "next steps", sql.FORGET_STEPS),
    ("account_members", "places in accounts", sql.LEAVE_ACCOUNTS),
    ("accounts", "private accounts that nobody else belongs to", sql.FORGET_ACCOUNTS),
    ("wave_places", "places in waves, ended", sql.END_WAVES),
    ("wave_acts", "where messages went, and texts of tasks", sql.BLANK_ACTS),
    ("webhook_deliveries", "events that other systems were still to be told of", sql.DROP_DELIVERIES),
    ("quality_cases", "calls kept as examples", sql.DROP_CASES),
    ("quality_scores", "reviewers' remarks", sql.EMPTY_REMARKS),
    ("quality_disputes", "what was said of scores", sql.EMPTY_DISPUTES),
    ("quality_complaints", "what complaints say", sql.EMPTY_COMPLAINTS),
    ("phone_numbers", "numbers that were never dialed", sql.DROP_NUMBERS),
    ("phone_numbers", "numbers of calls that need no longer be accounted for", sql.FORGET_NUMBERS),
)


class DatabasePersonBook:
    """integrations.http_api.people.PersonBook on PostgreSQL. `retain_years`: how long calls must be accounted for."""

    def __init__(self, database: ContactDatabase, retain_years: int) -> None:
        self._database, self._years = database, retain_years

    async def find(self, whom: Whom) -> Sequence[ContactId]:
        return _found(await self._database.fetch(_FIND, _asked(whom)), whom)

    async def export(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        async def work(connection: AsyncConnection) -> Mapping[str, Sequence[Mapping[str, Any]]]:
            ids = _found((await connection.execute(_FIND, _asked(whom))).all(), whom)
            names = {row.id: row.name for row in await connection.execute(select(campaigns.c.id, campaigns.c.name))}
            told = {"contacts": await _rows(connection, contacts, contacts.c.id.in_(ids), names)}
            for table in PERSONAL:
                told[table.name] = await _rows(connection, table, table.c.contact_id.in_(ids), names)
            numbers = {row["number"] for name in ("phone_numbers", "attempts") for row in told[name]}
            belong = accounts.c.id.in_({row["account"] for row in told["account_members"]})
            told["accounts"] = await _rows(connection, accounts, belong, names)
            listed = dnc_entries.c.e164.in_(numbers)
            return told | {"dnc_entries": await _rows(connection, dnc_entries, listed, names)}

        return await self._database.run(work, repeatable=True)

    async def plan(self, whom: Whom, source: str, now: datetime) -> Erasure:
        """As the port says: the erasure itself, rolled back."""

        async def work(connection: AsyncConnection) -> Erasure:
            tried = await connection.begin_nested()
            planned = await self._erased(connection, whom, source, now)
            await tried.rollback()
            return planned

        return await self._database.run(work, repeatable=True)

    async def erase(self, whom: Whom, source: str, now: datetime) -> Erasure:
        async def work(connection: AsyncConnection) -> Erasure:
            return await self._erased(connection, whom, source, now)

        return await self._database.run(work)

    async def _erased(self, connection: AsyncConnection, whom: Whom, source: str, now: datetime) -> Erasure:
        ids = _found((await connection.execute(_FIND, _asked(whom))).all(), whom)
        given = {"contacts": ids, "cutoff": years_on(now, -self._years), "now": now, "source": source}

        async def changed(statement: str) -> Sequence[Row[Any]]:
            return (await connection.execute(text(statement), given)).all()

        for lock in (sql.LOCK_CONTACTS, sql.LOCK_LEADS, sql.TAKE_BACK):
            await changed(lock)
        if await changed(sql.OPEN_ATTEMPTS):
            raise Conflict("a call to this person is going on: wait for its end")
        given["numbers"] = [row.e164 for row in await connection.execute(_NUMBERS, given)]
        given["accounts"] = [row.account_id for row in await connection.execute(_ACCOUNTS, given)]
        closed = [LeadId(row.id) for row in await changed(sql.CLOSE_LEADS)]
        await changed(sql.LIST_NUMBERS)
        erased = [Erased("leads", "score, promises and what was still to do", len(closed))]
        erased += [Erased(table, what, len(await changed(statement))) for table, what, statement in _STEPS]
        await changed(sql.STOP_NUMBERS)
        await changed(sql.WITHDRAW_CONSENT)
        [left] = await changed(sql.LEFT)
        return Erasure(
            contacts=ids,
            leads=closed,
            erased=[one for one in erased if one.rows],
            kept=[one for one in self._kept(left) if one.rows],
            recordings=[AttemptId(str(row.attempt_id)) for row in await changed(sql.ANSWERED)],
        )

    def _kept(self, left: Row[Any]) -> list[Kept]:
        years = self._years
        spoken = [moment for moment in (left.last_attempt, left.last_consent) if moment is not None]
        calls_until = years_on(left.last_attempt, years) if left.attempts else None
        consent_until = years_on(max(spoken), years) if spoken else None
        account = f"calls must be accounted for, for {years} years (the longest that a rule on retention asks for)"
        return [
            Kept("attempts", "calls: number, time, agent, outcome, disposition", left.attempts, account, calls_until),
            Kept("phone_numbers", "the numbers of these calls, no longer dialed", left.numbers, account, calls_until),
            Kept("attempts", "older calls without their number", left.nameless, "they name nobody", None),
            Kept("consents", "consent, with wording and proof", left.consents, f"evidence; {account}", consent_until),
            Kept("consents", "withdrawals of consent", left.withdrawals, "so that no call is made again", None),
            Kept("verdicts", "why calls were allowed or not", left.verdicts, _VERDICTS, None),
            Kept("recording_log", "what was done with recordings", left.recording_notes, _RECORDINGS, calls_until),
            Kept("dnc_entries", "the numbers, on the do-not-call list", left.listed, _LISTED, None),
        ]


def years_on(moment: datetime, years: int) -> datetime:
    """The same day so many years on; the 28th for a 29 February that is not there."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def _asked(whom: Whom) -> dict[str, Any]:
    number = None if whom.number is None else whom.number.e164
    return {"contact": whom.contact, "key": whom.external_key or None, "number": number}


def _found(rows: Sequence[Row[Any]], whom: Whom) -> list[ContactId]:
    if not rows:
        said = (
            "this id" if whom.contact is not None else "",
            "this number" if whom.number is not None else "",
            "this external key" if whom.external_key else "",
        )
        raise NotFound(f"no contact has {' and '.join(filter(None, said))}")
    return [ContactId(row.id) for row in rows]


async def _rows(
    connection: AsyncConnection, table: Table, condition: Any, campaign_names: Mapping[int, str]
) -> list[dict[str, Any]]:
    found = await connection.execute(select(table).where(condition).order_by(*table.primary_key))
    return [_told(row._asdict(), campaign_names) for row in found]


def _told(row: Mapping[str, Any], campaign_names: Mapping[int, str]) -> dict[str, Any]:
    """A row with keys for people; campaigns by name."""
    told = {_KEYS.get(name, name): value for name, value in row.items()}
    if "campaign" in told:
        told["campaign"] = campaign_names.get(told["campaign"], told["campaign"])
    told.pop("search", None)  # title, why and tags once more
    if "record" in told:
        told |= {"record": json.loads(told["record"]), "hash": told["hash"].hex()}
    return told
