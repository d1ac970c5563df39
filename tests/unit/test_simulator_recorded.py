"""A recorded day as a plan: the figures it was made with come out again."""

from dataclasses import replace

import numpy as np
import pytest

from pacing.simulator.presence import comings_of
from pacing.simulator.recorded import (
    Activity,
    Ending,
    RecordedCall,
    RecordedDay,
    RecordedState,
    figures_of,
    line_times,
    mean_and_shape,
    plan_of,
)
from pacing.simulator.study import Rule, Setting, simulate

HOUR = 3600.0
RANDOM = np.random.default_rng(11)


def line(at: float, p: float) -> RecordedCall:
    """A line as the simulator draws them: 3 s + gamma 3 to a mean of 12 s; a tenth of the silent ones are machines."""
    rang = 3.0 + 3.0 * RANDOM.standard_gamma(3.0)
    rolled = RANDOM.random()
    if rolled < p and rang < 25.0:
        abandoned = RANDOM.random() < 0.02
        talk = 0.0 if abandoned else 110.0 * RANDOM.standard_exponential()
        return RecordedCall(at, Ending.ABANDONED if abandoned else Ending.PERSON, rang, talk)
    if RANDOM.random() < 0.1:
        return RecordedCall(at, Ending.MACHINE, min(rang, 25.0))
    if RANDOM.random() < 0.26:
        return RecordedCall(at, Ending.BUSY, 2.0)
    return RecordedCall(at, Ending.RANG_OUT, 25.0)


def stints(agent: str, *spans: tuple[float, float]) -> list[RecordedState]:
    """Talk of 110 s, wrap-up of 30 s and 60 s idle, over and over; away between the spans."""
    states = []
    for since, until in spans:
        at, turn = since, 0
        while at < until:
            lasts, activity = ((110.0, Activity.TALKING), (30.0, Activity.WRAPPING_UP), (60.0, Activity.IDLE))[turn % 3]
            states.append(RecordedState(agent, activity, at, min(until, at + lasts)))
            at, turn = at + lasts, turn + 1
        states.append(RecordedState(agent, Activity.AWAY, until, until + 1.0))
    return states


CALLS = [line(at, 0.3 if at < 4 * HOUR else 0.15) for at in np.arange(0.0, 8 * HOUR, 4.0)]
STATES = [
    *(state for agent in range(9) for state in stints(str(agent), (0.0, 8 * HOUR))),
    *stints("late", (2 * HOUR, 4 * HOUR), (5 * HOUR, 8 * HOUR)),
]
DAY = RecordedDay(CALLS, STATES, Rule.POWER, 1.5, 28.0, 2.0, 0.03, 60, opens_at=9.0)


def test_answer_rate_and_its_hours_come_out() -> None:
    plan = plan_of(DAY)
    people = sum(call.ending in {Ending.PERSON, Ending.ABANDONED} for call in CALLS)
    assert plan.answer_probability == pytest.approx(people / len(CALLS))
    assert len(plan.factor) == 9
    assert plan.answer_probability * plan.factor[1] == pytest.approx(0.28, abs=0.04)
    assert plan.answer_probability * plan.factor[6] == pytest.approx(0.145, abs=0.03)


def test_an_hour_of_few_attempts_says_little() -> None:
    lucky = [RecordedCall(8 * HOUR + 10.0 * turn, Ending.PERSON, 9.0, 60.0) for turn in range(5)]
    assert plan_of(replace(DAY, calls=[*CALLS, *lucky])).factor[-1] < 1.5


def test_times_to_an_answer_have_the_quantiles_that_were_seen() -> None:
    least, mean, shape, ring = line_times(DAY)
    assert ring == 25.0
    fitted = least + (mean - least) / shape * RANDOM.standard_gamma(shape, 20_000)
    seen = [call.line_seconds for call in CALLS if call.ending in {Ending.PERSON, Ending.ABANDONED, Ending.MACHINE}]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert np.quantile(fitted, share) == pytest.approx(np.quantile(seen, share), abs=1.0)


def test_talk_and_wrap_up_have_their_means_and_shapes() -> None:
    plan = plan_of(DAY)
    assert plan.talk_seconds == pytest.approx(110.0, rel=0.1)
    assert plan.talk_shape == pytest.approx(1.0, rel=0.2)
    assert plan.wrap_up_seconds == pytest.approx(30.0, rel=0.02)
    assert plan.wrap_up_shape == 50.0
    assert mean_and_shape([], (1.0, 2.0)) == (1.0, 2.0)
    assert mean_and_shape([40.0], (1.0, 2.0)) == (40.0, 2.0)


def test_machines_busy_lines_and_congestion_have_their_shares() -> None:
    plan = plan_of(replace(DAY, calls=[*CALLS, *[RecordedCall(9.0, Ending.CONGESTION, 0.5)] * (len(CALLS) // 9)]))
    assert plan.machine_share == pytest.approx(0.1, abs=0.02)
    assert plan.busy_share == pytest.approx(0.26, abs=0.02)
    assert plan.congestion == pytest.approx(0.1, abs=0.001)
    assert plan.detection


def test_machines_that_agents_were_given_are_no_people() -> None:
    taken = [RecordedCall(100.0 + turn, Ending.MACHINE_TAKEN, 9.0, 20.0) for turn in range(100)]
    with_machines = replace(DAY, calls=[*(call for call in CALLS if call.ending is not Ending.MACHINE), *taken])
    plan = plan_of(with_machines)
    assert not plan.detection
    assert plan.machine_seconds == pytest.approx(20.0)
    assert figures_of(with_machines).live_answers == figures_of(DAY).live_answers


def test_a_person_who_left_within_the_limit_answered_but_is_neither_connected_nor_abandoned() -> None:
    left = replace(DAY, calls=[*CALLS, *[RecordedCall(50.0, Ending.LEFT, 8.0)] * 100])
    assert plan_of(left).answer_probability > plan_of(DAY).answer_probability
    assert figures_of(left).live_answers == figures_of(DAY).live_answers


def test_agents_come_and_go_as_recorded() -> None:
    plan = plan_of(DAY)
    late = 9
    assert plan.agents == 10
    assert [event for event in plan.comings if event[1] == late] == [
        (2 * HOUR, late, 1),
        (4 * HOUR, late, 0),
        (5 * HOUR, late, 1),
        (8 * HOUR, late, 0),
    ]


def test_short_absences_are_none_and_who_is_always_there_needs_no_entry() -> None:
    assert comings_of([[(0.0, 100.0), (130.0, 500.0)], [(200.0, 400.0)], []], 500.0) == (
        (200.0, 1, 1),
        (400.0, 1, 0),
        (500.0, 2, 1),
    )


def test_inbound_calls_are_played_at_their_hours() -> None:
    calls = [
        RecordedState("0", Activity.INBOUND, 3 * HOUR + 300.0 * turn, 3 * HOUR + 300.0 * turn + 90.0)
        for turn in range(12)
    ]
    plan = plan_of(replace(DAY, states=[*STATES, *calls]))
    assert plan.inbound_per_hour[:5] == (0.0, 0.0, 0.0, 12.0, 0.0)
    assert plan.inbound_talk_seconds == pytest.approx(90.0)


def test_the_days_own_figures() -> None:
    figures = figures_of(DAY)
    people = [call for call in CALLS if call.ending in {Ending.PERSON, Ending.ABANDONED}]
    assert (figures.dialed, figures.live_answers) == (len(CALLS), len(people))
    assert figures.abandoned_ratio.value == pytest.approx(figures.abandoned / len(people))
    assert figures.abandoned_ratio.low < 0.02 < figures.abandoned_ratio.high
    assert figures.occupancy == pytest.approx(140.0 / 200.0, abs=0.01)
    assert figures.worked_hours == pytest.approx(9 * 8 + 5)


def test_what_a_record_is_too_poor_for_is_said() -> None:
    with pytest.raises(ValueError, match="no agent worked"):
        plan_of(replace(DAY, states=()))
    with pytest.raises(ValueError, match="no attempt reached the network"):
        plan_of(replace(DAY, calls=[RecordedCall(1.0, Ending.CONGESTION, 0.5)]))
    assert figures_of(replace(DAY, states=())).occupancy is None
    few = plan_of(replace(DAY, calls=CALLS[:5]))
    assert few.answer_least < few.answer_mean < few.ring_seconds == 28.0


@pytest.mark.xdist_group("simulator")
def test_the_plan_plays_a_day_like_it() -> None:
    plan = plan_of(DAY)
    result = simulate(Setting(Rule.PROGRESSIVE, 1.0, plan), 1)
    assert result.worked_hours == pytest.approx(figures_of(DAY).worked_hours, rel=0.02)
    assert result.live_answers / result.dialed == pytest.approx(plan.answer_probability, rel=0.15)
