"""What stands against a campaign in the calendar, from what is kept."""

from collections.abc import Sequence

from dialer.domain.calendar import CalendarEntry, Conflict, Ground, conflicts_of
from dialer.domain.ids import CampaignId
from dialer.ports import AgentBook
from dialer.ports.calendar import CalendarBook
from dialer.ports.triggers import ProductBook


class CampaignCalendar:
    def __init__(self, book: CalendarBook, products: ProductBook, agents: AgentBook) -> None:
        self.book, self.products = book, products
        self._agents = agents

    async def conflicts(self, campaign: CampaignId) -> Sequence[Conflict]:
        """None for a campaign that has no entry."""
        entry = await self.book.entry(campaign)
        return [] if entry is None else conflicts_of(entry, await self._ground(entry))

    async def _ground(self, entry: CalendarEntry) -> Ground:
        others = await self.book.entries(entry.begins_on, entry.ends_on)
        pairs = await self.products.exclusive()
        return Ground(
            others=others,
            people=await self.book.people(entry.campaign),
            shared=await self.book.shared(entry.campaign, {one.campaign for one in others} - {entry.campaign}),
            agents=len(await self._agents.agents()),
            exclusive={frozenset(pair) for pair in pairs},
            capacity=await self.book.capacity(),
        )
