"""The numbers that callees see: which of a pool is shown to whom, and whether people still answer it."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import sqrt

from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId
from dialer.domain.phone import PhoneNumber

_PLACE = re.compile(r"([A-Z]{2}(-[A-Z0-9]{1,3})?)?")
JUDGED_FROM = 100
"""Ended attempts from which on a number's answer rate says something."""
_ILL_RATIO = 0.5
"""A number is ill whose answer rate is certainly under so much of that of the others for its place."""
_Z = 2.576
"""99% of a normal distribution lies within: one number of a healthy hundred is rested for nothing."""


@dataclass(frozen=True, slots=True)
class CallerId:
    """One number of the pool."""

    number: PhoneNumber
    place: str = ""
    """To whom it is shown: to numbers of a region like "US" or of a part of one like "US-FL"; empty: to all."""
    campaign: CampaignId | None = None
    """Whose alone it is; None: any campaign's."""
    daily_limit: int = 0
    """Attempts that it may be shown on in 24 h; 0: any number."""
    resting: bool = False
    """Set aside by hand."""

    def __post_init__(self) -> None:
        if not _PLACE.fullmatch(self.place):
            raise BadInput('must be a region, like "US", or a part of one, like "US-FL"', "place")
        if self.daily_limit < 0:
            raise BadInput("must be 1 or more attempts, or 0 for no limit", "daily_limit")


@dataclass(frozen=True, slots=True)
class CallerIdUse:
    """A number of the pool, and what became of the attempts of the last 24 h that it was shown on."""

    caller_id: CallerId
    shown: int = 0
    first_at: datetime | None = None
    """When the earliest of them was dialed."""
    ended: int = 0
    """Those that have ended and that rang."""
    answered: int = 0
    """Those that were answered, by people or machines."""


def ill(uses: Iterable[CallerIdUse]) -> frozenset[PhoneNumber]:
    """Numbers that are answered so much more rarely than the others for their place that it can't be chance: carriers
    or telephones mark them as unwanted."""
    judged = [use for use in uses if use.ended]
    return frozenset(use.caller_id.number for use in judged if _is_ill(use, judged))


class Health(StrEnum):
    """How a number of the pool is."""

    OK = "ok"
    ILL = "ill"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class Fare:
    """How the numbers of a place that are in the same health fare together."""

    numbers: int = 0
    ended: int = 0
    """Attempts of the last 24 h that they were shown on: those that have ended and that rang."""
    answered: int = 0
    """Of those, by people or machines."""


def fares(uses: Iterable[CallerIdUse], ill: Collection[PhoneNumber]) -> Mapping[tuple[str, Health], Fare]:
    """By place and health: every health of each place that has a number. Nobody's number is in it."""
    found: dict[tuple[str, Health], Fare] = {}
    for use in uses:
        mine = use.caller_id
        health = Health.RESTING if mine.resting else Health.ILL if mine.number in ill else Health.OK
        for other in Health:
            found.setdefault((mine.place, other), Fare())
        one = found[mine.place, health]
        found[mine.place, health] = Fare(one.numbers + 1, one.ended + use.ended, one.answered + use.answered)
    return found


def _is_ill(use: CallerIdUse, judged: Iterable[CallerIdUse]) -> bool:
    mine = use.caller_id
    others = [one for one in judged if one.caller_id.place == mine.place and one.caller_id.number != mine.number]
    ended, answered = sum(one.ended for one in others), sum(one.answered for one in others)
    if min(use.ended, ended) < JUDGED_FROM:
        return False
    return _highest_rate(use.answered, use.ended) < _ILL_RATIO * answered / ended


def _highest_rate(answered: int, ended: int) -> float:
    """The upper end of Wilson's interval (J. Am. Stat. Assoc. 22, 1927, 209)."""
    rate, spread = answered / ended, _Z * _Z / ended
    return (rate + spread / 2 + sqrt(spread * (rate * (1 - rate) + spread / 4))) / (1 + spread)


def fits(caller_id: CallerId, campaign: CampaignId, region: str | None, areas: tuple[str, ...]) -> bool:
    """Whether a number may be shown to callees of a place by a campaign."""
    if caller_id.resting or caller_id.campaign not in (None, campaign):
        return False
    return not caller_id.place or caller_id.place == region or caller_id.place in areas


def nearness(caller_id: CallerId) -> tuple[int, bool]:
    """By what numbers that fit are preferred: those of the callee's part before its region's and those for all; then
    the campaign's own."""
    return 2 if "-" in caller_id.place else bool(caller_id.place), caller_id.campaign is not None
