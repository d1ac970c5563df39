"""A service group's marketing switch: closed at once when inbound service falls, open again after a sustained time.

A pure state machine. Times are POSIX seconds, UTC.
"""

from dataclasses import dataclass, replace

from pacing.marketing.busy import busy_day, busy_day_ends, busy_hours, busy_hours_end, calm_from
from pacing.marketing.figures import ServiceFigures, rate
from pacing.marketing.on_target import day_misses, forecast_misses, not_sustained
from pacing.marketing.rule import SwitchRule
from pacing.marketing.switch_words import tried
from pacing.marketing.verdict import Cause, HandOrder, Holding, SwitchMemory, SwitchState, SwitchVerdict

_FAR_SECONDS = 366 * 86_400.0
"""An order by hand may last until the end of time, where there is no calendar to ask."""


@dataclass(frozen=True, slots=True)
class _Facts:
    rule: SwitchRule
    figures: ServiceFigures
    hand: HandOrder | None
    unmeasured_since: float | None
    forecast: float | None


def decide(
    rule: SwitchRule,
    memory: SwitchMemory | None,
    figures: ServiceFigures,
    *,
    hand: HandOrder | None,
    unmeasured_since: float | None,
    forecast: float | None = None,
) -> SwitchVerdict:
    """Whether marketing is on at `figures.now`, and what keeps it off.

    `memory`: of the verdict before; None: there was none, and the switch is closed. `unmeasured_since`: since when some
    server's inbound events are not seen; None: all are. `forecast`: the day's cumulative rate, 0 to 1, as it will be in
    `rule.predictive_minutes`.
    """
    now = figures.now
    state = memory or SwitchMemory(since=now)
    if state.since > now:  # a clock was set back: the shortest time begins anew
        state = replace(state, since=now)
    facts = _Facts(rule, figures, hand, unmeasured_since, forecast)
    against = _against(facts)
    if state.state is SwitchState.OPEN:
        causes = tuple(held.cause for held in against if _closes(facts, held.cause, open_seconds=now - state.since))
        state = SwitchMemory(SwitchState.CLOSED, now, causes) if causes else state
    holding: tuple[Holding, ...] = ()
    if state.state is SwitchState.CLOSED:
        holding = (*against, *_not_yet(facts, closed_since=state.since))
        if not holding:
            state = SwitchMemory(SwitchState.OPEN, now)
        elif memory is None:
            state = replace(state, causes=tuple(held.cause for held in holding))
    return SwitchVerdict(
        memory=state,
        changed=memory is None or state.state is not memory.state,
        holding=holding,
        earliest_open=_earliest(rule, holding, now),
        rate=rate(rule.rate, figures.day),
        forecast=forecast,
    )


def closed_without_rule(memory: SwitchMemory | None, now: float, words: str) -> SwitchVerdict:
    """The verdict where no service group is configured by a campaign's, or one without a queue: closed."""
    was_closed = memory is not None and memory.state is SwitchState.CLOSED
    return SwitchVerdict(
        memory=memory if memory and was_closed else SwitchMemory(SwitchState.CLOSED, now, (Cause.NO_RULE,)),
        changed=not was_closed,
        holding=(Holding(Cause.NO_RULE, words, None),),
        earliest_open=None,
        rate=None,
    )


def _against(facts: _Facts) -> list[Holding]:
    """What speaks against marketing, in either state."""
    rule, figures = facts.rule, facts.figures
    held = (
        _by_hand(facts.hand, figures.now),
        _unmeasured(facts.unmeasured_since, figures.now),
        _on_busy_day(rule, figures.now),
        _in_busy_hours(rule, figures.now),
        day_misses(rule, figures),
        forecast_misses(rule, figures, facts.forecast),
    )
    return [each for each in held if each is not None]


def _closes(facts: _Facts, cause: Cause, open_seconds: float) -> bool:
    """Whether it closes an open switch; it keeps a closed one closed in any case."""
    rule, figures = facts.rule, facts.figures
    match cause:
        case Cause.UNMEASURED:
            # Nobody knows how long it lasts if it began ahead of now, as after a clock was set.
            return facts.unmeasured_since is None or not (
                abs(figures.now - facts.unmeasured_since) <= rule.unmeasured_seconds
            )
        case Cause.RATE:
            return open_seconds >= rule.least_open_seconds and tried(rule.rate, figures.day) >= rule.minimum_offered
        case Cause.FORECAST:
            return open_seconds >= rule.least_open_seconds
        case _:
            return True


def _by_hand(hand: HandOrder | None, now: float) -> Holding | None:
    if hand is None or (hand.until is not None and now >= hand.until):
        return None
    return Holding(Cause.BY_HAND, f"closed by {hand.by}: {hand.why}", hand.until)


def _unmeasured(since: float | None, now: float) -> Holding | None:
    if since is None:
        return None
    return Holding(Cause.UNMEASURED, f"inbound service is not seen for {max(0.0, now - since):.0f} s", None)


def _on_busy_day(rule: SwitchRule, now: float) -> Holding | None:
    why = busy_day(rule, now)
    return None if why is None else Holding(Cause.BUSY_DAY, f"busy day: {why}", busy_day_ends(rule, now))


def _in_busy_hours(rule: SwitchRule, now: float) -> Holding | None:
    hours = busy_hours(rule, now)
    if hours is None:
        return None
    words = f"busy hours {hours.begins:%H:%M} to {hours.ends:%H:%M}"
    return Holding(Cause.BUSY_HOURS, words, busy_hours_end(rule, now))


def _not_yet(facts: _Facts, closed_since: float) -> list[Holding]:
    """What a closed switch waits for beside."""
    held = [not_sustained(facts.rule, facts.figures)]
    ends = closed_since + facts.rule.least_closed_seconds
    if facts.figures.now < ends:
        words = f"closed for {facts.figures.now - closed_since:.0f} s, at least {facts.rule.least_closed_seconds:g} s"
        held.append(Holding(Cause.LEAST_CLOSED, words, ends))
    return [each for each in held if each is not None]


def _earliest(rule: SwitchRule, holding: tuple[Holding, ...], now: float) -> float | None:
    """When the last of them may end, and no busy time is."""
    latest = now
    for held in holding:
        if held.until is None:
            return None
        latest = max(latest, held.until)
    if not holding or latest > now + _FAR_SECONDS:
        return latest if holding else None
    return calm_from(rule, latest)
