"""What a daily report is made from, where it goes, and the book of who sat where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.agent import AgentState
from dialer.domain.condition import Condition
from dialer.domain.effect import Brought
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.staff import Move, Stay


class StaffBook(Protocol):
    async def stays(self, since: datetime, until: datetime) -> Sequence[Stay]:
        """Those that touch this time, by agent and beginning."""
        ...

    async def history(self, agent: AgentId) -> Sequence[Stay]:
        """The oldest first; none: nobody said where the agent is."""
        ...

    async def last(self) -> Mapping[AgentId, Stay]:
        """Each agent's last stay."""
        ...

    async def move(self, moves: Sequence[Move]) -> None:
        """All of them or none, in order of time. NotFound: an agent is not enrolled. Conflict: a move is not after
        the agent's last one."""
        ...


@dataclass(frozen=True, slots=True)
class EndedCalls:
    """Attempts that ended alike."""

    campaign: str
    agent: AgentId | None
    outcome: Outcome
    count: int
    talk_seconds: float
    """Connected with an agent, together."""


@dataclass(frozen=True, slots=True)
class ClosedCalls:
    """Calls that an agent took, by how the agent closed them."""

    campaign: str
    agent: AgentId
    disposition: Disposition
    count: int


@dataclass(frozen=True, slots=True)
class StateTime:
    """What an agent's log of states has of one state within some time."""

    agent: AgentId
    state: AgentState
    seconds: float
    """Of stretches whose end is within that time, too."""
    first_at: datetime
    """When it first began within that time."""
    last_at: datetime | None
    """When the stretch began that was not over at the end; None: it was over."""


class DayReading(Protocol):
    """Each question is about a short time, and asked in a statement of its own, so that none holds a snapshot for
    long. Calls count when they ended."""

    async def names(self) -> Mapping[AgentId, str]: ...

    async def ended(self, since: datetime, until: datetime) -> Sequence[EndedCalls]: ...

    async def closed(self, since: datetime, until: datetime) -> Sequence[ClosedCalls]:
        """Of the calls that ended then, whenever the agent closed them."""
        ...

    async def states(self, at: datetime) -> Mapping[AgentId, AgentState]:
        """In which state each agent was just before; those who were logged out are left out."""
        ...

    async def worked(self, since: datetime, until: datetime) -> Sequence[StateTime]: ...

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, until: datetime, now: datetime
    ) -> Sequence[Brought]:
        """What calls brought that agents took and that ended then, by the conditions that people fit as of `now`."""
        ...


@dataclass(frozen=True, slots=True)
class ReportFile:
    name: str
    data: bytes


class Post(Protocol):
    async def post(self, to: Sequence[str], subject: str, text: str, files: Sequence[ReportFile]) -> None:
        """Send one mail to all. MessageRefused: it was not sent; FateUnknown: it may have been."""
        ...
