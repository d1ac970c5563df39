"""The calendar of campaigns, as it is kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from dialer.domain.calendar import CalendarEntry
from dialer.domain.contact import Channel
from dialer.domain.ids import CampaignId


class CalendarBook(Protocol):
    async def entries(self, begin: date | None, end: date | None) -> Sequence[CalendarEntry]:
        """Those with a day from `begin` to `end`, by their first day; None: no bound."""

    async def entry(self, campaign: CampaignId) -> CalendarEntry | None: ...

    async def put(self, entry: CalendarEntry) -> None:
        """Add or replace it; product and sharing are the campaign's own. NotFound: no such campaign."""

    async def remove(self, campaign: CampaignId) -> None:
        """NotFound when it has no entry."""

    async def people(self, campaign: CampaignId) -> int:
        """Contacts who are open leads of a campaign: neither done nor exhausted."""

    async def shared(self, campaign: CampaignId, others: Collection[CampaignId]) -> Mapping[CampaignId, int]:
        """How many of them are open leads of another, too."""

    async def capacity(self) -> Mapping[Channel, int]:
        """Contacts that a channel can take in a day; those not named have room for any number."""

    async def set_capacity(self, channel: Channel, a_day: int | None) -> None:
        """None: room for any number."""
