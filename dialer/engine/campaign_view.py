"""Campaigns as those see them who watch."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.campaign import Campaign, CampaignStatus, DialMode
from dialer.domain.ids import CampaignId
from dialer.domain.outcome import Outcome
from dialer.engine.agent_roster import Agent, count_by_state
from pacing.policy import PacingFigures

if TYPE_CHECKING:
    from dialer.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class CampaignView:
    """One campaign at one moment."""

    id: CampaignId
    name: str
    status: CampaignStatus
    dial_mode: DialMode
    agents: Mapping[AgentState, int]
    lines: Mapping[AttemptState, int]
    hopper: int
    outcomes: Mapping[Outcome, int]
    """Attempts ended since the engine started."""
    opened: int
    leads_reached: int
    """Leads whose first attempt ended since the engine started."""
    occupancy: float | None
    decision: str
    """The latest pacing decision's reason."""
    leads: Mapping[str, int]
    """Leads by status, read when the hopper ran dry; empty before."""
    exhausted: bool
    """No lead is left, now or later, and no call is under way."""
    blocked: Mapping[str, int]
    pacing: PacingFigures | None = None
    """What the latest predictive decision was come to by."""
    pacing_faults: int = 0
    """Times that predictive pacing failed since the engine started."""


def campaign_views(engine: "Engine") -> list[CampaignView]:
    """All campaigns, from one pass over each of the floor's tables: there may be hundreds of them."""
    agents: defaultdict[CampaignId, list[Agent]] = defaultdict(list)
    for agent in engine.floor.roster:
        agents[agent.campaign].append(agent)
    lines: defaultdict[CampaignId, Counter[AttemptState]] = defaultdict(Counter)
    for call in engine.floor.tracker:
        lines[call.attempt.campaign][call.state] += 1
    outcomes: defaultdict[CampaignId, dict[Outcome, int]] = defaultdict(dict)
    for (campaign_id, outcome), count in engine.floor.outcomes.items():
        outcomes[campaign_id][outcome] = count
    return [_view(engine, one, agents[one.id], lines[one.id], outcomes[one.id]) for one in engine.campaigns.values()]


def _view(
    engine: "Engine",
    campaign: Campaign,
    agents: Iterable[Agent],
    lines: Mapping[AttemptState, int],
    outcomes: Mapping[Outcome, int],
) -> CampaignView:
    loop, floor = engine.loops.get(campaign.id), engine.floor
    report = loop.report if loop else None
    return CampaignView(
        id=campaign.id,
        name=campaign.plan.name,
        status=campaign.status,
        dial_mode=campaign.plan.dial_mode,
        agents=count_by_state(agents),
        lines=lines,
        hopper=len(loop.hopper) if loop else 0,
        outcomes=outcomes,
        opened=floor.opened[campaign.id],
        leads_reached=floor.leads_reached[campaign.id],
        occupancy=floor.roster.worked(campaign.id, agents, engine.clock.now()).occupancy,
        decision=loop.decision.reason if loop else "not running",
        leads={status.value: count for status, count in report.by_status.items()} if report else {},
        exhausted=report is not None and report.exhausted and not lines,
        blocked=dict(report.reasons) if report else {},
        pacing=loop.decision.figures if loop else None,
        pacing_faults=engine.learning.faults[campaign.id],
    )
