"""The contenders, by name."""

from dataclasses import dataclass

from pacing.simulator.rules import (
    ISSABEL,
    POWER,
    PREDICTIVE,
    PROGRESSIVE,
    REPLAY,
    TOLD_TRUTH,
    VICIDIAL_AVERAGE,
    VICIDIAL_HARD,
    VICIDIAL_TAPERED,
)


@dataclass(frozen=True, slots=True)
class Contender:
    rule: int
    """As the simulator numbers them."""
    level: float = 1.0
    """Lines an idle agent, of a fixed ratio."""


OURS, TOLD, OPTIMUM = "ours", "told-truth", "optimum"
CONTENDERS = {
    OURS: Contender(PREDICTIVE),
    TOLD: Contender(TOLD_TRUTH),
    "progressive": Contender(PROGRESSIVE),
    "vicidial-hard-limit": Contender(VICIDIAL_HARD),
    "vicidial-average": Contender(VICIDIAL_AVERAGE),
    "vicidial-tapered": Contender(VICIDIAL_TAPERED),
    "issabel": Contender(ISSABEL),
    "power-1.5": Contender(POWER, 1.5),
    "power-2": Contender(POWER, 2.0),
    "power-3": Contender(POWER, 3.0),
    "replay": Contender(REPLAY),
}
YARDSTICKS = (OPTIMUM, TOLD)
"""Not to be beaten: they know what no dialer is told."""
BASELINES = tuple(name for name in CONTENDERS if name not in (OURS, TOLD))
