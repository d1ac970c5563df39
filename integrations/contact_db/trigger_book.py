"""Events of contacts, and the leads that they raise.

A batch is one transaction. Whom each event is about is found first, then the events are noted (a second telling of one
finds it there), then each campaign's leads are raised by one statement; two events that want the same lead do so one
after the other.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import ContactEvent, EventState, EventTaken, Raise, Raised, TriggerRule, Whom
from dialer.ports.triggers import Evaluated, UnknownEvent
from integrations.contact_db import trigger_sql as sql
from integrations.contact_db.database import ContactDatabase

_Told = tuple[ContactEvent, Sequence[Raise]]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A lead to be raised of a contact."""

    event: str
    contact: ContactId
    wanted: Raise


class _Undo(Exception):
    pass


class DatabaseTriggerBook:
    """dialer.ports.triggers.TriggerBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def receive(self, told: Sequence[_Told], now: datetime) -> list[EventTaken]:
        if not told:
            return []

        async def work(connection: AsyncConnection) -> list[EventTaken]:
            return await _receive(connection, told, now)

        return await self._database.run(work, repeatable=True)

    async def evaluate(
        self, wanted: Raise, now: datetime, after: ContactId | None, limit: int, *, keep: bool
    ) -> tuple[Evaluated, ContactId | None]:
        rule = wanted.rule
        statement, values = sql.fitting(rule.who, now)
        asked = {"after": after or 0, "most": limit, "now": now, "rule": rule.id, "once": rule.once_in_days}

        async def work(connection: AsyncConnection) -> tuple[list[ContactId], list[Row[Any]]]:
            found = await connection.execute(text(statement), asked | values)
            contacts = [ContactId(row.id) for row in found]
            tried = await connection.begin_nested()
            rows = await _raise(connection, [_Wish("", one, wanted) for one in contacts], now)
            await (tried.commit() if keep else tried.rollback())
            return contacts, rows

        contacts, rows = await self._database.run(work, repeatable=True)
        raised = sum(row.lead is not None for row in rows)
        reasons = Counter(row.why for row in rows if row.lead is None)
        last = contacts[-1] if len(contacts) == limit else None
        return Evaluated(len(contacts), raised, reasons), last

    async def unknown(self, after: str, limit: int) -> Sequence[UnknownEvent]:
        rows = await self._database.fetch(text(sql.UNKNOWN), {"after": after, "most": limit})
        return [_unknown(row) for row in rows]

    async def discard(self, events: Sequence[str]) -> int:
        return len(await self._database.fetch(text(sql.DISCARD), {"events": list(events)}, repeatable=False))


async def _receive(connection: AsyncConnection, told: Sequence[_Told], now: datetime) -> list[EventTaken]:
    events = [event for event, _ in told]
    people = await _people(connection, [event.whom for event in events])
    known = [(event, contact) for event, contact in zip(events, people, strict=True) if isinstance(contact, int)]
    lost = [(event, why) for event, why in zip(events, people, strict=True) if isinstance(why, str)]
    fresh = await _note(connection, known, now)
    await _keep_unknown(connection, lost, now)
    wishes, taken = _wishes(told, people, fresh)
    rows = await _raise(connection, await _for_whom(connection, wishes, now), now)
    results: dict[tuple[str, str], Row[Any]] = {(row.event_id, row.rule): row for row in rows}
    return [
        one if one.state is not EventState.TAKEN else _answered(one, wanted, results)
        for one, (_, wanted) in zip(taken, told, strict=True)
    ]


def _answered(taken: EventTaken, wanted: Sequence[Raise], rows: Mapping[tuple[str, str], Row[Any]]) -> EventTaken:
    raised = [_raised(one, rows.get((taken.event, one.rule.id))) for one in wanted]
    return EventTaken(taken.event, taken.state, taken.contact, raised)


def _raised(wanted: Raise, row: Row[Any] | None) -> Raised:
    rule = wanted.rule
    if row is None:
        return Raised(rule.id, rule.campaign, why="the rule is not for this contact")
    if row.lead is None:
        return Raised(rule.id, rule.campaign, due_at=row.due_at, why=row.why)
    return Raised(rule.id, rule.campaign, LeadId(row.lead), row.deadline, row.due_at, row.why or "")


async def _people(connection: AsyncConnection, named: Sequence[Whom]) -> list[ContactId | str]:
    """Whom each event is about; in words, why nobody can be told."""
    values = {
        "ids": [one.contact for one in named],
        "keys": [one.external_key or None for one in named],
        "e164s": [None if one.number is None else one.number.e164 for one in named],
    }
    rows = await connection.execute(text(sql.PEOPLE), values)
    found: dict[int, list[int]] = {row.place - 1: row.contacts for row in rows}
    people: list[ContactId | str] = []
    for place in range(len(named)):
        fitting = found.get(place, [])
        if len(fitting) == 1:
            people.append(ContactId(fitting[0]))
        else:
            people.append("no contact is known so" if not fitting else "several contacts have this number")
    return people


async def _note(
    connection: AsyncConnection, known: Sequence[tuple[ContactEvent, ContactId]], now: datetime
) -> set[tuple[str, ContactId]]:
    """Keep events; those that were not there before."""
    values = _columns([event for event, _ in known]) | {"contacts": [one for _, one in known], "now": now}
    rows = await connection.execute(text(sql.NOTE), values)
    return {(row.event_id, ContactId(row.contact_id)) for row in rows}


async def _keep_unknown(connection: AsyncConnection, lost: Sequence[tuple[ContactEvent, str]], now: datetime) -> None:
    once = {event.id: (event, why) for event, why in lost}.values()
    named = [event.whom for event, _ in once]
    values = _columns([event for event, _ in once]) | {
        "ids": [one.contact for one in named],
        "keys": [one.external_key for one in named],
        "e164s": ["" if one.number is None else one.number.e164 for one in named],
        "whys": [why for _, why in once],
        "now": now,
    }
    await connection.execute(text(sql.KEEP_UNKNOWN), values)


def _columns(events: Sequence[ContactEvent]) -> dict[str, list[Any]]:
    return {
        "events": [event.id for event in events],
        "kinds": [event.kind for event in events],
        "ats": [event.at for event in events],
        "facts": [json.dumps(dict(event.facts)) for event in events],
    }


def _wishes(
    told: Sequence[_Told],
    people: Sequence[ContactId | str],
    fresh: set[tuple[str, ContactId]],
) -> tuple[list[_Wish], list[EventTaken]]:
    wishes: list[_Wish] = []
    taken: list[EventTaken] = []
    for (event, wanted), person in zip(told, people, strict=True):
        if isinstance(person, str):
            taken.append(EventTaken(event.id, EventState.UNKNOWN_PERSON, why=person))
        elif (event.id, person) not in fresh:
            taken.append(EventTaken(event.id, EventState.KNOWN, person, why="it was told before"))
        else:
            fresh.discard((event.id, person))
            taken.append(EventTaken(event.id, EventState.TAKEN, person))
            wishes += [_Wish(event.id, person, one) for one in wanted]
    return wishes, taken


async def _for_whom(connection: AsyncConnection, wishes: Sequence[_Wish], now: datetime) -> list[_Wish]:
    """Without those whose rule is not for the contact."""
    rules = {wish.wanted.rule.id: wish.wanted.rule for wish in wishes if wish.wanted.rule.who}
    fitting = {id: await _fitting(connection, rule, wishes, now) for id, rule in rules.items()}
    return [one for one in wishes if one.contact in fitting.get(one.wanted.rule.id, {one.contact})]


async def _fitting(
    connection: AsyncConnection, rule: TriggerRule, wishes: Sequence[_Wish], now: datetime
) -> set[ContactId]:
    asked = [wish.contact for wish in wishes if wish.wanted.rule.id == rule.id]
    statement, values = sql.fitting_among(rule.who, now)
    return {ContactId(row.id) for row in await connection.execute(text(statement), {"contacts": asked, **values})}


async def _raise(connection: AsyncConnection, wishes: Iterable[_Wish], now: datetime) -> list[Row[Any]]:
    """A row for each wish, with its lead, or why there is none."""
    rows: list[Row[Any]] = []
    for campaign, batch in _rounds(wishes):
        values = {
            "campaign": campaign,
            "now": now,
            "contacts": [wish.contact for wish in batch],
            "deadlines": [wish.wanted.deadline for wish in batch],
            "scores": [float(wish.wanted.rule.score) for wish in batch],
            "rules": [wish.wanted.rule.id for wish in batch],
            "offers": [wish.wanted.rule.offer for wish in batch],
            "events": [wish.event for wish in batch],
            "onces": [float(wish.wanted.rule.once_in_days) for wish in batch],
        }
        rows += (await connection.execute(text(sql.RAISE), values)).all()
    return rows


def _rounds(wishes: Iterable[_Wish]) -> Iterable[tuple[CampaignId, list[_Wish]]]:
    """By campaign, and so that no contact is twice in one."""
    rounds: dict[tuple[int, CampaignId], list[_Wish]] = defaultdict(list)
    times: Counter[tuple[CampaignId, ContactId]] = Counter()
    for wish in wishes:
        key = (wish.wanted.campaign, wish.contact)
        rounds[times[key], wish.wanted.campaign].append(wish)
        times[key] += 1
    return ((campaign, rounds[place, campaign]) for place, campaign in sorted(rounds))


def _unknown(row: Row[Any]) -> UnknownEvent:
    whom = Whom(
        None if row.named_id is None else ContactId(row.named_id),
        row.external_key,
        PhoneNumber(row.e164) if row.e164 else None,
    )
    return UnknownEvent(ContactEvent(row.event_id, row.kind, row.at, whom, row.facts), row.received_at, row.reason)
