"""How many of a campaign's live answers were abandoned, window by window: the arithmetic of the law, without a clock.

A live answer is one by a person. It is abandoned when no agent came within 2 s of the completed greeting (16 CFR
310.4(b)(1)(iv); 47 CFR 64.1200(a)(7)), whatever message was played, and also if an agent came later and talked.
Machines are in neither count, but for those that were people whom machine detection took for machines. Who hung up
before the limit was neither connected nor abandoned, and is left out of both counts: that can only raise the ratio.

The American count is kept for every rule. The British one (Ofcom 2008) scales drops by the share of agents' calls that
were live, so it is never higher.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import repeat
from typing import assert_never
from zoneinfo import ZoneInfo

from compliance.provenance import Provenance

AGENT_LIMIT_SECONDS = 2.0
"""How long after the greeting a callee may still be without an agent: 16 CFR 310.4(b)(1)(iv)."""
GREETING_SECONDS = 2.0
"""How long after the answer a greeting ends at the latest, where it is not known."""
_AGENT_LIMIT = timedelta(seconds=AGENT_LIMIT_SECONDS)
_GREETING = timedelta(seconds=GREETING_SECONDS)
_BLOCK = timedelta(days=30)
_SURELY_TO_COME = 0.25
"""The share of the answers expected before a window ends that it may be judged with: what calls without any risk would
surely bring."""


class WindowKind(StrEnum):
    """What a rule counts over, as rule files write it."""

    SUCCESSIVE_30_DAYS = "successive 30 days"  # from the first dial; a younger campaign's whole life; not rolling
    DAY = "24 h"  # a calendar day, which has 23 or 25 h where the clocks change
    MONTH = "calendar month"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonmentRule(Provenance):
    """The most of the live answers in a window that may be abandoned."""

    cap_ratio: float
    window: WindowKind
    minimum_answers: int = 0
    """Live answers before the window is judged; 0: it always is."""
    zone: str | None = None
    """Whose calendar days and months are meant (IANA name); None: the campaign's, and UTC if it has none."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Answered calls of a campaign over some time."""

    connected: int = 0
    """Connected to an agent within the limit."""
    connected_machines: int = 0
    """Of these, the ones that the agent marked as a machine."""
    dropped: int = 0
    """Live answers, for all that is known, without an agent within the limit: abandoned, or connected late."""
    amd_machines: int = 0
    """Ended because machine detection said machine."""
    amd_false_share: float = 1.0
    """The share of `amd_machines` that were people, as a listening test measured it; 1: none was made."""

    def __post_init__(self) -> None:
        counts = (self.connected, self.connected_machines, self.dropped, self.amd_machines)
        if min(counts) < 0 or self.connected_machines > self.connected or not 0 <= self.amd_false_share <= 1:
            raise ValueError(f"{self} can't be")

    def plus(self, other: "Tally") -> "Tally":
        """Both together, with the worse measure of false machines."""
        return Tally(
            self.connected + other.connected,
            self.connected_machines + other.connected_machines,
            self.dropped + other.dropped,
            self.amd_machines + other.amd_machines,
            max(self.amd_false_share, other.amd_false_share),
        )


@dataclass(frozen=True, slots=True)
class AbandonmentWindow:
    """What pacing is told: how far a campaign is in one legal window, and what cap holds."""

    rule: AbandonmentRule
    cap_ratio: float
    """The stricter of the rule's and the campaign's own, 0 to 1."""
    opens_at: datetime
    ends_at: datetime
    """The first moment that is no longer in it."""
    minimum_answers: int
    live_answers: float
    abandoned: float

    @property
    def ratio(self) -> float:
        return self.abandoned / self.live_answers if self.live_answers else 0.0

    @property
    def judged(self) -> bool:
        """Whether there are live answers enough for the cap to be held against."""
        return self.live_answers >= self.minimum_answers

    @property
    def exceeded(self) -> bool:
        return self.judged and self.ratio > self.cap_ratio


@dataclass(frozen=True, slots=True)
class Budget:
    """Whether calls may be dialed ahead of agents, by what a campaign's legal windows bear."""

    windows: tuple[AbandonmentWindow, ...]
    to_come: tuple[float, ...] = ()
    """Live answers expected before each window ends, in the same order; empty: none."""
    spent: str = field(init=False)
    """Why they may not; empty: they may."""

    def __post_init__(self) -> None:
        if self.to_come and len(self.to_come) != len(self.windows):
            raise ValueError("answers to come must be told of each window, or of none")
        object.__setattr__(self, "spent", self._spent())

    def _spent(self) -> str:
        if not self.windows:
            return "no legal window of abandoned calls is known"
        for window, to_come in zip(self.windows, self.to_come or repeat(0.0), strict=False):
            if not window.cap_ratio > 0.0:
                return "no call may be abandoned"
            bears = window.cap_ratio * (window.live_answers + _SURELY_TO_COME * max(0.0, to_come))
            if window.judged and not window.abandoned <= bears:
                told = f"{window.abandoned:g} of {window.live_answers:g} live answers abandoned"
                return f"{told} in {window.rule.window}, {window.cap_ratio * 100:g}% allowed"
        return ""


def abandoned(tally: Tally) -> float:
    """A = late or dropped live calls + f x machines (16 CFR 310.4(b)(4)(i))."""
    return tally.dropped + tally.amd_false_share * tally.amd_machines


def live_answers(tally: Tally) -> float:
    """A + live calls connected within the limit."""
    return abandoned(tally) + (tally.connected - tally.connected_machines)


def ratio(tally: Tally) -> float:
    """A / live answers, 0 to 1; 0 while there is none."""
    answers = live_answers(tally)
    return abandoned(tally) / answers if answers else 0.0


def late(answered_at: datetime, waiting_since: datetime | None, until: datetime) -> bool:
    """Whether a callee who had no agent before `until` waited longer than the limit allows.

    The limit runs from the end of the greeting. No switch measures that, so it is taken to be when the callee began to
    wait for an agent, but at most 2 s after the answer, for machine detection may listen longer than a person greets.
    If it is not known when the callee began to wait, it is the answer itself.
    """
    greeted = answered_at if waiting_since is None else min(waiting_since, answered_at + _GREETING)
    return until - greeted > _AGENT_LIMIT


def window_of(
    rule: AbandonmentRule, first_dial: datetime, now: datetime, zone: str | None = None
) -> tuple[datetime, datetime]:
    """The rule's window that `now` is in, from (included) to (excluded), UTC.

    `first_dial`: the campaign's, from which blocks of 30 x 24 h follow each other. `zone`: the campaign's (IANA name).
    Raises ValueError when a time bears no UTC offset, and KeyError or ValueError when there is no such zone.
    """
    if first_dial.utcoffset() is None or now.utcoffset() is None:
        raise ValueError("the times of a window must bear their UTC offset")
    match rule.window:
        case WindowKind.SUCCESSIVE_30_DAYS:
            block = max(0, (now - first_dial) // _BLOCK)
            start = first_dial.astimezone(UTC) + block * _BLOCK
            return start, start + _BLOCK
        case WindowKind.DAY:
            place = ZoneInfo(rule.zone or zone or "UTC")
            day = now.astimezone(place).date()
            return _midnight(day, place), _midnight(day + timedelta(days=1), place)
        case WindowKind.MONTH:
            place = ZoneInfo(rule.zone or zone or "UTC")
            first = now.astimezone(place).date().replace(day=1)
            return _midnight(first, place), _midnight((first + timedelta(days=31)).replace(day=1), place)
    assert_never(rule.window)


def _midnight(day: date, place: ZoneInfo) -> datetime:
    """When a day begins. Where the clocks leave midnight out, that is the moment of their change."""
    return datetime.combine(day, time(), place).astimezone(UTC)
