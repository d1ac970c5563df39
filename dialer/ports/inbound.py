"""What is kept of inbound service and of the marketing switches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dialer.domain.ids import ServerName
from pacing.marketing.figures import CallerTry, Step
from pacing.marketing.verdict import Cause, HandOrder, SwitchState


@dataclass(frozen=True, slots=True)
class InboundRecord:
    """What a restart needs of a group's service day, beside the steps."""

    steps: Sequence[Step]
    """From the time asked for on, oldest first."""
    callers: Sequence[CallerTry]


class InboundBook(Protocol):
    """Keeps what was counted of inbound service."""

    async def load(self, group: str, since: datetime) -> InboundRecord: ...

    async def save(self, saved: Mapping[str, InboundRecord], seen: Mapping[ServerName, datetime]) -> None:
        """Replace the steps and tries given, by group; `seen`: until when each server was seen without a gap."""

    async def seen(self) -> Mapping[ServerName, datetime]: ...

    async def forget(self, before: datetime) -> int:
        """Delete callers' tries of before; steps stay. Returns how many."""


@dataclass(frozen=True, slots=True)
class SwitchChange:
    """A group's switch opened or closed, with the figures that caused it."""

    group: str
    at: datetime
    state: SwitchState
    causes: tuple[Cause, ...]
    words: str
    """For people."""
    figures: Mapping[str, Any]
    """As JSON can carry it."""
    by: str = ""
    """Who, when it was by hand."""


@dataclass(frozen=True, slots=True)
class GivenOrder:
    """A supervisor's order to a switch, and what became of it."""

    group: str
    order: HandOrder
    lifted_at: datetime | None = None
    """None: nobody lifted or replaced it; it may have ended by itself."""
    lifted_by: str = ""
    lifted_why: str = ""


class SwitchBook(Protocol):
    """Keeps the marketing switches' changes, and what supervisors ordered."""

    async def note(self, change: SwitchChange) -> None: ...

    async def changes(self, group: str | None, limit: int) -> list[SwitchChange]:
        """The latest first; of one group or of all."""

    async def last(self) -> Mapping[str, SwitchChange]:
        """The latest of each group."""

    async def close(self, group: str, order: HandOrder) -> None:
        """Keep a group's marketing off; replaces an order that stands."""

    async def lift(self, group: str, by: str, why: str, at: datetime) -> None:
        """Conflict when no order stands."""

    async def given(self, group: str | None, limit: int) -> list[GivenOrder]:
        """Every order there was, the latest first; of one group or of all."""

    async def orders(self) -> Mapping[str, HandOrder]:
        """Those that stand, ended ones not among them only if they were lifted."""
