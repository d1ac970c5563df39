"""Waves: the steps in which a campaign approaches a person, by which channels, when, and on which conditions.

A person's *place* in the waves is the step that was taken last, with what came of each. `next_move` is pure: it says
which step comes next, or that none does, and why.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from math import ceil

from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput

MESSAGES = frozenset({Channel.SMS, Channel.EMAIL})
"""Channels of a step that carry a text of ours to an address."""
OUTREACH = frozenset({*MESSAGES, Channel.IVR})
"""Channels by which we approach people without an agent, so that marketing must be on and nobody be pressed."""


class Result(StrEnum):
    """What came of a step, beside the outcomes and dispositions of calls and what shops say."""

    SENT = "sent"  # the channel has taken the message
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REPLIED = "replied"
    OPTED_OUT = "opted_out"  # the person asked us to stop
    UNKNOWN = "unknown"  # it may have been sent; it is not sent again
    REFUSED = "refused_by_channel"  # certainly not sent, and trying again would not help
    BLOCKED = "blocked"  # compliance says no, with no time at which that would change
    NO_ADDRESS = "no_address"  # the person can't be reached by any of the step's channels
    TIMED_OUT = "timed_out"  # nothing final came within the wait


class PlaceState(StrEnum):
    DUE = "due"  # the next step is looked for at due_at
    WAITING = "waiting"  # a message or task is out; goes on at due_at, or earlier by its results
    CALLING = "calling"  # the lead is free to be called
    ENDED = "ended"


class WavesState(StrEnum):
    """Of a campaign's waves as a whole."""

    RUNNING = "running"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether what came of a step lets another one begin. All that is said must hold."""

    step: str = ""
    """Empty: the step that was taken last."""
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a step may approach. 0: no limit."""

    per_hour: int = 0
    per_day: int = 0
    calm: bool = False
    """Only while inbound service leaves room, and as many as that leaves room for (pacing.marketing.outreach)."""
    answer_share: float = 0.05
    """Share of those approached who then call us within the hour."""
    handle_seconds: float = 240.0
    """How long an agent serves such a caller."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    channels: tuple[Channel, ...]
    """The one that the person prefers is taken, if it is among them; else the first by which they can be reached."""
    text: str = ""
    """Of a message or a shop's task; of an IVR prompt the sound file. {name} stands for a field of the person."""
    subject: str = ""
    shop: str = ""
    when: tuple[Condition, ...] = ()
    wait: timedelta = timedelta(hours=24)
    """How long its results are waited for before the next step is looked at."""
    go_on_at: tuple[str, ...] = ()
    """Results at which the next step is looked at at once."""
    size: Size = field(default_factory=Size)


@dataclass(frozen=True, slots=True)
class WavePlan:
    steps: tuple[Step, ...]
    ends_at: tuple[str, ...] = (Result.OPTED_OUT, "do_not_call")
    """Results after which the person is left alone by this campaign's waves."""

    def place_of(self, name: str) -> int:
        """Where the step of this name stands, from 0. ValueError: nowhere."""
        return [step.name for step in self.steps].index(name)


@dataclass(frozen=True, slots=True)
class Act:
    """The step to be taken now."""

    place: int
    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class End:
    reason: str


Results = Mapping[str, Sequence[str]]
"""What came of each step that was taken, by its name."""


def next_move(plan: WavePlan, last: int, results: Results) -> Act | End:
    """What comes after the step at place `last` (-1: none was taken yet), by what came of those taken."""
    over = sorted({result for found in results.values() for result in found} & set(plan.ends_at))
    if over:
        return End(", ".join(over))
    skipped = []
    before = plan.steps[last].name if 0 <= last < len(plan.steps) else ""
    for place in range(last + 1, len(plan.steps)):
        step = plan.steps[place]
        against = next((why for one in step.when if (why := _against(one, before, results))), "")
        if not against:
            return Act(place, step, _held_words(step, before, results))
        skipped.append(f"{step.name} skipped: {against}")
    return End("; ".join([*skipped, "no step is left"]))


def _against(condition: Condition, before: str, results: Results) -> str:
    """Why a condition does not hold; empty: it does."""
    name = condition.step or before
    found = results.get(name, ())
    unwanted = [result for result in condition.none_of if result in found]
    if unwanted:
        return f"{name} was {', '.join(unwanted)}"
    if condition.any_of and not set(condition.any_of) & set(found):
        return f"{name} was not {' or '.join(condition.any_of)}"
    return ""


def _held_words(step: Step, before: str, results: Results) -> str:
    if not step.when:
        return "first step" if not before else f"after {before}"
    seen = {one.step or before for one in step.when}
    return ", ".join(f"{name} was {', '.join(results.get(name, ())) or 'without result'}" for name in sorted(seen))


def chosen_channel(step: Step, reachable: frozenset[Channel], preferred: Channel | None) -> Channel | None:
    """The channel to take for a person; None: they can't be reached by any of the step's."""
    usable = [channel for channel in step.channels if channel in reachable]
    if preferred in usable:
        return preferred
    return usable[0] if usable else None


@dataclass(frozen=True, slots=True)
class Sent:
    """How many people a step approached of late."""

    minute: int
    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Room:
    people: int
    reason: str


def room_of(size: Size, sent: Sent, most: int, calm_room: int | None = None) -> Room:
    """How many people a step may approach now, spread over the hour: a minute takes a sixtieth of it.

    `calm_room`: contacts that inbound service leaves room for in an hour; None: the step does not ask.
    """
    rooms = [Room(most, "as many as one turn takes")]
    if size.per_day:
        rooms.append(Room(size.per_day - sent.day, f"{sent.day} of {size.per_day} a day"))
    hourly = [limit for limit in (size.per_hour or None, calm_room) if limit is not None]
    if hourly:
        limit = min(hourly)
        calm = " that inbound service leaves room for" if limit == calm_room else ""
        rooms.append(Room(limit - sent.hour, f"{sent.hour} of {limit} an hour{calm}"))
        rooms.append(Room(ceil(limit / 60) - sent.minute, f"{sent.minute} this minute of {limit} an hour{calm}"))
    least = min(rooms, key=lambda room: room.people)
    return Room(max(0, least.people), least.reason)


_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([^{}|]*))?\}")


def rendered(text: str, fields: Mapping[str, str]) -> str:
    """The text with a person's own fields in it; {field|words}: these words where the field is empty.

    BadInput: a field is not known of the person, and nothing stands in for it.
    """

    def value(found: re.Match[str]) -> str:
        name, instead = found[1], found[2]
        known = fields.get(name, "").strip()
        if not known and instead is None:
            raise BadInput(f"nothing is known of {name}, and nothing stands in for it", "text")
        return known or instead

    return _FIELD.sub(value, text)


STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "arret", "arrêt", "stopp"})
"""CTIA's opt-out keywords (Messaging Principles, 5.1.3), and French and German habits."""


def asks_to_stop(text: str) -> bool:
    """Whether a reply is a request not to be written to again: its first word is one of those customary."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return bool(words) and words[0] in STOP_WORDS
