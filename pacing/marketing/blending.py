"""How many shared agents marketing leaves to inbound calls while it is on."""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, isfinite, isnan

from pacing.marketing.demand import coarse
from pacing.marketing.erlang import kept_free
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.rule import RateKind, SwitchRule

AIM_SHARE = 0.25
"""The reserve aims above the target by so much of what lies between it and 100%: held exactly, half of all days would
end below it."""
_STEP = 0.02
"""Arrivals, handling and patience are known no better."""
RAMP_BEGINS = 0.9
"""Share of the shared team that is withheld when marketing has just opened."""


@dataclass(frozen=True, slots=True)
class Kept:
    agents: int
    """Free shared agents whom marketing leaves alone; when fewer are free, the next who get free, too."""
    words: str


def kept_for_inbound(
    rule: SwitchRule,
    figures: ServiceFigures,
    *,
    arrivals_per_second: float,
    handle_seconds: float,
    patience_seconds: float,
    shared_working: int,
    shared_idle: int,
    dedicated_working: int,
    dedicated_free: int,
    opened_for_seconds: float,
    marketing_handle_seconds: float = 0.0,
) -> Kept:
    """How many shared agents marketing must leave alone now: 0 to `shared_working`.

    What is kept is a threshold on free agents, dedicated ones among them: marketing takes a shared agent only when more
    are free (Bhulai & Koole 2003, see `erlang.kept_free`). It is the least with which callers who come as now, and find
    agents getting free as all `shared_working` and `dedicated_working` do, are answered (by the rule's kind of rate)
    as often as the target asks, and a little more (`AIM_SHARE`); at least `rule.least_free_agents`. Marketing's calls
    and inbound's are taken to last equally long: the longer of the two means.

    Callers who wait take the dedicated free first, then shared ones, who are kept beside the threshold. In the first
    `rule.ramp_seconds` after opening at least 90% of the shared team is withheld, falling evenly to none. Whoever is
    withheld is free for inbound: the greater of ramp and threshold holds, not their sum.

    Whatever can't be (no number, below 0, more free than work) keeps all.
    """
    team = max(0, shared_working)
    sane = _is_sane(
        arrivals_per_second, handle_seconds, marketing_handle_seconds, opened_for_seconds, figures.waiting
    ) and _fits(shared_idle, shared_working, dedicated_free, dedicated_working)
    if not sane or not patience_seconds > 0.0 or handle_seconds <= 0.0:
        return Kept(team, f"all {team} shared agents kept for inbound: its figures can't be")
    reserve = _reserve(
        rule.target + AIM_SHARE * (1.0 - rule.target),
        rule.threshold_seconds,
        rule.rate is RateKind.WITHIN_THRESHOLD,
        coarse(arrivals_per_second, _STEP),
        coarse(max(handle_seconds, marketing_handle_seconds), _STEP),
        coarse(patience_seconds, _STEP),
        shared_working + dedicated_working,
    )
    threshold = max(reserve, rule.least_free_agents)
    shared_callers = max(0, figures.waiting - dedicated_free)
    dedicated_left = max(0, dedicated_free - figures.waiting)
    ramp = _ramp(rule, team, opened_for_seconds)
    kept = min(team, max(threshold - dedicated_left, ramp, 0) + shared_callers)
    parts = [
        f"{reserve} free agents needed for {rule.target:.0%} at {60.0 * arrivals_per_second:.1f} calls a minute",
        f"at least {rule.least_free_agents}" if rule.least_free_agents > reserve else "",
        f"{dedicated_left} dedicated free" if dedicated_left else "",
        f"{shared_callers} callers waiting" if shared_callers else "",
        f"{ramp} withheld since opening" if ramp > threshold - dedicated_left else "",
    ]
    return Kept(kept, f"{kept} of {team} shared agents kept for inbound: {', '.join(part for part in parts if part)}")


def _ramp(rule: SwitchRule, team: int, opened_for_seconds: float) -> int:
    if opened_for_seconds >= rule.ramp_seconds:
        return 0
    return ceil(RAMP_BEGINS * team * (1.0 - opened_for_seconds / rule.ramp_seconds) - 1e-9)


@lru_cache(maxsize=4096)
def _reserve(
    aim: float,
    threshold_seconds: float,
    within: bool,
    arrivals: float,
    handle_seconds: float,
    patience_seconds: float,
    agents: int,
) -> int:
    return kept_free(agents, arrivals, handle_seconds, threshold_seconds, aim, patience_seconds, within=within)


def _is_sane(arrivals: float, handle: float, marketing_handle: float, opened_for: float, waiting: int) -> bool:
    finite = (arrivals, handle, marketing_handle, float(waiting))
    return all(isfinite(one) and one >= 0.0 for one in finite) and not isnan(opened_for) and 0.0 <= opened_for <= inf


def _fits(shared_idle: int, shared_working: int, dedicated_free: int, dedicated_working: int) -> bool:
    return 0 <= shared_idle <= shared_working and 0 <= dedicated_free <= dedicated_working
