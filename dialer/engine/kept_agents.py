"""How many agents marketing leaves to inbound calls now, by service group and shared out over its campaigns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.ids import CampaignId
from dialer.domain.service_group import SERVICE_PURPOSE, ServiceGroup
from dialer.engine.agent_roster import Agent
from dialer.engine.floor import Floor
from dialer.engine.inbound_watch import InboundWatch
from pacing.marketing.blending import Kept, kept_for_inbound

_KEPT_SECONDS = 0.25
"""How long a figure is good for: turns come with every event."""


@dataclass(slots=True)
class KeptAgents:
    watch: InboundWatch
    floor: Floor
    clock: Clock
    campaigns: Mapping[CampaignId, Campaign]
    shared: Callable[[], list[str]]
    """Members of inbound queues that are ours, as Asterisk names them."""
    opened_at: Callable[[str], float | None]
    """Since when a group's switch is as it is, POSIX seconds."""
    _held: dict[str, tuple[float, Kept]] = field(default_factory=dict)

    def forget(self, group: str) -> None:
        """What is held is void: the switch moved."""
        self._held.pop(group, None)

    def of_campaign(self, campaign: Campaign, working: int) -> int:
        """Of a campaign's so many working agents, those that marketing leaves to inbound calls now."""
        group = self.watch.groups.get(campaign.plan.service_group)
        if group is None or campaign.plan.purpose == SERVICE_PURPOSE or working <= 0:
            return 0
        team = sum(1 for agent in self._team(group) if agent.working)
        return min(working, -(-self.of(group).agents * working // max(1, team)))

    def of(self, group: ServiceGroup) -> Kept:
        now = self.clock.monotonic()
        held = self._held.get(group.name)
        if held is None or now - held[0] >= _KEPT_SECONDS:
            held = self._held[group.name] = (now, self._reckoned(group))
        return held[1]

    def _reckoned(self, group: ServiceGroup) -> Kept:
        team = self._team(group)
        working = sum(1 for agent in team if agent.working)
        if not self.watch.knows(group.name):
            return Kept(working, "inbound service is not known")
        figures, demand, rule = self.watch.figures(group.name), self.watch.demand(group.name), group.rule
        arrivals = demand.arrivals_upper(figures.now)
        if not group.shares_agents:  # nothing but the ramp is theirs
            arrivals, rule, figures = 0.0, replace(rule, least_free_agents=0), replace(figures, waiting=0)
        dedicated = self.watch.members.counts(group.queues, self.shared())
        since = self.opened_at(group.name)
        return kept_for_inbound(
            rule,
            figures,
            arrivals_per_second=arrivals,
            handle_seconds=demand.handle_seconds,
            patience_seconds=demand.patience_seconds,
            dedicated_free=dedicated.free,
            dedicated_working=dedicated.free + dedicated.busy,
            shared_working=working,
            shared_idle=sum(1 for agent in team if agent.available),
            opened_for_seconds=0.0 if since is None else max(0.0, figures.now - since),
        )

    def _team(self, group: ServiceGroup) -> list[Agent]:
        """Agents of the group's marketing campaigns."""
        return [agent for agent in self.floor.roster if self._is_marketing(agent.campaign, group)]

    def _is_marketing(self, campaign: CampaignId, group: ServiceGroup) -> bool:
        known = self.campaigns.get(campaign)
        return known is not None and known.plan.service_group == group.name and known.plan.purpose != SERVICE_PURPOSE
