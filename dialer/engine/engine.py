"""The engine: owns every long-lived task, and the one pipe from telephony's events to outcomes.

Its eternal tasks: events (apply what telephony tells), placements (commit attempts, then place them), outcomes (store
them), heartbeats (tell the dialplan that we live), wrap-ups (end them in time), notes (the agents' log), audits (settle
what is in doubt), caller ids (read their pool), abandonment (read its counts), learning (refresh and store what pacing
learned), inbound (store what was counted of it), marketing switch (decide), switch changes (store them), shared agents
(keep them in the inbound queues). If one of them ends, the engine stops. Each running campaign adds its dial loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from compliance.rulebook import Rules
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import EndedAttempt
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus, next_due, queue_of
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.domain.ids import CampaignId, EngineName, ServerName
from dialer.domain.outcome import NOT_AN_ATTEMPT
from dialer.domain.service_group import ServiceGroup
from dialer.domain.trigger import TriggerRule
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.agent_roster import AgentChange
from dialer.engine.better_hours import BetterHours
from dialer.engine.calendar import CampaignCalendar
from dialer.engine.caller_ids import CallerIds
from dialer.engine.dial_loop import DialLoop
from dialer.engine.feed import CampaignMoved
from dialer.engine.floor import Floor
from dialer.engine.gate import MAY_CHANGE, Gate
from dialer.engine.hopper import Hopper
from dialer.engine.inbound_tags import InboundTags
from dialer.engine.inbound_watch import InboundWatch
from dialer.engine.learning import Learning
from dialer.engine.line_room import RateRoom
from dialer.engine.marketing_switch import MarketingSwitch
from dialer.engine.opt_outs import OptOuts
from dialer.engine.outcome_recorder import OutcomeRecorder
from dialer.engine.placer import Placer
from dialer.engine.predictive_turn import PredictiveTurn
from dialer.engine.prompts import Prompts
from dialer.engine.proof import Proof
from dialer.engine.reconciler import Reconciler
from dialer.engine.scoring.contact_history import Rule, points_after
from dialer.engine.sounds import Sounds
from dialer.engine.spool import Spool
from dialer.engine.switchboard import Switchboard
from dialer.engine.traces import Traces
from dialer.engine.triggers import Triggers
from dialer.ports import (
    AbandonmentBook,
    AgentBook,
    AgentNote,
    AttemptBook,
    CallerIdBook,
    CampaignBook,
    ClosedAttempt,
    DncBook,
    InboundBook,
    LeadStock,
    PacingBook,
    ProofBook,
    SwitchBook,
    Telephony,
)
from dialer.ports.calendar import CalendarBook
from dialer.ports.scores import LeadHours
from dialer.ports.tracing import AttemptTracer
from dialer.ports.triggers import OfferBook, ProductBook, TriggerBook

_log = logging.getLogger(__name__)
_AUDIT_SECONDS = 10.0
_SHORTEST_WAIT_SECONDS = 0.001
_LOG_IN_SECONDS = 60.0
"""A phone rings 30 s, and Asterisk counts an agent as free some 5 s after the login."""
_RETRY_SECONDS = 2.0
_FLUSH_SECONDS = 30.0
"""How long a drain waits for a database that is away."""


@dataclass(frozen=True, slots=True)
class Books:
    """The contact database, by role."""

    leads: LeadStock
    attempts: AttemptBook
    agents: AgentBook
    campaigns: CampaignBook
    abandonment: AbandonmentBook
    pacing: PacingBook
    inbound: InboundBook
    switches: SwitchBook
    proofs: ProofBook
    dnc: DncBook
    caller_ids: CallerIdBook
    triggers: TriggerBook
    offers: OfferBook
    products: ProductBook
    calendar: CalendarBook
    hours: LeadHours | None = None
    """None: no lead waits for an hour in which it answers more often."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The engine's figures; see `[engine]` in the settings for each one's meaning."""

    name: EngineName
    hopper_leads: int
    lease_seconds: float
    tick_seconds: float
    heartbeat_seconds: float
    drain_seconds: float
    spool: Path


class Engine:
    def __init__(
        self,
        *,
        books: Books,
        telephony: Telephony,
        gate: Gate,
        points: Rule,
        rhythm: Rhythm,
        clock: Clock,
        random: Random,
        amd_false_share: float = 1.0,
        groups: Sequence[ServiceGroup] = (),
        trigger_rules: Sequence[TriggerRule] = (),
        tracer: AttemptTracer | None = None,
    ) -> None:
        """`groups`: the service groups whose inbound service switches marketing off; none: nothing does.

        `amd_false_share`: share of calls ended as a machine's that were people, 0 to 1; 1: nobody listened."""
        self.floor = Floor(traces=Traces(tracer))
        self.loops: dict[CampaignId, DialLoop] = {}
        self.campaigns: dict[CampaignId, Campaign] = {}
        self.books, self.telephony, self.rhythm, self.clock = books, telephony, rhythm, clock
        self.gate, self._points = gate, points
        self._rates: dict[str, RateRoom] = {}
        self._notes: asyncio.Queue[AgentChange] = asyncio.Queue()
        self._wrap_up_nudge = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._shared_on: set[ServerName] = set()
        self.trusted = asyncio.Event()
        """Set once the state of a first server is known."""
        self.drained = asyncio.Event()
        self.recorder = OutcomeRecorder(books.attempts, telephony, Spool(rhythm.spool), clock, self._stored)
        self.inbound = InboundWatch(groups, books.inbound, telephony, clock, self._spawn)
        self.marketing = MarketingSwitch(
            watch=self.inbound,
            book=books.switches,
            floor=self.floor,
            telephony=telephony,
            clock=clock,
            campaigns=self.campaigns,
            nudge=self._nudge,
        )
        self.proof = Proof(books.proofs, rhythm.name)
        self.placer = Placer(
            rhythm.name, self.floor, books.attempts, self.proof, telephony, random, self._spawn, self._close, clock,
            lambda campaign: self.marketing.gate(campaign).words, gate.outdated,
        )  # fmt: skip
        sounds = Sounds(self.placer.telephony, clock)
        self.prompts = Prompts(self.floor, gate, self.placer, self._rates, clock, sounds)
        self.learning = Learning(books.pacing, clock, self.plan)
        self.switchboard = Switchboard(
            self.floor, telephony, self._spawn, self._close, self._wrap_up_until, clock.now, self.learning
        )
        self.abandonment = AbandonmentLedger(
            books.abandonment, gate, self.floor.tracker, self.recorder, clock, amd_false_share
        )
        self.opt_outs = OptOuts(books.dnc, telephony, clock)
        self.triggers = Triggers(trigger_rules, books.triggers, books.campaigns, clock, self._look_for_raised)
        self.tags = InboundTags(books.offers, self.floor, clock, self._spawn)
        self.calendar = CampaignCalendar(books.calendar, books.products, books.agents)
        self.caller_ids = CallerIds(books.caller_ids, gate.caller_ids, clock, self._reconsider)
        self._reconciler = Reconciler(
            rhythm.name, self.floor, books.attempts, books.agents, telephony, self.recorder, self.switchboard,
            self.placer, clock, self._spawn, self.settle_floor, self.opt_outs,
        )  # fmt: skip

    # --- life

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then drain: no new calls, live ones finish (at most `drain_seconds`), all is stored."""
        await self._load()
        async with asyncio.TaskGroup() as group:
            self._group = group
            eternal = [
                group.create_task(work, name=name)
                for name, work in (
                    ("events", self._events()),
                    ("placements", self.placer.run()),
                    ("outcomes", self.recorder.run()),
                    ("opt-outs", self.opt_outs.run()),
                    ("caller ids", self.caller_ids.run()),
                    ("heartbeats", self._heartbeats()),
                    ("wrap-ups", self._wrap_ups()),
                    ("notes", self._write_notes()),
                    ("audits", self._audits()),
                    ("abandonment", self.abandonment.run(lambda: self.loops)),
                    ("learning", self.learning.run()),
                    ("inbound", self.inbound.run()),
                    ("marketing switch", self.marketing.run()),
                    ("switch changes", self.marketing.write()),
                    ("shared agents", self.marketing.agents.run()),
                )
            ]
            for campaign in list(self.campaigns.values()):
                if campaign.status is CampaignStatus.RUNNING:
                    self.start_loop(campaign)
            await stop.wait()
            await self._drain()
            self.drained.set()
            for task in eternal:
                task.cancel()
        self._group = None

    async def _load(self) -> None:
        for campaign in await self.books.campaigns.campaigns():
            self.campaigns[campaign.id] = campaign
        await self.caller_ids.load()
        await self.inbound.load()
        await self.marketing.load()
        await self.books.leads.release_all(self.rhythm.name)
        left = await self.recorder.take_back_spool()
        for closed in left:
            self.abandonment.note(closed.ended)
        if left:
            _log.info("%d outcomes from the spool are on their way to the database", len(left))

    async def _drain(self) -> None:
        self.floor.draining = True
        for loop in self.loops.values():
            loop.stop()
        _log.info("draining: %d calls to finish, at most %g s", len(self.floor.tracker), self.rhythm.drain_seconds)
        end = self.clock.monotonic() + self.rhythm.drain_seconds
        while len(self.floor.tracker) and self.clock.monotonic() < end:
            await self.clock.sleep(self.rhythm.tick_seconds)
        if len(self.floor.tracker):
            _log.warning("%d calls go on without us; the next start settles them", len(self.floor.tracker))
        if not await self.recorder.flushed(_FLUSH_SECONDS):
            _log.warning("%d outcomes stay on disk and in Asterisk for the next start", self.recorder.depth)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.clock.loop_seconds(_FLUSH_SECONDS)):
                await self._notes.join()
                await self.marketing.written()
        try:
            await self.learning.save()
        except DatabaseUnavailable as error:
            _log.warning("what pacing learned last is lost: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        if self._group is None:
            work.close()
            raise DialerError("the engine is not running")
        self._group.create_task(work, name=name)

    # --- campaigns

    def start_loop(self, campaign: Campaign) -> None:
        """Begin to dial a campaign; one that is dialed already goes on with the campaign as given."""
        self.campaigns[campaign.id] = campaign
        if campaign.id in self.loops:
            self.loops[campaign.id].campaign = campaign
            return
        hours = None if self.books.hours is None else BetterHours(self.books.hours)
        hopper = Hopper(campaign.id, self.books.leads, self.proof, self.rhythm.name, self.rhythm.lease_seconds, hours)
        loop = DialLoop(
            campaign, hopper, self.floor, self.gate, self.placer, self._rates, self.clock,
            self.rhythm.tick_seconds, self.rhythm.hopper_leads,
            PredictiveTurn(self.floor, self.learning, self.abandonment, self.clock), self.marketing, self.settle_floor,
        )  # fmt: skip
        self.loops[campaign.id] = loop
        self.abandonment.nudge()
        self._spawn(self._dial(loop), f"dial {campaign.id}")
        self.floor.feed.publish(CampaignMoved(self.clock.now(), campaign.id, campaign.status, "dialing"))

    def stop_loop(self, campaign: Campaign, reason: str) -> None:
        """Dial no more; calls under way go on."""
        self.campaigns[campaign.id] = campaign
        loop = self.loops.pop(campaign.id, None)
        if loop is not None:
            loop.stop()
        self.floor.feed.publish(CampaignMoved(self.clock.now(), campaign.id, campaign.status, reason))

    async def _reconsider(self, reasons: Collection[str]) -> None:
        """Have the leads of running campaigns looked at again that are blocked, or wait, for these reasons."""
        for campaign in list(self.loops):
            await self.books.leads.reconsider(campaign, reasons, waiting=True)

    async def _dial(self, loop: DialLoop) -> None:
        try:
            while not loop.stopped and not await self._recalled(loop.campaign.id):
                await self.clock.sleep(_RETRY_SECONDS)
            await loop.run()
        except DialerError as error:
            _log.error("dialing of campaign %s ended: %s", loop.campaign.id, error)
            raise

    async def _recalled(self, campaign: CampaignId) -> bool:
        """Whether it is known what pacing learned of the campaign before."""
        try:
            await self.learning.open(campaign)
        except DatabaseUnavailable as error:
            _log.warning("campaign %s is not dialed until its pacing is known: %s", campaign, error)
            return False
        return True

    # --- rules

    def go_by(self, rules: Rules) -> None:
        """Swap the rules, all at once and between two verdicts; then have what the old ones stopped judged anew."""
        self.gate.rules = rules
        self.abandonment.rules_changed()
        for loop in self.loops.values():
            if not loop.stopped:
                self._spawn(self._look_again(loop), f"look again {loop.campaign.id}")

    async def _look_again(self, loop: DialLoop) -> None:
        """What the old rules stopped a moment ago is stored first, or it would be blocked after it was looked for."""
        while not loop.stopped:
            try:
                await loop.hopper.settle_blocked()
                found = await self.books.leads.reconsider(loop.campaign.id, MAY_CHANGE, waiting=True)
            except DatabaseUnavailable as error:
                _log.warning("leads of campaign %s wait to be judged anew: %s", loop.campaign.id, error)
                await self.clock.sleep(_RETRY_SECONDS)
            else:
                _log.info("campaign %s: %d leads are judged anew", loop.campaign.id, found)
                return

    def _nudge(self, campaign: CampaignId) -> None:
        loop = self.loops.get(campaign)
        if loop is not None:
            loop.nudge()

    def _look_for_raised(self, campaign: CampaignId) -> None:
        loop = self.loops.get(campaign)
        if loop is not None:
            loop.look_for_raised()

    # --- the pipe: events in, outcomes out

    async def _events(self) -> None:
        while True:
            events = await self.telephony.next_events()
            for event in events:
                self.inbound.apply(event)
                self.tags.apply(event)
                self.opt_outs.take(event)
                if not self._reconciler.hold(event):
                    self.switchboard.apply(event)
            self.settle_floor()
            self.marketing.evaluate(self.inbound.take_changed())
            for loop in self.loops.values():
                loop.nudge(events[0].at)

    def settle_floor(self) -> None:
        """After any change: give callees to agents, tell agents' changes, look when the next wrap-up ends."""
        self.switchboard.assign()
        if self.floor.trusted:
            self.trusted.set()
        for server in self.floor.trusted - self._shared_on:
            self.marketing.agents.server_trusted(server)
        self._shared_on = set(self.floor.trusted)
        for change in self.floor.published_changes():
            self._notes.put_nowait(change)
            self.learning.agent_changed(change)
            self.marketing.agents.agent_changed(change)
            if change.after is AgentState.WRAP_UP:
                self._wrap_up_nudge.set()
            loop = self.loops.get(change.campaign)
            if loop is not None:
                if change.before is AgentState.PREVIEWING and change.after is not AgentState.RESERVED:
                    loop.previews.end(change.agent)
                loop.nudge()

    def _stored(self, batch: Sequence[ClosedAttempt]) -> None:
        self.floor.traces.stored(batch, self.campaigns, self.clock.now())

    def _close(self, ended: EndedAttempt) -> None:
        plan = self.plan(ended.campaign)
        reached = ended.lead_attempts + (ended.outcome not in NOT_AN_ATTEMPT)
        opted_out = ended.end.opted_out_at is not None
        due_at = None if opted_out else next_due(plan, ended.outcome, reached, ended.end.ended_at)
        closed = ClosedAttempt(
            ended=ended,
            due_at=due_at,
            exhausted=due_at is None and not opted_out and plan.recycle.get(ended.outcome) is not None,
            points=points_after(self._points, ended.outcome, reached),
        )
        self.floor.note_ended(ended, self.clock.now())
        self.abandonment.note(ended)
        self.recorder.put(closed)

    def plan(self, campaign: CampaignId) -> CampaignPlan:
        """The plan of a campaign; defaults for one that was deleted meanwhile."""
        known = self.campaigns.get(campaign)
        return known.plan if known else CampaignPlan(name=f"campaign {campaign}")

    def _wrap_up_until(self, campaign: CampaignId) -> float:
        return self.clock.monotonic() + self.plan(campaign).wrap_up_seconds

    # --- eternal tasks

    async def _wrap_ups(self) -> None:
        while True:
            due = self.floor.roster.next_wrap_up()
            seconds = 3600.0 if due is None else due - self.clock.monotonic()
            # a wait shorter than the clock's step would end before the wrap-up, again and again
            await self.clock.wait(self._wrap_up_nudge, max(_SHORTEST_WAIT_SECONDS, seconds))
            self._wrap_up_nudge.clear()
            if self.floor.roster.finish_wrap_ups(self.clock.monotonic(), self.clock.now()):
                self.settle_floor()

    async def _heartbeats(self) -> None:
        """One rhythm a server, so that none that hangs keeps us from the others."""
        async with asyncio.TaskGroup() as group:
            for server in self.telephony.servers():
                group.create_task(self._heartbeat(server.name), name=f"heartbeat {server.name}")

    async def _heartbeat(self, server: ServerName) -> None:
        while True:
            if server in self.floor.trusted:
                try:
                    await self.telephony.heartbeat(server)
                except DialerError as error:
                    _log.warning("no sign of life reached %s: %s", server, error)
            await self.clock.sleep(self.rhythm.heartbeat_seconds)

    async def _write_notes(self) -> None:
        while True:
            changes = [await self._notes.get()]
            while not self._notes.empty():
                changes.append(self._notes.get_nowait())
            for change in changes:
                await self._tell_switch(change)
            notes = [AgentNote(c.agent, c.campaign, c.after, c.at, c.reason) for c in changes]
            while True:
                try:
                    await self.books.agents.note_states(notes)
                    break
                except DatabaseUnavailable as error:
                    _log.warning("%d notes on agents wait for the database: %s", len(notes), error)
                    await self.clock.sleep(_RETRY_SECONDS)
            for _ in changes:
                self._notes.task_done()

    async def _tell_switch(self, change: AgentChange) -> None:
        """Let go of the phone of an agent who logged out, and pause in the fallback queue whom we paused: it must not
        call them when we are gone."""
        queue = queue_of(change.campaign)
        paused = change.after is AgentState.PAUSED
        try:
            if change.after is AgentState.LOGGED_OUT:
                await self.telephony.log_out(change.server, change.agent, queue)
            elif paused or change.before is AgentState.PAUSED:
                await self.telephony.pause(change.server, change.agent, queue, paused=paused, reason=change.reason)
        except DialerError as error:
            _log.warning("agent %s at %s: %s", change.agent, change.server, error)

    async def _audits(self) -> None:
        while True:
            await self.clock.sleep(_AUDIT_SECONDS)
            await self._reconciler.audit()
            self.floor.roster.give_up_log_ins(self.clock.now(), _LOG_IN_SECONDS)
            self.settle_floor()
