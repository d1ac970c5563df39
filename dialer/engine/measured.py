"""What was counted on the floor beside its state, since the engine started: for whoever watches, when they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compliance.abandonment import AbandonmentWindow
from dialer.domain.caller_id import Fare, Health
from dialer.domain.campaign import CampaignStatus
from dialer.domain.ids import CampaignId, ServerName
from dialer.domain.outcome import Outcome
from dialer.domain.spans import Spans
from dialer.engine.learning import Calibration

if TYPE_CHECKING:
    from dialer.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Measured:
    """By campaign's name where nothing else is said."""

    groups: Mapping[str, str]
    """Service group; empty: none."""
    answer_to_agent: Mapping[str, Spans]
    verdicts: Mapping[tuple[str, str], int]
    """Also by rule, as "US-HRS@1"; "allowed" where none said no, and of several the first that did."""
    windows: Mapping[str, tuple[AbandonmentWindow, ...]]
    """Of campaigns that run and whose calls could be counted."""
    calibration: Mapping[str, Calibration]
    server_outcomes: Mapping[tuple[ServerName, Outcome], int]
    caller_ids: Mapping[tuple[str, Health], Fare]
    """By place (empty: for all) and health, when the pool was last read."""


def measured(engine: "Engine") -> Measured:
    campaigns, now = engine.campaigns, engine.clock.now()
    names = {campaign.id: campaign.plan.name for campaign in campaigns.values()}
    running = [campaign for campaign in campaigns.values() if campaign.status is CampaignStatus.RUNNING]
    return Measured(
        groups={campaign.plan.name: campaign.plan.service_group for campaign in campaigns.values()},
        answer_to_agent={names[id]: one for id, one in engine.floor.answer_to_agent.items() if id in names},
        verdicts={
            (names[campaign], rule): count
            for (of, rule), count in engine.proof.counted.items()
            if (campaign := CampaignId(of)) in names
        },
        windows={one.plan.name: engine.abandonment.windows(one, now) or () for one in running},
        calibration={names[id]: one for id, one in engine.learning.calibration.items() if id in names},
        server_outcomes=engine.floor.server_outcomes,
        caller_ids=engine.gate.caller_ids.fares,
    )
