"""Evidence read from the contact database: one call, or a period whose calls are handed on one by one."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.abandonment import AbandonmentRule, Tally, abandoned, live_answers, ratio, window_of
from compliance.hours import DAY
from compliance.rulebook import Rules
from dialer.commands.evidence.call import Around, call_row, call_told
from dialer.commands.evidence.period import ChainCheck, PeriodCount, period_told
from dialer.commands.evidence.words import stamp
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AttemptId
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.evidence_reading import DatabaseEvidence, Period, Span
from integrations.contact_db.proof_book import DatabaseProofBook

Take = Callable[[Mapping[str, Any], int], None]
"""Is given each call's row, and the number of the set of rules that were applied to it."""


@dataclass(frozen=True, slots=True)
class Asked:
    since: datetime
    until: datetime
    campaign: str | None = None


async def gather_call(database: ContactDatabase, attempt: AttemptId, rules: Rules) -> dict[str, Any]:
    """Evidence of one call. NotFound when there is no such attempt."""
    reading = DatabaseEvidence(database)
    called = await reading.attempt(attempt)
    before, after = (None, None) if called.proven is None else await reading.around(called.proven)
    around = Around(before, after, await DatabaseProofBook(database).beginnings())
    return call_told(called, around, rules, await reading.wordings(called.dialed.contact))


@dataclass(slots=True)
class Gathering:
    """A period being read."""

    database: ContactDatabase
    rules: Rules
    amd_false_share: float
    now: datetime
    progress: Callable[[int, int], None]
    """Told how many calls and verdicts were read, and of how many."""
    _done: int = 0
    _total: int = 0

    async def period(self, asked: Asked, take: Take) -> dict[str, Any]:
        """Everything but the calls, which `take` gets, the oldest first. NotFound: no such campaign."""
        book = DatabaseCampaignBook(self.database)
        chosen = None if asked.campaign is None else await book.campaign(asked.campaign)
        campaigns = [chosen] if chosen else await book.campaigns()
        span = Period(asked.since, asked.until, chosen.id if chosen else None)
        seen = PeriodCount(asked.since, asked.until)
        if chosen:
            seen.of(chosen.plan.name)
        parts = await self._parts(span)
        self._total = await DatabaseEvidence(self.database).count(span) + sum(one.places for one in parts)
        await self._calls(span, seen, take)
        await self._chains(parts, seen, {int(one.id): one.plan.name for one in campaigns})
        counts = {one.plan.name: await self._counts(one, asked) for one in campaigns if one.plan.name in seen.campaigns}
        return period_told(seen, counts, asked.campaign, self.rules)

    async def _calls(self, span: Period, seen: PeriodCount, take: Take) -> None:
        log = await DatabaseProofBook(self.database).beginnings()
        async for page in DatabaseEvidence(self.database).attempts(span):
            for called in page:
                row = call_row(called, log)
                take(row, seen.add_call(row))
            self._advance(len(page))

    async def _parts(self, span: Period) -> list[Span]:
        """Of all engines' chains, whatever the campaign: a chain is whole or it is not."""
        reading = DatabaseEvidence(self.database)
        parts = [await reading.span(engine, span) for engine in await DatabaseProofBook(self.database).engines()]
        return [part for part in parts if part is not None]

    async def _chains(self, parts: Sequence[Span], seen: PeriodCount, names: Mapping[int, str]) -> None:
        reading = DatabaseEvidence(self.database)
        for part in parts:
            check = ChainCheck(part.engine, part.before)
            async for page in reading.links(part):
                check.add(page, seen.since, seen.until)
                for link in page:
                    seen.add_verdict(link, names.get(link.campaign))
                self._advance(len(page))
            seen.chains.append(check.told())
            seen.findings += check.faults()

    def _advance(self, count: int) -> None:
        self._done += count
        self.progress(self._done, max(self._done, self._total))

    async def _counts(self, campaign: Campaign, asked: Asked) -> dict[str, Any]:
        """Live answers and abandoned calls, of the period and of every legal window that it touches."""
        tally = await self._tally(campaign, asked.since, asked.until)
        windows = [one async for one in self._windows(campaign, asked)]
        return {**_figures(tally), "amd_false_share": self.amd_false_share, "windows": windows}

    async def _windows(self, campaign: Campaign, asked: Asked) -> AsyncIterator[dict[str, Any]]:
        first = await DatabaseAbandonmentBook(self.database).first_dial(campaign.id)
        if first is None:
            return
        at, last = max(asked.since, first), min(asked.until, self.now)
        seen: set[tuple[str, datetime]] = set()
        while at < last:
            following = last
            for rule in self.rules.abandonment_on(int(at.timestamp() // DAY)):
                opens_at, ends_at = window_of(rule, first, at)
                following = min(following, ends_at)
                if (rule.name, opens_at) not in seen:
                    seen.add((rule.name, opens_at))
                    yield await self._window(campaign, rule, opens_at, ends_at)
            at = following

    async def _window(
        self, campaign: Campaign, rule: AbandonmentRule, opens_at: datetime, ends_at: datetime
    ) -> dict[str, Any]:
        tally = await self._tally(campaign, opens_at, ends_at)
        judged = live_answers(tally) >= rule.minimum_answers
        return {
            "rule": rule.name,
            "window": rule.window.value,
            "from": stamp(opens_at),
            "to": stamp(ends_at),
            "over": ends_at <= self.now,
            **_figures(tally),
            "cap_ratio": rule.cap_ratio,
            "judged": judged,
            "exceeded": judged and ratio(tally) > rule.cap_ratio,
            "source": rule.source,
            "unverified": rule.unverified,
        }

    async def _tally(self, campaign: Campaign, since: datetime, until: datetime) -> Tally:
        book = DatabaseAbandonmentBook(self.database)
        [found] = await book.tallies(campaign.id, [since], until, ())
        return Tally(found.connected, found.connected_machines, found.dropped, found.amd_machines, self.amd_false_share)


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "live_answers": round(live_answers(tally), 3),
        "abandoned": round(abandoned(tally), 3),
        "ratio": round(ratio(tally), 6),
        "connected_in_time": tally.connected - tally.connected_machines,
        "dropped_or_late": tally.dropped,
        "ended_as_machines": tally.amd_machines,
    }
