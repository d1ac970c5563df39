"""The abandonment ledger: how many live answers, and how many of them abandoned, in each legal window of a campaign.

What the contact database holds is read at the start and every minute; what has ended since is added at once. Each
reading leaves out the calls that are open or on their way to the database, so that none is counted twice or not at all.
A reading also brings what this engine does not see: other engines' calls, and which calls agents marked as a machine.
A connected call is counted when it ends, an abandoned one within seconds: while people talk, the ratio is on the high
side.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from compliance.abandonment import (
    AbandonmentRule,
    AbandonmentWindow,
    Budget,
    Tally,
    abandoned,
    late,
    live_answers,
    window_of,
)
from compliance.hours import DAY
from compliance.rulebook import Rules
from dialer.clock import Clock
from dialer.domain.call import EndedAttempt
from dialer.domain.campaign import Campaign
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import AttemptId, CampaignId
from dialer.domain.outcome import AmdResult, Disposition, Outcome
from dialer.engine.call_tracker import CallTracker
from dialer.engine.gate import Gate
from dialer.engine.outcome_recorder import OutcomeRecorder
from dialer.ports import AbandonmentBook

_log = logging.getLogger(__name__)
_READ_SECONDS = 60.0
_REST = 50
"""Between readings pass at least this many times as long as one takes: the database has other work."""
_RETRY_SECONDS = 5.0
_NOTHING = Tally()


def tally_of(ended: EndedAttempt, disposition: Disposition | None = None) -> Tally:
    """What one ended attempt adds to the counts; the contact database counts by the same rule.

    Machine detection alone tells a machine that an agent was given, until the agent says otherwise. A call that was
    lost with its switch is not known to have been answered: it is in no count. Nor is a machine that got a recorded
    prompt: no agent was due to it.
    """
    end, outcome = ended.end, ended.outcome
    if end.answered_at is None or (ended.prompt and outcome is Outcome.MACHINE):
        return _NOTHING
    if outcome is Outcome.ANSWERED:
        if late(end.answered_at, end.waiting_since, end.connected_at or end.ended_at):
            return Tally(dropped=int(disposition is not Disposition.MACHINE))
        detected = disposition is None and end.amd is AmdResult.MACHINE
        return Tally(connected=1, connected_machines=int(detected or disposition is Disposition.MACHINE))
    hung_up_late = outcome is Outcome.HUNG_UP and late(end.answered_at, end.waiting_since, end.ended_at)
    return Tally(
        dropped=int(outcome is Outcome.ABANDONED or hung_up_late), amd_machines=int(outcome is Outcome.MACHINE)
    )


@dataclass(slots=True)
class _Count:
    """One window of one campaign, up to now."""

    opens_at: datetime
    ends_at: datetime
    tally: Tally

    def add(self, answered_at: datetime, tally: Tally) -> None:
        if self.opens_at <= answered_at < self.ends_at:
            self.tally = self.tally.plus(tally)


@dataclass(slots=True)
class _Account:
    """One campaign: what was read, and what ended since."""

    read_at: datetime | None = None
    first_dial: datetime | None = None
    read: dict[str, tuple[datetime, Tally]] = field(default_factory=dict)
    """By rule: since when, and how many."""
    ended: dict[AttemptId, tuple[datetime, Tally]] = field(default_factory=dict)
    """Answered calls that the reading did not have: when answered, and what they add."""
    counts: dict[str, _Count] = field(default_factory=dict)
    """By rule; made when asked for, and kept up to date from then on."""

    def dialed(self, at: datetime) -> None:
        if self.first_dial is None or at < self.first_dial:
            self.first_dial = at
            self.counts.clear()

    def count(self, rule: AbandonmentRule, now: datetime) -> _Count | None:
        """The rule's window at this moment; None when nobody has read what was counted in it before."""
        held = self.counts.get(rule.name)
        if held is not None and held.opens_at <= now < held.ends_at:
            return held
        opens_at, ends_at = window_of(rule, self.first_dial or now, now)
        since, tally = self.read.get(rule.name, (None, _NOTHING))
        if since != opens_at:
            if self.read_at is None or opens_at < self.read_at:
                return None
            tally = _NOTHING
        made = _Count(opens_at, ends_at, tally)
        for answered_at, one in self.ended.values():
            made.add(answered_at, one)
        if self.first_dial is not None:
            self.counts[rule.name] = made
        return made


@dataclass(slots=True)
class AbandonmentLedger:
    book: AbandonmentBook
    gate: Gate
    tracker: CallTracker
    recorder: OutcomeRecorder
    clock: Clock
    amd_false_share: float
    """The share of calls ended as a machine's that were people, 0 to 1."""
    _accounts: dict[CampaignId, _Account] = field(default_factory=dict)
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, ended: EndedAttempt) -> None:
        """Count an attempt that ended; before its outcome is stored."""
        account = self._accounts.setdefault(ended.campaign, _Account())
        account.dialed(ended.opened_at)
        tally, answered_at = tally_of(ended), ended.end.answered_at
        if answered_at is None or tally == _NOTHING or ended.attempt in account.ended:
            return
        account.ended[ended.attempt] = (answered_at, tally)
        for count in account.counts.values():
            count.add(answered_at, tally)

    def windows(self, campaign: Campaign, now: datetime) -> tuple[AbandonmentWindow, ...] | None:
        """The campaign's legal windows, with what is known at this moment.

        None when that is not all: the counts could not be read yet, or no rule is in force. Who paces may not dial
        more lines than there are agents then.
        """
        account = self._accounts.get(campaign.id)
        rules = self.gate.rules.abandonment_on(int(now.timestamp() // DAY))
        if account is None or account.read_at is None or not rules:
            return None
        told = []
        for rule in rules:
            count = account.count(rule, now)
            if count is None:
                return None
            told.append(_window(rule, count, campaign.plan.abandon_cap, self.amd_false_share))
        return tuple(told)

    def nudge(self) -> None:
        """A campaign began: read its counts now."""
        self._nudge.set()

    def rules_changed(self) -> None:
        """Draw the windows anew. Those that nobody has read yet are not known until the next reading, which is now."""
        for account in self._accounts.values():
            account.counts.clear()
        self.nudge()

    async def run(self, dialed: Callable[[], Iterable[CampaignId]]) -> None:
        """Read, for ever, what is stored of the campaigns that are dialed and of those that calls just ended of."""
        while True:
            self._nudge.clear()
            began, failed = self.clock.monotonic(), False
            for campaign in {*dialed(), *(one for one, account in self._accounts.items() if account.ended)}:
                try:
                    await self.read(campaign)
                except DatabaseUnavailable as error:
                    _log.warning("abandoned calls of campaign %s: %s", campaign, error)
                    failed = True
                    break
            took = self.clock.monotonic() - began
            await self.clock.wait(self._nudge, _RETRY_SECONDS if failed else max(_READ_SECONDS, _REST * took))

    async def read(self, campaign: CampaignId) -> None:
        """Count anew from the contact database. DatabaseUnavailable leaves the counts as they were."""
        async with self._reading:
            account = self._accounts.setdefault(campaign, _Account())
            first_dial = await self.book.first_dial(campaign)
            if first_dial is not None:
                account.dialed(first_dial)
            while not await self._read_once(campaign, account):
                pass

    async def _read_once(self, campaign: CampaignId, account: _Account) -> bool:
        """False: a call that nobody foresaw was stored meanwhile, so that it is not known whether it was counted."""
        now = self.clock.now()
        rules = self.gate.rules.abandonment_on(int(now.timestamp() // DAY))
        since = [window_of(rule, account.first_dial or now, now)[0] for rule in rules]
        stored = self._stored(account, now)
        coming = account.ended.keys() - stored
        coming |= {call.attempt.id for call in self.tracker if call.attempt.campaign == campaign}
        tallies = await self.book.tallies(campaign, since, now, coming)
        if self._stored(account, now) - stored - coming:
            return False
        account.read_at = now
        account.read = {rule.name: (at, tally) for rule, at, tally in zip(rules, since, tallies, strict=True)}
        for attempt in stored:
            del account.ended[attempt]
        account.counts.clear()
        return True

    def _stored(self, account: _Account, until: datetime) -> set[AttemptId]:
        """Calls answered before `until` that the contact database certainly holds."""
        return {a for a, (at, _) in account.ended.items() if at < until and not self.recorder.holds(a)}


async def stored_budget(
    book: AbandonmentBook, rules: Rules, campaign: Campaign, now: datetime, amd_false_share: float
) -> Budget:
    """What a campaign's windows bear by what is stored alone: for who asks beside a running engine."""
    first_dial = await book.first_dial(campaign.id) or now
    in_force = rules.abandonment_on(int(now.timestamp() // DAY))
    drawn = [window_of(rule, first_dial, now) for rule in in_force]
    tallies = await book.tallies(campaign.id, [opens_at for opens_at, _ in drawn], now, frozenset())
    counts = [_Count(*window, tally) for window, tally in zip(drawn, tallies, strict=True)]
    cap = campaign.plan.abandon_cap
    return Budget(
        tuple(_window(rule, count, cap, amd_false_share) for rule, count in zip(in_force, counts, strict=True))
    )


def _window(rule: AbandonmentRule, count: _Count, own_cap: float, amd_false_share: float) -> AbandonmentWindow:
    tally = replace(count.tally, amd_false_share=amd_false_share)
    return AbandonmentWindow(
        rule=rule,
        cap_ratio=min(rule.cap_ratio, own_cap),
        opens_at=count.opens_at,
        ends_at=count.ends_at,
        minimum_answers=rule.minimum_answers,
        live_answers=live_answers(tally),
        abandoned=abandoned(tally),
    )
