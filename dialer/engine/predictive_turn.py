"""One predictive decision: gathers what the pacer is told, and falls back to one line an idle agent if it fails."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from compliance.abandonment import AbandonmentWindow, Budget
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId, ServerName
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.agent_roster import Agent
from dialer.engine.floor import Floor
from dialer.engine.hopper import Held
from dialer.engine.learning import Learning
from dialer.ports import ServerStatus
from pacing.hard_stop import hard_stop
from pacing.lines import Lines
from pacing.policy import PacingDecision, PacingInput, Policy, Progressive
from pacing.predictive_input import PredictiveInput, WindowNow

_WORKING = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP})


@dataclass(slots=True)
class PredictiveTurn:
    floor: Floor
    learning: Learning
    ledger: AbandonmentLedger
    clock: Clock

    def decide(
        self, campaign: Campaign, server: ServerStatus, seen: PacingInput, held: list[Held], overdue: int
    ) -> PacingDecision:
        """How many lines to add on a server, and to which of the leads at hand. Never raises."""
        try:
            pacer = self.learning.pacers[campaign.id]
            return pacer.decide(self._input(campaign, server, seen, held, overdue))
        except Exception as error:
            self.learning.note_fault(campaign.id)
            plain = Progressive().decide(seen)
            why = f"pacing failed ({type(error).__name__}), so one line an idle agent"
            return replace(plain, reason=f"{why}: {plain.reason}")

    def overdial(self, campaign: Campaign, seen: PacingInput, policy: Policy) -> PacingDecision:
        """What a fixed policy says while the legal windows have room; else one line an idle agent."""
        now = self.clock.now()
        stop = hard_stop(_windows(self.ledger.windows(campaign, now), now), seen.waiting_calls)
        if stop is None:
            return policy.decide(seen)
        plain = Progressive().decide(seen)
        return replace(plain, reason=f"{stop}, so one line an idle agent: {plain.reason}")

    def budget(self, campaign: Campaign, decision: PacingDecision) -> Budget | None:
        """What the legal windows bear, with the answers to come that a decision reckoned with."""
        windows = self.ledger.windows(campaign, self.clock.now())
        if windows is None:
            return None
        told = () if decision.figures is None else tuple(one.to_come for one in decision.figures.windows)
        return Budget(windows, told if len(told) == len(windows) else ())

    def expected_answers(self, campaign: Campaign, lines: Lines) -> float:
        """Answers expected of lines that ring; every one of them when that can't be told. Never raises."""
        try:
            ages = lines.ages(self.clock.monotonic())
            return self.learning.pacers[campaign.id].expected_answers(ages, lines.offsets)
        except Exception:
            self.learning.note_fault(campaign.id)
            return float(len(lines))

    def _input(
        self, campaign: Campaign, server: ServerStatus, seen: PacingInput, held: list[Held], overdue: int
    ) -> PredictiveInput:
        now, wall = self.clock.monotonic(), self.clock.now()
        until = wall + timedelta(seconds=self.learning.pacers[campaign.id].lag_seconds)
        team = self._team(self.floor.roster.on(campaign.id, server.name), now, until)
        lines = self.floor.tracker.in_flight(campaign.id, server.name)
        counts = replace(
            seen,
            ready_agents=team.ready,
            working_agents=team.working,
            waiting_calls=waiting_calls(self.floor, campaign, server.name),
        )
        return PredictiveInput(
            counts=counts,
            now_seconds=now,
            windows=_windows(self.ledger.windows(campaign, wall), wall),
            prospects=[one.prospect for one in held],
            overdue=overdue,
            talk_ages=team.talk_ages,
            talkers=team.talkers,
            wrap_up_ages=team.wrap_up_ages,
            line_ages=lines.ages(now),
            line_offsets=lines.offsets,
            leaving=team.leaving,
            call_backs=team.call_backs,
            inbound=team.inbound,
            kept_for_inbound=seen.kept_for_inbound,
            taken_per_hour=self.learning.taken_per_hour(campaign.id, now),
        )

    def _team(self, agents: Iterable[Agent], now: float, until: datetime) -> "_Team":
        """Who works, and who can be counted on; one pass, for there may be hundreds."""
        team = _Team()
        for agent in agents:
            state = agent.state
            if state is AgentState.INBOUND:
                team.inbound += 1
            if state not in _WORKING:
                continue
            team.working += 1
            if agent.leaving or (agent.shift_ends_at is not None and agent.shift_ends_at <= until):
                team.leaving += 1
            elif state is AgentState.TALKING:
                team.talk_ages.append(self.learning.phase_seconds(agent.id, now))
                team.talkers.append(agent.id)
            elif state is AgentState.WRAP_UP:
                team.wrap_up_ages.append(self.learning.phase_seconds(agent.id, now))
            elif state is AgentState.RESERVED:
                team.call_backs += self._kept_for_one(agent)
            else:
                team.ready += agent.free_in_switch
        return team

    def _kept_for_one(self, agent: Agent) -> bool:
        call = self.floor.tracker.get(agent.attempt) if agent.attempt else None
        return call is not None and not call.for_the_pool


@dataclass(slots=True)
class _Team:
    ready: int = 0
    working: int = 0
    leaving: int = 0
    call_backs: int = 0
    inbound: int = 0
    talk_ages: list[float] = field(default_factory=list)
    talkers: list[AgentId] = field(default_factory=list)
    wrap_up_ages: list[float] = field(default_factory=list)


def waiting_calls(floor: Floor, campaign: Campaign, server: ServerName) -> int:
    """Answered callees of the pool whom no agent is asked for, and those still in machine detection."""
    waiting = floor.tracker.unassigned(server)
    ours = sum(1 for call in waiting if call.attempt.campaign == campaign.id and call.for_the_pool)
    return ours + floor.tracker.pool(campaign.id, server, AttemptState.ANSWERED)


def _windows(told: tuple[AbandonmentWindow, ...] | None, now: datetime) -> list[WindowNow] | None:
    if told is None:
        return None
    return [
        WindowNow(
            name=one.rule.window,
            cap_ratio=one.cap_ratio,
            live_answers=one.live_answers,
            abandoned=one.abandoned,
            minimum_answers=one.minimum_answers,
            seconds_left=max(0.0, (one.ends_at - now).total_seconds()),
        )
        for one in told
    ]
