"""Predictive pacing: how many lines to add, and to which leads, so that answers meet free agents.

Dial while D + p/2 <= S - k sqrt(V): D answers expected of the lines that ring, S agents expected to be free within the
time that an answer takes, V the variance of both and of what is not known of the answer rate, k the knob
(pacing/knob.py). Of the leads at hand the one whose p fits the room left best is dialed next.

The functions here and in the modules that they use are plain Python over arrays, so that the simulator can compile them
unchanged (pacing/simulator).
"""

from math import sqrt
from typing import NamedTuple

import numpy as np

from pacing.answer_rate import AnswerRate, Floats, Ints, Level, level_of, new_answer_rate
from pacing.handling import TALK, WRAP_UP, Handling, free_chances, new_handling
from pacing.knob import COLD_ANSWERS, Aim, Knob, Windows, aim_of, knob_of, new_knob
from pacing.line_times import LineTimes, new_line_times, odds_at

PREDICTIVE, COLD, BUDGET_SPENT, CAP_PASSED, NOBODY, BUDGET_SHORT = 0, 1, 2, 3, 4, 5
"""How a decision was come to, see `Decision.course`."""
_WORST_DEVIATIONS = 5.5
"""The worst case that a window must be able to bear lies so many standard deviations beyond what is expected: more than
chance alone would ask for, since p may rise before it is learned."""


class Learned(NamedTuple):
    """All that pacing has learned of a campaign; updated in place."""

    rate: AnswerRate
    times: LineTimes
    handling: Handling
    knob: Knob


class FloorNow(NamedTuple):
    """A campaign's pool on one server at one moment."""

    idle: int
    """Agents ready now, but for those who are about to leave and those kept for inbound calls."""
    waiting: int
    """Answered callees without an agent."""
    talk_ages: Floats
    """Seconds that each talking agent has talked; agents who leave after the call are not among them."""
    wrap_up_ages: Floats
    line_ages: Floats
    """Seconds that each line rings."""
    line_offsets: Floats
    """Log-odds of each line's lead, from the campaign's level."""


class Demand(NamedTuple):
    answers: float
    """D: answers expected of the lines that ring."""
    answers_variance: float
    free: float
    """S: agents expected to be free within the time that an answer takes, less callees who wait."""
    free_variance: float


class Decision(NamedTuple):
    add: int
    course: int
    """PREDICTIVE, or why one line an idle agent or less."""
    demand: Demand
    level: Level
    knob: float
    aim: Aim


def new_learned(cells: int = 0, ring_seconds: float = 25.0, talk_seconds: float = 120.0) -> Learned:
    """Nothing seen yet."""
    return Learned(new_answer_rate(cells), new_line_times(ring_seconds), new_handling(talk_seconds, 20.0), new_knob())


def decide(
    learned: Learned, floor: FloorNow, windows: Windows, team: float, offsets: Floats, most: int, picks: Ints
) -> Decision:
    """Lines to add now, at most `most`; writes the indices of the leads to dial to `picks`.

    `team`: agents working; `offsets`: log-odds of the leads at hand, in the order in which they would be dialed.
    """
    level = level_of(learned.rate)
    demand = demand_of(floor, level.expected, learned.times, learned.handling)
    aim = aim_of(windows, team)
    knob = knob_of(learned.knob, team)
    most = min(most, len(offsets))
    one_each = floor.idle - floor.waiting - len(floor.line_ages)
    if team <= 0.0:
        return Decision(0, NOBODY, demand, level, knob, aim)
    if aim.room <= 0.0:
        spare = 1 if aim.passed and floor.idle + floor.waiting > 1 else 0
        course = CAP_PASSED if aim.passed else BUDGET_SPENT
        return Decision(in_order(one_each - spare, most, picks), course, demand, level, knob, aim)
    if learned.knob.seen[0] < COLD_ANSWERS:
        return Decision(in_order(one_each, most, picks), COLD, demand, level, knob, aim)
    # what is borne even if every line is answered and no agent comes free needs no worst case
    borne = one_each + int(min(aim.room, float(most)))
    add, short = lines_to_add(demand, level, knob, aim.room, borne, offsets, most, picks)
    if add < one_each:
        add = in_order(one_each, most, picks)
    return Decision(add, BUDGET_SHORT if short else PREDICTIVE, demand, level, knob, aim)


def in_order(wanted: int, most: int, picks: Ints) -> int:
    """The first leads, as they come."""
    add = max(0, min(wanted, most))
    for i in range(add):
        picks[i] = i
    return add


def demand_of(floor: FloorNow, level: float, times: LineTimes, handling: Handling) -> Demand:
    odds = np.exp(level + floor.line_offsets) * odds_at(times, floor.line_ages)
    answers = odds / (1.0 + odds)
    talking = free_chances(handling, TALK, floor.talk_ages)
    wrapping_up = free_chances(handling, WRAP_UP, floor.wrap_up_ages)
    return Demand(
        answers.sum(),
        (answers * (1.0 - answers)).sum(),
        floor.idle - floor.waiting + talking.sum() + wrapping_up.sum(),
        (talking * (1.0 - talking)).sum() + (wrapping_up * (1.0 - wrapping_up)).sum(),
    )


def spread_of(demand: Demand, level: Level) -> float:
    """Standard deviation of D - S, agents. An error in the level moves all lines together."""
    sway = demand.answers_variance
    return sqrt(sway + demand.free_variance + level.variance * sway * sway)


def lines_to_add(
    demand: Demand, level: Level, knob: float, room: float, borne: int, offsets: Floats, most: int, picks: Ints
) -> tuple[int, bool]:
    """Fill the room: each time the likeliest lead that still fits it.

    Beyond the first `borne` lines, the worst case must not bring more than `room` callees whom no agent serves. Returns
    how many leads, and whether more would have been added but for that.
    """
    answers, variance, count, short = demand.answers, demand.answers_variance, 0, False
    if demand.free - answers <= knob * spread_of(demand, level):
        return 0, short
    whole = np.floor(room)
    p = 1.0 / (1.0 + np.exp(-(level.expected + offsets)))
    own = p * (1.0 - p)
    while count < most:
        # what one unit of log-odds would change in D; an error in the level moves all lines together
        sway = variance + own
        spread = np.sqrt(sway + demand.free_variance + level.variance * sway * sway)
        fits = (p >= 0.0) & (answers + 0.5 * p + knob * spread <= demand.free)
        best = np.argmax(np.where(fits, p, -1.0))
        if fits[best] and count >= borne:
            fits &= answers + p + _WORST_DEVIATIONS * spread <= demand.free + whole
            best = np.argmax(np.where(fits, p, -1.0))
            short = not fits[best]
        if not fits[best]:
            break
        picks[count] = best
        count += 1
        answers += p[best]
        variance += own[best]
        p[best] = -1.0
    return count, short
