"""The marketing switch's figures in words."""

from datetime import datetime
from math import floor
from zoneinfo import ZoneInfo

from pacing.marketing.figures import Counts, rate
from pacing.marketing.rule import RateKind, SwitchRule


def tried(kind: RateKind, counts: Counts) -> int:
    """The calls or the callers that a rate of this kind is of."""
    return counts.callers if kind is RateKind.CALLERS else counts.offered


def percent(ratio: float) -> str:
    """Rounded down to a tenth, so that what is below target never reads like the target."""
    return f"{floor(ratio * 1000.0 + 1e-9) / 10.0:.1f}%"


def of_rate(rule: SwitchRule, counts: Counts) -> str:
    """ "71.4% of 312 calls answered within 20 s, target 80%"."""
    got = rate(rule.rate, counts)
    return f"{percent(got or 0.0)} of {tried(rule.rate, counts)} {measured(rule)}, target {rule.target * 100.0:.6g}%"


def measured(rule: SwitchRule) -> str:
    if rule.rate is RateKind.CALLERS:
        return "callers got through"
    if rule.rate is RateKind.ANSWERED:
        return "calls answered"
    return f"calls answered within {rule.threshold_seconds:g} s"


def step_name(rule: SwitchRule, begins: float) -> str:
    """ "the minute from 14:05", by the group's clock."""
    local = datetime.fromtimestamp(begins, ZoneInfo(rule.time_zone))
    if rule.step_seconds == 60:
        return f"the minute from {local:%H:%M}"
    return f"the {rule.step_seconds} s from {local:%H:%M:%S}"
