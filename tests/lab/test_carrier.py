"""Fates are drawn by number and count alone, in the plan's shares."""

from collections import Counter
from statistics import mean

import pytest

from dialer.domain.errors import BadInput
from dialer.domain.outcome import AmdResult
from integrations.telephone_lab import Behaviour, Carrier, LabPlan
from integrations.telephone_lab.carrier import Fate, draw

PLAN = LabPlan(seed=7)
NUMBERS = [f"+1555{number:07d}" for number in range(4000)]


@pytest.fixture(scope="module")
def fates() -> list[Fate]:
    return [draw(PLAN, number, 0) for number in NUMBERS]


def test_a_number_fares_the_same_whatever_was_dialed_before_it(fates: list[Fate]) -> None:
    assert [draw(PLAN, number, 0) for number in reversed(NUMBERS)] == fates[::-1]


def test_a_number_dialed_again_fares_anew() -> None:
    assert len({draw(PLAN, NUMBERS[0], count) for count in range(10)}) == 10


def test_another_seed_is_another_world(fates: list[Fate]) -> None:
    assert [draw(LabPlan(seed=8), number, 0) for number in NUMBERS[:20]] != fates[:20]


def test_behaviours_come_in_their_shares(fates: list[Fate]) -> None:
    count = Counter(fate.behaviour for fate in fates)
    shares = {
        Behaviour.HUMAN: 0.30,
        Behaviour.MACHINE: 0.12,
        Behaviour.BUSY: 0.10,
        Behaviour.UNALLOCATED: 0.03,
        Behaviour.REJECT: 0.02,
        Behaviour.CONGESTION: 0.01,
        Behaviour.NO_ANSWER: 0.42,
    }
    assert {behaviour: count[behaviour] / len(fates) for behaviour in shares} == pytest.approx(shares, abs=0.025)


def test_times_have_their_means(fates: list[Fate]) -> None:
    answers = [fate.settles_after_seconds or 0 for fate in fates if fate.behaviour is Behaviour.HUMAN]
    talks = [fate.talk_seconds or 0 for fate in fates if fate.behaviour is Behaviour.HUMAN]
    assert mean(answers) == pytest.approx(12, rel=0.05)
    assert min(answers) > 3
    assert mean(talks) == pytest.approx(90, rel=0.1)
    busy = [fate.settles_after_seconds or 0 for fate in fates if fate.behaviour is Behaviour.BUSY]
    assert 2 <= min(busy) <= max(busy) <= 4


def test_detection_errs_both_ways(fates: list[Fate]) -> None:
    humans = Counter(fate.detection for fate in fates if fate.behaviour is Behaviour.HUMAN)
    machines = Counter(fate.detection for fate in fates if fate.behaviour is Behaviour.MACHINE)
    assert humans[AmdResult.MACHINE] / humans.total() == pytest.approx(0.03, abs=0.02)
    assert machines[AmdResult.HUMAN] / machines.total() == pytest.approx(0.08, abs=0.04)
    assert humans[AmdResult.NOT_SURE] > 0


def test_behaviours_set_by_number_go_before_the_shares() -> None:
    plan = LabPlan(behaviours={"42": Behaviour.MACHINE})
    fates = [draw(plan, f"+1555{number:05d}42", 0) for number in range(200)]
    assert {(fate.behaviour, fate.detection) for fate in fates} == {(Behaviour.MACHINE, AmdResult.MACHINE)}


def test_shares_beyond_one_are_refused() -> None:
    with pytest.raises(BadInput, match="shares"):
        Carrier(human_share=0.9)


def test_a_behaviour_needs_two_digits() -> None:
    with pytest.raises(BadInput, match=r"behaviours\.1"):
        LabPlan(behaviours={"1": Behaviour.BUSY})
