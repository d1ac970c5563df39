"""Leads are called when they answer: one that clearly answers more often later today lets others go first.

It waits for that hour as a lead waits that was put off, so that it is not claimed again and again. While the list has
no others to call, nobody waits.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import CampaignId, LeadId
from dialer.domain.lead import Lead
from dialer.engine.prospects import local_time
from dialer.ports import Blocked, LeadStock
from dialer.ports.scores import HOURS, LeadHours

BETTER_HOUR = "answers more often later today"
"""The reason of a lead that waits."""
_TIMES, _MORE = 1.25, 0.02
"""By how much the chance of an answer must be higher for a lead to wait: a model's hours differ by chance, too."""
_LAST_HOUR = 19
"""Nobody waits for a later one: in many places calling hours end at 20 or 21."""
_SHARE = 0.5
"""Of what is claimed at once, the most that wait."""
_REST = timedelta(hours=1)
"""Nobody waits for so long after the list had too few to call."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class BetterHours:
    hours: LeadHours
    _nobody_waits_until: datetime | None = None

    async def sorted_out(self, leads: Sequence[Lead], now: datetime) -> tuple[list[Lead], list[Blocked]]:
        """These leads, each with its chance of an answer in this hour, if one is known; and those that are to wait."""
        try:
            known = await self.hours.of({lead.id: lead.contact for lead in leads})
        except DatabaseUnavailable as error:
            _log.warning("leads are called without a look at their hours: %s", error)
            return list(leads), []
        timed = [_at_this_hour(lead, known.get(lead.id, ()), now) for lead in leads]
        waiting = {} if self._rests(now) else _waiting(timed, known, now)
        return [lead for lead in timed if lead.id not in waiting], list(waiting.values())

    async def call_all(self, campaign: CampaignId, stock: LeadStock, now: datetime) -> None:
        """The list has too few to call: have those called that wait."""
        if not self._rests(now):
            await stock.reconsider(campaign, {BETTER_HOUR}, waiting=True)
            self._nobody_waits_until = now + _REST

    def _rests(self, now: datetime) -> bool:
        return self._nobody_waits_until is not None and now < self._nobody_waits_until


def better_hour(lead: Lead, chances: Sequence[float], now: datetime) -> tuple[float, datetime] | None:
    """By what factor a lead answers more often later today, and from when; None: not clearly. `chances` by HOURS."""
    local = local_time(lead, now)
    if local is None or lead.deadline or lead.call_back_at or lead.call_back_agent:
        return None
    by_hour = dict(zip(HOURS, chances, strict=False))
    chance = by_hour.get(local.hour)
    later = [hour for hour in by_hour if local.hour < hour <= _LAST_HOUR]
    if chance is None or not later:
        return None
    best = max(later, key=by_hour.__getitem__)
    if by_hour[best] < max(_TIMES * chance, chance + _MORE):
        return None
    return by_hour[best] / max(0.001, chance), local.replace(hour=best, minute=0, second=0, microsecond=0)


def _waiting(leads: Sequence[Lead], known: Mapping[LeadId, Sequence[float]], now: datetime) -> dict[LeadId, Blocked]:
    """Those that gain most, at most a share of all."""
    found = [(lead.id, better) for lead in leads if (better := better_hour(lead, known.get(lead.id, ()), now))]
    found.sort(key=lambda one: -one[1][0])
    return {lead: Blocked(lead, BETTER_HOUR, at.astimezone(UTC)) for lead, (_, at) in found[: int(_SHARE * len(leads))]}


def _at_this_hour(lead: Lead, chances: Sequence[float], now: datetime) -> Lead:
    local = local_time(lead, now)
    chance = None if local is None else dict(zip(HOURS, chances, strict=False)).get(local.hour)
    return lead if chance is None else replace(lead, answer_probability=chance)
