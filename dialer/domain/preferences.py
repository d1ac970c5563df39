"""What a person prefers: channels, times, topics. What they turned off, we don't do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.week_time import WeekTime, hold, next_begin

PREFERENCE = "preference"
"""Why a lead is blocked by what its contact prefers."""
_VOICE = (Channel.CALL, Channel.IVR)
MOST_TIMES = 21


@dataclass(frozen=True, slots=True)
class Preferences:
    channels: tuple[Channel, ...] = ()
    """In order of preference, the best first; a channel not named is neither liked nor refused."""
    refused_channels: tuple[Channel, ...] = ()
    topics: tuple[str, ...] = ()
    """That they want to hear about."""
    refused_topics: tuple[str, ...] = ()
    call_times: tuple[WeekTime, ...] = ()
    """When they like to be called, in their local time; none: whenever it is allowed."""

    def __post_init__(self) -> None:
        for place, liked, refused in (
            ("refused_channels", self.channels, self.refused_channels),
            ("refused_topics", self.topics, self.refused_topics),
        ):
            if both := sorted(set(map(str, liked)) & set(map(str, refused))):
                raise BadInput(f"can't be both wanted and refused: {', '.join(both)}", place)
        if len(self.call_times) > MOST_TIMES:
            raise BadInput(f"at most {MOST_TIMES}", "call_times")


ANYTHING = Preferences()


@dataclass(frozen=True, slots=True)
class Objection:
    reason: str
    until: datetime | None
    """When it ends; None: when the person changes their mind."""
    about_times: bool = False


def objection(
    preferences: Preferences, channel: Channel, topic: str, zones: Sequence[str], now: datetime
) -> Objection | None:
    """What a person's preferences say against being met by this channel about this topic now.

    `zones`: all time zones they may be in; the time must suit in each. Without one, a wish for times can't be kept, so
    it stands against the call.
    """
    if channel in preferences.refused_channels:
        return Objection(f"wants nothing by {channel}", None)
    if topic and topic in preferences.refused_topics:
        return Objection(f"wants nothing about {topic}", None)
    if channel not in _VOICE or not preferences.call_times:
        return None
    if not zones:
        return Objection("wants calls at certain times alone, and the local time is not known", None, about_times=True)
    if all(hold(preferences.call_times, now.astimezone(ZoneInfo(zone))) for zone in zones):
        return None
    return Objection("wants calls at other times", next_begin(preferences.call_times, zones, now), about_times=True)
