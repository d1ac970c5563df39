"""What happens on the floor, streamed to whoever looks: agents' screens, supervisors, the terminal view."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.campaign import CampaignStatus
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId
from dialer.domain.outcome import Outcome
from pacing.marketing.verdict import SwitchState


@dataclass(frozen=True, slots=True)
class AgentMoved:
    at: datetime
    agent: AgentId
    campaign: CampaignId
    state: AgentState
    reason: str
    attempt: AttemptId | None


@dataclass(frozen=True, slots=True)
class CallMoved:
    at: datetime
    campaign: CampaignId
    attempt: AttemptId
    state: AttemptState
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ScreenPop:
    """An agent is getting this call now; or, in preview, is offered this lead."""

    at: datetime
    agent: AgentId
    campaign: CampaignId
    contact: ContactId
    lead: LeadId
    attempt: AttemptId | None


@dataclass(frozen=True, slots=True)
class CampaignMoved:
    at: datetime
    campaign: CampaignId
    status: CampaignStatus
    reason: str


@dataclass(frozen=True, slots=True)
class ServerMoved:
    at: datetime
    server: str
    trusted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchMoved:
    """Marketing went off or came back in a service group."""

    at: datetime
    group: str
    state: SwitchState
    reason: str


@dataclass(frozen=True, slots=True)
class CallerTag:
    """Who called in and talks to this agent now is a target of a campaign."""

    at: datetime
    agent: AgentId
    campaign: CampaignId
    contact: ContactId
    lead: LeadId
    call: str
    """The inbound call, by its unique id on its server."""
    offer: str
    deadline: datetime | None
    """Of a lead that an event raised."""


FloorEvent = AgentMoved | CallMoved | ScreenPop | CallerTag | CampaignMoved | ServerMoved | SwitchMoved


@dataclass(slots=True)
class Subscription:
    """A bounded queue of events; a reader too slow loses the oldest and is told how many."""

    _queue: asyncio.Queue[FloorEvent]
    lost: int = 0

    async def next(self) -> FloorEvent:
        return await self._queue.get()

    def put(self, event: FloorEvent) -> None:
        if self._queue.full():
            self._queue.get_nowait()
            self.lost += 1
        self._queue.put_nowait(event)


@dataclass(slots=True)
class Feed:
    _subscriptions: list[Subscription] = field(default_factory=list)

    def publish(self, event: FloorEvent) -> None:
        for subscription in self._subscriptions:
            subscription.put(event)

    @property
    def watched(self) -> bool:
        return bool(self._subscriptions)

    @contextmanager
    def subscribe(self, depth: int = 1000) -> Iterator[Subscription]:
        subscription = Subscription(asyncio.Queue(depth))
        self._subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.remove(subscription)
