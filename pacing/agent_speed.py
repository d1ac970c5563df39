"""How much faster than the campaign each agent ends calls; used once an agent's own calls say so."""

from dataclasses import dataclass, field

import numpy as np

from pacing.answer_rate import Floats
from pacing.handling import BIN_SECONDS, BINS, TALK, Handling, agent_factor

LEAST_CALLS = 30.0
"""Calls of an agent's own before its factor is used."""
_MEMORY_CALLS = 300.0
_MOST_AGENTS = 2000
"""Agents remembered; who has had no call for longest is forgotten first."""


@dataclass(slots=True)
class AgentSpeed:
    calls: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By agent: calls ended, and how many the campaign's hazards would have had end in the same talk time."""

    def note(self, agent: str, seconds: float, hazards: Floats) -> None:
        """A call has ended after so long; `hazards` as of `talk_hazards`."""
        calls, expected = self.calls.pop(agent, (0.0, 0.0))
        kept = 1.0 - 1.0 / _MEMORY_CALLS
        self.calls[agent] = (calls * kept + 1.0, expected * kept + cumulated(hazards, seconds))
        while len(self.calls) > _MOST_AGENTS:
            del self.calls[next(iter(self.calls))]

    def factor(self, agent: str) -> float:
        """1: like the others, or not known."""
        calls, expected = self.calls.get(agent, (0.0, 0.0))
        return agent_factor(calls, expected) if calls >= LEAST_CALLS else 1.0


def talk_hazards(handling: Handling) -> Floats:
    """Ends a second of talk by age, from the calls that have ended."""
    ends, exposure = handling.ends[TALK], handling.exposure_seconds[TALK]
    overall = ends.sum() / max(1e-9, exposure.sum())
    hazards: Floats = (ends + 1.0) / (exposure + 1.0 / max(1e-9, overall))
    return hazards


def cumulated(hazards: Floats, seconds: float) -> float:
    """Ends expected of a call that lasts so long."""
    starts = np.arange(BINS) * BIN_SECONDS
    return float((hazards * np.clip(seconds - starts, 0.0, BIN_SECONDS)).sum())


def with_power(chances: Floats, factors: Floats) -> Floats:
    """Chances to be free within a time, of agents whose hazards are so many times the campaign's."""
    powered: Floats = 1.0 - (1.0 - np.clip(chances, 0.0, 1.0)) ** factors
    return powered
