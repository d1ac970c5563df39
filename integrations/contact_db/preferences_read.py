"""Preferences from their row, as JSON."""

from collections.abc import Mapping
from typing import Any

from dialer.domain.contact import Channel
from dialer.domain.preferences import ANYTHING, Preferences
from integrations.contact_db import week_times


def preferences_of(kept: Mapping[str, Any] | None) -> Preferences:
    if kept is None:
        return ANYTHING
    return Preferences(
        channels=tuple(map(Channel, kept["channels"])),
        refused_channels=tuple(map(Channel, kept["refused_channels"])),
        topics=tuple(kept["topics"]),
        refused_topics=tuple(kept["refused_topics"]),
        call_times=week_times.read(kept["call_times"]),
    )
