"""What scoring reads of calls and leads, as whole columns, and writes to leads.

Every read is a page (lead_pages.py) or the newest calls, so no snapshot is held for long. What was known before a call
is: the list's own attributes, other sources' attributes that were said by then (the most trusted source first), the
calls before it on the same lead, and purchases and inquiries before it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text

from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.outcome import LIVE_ANSWERS, Disposition, Outcome
from dialer.engine.scoring.contact_history import Rule
from dialer.engine.scoring.features import AFTER_THE_CALL
from dialer.ports.scores import Asked, LeadPage, PageReader, PastCalls, RankedLeads, Stretch
from integrations.contact_db.database import ContactDatabase, driver_of
from integrations.contact_db.history_points import points_of
from integrations.contact_db.lead_pages import ALWAYS, BUILT_IN, PageQuery
from integrations.contact_db.leases import leased
from integrations.contact_db.score_book import FIRST

PAGE = 50_000
_COPY_SECONDS = 300.0
_GATHERING_SECONDS = 0.005
"""What the server sends meanwhile comes as one piece: by itself it sends 8 KiB at a time, and each piece costs this
process 0.15 ms."""
_BATCH = 5_000
"""Leads written at once: while they are, claims pass them by."""
_MOST_NAMES = 40
_LEAST_SHARE = 0.02
"""Of the people, who must have an attribute for it to be a feature."""
_SAMPLE = 5_000
_ANSWERS = ", ".join(f"'{outcome}'" for outcome in sorted(LIVE_ANSWERS))
_UNKNOWN = ", ".join(f"'{outcome}'" for outcome in (Outcome.LOST, Outcome.FAILED))

_NAMES = text(f"""
WITH sampled AS MATERIALIZED (
    SELECT contact_id FROM leads WHERE campaign_id = :campaign ORDER BY contact_id LIMIT {_SAMPLE}
), named AS (
    SELECT contact_id, key AS name, false AS told FROM sampled,
        LATERAL (SELECT attributes FROM contacts WHERE id = sampled.contact_id OFFSET 0) AS contacts,
        jsonb_object_keys(attributes) AS key
    UNION
    SELECT contact_id, told.name, true FROM sampled,
        LATERAL (SELECT name FROM contact_attributes WHERE contact_id = sampled.contact_id OFFSET 0) AS told
)
SELECT name, bool_or(told) AS told FROM named
GROUP BY name HAVING count(*) >= {_LEAST_SHARE} * (SELECT count(*) FROM sampled)
ORDER BY count(*) DESC, name LIMIT {_MOST_NAMES}
""")
_ALONE = text("SET LOCAL max_parallel_workers_per_gather = 0")
"""The other cores are the dialing's."""
_NO_VACUUM = (
    text("SET LOCAL lock_timeout = '5s'"),
    text("SET LOCAL idle_in_transaction_session_timeout = 0"),
    # of another ranking, or of a vacuum that somebody asked for: no matter
    text("""
DO $$ BEGIN LOCK TABLE leads IN SHARE UPDATE EXCLUSIVE MODE; EXCEPTION WHEN lock_not_available THEN NULL; END $$
"""),
)
_NO_WAIT = text("SET LOCAL synchronous_commit = off")
"""What a crash of the server takes, the next ranking writes again."""
_LAST_OF = text("SELECT max(contact_id) FROM leads WHERE campaign_id = :campaign")
_STRETCH = text("""
SELECT contact_id FROM leads WHERE campaign_id = :campaign AND contact_id > :after AND contact_id <= :last
ORDER BY contact_id OFFSET :most - 1 LIMIT 1
""")
_LAST_STRETCH = text("""
SELECT count(*) AS leads, max(contact_id) AS upto FROM leads
WHERE campaign_id = :campaign AND contact_id > :after AND contact_id <= :last
""")
_LAST = 2**63 - 1
_TOLD = """
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(name, value) AS attributes FROM (
        SELECT DISTINCT ON (name) name, value FROM contact_attributes
        WHERE contact_attributes.contact_id = known.contact_id AND at <= known.now
        ORDER BY name, trust DESC, at DESC, source) AS best
) AS told ON true
"""
_WRITE = text(f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[]), CAST(:attempts AS integer[]),
        CAST(:scores AS float8[]), CAST(:answers AS float8[]), CAST(:cells AS smallint[]))
        AS given(id, contact_id, attempts, score, answer, cell)
), free AS MATERIALIZED (
    SELECT given.id, given.contact_id, answer, given.cell,
        given.score + CASE WHEN leads.score >= {FIRST / 2} THEN {FIRST} ELSE 0 END AS score
    FROM given JOIN leads ON leads.id = given.id AND leads.contact_id = given.contact_id
    WHERE status IN ('ready', 'waiting') AND deadline IS NULL AND leads.attempts = given.attempts
        AND NOT {leased("leads")}
    FOR NO KEY UPDATE OF leads SKIP LOCKED
)
UPDATE leads SET score = free.score, answer_probability = free.answer, cell = free.cell
FROM free WHERE leads.id = free.id AND leads.contact_id = free.contact_id
    AND (leads.score, leads.answer_probability, coalesce(leads.cell, 0))
        IS DISTINCT FROM (free.score, free.answer, free.cell)
""")
_HOURS = text("""
UPDATE leads SET best_hour = given.hour
FROM unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[]), CAST(:hours AS smallint[]))
    AS given(id, contact_id, hour)
WHERE leads.id = given.id AND leads.contact_id = given.contact_id AND leads.best_hour IS DISTINCT FROM given.hour
""")
_CHANCES = text("""
INSERT INTO lead_hours (lead_id, contact_id, chances)
SELECT id, contact_id, CAST(chances AS smallint[])
FROM unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[]), CAST(:chances AS text[]))
    AS given(id, contact_id, chances)
WHERE EXISTS (SELECT FROM leads WHERE leads.id = given.id AND leads.contact_id = given.contact_id)
ON CONFLICT (contact_id, lead_id) DO UPDATE SET chances = excluded.chances
    WHERE lead_hours.chances IS DISTINCT FROM excluded.chances
""")
_HOURS_OF = text("""
SELECT lead_id, chances FROM lead_hours
    JOIN unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[])) AS asked(lead_id, contact_id)
    USING (lead_id, contact_id)
""")
_CONTACT_OF = text("SELECT contact_id FROM leads WHERE campaign_id = :campaign AND id = :lead")
_CELLS = text("""
WITH free AS MATERIALIZED (
    SELECT leads.id, leads.contact_id, given.cell
    FROM unnest(CAST(:leads AS bigint[]), CAST(:contacts AS bigint[]), CAST(:cells AS smallint[]))
        AS given(id, contact_id, cell) JOIN leads ON leads.id = given.id AND leads.contact_id = given.contact_id
    WHERE coalesce(leads.cell, 0) <> given.cell FOR NO KEY UPDATE OF leads SKIP LOCKED
)
UPDATE leads SET cell = free.cell FROM free WHERE leads.id = free.id AND leads.contact_id = free.contact_id
""")


class DatabaseLeadRanks:
    """dialer.ports.scores.LeadRanks on PostgreSQL."""

    def __init__(self, database: ContactDatabase, rule: Rule) -> None:
        self._database = database
        self._points = points_of(rule)
        self._undisturbed = asyncio.Lock()

    async def calls(self, campaign: CampaignId, until: datetime, most: int = 500_000) -> PastCalls:
        names = await self._names(campaign)
        values = {"campaign": campaign, "until": until, "most": most, **_named(names)}
        [row] = await self._database.fetch(text(_calls(names)), values)
        talk = None if row.talk_seconds is None else float(row.talk_seconds) / 60
        return PastCalls(
            columns={name: typed(column) for name, column in _features(row, names).items()},
            at_days=_floats(row.at_days),
            contacts=np.array(row.contacts or (), dtype=np.int64),
            answered=_floats(row.answered),
            sold=_floats(row.sold),
            talk_minutes=talk,
        )

    async def stretches(self, campaign: CampaignId) -> list[Stretch]:
        first = await self._stretch(campaign, -1, _LAST)
        if first is None or first.leads < PAGE:
            return [] if first is None else [first]
        [(last,)] = await self._database.fetch(_LAST_OF, {"campaign": campaign})
        middle = (first.upto + last) // 2
        halves = await asyncio.gather(
            self._stretches(campaign, first.upto, middle), self._stretches(campaign, middle, _LAST)
        )
        return [first, *halves[0], *halves[1]]

    async def _stretches(self, campaign: CampaignId, after: int, last: int) -> list[Stretch]:
        found = list[Stretch]()
        while stretch := await self._stretch(campaign, after, last):
            found.append(stretch)
            after = stretch.upto
        return found

    async def _stretch(self, campaign: CampaignId, after: int, last: int) -> Stretch | None:
        asked = {"campaign": campaign, "after": after, "last": last, "most": PAGE}
        full = await self._database.fetch(_STRETCH, asked)
        if full:
            return Stretch(after, full[0].contact_id, PAGE)
        [rest] = await self._database.fetch(_LAST_STRETCH, asked)
        return Stretch(after, rest.upto, rest.leads) if rest.leads else None

    async def reader(self, campaign: CampaignId, now: datetime, asked: Asked) -> PageReader:
        names = await self._names(campaign)
        if asked.features is not None:
            names = {name: told for name, told in names.items() if name in asked.features}
        built_in = [one for one in BUILT_IN if one == ALWAYS or asked.features is None or one in asked.features]
        query = PageQuery(names, built_in, history=asked.history)

        async def page(stretch: Stretch) -> LeadPage:
            values = {**self._points, "campaign": campaign, "now": now}
            copied = await self._copied(*query.statement(stretch, values))
            return await asyncio.to_thread(query.page, copied, now)

        return page

    async def _copied(self, statement: str, values: Sequence[Any]) -> bytes:
        parts = list[bytes]()

        async def take(part: bytes) -> None:
            parts.append(part)
            await asyncio.sleep(_GATHERING_SECONDS)

        async with self._database.transaction() as connection:
            await connection.execute(_ALONE)
            async with driver_of(connection) as driver:
                await driver.copy_from_query(statement, *values, output=take, format="binary", timeout=_COPY_SECONDS)
        return b"".join(parts)

    async def page_of(self, campaign: CampaignId, lead: LeadId, now: datetime) -> LeadPage:
        rows = await self._database.fetch(_CONTACT_OF, {"campaign": campaign, "lead": lead})
        read = await self.reader(campaign, now, Asked(history=True))
        for row in rows:
            page = await read(Stretch(row.contact_id - 1, row.contact_id, 1))
            if page.leads.tolist() == [lead]:
                return page
        raise NotFound(f"no lead {lead} of this campaign that may still be called")

    @asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Vacuum keeps away: it would go through the table and all of its indexes while they are written, and once
        more when they are. It gives way to whoever waits for this lock; nothing else of ours takes one like it. One
        connection holds it, however many campaigns are ranked at a time: the others are the dialing's."""
        if self._undisturbed.locked():
            yield
            return
        async with self._undisturbed, self._database.transaction() as connection:
            for statement in _NO_VACUUM:
                await connection.execute(statement)
            yield

    async def write(self, ranked: RankedLeads) -> int:
        written = 0
        for start in range(0, len(ranked.leads), _BATCH):
            some = slice(start, start + _BATCH)
            values = {
                "leads": ranked.leads[some].tolist(),
                "contacts": ranked.contacts[some].tolist(),
                "attempts": ranked.attempts[some].tolist(),
                "scores": ranked.scores[some].tolist(),
                "answers": [answer if isfinite(answer) else None for answer in ranked.answer[some].tolist()],
                "cells": ranked.cells[some].tolist(),
            }
            async with self._database.transaction() as connection:
                await connection.execute(_NO_WAIT)
                written += int((await connection.execute(_WRITE, values)).rowcount)
        return written

    async def write_cells(self, leads: NDArray[np.int64], contacts: NDArray[np.int64], cells: NDArray[np.int16]) -> int:
        written = 0
        for start in range(0, len(leads), _BATCH):
            some = slice(start, start + _BATCH)
            given = {"leads": leads[some].tolist(), "contacts": contacts[some].tolist(), "cells": cells[some].tolist()}
            async with self._database.transaction() as connection:
                written += int((await connection.execute(_CELLS, given)).rowcount)
        return written

    async def write_hours(self, page: LeadPage, hours: NDArray[np.int16], chances: NDArray[np.float64]) -> None:
        values = {"leads": page.leads.tolist(), "contacts": page.contacts.tolist()}
        thousandths = np.round(1000 * chances).astype(int).tolist()
        kept = {"chances": ["{" + ",".join(map(str, row)) + "}" for row in thousandths]}
        await self._database.fetch(_HOURS, values | {"hours": hours.tolist()})
        await self._database.fetch(_CHANCES, values | kept)

    async def _names(self, campaign: CampaignId) -> Mapping[str, bool]:
        """Attributes that are features, and whether other sources than the list tell of them."""
        rows = await self._database.fetch(_NAMES, {"campaign": campaign})
        return {row.name: row.told for row in rows if row.name.lower() not in AFTER_THE_CALL}


class DatabaseLeadHours:
    """dialer.ports.scores.LeadHours on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def of(self, leads: Mapping[LeadId, ContactId]) -> Mapping[LeadId, Sequence[float]]:
        rows = await self._database.fetch(_HOURS_OF, {"leads": list(leads), "contacts": list(leads.values())})
        return {LeadId(row.lead_id): [chance / 1000 for chance in row.chances] for row in rows}


def typed(column: NDArray[Any]) -> NDArray[Any]:
    """Words that are numbers, all but one in fifty, as numbers."""
    if column.dtype != object:
        return column
    known = [word for word in column if word]
    numbers = np.array([_number(word) for word in column])
    return numbers if known and np.isfinite(numbers).sum() >= 0.98 * len(known) else column


def _calls(names: Mapping[str, bool]) -> str:
    """The newest calls as one row of arrays, in order of time."""
    return f"""
WITH newest AS MATERIALIZED (
    SELECT attempts.*, outcomes.outcome, outcomes.connected_at, outcomes.ended_at
    FROM attempts JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    WHERE attempts.campaign_id = :campaign AND attempts.opened_at < :until AND counts AND prompt = ''
        AND outcome NOT IN ({_UNKNOWN})
    ORDER BY opened_at DESC LIMIT :most
), known AS (
    SELECT newest.*, opened_at AS now, row_number() OVER lead - 1 AS attempts_so_far,
        lag(outcome) OVER lead AS last_outcome, lag(ended_at) OVER lead AS last_attempt_at
    FROM newest WINDOW lead AS (PARTITION BY lead_id ORDER BY opened_at, id)
), read AS (
    SELECT known.*, {_told(names)},
        (SELECT dispositions.disposition = '{Disposition.SALE}' FROM dispositions
            WHERE dispositions.attempt_id = known.id AND dispositions.contact_id = known.contact_id) AS sale
    FROM known JOIN contacts ON contacts.id = known.contact_id {_TOLD if any(names.values()) else ""}
    ORDER BY opened_at, known.id
)
SELECT array_agg(contact_id) AS contacts, array_agg(CAST(extract(epoch FROM opened_at) / 86400 AS float8)) AS at_days,
    array_agg(outcome IN ({_ANSWERS})) AS answered,
    array_agg(coalesce(sale, false)) AS sold,
    avg(extract(epoch FROM ended_at - connected_at)) FILTER (WHERE connected_at IS NOT NULL) AS talk_seconds,
    {_arrays(names)}
FROM read
"""


_BUILT_IN = {
    "attempts_so_far": "attempts_so_far",
    "last_outcome": "last_outcome",
    "days_since_attempt": "extract(epoch FROM now - last_attempt_at) / 86400.0",
    "days_since_purchase": "extract(epoch FROM now - bought_at) / 86400.0",
    "days_since_inquiry": "extract(epoch FROM now - asked_at) / 86400.0",
    "region": "place",
    "local_hour": "extract(hour FROM here)",
    "weekday": "extract(isodow FROM here)",
}
_OF_WORDS = frozenset({"last_outcome", "region"})


def _told(names: Mapping[str, bool]) -> str:
    """Columns of `read`: the features that are attributes, and what the built-in ones are reckoned from."""
    of_list = "contacts.attributes ->> CAST(:name_{0} AS text)"
    of_any = "coalesce(told.attributes ->> CAST(:name_{0} AS text), " + of_list + ")"
    columns = [f"{(of_any if told else of_list).format(place)} AS value_{place}"
               for place, told in enumerate(names.values())]  # fmt: skip
    return ", ".join(
        [
            *columns,
            "CASE WHEN purchased_at <= now THEN purchased_at END AS bought_at",
            "CASE WHEN inquired_at <= now THEN inquired_at END AS asked_at",
            "contacts.region AS place",
            "now AT TIME ZONE coalesce(contacts.time_zone, 'UTC') AS here",
        ]
    )


def _arrays(names: Mapping[str, bool]) -> str:
    """As arrays, in the order of the rows of `read`."""
    built_in = [
        f"array_agg({told if name in _OF_WORDS else f'CAST({told} AS float8)'}) AS {name}"
        for name, told in _BUILT_IN.items()
    ]
    return ", ".join([*built_in, *(f"array_agg(value_{place}) AS value_{place}" for place in range(len(names)))])


def _named(names: Mapping[str, bool]) -> dict[str, str]:
    return {f"name_{place}": name for place, name in enumerate(names)}


def _features(row: Row[Any], names: Mapping[str, bool]) -> dict[str, NDArray[Any]]:
    """A list's attribute of a built-in feature's name stands for it."""
    found = {
        name: _words(getattr(row, name)) if name in _OF_WORDS else _floats(getattr(row, name)) for name in _BUILT_IN
    }
    return {**found, **{name: _words(getattr(row, f"value_{place}")) for place, name in enumerate(names)}}


def _floats(values: Sequence[float | None] | None) -> NDArray[np.float64]:
    return np.array(values or (), dtype=float)


def _words(values: Sequence[str | None] | None) -> NDArray[np.object_]:
    found = np.empty(len(values or ()), dtype=object)
    found[:] = ["" if value is None else value for value in values or ()]
    return found


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan
