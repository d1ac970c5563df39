"""The short ordered stock of leads about to be dialed, for one campaign: filled by lease, emptied by the dial loop."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.domain.ids import CampaignId, EngineName, LeadId
from dialer.domain.lead import Lead
from dialer.ports import Blocked, LeadStock


@dataclass(slots=True)
class Hopper:
    campaign: CampaignId
    stock: LeadStock
    owner: EngineName
    lease_seconds: float
    _pool: deque[tuple[Lead, datetime]] = field(default_factory=deque)
    """Leads for whichever agent, with the time at which they go back."""
    _promised: list[tuple[Lead, datetime]] = field(default_factory=list)
    """Call-backs that one agent promised."""
    _blocked: list[Blocked] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._pool)

    @property
    def promised(self) -> list[Lead]:
        return [lead for lead, _ in self._promised]

    async def refill(self, depth: int, now: datetime) -> int:
        """Bring the pool up to `depth` leads; leads that lay half their lease go back first, so that the order stays
        fresh and no lease runs out in here. Returns how many leads came."""
        await self._hand_back_stale(now)
        await self.settle_blocked()
        wanted = depth - len(self._pool)
        if wanted <= 0:
            return 0
        until = now + timedelta(seconds=self.lease_seconds)
        leads = await self.stock.claim(self.campaign, wanted, self.owner, now, until)
        back_at = now + timedelta(seconds=self.lease_seconds / 2)
        for lead in leads:
            (self._pool if lead.call_back_agent is None else self._promised).append((lead, back_at))
        return len(leads)

    def take(self, count: int, admit: Callable[[Lead], Blocked | None]) -> list[Lead]:
        """The next `count` leads that `admit` lets through; the others are noted as blocked."""
        taken: list[Lead] = []
        while self._pool and len(taken) < count:
            lead, _ = self._pool.popleft()
            blocked = admit(lead)
            if blocked is None:
                taken.append(lead)
            else:
                self._blocked.append(blocked)
        return taken

    def take_promised(self, lead: LeadId, admit: Callable[[Lead], Blocked | None]) -> Lead | None:
        """One promised call-back, if the gate lets it through."""
        entry = next((entry for entry in self._promised if entry[0].id == lead), None)
        if entry is None:
            return None
        self._promised.remove(entry)
        blocked = admit(entry[0])
        if blocked is not None:
            self._blocked.append(blocked)
            return None
        return entry[0]

    def note_blocked(self, blocked: Blocked) -> None:
        self._blocked.append(blocked)

    async def settle_blocked(self) -> None:
        """Tell the database which leads the gate stopped."""
        if self._blocked:
            blocked, self._blocked = self._blocked, []
            await self.stock.block(blocked, self.owner)

    async def empty(self) -> None:
        """Hand everything back: the campaign pauses, or the engine stops."""
        await self.settle_blocked()
        leads = [lead.id for lead, _ in (*self._pool, *self._promised)]
        self._pool.clear()
        self._promised.clear()
        if leads:
            await self.stock.release(leads, self.owner)

    def drop(self, leads: set[LeadId]) -> None:
        """Forget leads that the database has taken away (a number put on DNC)."""
        self._pool = deque(entry for entry in self._pool if entry[0].id not in leads)
        self._promised = [entry for entry in self._promised if entry[0].id not in leads]

    async def _hand_back_stale(self, now: datetime) -> None:
        stale = [lead.id for lead, back_at in (*self._pool, *self._promised) if back_at <= now]
        if stale:
            self.drop(set(stale))
            await self.stock.release(stale, self.owner)
