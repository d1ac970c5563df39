"""Events of contacts: which rules are about each, and the leads that they raise at the head of the hoppers."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from dialer.clock import Clock
from dialer.domain.campaign import Campaign, CampaignStatus
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.trigger import (
    ContactEvent,
    EventState,
    EventTaken,
    Raise,
    Raised,
    TriggerRule,
    deadline_of,
    fits,
)
from dialer.ports import CampaignBook
from dialer.ports.triggers import Evaluated, TriggerBook, UnknownEvent

_log = logging.getLogger(__name__)
_AHEAD = timedelta(minutes=1)
"""By so much may a sender's clock be ahead of ours."""
_PAGE = 2_000


class Triggers:
    def __init__(
        self,
        rules: Sequence[TriggerRule],
        book: TriggerBook,
        campaigns: CampaignBook,
        clock: Clock,
        tell: Callable[[CampaignId], None] = lambda _: None,
    ) -> None:
        """`tell`: a campaign has new raised leads; engines that are not told find them within half a second."""
        self.rules = tuple(rules)
        """Those in force. They may be swapped at any time, all at once."""
        self._book, self._campaigns, self._clock, self._tell = book, campaigns, clock, tell

    async def take(self, events: Sequence[ContactEvent]) -> list[EventTaken]:
        """An answer for each event, in order; see TriggerBook.receive."""
        now, rules = self._clock.now(), self.rules
        campaigns = await self._by_name()
        good = [event for event in events if event.at <= now + _AHEAD]
        taken = await self._book.receive([(event, _wanted(rules, event, campaigns)) for event in good], now)
        for campaign in {campaigns[one.campaign].id for took in taken for one in took.raised if one.lead is not None}:
            self._tell(campaign)
        answers = (_whole(rules, one, event, campaigns) for one, event in zip(taken, good, strict=True))
        return [next(answers) if event.at <= now + _AHEAD else _from_the_future(event) for event in events]

    async def retry_unknown(self) -> list[EventTaken]:
        """Take the unknown events again: whom they are about may be known by now."""
        taken: list[EventTaken] = []
        after = ""
        while page := await self._book.unknown(after, _PAGE):
            taken += await self.take([one.event for one in page])
            after = page[-1].event.id
        return taken

    async def unknown(self, after: str, limit: int) -> Sequence[UnknownEvent]:
        return await self._book.unknown(after, limit)

    async def discard(self, events: Sequence[str]) -> int:
        return await self._book.discard(events)

    async def evaluate(
        self, rule: str, *, keep: bool = True, progress: Callable[[int], None] = lambda _: None
    ) -> Evaluated:
        """Raise leads of all contacts that a static rule is for, some thousands at a time; each such part is committed.

        NotFound: no such rule, or its campaign is not there. Conflict: it waits for events.
        """
        found = next((one for one in self.rules if one.id == rule), None)
        if found is None:
            raise NotFound(f"no trigger rule is called {rule}")
        if not found.static:
            raise Conflict(f"rule {rule} is about events of kind {found.event}: only a static rule is evaluated")
        campaign = await self._campaigns.campaign(found.campaign)
        now = self._clock.now()
        wanted = Raise(found, campaign.id, deadline_of(found, now))
        total, after = Evaluated(0, 0, Counter()), None
        while True:
            part, after = await self._book.evaluate(wanted, now, after, _PAGE, keep=keep)
            total = _together(total, part)
            progress(total.fitting)
            if keep and part.raised:
                self._tell(campaign.id)
            if after is None:
                return total

    async def _by_name(self) -> Mapping[str, Campaign]:
        return {campaign.plan.name: campaign for campaign in await self._campaigns.campaigns()}


def _wanted(rules: Sequence[TriggerRule], event: ContactEvent, campaigns: Mapping[str, Campaign]) -> list[Raise]:
    return [
        Raise(rule, campaigns[rule.campaign].id, deadline_of(rule, event.at))
        for rule in rules
        if fits(rule, event) and rule.campaign in campaigns
    ]


def _whole(
    rules: Sequence[TriggerRule], taken: EventTaken, event: ContactEvent, campaigns: Mapping[str, Campaign]
) -> EventTaken:
    """With what the book could not know of."""
    if taken.state is not EventState.TAKEN:
        return taken
    raised = [_noted(one, campaigns[one.campaign]) for one in taken.raised]
    for rule in rules:
        if fits(rule, event) and rule.campaign not in campaigns:
            _log.warning("trigger rule %s wants campaign %s, which is not there", rule.id, rule.campaign)
            raised.append(Raised(rule.id, rule.campaign, why="there is no such campaign"))
    return replace(taken, raised=raised, why="" if raised else "no rule is about it")


def _noted(raised: Raised, campaign: Campaign) -> Raised:
    if raised.lead is None or raised.why or campaign.status is CampaignStatus.RUNNING:
        return raised
    return replace(raised, why=f"the campaign is {campaign.status}: it is dialed only if that changes in time")


def _from_the_future(event: ContactEvent) -> EventTaken:
    return EventTaken(event.id, EventState.REFUSED, why="its time lies in the future")


def _together(one: Evaluated, other: Evaluated) -> Evaluated:
    reasons = Counter(one.reasons) + Counter(other.reasons)
    return Evaluated(one.fitting + other.fitting, one.raised + other.raised, reasons)
