"""The contact database, as supervisors see it: campaigns, the numbers they show, agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.agent import AgentState
from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.domain.phone import PhoneNumber


class CampaignBook(Protocol):
    async def campaigns(self) -> list[Campaign]: ...

    async def campaign(self, name: str) -> Campaign:
        """NotFound when there is none of this name."""

    async def create(self, plan: CampaignPlan) -> Campaign:
        """Conflict when the name is taken."""

    async def tune(self, campaign: CampaignId, plan: CampaignPlan) -> Campaign: ...

    async def set_status(self, campaign: CampaignId, status: CampaignStatus) -> Campaign: ...


class CallerIdBook(Protocol):
    """The pool of numbers that callees see."""

    async def uses(self, since: datetime) -> Sequence[CallerIdUse]:
        """Every number, in order, with what became of the attempts since then that it was shown on."""

    async def put(self, caller_id: CallerId) -> None:
        """Add a number, or change what is held of it. NotFound: no such campaign."""

    async def remove(self, number: PhoneNumber) -> None:
        """NotFound when it is not in the pool."""


@dataclass(frozen=True, slots=True)
class AgentRecord:
    id: AgentId
    name: str
    server: ServerName


@dataclass(frozen=True, slots=True)
class AgentNote:
    agent: AgentId
    campaign: CampaignId
    state: AgentState
    at: datetime
    reason: str


class AgentBook(Protocol):
    async def agents(self) -> list[AgentRecord]: ...

    async def enroll(self, agent: AgentRecord) -> None:
        """Add an agent, or change name and server of one."""

    async def note_states(self, notes: Sequence[AgentNote]) -> None:
        """Append to the agents' log of states, from which occupancy and a restart are rebuilt."""

    async def logged_in(self) -> Mapping[AgentId, tuple[CampaignId, AgentState]]:
        """Agents whose last noted state is not logged_out: whom a restarted engine takes back."""
