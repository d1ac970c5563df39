"""Carries waves out: claims people whose turn has come, a batch at a time, and takes the step that is theirs.

A message is committed with the verdict that allows it before it is sent, under the id that it keeps. What can't be
known of it, when the channel's answer or our own process is lost, is never sent again. A prompt is an attempt, which
prompts.py places.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.clash import CONTACTED_MEANWHILE
from dialer.domain.contact import Channel
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import ActId, EngineName, new_attempt_id
from dialer.domain.lead import LeadStatus
from dialer.domain.wave import OUTREACH, PlaceState, Result, Room, Size, Step, WavesState, room_of
from dialer.engine.gate import Gate
from dialer.engine.prompts import NO_LINE, Prompts, WantedPrompt
from dialer.engine.waves.inbox import Inbox
from dialer.engine.waves.message_gate import MessageProof
from dialer.engine.waves.steps import Decider, Means, Passed, Taken
from dialer.ports import (
    CampaignWaves,
    FateUnknown,
    MessageChannel,
    MessageRefused,
    Moved,
    NewAct,
    NewPrompt,
    OpenedAttempts,
    Settled,
    WaveBook,
)

_log = logging.getLogger(__name__)
_TURN_SECONDS = 1.0
_RETRY_SECONDS = 5.0
_BATCH = 200
_AT_ONCE = 20
"""Messages of one channel on their way at the same time."""
_CLAIM = timedelta(minutes=5)
_LINE_AGAIN = timedelta(seconds=10)
_AGAIN = timedelta(minutes=5)
"""After a channel certainly did not send."""


@dataclass(frozen=True, slots=True)
class Calm:
    """What waves must know of inbound service."""

    stopped: Callable[[Campaign], str]
    """Why nothing may be sent for a campaign now; empty: it may."""
    contacts_an_hour: Callable[[Campaign, Size], Room]
    """How many contacts inbound service leaves room for in an hour, with why."""


@dataclass(slots=True)
class Waves:
    engine: EngineName
    book: WaveBook
    proof: MessageProof
    channels: Mapping[Channel, MessageChannel]
    gate: Gate
    calm: Calm
    clock: Clock
    random: Random
    inbox: Inbox
    prompts: Prompts | None = None
    """None: there is no Asterisk."""

    async def run(self) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as group:
            for channel in self.channels.values():
                group.create_task(channel.run(), name=f"{channel.channel} link")
                group.create_task(self.inbox.listen(channel), name=f"{channel.channel} news")
            group.create_task(self.inbox.look_again(), name="early receipts")
            await self._patiently(self.take_over)
            while True:
                if not await self._patiently(self.turn):
                    await self.clock.sleep(_TURN_SECONDS)

    async def _patiently(self, work: Callable[[], Awaitable[int]]) -> int:
        """Wait out a database that is away."""
        while True:
            try:
                return await work()
            except DatabaseUnavailable as error:
                _log.warning("waves wait for the database: %s", error)
                await self.clock.sleep(_RETRY_SECONDS)

    async def take_over(self) -> int:
        """Settle what an earlier run of this engine left open, and count it: it may have been sent."""
        lost = await self.book.take_over(self.engine, self.clock.now())
        if lost:
            _log.warning("%d messages may have been sent before the last end; they are not sent again", lost)
        return lost

    async def turn(self) -> int:
        """One batch of each campaign; how many steps were taken."""
        taken = 0
        for waves in await self.book.waves():
            await self.book.enroll(waves.campaign.id, self.clock.now(), [LeadStatus.READY])
            if waves.state is WavesState.RUNNING:
                taken += await self._batch(waves)
        return taken

    async def _batch(self, waves: CampaignWaves) -> int:
        now = self.clock.now()
        rooms = {step.name: await self._room(waves.campaign, step, now) for step in waves.plan.steps}
        most = min(_BATCH, sum(room.people for room in rooms.values()))
        if not most:
            await self.book.note(waves.campaign.id, "; ".join(f"{name}: {room.reason}" for name, room in rooms.items()))
            return 0
        await self.book.note(waves.campaign.id, self._lacks(waves))
        senders = {channel: one.sender for channel, one in self.channels.items()}
        means = Means(self.gate.rules, senders, rooms, self.prompts)
        places = await self.book.claim(waves.campaign.id, most, self.engine, now, now + _CLAIM)
        decider = Decider(waves, means, now)
        decisions = [decider.decided(due, self._new_id(now)) for due in places]
        await self._carry_out(waves.campaign, decisions, now)
        return len(places)

    async def _room(self, campaign: Campaign, step: Step, now: datetime) -> Room:
        if not OUTREACH & set(step.channels):
            return room_of(step.size, await self.book.sent(campaign.id, step.name, now), _BATCH)
        stopped = self.calm.stopped(campaign)
        if stopped:
            return Room(0, stopped)
        calm = self.calm.contacts_an_hour(campaign, step.size) if step.size.calm else None
        if calm is not None and not calm.people:
            return calm
        sent = await self.book.sent(campaign.id, step.name, now)
        found = room_of(step.size, sent, _BATCH, None if calm is None else calm.people)
        if Channel.IVR not in step.channels or self.prompts is None:
            return found
        await self.prompts.look(step.text)
        return min(found, self.prompts.room(campaign, step.text), key=lambda room: room.people)

    def _lacks(self, waves: CampaignWaves) -> str:
        """Which sounds of the plan's prompts some server lacks."""
        if self.prompts is None:
            return ""
        prompts = [step for step in waves.plan.steps if Channel.IVR in step.channels]
        return "; ".join(f"{step.name}: {lack}" for step in prompts for lack in self.prompts.lacks(step.text))

    def _new_id(self, now: datetime) -> ActId:
        return ActId(new_attempt_id(now, self.random))

    async def _carry_out(self, campaign: Campaign, decisions: Sequence[Taken | Passed], now: datetime) -> None:
        """Verdicts first, then what follows from them, then the messages."""
        passed = [one for one in decisions if isinstance(one, Passed)]
        taken = [one for one in decisions if isinstance(one, Taken) and one.prompt is None]
        await self.proof.keep(
            [(one.judged, None, "") for one in passed if one.judged is not None]
            + [(one.judged, one.act.id, one.act.address) for one in taken if one.judged is not None]
        )
        await self.book.move([one.moved for one in passed], self.engine)
        await self._place(campaign, [one.prompt for one in decisions if isinstance(one, Taken) and one.prompt], now)
        refused = await self.book.write([one.act for one in taken], self.engine, now)
        for act, reason in refused.items():
            _log.info("act %s was not written: %s", act, reason)
        await self._judge_again([one.act for one in taken if refused.get(one.act.id) == CONTACTED_MEANWHILE], now)
        written = [one for one in taken if one.message is not None and one.act.id not in refused]
        limit = asyncio.Semaphore(_AT_ONCE)
        settled = await asyncio.gather(*(self._send(one, limit) for one in written))
        await self._settle(settled)

    async def _place(self, campaign: Campaign, wanted: Sequence[WantedPrompt], now: datetime) -> None:
        if not wanted or self.prompts is None:
            return
        again: list[NewAct] = []

        async def write(prompts: Sequence[NewPrompt]) -> OpenedAttempts:
            opened = await self.book.write_prompts(prompts, self.engine, now)
            for attempt, reason in opened.refused.items():
                _log.info("prompt %s was not written: %s", attempt, reason)
            refused = {one for one, why in opened.refused.items() if why == CONTACTED_MEANWHILE}
            again.extend(one.act for one in prompts if one.attempt.id in refused)
            return opened

        left = await self.prompts.place(campaign, wanted, write)
        await self._judge_again(again, now)
        await self.book.move(
            [Moved(act.campaign, act.contact, PlaceState.DUE, now + _LINE_AGAIN, NO_LINE) for act in left], self.engine
        )

    async def _judge_again(self, acts: Sequence[NewAct], now: datetime) -> None:
        moved = [Moved(act.campaign, act.contact, PlaceState.DUE, now, CONTACTED_MEANWHILE) for act in acts]
        await self.book.move(moved, self.engine)

    async def _settle(self, settled: Sequence[Settled]) -> None:
        """However long the database is away: what was sent is known to nobody else."""
        while True:
            try:
                return await self.book.settle(settled)
            except DatabaseUnavailable as error:
                _log.warning("what became of %d messages waits for the database: %s", len(settled), error)
                await self.clock.sleep(_RETRY_SECONDS)

    async def _send(self, taken: Taken, limit: asyncio.Semaphore) -> Settled:
        act, message = taken.act, taken.message
        assert message is not None
        async with limit:
            now = self.clock.now()
            outdated = self.gate.outdated(taken.judged, now)
            if outdated:
                return Settled(act.id, act.contact, "", now, reason=outdated, again_at=now + _AGAIN)
            try:
                reference = await self.channels[act.channel].send(message)
            except MessageRefused as refused:
                again = now + _AGAIN if refused.again else None
                return Settled(act.id, act.contact, Result.REFUSED, now, reason=str(refused), again_at=again)
            except FateUnknown as unknown:
                return Settled(act.id, act.contact, Result.UNKNOWN, now, reason=str(unknown))
            except Exception:
                _log.exception("channel %s failed; message %s counts as sent", act.channel, act.id)
                return Settled(act.id, act.contact, Result.UNKNOWN, now, reason="a fault of ours")
        return Settled(act.id, act.contact, Result.SENT, self.clock.now(), reference)
