"""A predictive campaign in virtual time: a carrier of mixed callees, legal windows with a past, a pacer's state."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from compliance.abandonment import Tally
from dialer.clock import ScaledClock
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AttemptId, CampaignId, LeadId
from dialer.domain.outcome import Outcome
from tests.fakes.telephony import Behaviour, FakeTelephony
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, FlakyBook, Rig, SteppedClock
from tests.unit.pacer_floor import experienced

PAST = Tally(connected=20_000, dropped=400)
"""Two in a hundred were abandoned: there is room, but not for ever."""


@dataclass
class PastBook(FlakyBook):
    """A contact database whose campaign has dialed before."""

    past: Tally = field(default_factory=lambda: PAST)

    async def first_dial(self, campaign: CampaignId) -> datetime | None:
        return MONDAY_TEN_IN_NEW_YORK - timedelta(days=10)

    async def tallies(
        self, campaign: CampaignId, since: Sequence[datetime], until: datetime, without: Collection[AttemptId]
    ) -> list[Tally]:
        return [one.plus(replace(self.past)) for one in await super().tallies(campaign, since, until, without)]


def carrier(answers: float, talk_seconds: float = 60.0) -> dict[str, Behaviour]:
    """Callees by their last two digits: the share that answers, after 4 to 20 s; the others ring out."""
    random, callees = Random(3), {}
    for number in range(100):
        seconds = 4.0 + random.gammavariate(3.0, 2.0)
        talk = talk_seconds * random.expovariate(1.0)
        if (number * 37) % 100 < 100 * answers:
            callees[f"{number:02}"] = Behaviour(ring_seconds=seconds, talk_seconds=max(5.0, talk))
        else:
            callees[f"{number:02}"] = Behaviour(ring_seconds=900.0, answers=False, cause=19)
    return callees


@dataclass
class PredictiveRig(Rig):
    async def make_predictive(self, *, learned: float | None = 0.3, **plan: Any) -> Campaign:
        """A predictive campaign; `learned`: the probability that its stored pacing believes in, None: nothing."""
        plan = {"dial_mode": DialMode.PREDICTIVE, "wrap_up_seconds": 5, "max_lines": 200} | plan
        campaign = await self.make_campaign(**plan)
        if learned is not None:
            await self.book.save(campaign.id, experienced(learned).state(), self.clock.now())
        return campaign

    def leads(self, count: int) -> list[LeadId]:
        """Leads whose numbers end in every two digits in turn."""
        first = 2_000_000 + len(self.book.contacts)
        contacts = [self.book.add_contact(f"+1212{number}") for number in range(first, first + count)]
        return [self.book.add_lead(self.campaign.id, contact) for contact in contacts]

    def step_wall_clock(self, by: timedelta) -> None:
        assert isinstance(self.clock, SteppedClock)
        self.clock.step += by

    @property
    def reason(self) -> str:
        return self.desk.campaigns()[0].decision

    def ringing(self) -> int:
        return sum(1 for call in self.telephony.calls.values() if call.answered_at is None)

    def abandoned(self) -> int:
        return self.outcomes()[Outcome.ABANDONED]


def predictive_rig(
    folder: Path,
    *,
    answers: float = 0.3,
    talk_seconds: float = 60.0,
    past: Tally = PAST,
    callees: Mapping[str, Behaviour] | None = None,
) -> PredictiveRig:
    clock = SteppedClock(ScaledClock(MONDAY_TEN_IN_NEW_YORK, asyncio.get_running_loop().time()))
    telephony = FakeTelephony(clock, callees or carrier(answers, talk_seconds), lines=300)
    return PredictiveRig(clock, telephony, PastBook(past=past), folder / "spool.jsonl")
