"""What the API asks of the contact database about waves, shops' tasks and webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from dialer.domain.ids import CampaignId
from dialer.domain.wave import WavesState
from integrations.wave_plans import WavePlanPart


@dataclass(frozen=True, slots=True)
class WavesSeen:
    plan: WavePlanPart
    state: WavesState
    note: str
    """Why the last turn did no more; empty: it did all there was."""
    places: Sequence[Mapping[str, Any]]
    """How many people stand where: step, state, people, next_due."""
    results: Sequence[Mapping[str, Any]]
    """What came of the steps: step, result, people."""
    ends: Sequence[Mapping[str, Any]]
    waits: Sequence[Mapping[str, Any]]
    """Why people's waves are over, or wait: reason, people."""


class WavesBook(Protocol):
    async def put(self, campaign: CampaignId, plan: WavePlanPart, now: datetime) -> int:
        """Keep the plan, and have the campaign's leads wait for their waves; how many more now do.

        A new plan is held until it is started. Conflict: people have taken steps that the plan does not begin with.
        """

    async def set_state(self, campaign: CampaignId, state: WavesState, now: datetime) -> None:
        """NotFound: the campaign has no waves."""

    async def remove(self, campaign: CampaignId) -> int:
        """Forget plan and places; leads that waited are called without waves. How many those are."""

    async def see(self, campaign: CampaignId) -> WavesSeen:
        """NotFound: the campaign has no waves."""


class TaskState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ShopTask:
    id: str
    shop: str
    text: str
    state: TaskState
    campaign: str
    contact: int
    name: str
    number: str
    """E.164; empty: none is known. Shown to the shop that took the task."""
    at: datetime
    taken_by: str
    result: str
    note: str


class ShopTaskBook(Protocol):
    async def tasks(self, shop: str, state: TaskState | None, limit: int) -> Sequence[ShopTask]:
        """The oldest first."""

    async def take(self, task: str, by: str, shop: str | None, now: datetime) -> ShopTask:
        """`shop`: whose it must be; None: any. NotFound; Conflict: it is not open."""

    async def close(self, task: str, by: str, shop: str | None, *, result: str, note: str, now: datetime) -> None:
        """What came of it goes into the contact's waves and history. NotFound; Conflict: it is closed."""


class WebhookKind(StrEnum):
    OUTCOME = "outcome"
    DISPOSITION = "disposition"
    WAVE = "wave"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    kinds: Sequence[WebhookKind]
    pending: int
    dead: int


@dataclass(frozen=True, slots=True)
class Delivery:
    id: str
    webhook: str
    kind: WebhookKind
    state: str
    tries: int
    last_error: str
    made_at: datetime
    body: Mapping[str, Any]


class WebhookBook(Protocol):
    async def add(self, url: str, secret: str, kinds: Sequence[WebhookKind]) -> str:
        """Its id."""

    async def webhooks(self) -> Sequence[Webhook]: ...

    async def remove(self, webhook: str) -> None:
        """With what was not delivered. NotFound."""

    async def deliveries(self, state: str, limit: int) -> Sequence[Delivery]:
        """`state`: pending or dead."""

    async def send_again(self, delivery: str | None) -> int:
        """Have a dead delivery, or all of them, tried anew; how many. NotFound: there is no such dead one."""
