"""What evidence of calls is made from: attempts with how they ended, and the verdicts of a period in their chains.

It only reads, a page at a time: a long statement would hold a snapshot, and slow every claim down.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text

from compliance.proof import Dialed, Head, Link
from dialer.domain.call import EndedAttempt
from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, LeadId, NumberId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd, Disposition, Outcome
from integrations.contact_db.database import ContactDatabase

_PAGE = 2_000
_STRAY = timedelta(seconds=60)
"""Verdicts stand in a chain in the order of writing, which differs from that of their times by less than this."""
_CALLED = """
SELECT attempts.id, attempts.contact_id, attempts.lead_id, attempts.campaign_id, attempts.number_id, attempts.e164,
    attempts.engine, attempts.server, attempts.opened_at, attempts.verdict, attempts.prompt, campaigns.name AS campaign,
    outcomes.outcome, outcomes.cause, outcomes.answered_at, outcomes.amd, outcomes.waiting_since,
    outcomes.connected_at, outcomes.agent_id, outcomes.abandoned, outcomes.ended_at, outcomes.ring_seconds,
    dispositions.disposition, dispositions.agent_id AS closed_by, dispositions.at AS closed_at,
    proof.engine AS chain, proof.place, proof.at AS judged_at, proof.contact_id AS judged_contact,
    proof.campaign_id AS judged_campaign, proof.record, proof.hash, proof.named
FROM attempts JOIN campaigns ON campaigns.id = attempts.campaign_id
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
LEFT JOIN LATERAL (
    SELECT engine, place, at, contact_id, campaign_id, record, hash, count(*) OVER () AS named
    FROM verdicts WHERE verdicts.attempt_id = attempts.id ORDER BY engine, place LIMIT 1
) AS proof ON true
"""
_ONE = text(_CALLED + "WHERE attempts.id = CAST(:attempt AS uuid)")
_IN_PERIOD = """
WHERE attempts.opened_at >= :since AND attempts.opened_at < :until
    AND (CAST(:campaign AS bigint) IS NULL OR attempts.campaign_id = :campaign)
"""
_MANY = text(
    _CALLED
    + _IN_PERIOD
    + "AND (attempts.opened_at, attempts.id) > (:after, CAST(:after_id AS uuid))"
    + " ORDER BY attempts.opened_at, attempts.id LIMIT :most"
)
_COUNT = text("SELECT count(*) AS attempts FROM attempts" + _IN_PERIOD)
_AROUND = text("""
(SELECT * FROM verdicts WHERE engine = :engine AND place < :place ORDER BY place DESC LIMIT 1)
UNION ALL
(SELECT * FROM verdicts WHERE engine = :engine AND place > :place ORDER BY place LIMIT 1)
""")
_BEGINS = text("SELECT place, hash FROM verdict_anchors WHERE engine = :engine AND place < :place")
_FIRST = text("""
SELECT place FROM verdicts WHERE engine = :engine AND at >= :since AND at < :until ORDER BY at, place LIMIT 1
""")
_LAST = text("""
SELECT place FROM verdicts WHERE engine = :engine AND at >= :since AND at < :until
ORDER BY at DESC, place DESC LIMIT 1
""")
_LINKS = text("SELECT * FROM verdicts WHERE engine = :engine AND place > :after ORDER BY place LIMIT :most")
_WORDINGS = text("SELECT at, given, wording, source FROM consents WHERE contact_id = :contact ORDER BY at, id")


@dataclass(frozen=True, slots=True)
class Period:
    """From (included) to (excluded), of one campaign or of all."""

    since: datetime
    until: datetime
    campaign: CampaignId | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """The verdict that names an attempt."""

    engine: EngineName
    """Whose chain it stands in."""
    link: Link
    named: int
    """How many verdicts name the attempt: 1, if nobody meddled."""


@dataclass(frozen=True, slots=True)
class Called:
    """One attempt with all that is stored of it."""

    dialed: Dialed
    campaign: str
    engine: EngineName
    server: ServerName
    ended: EndedAttempt | None
    """None: it is open."""
    disposition: Disposition | None
    closed_by: AgentId | None
    closed_at: datetime | None
    proven: Proven | None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a consent on record says beyond what verdicts rest on."""

    at: datetime
    given: bool
    wording: str
    source: str


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a chain in which the verdicts of a period stand."""

    engine: EngineName
    before: Head
    """The link before it."""
    last: int
    """Its last place."""

    @property
    def places(self) -> int:
        return self.last - self.before.place


class DatabaseEvidence:
    """Reads evidence of calls from PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def attempt(self, attempt: AttemptId) -> Called:
        """NotFound when there is no such attempt."""
        rows = await self._database.fetch(_ONE, {"attempt": attempt})
        if not rows:
            raise NotFound(f"no attempt {attempt}")
        return _called(rows[0])

    async def around(self, proven: Proven) -> tuple[Link | None, Link | None]:
        """The nearest links of its chain before and after a verdict; None: there is none."""
        values = {"engine": proven.engine, "place": proven.link.place}
        links = [_link(row) for row in await self._database.fetch(_AROUND, values)]
        before = next((one for one in links if one.place < proven.link.place), None)
        return before, next((one for one in links if one.place > proven.link.place), None)

    async def wordings(self, contact: int) -> list[Wording]:
        """What the contact agreed to and took back, as the consent book has it now."""
        rows = await self._database.fetch(_WORDINGS, {"contact": contact})
        return [Wording(row.at, row.given, row.wording, row.source) for row in rows]

    async def count(self, period: Period) -> int:
        """Attempts opened in a period."""
        [row] = await self._database.fetch(_COUNT, _bounds(period))
        return int(row.attempts)

    async def attempts(self, period: Period) -> AsyncIterator[Sequence[Called]]:
        """Those opened in a period, the oldest first, page by page."""
        after, after_id = datetime(1, 1, 1, tzinfo=UTC), "00000000-0000-0000-0000-000000000000"
        while True:
            values = {**_bounds(period), "after": after, "after_id": after_id, "most": _PAGE}
            rows = await self._database.fetch(_MANY, values)
            if not rows:
                return
            yield [_called(row) for row in rows]
            after, after_id = rows[-1].opened_at, str(rows[-1].id)

    async def span(self, engine: EngineName, period: Period) -> Span | None:
        """Where in an engine's chain the period's verdicts stand; None: it gave none."""
        values = {"engine": engine, "since": period.since - _STRAY, "until": period.until + _STRAY}
        first = await self._database.fetch(_FIRST, values)
        last = await self._database.fetch(_LAST, values)
        if not first or not last:
            return None
        from_, to = sorted((first[0].place, last[0].place))
        links = await self._database.fetch(_AROUND, {"engine": engine, "place": from_})
        before = next((Head(one.place, one.hash) for one in map(_link, links) if one.place < from_), None)
        return Span(engine, before or await self._beginning(engine, from_), to)

    async def _beginning(self, engine: EngineName, place: int) -> Head:
        """Of a chain, before a place."""
        rows = await self._database.fetch(_BEGINS, {"engine": engine, "place": place})
        return Head(rows[0].place, rows[0].hash) if rows else Head()

    async def links(self, span: Span) -> AsyncIterator[Sequence[Link]]:
        """The links of a span and the first one after it, page by page."""
        after, beyond = span.before.place, False
        while not beyond:
            rows = await self._database.fetch(_LINKS, {"engine": span.engine, "after": after, "most": _PAGE})
            if not rows:
                return
            cut = next((place for place, row in enumerate(rows, 1) if row.place > span.last), None)
            beyond = cut is not None
            yield [_link(row) for row in rows[:cut]]
            after = rows[-1].place


def _bounds(period: Period) -> dict[str, Any]:
    return {"since": period.since, "until": period.until, "campaign": period.campaign}


def _called(row: Row[Any]) -> Called:
    return Called(
        dialed=Dialed(
            str(row.id), row.contact_id, row.lead_id, row.campaign_id, row.e164, row.opened_at, row.verdict, row.engine
        ),
        campaign=row.campaign,
        engine=EngineName(row.engine),
        server=ServerName(row.server),
        ended=None if row.outcome is None else _ended(row),
        disposition=Disposition(row.disposition) if row.disposition else None,
        closed_by=AgentId(row.closed_by) if row.closed_by else None,
        closed_at=row.closed_at,
        proven=None if row.record is None else _proven(row),
    )


def _ended(row: Row[Any]) -> EndedAttempt:
    end = CallEnd(
        row.cause, row.ended_at, row.answered_at, AmdResult(row.amd) if row.amd else None, row.waiting_since,
        row.connected_at, AgentId(row.agent_id) if row.agent_id else None, row.abandoned,
    )  # fmt: skip
    return EndedAttempt(
        AttemptId(str(row.id)), CampaignId(row.campaign_id), LeadId(row.lead_id), NumberId(row.number_id),
        ServerName(row.server), 0, row.opened_at, Outcome(row.outcome), end, row.ring_seconds, prompt=bool(row.prompt),
    )  # fmt: skip


def _proven(row: Row[Any]) -> Proven:
    link = Link(
        row.place, row.judged_at, str(row.id), row.judged_contact, row.judged_campaign, row.record, row.hash
    )  # fmt: skip
    return Proven(EngineName(row.chain), link, row.named)


def _link(row: Row[Any]) -> Link:
    attempt = None if row.attempt_id is None else str(row.attempt_id)
    at: datetime = row.at
    return Link(row.place, at, attempt, row.contact_id, row.campaign_id, row.record, row.hash)
