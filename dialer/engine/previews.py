"""Leads that a campaign's agents look at before they are dialed: offered one an agent, accepted, skipped or dropped."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId, CampaignId, LeadId
from dialer.engine.agent_roster import Agent
from dialer.engine.feed import ScreenPop
from dialer.engine.floor import Floor
from dialer.engine.gate import Admitted
from dialer.engine.hopper import Hopper
from dialer.ports import Blocked

_SKIPPED = "skipped in preview"


@dataclass(slots=True)
class Previews:
    campaign: CampaignId
    floor: Floor
    hopper: Hopper
    clock: Clock
    _offered: dict[AgentId, Admitted] = field(default_factory=dict)

    def offer(self, agents: Iterable[Agent], take: Callable[[], Admitted | None]) -> None:
        """A lead each, until there is none. Whoever is about to leave comes last, and gets none."""
        now = self.clock.now()
        for agent in agents:
            offered = None if agent.leaving else take()
            if offered is None:
                return
            self._offered[agent.id] = offered
            self.floor.roster.move(agent, AgentState.PREVIEWING, now, "preview")
            self.floor.feed.publish(
                ScreenPop(now, agent.id, self.campaign, offered.lead.contact, offered.lead.id, None)
            )

    def of(self, agent: AgentId) -> Admitted | None:
        return self._offered.get(agent)

    def taken(self, agent: AgentId) -> Admitted:
        """The lead that the agent accepted: no longer on offer."""
        return self._offered.pop(agent)

    def skip(self, agent: Agent, pause: timedelta) -> LeadId:
        """Put the lead off, and free the agent for the next."""
        lead = self._offered.pop(agent.id).lead
        self.hopper.note_blocked(Blocked(lead.id, _SKIPPED, self.clock.now() + pause))
        self.floor.roster.release(agent, self.clock.now(), "preview skipped")
        return lead.id

    def end(self, agent: AgentId) -> None:
        """The agent is no longer there to decide: the lead goes back."""
        offered = self._offered.pop(agent, None)
        if offered is not None:
            self.hopper.note_blocked(Blocked(offered.lead.id, _SKIPPED, self.clock.now()))

    def drop(self, reason: str) -> None:
        """Take all back, and free the agents."""
        for agent_id in list(self._offered):
            self.end(agent_id)
            agent = self.floor.roster.get(agent_id)
            if agent is not None:
                self.floor.roster.release(agent, self.clock.now(), reason)
