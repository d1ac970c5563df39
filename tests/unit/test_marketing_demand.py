from dataclasses import replace
from math import inf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.marketing.demand import InboundDemand, cumulative_forecast
from pacing.marketing.erlang import answering
from pacing.marketing.figures import AgentCounts, Counts, ServiceFigures, Step, rate
from pacing.marketing.rule import RateKind, SwitchRule

NOON = 43_200.0
RULE = SwitchRule()
KINDS = st.sampled_from(RateKind)


def streamed(per_second: float, seconds: float = 3600.0, until: float = NOON, seed: int = 3) -> InboundDemand:
    """A demand that saw Poisson arrivals until then."""
    random, at = Random(seed), until - seconds
    demand = InboundDemand(at)
    while per_second > 0.0:
        at += random.expovariate(per_second)
        if at > until:
            break
        demand.offered(at)
    return demand


def figures(day: Counts | None = None, **changed: Any) -> ServiceFigures:
    told: dict[str, Any] = {
        "now": NOON,
        "day_begins": 0.0,
        "day_ends": 86_400.0,
        "day": day or Counts(offered=200, answered=190, within=170, abandoned=10, callers=180, callers_through=176),
        "day_blind": False,
        "steps": (),
        "current": Step(NOON - 10.0),
    }
    return ServiceFigures(**(told | changed))


# --- arrivals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_second", [0.02, 0.5, 10.0])
def test_steady_arrivals_are_found(per_second: float) -> None:
    demand = streamed(per_second)
    found, upper = demand.arrivals_per_second(NOON), demand.arrivals_upper(NOON)
    assert found == pytest.approx(per_second, rel=4.0 / (1800.0 * per_second) ** 0.5)
    assert found < upper < found + 8.0 * (per_second / 1800.0) ** 0.5


def test_the_upper_bound_holds_in_about_95_of_100_cases() -> None:
    above = sum(streamed(0.05, 7200.0, seed=seed).arrivals_upper(NOON) > 0.05 for seed in range(300))
    assert 0.91 <= above / 300 <= 0.98


def test_without_callers_the_rate_is_0_and_its_bound_is_3_calls_in_the_time_watched() -> None:
    demand = streamed(0.0, 300.0)
    assert demand.arrivals_per_second(NOON) == 0.0
    assert demand.arrivals_upper(NOON) == pytest.approx(3.0 / 300.0, rel=0.05)


def test_a_flood_is_believed_within_a_minute() -> None:
    demand = streamed(0.1)
    for second in range(60):
        demand.offered(NOON + second)
    assert demand.arrivals_per_second(NOON + 60.0) > 0.4


def test_a_flood_is_forgotten() -> None:
    demand = streamed(5.0)
    assert demand.arrivals_per_second(NOON + 3600.0) < 0.1


def test_a_call_told_late_counts_as_if_told_in_time() -> None:
    told = [InboundDemand(0.0), InboundDemand(0.0)]
    for demand, times in zip(told, ([10.0, 500.0, 900.0], [900.0, 10.0, 500.0]), strict=True):
        for at in times:
            demand.offered(at)
    assert told[0].arrivals_per_second(1000.0) == pytest.approx(told[1].arrivals_per_second(1000.0))


def test_time_that_was_not_watched_does_not_lower_the_rate() -> None:
    demand = streamed(1.0)
    before = demand.arrivals_per_second(NOON)
    demand.unseen(600.0)
    assert demand.arrivals_per_second(NOON + 600.0) == pytest.approx(before)


def test_nothing_is_known_before_five_minutes_were_watched() -> None:
    demand = InboundDemand(NOON)
    assert not demand.known(NOON + 299.0)
    assert demand.known(NOON + 300.0)
    assert demand.arrivals_upper(NOON) == inf
    demand.unseen(200.0)
    assert not demand.known(NOON + 400.0)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30))
def test_no_event_however_odd_makes_an_estimate_that_cannot_be(odd: list[float]) -> None:
    demand = InboundDemand(NOON)
    for value in odd:
        demand.offered(value)
        demand.ended(value)
        demand.gave_up(value)
        demand.waited(value)
        demand.unseen(value)
        assert demand.arrivals_per_second(NOON + 1000.0) >= 0.0
        assert demand.arrivals_upper(NOON + 1000.0) >= demand.arrivals_per_second(NOON + 1000.0)
        assert 1.0 <= demand.handle_seconds < inf
        assert 1.0 <= demand.patience_seconds < inf


# --- handling and patience --------------------------------------------------------------------------------------------


def test_handling_is_the_prior_until_calls_were_seen_and_then_their_mean_with_wrap_up() -> None:
    demand = InboundDemand(0.0, handle_seconds=240.0, wrap_up_seconds=15.0)
    assert demand.handle_seconds == 240.0
    for _ in range(1000):
        demand.ended(100.0)
    assert demand.handle_seconds == pytest.approx(115.0, rel=0.02)


def test_patience_is_found_from_censored_waits() -> None:
    random, demand = Random(5), InboundDemand(0.0, patience_seconds=300.0)
    for _ in range(4000):
        patience, wait = random.expovariate(1 / 90.0), random.uniform(0.0, 60.0)
        if patience < wait:
            demand.gave_up(patience)
        else:
            demand.waited(wait)
    assert demand.patience_seconds == pytest.approx(90.0, rel=0.15)


def test_patience_before_anybody_gave_up_is_the_prior_or_longer() -> None:
    demand = InboundDemand(0.0, patience_seconds=120.0)
    assert demand.patience_seconds == 120.0
    demand.waited(60.0)
    assert demand.patience_seconds == 140.0


# --- the forecast -----------------------------------------------------------------------------------------------------


def test_too_little_watched_is_no_forecast() -> None:
    assert cumulative_forecast(RULE, figures(), InboundDemand(NOON - 60.0), 20, 15.0) is None


def test_without_callers_the_day_stays_as_it_is() -> None:
    found = cumulative_forecast(RULE, figures(), streamed(0.0), 20, 15.0)
    assert found == pytest.approx(rate(RULE.rate, figures().day))
    assert cumulative_forecast(RULE, figures(Counts()), streamed(0.0), 20, 15.0) is None


@pytest.mark.parametrize("minutes", [0.0, -5.0])
def test_now_the_rate_is_the_present_one(minutes: float) -> None:
    assert cumulative_forecast(RULE, figures(), streamed(0.5), 3, minutes) == pytest.approx(170 / 200)


def test_after_long_the_rate_is_erlang_as() -> None:
    demand = streamed(0.08)
    now = figures(Counts(), day_ends=NOON + 1e7)
    share = answering(20, demand.arrivals_per_second(NOON), demand.handle_seconds, 20.0, demand.patience_seconds).within
    assert share < 0.95
    assert cumulative_forecast(RULE, now, demand, 20, 1e5) == pytest.approx(share, abs=0.01)


def test_nothing_is_forecast_beyond_the_service_day() -> None:
    ends = figures(day_ends=NOON + 300.0)
    demand = streamed(1.0)
    assert cumulative_forecast(RULE, ends, demand, 5, 60.0) == cumulative_forecast(RULE, ends, demand, 5, 5.0)


def test_a_flood_will_spoil_the_day_and_the_forecast_says_so_before_it_does() -> None:
    flooded = streamed(1.0)
    found = cumulative_forecast(RULE, figures(), flooded, 20, 15.0)
    assert found is not None
    assert found < 0.5
    assert rate(RULE.rate, figures().day) == 0.85


def test_while_agents_are_free_an_overload_takes_its_time() -> None:
    flooded = streamed(0.12)
    free = figures(agents=AgentCounts(free=15))
    soon, none_free = (cumulative_forecast(RULE, now, flooded, 20, 3.0) for now in (free, figures()))
    assert soon is not None
    assert none_free is not None
    assert soon > none_free


def test_callers_who_wait_now_count() -> None:
    demand = streamed(0.0)
    short = cumulative_forecast(RULE, figures(waiting=5, longest_wait_seconds=5.0), demand, 200, 0.0)
    long = cumulative_forecast(RULE, figures(waiting=50, longest_wait_seconds=19.0), demand, 2, 0.0)
    seen = cumulative_forecast(RULE, figures(waiting=1, longest_wait_seconds=60.0), demand, 2, 0.0)
    assert short == pytest.approx(175 / 205, abs=2e-3)
    assert long is not None
    assert long < 172 / 245
    assert seen == pytest.approx(170 / 200)  # counted as missed already


def test_behind_a_long_queue_those_who_come_are_not_answered_in_time_either() -> None:
    behind = figures(Counts(), waiting=40, longest_wait_seconds=60.0)
    clear = figures(Counts(), waiting=0)
    long, none = (cumulative_forecast(RULE, now, streamed(0.05), 20, 2.0) for now in (behind, clear))
    assert none is not None
    assert none > 0.9
    assert long is not None
    assert long < 0.2


def test_who_has_waited_beyond_the_threshold_may_yet_be_answered() -> None:
    rule = replace(RULE, rate=RateKind.ANSWERED)
    waiting = figures(waiting=1, longest_wait_seconds=60.0)
    found = cumulative_forecast(rule, waiting, streamed(0.0), 200, 0.0)
    assert found == pytest.approx(191 / 200, abs=1e-3)


def test_callers_are_fewer_than_calls() -> None:
    rule = replace(RULE, rate=RateKind.CALLERS)
    once = Counts(offered=200, answered=100, within=90, abandoned=100, callers=200, callers_through=100)
    repeated = replace(once, callers=100, callers_through=50)
    demand = streamed(0.05)
    found = [cumulative_forecast(rule, figures(day), demand, 50, 60.0) for day in (once, repeated)]
    assert found[0] == pytest.approx(found[1])


@given(
    KINDS, st.floats(0.01, 2), st.tuples(st.integers(0, 60), st.integers(1, 30)), st.floats(0, 60), st.integers(0, 40)
)
def test_more_agents_never_make_a_worse_rate(
    kind: RateKind, per_second: float, agents: tuple[int, int], minutes: float, waiting: int
) -> None:
    demand = streamed(per_second, 900.0)
    now = figures(waiting=waiting, longest_wait_seconds=2.0 * waiting, agents=AgentCounts(free=waiting % 2))
    few, many = (
        cumulative_forecast(replace(RULE, rate=kind), now, demand, n, minutes) for n in (agents[0], sum(agents))
    )
    assert few is not None
    assert many is not None
    assert 0.0 <= few <= many + 1e-6 <= 1.0 + 2e-6


@pytest.mark.parametrize("now", [nan, inf])
def test_a_clock_that_cannot_be_is_no_forecast(now: float) -> None:
    assert cumulative_forecast(RULE, figures(now=now), streamed(1.0), 20, 15.0) is None
