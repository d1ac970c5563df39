"""Totals of forms, estimates from unequal probabilities, and agreement, against published figures and simulation."""

from random import Random
from statistics import fmean

import pytest

from dialer.domain.errors import BadInputs
from dialer.domain.quality.agreement import cohen_kappa, interval, krippendorff_alpha, nominal
from dialer.domain.quality.estimates import Stratum, horvitz_thompson_total, mean_of, share_of
from dialer.domain.quality.forms import FormItem, ScoreForm, form_for, total_of

FORM = ScoreForm(
    "sales",
    [FormItem("greeting", "greets"), FormItem("needs", "asks", 4, 3.0), FormItem("law", "lawful", 1, 1.0, True)],
)


def test_a_total_is_the_weighted_mean_of_the_items_that_applied() -> None:
    assert total_of(FORM, {"greeting": 0, "needs": 2, "law": 1}).total == pytest.approx(100 * 2.5 / 5)
    assert total_of(FORM, {"greeting": None, "needs": 2, "law": 1}).total == pytest.approx(100 * 2.5 / 4)


def test_something_fatal_fails_the_whole_call() -> None:
    found = total_of(FORM, {"greeting": 1, "needs": 4, "law": 0})
    assert (found.total, found.fatal) == (0.0, ("law",))
    assert total_of(FORM, {"greeting": 1, "needs": 4, "law": None}).fatal == ()


def test_every_item_that_is_wrong_is_named() -> None:
    with pytest.raises(BadInputs) as told:
        total_of(FORM, {"greeting": 2, "needs": 4, "smile": 1})
    assert {fault.place for fault in told.value.faults} == {"points.greeting", "points.law", "points.smile"}
    with pytest.raises(BadInputs, match="no item applied"):
        total_of(FORM, dict.fromkeys(("greeting", "needs", "law")))


def test_a_changed_form_is_another_version_but_whom_it_is_for_is_not() -> None:
    changed = ScoreForm("sales", [*FORM.items[:2], FormItem("law", "lawful", 1, 2.0, True)])
    assert changed.digest != FORM.digest
    assert ScoreForm("sales", FORM.items, ["spring"]).digest == FORM.digest


def test_a_campaigns_own_form_goes_before_the_one_for_all() -> None:
    own = ScoreForm("own", FORM.items, ["spring"])
    assert form_for([FORM, own], "spring") is own
    assert form_for([FORM, own], "autumn") is FORM


# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", C and D: four observers, twelve units
UNITS = [
    (1, 1, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (5, 5, 5),
    (1, 1),
    (3,),
]


def test_alpha_is_that_of_krippendorffs_example() -> None:
    assert krippendorff_alpha(UNITS, nominal) == pytest.approx(0.743, abs=0.0005)
    assert krippendorff_alpha(UNITS, interval) == pytest.approx(0.849, abs=0.0005)


def test_alpha_of_two_observers_is_that_of_krippendorffs_example() -> None:
    # the same paper, A: binary data, two observers, ten units
    pairs = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
    assert krippendorff_alpha(pairs, nominal) == pytest.approx(0.095, abs=0.0005)


def test_kappa_is_that_of_a_worked_example() -> None:
    # 50 proposals of two readers: 20 both yes, 15 both no, 5 and 10 divided: po 0.70, pe 0.50
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_where_all_agree_on_one_value_nothing_can_be_told_of_chance() -> None:
    assert krippendorff_alpha([(1, 1), (1, 1)], nominal) is None
    assert cohen_kappa([(1, 1), (1, 1)]) is None
    assert krippendorff_alpha([], nominal) is None
    assert cohen_kappa([]) is None


def test_what_is_heard_wholly_is_known_exactly() -> None:
    found = mean_of([Stratum(2, [60.0, 80.0])], 100.0)
    assert (found.mean, found.low, found.high) == (70.0, 70.0, 70.0)
    assert (share_of([Stratum(2, [0.0, 1.0])]).low, share_of([Stratum(1, [0.0])]).high) == (0.5, 0.0)


def test_a_stratum_counts_as_many_calls_as_it_has() -> None:
    found = mean_of([Stratum(90, [50.0, 50.0]), Stratum(10, [100.0, 100.0])], 100.0)
    assert found.mean == pytest.approx(55.0)
    assert horvitz_thompson_total([50.0, 50.0, 100.0, 100.0], [2 / 90] * 2 + [0.2] * 2) / 100 == pytest.approx(55.0)


def test_calls_that_all_sound_alike_still_leave_an_interval() -> None:
    found = share_of([Stratum(100, [0.0] * 5)])
    assert (found.mean, found.low) == (0.0, 0.0)
    assert found.high is not None
    assert 0.3 < found.high < 0.6
    alike = mean_of([Stratum(100, [80.0] * 5)], 100.0)
    assert alike.low is not None
    assert alike.low < 60.0


def test_the_interval_is_that_of_the_formula() -> None:
    # n 4 of N 10, s^2 5000/3, so the variance is (1 - 0.4) 5000/3 / 4 = 250; t with 3 degrees of freedom 3.18245
    found = mean_of([Stratum(10, [0.0, 100.0, 50.0, 50.0])], 1000.0)
    assert found.high == pytest.approx(50 + 3.18245 * 250**0.5, abs=0.001)


def test_an_interval_is_wider_where_calls_differ_within_strata() -> None:
    within = share_of([Stratum(1000, [1.0, 0.0]), Stratum(1000, [1.0, 0.0])])
    between = share_of([Stratum(1000, [1.0, 1.0]), Stratum(1000, [0.0, 0.0])])
    assert within.mean == between.mean == 0.5
    assert within.low is not None
    assert between.low is not None
    assert within.low < between.low


def test_nothing_is_said_while_a_stratum_was_not_heard() -> None:
    found = share_of([Stratum(10, [1.0]), Stratum(5, [])])
    assert (found.mean, found.why) == (None, "of 1 of 2 strata nothing is heard yet")
    assert share_of([Stratum(10, [None, None])]).why == "no such call was heard"
    assert mean_of([Stratum(10, [40.0])], 100.0).why == "a single call was heard: that shows no interval"


def test_a_domain_counts_the_calls_that_are_of_it_alone() -> None:
    found = share_of([Stratum(30, [1.0, None, None]), Stratum(20, [0.0, 0.0])])
    assert found.mean == pytest.approx(10 / 30)
    assert found.calls == pytest.approx(30)
    assert found.heard == 3


def test_a_domain_across_strata_is_nearly_unbiased_and_its_interval_holds() -> None:
    random = Random(3)
    strata = [
        [value if random.random() < part else None for value in calls(size, middle, 15, size)]
        for size, middle, part in ((200, 80, 0.3), (80, 40, 0.7))
    ]
    truth = fmean(value for stratum in strata for value in stratum if value is not None)
    means, held = [], 0
    for _ in range(3000):
        found = mean_of([Stratum(len(one), random.sample(one, 25)) for one in strata], 100.0)
        assert found.mean is not None
        assert found.low is not None
        assert found.high is not None
        means.append(found.mean)
        held += found.low <= truth <= found.high
    assert fmean(means) == pytest.approx(truth, abs=1.0)
    assert 0.92 <= held / 3000 <= 0.98


def simulated(population: list[list[float]], taken: list[int], times: int, share: bool) -> tuple[float, float, float]:
    """Mean of the estimates, how often the interval holds the truth, and the truth."""
    random, truth = Random(7), fmean(value for stratum in population for value in stratum)
    means, held = [], 0
    for _ in range(times):
        strata = [Stratum(len(one), random.sample(one, number)) for one, number in zip(population, taken, strict=True)]
        found = share_of(strata) if share else mean_of(strata, 100.0)
        assert found.mean is not None
        assert found.low is not None
        assert found.high is not None
        means.append(found.mean)
        held += found.low - 1e-9 <= truth <= found.high + 1e-9
    return fmean(means), held / times, truth


def calls(count: int, middle: float, spread: float, seed: int) -> list[float]:
    random = Random(seed)
    return [min(100.0, max(0.0, random.gauss(middle, spread))) for _ in range(count)]


def test_the_mean_score_is_unbiased_and_its_interval_holds_as_often_as_it_says() -> None:
    population = [calls(300, 75, 15, 1), calls(40, 50, 20, 2), calls(6, 20, 5, 3)]
    mean, coverage, truth = simulated(population, [15, 8, 6], 4000, share=False)
    assert mean == pytest.approx(truth, abs=0.3)
    assert 0.93 <= coverage <= 0.975
    plain = fmean([*[fmean(population[0])] * 15, *[fmean(population[1])] * 8, *[fmean(population[2])] * 6])
    assert abs(plain - truth) > 10, "without the probabilities it would be far off"


def test_with_one_call_a_stratum_the_interval_is_rather_too_wide() -> None:
    population = [calls(40, 90 - 12 * place, 8, place) for place in range(6)]
    mean, coverage, truth = simulated(population, [1] * 6, 4000, share=False)
    assert mean == pytest.approx(truth, abs=0.3)
    assert coverage >= 0.95


@pytest.mark.parametrize("rates", [(0.02, 0.1, 0.5), (0.3, 0.3, 0.3), (0.9, 0.6, 0.0)])
def test_the_error_rate_is_unbiased_and_its_interval_holds_as_often_as_it_says(rates: tuple[float, ...]) -> None:
    population = [
        [1.0] * round(rate * size) + [0.0] * (size - round(rate * size))
        for rate, size in zip(rates, (400, 100, 20), strict=True)
    ]
    mean, coverage, truth = simulated(population, [20, 10, 10], 4000, share=True)
    assert mean == pytest.approx(truth, abs=0.006)
    assert coverage >= 0.94
