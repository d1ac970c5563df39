"""What the gate must know of leads, read for many at once: the contacts' words, their numbers with attempts and what
lists say, and how the last calls ended.

Plain statements, one a table: one that gathered all for each lead took the server twice as long. Rows are unpacked: to
read a row's column by its name costs a microsecond.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from compliance.facts import Consent, LastCalls, Listing, Reassignment
from compliance.figures import HISTORY_HOURS
from dialer.domain.ids import AgentId, CampaignId, ContactId, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.outcome import REFUSALS, Outcome
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase, bare_rows
from integrations.contact_db.preferences_read import preferences_of

# as dialer.domain.lead.Claimed begins
LEAD_COLUMNS = (
    *("id", "contact_id", "score", "attempts", "call_back_agent", "call_back_at"),
    *("deadline", "answer_probability"),
)
_REFUSALS = ", ".join(f"'{disposition}'" for disposition in sorted(REFUSALS))


Columns = Sequence[Any]
"""A row, to be unpacked."""


def _differs(what: str) -> str:
    """Whether two campaigns certainly have another one: a campaign that names none may have any."""
    return f"own.{what} <> '' AND theirs.{what} <> '' AND lower(own.{what}) <> lower(theirs.{what})"


_CAMPAIGNS = text(f"""
SELECT array_agg(theirs.id) FILTER (WHERE {_differs("seller")}) AS of_sellers,
    array_agg(theirs.id) FILTER (WHERE {_differs("subject")}) AS of_subjects
FROM campaigns AS theirs JOIN campaigns AS own ON own.id = :campaign
""")
_COPIES = text("SELECT name, copied_at FROM national_lists")
_CONTACTS = text("""
SELECT contacts.id AS contact_id, time_zone, region, born_on, purchased_at, inquired_at,
    CASE WHEN preferences.contact_id IS NOT NULL THEN to_jsonb(preferences) END AS preferences
FROM contacts LEFT JOIN preferences ON preferences.contact_id = contacts.id
WHERE contacts.id = ANY(CAST(:contacts AS bigint[]))
""")
_CONSENTS = text("""
SELECT contact_id, at, given, purpose, proof, expires_at FROM consents
WHERE contact_id = ANY(CAST(:contacts AS bigint[])) ORDER BY at, id
""")
# By EXISTS a plan from when do-not-call was short might read all of it
_NUMBERS = text("""
SELECT contact_id, (SELECT true FROM dnc_entries WHERE dnc_entries.e164 = phone_numbers.e164) IS NOT NULL AS on_dnc,
    id, e164, reassigned, reassignment_checked_at, reassignment_since,
    ARRAY(SELECT name || ' ' || coalesce(CAST(since AS text), '') FROM national_lists
        JOIN national_list_numbers AS entry ON entry.copy_id = national_lists.copy_id
            AND entry.number = CAST(substr(phone_numbers.e164, 2) AS bigint)) AS lists
FROM phone_numbers WHERE contact_id = ANY(CAST(:contacts AS bigint[])) AND valid ORDER BY contact_id, rank, id
""")
_CALLS = text(f"""
SELECT attempts.contact_id, e164, opened_at, counts AND opened_at > :since AS recent, attempts.campaign_id,
    outcome, abandoned, ended_at, disposed.at AS refused_at
FROM attempts
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
LEFT JOIN dispositions AS disposed ON disposed.attempt_id = attempts.id
    AND disposed.contact_id = attempts.contact_id AND disposed.disposition IN ({_REFUSALS})
WHERE attempts.contact_id = ANY(CAST(:contacts AS bigint[])) ORDER BY opened_at
""")
_OTHERS_TRIES = text("""
SELECT e164, opened_at FROM attempts
WHERE e164 = ANY(CAST(:numbers AS text[])) AND opened_at > :since AND counts
    AND NOT contact_id = ANY(CAST(:contacts AS bigint[]))
""")


def columns_of(leads: str) -> str:
    """LEAD_COLUMNS of a relation, for its SELECT or RETURNING."""
    return ", ".join(f"{leads}.{name}" for name in LEAD_COLUMNS)


def since(now: datetime) -> datetime:
    """From when on attempts are read."""
    return now - timedelta(hours=HISTORY_HOURS)


async def leads_of(
    database: ContactDatabase,
    campaign: CampaignId,
    rows: Sequence[Columns],
    now: datetime,
    claimed_at: Iterable[datetime | None] = repeat(None),
) -> list[Lead]:
    """The leads of a campaign whose LEAD_COLUMNS these rows begin with, in the same order; `claimed_at`: of each."""
    if not rows:
        return []
    contacts = sorted({row[1] for row in rows})
    known = await database.run(
        lambda connection: _known(connection, campaign, contacts, now), repeatable=True, by_kept_plans=True
    )
    return [_lead(row, campaign, known, at) for row, at in zip(rows, claimed_at, strict=False)]


@dataclass(slots=True)
class _Calls:
    """What became of a contact's calls."""

    tries: list[datetime] = field(default_factory=list)
    other_sellers: list[datetime] = field(default_factory=list)
    other_subjects: list[datetime] = field(default_factory=list)
    refused_at: datetime | None = None
    abandoned_at: datetime | None = None
    machine_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """All but `tries` by contact."""

    contacts: Mapping[int, Columns]
    """The columns of _CONTACTS, as `numbers` are those of _NUMBERS."""
    numbers: Mapping[int, Sequence[Columns]]
    tries: Mapping[str, Sequence[datetime]]
    """By number, whoever's it was."""
    calls: Mapping[int, _Calls]
    consents: Mapping[int, Sequence[Consent]]
    copies: Mapping[str, Listing]
    """What every list that we hold says of a number that is on none."""


async def _known(connection: AsyncConnection, campaign: CampaignId, contacts: Sequence[int], now: datetime) -> _Known:
    asked = {"contacts": contacts, "since": since(now)}

    async def rows_of(statement: TextClause, **more: object) -> Sequence[Columns]:
        return await bare_rows(connection, statement, {**asked, **more})

    [(sellers, subjects)] = await rows_of(_CAMPAIGNS, campaign=campaign)
    copies = {name: Listing(copied, False) for name, copied in await rows_of(_COPIES)}
    numbers: dict[int, list[Columns]] = defaultdict(list)
    for contact, *number in await rows_of(_NUMBERS):
        numbers[contact].append(number)
    calls = await rows_of(_CALLS)
    called = [number[2] for theirs in numbers.values() for number in theirs]
    foreign = await rows_of(_OTHERS_TRIES, numbers=called)
    consents: dict[int, list[Consent]] = defaultdict(list)
    for contact, at, given, purpose, proof, expires_at in await rows_of(_CONSENTS):
        consents[contact].append(Consent(at, given, purpose or "", proof, expires_at))
    return _Known(
        contacts={contact: told for contact, *told in await rows_of(_CONTACTS)},
        numbers=numbers,
        tries=_tries(calls, foreign),
        calls=_calls(calls, frozenset(sellers or ()), frozenset(subjects or ())),
        consents=consents,
        copies=copies,
    )


def _tries(calls: Sequence[Columns], foreign: Sequence[Columns]) -> Mapping[str, Sequence[datetime]]:
    """When each number was tried lately, in order; `foreign`: those of other contacts that have it, too."""
    tries: dict[str, list[datetime]] = defaultdict(list)
    for _, number, opened_at, recent, *_ in calls:
        if recent:
            tries[number].append(opened_at)
    for number, opened_at in foreign:
        tries[number].append(opened_at)
    for number in {number for number, _ in foreign}:
        tries[number].sort()
    return tries


def _calls(rows: Sequence[Columns], sellers: frozenset[int], subjects: frozenset[int]) -> Mapping[int, _Calls]:
    """By contact; `rows` in order of time. `sellers`, `subjects`: campaigns that have certainly another one."""
    calls: dict[int, _Calls] = defaultdict(_Calls)
    for contact, _, opened_at, recent, campaign, outcome, abandoned, ended_at, refused_at in rows:
        theirs = calls[contact]
        if recent:
            theirs.tries.append(opened_at)
            if campaign in sellers:
                theirs.other_sellers.append(opened_at)
            if campaign in subjects:
                theirs.other_subjects.append(opened_at)
        if refused_at is not None:
            theirs.refused_at = _later(theirs.refused_at, refused_at)
        if abandoned:
            theirs.abandoned_at = _later(theirs.abandoned_at, ended_at)
        if outcome == Outcome.MACHINE:
            theirs.machine_at = _later(theirs.machine_at, ended_at)
    return calls


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


_UNCALLED = _Calls()


def _lead(row: Columns, campaign: CampaignId, known: _Known, claimed_at: datetime | None) -> Lead:
    lead, contact, score, attempts, agent, call_back_at, deadline, answer_probability, *_ = row
    time_zone, region, born_on, purchased_at, inquired_at, preferences = known.contacts[contact]
    numbers = known.numbers.get(contact, ())
    calls = known.calls.get(contact, _UNCALLED)
    callable_numbers = tuple([_number(number, known) for number in numbers if not number[0]])
    return Lead(
        id=LeadId(lead),
        campaign=campaign,
        contact=ContactId(contact),
        numbers=callable_numbers,
        score=score,
        attempts=attempts,
        born_on=() if born_on is None else (born_on,),
        contact_attempts=tuple(calls.tries),
        other_sellers=frozenset(calls.other_sellers),
        other_subjects=frozenset(calls.other_subjects),
        consents=tuple(known.consents.get(contact, ())),
        last_calls=LastCalls(calls.refused_at, calls.abandoned_at, calls.machine_at),
        time_zone=time_zone,
        region=region,
        purchased_at=purchased_at,
        inquired_at=inquired_at,
        preferences=preferences_of(preferences),
        on_dnc=bool(numbers) and not callable_numbers,
        call_back_agent=AgentId(agent) if agent else None,
        call_back_at=call_back_at,
        deadline=None if call_back_at else deadline,
        claimed_at=claimed_at,
        answer_probability=answer_probability,
    )


def _number(told: Columns, known: _Known) -> LeadNumber:
    _, number, e164, reassigned, checked_at, asked_since, lists = told
    return LeadNumber(
        NumberId(number),
        PhoneNumber(e164),
        tuple(known.tries.get(e164, ())),
        _listings(known.copies, lists) if lists else known.copies,
        None if reassigned is None else Reassignment(checked_at, asked_since, reassigned),
    )


def _listings(copies: Mapping[str, Listing], lists: Sequence[str]) -> Mapping[str, Listing]:
    """What the copies that we hold say of a number that is on `lists`: a name, and the day since when, if known."""
    found = dict(copies)
    for told in lists:
        name, _, day = told.partition(" ")
        if name in copies:
            since_day = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
            found[name] = Listing(copies[name].copied_at, True, since_day)
    return found
