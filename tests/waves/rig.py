"""Waves on a real database, with channels in memory and a clock that stands still until it is moved."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from compliance.facts import Reassignment
from compliance.rulebook import Rules
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.contact import Channel
from dialer.domain.ids import ContactId, EngineName, LeadId
from dialer.domain.wave import Room, WavesState
from dialer.engine.gate import Gate
from dialer.engine.waves.inbox import Inbox
from dialer.engine.waves.message_gate import MessageProof
from dialer.engine.waves.runner import Calm, Waves
from dialer.ports import ConsentNote, Receipt, Reply
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.contact_db.wave_reading import WaveReading
from integrations.wave_plans import read_wave_plan
from tests.contract.contact_worlds import DatabaseWorld
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, SHIPPED
from tests.waves.fake_channel import FakeChannel

ADA, BEN = "+12122020106", "+12122020107"
SMS = {"name": "sms", "channels": ["sms"], "text": "Dear {name|customer}, reply STOP to end."}
CALL = {"name": "call", "channels": ["call"]}


@dataclass
class StillClock:
    """A clock that moves when it is told to, or when somebody sleeps by it."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        await self.sleep(seconds)
        return event.is_set()

    def loop_seconds(self, seconds: float) -> float:
        return seconds


@dataclass
class WavesRig:
    database: ContactDatabase
    clock: StillClock
    stopped: str = ""
    room: Room = field(default_factory=lambda: Room(1_000_000, "calm"))
    rules: Rules = field(default_factory=SHIPPED)

    def __post_init__(self) -> None:
        self.world = DatabaseWorld(self.database)
        self.book, self.reading = DatabaseWaveBook(self.database), WaveReading(self.database)
        self.sms, self.email = FakeChannel(), FakeChannel(Channel.EMAIL, "Shop <shop@paceline.example>")
        self.waves = self.engine()

    def engine(self, name: str = "engine-1") -> Waves:
        return Waves(
            engine=EngineName(name),
            book=self.book,
            proof=MessageProof(DatabaseProofBook(self.database), EngineName(f"{name}.waves")),
            channels={Channel.SMS: self.sms, Channel.EMAIL: self.email},
            gate=Gate(self.rules),
            calm=Calm(lambda campaign: self.stopped, lambda campaign, size: self.room),
            clock=self.clock,
            random=Random(name),  # two engines at one moment must not give one id twice
            inbox=Inbox(self.book, self.clock),
        )

    async def campaign(self, *steps: Mapping[str, Any], name: str = "autumn", **plan: Any) -> Campaign:
        """A campaign whose waves run."""
        await self.world.hold_list("US-DNC", self.clock.now(), {})
        made = await self.world.campaigns.create(CampaignPlan(name, caller_id="+12025550100"))
        await self.put(made, *steps, **plan)
        await self.reading.set_state(made.id, WavesState.RUNNING, self.clock.now())
        return made

    async def put(self, campaign: Campaign, *steps: Mapping[str, Any], **plan: Any) -> int:
        return await self.reading.put(campaign.id, read_wave_plan({"steps": steps, **plan}), self.clock.now())

    async def person(
        self, campaign: Campaign, number: str = ADA, *, consent: bool = True, name: str = "Ada", **attributes: str
    ) -> tuple[ContactId, LeadId]:
        """A contact who agreed to be reached, with a lead."""
        contact = await self.world.add_contact(number, name=name, attributes=attributes)
        if consent:
            day = self.clock.now() - timedelta(days=2)
            note = ConsentNote(day, True, "web form", purpose="marketing", proof="form 17")
            await self.world.consents.note(contact, note)
            await self.world.answer_of(number, Reassignment(self.clock.now(), day.date(), changed=False))
        return contact, await self.world.add_lead(campaign.id, contact)

    async def turns(self, count: int = 3) -> None:
        for _ in range(count):
            await self.waves.turn()

    async def later(self, **passed: float) -> None:
        self.clock.at += timedelta(**passed)
        await self.turns()

    async def place(self, contact: ContactId) -> Any:
        [row] = await self.rows("SELECT * FROM wave_places WHERE contact_id = :contact", contact=contact)
        return row

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        return await self.database.fetch(text(statement), values)

    async def receipt(self, reference: str, *, delivered: bool = True) -> None:
        await self.waves.inbox.take([Receipt(Channel.SMS, reference, delivered, self.clock.now())])

    async def reply(self, words: str, sender: str = ADA, channel: Channel = Channel.SMS) -> None:
        await self.waves.inbox.take([Reply(channel, sender, words, self.clock.now())])


def rig_at(database: ContactDatabase, start: datetime = MONDAY_TEN_IN_NEW_YORK) -> WavesRig:
    return WavesRig(database, StillClock(start))
