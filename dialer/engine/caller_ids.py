"""The pool of caller ids at work: the number to show on each attempt, rotated, within its limit, while it is answered.

What the contact database holds is read every half minute; what was shown since is added at once. Engines on one
database may together pass a number's limit by what they show between two readings, and one by what is being committed.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from compliance.rulebook import Kind
from compliance.zones import NumberPlace
from dialer.clock import Clock
from dialer.domain.caller_id import CallerId, CallerIdUse, Fare, Health, fares, fits, ill, nearness
from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import CampaignId
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallerIdBook

_log = logging.getLogger(__name__)
_READ_SECONDS = 30.0
_DAY = timedelta(hours=24)
_WAIT = timedelta(minutes=15)
"""So long at least leads wait for a number at its limit: one that is free again takes one of them."""


def shown_since(now: datetime) -> datetime:
    """From when on it counts how often a number was shown."""
    return now - _DAY


@dataclass(frozen=True, slots=True)
class Shown:
    """The number to show, as the trunk is given it; empty: none."""

    number: str
    free_at: datetime | None = None
    """With none: when one that is at its limit may be shown again."""


@dataclass(slots=True)
class _Use:
    caller_id: CallerId
    shown: int
    first_at: datetime | None

    @property
    def room(self) -> bool:
        return not self.caller_id.daily_limit or self.shown < self.caller_id.daily_limit


@dataclass(slots=True)
class CallerIdPool:
    """Empty: each campaign shows its own number alone."""

    ill: frozenset[PhoneNumber] = frozenset()
    """Numbers that are shown only when no other can be, since hardly anybody answers them."""
    fares: Mapping[tuple[str, Health], Fare] = field(default_factory=dict)
    """How they fared when they were last read, by place and health."""
    _uses: dict[str, _Use] = field(default_factory=dict)
    _fitting: dict[tuple[CampaignId, str | None, tuple[str, ...]], list[list[_Use]]] = field(default_factory=dict)
    """Numbers that fit, by campaign and place: groups of equally near ones, the nearest first."""

    def fill(self, uses: Sequence[CallerIdUse]) -> bool:
        """Put what was read in the place of what is here; whether the pool itself is another."""
        before = {use.caller_id for use in self._uses.values()}
        self._uses = {use.caller_id.number.e164: _Use(use.caller_id, use.shown, use.first_at) for use in uses}
        self._fitting.clear()
        self.ill = ill(uses)
        self.fares = fares(uses, self.ill)
        return before != {use.caller_id for use in self._uses.values()}

    def serve(self, campaign: CampaignId) -> bool:
        """Whether there is a number for a campaign, for some place."""
        held = (use.caller_id for use in self._uses.values())
        return any(one.campaign in (None, campaign) and not one.resting for one in held)

    def pick(self, campaign: CampaignId, plan: CampaignPlan, place: NumberPlace, now: datetime) -> Shown:
        """The number for an attempt: of the nearest the one that was shown least. The campaign's own when the pool has
        none for it; none when all are at their limit."""
        use = self._next(campaign, place)
        if use is not None:
            return Shown(use.caller_id.number.e164)
        full = [use.first_at + _DAY for group in self._groups(campaign, place) for use in group if use.first_at]
        return Shown("", max(min(full), now + _WAIT)) if full else Shown(plan.caller_id)

    def count(self, shown: Shown, now: datetime) -> None:
        """An attempt may be made that shows this number."""
        use = self._uses.get(shown.number)
        if use is not None:
            use.shown += 1
            use.first_at = use.first_at or now

    def _next(self, campaign: CampaignId, place: NumberPlace) -> _Use | None:
        for group in self._groups(campaign, place):
            use = min((use for use in group if use.room), key=lambda use: use.shown, default=None)
            if use is not None:
                return use
        return None

    def _groups(self, campaign: CampaignId, place: NumberPlace) -> list[list[_Use]]:
        key = (campaign, place.region, place.areas)
        groups = self._fitting.get(key)
        if groups is None:
            groups = self._fitting[key] = self._grouped(*key)
        return groups

    def _grouped(self, campaign: CampaignId, region: str | None, areas: tuple[str, ...]) -> list[list[_Use]]:
        def rank(use: _Use) -> tuple[bool, tuple[int, bool]]:
            return use.caller_id.number not in self.ill, nearness(use.caller_id)

        found = [use for use in self._uses.values() if fits(use.caller_id, campaign, region, areas)]
        return [list(group) for _, group in groupby(sorted(found, key=rank, reverse=True), rank)]


@dataclass(slots=True)
class CallerIds:
    """Keeps the pool as the contact database has it."""

    book: CallerIdBook
    pool: CallerIdPool
    clock: Clock
    reconsider: Callable[[Collection[str]], Awaitable[None]]
    """Have leads looked at again that are blocked, or wait, for these reasons."""
    _changed: bool = False
    """The pool is another, and leads were not looked at again since."""

    async def load(self) -> None:
        """DatabaseUnavailable leaves the pool as it was."""
        before = self.pool.ill
        self._changed |= self.pool.fill(await self.book.uses(shown_since(self.clock.now())))
        for number in self.pool.ill - before:
            _log.warning("caller id %s is hardly answered any more; others are shown instead", number.e164)

    async def run(self) -> None:
        """Read the pool anew, for ever."""
        while True:
            await self.clock.sleep(_READ_SECONDS)
            try:
                await self.load()
                if self._changed:
                    await self.reconsider([Kind.CALLER_ID])
                    self._changed = False
            except DatabaseUnavailable as error:
                _log.warning("caller ids: %s", error)
