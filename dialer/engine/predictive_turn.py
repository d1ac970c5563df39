"""One predictive decision: gathers what the pacer is told, and falls back to one line an idle agent if it fails."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from compliance.abandonment import AbandonmentWindow
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.campaign import Campaign
from dialer.domain.ids import ServerName
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.agent_roster import Agent
from dialer.engine.call_tracker import TrackedCall
from dialer.engine.floor import Floor
from dialer.engine.hopper import Held
from dialer.engine.learning import Learning, line_age
from dialer.ports import ServerStatus
from pacing.policy import PacingDecision, PacingInput, Progressive
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

    def expected_answers(self, campaign: Campaign, lines: Collection[TrackedCall]) -> float:
        """Answers expected of lines that ring; every one of them when that can't be told. Never raises."""
        now, wall_seconds = self.clock.monotonic(), self.clock.now().timestamp()
        try:
            ages = [line_age(line, wall_seconds, now) for line in lines]
            return self.learning.pacers[campaign.id].expected_answers(ages, _offsets(lines))
        except Exception:
            self.learning.note_fault(campaign.id)
            return float(len(lines))

    def _input(
        self, campaign: Campaign, server: ServerStatus, seen: PacingInput, held: list[Held], overdue: int
    ) -> PredictiveInput:
        now, wall = self.clock.monotonic(), self.clock.now()
        wall_seconds = wall.timestamp()
        lag = timedelta(seconds=self.learning.pacers[campaign.id].lag_seconds)
        agents = self.floor.roster.on(campaign.id, server.name)
        going = {agent.id for agent in agents if agent.leaving or _shift_over(agent, wall, lag)}
        staying = [agent for agent in agents if agent.id not in going]
        talking = [agent for agent in staying if agent.state is AgentState.TALKING]
        wrapping_up = [agent for agent in staying if agent.state is AgentState.WRAP_UP]
        lines = self.floor.tracker.in_flight(campaign.id, server.name)
        return PredictiveInput(
            counts=replace(
                seen,
                ready_agents=sum(1 for agent in staying if agent.available),
                working_agents=sum(1 for agent in agents if agent.state in _WORKING),
                waiting_calls=waiting_calls(self.floor, campaign, server.name),
            ),
            now_seconds=now,
            windows=_windows(self.ledger.windows(campaign, wall), wall),
            prospects=[one.prospect for one in held],
            overdue=overdue,
            talk_ages=[self.learning.phase_seconds(agent.id, now) for agent in talking],
            talkers=[agent.id for agent in talking],
            wrap_up_ages=[self.learning.phase_seconds(agent.id, now) for agent in wrapping_up],
            line_ages=[line_age(line, wall_seconds, now) for line in lines],
            line_offsets=_offsets(lines),
            leaving=sum(1 for agent in agents if agent.id in going and agent.state in _WORKING),
            call_backs=sum(1 for agent in agents if self._kept_for_one(agent)),
            inbound=sum(1 for agent in agents if agent.state is AgentState.INBOUND),
            taken_per_hour=self.learning.taken_per_hour(campaign.id, now),
        )

    def _kept_for_one(self, agent: Agent) -> bool:
        call = self.floor.tracker.get(agent.attempt) if agent.attempt else None
        return agent.state is AgentState.RESERVED and call is not None and not call.for_the_pool


def _offsets(lines: Collection[TrackedCall]) -> list[float]:
    return [line.line.offset if line.line else 0.0 for line in lines]


def waiting_calls(floor: Floor, campaign: Campaign, server: ServerName) -> int:
    """Answered callees of the pool whom no agent is asked for, and those still in machine detection."""
    waiting = floor.tracker.unassigned(server)
    ours = sum(1 for call in waiting if call.attempt.campaign == campaign.id and call.for_the_pool)
    return ours + floor.tracker.pool(campaign.id, server, AttemptState.ANSWERED)


def _shift_over(agent: Agent, now: datetime, lag: timedelta) -> bool:
    return agent.shift_ends_at is not None and now + lag >= agent.shift_ends_at


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
