"""The line to beat: held to figures computed before, to every small table, and to a simulation that shares no code."""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import product
from math import inf, nan, sqrt
from random import Random
from statistics import mean, stdev

import pytest

from pacing.optimum import Floor, Performance, evaluate, optimum

TWO = Floor(2, 0.3, 12.0, 140.0)
TEN = Floor(10, 0.3, 12.0, 140.0)
PATIENT = Floor(1, 0.5, 10.0, 30.0, patience_seconds=60.0)


@pytest.mark.parametrize(
    ("line_seconds", "answer_probability", "cap", "figures"),
    [
        (12.0, 0.3, 0.03, {5: 0.831, 10: 0.863, 20: 0.902}),
        (16.9, 0.3, 0.03, {5: 0.791, 10: 0.837, 20: 0.887}),
        (12.0, 0.1, 0.03, {5: 0.758, 10: 0.832, 20: 0.889}),
        (12.0, 0.3, 0.01, {5: 0.803, 10: 0.832, 20: 0.876}),
    ],
)
def test_figures_of_small_teams_are_those_computed_before(
    line_seconds: float, answer_probability: float, cap: float, figures: dict[int, float]
) -> None:
    for agents, occupancy in figures.items():
        found = optimum(Floor(agents, answer_probability, line_seconds, 140.0), cap)
        assert found.occupancy == pytest.approx(occupancy, abs=0.001)
        assert found.abandoned_ratio == pytest.approx(cap, abs=1e-9)


def test_ten_agents_want_the_lines_computed_before() -> None:
    wanted = optimum(TEN, 0.03).order_up_to
    assert len(wanted) == 11
    for ours, before in zip(wanted, (0, 1, 3, 6, 9, 12, 14, 17, 20), strict=False):
        assert abs(ours - before) <= 1


def simulated(floor: Floor, order_up_to: Sequence[int], spell_seconds: float, seed: int) -> Performance:
    """One spell of a floor that starts idle: each line, call and callee is an event of its own."""
    random = Random(seed)
    now, busy_seconds, lines, answers, abandoned, number = 0.0, 0.0, 0, 0, 0, 0
    busy, waiting = 0, set[int]()
    events: list[tuple[float, int, str]] = []

    def after(seconds: float, what: str) -> int:
        nonlocal number
        number += 1
        heappush(events, (now + random.expovariate(1 / seconds), number, what))
        return number

    while now < spell_seconds:
        idle = floor.agents - busy
        while lines < (0 if waiting else order_up_to[idle]):
            lines += 1
            after(floor.line_seconds, "line")
        then, event, what = heappop(events)
        busy_seconds += busy * (then - now)
        now = then
        if what == "patience":
            abandoned += event in waiting
            waiting.discard(event)
            continue
        if what == "line":
            lines -= 1
            if random.random() >= floor.answer_probability:
                continue
            answers += 1
            waiting.add(after(floor.patience_seconds, "patience"))
        else:
            busy -= 1
        if waiting and busy < floor.agents:
            waiting.remove(min(waiting))
            busy += 1
            after(floor.handling_seconds, "call")
    return Performance(busy_seconds / (floor.agents * now), abandoned / answers)


@pytest.mark.parametrize(
    ("floor", "table"),
    [
        (TWO, optimum(TWO, 0.08).order_up_to),
        (Floor(1, 1.0, 12.0, 140.0), (0, 2)),
        (PATIENT, optimum(PATIENT, 0.2).order_up_to),
        (PATIENT, (2, 100)),  # more callees wait than the range that is kept at first
    ],
)
def test_a_simulation_reaches_what_is_computed_for_a_table(floor: Floor, table: tuple[int, ...]) -> None:
    spells = [simulated(floor, table, 20_000.0, seed) for seed in range(100)]
    computed = evaluate(floor, table)
    for reached, value in (
        ([spell.occupancy for spell in spells], computed.occupancy),
        ([spell.abandoned_ratio for spell in spells], computed.abandoned_ratio),
    ):
        assert abs(mean(reached) - value) < 3 * stdev(reached) / sqrt(len(reached))


@pytest.mark.parametrize("cap", [0.005, 0.03, 0.15])
def test_no_mixture_of_two_tables_of_two_agents_is_better(cap: float) -> None:
    every = [evaluate(TWO, table) for table in product(range(3), range(9), range(1, 16))]
    within = [one for one in every if one.abandoned_ratio <= cap]
    beyond = [one for one in every if one.abandoned_ratio > cap]
    best = max(mixed(low, high, cap) for low in within for high in beyond)
    assert optimum(TWO, cap).occupancy == pytest.approx(best, abs=1e-7)


def mixed(low: Performance, high: Performance, cap: float) -> float:
    """Occupancy of two rules used in turns, so long each that the ratio of both together is the cap."""
    # Live answers for each unit of handling are 1 / (1 - abandoned ratio), so the excess over the cap is, too.
    under, over = ((cap - one.abandoned_ratio) / (1 - one.abandoned_ratio) * one.occupancy for one in (low, high))
    share = over / (over - under)
    return share * low.occupancy + (1 - share) * high.occupancy


def test_the_table_returned_keeps_the_cap_and_is_hardly_worse_than_the_mixture() -> None:
    for floor, cap in ((TWO, 0.03), (TEN, 0.03), (Floor(60, 0.3, 12.0, 140.0), 0.0005)):
        best = optimum(floor, cap)
        alone = evaluate(floor, best.order_up_to)
        assert alone.abandoned_ratio <= cap
        assert best.occupancy - 0.02 < alone.occupancy <= best.occupancy


def test_the_price_is_what_a_slightly_wider_cap_gains() -> None:
    at, wider = optimum(TEN, 0.03), optimum(TEN, 0.0301)
    answers_a_second = TEN.agents / TEN.handling_seconds * at.occupancy / (1 - at.abandoned_ratio)
    assert (wider.occupancy - at.occupancy) / 0.0001 == pytest.approx(at.price * answers_a_second, rel=0.01)


def test_more_abandonment_better_answers_and_more_agents_make_agents_busier() -> None:
    by_cap = [optimum(TEN, cap).occupancy for cap in (0.0, 1e-5, 0.001, 0.01, 0.03, 0.1, 0.3)]
    by_answers = [optimum(Floor(5, p, 12.0, 140.0), 0.03).occupancy for p in (0.05, 0.1, 0.3, 0.6, 1.0)]
    by_agents = [optimum(Floor(agents, 0.3, 12.0, 140.0), 0.03).occupancy for agents in (1, 2, 3, 5, 10, 20)]
    for occupancies in (by_cap, by_answers, by_agents):
        assert occupancies == sorted(set(occupancies))


@pytest.mark.parametrize("floor", [Floor(1, 1.0, 12.0, 140.0), TEN, Floor(100, 0.1, 16.9, 140.0)])
def test_without_any_abandonment_there_is_one_line_for_each_idle_agent(floor: Floor) -> None:
    best = optimum(floor, 0.0)
    alone = floor.handling_seconds / (floor.handling_seconds + floor.line_seconds / floor.answer_probability)
    assert best.occupancy == pytest.approx(alone, abs=1e-12)
    assert (best.abandoned_ratio, best.price) == (0.0, inf)
    assert best.order_up_to == tuple(range(floor.agents + 1))


def test_a_tiny_cap_comes_close_to_no_abandonment() -> None:
    assert optimum(TEN, 1e-6).occupancy == pytest.approx(optimum(TEN, 0.0).occupancy, abs=0.003)


def test_one_agent_and_certain_answers_have_an_optimum() -> None:
    best = optimum(Floor(1, 1.0, 12.0, 140.0), 0.03)
    assert best.order_up_to == (0, 1)
    assert 140 / 152 < best.occupancy < 1


def test_a_cap_that_nobody_needs_is_not_used_up() -> None:
    best = optimum(Floor(5, 1.0, 3.0, 20.0, patience_seconds=20.0), 0.6)
    assert best.occupancy > 0.9999
    assert best.abandoned_ratio < 0.6


@pytest.mark.parametrize(
    ("field", "build"),
    [
        ("agents", partial(Floor, 0, 0.3, 12.0, 140.0)),
        ("agents", partial(Floor, -1, 0.3, 12.0, 140.0)),
        ("answer_probability", partial(Floor, 5, 0.0, 12.0, 140.0)),
        ("answer_probability", partial(Floor, 5, 1.1, 12.0, 140.0)),
        ("answer_probability", partial(Floor, 5, nan, 12.0, 140.0)),
        ("line_seconds", partial(Floor, 5, 0.3, 0.0, 140.0)),
        ("handling_seconds", partial(Floor, 5, 0.3, 12.0, inf)),
        ("patience_seconds", partial(Floor, 5, 0.3, 12.0, 140.0, -2.0)),
    ],
)
def test_a_floor_that_cannot_be_is_refused_by_field(field: str, build: Callable[[], Floor]) -> None:
    with pytest.raises(ValueError, match=f"^{field}: .* is (not|less)"):
        build()


@pytest.mark.parametrize("cap", [-0.01, 1.0, nan])
def test_a_cap_that_cannot_be_is_refused(cap: float) -> None:
    with pytest.raises(ValueError, match=r"^cap: "):
        optimum(TEN, cap)


@pytest.mark.parametrize("table", [(), (0, -1), (0, 0), (0, 0, 0, 5)])
def test_a_table_that_never_dials_is_refused(table: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^order_up_to: "):
        evaluate(TWO, table)
