"""The marketing switch closes at once when inbound service falls, and never opens by mistake."""

from dataclasses import replace
from datetime import date, datetime, time
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.marketing.busy import busy_day, busy_hours, service_day
from pacing.marketing.figures import Counts, ServiceFigures, Step, rate
from pacing.marketing.rule import BusyHours, RateKind, SwitchRule
from pacing.marketing.switch import closed_without_rule, decide
from pacing.marketing.verdict import Cause, HandOrder, SwitchMemory, SwitchState, SwitchVerdict

RULE = SwitchRule(
    sustained_minutes=5, repeat_minutes=5.0, time_zone="Europe/Berlin", busy_first_days=0, busy_last_days=0
)
NOON = datetime(2026, 7, 8, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
"""A Wednesday; 0:00 UTC is 2:00."""
LONG_AGO = NOON - 36_000.0
OPEN = SwitchMemory(SwitchState.OPEN, LONG_AGO)
CLOSED = SwitchMemory(SwitchState.CLOSED, LONG_AGO, (Cause.RATE,))


def calls(offered: int, within: int) -> Counts:
    return Counts(offered, within, within, offered - within, 0, 0, offered, within)


def figures(day: Counts | None = None, at: float = NOON, /, **steps: Counts | None) -> ServiceFigures:
    """A day of good service. `ago1` is the last complete minute, `ago0` the current one; None: it was not seen."""
    current = at // RULE.step_seconds * RULE.step_seconds
    begins, ends = service_day(RULE, at)

    def step(ago: int) -> Step:
        counts = steps.get(f"ago{ago}", calls(10, 10))
        return Step(current - ago * RULE.step_seconds, counts or Counts(), counts is None)

    window = tuple(step(ago) for ago in range(RULE.sustained_steps, 0, -1))
    return ServiceFigures(at, begins, ends, day or calls(400, 360), False, window, step(0))


def verdict(
    memory: SwitchMemory | None,
    now: ServiceFigures,
    rule: SwitchRule = RULE,
    *,
    hand: HandOrder | None = None,
    unmeasured_since: float | None = None,
    forecast: float | None = None,
) -> SwitchVerdict:
    return decide(rule, memory, now, hand=hand, unmeasured_since=unmeasured_since, forecast=forecast)


def causes(told: SwitchVerdict) -> set[Cause]:
    return {held.cause for held in told.holding}


def test_good_service_keeps_an_open_switch_open() -> None:
    told = verdict(OPEN, figures())
    assert told == SwitchVerdict(OPEN, False, (), None, 0.9)


def test_good_service_opens_a_closed_switch() -> None:
    told = verdict(CLOSED, figures())
    assert told.memory == SwitchMemory(SwitchState.OPEN, NOON)
    assert told.changed


# --- closing

HAND = HandOrder("Ada", "fire drill", NOON - 10.0)
BUSY = replace(RULE, busy_dates=(date(2026, 7, 8),))
HOURS = replace(RULE, busy_hours=(BusyHours((2,), time(11), time(13)),))
AHEAD = replace(RULE, predictive_minutes=15.0)


@pytest.mark.parametrize(
    ("rule", "now", "facts", "cause"),
    [
        (RULE, figures(), {"hand": HAND}, Cause.BY_HAND),
        (RULE, figures(), {"unmeasured_since": NOON - 15.1}, Cause.UNMEASURED),
        (RULE, figures(), {"unmeasured_since": NOON + 15.1}, Cause.UNMEASURED),
        (RULE, figures(), {"unmeasured_since": float("nan")}, Cause.UNMEASURED),
        (BUSY, figures(), {}, Cause.BUSY_DAY),
        (HOURS, figures(), {}, Cause.BUSY_HOURS),
        (RULE, figures(calls(400, 319)), {}, Cause.RATE),
        (AHEAD, figures(), {"forecast": 0.79}, Cause.FORECAST),
        (AHEAD, figures(), {"forecast": float("nan")}, Cause.FORECAST),
    ],
)
def test_each_of_these_closes_and_is_the_cause(
    rule: SwitchRule, now: ServiceFigures, facts: dict[str, Any], cause: Cause
) -> None:
    told = verdict(OPEN, now, rule, **facts)
    assert told.memory == SwitchMemory(SwitchState.CLOSED, NOON, (cause,))
    assert told.changed
    assert cause in causes(told)
    again = verdict(replace(CLOSED, causes=(Cause.NOT_SUSTAINED,)), now, rule, **facts)
    assert not again.open
    assert causes(again) == {cause}


@pytest.mark.parametrize(
    ("rule", "now", "facts"),
    [
        (RULE, figures(calls(19, 0)), {}),  # fewer than the minimum
        (RULE, figures(calls(400, 320)), {}),  # just on target
        (RULE, figures(calls(0, 0)), {}),
        (RULE, figures(), {"unmeasured_since": NOON - 15.0}),
        (RULE, figures(), {"forecast": 0.5}),  # no forecast wanted
        (RULE, figures(), {"hand": replace(HAND, until=NOON)}),  # it is over
        (RULE, figures(ago0=calls(10, 0), ago1=None, ago3=calls(9, 0)), {}),  # steps open, they don't close
    ],
)
def test_none_of_these_closes(rule: SwitchRule, now: ServiceFigures, facts: dict[str, Any]) -> None:
    assert verdict(OPEN, now, rule, **facts).memory is OPEN


@pytest.mark.parametrize(("seconds", "closes"), [(119.0, False), (120.0, True)])
def test_a_bad_rate_and_a_forecast_wait_for_the_shortest_time_open(seconds: float, closes: bool) -> None:
    opened = SwitchMemory(SwitchState.OPEN, NOON - seconds)
    assert verdict(opened, figures(calls(400, 0))).open is not closes
    assert verdict(opened, figures(), AHEAD, forecast=0.0).open is not closes
    assert not verdict(opened, figures(), hand=HAND).open


@pytest.mark.parametrize(
    ("kind", "got"), [(RateKind.ANSWERED, 0.9), (RateKind.WITHIN_THRESHOLD, 0.7), (RateKind.CALLERS, 0.95)]
)
def test_the_rules_own_rate_decides(kind: RateKind, got: float) -> None:
    day = Counts(offered=100, answered=90, within=70, abandoned=10, callers=60, callers_through=57)
    told = verdict(OPEN, figures(day), replace(RULE, rate=kind))
    assert told.rate == got
    assert told.open is (got >= 0.8)


# --- opening


@pytest.mark.parametrize(
    ("steps", "until"),
    [
        ({"ago1": calls(5, 3)}, NOON + 300.0),
        ({"ago5": calls(5, 3)}, NOON + 60.0),
        ({"ago2": None, "ago4": None}, NOON + 240.0),
        ({"ago0": calls(5, 3)}, NOON + 360.0),
        ({"ago0": None}, NOON + 360.0),
    ],
)
def test_a_step_off_target_or_not_seen_keeps_it_closed_for_the_sustained_time(
    steps: dict[str, Counts | None], until: float
) -> None:
    told = verdict(CLOSED, figures(**steps))
    assert causes(told) == {Cause.NOT_SUSTAINED}
    assert told.earliest_open == until


@pytest.mark.parametrize("count", [True, False])
def test_a_setting_says_whether_a_step_without_calls_counts(count: bool) -> None:
    rule = replace(RULE, empty_steps_count=count)
    told = verdict(CLOSED, figures(ago2=calls(0, 0)), rule)
    assert told.open is count
    if not count:
        assert told.holding[0].words == "no calls in the minute from 11:58"
    assert verdict(CLOSED, figures(ago0=calls(0, 0)), rule).open


def test_a_bad_rate_of_few_calls_does_not_close_but_keeps_closed() -> None:
    assert causes(verdict(CLOSED, figures(calls(3, 2)))) == {Cause.RATE}


def test_less_than_the_sustained_time_does_not_open() -> None:
    told = verdict(CLOSED, replace(figures(), steps=figures().steps[1:]))
    assert causes(told) == {Cause.NOT_SUSTAINED}
    assert told.earliest_open == NOON + 60.0
    assert not verdict(CLOSED, replace(figures(), steps=())).open


def test_inbound_out_of_sight_for_a_moment_keeps_open_but_never_opens() -> None:
    assert verdict(OPEN, figures(), unmeasured_since=NOON).open
    told = verdict(CLOSED, figures(), unmeasured_since=NOON)
    assert causes(told) == {Cause.UNMEASURED}
    assert told.earliest_open is None


def test_it_stays_closed_for_the_shortest_time() -> None:
    told = verdict(SwitchMemory(SwitchState.CLOSED, NOON - 299.0), figures())
    assert causes(told) == {Cause.LEAST_CLOSED}
    assert told.earliest_open == NOON + 1.0
    assert verdict(SwitchMemory(SwitchState.CLOSED, NOON - 300.0), figures()).open


def test_a_switch_without_memory_begins_closed_by_what_holds_it() -> None:
    told = verdict(None, figures(ago3=None))
    assert told.memory == SwitchMemory(SwitchState.CLOSED, NOON, (Cause.NOT_SUSTAINED, Cause.LEAST_CLOSED))
    assert told.changed


def test_a_closed_switch_remembers_what_closed_it() -> None:
    told = verdict(CLOSED, figures(), hand=HAND)
    assert told.memory is CLOSED
    assert not told.changed


def test_a_state_that_began_ahead_of_the_clock_begins_anew() -> None:
    assert verdict(SwitchMemory(SwitchState.CLOSED, NOON + 9e9), figures()).earliest_open == NOON + 300.0
    assert verdict(SwitchMemory(SwitchState.OPEN, NOON + 9e9), figures(calls(400, 0))).memory.since == NOON


MIDNIGHT = datetime(2026, 7, 9, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def test_counters_that_start_anew_do_not_change_the_switch() -> None:
    assert verdict(OPEN, figures(Counts(), MIDNIGHT)).open
    assert verdict(OPEN, figures(calls(1, 0), MIDNIGHT)).open
    told = verdict(CLOSED, figures(Counts(), MIDNIGHT, ago1=calls(9, 1)))
    assert causes(told) == {Cause.NOT_SUSTAINED}


# --- what it says


def test_all_that_holds_is_told_with_its_figures() -> None:
    rule = replace(AHEAD, busy_dates=(date(2026, 7, 8),), busy_hours=HOURS.busy_hours)
    now = figures(calls(312, 223), ago2=calls(7, 5))
    told = verdict(OPEN, now, rule, hand=HAND, unmeasured_since=NOON - 23.0, forecast=0.777)
    assert [held.words for held in told.holding] == [
        "closed by Ada: fire drill",
        "inbound service is not seen for 23 s",
        "busy day: set by hand",
        "busy hours 11:00 to 13:00",
        "today 71.4% of 312 calls answered within 20 s, target 80%",
        "forecast of today's calls answered within 20 s, 15 min ahead: 77.7%, target 80%",
        "in the minute from 11:58, 71.4% of 7 calls answered within 20 s, target 80%",
        "closed for 0 s, at least 300 s",
    ]


def test_what_is_below_target_never_reads_like_the_target() -> None:
    told = verdict(OPEN, figures(calls(100_000, 79_999)))
    assert told.holding[0].words == "today 79.9% of 100000 calls answered within 20 s, target 80%"


def test_the_earliest_is_the_latest_of_all_that_holds() -> None:
    lifted = replace(HAND, until=NOON + 7200.0)
    assert verdict(CLOSED, figures(ago1=None), hand=lifted).earliest_open == NOON + 7200.0
    assert verdict(CLOSED, figures(ago1=None), hand=HAND).earliest_open is None


def test_an_order_for_ever_needs_no_calendar() -> None:
    assert verdict(CLOSED, figures(), hand=replace(HAND, until=1e15)).earliest_open == 1e15


def test_the_earliest_is_no_busy_time() -> None:
    rule = replace(RULE, busy_hours=(BusyHours((2,), time(12, 1), time(14)),))
    assert verdict(CLOSED, figures(ago1=None), rule).earliest_open == NOON + 7200.0


def test_a_busy_days_end_is_told() -> None:
    assert verdict(OPEN, figures(), BUSY).earliest_open == MIDNIGHT


def test_a_bad_rate_may_end_when_enough_calls_got_through() -> None:
    """300 of 400 in 12 hours: 100 more all through make 400 of 500; the last minutes bring 10 calls a minute."""
    assert verdict(CLOSED, figures(calls(400, 300))).earliest_open == pytest.approx(NOON + 600.0)


def test_a_bad_rate_ends_with_the_day_at_the_latest() -> None:
    assert verdict(CLOSED, figures(calls(4000, 0))).earliest_open == MIDNIGHT
    assert verdict(CLOSED, figures(calls(400, 399)), replace(RULE, target=1.0)).holding[0].until == MIDNIGHT


def test_a_group_without_a_rule_is_closed_until_it_has_one() -> None:
    told = closed_without_rule(OPEN, NOON, "service group north has no queue")
    assert told.memory == SwitchMemory(SwitchState.CLOSED, NOON, (Cause.NO_RULE,))
    assert told.changed
    assert told.earliest_open is None
    again = closed_without_rule(told.memory, NOON + 60.0, "service group north has no queue")
    assert again.memory is told.memory
    assert not again.changed
    assert closed_without_rule(None, NOON, "none").changed


# --- whatever the figures

counts = st.builds(
    lambda offered, answered, within, callers, through: Counts(
        offered, min(offered, answered), min(offered, answered, within), 0, 0, 0, callers, min(callers, through)
    ),
    *[st.integers(0, 60)] * 5,
)
good = st.sampled_from([calls(10, 10), calls(5, 4), Counts()])
step_counts = st.one_of(good, good, good, st.none(), counts)
rules = st.builds(
    SwitchRule,
    target=st.sampled_from([0.5, 0.8, 1.0]),
    rate=st.sampled_from(RateKind),
    sustained_minutes=st.just(5),
    empty_steps_count=st.booleans(),
    minimum_offered=st.integers(0, 40),
    least_open_seconds=st.sampled_from([0.0, 120.0]),
    least_closed_seconds=st.sampled_from([0.0, 300.0]),
    time_zone=st.just("Europe/Berlin"),
    busy_first_days=st.just(0),
    busy_last_days=st.just(0),
    busy_dates=st.sampled_from([(), (), (), (date(2026, 7, 8),)]),
    busy_hours=st.sampled_from([(), (), (), (BusyHours((2,), time(11), time(13)),)]),
    predictive_minutes=st.sampled_from([0.0, 15.0]),
)
moments = st.builds(
    lambda day, at, steps: figures(day, at, **{f"ago{ago}": step for ago, step in enumerate(steps)}),
    st.one_of(good, counts),
    st.floats(NOON - 7000.0, NOON + 7000.0),
    st.lists(step_counts, min_size=6, max_size=6),
)
memories = st.one_of(
    st.none(), st.builds(SwitchMemory, st.sampled_from(SwitchState), st.floats(NOON - 9000.0, NOON + 9000.0))
)
facts_of = st.fixed_dictionaries(
    {
        "hand": st.sampled_from([None, None, HAND, replace(HAND, until=NOON)]),
        "unmeasured_since": st.one_of(st.none(), st.none(), st.floats(NOON - 7100.0, NOON + 7100.0)),
        "forecast": st.one_of(st.none(), st.floats(0.0, 1.0)),
    }
)


def must_close(rule: SwitchRule, memory: SwitchMemory | None, now: ServiceFigures, facts: dict[str, Any]) -> bool:
    """The rule in its own words, without regard to how `decide` does it."""
    hand, since, forecast = facts["hand"], facts["unmeasured_since"], facts["forecast"]
    got = rate(rule.rate, now.day)
    of = now.day.callers if rule.rate is RateKind.CALLERS else now.day.offered
    opened = memory.since if memory and memory.state is SwitchState.OPEN else -inf
    patient = now.now - min(opened, now.now) >= rule.least_open_seconds
    return bool(
        (hand and (hand.until is None or now.now < hand.until))
        or (since is not None and abs(now.now - since) > rule.unmeasured_seconds)
        or busy_day(rule, now.now)
        or busy_hours(rule, now.now)
        or (patient and got is not None and got < rule.target and of >= rule.minimum_offered)
        or (patient and rule.predictive_minutes and forecast is not None and forecast < rule.target)
    )


@given(rule=rules, memory=memories, now=moments, facts=facts_of)
def test_it_is_never_open_when_something_closes_it(
    rule: SwitchRule, memory: SwitchMemory | None, now: ServiceFigures, facts: dict[str, Any]
) -> None:
    told = verdict(memory, now, rule, **facts)
    if must_close(rule, memory, now, facts):
        assert not told.open
    elif memory and memory.state is SwitchState.OPEN:
        assert told.open
    assert told.open is not bool(told.holding)
    assert told.earliest_open is None or told.earliest_open >= now.now


@given(
    rule=rules, memory=memories, now=moments, facts=facts_of, lost=st.tuples(st.integers(0, 5), st.floats(-20.0, 20.0))
)
def test_a_fact_taken_away_never_opens(
    rule: SwitchRule,
    memory: SwitchMemory | None,
    now: ServiceFigures,
    facts: dict[str, Any],
    lost: tuple[int, float],
) -> None:
    blind, ago = lost
    seen = {name: fact for name, fact in facts.items() if name != "unmeasured_since" or fact is not None}
    told = verdict(memory, now, rule, **facts)
    steps = [*now.steps, now.current]
    steps[blind] = replace(steps[blind], blind=True)
    less = (
        verdict(memory, now, rule, **{"hand": None, "unmeasured_since": now.now - ago, **seen}),
        verdict(memory, replace(now, steps=tuple(steps[:-1]), current=steps[-1]), rule, **facts),
        verdict(memory, replace(now, steps=now.steps[1:]), rule, **facts),
    )
    if not told.open:
        assert not any(other.open for other in less)
    if not memory or memory.state is SwitchState.CLOSED:
        assert not any(other.open for other in less)


@given(rule=rules, history=st.lists(st.tuples(step_counts, st.booleans(), facts_of), min_size=12, max_size=40))
def test_it_opens_only_after_the_sustained_time(
    rule: SwitchRule, history: list[tuple[Counts | None, bool, dict[str, Any]]]
) -> None:
    memory: SwitchMemory | None = None
    begin = NOON - 3600.0
    past: list[Counts | None] = [None] * 5
    closed_since = begin
    for minute, (counted, day_good, facts) in enumerate(history):
        at = begin + minute * 60.0
        steps = {f"ago{ago + 1}": step for ago, step in enumerate(reversed(past[-5:]))}
        day = calls(100, 100) if day_good else calls(100, 10)
        told = verdict(memory, figures(day, at, ago0=Counts(), **steps), rule, **facts)
        if told.open and told.changed:
            for step in past[-5:]:
                assert step is not None
                got = rate(rule.rate, step)
                assert rule.empty_steps_count if got is None else got >= rule.target
            assert at - closed_since >= rule.least_closed_seconds
            assert not must_close(rule, None, figures(day, at), facts)
            assert facts["unmeasured_since"] is None
            assert day_good
        if told.changed and not told.open:
            closed_since = at
        memory = told.memory
        past.append(counted)
