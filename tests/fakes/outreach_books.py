"""Waves, shops' tasks and webhooks in memory, as the API asks for them. Of people's ways through waves, and of messages
sent, they know nothing. tests/contract/test_outreach_books.py holds them to the real ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.wave import WavesState
from dialer.ports import Receipt, Reply
from integrations.http_api.outreach import Delivery, ShopTask, TaskState, WavesSeen, Webhook, WebhookKind
from integrations.wave_plans import WavePlanPart


@dataclass
class FakeWavesBook:
    held: dict[CampaignId, WavesSeen] = field(default_factory=dict)

    async def put(self, campaign: CampaignId, plan: WavePlanPart, now: datetime) -> int:
        state = self.held[campaign].state if campaign in self.held else WavesState.HELD
        self.held[campaign] = WavesSeen(plan, state, "", (), (), (), ())
        return 0

    async def set_state(self, campaign: CampaignId, state: WavesState, now: datetime) -> None:
        self.held[campaign] = replace(await self.see(campaign), state=state)

    async def remove(self, campaign: CampaignId) -> int:
        self.held.pop(campaign, None)
        return 0

    async def see(self, campaign: CampaignId) -> WavesSeen:
        if campaign not in self.held:
            raise NotFound("the campaign has no waves")
        return self.held[campaign]


@dataclass
class FakeShopTasks:
    held: dict[str, ShopTask] = field(default_factory=dict)

    async def tasks(self, shop: str, state: TaskState | None, limit: int) -> Sequence[ShopTask]:
        found = [one for one in self.held.values() if one.shop == shop and state in (None, one.state)]
        first = sorted(found, key=lambda one: (one.at, one.id))[:limit]
        return [replace(one, number="") if one.state is TaskState.OPEN else one for one in first]

    async def take(self, task: str, by: str, shop: str | None, now: datetime) -> ShopTask:
        found = self._one(task, shop)
        if found.state is not TaskState.OPEN:
            raise Conflict(f"task {task} is {found.state}")
        self.held[task] = replace(found, state=TaskState.TAKEN, taken_by=by)
        return self.held[task]

    async def close(self, task: str, by: str, shop: str | None, *, result: str, note: str, now: datetime) -> None:
        found = self._one(task, shop)
        if found.state is TaskState.CLOSED:
            raise Conflict(f"task {task} is closed")
        self.held[task] = replace(found, state=TaskState.CLOSED, taken_by=by, result=result, note=note)

    def _one(self, task: str, shop: str | None) -> ShopTask:
        found = self.held.get(task)
        if found is None or shop not in (None, found.shop):
            raise NotFound(f"no task {task}")
        return found


@dataclass
class FakeWebhookBook:
    held: dict[str, Webhook] = field(default_factory=dict)
    outbox: list[Delivery] = field(default_factory=list)

    async def add(self, url: str, secret: str, kinds: Sequence[WebhookKind]) -> str:
        made = str(UUID(int=len(self.held) + 1))
        self.held[made] = Webhook(made, url, list(kinds), 0, 0)
        return made

    async def webhooks(self) -> Sequence[Webhook]:
        waiting = Counter((one.webhook, one.state) for one in self.outbox)
        return [
            replace(one, pending=waiting[one.id, "pending"], dead=waiting[one.id, "dead"]) for one in self.held.values()
        ]

    async def remove(self, webhook: str) -> None:
        if self.held.pop(webhook, None) is None:
            raise NotFound(f"no webhook {webhook}")
        self.outbox = [one for one in self.outbox if one.webhook != webhook]

    async def deliveries(self, state: str, limit: int) -> Sequence[Delivery]:
        found = [one for one in self.outbox if one.state == state]
        return sorted(found, key=lambda one: (one.made_at, one.id))[:limit]

    async def send_again(self, delivery: str | None) -> int:
        dead = [one for one in self.outbox if one.state == "dead" and delivery in (None, one.id)]
        if delivery is not None and not dead:
            raise NotFound(f"no dead delivery {delivery}")
        self.outbox = [replace(one, state="pending", tries=0) if one in dead else one for one in self.outbox]
        return len(dead)


@dataclass
class FakeNewsBook:
    receipts: list[Receipt] = field(default_factory=list)
    replies: list[tuple[Reply, bool]] = field(default_factory=list)

    async def note_receipts(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        self.receipts += receipts
        return tuple({(one.channel, one.reference): one for one in receipts}.values())

    async def note_reply(self, reply: Reply, *, opted_out: bool) -> int:
        self.replies.append((reply, opted_out))
        return 0
