"""The contact database, as events of contacts see it: what was told, the leads it raised, and what may be offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import ContactEvent, EventTaken, Raise


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of nobody we know, kept for review."""

    event: ContactEvent
    received_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a static rule came to."""

    fitting: int
    """Contacts that it is for, and that it did not raise lately."""
    raised: int
    reasons: Mapping[str, int]
    """Why the others were not raised, by count."""


class TriggerBook(Protocol):
    async def receive(self, told: Sequence[tuple[ContactEvent, Sequence[Raise]]], now: datetime) -> list[EventTaken]:
        """Keep events, and raise the leads that rules want for whom they are about: all of it or nothing; an answer
        for each event, in order. One that was told before does nothing. One of nobody we know, or of several, is kept
        among the unknown."""

    async def evaluate(
        self, wanted: Raise, now: datetime, after: ContactId | None, limit: int, *, keep: bool
    ) -> tuple[Evaluated, ContactId | None]:
        """Raise leads of the next contacts that a static rule is for, `limit` at most, by id from behind `after`; the
        last of them, None when there are no more. Without `keep` nothing is changed."""

    async def unknown(self, after: str, limit: int) -> Sequence[UnknownEvent]:
        """By the event's id, from behind `after`."""

    async def discard(self, events: Sequence[str]) -> int:
        """Forget unknown events, by id; how many there were."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a campaign may offer a contact now, or why it may not."""

    campaign: CampaignId
    name: str
    product: str
    offer: str
    """In words: of the event that raised the lead, else the campaign's."""
    lead: LeadId | None
    """The contact's lead of the campaign, if they are a target of it."""
    deadline: datetime | None
    why_not: str = ""
    until: datetime | None = None
    """Until when not; None: for good, or it may be offered."""


class OfferBook(Protocol):
    async def offers(self, contact: ContactId, now: datetime) -> Sequence[Offer]:
        """Of campaigns that run, or are in the calendar of the day, and offer something: what may be offered
        first, targets before others. NotFound: no such contact."""

    async def callers(self, number: PhoneNumber) -> Sequence[ContactId]:
        """Contacts who have this number, a few at most."""


class ProductBook(Protocol):
    """Products that exclude each other."""

    async def exclusive(self) -> Mapping[tuple[str, str], float]:
        """Pairs, in order, each with for how many days an offer of one keeps the other away."""

    async def exclude(self, product: str, other: str, offered_days: float) -> None:
        """BadInput when both are the same, or one is empty. A pair that is there gets these days."""

    async def allow(self, product: str, other: str) -> None:
        """NotFound when they don't exclude each other."""
