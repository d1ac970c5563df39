"""What the lines that ring may at most cost a window, of predictive pacing's own functions."""

from math import inf

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pacing.knob import Windows
from pacing.predictive import BUDGET_SHORT, PREDICTIVE, Decision, FloorNow, decide, demand_of, spread_of
from tests.unit.pacer_floor import experienced

_LEADS = 60
_DEVIATIONS = 5.5
_LEARNED = {p: experienced(p).learned for p in (0.1, 0.3, 0.6)}


def nearly_over(left: float) -> Windows:
    """A window about to end that so many more abandoned calls would bring to its cap."""
    return Windows(*(np.array([figure]) for figure in (0.03, 5000.0, 150.0 - left, 0.0, 0.0)))


def floor_of(idle: int, busy: int, ringing: int, waiting: int = 0) -> FloorNow:
    ages = np.array([7.0 * i for i in range(busy)])
    return FloorNow(idle, waiting, ages, np.zeros(0), np.full(ringing, 3.0), np.zeros(ringing))


def decided(probability: float, floor: FloorNow, left: float) -> Decision:
    team = float(floor.idle + len(floor.talk_ages))
    leads, picks = np.zeros(_LEADS), np.zeros(_LEADS, dtype=np.int64)
    return decide(_LEARNED[probability], floor, nearly_over(left), team, leads, _LEADS, picks)


FLOORS = st.builds(floor_of, st.integers(0, 20), st.integers(0, 60), st.integers(0, 40), st.integers(0, 3))


@given(st.sampled_from([0.1, 0.3, 0.6]), FLOORS, st.floats(0, 40))
@settings(max_examples=300, deadline=None)
def test_a_window_can_bear_the_worst_of_the_lines_that_ring(probability: float, floor: FloorNow, left: float) -> None:
    assume(floor.idle + len(floor.talk_ages) > 0)
    found = decided(probability, floor, left)
    if found.add <= max(0, floor.idle - floor.waiting - len(floor.line_ages)):
        return
    ringing = len(floor.line_ages) + found.add
    if ringing + floor.waiting - floor.idle <= left:
        return  # borne even if all are answered and no agent comes free
    learned = _LEARNED[probability]
    ages = np.concatenate([floor.line_ages, np.zeros(found.add)])
    then = demand_of(
        floor._replace(line_ages=ages, line_offsets=np.zeros(ringing)),
        found.level.expected,
        learned.times,
        learned.handling,
    )
    assert then.answers - then.free + _DEVIATIONS * spread_of(then, found.level) <= left + 1e-6


def test_the_less_a_window_leaves_the_fewer_lines_until_there_is_one_an_idle_agent() -> None:
    floor = floor_of(idle=5, busy=15, ringing=0)
    adds = [decided(0.1, floor, left).add for left in (1e9, 5.0, 3.0, 0.0)]
    assert adds == sorted(adds, reverse=True)
    assert len(set(adds)) == len(adds)
    assert adds[-1] == 5


def test_what_is_borne_whatever_comes_is_dialed_without_more_caution() -> None:
    floor = floor_of(idle=8, busy=12, ringing=0)
    free = decided(0.6, floor, inf)
    assert free.add > floor.idle
    kept_back = 1.0
    near = decided(0.6, floor, free.add - floor.idle + kept_back)
    assert (near.course, near.add) == (PREDICTIVE, free.add)
    nearer = decided(0.6, floor, free.add - floor.idle - 1.0 + kept_back)
    assert (nearer.course, nearer.add) == (BUDGET_SHORT, free.add - 1)


def test_a_decision_that_the_window_cut_short_says_so() -> None:
    found = decided(0.1, floor_of(idle=5, busy=15, ringing=0), 4.0)
    assert found.course == BUDGET_SHORT
    assert found.add < decided(0.1, floor_of(idle=5, busy=15, ringing=0), inf).add


def test_callees_come_whole_so_a_part_of_one_is_no_room() -> None:
    floor, reserve = floor_of(idle=5, busy=15, ringing=0), 0.3 * (2 + 20 / 25)
    adds = [decided(0.1, floor, reserve + room).add for room in (2.05, 2.95, 3.05)]
    assert adds[0] == adds[1] < adds[2]
