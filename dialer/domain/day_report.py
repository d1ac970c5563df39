"""The daily report: what a day's calls came to, by person, team, room and centre, and who stands where.

docs/daily-report.md defines each figure once, for readers; this file is where it is reckoned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dialer.domain.ids import AgentId


@dataclass(frozen=True, slots=True)
class Span:
    """A day of a time zone's clock, from its first moment to the next day's: 23 or 25 hours where clocks are put."""

    day: date
    zone: str
    begins: datetime
    ends: datetime


def span_of(day: date, zone: ZoneInfo) -> Span:
    begins, ends = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    return Span(day, zone.key, begins, ends)


def cut(span: Span, until: datetime, also: Sequence[datetime] = (), hours: int = 1) -> list[tuple[datetime, datetime]]:
    """The day until then in slices of so many hours, cut at the moments `also`, too."""
    length = int((span.ends - span.begins) / timedelta(hours=1))
    marks = {span.begins + timedelta(hours=hour) for hour in range(0, length + 1, hours)} | {span.ends, until, *also}
    within = sorted(mark for mark in marks if span.begins <= mark <= min(until, span.ends))
    return list(pairwise(within))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one person or many. Seconds are of the day alone."""

    answered: int = 0
    """Calls that an agent took."""
    talk_seconds: float = 0.0
    sales: int = 0
    call_backs: int = 0
    refused: int = 0
    """Closed as refused, not interested or do not call."""
    logged_in_seconds: float = 0.0
    """Pauses included."""
    working_seconds: float = 0.0
    """Logged in and not paused."""
    occupied_seconds: float = 0.0
    """Of those, talking or wrapping up, with inbound calls."""

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.answered + other.answered,
            round(self.talk_seconds + other.talk_seconds, 6),
            self.sales + other.sales,
            self.call_backs + other.call_backs,
            self.refused + other.refused,
            round(self.logged_in_seconds + other.logged_in_seconds, 6),
            round(self.working_seconds + other.working_seconds, 6),
            round(self.occupied_seconds + other.occupied_seconds, 6),
        )

    @property
    def conversion(self) -> float | None:
        """Sales a call taken, 0 to 1; None: there was no call."""
        return self.sales / self.answered if self.answered else None

    @property
    def occupancy(self) -> float | None:
        """0 to 1; None: nobody worked."""
        return min(1.0, self.occupied_seconds / self.working_seconds) if self.working_seconds > 0 else None

    def rate(self, least_seconds: float) -> float | None:
        """Sales an hour logged in, to two digits, as it is published and ranked by; None: fewer seconds than that."""
        if self.logged_in_seconds < max(1.0, least_seconds):
            return None
        return round(self.sales * 3600 / self.logged_in_seconds, 2)


def summed(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


@dataclass(frozen=True, slots=True)
class Counts:
    """Of attempts that ended, whether an agent got them or not."""

    attempts: int = 0
    rang: int = 0
    """Without those that never reached the telephone."""
    live_answers: int = 0
    abandoned: int = 0
    machines: int = 0
    figures: Figures = field(default_factory=Figures)
    """Of those that agents took; times are agents', not attempts', and left at 0."""


@dataclass(frozen=True, slots=True)
class HourLine:
    """An hour of the day by its own clock."""

    hour: str
    attempts: int
    answered: int
    sales: int


@dataclass(frozen=True, slots=True)
class CampaignLine:
    campaign: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class StayLine:
    """What a person did in one place."""

    team: str
    room: str
    centre: str
    begins: datetime
    """Within the day."""
    ends: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class PersonLine:
    agent: AgentId
    name: str
    rank: int | None
    rate: float | None
    unranked: str
    """Why there is no rank; empty: there is one."""
    figures: Figures
    stays: Sequence[StayLine]


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A team, room or centre."""

    name: str
    within: str
    """The room and centre of a team, the centre of a room; "several" if more than one."""
    rank: int | None
    rate: float | None
    """Of those in the contest alone."""
    unranked: str
    people: int
    figures: Figures
    """Of all who were there, while they were."""


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What calls with people of one segment brought by one offer: of calls that agents took."""

    segment: str
    campaign: str
    offer: str
    answered: int
    sales: int
    low: float | None
    """Of the 95% interval of sales a call taken."""
    high: float | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    agent: AgentId
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DayReport:
    day: date
    zone: str
    begins: datetime
    ends: datetime
    so_far: datetime | None
    """The day is not over: figures are of the calls that ended before this. None: it is over."""
    least_hours: float
    """Logged in, for a rank."""
    counts: Counts
    figures: Figures
    """All people's together, with their times."""
    hours: Sequence[HourLine]
    campaigns: Sequence[CampaignLine]
    centres: Sequence[UnitLine]
    rooms: Sequence[UnitLine]
    teams: Sequence[UnitLine]
    people: Sequence[PersonLine]
    left_out: Sequence[LeftOut]
    effects: Sequence[EffectLine]
    no_effects: str
    """Why there are none; empty: there are some."""
