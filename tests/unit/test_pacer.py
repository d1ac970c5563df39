from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pacing.answer_rate import level_of, probability_of
from pacing.pacer import BUSY, LINES_PER_AGENT, LINES_PER_TURN, OTHER, Pacer
from pacing.policy import PacingInput
from pacing.predictive_input import PredictiveInput, WindowNow
from pacing.prospect import Prospect
from tests.unit.pacer_floor import (
    BLOCK,
    COUNTS,
    LEAD,
    PROSPECTS,
    SECONDS,
    TIMES,
    counts,
    experienced,
    floor,
    log_odds,
)

PACERS = [Pacer(), experienced(), experienced(0.05, 350), experienced(0.95, 350), experienced(0.0), experienced(1.0)]
for one in PACERS[-2:]:
    one.learned.knob.seen[0] = 1000.0
WINDOWS = st.builds(
    WindowNow,
    name=st.just("24 h"),
    cap_ratio=st.floats(0, 0.03),
    live_answers=st.floats(0, 1e5),
    abandoned=st.floats(0, 3000),
    minimum_answers=st.sampled_from([0.0, 1000.0]),
    seconds_left=st.floats(0, 3e6),
)
AGES = st.lists(SECONDS, max_size=60)
INPUTS = st.builds(
    PredictiveInput,
    counts=st.builds(
        PacingInput,
        ready_agents=st.integers(-5, 300),
        working_agents=st.integers(-5, 300),
        ringing_lines=st.integers(-5, 3000),
        waiting_calls=st.integers(-5, 50),
        connected_calls=COUNTS,
        line_room=st.integers(-5, 500),
    ),
    now_seconds=st.floats(-1e6, 1e6),
    windows=st.one_of(st.none(), st.lists(WINDOWS, max_size=3)),
    prospects=st.lists(PROSPECTS, max_size=40),
    overdue=st.integers(0, 3),
    talk_ages=AGES,
    talkers=st.lists(st.sampled_from(["1001", "1002"]), max_size=60),
    wrap_up_ages=AGES,
    line_ages=AGES,
    line_offsets=AGES,
    leaving=st.integers(0, 5),
    call_backs=st.integers(0, 5),
    inbound=st.integers(0, 5),
    taken_per_hour=TIMES,
    kept_for_inbound=st.integers(-5, 300),
)


def idle_agents(seen: PredictiveInput) -> int:
    """Lines that one an idle agent leaves room for."""
    of = seen.counts
    ready = min(max(0, of.ready_agents), max(0, of.working_agents))
    return max(0, ready - max(0, of.ringing_lines) - max(0, of.waiting_calls))


# --- what never happens -----------------------------------------------------------------------------------------------


@given(st.sampled_from(PACERS), INPUTS)
@settings(max_examples=300)
def test_no_floor_however_odd_brings_an_exception_or_a_burst(pacer: Pacer, seen: PredictiveInput) -> None:
    decision = pacer.decide(seen)
    room, team = max(0, seen.counts.line_room), max(0, seen.counts.working_agents)
    assert 0 <= decision.add_lines <= min(room, LINES_PER_TURN, len(seen.prospects))
    assert decision.add_lines == 0 or max(0, seen.counts.ringing_lines) + decision.add_lines <= LINES_PER_AGENT * team
    assert decision.picks is not None
    assert len(decision.picks) == len(set(decision.picks)) == decision.add_lines
    assert all(0 <= pick < len(seen.prospects) for pick in decision.picks)
    assert decision.reason.isprintable()
    assert decision.reason


@given(st.sampled_from(PACERS), INPUTS)
def test_without_known_windows_there_are_never_more_lines_than_idle_agents(pacer: Pacer, seen: PredictiveInput) -> None:
    assert pacer.decide(replace(seen, windows=None)).add_lines <= idle_agents(seen)
    assert pacer.decide(replace(seen, windows=[])).add_lines <= idle_agents(seen)


@given(st.sampled_from(PACERS), INPUTS, st.lists(WINDOWS, max_size=2))
def test_with_a_cap_of_zero_there_are_never_more_lines_than_idle_agents(
    pacer: Pacer, seen: PredictiveInput, windows: list[WindowNow]
) -> None:
    capped = replace(seen, windows=[*windows, replace(BLOCK, cap_ratio=0.0, minimum_answers=1e9)])
    assert pacer.decide(capped).add_lines <= idle_agents(seen)


@given(st.sampled_from(PACERS), INPUTS, st.floats(0, 0.03), st.floats(1, 1e5), st.floats(0, 100))
def test_once_a_window_is_spent_there_are_never_more_lines_than_idle_agents(
    pacer: Pacer, seen: PredictiveInput, cap: float, live_answers: float, over: float
) -> None:
    borrowed = 0.03 * 1000.0 * 15  # more than a window is ever lent of the answers that are to come
    spent = replace(BLOCK, cap_ratio=cap, live_answers=live_answers, abandoned=cap * live_answers + borrowed + over)
    assert pacer.decide(replace(seen, windows=[BLOCK, spent])).add_lines <= idle_agents(seen)


@given(INPUTS)
def test_a_new_campaign_dials_one_line_an_idle_agent(seen: PredictiveInput) -> None:
    assert Pacer().decide(seen).add_lines <= idle_agents(seen)


@given(st.sampled_from(PACERS), INPUTS)
def test_nobody_is_dialed_when_no_agent_works(pacer: Pacer, seen: PredictiveInput) -> None:
    assert pacer.decide(replace(seen, counts=replace(seen.counts, working_agents=0))).add_lines == 0


@given(st.lists(st.floats(0, 5), min_size=2, max_size=30), st.integers(1, 200))
def test_however_quick_the_turns_few_lines_are_added_within_a_second(steps: list[float], team: int) -> None:
    pacer, now, added = PACERS[2], 1e7, list[tuple[float, int]]()
    pacer.decide(floor(0, 1, now_seconds=now - 100))
    for step in steps:
        now += step / 10
        found = pacer.decide(floor(team, team, prospects=[LEAD] * 200, now_seconds=now))
        added.append((now, found.add_lines))
    for began, _ in added:
        in_second = sum(lines for at, lines in added if began <= at < began + 1.0)
        assert in_second <= 2 * max(10, 2 * team)  # two of the pacer's own seconds may touch one of ours


# --- why so many ------------------------------------------------------------------------------------------------------


def test_a_cold_start_says_how_far_it_is() -> None:
    decision = Pacer().decide(floor())
    assert decision.add_lines == 5
    assert decision.reason.startswith("cold start, 0 of 300 answers seen: one line an idle agent, 5 ready")


def test_an_experienced_campaign_dials_ahead_of_agents_who_will_be_free() -> None:
    decision = experienced().decide(floor())
    assert decision.add_lines > 5
    assert decision.figures is not None
    assert decision.figures.answer_probability == pytest.approx(0.3, abs=0.03)
    assert decision.figures.answer_probability_upper > decision.figures.answer_probability
    assert "answers expected of 0 lines" in decision.reason


def test_the_less_likely_an_answer_the_more_lines() -> None:
    assert experienced(0.1).decide(floor()).add_lines > experienced(0.5).decide(floor()).add_lines


def test_a_spent_budget_brings_back_one_line_an_idle_agent() -> None:
    decision = experienced().decide(floor(windows=[replace(BLOCK, abandoned=600.0)]))
    assert decision.add_lines == 5
    assert decision.reason.startswith("nothing may be abandoned now in successive 30 days (600 of 20000 abandoned)")


def test_over_the_cap_one_agent_is_kept_spare() -> None:
    decision = experienced().decide(floor(windows=[replace(BLOCK, abandoned=900.0)]))
    assert decision.add_lines == 4
    assert "one agent is kept spare" in decision.reason


def test_the_tightest_window_rules() -> None:
    spent = replace(BLOCK, name="24 h", live_answers=1000.0, abandoned=30.0)
    assert experienced().decide(floor(windows=[BLOCK, spent])).add_lines == 5
    assert experienced().decide(floor(windows=[spent, BLOCK])).add_lines == 5


def test_a_small_team_is_told_as_one() -> None:
    assert experienced().decide(floor(1, 3)).reason.startswith("small team of 3")


def test_who_is_not_counted_on_is_told() -> None:
    reason = experienced().decide(floor(leaving=2, call_backs=1, inbound=3, taken_per_hour=4.2)).reason
    assert reason.endswith("(2 leaving; 1 for promised call-backs; 3 on inbound calls, 4 taken an hour)")


def test_agents_kept_for_inbound_are_not_dialed_for() -> None:
    pacer = experienced()
    free, kept = pacer.decide(floor(10, 20)), pacer.decide(floor(10, 20, kept_for_inbound=4))
    assert free.figures
    assert kept.figures
    assert kept.figures.free_agents == pytest.approx(free.figures.free_agents - 4)
    assert 0 < kept.add_lines < free.add_lines
    assert "agents free beside 4 kept for inbound," in kept.reason


def test_agents_kept_for_inbound_are_told_in_either_place() -> None:
    seen = floor(10, 20)
    in_counts = replace(seen, counts=replace(seen.counts, kept_for_inbound=4))
    both = replace(in_counts, kept_for_inbound=3)
    decided = [experienced().decide(one) for one in (replace(seen, kept_for_inbound=4), in_counts, both)]
    assert decided[0] == decided[1] == decided[2]


def test_when_more_are_kept_for_inbound_than_are_ready_the_next_who_get_free_are_kept_too() -> None:
    wrap_up_ages = [5.0] * 25
    few = experienced().decide(floor(5, 30, kept_for_inbound=5, talk_ages=[], wrap_up_ages=wrap_up_ages))
    many = experienced().decide(floor(5, 30, kept_for_inbound=15, talk_ages=[], wrap_up_ages=wrap_up_ages))
    assert few.add_lines > 0
    assert many.add_lines == 0


@pytest.mark.parametrize(
    ("windows", "kept", "add"),
    [
        (None, 2, 3),
        (None, 5, 0),
        ([replace(BLOCK, cap_ratio=0.0)], 2, 3),
        ([replace(BLOCK, abandoned=1e6)], 2, 2),
        ([replace(BLOCK, abandoned=1e6)], 9, 0),
    ],
)
def test_one_line_an_idle_agent_leaves_those_alone_who_are_kept_for_inbound(
    windows: list[WindowNow] | None, kept: int, add: int
) -> None:
    decision = experienced().decide(floor(5, 20, windows=windows, kept_for_inbound=kept))
    assert decision.add_lines == add
    assert f"5 ready - {kept} kept for inbound - 0 ringing - 0 waiting" in decision.reason


def test_agents_kept_for_inbound_are_not_callees_at_risk() -> None:
    bare, kept = experienced().decide(floor()), experienced().decide(floor(kept_for_inbound=3))
    assert bare.figures
    assert kept.figures
    assert kept.figures.windows == bare.figures.windows
    assert (kept.figures.room, kept.figures.spread) == (bare.figures.room, bare.figures.spread)


@given(st.sampled_from(PACERS), INPUTS, st.integers(1, 50))
def test_more_agents_kept_for_inbound_never_leave_more_agents_free(
    pacer: Pacer, seen: PredictiveInput, more: int
) -> None:
    less = pacer.decide(seen).figures
    kept = pacer.decide(replace(seen, kept_for_inbound=seen.kept_for_inbound + more)).figures
    assert less is None or kept is None or kept.free_agents <= less.free_agents + 1e-9


def test_agents_whom_inbound_calls_will_take_within_the_lag_are_not_counted_on() -> None:
    pacer = experienced()
    ages = [1.0 * i for i in range(40)]
    quiet = pacer.decide(floor(5, 45, talk_ages=[], wrap_up_ages=ages)).figures
    busy = pacer.decide(floor(5, 45, talk_ages=[], wrap_up_ages=ages, taken_per_hour=600.0)).figures
    assert quiet
    assert busy
    expected = 600.0 / 3600.0 * 0.8 * pacer.lag_seconds
    assert quiet.free_agents - busy.free_agents == pytest.approx(expected, abs=0.15)


def test_inbound_takes_no_more_agents_than_get_free() -> None:
    taken = experienced().decide(floor(5, 20, taken_per_hour=1e9)).figures
    assert taken
    assert taken.free_agents == pytest.approx(5.0, abs=0.05)


def test_no_agent_and_no_lead_are_told() -> None:
    assert experienced().decide(floor(0, 0)).reason == "no agent is working"
    assert experienced().decide(floor(prospects=[])).add_lines == 0


def test_a_line_room_of_two_is_kept_and_told() -> None:
    seen = floor()
    decision = experienced().decide(replace(seen, counts=replace(seen.counts, line_room=2)))
    assert decision.add_lines == 2
    assert decision.reason.endswith("lines and leads left: 2")


def test_callees_who_wait_take_the_free_agents() -> None:
    seen = floor(1, 20, talk_ages=[])
    waiting = replace(seen, counts=replace(seen.counts, waiting_calls=1))
    assert experienced().decide(waiting).add_lines == 0


# --- which leads ------------------------------------------------------------------------------------------------------


def test_the_likeliest_lead_that_fits_the_room_is_dialed() -> None:
    leads = [Prospect(log_odds(p) - log_odds(0.3)) for p in (0.2, 0.9, 0.4)]
    decision = experienced().decide(floor(2, 2, prospects=leads, talk_ages=[]))
    assert decision.picks
    assert decision.picks[0] == 1


def test_leads_passed_over_too_long_come_before_any_likelier() -> None:
    leads = [Prospect(-1.0), Prospect(-1.0), *[Prospect(1.0)] * 10]
    decision = experienced().decide(floor(5, 5, prospects=leads, overdue=2, talk_ages=[]))
    assert decision.picks is not None
    assert sorted(decision.picks) == [0, 1]
    assert decision.reason.endswith("(2 leads passed over too long go first)")


def test_what_a_score_band_tells_is_used() -> None:
    pacer = Pacer()
    good, poor = Prospect(0.0, (5, 0, 0)), Prospect(0.0, (9, 0, 0))
    for number in range(600):
        for lead, share in ((good, 5), (poor, 1)):
            pacer.line_ended(
                f"{number} {share}", answered=number % 10 < share, seconds=12.0, lead=lead, due_seconds=-1.0
            )
    pacer.tick(0.0, dialing=True)
    pacer.refresh(0.0, [], [], wraps_up=True)
    assert pacer.offset_of(good) > 0.5
    assert pacer.offset_of(poor) < -0.5


# --- what is learned --------------------------------------------------------------------------------------------------


def learned_probability(pacer: Pacer) -> float:
    pacer.tick(5000.0, dialing=True)
    return probability_of(level_of(pacer.learned.rate).mean)


def test_a_line_that_is_told_twice_is_learned_once() -> None:
    once, twice = Pacer(), Pacer()
    for number in range(100):
        for pacer in (once, twice, twice):
            pacer.line_ended(
                f"line {number}", answered=number % 3 == 0, seconds=9.0, cause=BUSY, lead=LEAD, due_seconds=0.0
            )
            pacer.fate(f"line {number}", abandoned=number % 30 == 0)
            pacer.talk_ended("1001", 50.0, f"line {number}")
            pacer.wrap_up_ended("1001", 20.0, f"line {number}")
    assert once.state() == twice.state()


def test_an_end_that_comes_after_the_answer_teaches_no_failure() -> None:
    pacer = Pacer()
    before = pacer.learned.times.failed.sum()
    pacer.line_ended("one", answered=True, seconds=9.0, lead=LEAD, due_seconds=0.0)
    pacer.line_ended("one", answered=False, seconds=90.0, lead=LEAD, due_seconds=0.0)
    assert pacer.learned.times.failed.sum() == before


def test_an_answer_is_not_learned_before_the_lines_dialed_with_it_have_ended() -> None:
    pacer = Pacer()
    for number in range(50):
        pacer.line_ended(f"line {number}", answered=True, seconds=5.0, lead=LEAD, due_seconds=100.0)
    pacer.tick(99.0, dialing=True)
    assert probability_of(level_of(pacer.learned.rate).mean) == pytest.approx(0.25)
    pacer.tick(101.0, dialing=True)
    assert probability_of(level_of(pacer.learned.rate).mean) > 0.5


def rings_out(pacer: Pacer, lines: int, answered_each: int = 0) -> float:
    """So many lines more, of which every so manieth is answered (0: none); the answer probability then expected."""
    for number in range(lines):
        answered = answered_each > 0 and number % answered_each == answered_each - 1
        pacer.line_ended(
            f"late {number}", answered=answered, seconds=28.0, lead=LEAD, due_seconds=1.0 + number, cause=OTHER
        )
    pacer.tick(1e6, dialing=True)
    return probability_of(level_of(pacer.learned.rate).expected)


def test_a_run_of_unanswered_lines_is_not_taken_for_a_fall_of_the_answer_rate() -> None:
    """At seven answers in a hundred lines, two lines in ten thousand begin such a run: some a day on a busy floor."""
    assert rings_out(experienced(0.07, 400), 80) > 0.05


def test_a_fall_of_the_answer_rate_is_learned_all_the_same() -> None:
    assert rings_out(experienced(0.3, 400), 300, answered_each=8) < 0.16


def test_what_is_doubtful_of_a_small_probability_is_expected_to_be_more() -> None:
    doubtful, sure = level_of(Pacer().learned.rate), level_of(experienced(0.25, 2000).learned.rate)
    assert doubtful.expected - doubtful.mean > 5 * (sure.expected - sure.mean) > 0.0
    likely = level_of(experienced(0.9, 400).learned.rate)
    assert likely.expected == likely.mean


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_probability_of_all_or_nothing_is_learned_and_paced_by(probability: float) -> None:
    pacer = experienced(probability, 400)
    for number in range(400):
        pacer.fate(f"fate {number}", abandoned=False)
    assert learned_probability(pacer) == pytest.approx(probability, abs=0.02)
    decision = pacer.decide(floor(now_seconds=6000.0))
    assert 0 < decision.add_lines <= 60


@given(st.tuples(SECONDS, SECONDS, TIMES), st.integers(-3, 9), st.booleans(), PROSPECTS)
def test_no_duration_however_odd_spoils_what_is_learned(
    seconds: tuple[float, float, float], cause: int, answered: bool, lead: Prospect
) -> None:
    pacer, (ring, talk, due) = Pacer(), seconds
    pacer.line_ended("one", answered=answered, seconds=ring, cause=cause, lead=lead, due_seconds=due)
    pacer.fate("one", abandoned=True)
    pacer.talk_ended("1001", talk, "one")
    pacer.wrap_up_ended("1001", talk, "one")
    pacer.tick(0.0, dialing=True)
    pacer.refresh(0.0, [talk, ring], [talk], wraps_up=True)
    pacer.decide(floor())
    assert Pacer.restored(pacer.state()).state() == pacer.state()


@given(st.lists(TIMES, max_size=20), st.lists(TIMES, max_size=20))
def test_ages_of_a_clock_that_stepped_are_taken_as_nothing_or_as_long(talking: list[float], lines: list[float]) -> None:
    decision = PACERS[1].decide(floor(talk_ages=talking, line_ages=lines, line_offsets=[nan] * len(lines)))
    assert decision.figures is not None
    assert np.isfinite([decision.figures.expected_answers, decision.figures.free_agents]).all()


def test_abandoned_calls_turn_the_knob_up_and_served_ones_slowly_down() -> None:
    pacer = experienced()
    pacer.decide(floor())
    at_first = pacer.learned.knob.offset[0]
    pacer.fate("lost", abandoned=True)
    tighter = pacer.learned.knob.offset[0]
    for number in range(20):
        pacer.fate(f"served {number}", abandoned=False)
    assert tighter > at_first
    assert tighter > pacer.learned.knob.offset[0] > at_first


def test_served_calls_do_not_loosen_the_knob_when_something_else_limits_the_lines() -> None:
    pacer = experienced()
    seen = floor()
    pacer.decide(replace(seen, counts=replace(seen.counts, line_room=1)))
    before = pacer.learned.knob.offset[0]
    for number in range(20):
        pacer.fate(f"served {number}", abandoned=False)
    assert pacer.learned.knob.offset[0] == before


def test_while_the_counts_are_not_known_the_knob_is_only_tightened() -> None:
    pacer = experienced()
    pacer.decide(floor(windows=None))
    before = pacer.learned.knob.offset[0]
    pacer.fate("served", abandoned=False)
    assert pacer.learned.knob.offset[0] == before
    pacer.fate("lost", abandoned=True)
    assert pacer.learned.knob.offset[0] > before


def test_an_agent_who_is_quicker_than_the_others_is_counted_on_sooner() -> None:
    pacer = experienced()
    for number in range(100):
        pacer.talk_ended("quick", 20.0, f"quick {number}")
        pacer.talk_ended("slow", 300.0, f"slow {number}")
    pacer.refresh(100.0, [], [], wraps_up=True)
    free = {
        who: figures.free_agents
        for who in ("quick", "slow", "new")
        if (figures := pacer.decide(floor(2, 12, talk_ages=[20.0] * 10, talkers=[who] * 10)).figures)
    }
    assert free["quick"] > free["new"] > free["slow"]


def test_a_burst_of_log_outs_stops_the_lines_at_once() -> None:
    pacer = experienced()
    assert pacer.decide(floor(10, 100, talk_ages=[10.0] * 90)).add_lines > 10
    gone = floor(0, 2, 40, talk_ages=[10.0, 10.0], leaving=8)
    assert pacer.decide(gone).add_lines == 0


def test_lines_that_cannot_be_answered_any_more_do_not_count() -> None:
    pacer = experienced()
    assert pacer.expected_answers([1.0] * 10, [0.0] * 10) == pytest.approx(3.0, abs=0.4)
    assert pacer.expected_answers([27.0] * 10, [0.0] * 10) < 0.5
    assert pacer.expected_answers([nan, inf, -5.0], []) <= 3.0


def test_memory_of_lines_is_bounded() -> None:
    pacer = Pacer()
    for number in range(45_000):
        pacer.fate(str(number), abandoned=False)
    assert len(pacer._known) <= 20_000


def test_derived_tables_are_refreshed_every_ten_seconds_and_after_a_step_of_the_clock() -> None:
    pacer = Pacer()
    assert pacer.refresh(100.0, [], [], wraps_up=True)
    assert not pacer.refresh(109.0, [], [], wraps_up=True)
    assert pacer.refresh(110.0, [], [], wraps_up=True)
    assert pacer.refresh(50.0, [], [], wraps_up=True)


def test_connected_calls_count_as_answers_to_come() -> None:
    few = floor(windows=[replace(BLOCK, live_answers=900.0, abandoned=26.0)])
    figures = experienced().decide(few).figures
    assert figures is not None
    assert figures.windows[0].to_come >= few.counts.connected_calls
    assert counts().connected_calls == 15


def test_a_cause_that_is_not_known_is_any_other() -> None:
    pacer = Pacer()
    pacer.line_ended("one", answered=False, seconds=4.0, cause=77, lead=LEAD, due_seconds=0.0)
    other = Pacer()
    other.line_ended("one", answered=False, seconds=4.0, cause=OTHER, lead=LEAD, due_seconds=0.0)
    assert pacer.state() == other.state()
