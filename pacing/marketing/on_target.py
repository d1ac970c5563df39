"""Whether a group's inbound service is on target: over the day, by forecast, and in each step of the sustained time."""

from math import ceil

from pacing.marketing.figures import Counts, ServiceFigures, Step, rate
from pacing.marketing.rule import SwitchRule
from pacing.marketing.switch_words import measured, of_rate, percent, step_name, tried
from pacing.marketing.verdict import Cause, Holding


def day_misses(rule: SwitchRule, figures: ServiceFigures) -> Holding | None:
    """The day's cumulative rate is below target, however few calls it is of."""
    got = rate(rule.rate, figures.day)
    if got is None or got >= rule.target:
        return None
    return Holding(Cause.RATE, f"today {of_rate(rule, figures.day)}", _rate_recovers(rule, figures, got))


def _rate_recovers(rule: SwitchRule, figures: ServiceFigures, got: float) -> float:
    """When the day's rate is on target again if all get through from now on, arriving as often as today so far or in
    the sustained time, whichever is more; the day's end, if counters start anew before."""
    so_far = tried(rule.rate, figures.day)
    per_second = max(
        so_far / max(1.0, figures.now - figures.day_begins),
        sum(tried(rule.rate, step.counts) for step in figures.steps) / (rule.sustained_minutes * 60.0),
    )
    if rule.target >= 1.0 or per_second <= 0.0:
        return figures.day_ends
    # (got + n) / (tried + n) >= target
    needed = ceil(so_far * (rule.target - got) / (1.0 - rule.target) - 1e-9)
    return min(figures.now + max(1, needed) / per_second, figures.day_ends)


def forecast_misses(rule: SwitchRule, figures: ServiceFigures, forecast: float | None) -> Holding | None:
    if forecast is None or rule.predictive_minutes <= 0.0 or forecast >= rule.target:
        return None
    told = percent(forecast) if 0.0 <= forecast <= 1.0 else "not a rate"
    words = (
        f"forecast of today's {measured(rule)}, {rule.predictive_minutes:g} min ahead: {told}, "
        f"target {rule.target * 100.0:.6g}%"
    )
    return Holding(Cause.FORECAST, words, figures.now)


def not_sustained(rule: SwitchRule, figures: ServiceFigures) -> Holding | None:
    """The last step that was below target, or not seen, of the sustained time and the minute now."""
    sustained_seconds = rule.sustained_minutes * 60.0
    current = figures.current
    why = _current_misses(rule, current)
    if why is not None:
        return Holding(Cause.NOT_SUSTAINED, why, current.begins + rule.step_seconds + sustained_seconds)
    for step in reversed(figures.steps):
        why = _step_misses(rule, step)
        if why is not None:
            return Holding(Cause.NOT_SUSTAINED, why, step.begins + rule.step_seconds + sustained_seconds)
    begins = figures.steps[0].begins if figures.steps else current.begins
    if len(figures.steps) < rule.sustained_steps or begins > current.begins - sustained_seconds:
        words = f"not all of the last {rule.sustained_minutes} min was seen"
        return Holding(Cause.NOT_SUSTAINED, words, begins + sustained_seconds)
    return None


def _current_misses(rule: SwitchRule, step: Step) -> str | None:
    """As of a complete step, but that calls may yet come."""
    return None if _is_empty(rule, step.counts) and not step.blind else _step_misses(rule, step)


def _step_misses(rule: SwitchRule, step: Step) -> str | None:
    if step.blind:
        return f"{step_name(rule, step.begins)} was not seen whole"
    if _is_empty(rule, step.counts):
        return None if rule.empty_steps_count else f"no {measured(rule).split()[0]} in {step_name(rule, step.begins)}"
    got = rate(rule.rate, step.counts)
    if got is not None and got >= rule.target:
        return None
    return f"in {step_name(rule, step.begins)}, {of_rate(rule, step.counts)}"


def _is_empty(rule: SwitchRule, counts: Counts) -> bool:
    return tried(rule.rate, counts) <= 0
