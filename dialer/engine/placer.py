"""From admitted leads to calls: the attempt is committed first, then placed, once.

Dial loops hand attempts in without waiting; one task commits what has gathered, so that a decision never waits for the
database, and the busier it is, the bigger the batches get.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from compliance.proof import Judged
from dialer.clock import Clock
from dialer.domain.call import Attempt, EndedAttempt
from dialer.domain.campaign import Campaign
from dialer.domain.clash import DEADLINE
from dialer.domain.errors import ActionRefused, DatabaseUnavailable, TelephonyUnavailable
from dialer.domain.ids import AgentId, AttemptId, EngineName, ServerName, new_attempt_id
from dialer.engine.call_tracker import PoolLine
from dialer.engine.floor import Floor, Spawn
from dialer.engine.gate import Admitted
from dialer.engine.proof import Proof
from dialer.engine.settling import not_placed
from dialer.ports import AttemptBook, CallOrder, OpenedAttempts, ServerStatus, Telephony

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0


@dataclass(slots=True)
class Placer:
    engine: EngineName
    floor: Floor
    book: AttemptBook
    proof: Proof
    telephony: Telephony
    random: Random
    spawn: Spawn
    close: Callable[[EndedAttempt], None]
    """Takes attempts that certainly reached no network."""
    clock: Clock
    stopped_by: Callable[[Campaign], str]
    """Why nothing may be placed for a campaign now, though it was committed; empty: it may."""
    outdated: Callable[[Judged | None, datetime], str]
    """Why an attempt may not be placed by its verdict any more, though it was committed; empty: it may."""
    database_away: bool = False
    """The last commit failed: nothing new may be handed in until the database answers."""
    _gathered: list[tuple[Campaign, Attempt]] = field(default_factory=list)
    _promised: set[AttemptId] = field(default_factory=set)
    """Of those on their way."""
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)

    def servers(self) -> list[ServerStatus]:
        """Those on which calls may be placed now."""
        if self.floor.draining or self.database_away:
            return []
        return [one for one in self.telephony.servers() if one.connected and one.name in self.floor.trusted]

    def attempt(
        self,
        campaign: Campaign,
        admitted: Admitted,
        server: ServerName,
        agent: AgentId | None = None,
        *,
        line: PoolLine | None = None,
        prompt: str = "",
    ) -> Attempt:
        """A new attempt, tracked from now on so that pacing counts it, but neither written nor placed."""
        now = self.clock.now()
        attempt = Attempt(
            id=new_attempt_id(now, self.random),
            campaign=campaign.id,
            lead=admitted.lead.id,
            contact=admitted.lead.contact,
            number_id=admitted.number.id,
            number=admitted.number.number,
            server=server,
            opened_at=now,
            verdict=admitted.judged.verdict.words,
            caller_id=admitted.caller_id,
            reserved_for=agent,
            prompt=prompt,
            lead_attempts=admitted.lead.attempts,
            deadline=admitted.lead.deadline,
            judged=admitted.judged,
        )
        self.floor.tracker.add(attempt, line=line)
        self.floor.traces.opened(attempt, admitted.lead.claimed_at)
        return attempt

    def dial(self, campaign: Campaign, attempts: Sequence[Attempt], *, promised: bool = False) -> None:
        """Have the attempts committed, then placed. Promised ones are placed even if marketing goes off meanwhile."""
        self._gathered.extend((campaign, attempt) for attempt in attempts)
        if promised:
            self._promised.update(attempt.id for attempt in attempts)
        self._nudge.set()

    async def run(self) -> None:
        """Commit and place what is handed in, for ever."""
        while True:
            await self._nudge.wait()
            self._nudge.clear()
            while self._gathered:
                batch, self._gathered = self._gathered, []
                await self._commit(batch)

    async def _commit(self, batch: Sequence[tuple[Campaign, Attempt]]) -> None:
        """When the database fails, none is placed. Whether they were written is not known, so they stay in doubt
        until database and server have been asked."""
        try:
            await self.proof.keep_admissions([attempt for _, attempt in batch])
            opened = await self.book.open([attempt for _, attempt in batch], self.engine)
        except DatabaseUnavailable as error:
            _log.warning("%d attempts are in doubt, and nothing is dialed: %s", len(batch), error)
            for _, attempt in batch:
                self._doubt(attempt)
            await self._database_back()
            return
        self._go_on(batch, opened)

    async def place_written(
        self, campaign: Campaign, attempts: Sequence[Attempt], write: Callable[[], Awaitable[OpenedAttempts]]
    ) -> None:
        """Place attempts that `write` commits together with what belongs to them. When it fails, they are in doubt."""
        if not attempts:
            return
        opened = None
        try:
            await self.proof.keep_admissions(attempts)
            opened = await write()
        finally:
            if opened is None:
                for attempt in attempts:
                    self._doubt(attempt)
        self._go_on([(campaign, attempt) for attempt in attempts], opened)

    def _go_on(self, batch: Sequence[tuple[Campaign, Attempt]], opened: OpenedAttempts) -> None:
        self.floor.traces.written(opened.opened, self.clock.now())
        for campaign, attempt in batch:
            if attempt.id in opened.opened:
                self.floor.opened[campaign.id] += 1
                self.spawn(self._place(campaign, attempt), f"place {attempt.id}")
            else:
                self.floor.traces.forget(attempt.id)
                self.let_go(attempt, opened.refused.get(attempt.id, "not allowed"))

    async def _database_back(self) -> None:
        self.database_away = True
        while self.database_away:
            await self.clock.sleep(_RETRY_SECONDS)
            try:
                await self.book.still_open(self.engine)
            except DatabaseUnavailable:
                continue
            self.database_away = False

    def let_go(self, attempt: Attempt, reason: str) -> None:
        """Forget an attempt that was never written or placed, and free the agent it was for."""
        self._promised.discard(attempt.id)
        self.floor.tracker.remove(attempt.id)
        agent = self.floor.roster.get(attempt.reserved_for) if attempt.reserved_for else None
        if agent is not None and agent.attempt == attempt.id:
            self.floor.roster.release(agent, self.clock.now(), reason)

    async def _place(self, campaign: Campaign, attempt: Attempt) -> None:
        if attempt.server not in self.floor.trusted:
            self._not_placed(attempt, f"{attempt.server} is not trusted")
            return
        stopped = self.outdated(attempt.judged, self.clock.now())
        if attempt.deadline is not None and attempt.deadline <= self.clock.now():
            stopped = DEADLINE
        if not stopped and attempt.id not in self._promised:
            stopped = self.stopped_by(campaign)
        self._promised.discard(attempt.id)
        if stopped:
            _log.info("attempt %s is not placed: %s", attempt.id, stopped)
            self._not_placed(attempt, stopped)
            return
        try:
            await self.telephony.originate(order_of(campaign, attempt))
            self.floor.traces.placed(attempt.id, self.clock.now())
        except ActionRefused as refused:
            _log.warning("attempt %s was refused by %s: %s", attempt.id, attempt.server, refused)
            self._not_placed(attempt, "the switch refused the call")
        except TelephonyUnavailable as gone:
            _log.warning("attempt %s is in doubt: %s", attempt.id, gone)
            self._doubt(attempt)

    def _not_placed(self, attempt: Attempt, reason: str) -> None:
        self.let_go(attempt, reason)
        self.close(not_placed(attempt, self.clock.now()))

    def _doubt(self, attempt: Attempt) -> None:
        self._promised.discard(attempt.id)
        call = self.floor.tracker.get(attempt.id)
        if call is not None:
            call.in_doubt = True


def order_of(campaign: Campaign, attempt: Attempt) -> CallOrder:
    plan = campaign.plan
    return CallOrder(
        attempt=attempt.id,
        server=attempt.server,
        campaign=campaign.id,
        number=attempt.number,
        ring_seconds=plan.ring_seconds,
        agent_wait_seconds=plan.agent_wait_seconds,
        machine_handling=plan.machine_handling,
        caller_id=attempt.caller_id,
        queue=campaign.queue,
        message=plan.message,
        information_message=plan.information_message,
        opt_out_key=plan.opt_out_key,
        recording=plan.recording and not attempt.prompt,
        prompt=attempt.prompt,
    )
