"""Past contacts give points: bounded, fading, and never worth less for going better."""

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.scoring.contact_history import PastAttempt, load_rule, points_after, points_of_history

RULE = load_rule()
PAST = st.builds(PastAttempt, st.sampled_from(Outcome), st.none() | st.sampled_from(Disposition), st.floats(0, 4000))


def test_the_shipped_rule_ranks_outcomes_as_the_field_does() -> None:
    order = [Outcome.ANSWERED, Outcome.BUSY, Outcome.MACHINE, Outcome.NO_ANSWER, Outcome.REJECTED]
    points = [points_after(RULE, outcome, 1) for outcome in order]
    assert points == sorted(points, reverse=True)
    sold = points_of_history(RULE, [PastAttempt(Outcome.ANSWERED, Disposition.SALE, 0)])
    refused = points_of_history(RULE, [PastAttempt(Outcome.ANSWERED, Disposition.REFUSED, 0)])
    assert sold > points_of_history(RULE, []) == 0 > refused


def test_what_says_nothing_of_the_callee_gives_no_points() -> None:
    for outcome in (Outcome.CONGESTION, Outcome.NOT_PLACED, Outcome.LOST):
        assert points_after(RULE, outcome, 1) == 0


@given(outcome=st.sampled_from(Outcome), attempts=st.integers(1, 50))
def test_each_further_attempt_counts_less(outcome: Outcome, attempts: int) -> None:
    assert abs(points_after(RULE, outcome, attempts + 1)) <= abs(points_after(RULE, outcome, attempts))


@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=100))
def test_the_sum_of_a_leads_points_is_bounded(outcomes: list[Outcome]) -> None:
    total = sum(points_after(RULE, outcome, number) for number, outcome in enumerate(outcomes, 1))
    most = max(abs(points) for points in RULE.outcome.values())
    assert abs(total) <= most / (1 - RULE.attempt_decay) + 1e-9


@given(history=st.lists(PAST, max_size=10))
def test_a_history_is_worth_what_lies_between_the_limits_in_any_order(history: list[PastAttempt]) -> None:
    points = points_of_history(RULE, history)
    assert RULE.lowest <= points <= RULE.highest
    assert points_of_history(RULE, reversed(history)) == pytest.approx(points)


@given(history=st.lists(PAST, max_size=10), age_days=st.floats(0, 1000))
def test_an_answer_more_never_lowers_and_no_answer_more_never_raises(
    history: list[PastAttempt], age_days: float
) -> None:
    before = points_of_history(RULE, history)
    assert points_of_history(RULE, [*history, PastAttempt(Outcome.ANSWERED, None, age_days)]) >= before - 1e-9
    assert points_of_history(RULE, [*history, PastAttempt(Outcome.NO_ANSWER, None, age_days)]) <= before + 1e-9


@given(past=PAST, days=st.floats(0.1, 1000))
def test_what_is_long_ago_weighs_less(past: PastAttempt, days: float) -> None:
    older = past._replace(age_days=past.age_days + days)
    assert abs(points_of_history(RULE, [older])) <= abs(points_of_history(RULE, [past]))


def test_half_life_is_when_it_weighs_half() -> None:
    fresh = points_of_history(RULE, [PastAttempt(Outcome.ANSWERED, None, 0)])
    old = points_of_history(RULE, [PastAttempt(Outcome.ANSWERED, None, RULE.half_life_days)])
    assert old == pytest.approx(fresh / 2)


def shipped() -> str:
    return (files("dialer.engine.scoring") / "contact_history.toml").read_text("utf-8")


def test_an_own_rule_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rule.toml"
    path.write_text(shipped().replace("answered = 10", "answered = 4").replace("decay = 0.7", "decay = 0.5"))
    assert points_after(load_rule(path), Outcome.ANSWERED, 2) == 2


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ("attempt_decay = 0.7", "attempt_decay = 1.5", "attempt_decay must be 0 to 1"),
        ("half_life_days = 60", "half_life_days = 0", "half_life_days: must be at least 0.01"),
        ("lowest = -100", "lowest = 100", "lowest at most 0"),
        ("lowest = -100", "lowest = -inf", "lowest: must be a number"),
        ("lost = 0", "", "outcome: is missing or not known: lost"),
        ("sale = 30", "sold = 30", "disposition: is missing or not known: sale, sold"),
        ("sale = 30", "sale = true", "sale: must be a number"),
        ("[outcome]", "[outcomes]", "outcome: is missing"),
        ("[outcome]", "[outcome", "is not TOML"),
    ],
)
def test_a_rule_that_is_wrong_is_told_where(tmp_path: Path, was: str, becomes: str, reason: str) -> None:
    path = tmp_path / "rule.toml"
    path.write_text(shipped().replace(was, becomes))
    with pytest.raises(BadInput, match=reason):
        load_rule(path)


def test_a_rule_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        load_rule(tmp_path / "none.toml")
