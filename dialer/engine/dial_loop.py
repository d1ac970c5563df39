"""The dial loop of one running campaign: on every nudge and at least every tick, how many lines to add, and add them.

Each server is paced by itself, since a callee can only be given to an agent of the same server. Between reading the
counts and adding the attempts to them there is no await, so no two turns spend the same room.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, AttemptState
from dialer.domain.campaign import LEGAL_RING_SECONDS, SETUP_SECONDS, Campaign, CampaignPlan, DialMode
from dialer.domain.clash import DEADLINE
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.lead import Lead
from dialer.engine.agent_roster import Agent
from dialer.engine.call_tracker import PoolLine
from dialer.engine.floor import Floor
from dialer.engine.gate import IDLE, KEPT, Admitted, Gate, Taker
from dialer.engine.hopper import Hopper
from dialer.engine.leaving_agents import LeavingAgents
from dialer.engine.line_room import RateRoom, line_room
from dialer.engine.marketing_switch import Gate as MarketingGate
from dialer.engine.marketing_switch import MarketingSwitch
from dialer.engine.placer import Placer
from dialer.engine.predictive_turn import PredictiveTurn, waiting_calls
from dialer.engine.previews import Previews
from dialer.engine.prospects import prospect_of
from dialer.ports import Blocked, ServerStatus, StockReport
from pacing.pacer import Pacer
from pacing.policy import PacingDecision, PacingInput, Policy, Power, Preview, Progressive

_log = logging.getLogger(__name__)
_IN_FLIGHT = (AttemptState.OPEN, AttemptState.RINGING)
_UNASSIGNED = (AttemptState.ANSWERED, AttemptState.WAITING)
_REPORT_SECONDS = 10.0
_RAISED_SECONDS = 0.5
"""How often raised leads are looked for: they are to be at the head within a second, whoever raised them."""
_RAISED_LOOP_SECONDS = 0.25
"""Of the machine's own time at least, so that a day that passes in a minute does not keep the database busy."""
_AT_HAND = 200
"""Leads that predictive pacing chooses from."""
_EVENT_SECONDS = 1.0
"""After its ring time, a line's end is known."""
_PROMISE_GRACE = timedelta(minutes=15)
"""A call-back promised by one agent goes to any when that agent is not to be had for so long after its time."""


def policy_of(plan: CampaignPlan) -> Policy:
    """The pacing policy of a campaign's dial mode; for predictive mode, what it falls back to."""
    match plan.dial_mode:
        case DialMode.PREVIEW:
            return Preview()
        case DialMode.POWER:
            return Power(plan.dial_level)
        case DialMode.PROGRESSIVE | DialMode.PREDICTIVE:
            return Progressive()
    assert_never(plan.dial_mode)


@dataclass(slots=True)
class DialLoop:
    campaign: Campaign
    hopper: Hopper
    floor: Floor
    gate: Gate
    placer: Placer
    rates: dict[str, RateRoom]
    clock: Clock
    tick_seconds: float
    hopper_leads: int
    predictive: PredictiveTurn
    marketing: MarketingSwitch
    changed: Callable[[], None]
    """Called after a turn, so that agents' changes get told."""
    decision: PacingDecision = field(default_factory=lambda: PacingDecision(0, "not started"))
    report: StockReport | None = None
    """The list's state, read when the hopper runs dry."""
    leaving: LeavingAgents = field(init=False)
    previews: Previews = field(init=False)
    _nudge: asyncio.Event = field(default_factory=asyncio.Event)
    _dry: asyncio.Event = field(default_factory=asyncio.Event)
    _raised: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _event_at: datetime | None = None
    _report_due: float = float("-inf")
    _dialed: tuple[Campaign, Campaign] | None = None
    """The campaign, and as it is dialed; see `dialed`."""

    def __post_init__(self) -> None:
        self.leaving = LeavingAgents(self.floor, self.predictive, self.clock)
        self.previews = Previews(self.campaign.id, self.floor, self.hopper, self.clock)

    def nudge(self, event_at: datetime | None = None) -> None:
        """Something changed: decide again now."""
        if self._event_at is None:
            self._event_at = event_at
        self._nudge.set()

    def look_for_raised(self) -> None:
        """An event has raised a lead: it is to be dialed before all others."""
        self._raised.set()

    def stop(self) -> None:
        self._stopped.set()
        self._nudge.set()
        self._dry.set()
        self._raised.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    async def run(self) -> None:
        """Dial until stopped, then hand the hopper back."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_hopper_full(), name=f"hopper {self.campaign.id}")
            tasks.create_task(self._look_for_raised(), name=f"raised leads {self.campaign.id}")
            while not self._stopped.is_set():
                await self.clock.wait(self._nudge, self.turn())
                self._nudge.clear()
        self.previews.drop("campaign is not running")
        self.leaving.let_go(self.campaign, everyone=True)
        self.changed()
        await self._hand_back()

    def turn(self) -> float:
        """One decision on each usable server; returns the seconds until the next is due."""
        wait = self.tick_seconds
        self.leaving.let_go(self.campaign)
        for server in self.placer.servers():
            rate = self.rates.setdefault(server.name, RateRoom(server.calls_per_second))
            held = self.hopper.at_hand
            gate = self.marketing.gate(self.campaign)
            if not gate.open:
                self._marketing_off(server, rate, gate)
                continue
            attempts = self._promised_attempts(server, rate) + self._pool_attempts(server, rate)
            attempts += self._kept_attempts(server, rate)
            if self.campaign.plan.dial_mode is DialMode.PREVIEW:
                self._offer_previews(server)
            else:
                self.previews.drop("the campaign no longer previews")
            self.placer.dial(self.dialed, attempts)
            if self.decision.add_lines > len(attempts) and 0 < self.hopper.at_hand < held:
                # the gate stopped some leads: try the next, but never again and again without any
                wait = min(wait, max(0.001, rate.seconds_to_next()))
        self._note_decision_time()
        if len(self.hopper) < self._depth() / 2 or self.hopper.wants_facts:
            self._dry.set()
        self.changed()
        return wait

    # --- while marketing is off

    def _marketing_off(self, server: ServerStatus, rate: RateRoom, gate: MarketingGate) -> None:
        """Nothing new but call-backs that were promised; lines that ring are served all the same."""
        self.decision = PacingDecision(0, gate.words)
        self.previews.drop("marketing is off")
        if not gate.keeps_call_backs:
            return
        kept = self._promised_attempts(server, rate)
        ready = Progressive().decide(pacing_input(self.floor, self.campaign, server, self._room(server, rate)))
        admitted: list[Admitted] = []
        self.hopper.take_call_backs(ready.add_lines, self.clock.now(), self._admit_into(admitted, IDLE))
        rate.take(len(admitted))
        kept += [self._pool_attempt(one, server) for one in admitted]
        self.placer.dial(self.dialed, kept, promised=True)

    # --- the pool

    def _pool_attempts(self, server: ServerStatus, rate: RateRoom) -> list[Attempt]:
        seen = pacing_input(self.floor, self.campaign, server, self._room(server, rate))
        seen = replace(seen, kept_for_inbound=self.marketing.kept.of_campaign(self.campaign, seen.working_agents))
        if self.campaign.plan.dial_mode is DialMode.PREDICTIVE:
            admitted = self._predicted(server, seen)
        else:
            self.decision = self._planned(seen)
            admitted = self._take(self.decision.add_lines, seen)
        rate.take(len(admitted))
        return [self._pool_attempt(one, server) for one in admitted]

    def _planned(self, seen: PacingInput) -> PacingDecision:
        policy = policy_of(self.campaign.plan)
        if self.campaign.plan.dial_mode is DialMode.POWER:
            return self.predictive.overdial(self.campaign, seen, policy)
        return policy.decide(seen)

    def _predicted(self, server: ServerStatus, seen: PacingInput) -> list[Admitted]:
        now = self.clock.monotonic()
        held, overdue = self.hopper.peek(_AT_HAND, now)
        self.decision = self.predictive.decide(self.campaign, server, seen, held, overdue)
        picks = range(self.decision.add_lines) if self.decision.picks is None else self.decision.picks
        seen = replace(seen, waiting_calls=waiting_calls(self.floor, self.campaign, server.name))
        admitted: list[Admitted] = []
        self.hopper.take_picks(picks, self._admit_ahead(admitted, seen), now)
        return admitted

    def _pool_attempt(self, admitted: Admitted, server: ServerStatus) -> Attempt:
        prospect = prospect_of(admitted.lead, self.clock.now())
        pacer = self._pacer
        line = PoolLine(
            prospect,
            pacer.offset_of(prospect) if pacer else 0.0,
            self.clock.monotonic(),
            self.dialed.plan.ring_seconds + SETUP_SECONDS + _EVENT_SECONDS,
        )
        return self.placer.attempt(self.campaign, admitted, server.name, line=line)

    @property
    def _pacer(self) -> Pacer | None:
        return self.predictive.learning.pacers.get(self.campaign.id)

    @property
    def dialed(self) -> Campaign:
        """The campaign with the ring time that is taken from data, if its plan says so."""
        pacer, most = self._pacer, self.campaign.plan.ring_seconds
        if pacer is None or not self.campaign.plan.ring_from_data:
            return self.campaign
        ring = pacer.ring_seconds(self.clock.monotonic(), LEGAL_RING_SECONDS, most, SETUP_SECONDS)
        if ring == most:
            return self.campaign
        held = self._dialed
        if held is None or held[0] is not self.campaign or held[1].plan.ring_seconds != ring:
            plan = replace(self.campaign.plan, ring_seconds=ring)
            held = self._dialed = (self.campaign, replace(self.campaign, plan=plan))
        return held[1]

    def _room(self, server: ServerStatus, rate: RateRoom) -> int:
        held, ours = self.floor.tracker.lines(server.name), self.floor.tracker.lines(self.campaign.id)
        return line_room(server, held, ours, self.campaign.plan.max_lines, rate.room(self.clock.monotonic()))

    def _take(self, count: int, seen: PacingInput) -> list[Admitted]:
        admitted: list[Admitted] = []
        self.hopper.take(count, self._admit_ahead(admitted, seen))
        return admitted

    def _admit_ahead(self, admitted: list[Admitted], seen: PacingInput) -> Callable[[Lead], Blocked | None]:
        """The first of these calls are for agents who are idle; those beyond must be within the abandonment budget."""
        idle = uncalled_agents(seen)
        ahead = Taker(budget=self.predictive.budget(self.campaign, self.decision))
        for_idle, beyond = self._admit_into(admitted, IDLE), self._admit_into(admitted, ahead)
        return lambda lead: for_idle(lead) if len(admitted) < idle else beyond(lead)

    def _admit_into(self, admitted: list[Admitted], taker: Taker) -> Callable[[Lead], Blocked | None]:
        """`taker`: of each of these calls."""
        now, plan = self.clock.now(), self.dialed.plan

        def admit(lead: Lead) -> Blocked | None:
            if lead.deadline is not None and lead.deadline <= now:
                return Blocked(lead.id, DEADLINE, None)
            result = self.gate.admit(lead, plan, now, taker)
            if isinstance(result, Blocked):
                return result
            admitted.append(result)
            return None

        return admit

    # --- call-backs that one agent promised

    def _promised_attempts(self, server: ServerStatus, rate: RateRoom) -> list[Attempt]:
        now = self.clock.now()
        attempts = []
        for lead in self.hopper.promised:
            agent = self._agent_for(lead, server, now)
            if agent is not None:
                attempts += self._for_agent(lead, agent, server, rate, "call-back")
        return attempts

    def _kept_attempts(self, server: ServerStatus, rate: RateRoom) -> list[Attempt]:
        """Leads that may be called only with an agent kept for the call, while no other lead is at hand: such an agent
        waits while the line rings."""
        if not self.hopper.kept or len(self.hopper) or self.campaign.plan.dial_mode is DialMode.PREVIEW:
            return []
        seen = pacing_input(self.floor, self.campaign, server, self._room(server, rate))
        spare = uncalled_agents(seen) - self.marketing.kept.of_campaign(self.campaign, seen.working_agents)
        free = [a for a in self.floor.roster.available(self.campaign.id, server.name) if not a.leaving]
        attempts = []
        for lead, agent in zip(self.hopper.kept, free[: max(0, spare)], strict=False):
            attempts += self._for_agent(lead, agent, server, rate, "kept for the call")
        return attempts

    def _for_agent(self, lead: Lead, agent: Agent, server: ServerStatus, rate: RateRoom, reason: str) -> list[Attempt]:
        admitted: list[Admitted] = []
        if self._room(server, rate) < 1 or self.hopper.take_reserved(lead.id, self._admit_into(admitted, KEPT)) is None:
            return []
        rate.take(1)
        return [self._reserve(admitted[0], agent, reason)]

    def _agent_for(self, lead: Lead, server: ServerStatus, now: datetime) -> Agent | None:
        available = [a for a in self.floor.roster.available(self.campaign.id, server.name) if not a.leaving]
        promised = next((agent for agent in available if agent.id == lead.call_back_agent), None)
        overdue = lead.call_back_at is None or now - lead.call_back_at > _PROMISE_GRACE
        if promised is None and overdue and available:
            return available[0]
        return promised

    def _reserve(self, admitted: Admitted, agent: Agent, reason: str) -> Attempt:
        attempt = self.placer.attempt(self.campaign, admitted, agent.server, agent.id)
        self.floor.roster.move(agent, AgentState.RESERVED, self.clock.now(), reason, attempt.id)
        self.floor.pop(agent.id, attempt, self.clock.now())
        return attempt

    # --- preview

    def _offer_previews(self, server: ServerStatus) -> None:
        available = self.floor.roster.available(self.campaign.id, server.name)
        working = sum(1 for agent in self.floor.roster.on(self.campaign.id) if agent.working)
        kept = self.marketing.kept.of_campaign(self.campaign, working)
        self.previews.offer(available[: max(0, len(available) - kept)], self._next_for_agent)

    def _next_for_agent(self) -> Admitted | None:
        admitted: list[Admitted] = []
        self.hopper.take(1, self._admit_into(admitted, KEPT))
        return admitted[0] if admitted else None

    def accept_preview(self, agent: Agent) -> Attempt | Blocked:
        """Dial the lead that the agent looks at; Blocked when the gate says no by now."""
        offered = self.previews.taken(agent.id)
        admitted: list[Admitted] = []
        gate = self.marketing.gate(self.campaign)
        blocked = None if gate.open else Blocked(offered.lead.id, gate.words, self.clock.now())
        blocked = blocked or self._admit_into(admitted, KEPT)(offered.lead)
        if blocked is not None:
            self.hopper.note_blocked(blocked)
            self.floor.roster.release(agent, self.clock.now(), blocked.reason)
            return blocked
        attempt = self._reserve(admitted[0], agent, "preview accepted")
        self.placer.dial(self.dialed, [attempt])
        return attempt

    # --- the hopper

    def _depth(self) -> int:
        """Leads worth holding: enough for a few turns, few enough that the order stays fresh."""
        working = sum(1 for agent in self.floor.roster.on(self.campaign.id) if agent.working)
        lines = sum(server.calls_per_second for server in self.placer.servers()) * 2
        return min(self.hopper_leads, max(10, 4 * working, int(lines)))

    async def _keep_hopper_full(self) -> None:
        while not self._stopped.is_set():
            self._dry.clear()
            try:
                if self.floor.roster.on(self.campaign.id):
                    held = self.hopper.at_hand
                    came = await self.hopper.refill(self._depth(), self.clock.now())
                    if self.hopper.at_hand > held:
                        self.nudge()
                    if came:
                        await self.hopper.look_ahead(came, self.clock.now())
                    await self._look_at_list()
            except DatabaseUnavailable as error:
                _log.warning("hopper of campaign %s: %s", self.campaign.id, error)
            pause = 2 * self.tick_seconds if len(self.hopper) else 4 * self.tick_seconds
            await self.clock.sleep(self.tick_seconds / 10)
            await self.clock.wait(self._dry if len(self.hopper) else self._stopped, pause)

    async def _look_for_raised(self) -> None:
        """At once when told, and often besides: another engine, or a command, may have raised leads, too."""
        pause = max(_RAISED_SECONDS, _RAISED_LOOP_SECONDS / self.clock.loop_seconds(1.0))
        while not self._stopped.is_set():
            self._raised.clear()
            try:
                if self.floor.roster.on(self.campaign.id) and await self.hopper.fetch_raised(self.clock.now()):
                    self.nudge()
            except DatabaseUnavailable as error:
                _log.warning("raised leads of campaign %s: %s", self.campaign.id, error)
            await self.clock.wait(self._raised, pause)

    async def _look_at_list(self) -> None:
        """While the hopper is empty, ask now and then why: the answer scans the whole list."""
        now = self.clock.monotonic()
        if not len(self.hopper) and now >= self._report_due:
            self.report = await self.hopper.stock.report(self.campaign.id)
            self._report_due = now + _REPORT_SECONDS

    async def _hand_back(self) -> None:
        try:
            await self.hopper.empty()
        except DatabaseUnavailable as error:
            _log.warning("leads of campaign %s come back when their lease runs out: %s", self.campaign.id, error)

    def _note_decision_time(self) -> None:
        if self._event_at is not None:
            self.floor.decision_seconds.append((self.clock.now() - self._event_at).total_seconds())
            self._event_at = None


def uncalled_agents(seen: PacingInput) -> int:
    """Idle agents for whom no line is open yet; none, if there are fewer than lines and waiting callees."""
    return max(0, seen.ready_agents - seen.ringing_lines - seen.waiting_calls)


def pacing_input(floor: Floor, campaign: Campaign, server: ServerStatus, room: int) -> PacingInput:
    """One campaign on one server, as the policy sees it."""
    agents = floor.roster.on(campaign.id, server.name)
    tracker = floor.tracker
    return PacingInput(
        ready_agents=sum(1 for agent in agents if agent.available and not agent.leaving),
        working_agents=sum(1 for agent in agents if agent.working),
        ringing_lines=tracker.pool(campaign.id, server.name, *_IN_FLIGHT),
        waiting_calls=tracker.pool(campaign.id, server.name, *_UNASSIGNED),
        connected_calls=tracker.pool(campaign.id, server.name, AttemptState.CONNECTED),
        line_room=room,
    )
