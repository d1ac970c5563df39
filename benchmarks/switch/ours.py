"""The project's own switch on a simulated day, driven as `dialer/engine/marketing_switch.py` drives it.

Calls are counted and demand is learned event by event; the switch decides after every second with an event or a
waiting caller, and every two seconds otherwise; how many agents are kept for inbound calls is reckoned each second.
The night before was calm and seen, and marketing was on.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.switch.compiled import live_day
from benchmarks.switch.days import OPENS_HOUR, SECONDS, Day, Streams
from benchmarks.switch.floor import (
    ABANDONED_EVENT,
    CONNECTED_EVENT,
    EVENTS,
    FREE_DEDICATED,
    FREE_SHARED,
    GONE,
    IDLE,
    IN_PHASE,
    INBOUND,
    JOINED_EVENT,
    KEEP,
    OFF,
    OUTBOUND,
    QUEUED,
    WRAPPING_UP,
    Floor,
)
from benchmarks.switch.gates import RULE, Outcome, caller_of, outcome
from pacing.marketing.blending import kept_for_inbound
from pacing.marketing.demand import InboundDemand, cumulative_forecast
from pacing.marketing.figures import AgentCounts, ServiceFigures, Step
from pacing.marketing.inbound_service import InboundService
from pacing.marketing.rule import SwitchRule
from pacing.marketing.switch import decide
from pacing.marketing.verdict import SwitchMemory, SwitchState, SwitchVerdict

OURS, FORECAST = "ours", "ours-forecast"
FORECAST_MINUTES = 15.0
_MIDNIGHT = datetime(2026, 6, 9, tzinfo=UTC).timestamp()
_OPENING = _MIDNIGHT + OPENS_HOUR * 3600.0
_QUIET_SECONDS = 2


def ours(day: Day, chances: Streams, seed: int, policy: str = OURS, rule: SwitchRule = RULE) -> Outcome:
    """A day with our switch; with `FORECAST` as the policy it closes by forecast, too."""
    if policy == FORECAST:
        rule = replace(rule, predictive_minutes=FORECAST_MINUTES)
    order = np.array([KEEP, 0])
    floor, seconds = live_day(day, chances, order)
    switch = _Switch(day, rule, floor, chances)
    for second in seconds:
        switch.told(second)
        order[1] = switch.level(second)
    return outcome(day, policy, seed, floor, ", ".join(switch.causes))


@dataclass(slots=True)
class _Switch:
    day: Day
    rule: SwitchRule
    floor: Floor
    chances: Streams
    memory: SwitchMemory = field(default_factory=lambda: SwitchMemory(SwitchState.OPEN, _MIDNIGHT))
    causes: list[str] = field(default_factory=list)
    service: InboundService = field(init=False)
    demand: InboundDemand = field(init=False)
    _stirred: bool = True

    def __post_init__(self) -> None:
        night = [Step(_MIDNIGHT + at) for at in range(0, OPENS_HOUR * 3600, self.rule.step_seconds)]
        self.service = InboundService(self.rule, _OPENING, night)
        self.demand = InboundDemand(_OPENING)

    def told(self, second: int) -> None:
        """What happened in this second, at its end."""
        floor, at = self.floor, _OPENING + second + 1.0
        count = int(floor.of[EVENTS])
        self._stirred = count > 0 or floor.of[QUEUED] > 0 or second % _QUIET_SECONDS == 0
        for kind, slot in zip(floor.event_kind[:count].tolist(), floor.event_slot[:count].tolist(), strict=True):
            self._tell(kind, slot, at)

    def _tell(self, kind: int, slot: int, at: float) -> None:
        call = str(slot)
        if kind == JOINED_EVENT:
            self.service.joined(call, str(caller_of(slot)), at)
            self.demand.offered(at)
        elif kind == CONNECTED_EVENT:
            self.service.connected(call, at)
            self.demand.waited(float(self.floor.waited[slot]))
        elif kind == ABANDONED_EVENT:
            self.service.abandoned(call, at)
            self.demand.gave_up(float(self.floor.waited[slot]))
        else:
            self.demand.ended(float(self.chances.talk[slot]))

    def level(self, second: int) -> int:
        """For the next second: the shared agents kept for inbound calls, or off."""
        figures = self.service.figures(_OPENING + second + 1.0, self._agents())
        if self._stirred:
            self._decide(figures)
        return self._kept(figures) if self.memory.state is SwitchState.OPEN else OFF

    def _decide(self, figures: ServiceFigures) -> SwitchVerdict:
        forecast = None
        if self.rule.predictive_minutes > 0.0:
            serving = figures.agents.free + figures.agents.busy
            forecast = cumulative_forecast(self.rule, figures, self.demand, serving, self.rule.predictive_minutes)
        verdict = decide(self.rule, self.memory, figures, hand=None, unmeasured_since=None, forecast=forecast)
        self.memory = verdict.memory
        if verdict.changed and not verdict.open and figures.now < _OPENING + SECONDS:
            self.causes += [cause for cause in verdict.memory.causes if cause not in self.causes]
        return verdict

    def _agents(self) -> AgentCounts:
        of = self.floor.of
        busy = int(of[IN_PHASE + INBOUND] + of[IN_PHASE + OUTBOUND])
        return AgentCounts(
            free=int(of[IN_PHASE + IDLE]), busy=busy, paused=int(of[IN_PHASE + WRAPPING_UP]),
            away=int(of[IN_PHASE + GONE]),
        )  # fmt: skip

    def _kept(self, figures: ServiceFigures) -> int:
        of, phases = self.floor.of, self.floor.phase[: self.day.dedicated]
        dedicated = int(((phases != GONE) & (phases != WRAPPING_UP)).sum())
        return kept_for_inbound(
            self.rule,
            figures,
            arrivals_per_second=self.demand.arrivals_per_second(figures.now),
            handle_seconds=self.demand.handle_seconds,
            patience_seconds=self.demand.patience_seconds,
            dedicated_free=int(of[FREE_DEDICATED]),
            dedicated_working=dedicated,
            shared_working=self.day.shared,
            shared_idle=int(of[FREE_SHARED]),
            opened_for_seconds=figures.now - self.memory.since,
        ).agents
