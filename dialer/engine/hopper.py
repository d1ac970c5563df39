"""The short ordered stock of leads about to be dialed, for one campaign: filled by lease, emptied by the dial loop.

Leads are leased many at a time, and wait in line. What the gate must know of them is read for the first of the line
alone, so that it is fresh, and is not read for those that go back undialed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from math import inf

from dialer.domain.ids import CampaignId, EngineName, LeadId
from dialer.domain.lead import Claimed, Lead
from dialer.engine.better_hours import BetterHours
from dialer.engine.proof import Proof
from dialer.engine.prospects import prospect_of
from dialer.ports import Blocked, LeadStock
from pacing.prospect import Prospect

_PASSED_OVER_MOST = 50
"""So often may leads behind be dialed before a lead."""
_HEAD_SECONDS = 30.0
"""So long may the first lead be passed over."""
_AHEAD = 200
"""Leads of which the gate's facts are at hand, at least, while there are others in line."""
_PIECE = 100
"""Leads of which they are read at once: events are not kept waiting."""
_KEPT_MOST = 50
_RAISED_AT_ONCE = 50
"""Leads that events raised, taken over the pool's depth by one look."""
_RAISED_MOST = 200
"""So many of them may be here."""
_LOOKED_AHEAD = timedelta(seconds=10)
"""So long a look ahead tells where the list goes on."""
_REMEMBERED = 10_000
"""Leads whose count of being passed over outlives their going back to the database."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lead at hand."""

    lead: Lead
    back_at: datetime
    """When it goes back to the database if it was not dialed."""
    prospect: Prospect


@dataclass(slots=True)
class Hopper:
    campaign: CampaignId
    stock: LeadStock
    proof: Proof
    owner: EngineName
    lease_seconds: float
    better_hours: BetterHours | None = None
    """None: nobody waits for an hour in which it answers more often."""
    _line: deque[Claimed] = field(default_factory=deque)
    """Leads of which the facts are not read yet."""
    _pool: deque[Held] = field(default_factory=deque)
    """Leads for whichever agent."""
    _promised: list[Held] = field(default_factory=list)
    """Call-backs that one agent promised."""
    _kept: list[Held] = field(default_factory=list)
    """Leads that may be called only with an agent kept for the call."""
    _blocked: list[Blocked] = field(default_factory=list)
    _settling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _next_score: tuple[float, datetime] | None = None
    """Of the first lead that was not leased when we looked ahead, and when that was."""
    _passed_over: dict[LeadId, int] = field(default_factory=dict)
    """How often leads behind were dialed first."""
    _head: tuple[LeadId, float] | None = None
    """The first lead that was passed over, and since when (monotonic) it is the first."""

    def __len__(self) -> int:
        """Leads for whichever agent, those in line with them."""
        return len(self._pool) + len(self._line)

    @property
    def at_hand(self) -> int:
        """Leads that could be dialed now."""
        return len(self._pool)

    @property
    def wants_facts(self) -> bool:
        """The leads at hand run out, while others are in line."""
        return len(self._pool) < _AHEAD / 2 and bool(self._line)

    @property
    def promised(self) -> list[Lead]:
        return [held.lead for held in self._promised]

    @property
    def kept(self) -> list[Lead]:
        """Leads that may be called only with an agent kept for the call."""
        return [held.lead for held in self._kept]

    async def refill(self, depth: int, now: datetime) -> int:
        """Lease leads up to `depth`, and read the facts of the first; leads that lay half their lease go back first, so
        that the order stays fresh and no lease runs out in here. Returns how many leads came."""
        await self._hand_back_stale(now)
        await self.settle_blocked()
        wanted, came = depth - len(self), 0
        if wanted > 0:
            came = await self._claim(wanted, self._score_from(now), now)
            if came < wanted and self.better_hours is not None:
                await self.better_hours.call_all(self.campaign, self.stock, now)
        await self.read_ahead(now)
        return came

    async def _claim(self, wanted: int, score: float, now: datetime) -> int:
        """From a score on, and where that is not enough from the best on; lined up. Returns how many came."""
        self._next_score = None
        until = now + timedelta(seconds=self.lease_seconds)
        claimed = await self.stock.claim(self.campaign, wanted, self.owner, now, until, score_from=score)
        self._line_up(claimed)
        if len(claimed) == wanted or score == inf:
            return len(claimed)
        return len(claimed) + await self._claim(wanted - len(claimed), inf, now)

    async def look_ahead(self, count: int, now: datetime) -> None:
        """Have the next `count` leads read before they are asked for, so that the next refill waits for no disk."""
        self._next_score = await self.stock.look_ahead(self.campaign, count), now

    def _score_from(self, now: datetime) -> float:
        if self._next_score is None or abs(now - self._next_score[1]) > _LOOKED_AHEAD:
            return inf
        return self._next_score[0]

    def _line_up(self, claimed: Sequence[Claimed]) -> None:
        self._line.extendleft(one for one in reversed(claimed) if one.urgent)
        self._line.extend(one for one in claimed if not one.urgent)

    async def read_ahead(self, now: datetime) -> None:
        """Read the facts of the first in line."""
        while self._line and (len(self._pool) < _AHEAD or self._line[0].urgent):
            piece = list(islice(self._line, _PIECE))
            leads = await self.stock.facts(self.campaign, piece, now)
            staying = await self._for_this_hour(leads, now)
            # some may have been taken away meanwhile
            still = {one.id for one in self._line} & {one.id for one in piece}
            self._line = deque(one for one in self._line if one.id not in still)
            self._keep([lead for lead in staying if lead.id in still], now)

    async def _for_this_hour(self, leads: Sequence[Lead], now: datetime) -> Sequence[Lead]:
        """Without those that wait for a better hour."""
        if self.better_hours is None:
            return leads
        staying, waiting = await self.better_hours.sorted_out(leads, now)
        self._blocked += waiting
        return staying

    async def fetch_raised(self, now: datetime) -> int:
        """Put the leads that an event has raised before all others, however full the pool is. Returns how many."""
        held = sum(one.lead.deadline is not None for one in self._pool)
        if held >= _RAISED_MOST:
            return 0
        until, count = now + timedelta(seconds=self.lease_seconds), min(_RAISED_AT_ONCE, _RAISED_MOST - held)
        claimed = await self.stock.claim_raised(self.campaign, count, self.owner, now, until)
        if claimed:
            leads = await self.stock.facts(self.campaign, claimed, now)
            self.drop({lead.id for lead in leads})
            self._keep(leads, now)
        return len(claimed)

    def _keep(self, leads: Iterable[Lead], now: datetime) -> None:
        """Raised leads before the rest, in their order, whenever they came."""
        lying = timedelta(seconds=self.lease_seconds / 2)
        raised: list[Held] = []
        others: list[Held] = []
        for lead in leads:
            held = Held(lead, (lead.claimed_at or now) + lying, prospect_of(lead, now))
            if lead.call_back_agent is not None:
                self._promised.append(held)
            else:
                (others if lead.deadline is None else raised).append(held)
        if raised:
            raised += [held for held in self._pool if held.lead.deadline is not None]
            behind = [held for held in self._pool if held.lead.deadline is None]
            self._pool = deque((*sorted(raised, key=_urgency), *behind))
        self._pool.extend(others)

    def take(self, count: int, admit: Callable[[Lead], Blocked | None]) -> list[Lead]:
        """The next `count` leads that `admit` lets through; the others are noted as blocked."""
        taken: list[Lead] = []
        while self._pool and len(taken) < count:
            self._admit(self._pool.popleft(), admit, taken)
        return taken

    def take_call_backs(self, count: int, now: datetime, admit: Callable[[Lead], Blocked | None]) -> list[Lead]:
        """The first `count` call-backs that are due and that `admit` lets through; other leads stay."""
        taken: list[Lead] = []
        left: deque[Held] = deque()
        for held in self._pool:
            promised = held.lead.call_back_at
            if len(taken) < count and promised is not None and promised <= now:
                self._admit(held, admit, taken)
            else:
                left.append(held)
        self._pool = left
        return taken

    def peek(self, count: int, now_seconds: float) -> tuple[list[Held], int]:
        """The next leads to choose from, and how many of the first must be dialed before any other, because an event
        raised them or they were passed over too long. `now_seconds`: of the monotonic clock."""
        known = count if self._passed_over or (self._pool and self._pool[0].lead.deadline) else 0
        overdue = [held for held in islice(self._pool, known) if self._is_overdue(held, now_seconds)]
        if overdue:
            ids = {held.lead.id for held in overdue}
            self._pool = deque((*overdue, *(held for held in self._pool if held.lead.id not in ids)))
        return list(islice(self._pool, count)), len(overdue)

    def _is_overdue(self, held: Held, now_seconds: float) -> bool:
        lead = held.lead.id
        if held.lead.deadline is not None:
            return True
        if self._passed_over.get(lead, 0) >= _PASSED_OVER_MOST:
            return True
        return self._head is not None and self._head[0] == lead and now_seconds - self._head[1] > _HEAD_SECONDS

    def take_picks(
        self, picks: Collection[int], admit: Callable[[Lead], Blocked | None], now_seconds: float
    ) -> list[Lead]:
        """The leads at these places of the latest `peek`, in order, that `admit` lets through; the others are noted as
        blocked. Leads before the last pick that stay were passed over."""
        taken: list[Lead] = []
        chosen, last = set(picks), max(picks, default=-1)
        left: deque[Held] = deque()
        for place, held in enumerate(self._pool):
            if place in chosen:
                self._passed_over.pop(held.lead.id, None)
                self._admit(held, admit, taken)
                continue
            left.append(held)
            if place < last:
                self._pass_over(held.lead.id)
        self._pool = left
        if chosen:
            self._note_head(now_seconds)
        return taken

    def _pass_over(self, lead: LeadId) -> None:
        self._passed_over[lead] = self._passed_over.pop(lead, 0) + 1
        while len(self._passed_over) > _REMEMBERED:
            del self._passed_over[next(iter(self._passed_over))]

    def _note_head(self, now_seconds: float) -> None:
        first = self._pool[0].lead.id if self._pool else None
        if first is None or first not in self._passed_over:
            self._head = None
        elif self._head is None or self._head[0] != first:
            self._head = (first, now_seconds)

    def _admit(self, held: Held, admit: Callable[[Lead], Blocked | None], taken: list[Lead]) -> None:
        blocked = admit(held.lead)
        if blocked is None:
            taken.append(held.lead)
        elif blocked.with_agent and len(self._kept) < _KEPT_MOST:
            self._kept.append(held)
        else:
            self._blocked.append(blocked)

    def take_reserved(self, lead: LeadId, admit: Callable[[Lead], Blocked | None]) -> Lead | None:
        """One promised call-back, or one lead for a kept agent, if the gate lets it through."""
        lane = self._promised if any(held.lead.id == lead for held in self._promised) else self._kept
        entry = next((held for held in lane if held.lead.id == lead), None)
        if entry is None:
            return None
        lane.remove(entry)
        blocked = admit(entry.lead)
        if blocked is not None:
            self._blocked.append(blocked)
            return None
        return entry.lead

    def note_blocked(self, blocked: Blocked) -> None:
        self._blocked.append(blocked)

    async def settle_blocked(self) -> None:
        """Tell the database which leads the gate stopped; it knows of all that were stopped before when this ends."""
        async with self._settling:
            if self._blocked:
                blocked, self._blocked = self._blocked, []
                await self.proof.keep_refusals([one.judged for one in blocked if one.judged is not None])
                await self.stock.block(blocked, self.owner)

    async def empty(self) -> None:
        """Hand everything back: the campaign pauses, or the engine stops."""
        await self.settle_blocked()
        leads = [*(held.lead.id for held in self._all()), *(one.id for one in self._line)]
        for lane in (self._line, self._pool, self._promised, self._kept):
            lane.clear()
        if leads:
            await self.stock.release(leads, self.owner)

    def drop(self, leads: set[LeadId]) -> None:
        """Forget leads that the database has taken away (a number put on DNC)."""
        self._line = deque(one for one in self._line if one.id not in leads)
        self._pool = deque(held for held in self._pool if held.lead.id not in leads)
        self._promised = [held for held in self._promised if held.lead.id not in leads]
        self._kept = [held for held in self._kept if held.lead.id not in leads]

    def _all(self) -> Iterable[Held]:
        return (*self._pool, *self._promised, *self._kept)

    async def _hand_back_stale(self, now: datetime) -> None:
        oldest = now - timedelta(seconds=self.lease_seconds / 2)
        stale = [held.lead.id for held in self._all() if held.back_at <= now]
        stale += [one.id for one in self._line if one.at <= oldest]
        if stale:
            self.drop(set(stale))
            await self.stock.release(stale, self.owner)


def _urgency(held: Held) -> tuple[float, datetime | None, LeadId]:
    """As raised leads are claimed."""
    return -held.lead.score, held.lead.deadline, held.lead.id
