"""The contenders, by name."""

from dataclasses import dataclass

from pacing.simulator.study import Rule


@dataclass(frozen=True, slots=True)
class Contender:
    rule: Rule
    level: float = 1.0
    """Lines an idle agent, of a fixed ratio."""


OURS, TOLD, OPTIMUM = "ours", "told-truth", "optimum"
CONTENDERS = {
    OURS: Contender(Rule.PREDICTIVE),
    TOLD: Contender(Rule.TOLD_TRUTH),
    "progressive": Contender(Rule.PROGRESSIVE),
    "vicidial-hard-limit": Contender(Rule.VICIDIAL_HARD_LIMIT),
    "vicidial-average": Contender(Rule.VICIDIAL_AVERAGE),
    "vicidial-tapered": Contender(Rule.VICIDIAL_TAPERED),
    "issabel": Contender(Rule.ISSABEL),
    "power-1.5": Contender(Rule.POWER, 1.5),
    "power-2": Contender(Rule.POWER, 2.0),
    "power-3": Contender(Rule.POWER, 3.0),
    "replay": Contender(Rule.REPLAY),
}
YARDSTICKS = (OPTIMUM, TOLD)
"""Not to be beaten: they know what no dialer is told."""
BASELINES = tuple(name for name in CONTENDERS if name not in (OURS, TOLD))
