"""The calendar of campaigns: who is planned when, with how many agents, by which channels; and what clashes. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Literal

from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId

OnConflict = Literal["ignore", "warn", "refuse"]
"""What comes of starting a campaign that has conflicts."""
_MIDNIGHT = time(0, 0)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    campaign: CampaignId
    name: str
    begins_on: date
    ends_on: date
    """The last day."""
    hours_begin: time = _MIDNIGHT
    """Local to the floor, as all hours of the calendar."""
    hours_end: time = _MIDNIGHT
    """00:00 is midnight."""
    agents: int = 0
    """Planned."""
    channels: Mapping[Channel, int] = field(default_factory=dict)
    """With the contacts planned a day."""
    product: str = ""
    shares_people: bool = False

    def __post_init__(self) -> None:
        if self.ends_on < self.begins_on:
            raise BadInput("must not be before the first day", "ends_on")
        if self.hours_end != _MIDNIGHT and self.hours_end <= self.hours_begin:
            raise BadInput("must be after the hours begin; 00:00 is midnight", "hours_end")
        if not 0 <= self.agents <= 100_000:
            raise BadInput("must be 0 to 100000", "agents")
        if any(not 0 <= count <= 1_000_000_000 for count in self.channels.values()):
            raise BadInput("must be 0 or more contacts a day", "channels")

    def on(self, day: date) -> bool:
        return self.begins_on <= day <= self.ends_on

    def at(self, moment: time) -> bool:
        return self.hours_begin <= moment and (self.hours_end == _MIDNIGHT or moment < self.hours_end)

    def same_days(self, other: "CalendarEntry") -> bool:
        return self.begins_on <= other.ends_on and other.begins_on <= self.ends_on


class ConflictKind(StrEnum):
    AGENTS = "agents"  # more are planned than there are
    PEOPLE = "people"  # the same people are leads of both
    PRODUCTS = "exclusive products"  # the same people would be offered what excludes each other
    CHANNEL = "channel capacity"


@dataclass(frozen=True, slots=True)
class Conflict:
    kind: ConflictKind
    others: tuple[str, ...]
    """The other campaigns in it, by name; none: the campaign is too much by itself."""
    first_day: date
    words: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What conflicts of an entry are found by."""

    others: Sequence[CalendarEntry]
    people: int
    """Contacts who are open leads of the campaign."""
    shared: Mapping[CampaignId, int]
    """How many of them are open leads of another, too."""
    agents: int
    """Enrolled."""
    exclusive: Collection[frozenset[str]]
    capacity: Mapping[Channel, int]
    """Contacts a day; a channel that is not named has room for any number."""


def conflicts_of(entry: CalendarEntry, ground: Ground) -> list[Conflict]:
    """What stands against an entry, by kind."""
    near = [one for one in ground.others if one.campaign != entry.campaign and entry.same_days(one)]
    pairs = (_of_pair(entry, one, ground) for one in near)
    found = [*_too_many_agents(entry, near, ground.agents), *(one for pair in pairs for one in pair)]
    return found + [
        conflict
        for channel in sorted(entry.channels)
        if channel in ground.capacity
        for conflict in _over_capacity(entry, near, channel, ground.capacity[channel])
    ]


def _too_many_agents(entry: CalendarEntry, near: Sequence[CalendarEntry], there: int) -> Iterable[Conflict]:
    """At the worst moment, the first of equals: sums of spans are greatest where some span begins."""
    if not entry.agents:
        return
    worst: tuple[int, date, time] | None = None
    for day in _days(entry, near):
        for moment in sorted({entry.hours_begin, *(one.hours_begin for one in near if entry.at(one.hours_begin))}):
            planned = sum(one.agents for one in (entry, *near) if one.on(day) and one.at(moment))
            if worst is None or planned > worst[0]:
                worst = planned, day, moment
    if worst is None or worst[0] <= there:
        return
    planned, day, moment = worst
    others = [one for one in near if one.agents and one.on(day) and one.at(moment)]
    words = f"{planned} agents are planned on {day} at {moment:%H:%M}, {there} are enrolled"
    with_ = ", ".join(f"{one.name} {one.agents}" for one in others)
    yield Conflict(
        ConflictKind.AGENTS,
        tuple(one.name for one in others),
        day,
        f"{words} ({entry.name} {entry.agents}{', ' if with_ else ''}{with_})",
    )


def _of_pair(entry: CalendarEntry, other: CalendarEntry, ground: Ground) -> Iterable[Conflict]:
    people = ground.shared.get(other.campaign, 0)
    if not people:
        return
    day = max(entry.begins_on, other.begins_on)
    share = f"{people:,} of {ground.people:,} people ({people / max(1, ground.people):.0%})"
    if not (entry.shares_people and other.shares_people):
        words = f"{share} are leads of {other.name}, too, from {day}"
        yield Conflict(ConflictKind.PEOPLE, (other.name,), day, words)
    if frozenset({entry.product, other.product}) in ground.exclusive:
        words = f"{entry.product} and {other.product} ({other.name}) exclude each other, for {share}"
        yield Conflict(ConflictKind.PRODUCTS, (other.name,), day, words)


def _over_capacity(
    entry: CalendarEntry, near: Sequence[CalendarEntry], channel: Channel, capacity: int
) -> Iterable[Conflict]:
    def planned(day: date) -> int:
        return sum(one.channels.get(channel, 0) for one in (entry, *near) if one.on(day))

    day = max(_days(entry, near), key=planned)
    if planned(day) <= capacity or not entry.channels[channel]:
        return
    others = tuple(one.name for one in near if one.on(day) and one.channels.get(channel))
    words = f"{planned(day):,} contacts by {channel} are planned on {day}, there is room for {capacity:,}"
    yield Conflict(ConflictKind.CHANNEL, others, day, words)


def _days(entry: CalendarEntry, near: Iterable[CalendarEntry]) -> list[date]:
    """The entry's days on which something begins."""
    return sorted({entry.begins_on, *(one.begins_on for one in near if entry.on(one.begins_on))})
