from collections import deque
from heapq import heappop, heappush
from itertools import pairwise
from math import exp, factorial, inf, nan
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pacing.marketing.erlang import (
    MOST_AGENTS,
    agents_needed,
    answering,
    erlang_b,
    kept_free,
    share_within,
    wait_probability,
)

AGENTS = st.integers(0, 300)
ARRIVALS = st.floats(0, 20)
HANDLE = st.floats(1, 2000)
THRESHOLD = st.floats(0, 300)
PATIENCE = st.one_of(st.just(inf), st.floats(0.5, 1e7))
CALLS = st.tuples(ARRIVALS, HANDLE, THRESHOLD, PATIENCE)
Calls = tuple[float, float, float, float]


# --- published values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agents", "waits", "within"), [(14, 0.1741319, 0.88835), (11, 0.6821182, 0.3896138)])
def test_erlang_c_is_as_published(agents: int, waits: float, within: float) -> None:
    """The documentation of the R package ErlangC, version 0.1.0: 100 calls of 3 minutes in half an hour."""
    assert wait_probability(agents, 10.0) == pytest.approx(waits, abs=5e-7)
    assert share_within(agents, 10.0, 180.0, 20.0) == pytest.approx(within, abs=5e-7)


def test_erlang_c_of_a_larger_team_is_as_published() -> None:
    """Westbay Engineers, The Erlang-C Formula: 360 calls of 4 minutes in half an hour, 55 agents, 15 s."""
    assert wait_probability(55, 48.0) == pytest.approx(0.239, abs=5e-4)
    assert share_within(55, 48.0, 240.0, 15.0) == pytest.approx(0.846, abs=5e-4)


def test_erlang_a_is_as_published() -> None:
    """Gans, Koole & Mandelbaum, Telephone Call Centers: Tutorial, Review and Research Prospects, M&SOM 5(2), 2003: 50
    agents, 48 calls a minute of one minute, patience two minutes: 3.1% abandon, and wait 3.7 s on average."""
    found = answering(50, 48 / 60, 60.0, 20.0, 120.0)
    assert found.abandoned == pytest.approx(0.031, abs=5e-4)
    assert found.abandoned * 120.0 == pytest.approx(3.7, abs=0.05)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.3), (5, 4.0), (12, 20.0)])
def test_erlang_b_is_its_sum(agents: int, load: float) -> None:
    terms = [load**k / factorial(k) for k in range(agents + 1)]
    assert erlang_b(agents, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


@pytest.mark.parametrize(
    ("agents", "arrivals", "handle", "patience"),
    [
        (1, 0.01, 100.0, 30.0),
        (4, 0.05, 60.0, 300.0),
        (10, 0.2, 90.0, 20.0),
        (3, 0.1, 60.0, 90.0),
        (2, 13.0, 1343.0, 0.5),
    ],
)
def test_erlang_a_is_the_birth_and_death_chain(agents: int, arrivals: float, handle: float, patience: float) -> None:
    weights, state = [], 1.0
    for n in range(2000):
        weights.append(state)
        state *= arrivals / (min(n + 1, agents) / handle + max(0, n + 1 - agents) / patience)
    queue = sum((n - agents) * weight for n, weight in enumerate(weights) if n > agents) / sum(weights)
    found = answering(agents, arrivals, handle, 20.0, patience)
    assert found.abandoned == pytest.approx(queue / patience / arrivals, rel=1e-9)
    served = sum(min(n, agents) * weight for n, weight in enumerate(weights)) / sum(weights)
    assert found.answered == pytest.approx(served / handle / arrivals, rel=1e-6)


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("agents", [3, 6, 11])
def test_the_free_agents_kept_are_the_least_that_the_cut_off_chain_needs(agents: int, load: float) -> None:
    handle, patience, target = 100.0, 40.0, 0.9
    arrivals = load * agents / handle

    def answered(kept: int) -> float:
        busy, weights, state = agents - kept, [], 1.0
        for n in range(busy, busy + 500):
            weights.append((n, state))
            state *= arrivals / (min(n + 1, agents) / handle + max(0, n + 1 - agents) / patience)
        queue = sum(max(0, n - agents) * weight for n, weight in weights) / sum(weight for _, weight in weights)
        return 1.0 - queue / patience / arrivals

    least = next((kept for kept in range(agents + 1) if answered(kept) >= target), agents)
    assert kept_free(agents, arrivals, handle, 20.0, target, patience, within=False) == least


# --- a simulation -----------------------------------------------------------------------------------------------------


def simulated(
    agents: int, arrivals: float, handle: float, patience: float, kept: int | None = None
) -> tuple[float, float]:
    """Shares of 40,000 callers answered, and answered within 20 s. `kept`: so many free agents are left to them by
    marketing, which has no end of calls."""
    random, threshold = Random(7), 20.0
    waiting: deque[tuple[float, float]] = deque()
    ends: list[float] = []
    now, free, answered, within, callers = 0.0, agents, 0, 0, 40_000
    came = 0
    next_call = random.expovariate(arrivals)

    def begin() -> None:
        nonlocal free
        free -= 1
        heappush(ends, now + random.expovariate(1 / handle))

    while came < callers or waiting:
        if came < callers and (not ends or next_call < ends[0]):
            now = next_call
            next_call += random.expovariate(arrivals)
            came += 1
            waiting.append((now, now + random.expovariate(1 / patience)))
        else:
            now = heappop(ends)
            free += 1
        while waiting and free > 0:
            since, gives_up = waiting.popleft()
            if gives_up > now:
                answered += 1
                within += now - since <= threshold
                begin()
        while kept is not None and free > kept:
            begin()
    return answered / callers, within / callers


@pytest.mark.parametrize(
    ("agents", "arrivals", "handle", "patience"),
    [(5, 0.02, 180.0, 60.0), (20, 0.1, 180.0, 120.0), (20, 0.14, 180.0, 90.0), (50, 0.25, 180.0, 300.0)],
)
def test_erlang_a_is_what_a_simulation_shows(agents: int, arrivals: float, handle: float, patience: float) -> None:
    found = answering(agents, arrivals, handle, 20.0, patience)
    answered, within = simulated(agents, arrivals, handle, patience)
    assert found.answered == pytest.approx(answered, abs=0.015)
    assert found.within == pytest.approx(within, abs=0.025)


@pytest.mark.parametrize(
    ("agents", "load", "within"), [(5, 0.3, True), (10, 0.5, True), (20, 0.7, True), (10, 0.7, False)]
)
def test_with_so_many_kept_free_a_simulation_is_on_target_and_with_one_less_is_not(
    agents: int, load: float, within: bool
) -> None:
    arrivals, target = load * agents / 180.0, 0.85
    kept = kept_free(agents, arrivals, 180.0, 20.0, target, 60.0, within=within)
    assert 0 < kept < agents
    with_it = simulated(agents, arrivals, 180.0, 60.0, kept)
    with_less = simulated(agents, arrivals, 180.0, 60.0, kept - 1)
    assert with_it[within] > target - 0.015
    assert with_less[within] < target + 0.015


# --- limits -----------------------------------------------------------------------------------------------------------


def test_without_callers_all_is_well() -> None:
    assert answering(0, 0.0, 180.0, 20.0) == (1.0, 1.0)
    assert (wait_probability(3, 0.0), share_within(3, 0.0, 180.0, 20.0)) == (0.0, 1.0)
    assert agents_needed(0.0, 180.0, 20.0, 0.8) == 0
    assert kept_free(10, 0.0, 180.0, 20.0, 0.8) == 0


def test_without_agents_nobody_is_answered() -> None:
    assert answering(0, 0.1, 180.0, 20.0, 60.0) == (0.0, 0.0)


@pytest.mark.parametrize("load", [10.0, 10.1, 50.0])
def test_endless_patience_and_too_few_agents_leave_nobody_answered_in_time(load: float) -> None:
    assert answering(10, load / 180.0, 180.0, 20.0) == (0.0, 0.0)
    assert share_within(10, load, 180.0, 20.0) == 0.0
    assert wait_probability(10, load) == 1.0


def test_an_overload_answers_as_many_as_the_agents_can() -> None:
    assert answering(1000, 1500 / 180.0, 180.0, 20.0, 600.0).answered == pytest.approx(1000 / 1500, rel=1e-6)


@pytest.mark.parametrize("agents", [1000, 5000])
def test_a_thousand_agents_are_reckoned_with_without_overflow(agents: int) -> None:
    for share in (0.01, 0.9, 0.99, 1.0, 1.1, 5.0):
        found = answering(agents, share * agents / 180.0, 180.0, 20.0, 120.0)
        assert 0.0 <= found.within <= found.answered <= 1.0
    assert answering(agents, 0.9 * agents / 180.0, 180.0, 20.0, 120.0).within > 0.999
    assert answering(agents, 5.0 * agents / 180.0, 180.0, 20.0, 120.0).answered == pytest.approx(0.2, rel=1e-6)


@given(AGENTS.filter(bool), ARRIVALS, HANDLE, THRESHOLD)
def test_erlang_a_with_endless_patience_is_erlang_c(
    agents: int, arrivals: float, handle: float, threshold: float
) -> None:
    found = answering(agents, arrivals, handle, threshold, inf).within
    assert found == pytest.approx(share_within(agents, arrivals * handle, handle, threshold), abs=1e-9)


def test_very_long_patience_comes_to_the_same_as_endless_patience() -> None:
    assert answering(12, 10 / 180.0, 180.0, 20.0, 1e9).within == pytest.approx(
        answering(12, 10 / 180.0, 180.0, 20.0).within, abs=1e-6
    )


# --- what always holds ------------------------------------------------------------------------------------------------


@given(AGENTS, CALLS)
def test_shares_are_shares(agents: int, calls: Calls) -> None:
    found = answering(agents, *calls)
    assert 0.0 <= found.within <= found.answered + 1e-9 <= 1.0 + 2e-9


ANY = st.floats(min_value=0.0, exclude_min=True, allow_infinity=False)


@given(AGENTS, ANY, ANY, ANY, ANY)
@example(1, 4.6e16, 3.7e291, 6.0, 2.2e-309)
@example(1, 1.7e308, 1.7e308, 6.0, inf)
def test_figures_at_the_ends_of_what_a_double_holds_overflow_nowhere(
    agents: int, arrivals: float, handle: float, threshold: float, patience: float
) -> None:
    found = answering(agents, arrivals, handle, threshold, patience)
    assert 0.0 <= found.within <= found.answered + 1e-9 <= 1.0 + 2e-9
    assert 0 <= kept_free(agents, arrivals, handle, threshold, 0.8, patience) <= agents


@given(AGENTS, CALLS, st.integers(1, 50))
def test_more_agents_never_answer_less(agents: int, calls: Calls, more: int) -> None:
    few, many = answering(agents, *calls), answering(agents + more, *calls)
    assert many.within >= few.within - 1e-6
    assert many.answered >= few.answered - 1e-6


@given(AGENTS, CALLS, st.floats(0, 5))
def test_more_arrivals_are_never_answered_better(agents: int, calls: Calls, more: float) -> None:
    quiet, busy = answering(agents, *calls), answering(agents, calls[0] + more, *calls[1:])
    assert busy.within <= quiet.within + 1e-6
    assert busy.answered <= quiet.answered + 1e-6


@given(st.floats(0.001, 2), st.floats(10, 600), THRESHOLD, st.floats(0.05, 0.99), PATIENCE)
def test_agents_needed_are_enough_and_one_less_is_not(
    arrivals: float, handle: float, threshold: float, target: float, patience: float
) -> None:
    needed = agents_needed(arrivals, handle, threshold, target, patience)
    assert answering(needed, arrivals, handle, threshold, patience).within >= target - 1e-6
    assert needed == 1 or answering(needed - 1, arrivals, handle, threshold, patience).within < target + 1e-6


@pytest.mark.parametrize(("patience", "agents"), [(inf, 14), (120.0, 12)])
def test_agents_needed_for_a_hundred_calls_of_three_minutes_in_half_an_hour(patience: float, agents: int) -> None:
    assert agents_needed(100 / 1800, 180.0, 20.0, 0.8, patience) == agents


def test_more_agents_than_anybody_has_are_not_reckoned_with() -> None:
    assert agents_needed(1000.0, 3600.0, 20.0, 0.99) == MOST_AGENTS


@given(AGENTS, CALLS, st.floats(0.1, 1), st.booleans())
def test_free_agents_kept_are_never_more_than_there_are_and_more_for_a_higher_target(
    agents: int, calls: Calls, target: float, within: bool
) -> None:
    arrivals, handle, threshold, patience = calls
    aims = (0.5 * target, target, 1.0)
    kept = [kept_free(agents, arrivals, handle, threshold, aim, patience, within=within) for aim in aims]
    assert all(0 <= one <= agents for one in kept)
    assert all(few <= many for few, many in pairwise(kept))


def test_nobody_is_kept_free_when_agents_get_free_fast_enough() -> None:
    assert kept_free(100, 0.3, 180.0, 20.0, 0.85, 120.0) == 0


def test_one_agent_and_no_waiting_allowed_need_that_agent_free() -> None:
    """The caller finds the agent free when not even marketing was let in: with load a, 1 / (1 + a) of the time."""
    assert kept_free(1, 0.1 / 180.0, 180.0, 0.0, 0.5, 1e-3) == 1
    assert answering(1, 0.1 / 180.0, 180.0, 0.0, 1e-3).within == pytest.approx(1 / 1.1, rel=1e-4)


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [nan, -1.0, inf])
@pytest.mark.parametrize("place", ["arrivals_per_second", "handle_seconds", "threshold_seconds"])
def test_a_figure_that_cannot_be_is_refused_by_its_name(place: str, bad: float) -> None:
    figures = {"arrivals_per_second": 0.1, "handle_seconds": 180.0, "threshold_seconds": 20.0, place: bad}
    arrivals, handle, threshold = figures.values()
    with pytest.raises(ValueError, match=place):
        answering(10, arrivals, handle, threshold)
    with pytest.raises(ValueError, match=place):
        agents_needed(arrivals, handle, threshold, 0.8)
    with pytest.raises(ValueError, match=place):
        kept_free(10, arrivals, handle, threshold, 0.8)


def test_no_patience_no_handling_time_and_no_target_are_refused() -> None:
    with pytest.raises(ValueError, match="patience_seconds"):
        answering(10, 0.1, 180.0, 20.0, 0.0)
    with pytest.raises(ValueError, match="handle_seconds"):
        answering(10, 0.1, 0.0, 20.0)
    for target in (0.0, 1.1, nan):
        with pytest.raises(ValueError, match="target"):
            agents_needed(0.1, 180.0, 20.0, target)
        with pytest.raises(ValueError, match="target"):
            kept_free(10, 0.1, 180.0, 20.0, target)
    with pytest.raises(ValueError, match="load"):
        wait_probability(10, nan)


def test_the_density_of_a_single_agent_without_patience_falls_as_known() -> None:
    """M/M/1: who waits longer than t, of all, is load x exp(-(1 - load) t / handling time)."""
    assert 1.0 - answering(1, 0.5 / 60.0, 60.0, 30.0).within == pytest.approx(0.5 * exp(-0.25), rel=1e-9)
