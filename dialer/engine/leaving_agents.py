"""Agents who asked to pause or log out while lines ring that were dialed for them: kept until they are not needed."""

from dataclasses import dataclass

from dialer.clock import Clock
from dialer.domain.campaign import Campaign, DialMode
from dialer.engine.agent_roster import Agent
from dialer.engine.floor import Floor
from dialer.engine.predictive_turn import PredictiveTurn, waiting_calls

_LEAVE_SECONDS = 2.0
"""Beyond the ring time, that an agent who wants to leave is kept at most."""


@dataclass(frozen=True, slots=True)
class LeavingAgents:
    floor: Floor
    predictive: PredictiveTurn
    clock: Clock

    def ringing_for(self, campaign: Campaign, agent: Agent) -> int:
        """Lines that ring and may need a ready agent, so that it should not leave yet; 0: it may go."""
        predictive = campaign.plan.dial_mode is DialMode.PREDICTIVE
        if not predictive or not agent.available or self.floor.draining:
            return 0
        return len(self.floor.tracker.in_flight(campaign.id, agent.server))

    def let_go(self, campaign: Campaign, *, everyone: bool = False) -> None:
        """Let agents pause and log out who asked to, once the lines that ring no longer need them."""
        leaving = [a for a in self.floor.roster.on(campaign.id) if a.leaving_since is not None and a.leaving]
        for agent in sorted(leaving, key=lambda a: a.leaving_since or 0.0):
            if everyone or not self._needed(campaign, agent):
                self.floor.roster.release(agent, self.clock.now(), "no line needs the agent")

    def _needed(self, campaign: Campaign, agent: Agent) -> bool:
        waited = self.clock.monotonic() - (agent.leaving_since or 0.0)
        if not 0 <= waited < campaign.plan.ring_seconds + _LEAVE_SECONDS:
            return False
        lines = self.floor.tracker.in_flight(campaign.id, agent.server)
        waiting = waiting_calls(self.floor, campaign, agent.server)
        others = len(self.floor.roster.available(campaign.id, agent.server)) - 1
        return waiting + self.predictive.expected_answers(campaign, lines) > others
