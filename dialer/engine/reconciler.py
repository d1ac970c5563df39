"""After every start and every lost link: compare what we think with what the server knows, and only then trust it.

Events of a server are held back while its snapshot is taken and applied, so that none is lost on an attempt that is not
adopted yet; states only move forward, so that none of them can do harm afterwards.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, AttemptState
from dialer.domain.errors import DatabaseUnavailable, TelephonyUnavailable
from dialer.domain.events import AgentOffLine, LinkDown, LinkUp, TelephonyEvent
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, ServerName
from dialer.engine.call_tracker import TrackedCall
from dialer.engine.floor import Floor, Spawn
from dialer.engine.opt_outs import OptOuts
from dialer.engine.outcome_recorder import OutcomeRecorder
from dialer.engine.placer import Placer
from dialer.engine.settling import Settlement, settle, settle_absent
from dialer.engine.switchboard import Switchboard
from dialer.ports import AgentBook, AttemptBook, LiveCall, Snapshot, Telephony

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 3.0
"""An Originate that was on its way when we looked has made its channel by then."""
_RETRY_SECONDS = 2.0
_OVERDUE = timedelta(seconds=150)
"""No line rings longer (the ring limit is 120 s): one that seems to has lost its events."""


@dataclass(slots=True)
class Reconciler:
    engine: EngineName
    floor: Floor
    book: AttemptBook
    agent_book: AgentBook
    telephony: Telephony
    recorder: OutcomeRecorder
    switchboard: Switchboard
    placer: Placer
    clock: Clock
    spawn: Spawn
    settled: Callable[[], None]
    """Called when a server is trusted again."""
    opt_outs: OptOuts
    _held: dict[ServerName, list[TelephonyEvent]] = field(default_factory=dict)
    _links: dict[ServerName, int] = field(default_factory=dict)
    """Counts the links of each server: work begun on an earlier one is void."""

    def hold(self, event: TelephonyEvent) -> bool:
        """Take link events, and events of a server that is being reconciled; False: it is to be applied now."""
        if isinstance(event, LinkUp):
            self._links[event.server] = self._links.get(event.server, 0) + 1
            self._held[event.server] = []
            self.spawn(self._reconcile(event.server, self._links[event.server]), f"reconcile {event.server}")
            return True
        if isinstance(event, LinkDown):
            _log.warning("link to %s lost: %s; nothing is dialed there", event.server, event.reason)
            self._links[event.server] = self._links.get(event.server, 0) + 1
            self._held.pop(event.server, None)
            self.floor.trust(event.server, False, event.at, event.reason)
            return True
        held = self._held.get(event.server)
        if held is not None:
            held.append(event)
        return held is not None

    async def _reconcile(self, server: ServerName, link: int) -> None:
        while self._links[server] == link:
            try:
                await self._adopt(server, link)
                return
            except (TelephonyUnavailable, DatabaseUnavailable) as error:
                _log.warning("state of %s is not known yet: %s", server, error)
                await self.clock.sleep(_RETRY_SECONDS)

    async def _adopt(self, server: ServerName, link: int) -> None:
        snapshot = await self.telephony.snapshot(server)
        await self.opt_outs.keep(snapshot.opt_outs)
        noted = await self.agent_book.logged_in()
        unsettled = await self._unsettled(server)
        if self._links[server] != link:
            return
        settlement = settle(unsettled, snapshot)
        self._take_back_agents(snapshot, noted)
        self._apply(settlement)
        for event in self._held.pop(server, []):
            self.switchboard.apply(event)
        self.floor.trust(server, True, self.clock.now(), "reconciled")
        self.settled()
        _log.info(
            "%s is trusted: %d ended unseen, %d live, %d not known there",
            server,
            len(settlement.ended),
            len(settlement.live),
            len(settlement.absent),
        )
        await self._forget(server, settlement.forgettable)
        await self._look_again(server, link, settlement.absent)

    async def audit(self) -> None:
        """Settle what is in doubt, and what should long have ended, on servers that are trusted."""
        now = self.clock.now()
        servers = {call.attempt.server for call in self.floor.tracker if _doubtful(call, now)}
        for server in servers & self.floor.trusted:
            link = self._links[server]
            try:
                snapshot = await self.telephony.snapshot(server)
                unsettled = [a for a in await self._unsettled(server) if self._in_doubt(a.id, now)]
                if self._links[server] == link:
                    settlement = settle(unsettled, snapshot)
                    self._apply(settlement)
                    await self._look_again(server, link, settlement.absent)
            except (TelephonyUnavailable, DatabaseUnavailable) as error:
                _log.warning("calls in doubt on %s stay so: %s", server, error)

    async def _unsettled(self, server: ServerName) -> list[Attempt]:
        """Open attempts of ours on this server, but for those whose outcome is on its way to the database."""
        before = {call.attempt.id for call in self.floor.tracker if call.in_doubt}
        written = {attempt.id: attempt for attempt in await self.book.still_open(self.engine)}
        for attempt_id in before - written.keys():
            call = self.floor.tracker.get(attempt_id)
            if call is not None and call.attempt.server == server:
                self.floor.traces.forget(call.attempt.id)
                self.placer.let_go(call.attempt, "was never written")
        return [a for a in written.values() if a.server == server and not self.recorder.holds(a.id)]

    def _apply(self, settlement: Settlement) -> None:
        for attempt, live in settlement.live:
            self._take_up(attempt, live)
        for attempt, ended in settlement.ended:
            self.switchboard.end(self.floor.tracker.add(attempt), ended)
        for attempt in settlement.absent:
            self.floor.tracker.add(attempt).in_doubt = True

    def _take_up(self, attempt: Attempt, live: LiveCall) -> None:
        call = self.floor.tracker.add(attempt)
        call.in_doubt = False
        at = live.waiting_since or self.clock.now()
        if live.agent is not None:
            self.switchboard.connected(attempt.id, live.agent, at)
        elif live.waiting_since is not None:
            self.floor.tracker.move(attempt.id, AttemptState.WAITING, at)
            self.switchboard.unassign(call, "the link was lost before the callee came")
        elif live.answered:
            self.floor.tracker.move(attempt.id, AttemptState.ANSWERED, at)

    def _take_back_agents(self, snapshot: Snapshot, noted: Mapping[AgentId, tuple[CampaignId, AgentState]]) -> None:
        now = self.clock.now()
        for agent_id, free in snapshot.agents.items():
            agent = self.floor.roster.get(agent_id)
            if agent is not None:
                agent.free_in_switch = free
                if free and agent.state in (AgentState.LOGGING_IN, AgentState.INBOUND):
                    self.floor.roster.release(agent, now, "on the line")
            elif agent_id in noted:
                campaign, state = noted[agent_id]
                paused = state is AgentState.PAUSED
                self.floor.roster.restore(agent_id, campaign, snapshot.server, paused=paused, free=free, now=now)
        for agent in [a for a in self.floor.roster if a.server == snapshot.server and a.id not in snapshot.agents]:
            self.switchboard.apply(AgentOffLine(snapshot.server, now, agent.id))

    async def _look_again(self, server: ServerName, link: int, absent: list[Attempt]) -> None:
        if not absent:
            return
        await self.clock.sleep(_GRACE_SECONDS)
        snapshot = await self.telephony.snapshot(server)
        if self._links[server] != link:
            return
        settlement = settle([a for a in absent if self.floor.tracker.get(a.id) is not None], snapshot)
        self._apply(settlement)
        for attempt in settlement.absent:
            self.switchboard.end(self.floor.tracker.add(attempt), settle_absent(attempt, snapshot))
        self.settled()

    async def _forget(self, server: ServerName, attempts: list[AttemptId]) -> None:
        kept = [attempt for attempt in attempts if not self.recorder.holds(attempt)]
        if kept:
            await self.telephony.forget(server, kept)

    def _in_doubt(self, attempt: AttemptId, now: datetime) -> bool:
        call = self.floor.tracker.get(attempt)
        return call is None or _doubtful(call, now)


def _doubtful(call: TrackedCall, now: datetime) -> bool:
    quiet = call.state in (AttemptState.OPEN, AttemptState.RINGING, AttemptState.ANSWERED, AttemptState.WAITING)
    return call.in_doubt or (quiet and now - call.since > _OVERDUE)
