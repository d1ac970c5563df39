"""Waves with recorded prompts: orders go to a telephony in memory, and the test says how each call ended."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from dialer.domain.call import Attempt, EndedAttempt, ended
from dialer.domain.campaign import Campaign, CampaignStatus
from dialer.domain.ids import EngineName, ServerName
from dialer.domain.outcome import NOT_AN_ATTEMPT, AmdResult, CallEnd, Outcome
from dialer.engine.floor import Floor
from dialer.engine.placer import Placer
from dialer.engine.prompts import Prompts
from dialer.engine.proof import Proof
from dialer.engine.sounds import Sounds
from dialer.engine.waves.runner import Waves
from dialer.ports import CallOrder, ClosedAttempt
from integrations.contact_db.proof_book import DatabaseProofBook
from tests.fakes.telephony import FakeTelephony
from tests.waves.rig import WavesRig

IVR = {"name": "prompt", "channels": ["ivr"], "text": "custom/offer", "wait_hours": 4}
CAUSES = {Outcome.BUSY: 17, Outcome.NO_ANSWER: 19, Outcome.CONGESTION: 34, Outcome.INVALID_NUMBER: 1}


@dataclass
class PromptRig(WavesRig):
    telephony: FakeTelephony = field(init=False)
    floor: Floor = field(default_factory=Floor)
    placers: list[Placer] = field(default_factory=list)
    not_placed: list[EndedAttempt] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.telephony = FakeTelephony(self.clock)
        self.telephony.connected = True
        self.floor.trusted.add(ServerName("main"))
        super().__post_init__()

    def engine(self, name: str = "engine-1") -> Waves:
        waves = super().engine(name)
        proof = Proof(DatabaseProofBook(self.database), EngineName(name))
        placer = Placer(
            EngineName(name), self.floor, self.world.attempts, proof, self.telephony, Random(len(self.placers)),
            self._spawn, self.not_placed.append, self.clock, lambda campaign: self.stopped, waves.gate.outdated,
        )  # fmt: skip
        self.placers.append(placer)
        prompts = Prompts(self.floor, waves.gate, placer, {}, self.clock, Sounds(self.telephony, self.clock))
        return replace(waves, prompts=prompts)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work, name=name))

    async def running(self, *steps: Any, **plan: Any) -> Campaign:
        """A campaign that is dialed, whose waves run."""
        campaign = await self.campaign(*steps, **plan)
        await self.world.campaigns.set_status(campaign.id, CampaignStatus.RUNNING)
        return campaign

    async def turns(self, count: int = 3) -> None:
        for _ in range(count):
            await self.waves.turn()
            self.clock.at += timedelta(seconds=1)  # by which calls a second are counted
            await asyncio.gather(*self.tasks)

    @property
    def orders(self) -> Sequence[CallOrder]:
        return self.telephony.orders

    async def ends(self, outcome: Outcome, *, opted_out: bool = False, which: int = -1) -> Attempt:
        """Have the call of an order, the latest, end so; and the waves look."""
        call = self.floor.tracker.get(self.orders[which].attempt)
        assert call
        self.floor.tracker.remove(call.attempt.id)
        now = self.clock.now()
        answered = None if outcome in CAUSES else now
        end = CallEnd(
            CAUSES.get(outcome, 16),
            now,
            answered,
            AmdResult.MACHINE if outcome is Outcome.MACHINE else None,
            opted_out_at=now if opted_out else None,
            heard_at=now if outcome is Outcome.PROMPT_HEARD and not opted_out else None,
        )
        closed = ended(call.attempt, end)
        assert closed.outcome is outcome
        due_at = now if outcome not in NOT_AN_ATTEMPT else None  # as if it were an agent's call: it must not be dialed
        await self.world.attempts.close([ClosedAttempt(closed, due_at, exhausted=False, points=0.0)])
        await self.turns()
        return call.attempt
