import sys
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.marketing.blending import Kept, kept_for_inbound
from pacing.marketing.demand import coarse
from pacing.marketing.erlang import kept_free
from pacing.marketing.figures import Counts, ServiceFigures, Step
from pacing.marketing.rule import RateKind, SwitchRule

RULE = SwitchRule(target=0.8, ramp_seconds=300.0)
LONG_OPEN = 3600.0


def figures(waiting: int = 0) -> ServiceFigures:
    return ServiceFigures(
        now=50_000.0, day_begins=0.0, day_ends=86_400.0, day=Counts(), day_blind=False, steps=(),
        current=Step(49_980.0), waiting=waiting,
    )  # fmt: skip


def kept(rule: SwitchRule = RULE, waiting: int = 0, **changed: Any) -> Kept:
    """Twenty shared agents, half of them idle, and no dedicated ones, long after opening."""
    told: dict[str, Any] = {
        "arrivals_per_second": 0.02,
        "handle_seconds": 180.0,
        "patience_seconds": 120.0,
        "shared_working": 20,
        "shared_idle": 10,
        "dedicated_working": 0,
        "dedicated_free": 0,
        "opened_for_seconds": LONG_OPEN,
    }
    return kept_for_inbound(rule, figures(waiting), **(told | changed))


# --- the reserve ------------------------------------------------------------------------------------------------------


def test_nobody_calls_and_nobody_is_kept() -> None:
    assert kept(arrivals_per_second=0.0).agents == 0


def test_the_reserve_is_the_threshold_that_answers_the_target_and_a_little_more() -> None:
    assert kept(arrivals_per_second=0.07).agents == kept_free(20, 0.07, 180.0, 20.0, 0.85, 120.0) > 1


def test_a_target_of_calls_answered_at_all_needs_fewer_than_one_of_calls_answered_in_time() -> None:
    at_all = replace(RULE, rate=RateKind.ANSWERED)
    assert kept(at_all, arrivals_per_second=0.09).agents < kept(arrivals_per_second=0.09).agents


def test_when_all_agents_are_too_few_all_are_kept() -> None:
    assert kept(arrivals_per_second=0.2).agents == 20


def test_dedicated_agents_who_are_free_are_part_of_the_reserve() -> None:
    alone = kept(arrivals_per_second=0.08, shared_working=12, dedicated_working=8).agents
    beside = kept(arrivals_per_second=0.08, shared_working=12, dedicated_working=8, dedicated_free=1).agents
    assert beside == alone - 1
    assert kept(arrivals_per_second=0.08, shared_working=12, dedicated_working=8, dedicated_free=8).agents == 0


def test_longer_calls_of_marketing_keep_more() -> None:
    assert kept(arrivals_per_second=0.07, marketing_handle_seconds=230.0).agents > kept(arrivals_per_second=0.07).agents


def test_at_least_so_many_are_kept_as_the_rule_says() -> None:
    floor = replace(RULE, least_free_agents=6)
    assert kept(floor, arrivals_per_second=0.0).agents == 6
    assert kept(floor, arrivals_per_second=0.0, dedicated_working=5, dedicated_free=4).agents == 2
    assert kept(replace(RULE, least_free_agents=60)).agents == 20


def test_callers_who_wait_take_dedicated_agents_first_and_then_shared_ones() -> None:
    floor = replace(RULE, least_free_agents=3)
    calm: dict[str, Any] = {"arrivals_per_second": 0.0, "dedicated_working": 5}
    assert kept(floor, 4, **calm, dedicated_free=0).agents == 3 + 4
    assert kept(floor, 4, **calm, dedicated_free=2).agents == 3 + 2
    assert kept(floor, 4, **calm, dedicated_free=5).agents == 3 - 1


# --- the ramp ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opened_for", "agents"), [(0.0, 18), (100.0, 12), (150.0, 9), (299.0, 1), (300.0, 0)])
def test_after_opening_agents_come_back_to_marketing_evenly(opened_for: float, agents: int) -> None:
    assert kept(arrivals_per_second=0.0, opened_for_seconds=opened_for).agents == agents


def test_without_a_ramp_all_come_back_at_once() -> None:
    assert kept(replace(RULE, ramp_seconds=0.0), arrivals_per_second=0.0, opened_for_seconds=0.0).agents == 0


def test_who_is_withheld_after_opening_is_the_reserve_too() -> None:
    floor = replace(RULE, least_free_agents=6)
    assert kept(floor, arrivals_per_second=0.0, opened_for_seconds=100.0).agents == 12
    assert kept(floor, arrivals_per_second=0.0, opened_for_seconds=290.0).agents == 6
    assert kept(floor, 2, arrivals_per_second=0.0, opened_for_seconds=100.0).agents == 14


@given(st.floats(0, 400), st.floats(0, 400), st.integers(0, 50))
def test_the_ramp_never_withholds_more_later(one: float, other: float, team: int) -> None:
    early, late = (
        kept(opened_for_seconds=opened, shared_working=team, shared_idle=0).agents for opened in sorted((one, other))
    )
    assert late <= early


# --- words ------------------------------------------------------------------------------------------------------------


def test_the_words_tell_what_is_kept_and_why() -> None:
    told = kept(replace(RULE, least_free_agents=4), 3, arrivals_per_second=0.05, dedicated_working=3, dedicated_free=1)
    assert told.words == (
        "6 of 20 shared agents kept for inbound: 1 free agents needed for 80% at 3.0 calls a minute,"
        " at least 4, 2 callers waiting"
    )
    assert kept(arrivals_per_second=0.0, opened_for_seconds=0.0).words == (
        "18 of 20 shared agents kept for inbound: 0 free agents needed for 80% at 0.0 calls a minute,"
        " 18 withheld since opening"
    )


# --- what always holds ------------------------------------------------------------------------------------------------

ODD = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 300))
COUNTS = st.integers(-3, 60)


@given(
    st.builds(
        SwitchRule,
        target=st.floats(0.01, 1),
        rate=st.sampled_from(RateKind),
        threshold_seconds=st.floats(6, 600),
        ramp_seconds=st.floats(0, 900),
        least_free_agents=st.integers(0, 80),
    ),
    COUNTS,
    st.fixed_dictionaries(
        {
            "arrivals_per_second": ODD,
            "handle_seconds": ODD,
            "patience_seconds": ODD,
            "opened_for_seconds": ODD,
            "marketing_handle_seconds": ODD,
            "shared_working": COUNTS,
            "shared_idle": COUNTS,
            "dedicated_working": COUNTS,
            "dedicated_free": COUNTS,
        }
    ),
)
def test_nothing_however_odd_keeps_more_than_the_team_or_fewer_than_none(
    rule: SwitchRule, waiting: int, told: dict[str, Any]
) -> None:
    found = kept(rule, waiting, **told)
    assert 0 <= found.agents <= max(0, told["shared_working"])
    assert found.words.isprintable()


def test_figures_at_the_end_of_what_a_double_holds_are_made_coarse_too() -> None:
    for step in (0.005, 0.02):
        assert coarse(1.0e300, step) < coarse(1.7850746251347677e308, step) <= coarse(sys.float_info.max, step) < inf


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 40), st.integers(0, 20), st.sampled_from(RateKind))
def test_more_arrivals_never_keep_fewer(one: float, other: float, shared: int, dedicated: int, kind: RateKind) -> None:
    rule = replace(RULE, rate=kind)
    few, many = (
        kept(rule, arrivals_per_second=rate, shared_working=shared, shared_idle=0, dedicated_working=dedicated).agents
        for rate in sorted((one, other))
    )
    assert many >= few


@given(st.floats(0, 1), st.integers(0, 20), st.integers(0, 20), st.integers(0, 10))
def test_more_callers_waiting_never_keep_fewer(arrivals: float, waiting: int, more: int, free: int) -> None:
    told: dict[str, Any] = {"arrivals_per_second": arrivals, "dedicated_working": 10, "dedicated_free": free}
    assert kept(RULE, waiting + more, **told).agents >= kept(RULE, waiting, **told).agents


@pytest.mark.parametrize(
    "nonsense",
    [
        {"arrivals_per_second": nan},
        {"arrivals_per_second": -0.1},
        {"arrivals_per_second": inf},
        {"handle_seconds": nan},
        {"handle_seconds": 0.0},
        {"patience_seconds": nan},
        {"patience_seconds": 0.0},
        {"marketing_handle_seconds": nan},
        {"opened_for_seconds": nan},
        {"opened_for_seconds": -1.0},
        {"shared_idle": -1},
        {"shared_idle": 21},
        {"dedicated_working": -1},
        {"dedicated_free": -1},
        {"dedicated_free": 1},
        {"waiting": -1},
    ],
)
def test_what_cannot_be_keeps_all(nonsense: dict[str, Any]) -> None:
    assert kept(**nonsense) == Kept(20, "all 20 shared agents kept for inbound: its figures can't be")
