from hypothesis import given
from hypothesis import strategies as st

from pacing.line_times import LineTimes, new_line_times, note_answer, note_failure
from pacing.pacer import RANG_OUT, Pacer
from pacing.ring_time import MINIMUM_ANSWERS, answers_per_second, next_ring_seconds
from tests.unit.pacer_floor import LEAD

SETUP = 3.0


def seen(answers: list[float], rang_out: float, count: int = 400) -> LineTimes:
    """Answers spread over these seconds; seven of ten lines ring out."""
    times = new_line_times(rang_out)
    for number in range(count):
        note_answer(times, answers[number % len(answers)])
        for _ in range(2):
            note_failure(times, rang_out, RANG_OUT)
    return times


def test_late_seconds_that_bring_nothing_are_cut_a_second_at_a_time() -> None:
    times = seen([6.0, 8.0, 10.0], 33.0)
    assert next_ring_seconds(times, 0.3, 30, 15, 30, SETUP) == 29
    assert next_ring_seconds(times, 0.3, 15, 15, 30, SETUP) == 15


def test_late_seconds_that_bring_much_are_kept() -> None:
    times = seen([26.0, 27.0], 28.0)
    assert next_ring_seconds(times, 0.3, 25, 15, 25, SETUP) == 25


def test_when_the_last_seconds_still_pay_it_rings_longer_to_see_more() -> None:
    times = seen([6.0, 14.0, 19.0, 20.5, 21.0, 22.0], 23.0)
    assert next_ring_seconds(times, 0.3, 20, 15, 40, SETUP) == 21
    assert next_ring_seconds(times, 0.3, 20, 15, 20, SETUP) == 20


def test_answers_per_second_are_those_of_a_count_by_hand() -> None:
    times = new_line_times()
    times.answered[:], times.failed[:] = 0.0, 0.0
    times.answered[20], times.failed[1, 60] = 10.0, 10.0  # the bins of 10 to 10.5 s and of 30 to 30.5 s
    assert answers_per_second(times, 0.5, 20.0) == 0.5 / (0.5 * 10.25 + 0.5 * 20.0)
    assert answers_per_second(times, 0.5, 5.0) == 0.0


@given(
    st.lists(st.floats(0, 130), min_size=1, max_size=20),
    st.floats(10, 130),
    st.floats(-1, 2),
    st.integers(0, 200),
    st.tuples(st.integers(10, 60), st.integers(10, 120)),
)
def test_it_stays_within_its_limits_and_moves_by_one_second(
    answers: list[float], rang_out: float, p: float, present: int, limits: tuple[int, int]
) -> None:
    times, (least, most) = seen(answers, rang_out, 20), limits
    low, high = min(least, most), max(least, most)
    found = next_ring_seconds(times, p, present, least, most, SETUP)
    assert low <= found <= high
    assert abs(found - min(high, max(low, present))) <= 1


def pacer_after(answers: int) -> Pacer:
    pacer = Pacer()
    for number in range(answers):
        pacer.line_ended(f"a{number}", answered=True, seconds=8.0, lead=LEAD, due_seconds=0.0)
        for other in "bc":
            pacer.line_ended(
                f"{other}{number}", answered=False, seconds=28.0, cause=RANG_OUT, lead=LEAD, due_seconds=0.0
            )
    return pacer


def test_until_enough_answers_were_seen_the_plan_says_how_long() -> None:
    assert pacer_after(MINIMUM_ANSWERS - 1).ring_seconds(0.0, 15, 25, SETUP) == 25


def test_it_moves_at_most_every_ten_minutes() -> None:
    pacer = pacer_after(MINIMUM_ANSWERS)
    told = [pacer.ring_seconds(now, 15, 25, SETUP) for now in (0.0, 1.0, 599.0, 600.0, 700.0, 1200.0)]
    assert told == [24, 24, 24, 23, 23, 22]


def test_it_never_goes_under_the_least_nor_over_the_plan() -> None:
    pacer = pacer_after(MINIMUM_ANSWERS)
    told = [pacer.ring_seconds(600.0 * step, 15, 25, SETUP) for step in range(30)]
    assert min(told) == 15
    assert pacer.ring_seconds(1e6, 15, 15, SETUP) == 15
    assert pacer.ring_seconds(1e6, 20, 25, SETUP) == 20


def test_it_outlives_a_restart() -> None:
    pacer = pacer_after(MINIMUM_ANSWERS)
    assert pacer.ring_seconds(0.0, 15, 25, SETUP) == 24
    back = Pacer.restored(pacer.state())
    assert back.ring_seconds(0.0, 15, 25, SETUP) == 23
