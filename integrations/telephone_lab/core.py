"""What every part of the simulated Asterisk shares: time, channels, variables, AstDB, and a voice on the AMI."""

from collections.abc import Callable
from datetime import datetime
from itertools import count

from dialer.clock import Clock
from integrations.telephone_lab.channels import Channel, Channels
from integrations.telephone_lab.plan import LabPlan
from integrations.telephone_lab.timeline import Timeline

Listener = Callable[[str], None]
"""Takes an event's text."""


class Core:
    def __init__(self, plan: LabPlan, clock: Clock, tell: Listener) -> None:
        self.plan = plan
        self.clock = clock
        self.timeline = Timeline(clock)
        self.channels = Channels()
        self.globals: dict[str, str] = {}
        self.database: dict[str, dict[str, str]] = {}
        """AstDB: family to key to value. It outlives a restart."""
        self.started_at = clock.now()
        self._numbers = count(1)
        self._tell = tell

    def now(self) -> datetime:
        return self.clock.now()

    def emit(self, event: str, text: str) -> None:
        """Say it to every AMI client that wants to hear it."""
        if not self.plan.events or event in self.plan.events:
            self._tell(text)

    def has_sound(self, sound: str) -> bool:
        """Several are joined by &."""
        return set(self.plan.missing_sounds).isdisjoint(sound.split("&"))

    def next_number(self) -> int:
        return next(self._numbers)

    def open_channel(self, technology: str, context: str, exten: str, uniqueid: str = "") -> Channel:
        """A new channel, listed among those that live. `technology` is its name up to the dash."""
        number = self.next_number()
        uniqueid = uniqueid or f"{self.started_at.timestamp():.0f}.{number}"
        channel = Channel(uniqueid, f"{technology}-{number:08x}", self.clock.monotonic(), context, exten)
        self.channels.add(channel)
        return channel

    def forget_all(self) -> None:
        """What a restart of Asterisk forgets."""
        self.timeline.clear()
        self.channels.clear()
        self.globals.clear()
        self.started_at = self.clock.now()
