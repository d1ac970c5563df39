"""What is answered about waves, shops' tasks and webhooks."""

from datetime import datetime
from typing import Any

from dialer.domain.wave import WavesState
from integrations.http_api.answers import Answer
from integrations.http_api.outreach import TaskState, WebhookKind
from integrations.wave_plans import WavePlanPart


class WavesPut(Answer):
    waiting: int
    """Leads that wait for their waves since now."""


class PlaceCount(Answer):
    step: str
    state: str
    people: int
    next_due: datetime | None


class ResultCount(Answer):
    step: str
    result: str
    people: int


class ReasonCount(Answer):
    reason: str
    people: int


class WavesAnswer(Answer):
    state: WavesState
    note: str
    plan: WavePlanPart
    places: list[PlaceCount]
    results: list[ResultCount]
    ends: list[ReasonCount]
    waits: list[ReasonCount]


class WavesRemoved(Answer):
    freed: int


class ReplyNoted(Answer):
    opted_out: bool
    contacts: int


class TaskAnswer(Answer):
    id: str
    shop: str
    text: str
    state: TaskState
    campaign: str
    contact: int
    name: str
    number: str
    at: datetime
    taken_by: str
    result: str
    note: str


class Tasks(Answer):
    items: list[TaskAnswer]


class WebhookAnswer(Answer):
    id: str
    url: str
    kinds: list[WebhookKind]
    pending: int
    dead: int


class Webhooks(Answer):
    items: list[WebhookAnswer]


class WebhookMade(Answer):
    id: str
    secret: str


class DeliveryAnswer(Answer):
    id: str
    webhook: str
    kind: WebhookKind
    state: str
    tries: int
    last_error: str
    made_at: datetime
    body: dict[str, Any]


class Deliveries(Answer):
    items: list[DeliveryAnswer]


class SentAgain(Answer):
    count: int
