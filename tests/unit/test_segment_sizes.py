"""Sizes by priority, portraits, and what suits whom: figures against those reckoned by hand or by simulation."""

from random import Random
from typing import Any

import pytest
from scipy import stats

from dialer.domain.attributes import ValueType
from dialer.domain.condition import Field, IsKnown
from dialer.domain.errors import BadInput
from dialer.domain.segment import Experience, Segment, Sizes, check_set
from dialer.engine.segments.portrait import newcombe, portrait
from dialer.engine.segments.suits import Why, associations, customer_view, lift, product_view
from dialer.ports.segments import Baskets, Sample

TOWN = Field("town", ValueType.TEXT)
KNOWN = IsKnown(TOWN)


def segment(name: str, priority: int, offer: str = "") -> Segment:
    return Segment(name, priority, "known(town)", KNOWN, offer=offer)


def test_overlaps_go_to_the_first_and_pages_are_summed() -> None:
    sizes = Sizes()
    for _ in range(2):
        sizes.add(["a", "b", "c"], {(True, True, False): 3, (False, True, False): 2, (False, False, False): 5})
    assert (dict(sizes.own), dict(sizes.taken)) == ({"a": 6, "b": 10}, {"a": 6, "b": 4})
    assert (sizes.people, sizes.left_over, sizes.shared["a", "b"]) == (20, 10, 6)
    assert [sizes.warning(name) for name in "abc"] == ["", "", "matches nobody"]


def test_everybody_and_those_with_nothing_left_are_named() -> None:
    sizes = Sizes()
    sizes.add(["all", "some"], {(True, True): 4, (True, False): 1})
    assert sizes.warning("all") == "matches everybody"
    assert sizes.warning("some") == "segments before it take all of its people"
    assert Sizes().warning("all") == ""


def test_no_two_segments_share_a_priority() -> None:
    with pytest.raises(BadInput, match=r"segments\.b\.priority: 5 is the priority of a already"):
        check_set([segment("a", 5), segment("b", 5)])


def a_sample(differs: bool) -> Sample:
    random = Random(8)
    bought = [place < 200 for place in range(600)]
    spend = [random.gauss(30 if one and differs else 20, 8) for one in bought]
    town = ["Ely" if random.random() < (0.6 if one and differs else 0.3) else "York" for one in bought]
    noise = [[random.gauss(0, 1) for _ in bought] for _ in range(20)]
    values: dict[str, Any] = {"spend": spend, "town": town, "rare": [1.0] * 10 + [None] * 590}
    values |= {f"noise_{place}": one for place, one in enumerate(noise)}
    return Sample(200, 400, bought, values, [["tv"] if place % 7 == 0 else [] for place in range(600)])


FIELDS = [Field("spend", ValueType.NUMBER), TOWN, Field("rare", ValueType.NUMBER)]
FIELDS += [Field(f"noise_{place}", ValueType.NUMBER) for place in range(20)]


def test_the_differences_that_matter_come_first_with_their_size() -> None:
    found = portrait(a_sample(differs=True), FIELDS)
    first, second, *others = found.differences
    assert {first.attribute, second.attribute} == {"spend", "town"}
    assert first.matters
    assert second.matters
    assert not any(one.matters for one in others)
    spend = first if first.attribute == "spend" else second
    assert spend.low < spend.buyers - spend.others < spend.high
    assert 0.9 < spend.effect < 1.6
    assert found.too_little == ["rare"]


def test_of_much_noise_nothing_matters() -> None:
    assert not any(one.matters for one in portrait(a_sample(differs=False), FIELDS).differences)


def test_too_few_buyers_are_named() -> None:
    sample = Sample(3, 100, [place < 3 for place in range(103)], {}, [[]] * 103)
    with pytest.raises(BadInput, match="only 3 buyers: a portrait needs at least 30"):
        portrait(sample, FIELDS)


def test_newcombes_interval_is_that_of_his_paper() -> None:
    """Table II, column (a), method 10: 56/70 against 48/80."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_lift_is_the_ratio_of_shares_with_an_interval_that_holds_it_95_times_in_100() -> None:
    figures = lift(100, 50, 1000, 200)
    assert (figures.support, figures.confidence, figures.lift) == (0.05, 0.5, 2.5)
    inside, random = 0, stats.binom(400, 0.5)
    for seed in range(400):
        a, b = int(random.rvs(random_state=seed)), int(stats.binom(3600, 0.25).rvs(random_state=10_000 + seed))
        one = lift(400, a, 4000, a + b)
        inside += one.low <= 0.5 / 0.275 <= one.high
    assert 0.92 <= inside / 400 <= 1


BASKETS = Baskets(1000, {"fibre": 200, "tv": 150, "5g": 300}, {
    ("fibre", "tv"): 100, ("tv", "fibre"): 100, ("fibre", "5g"): 60, ("5g", "fibre"): 60, ("tv", "5g"): 10,
    ("5g", "tv"): 10,
})  # fmt: skip


def test_associations_that_may_be_chance_are_left_out() -> None:
    found = associations(BASKETS)
    assert [(one.given, one.product) for one in found] == [("fibre", "tv"), ("tv", "fibre")]
    assert found[0].figures.lift == pytest.approx(100 * 1000 / (200 * 150))


def test_who_suits_a_product_by_experience_then_by_lift() -> None:
    rules = [Experience("talkers", "tv", "known(town)", KNOWN, "sits at home")]
    patterns: dict[tuple[bool, ...], int] = {
        (True, True): 90,
        (True, False): 110,
        (False, True): 60,
        (False, False): 740,
    }
    seen = product_view("tv", [segment("a", 1)], patterns, rules, associations(BASKETS))
    assert [(one.why, one.by) for one in seen] == [
        (Why.EXPERIENCE, "talkers"),
        (Why.ASSOCIATION, "fibre"),
        (Why.SEGMENT, "a"),
    ]
    assert seen[1].because == "50% of those who hold fibre hold it, 3.3 times as many as of all"


def test_what_suits_a_customer_is_told_once_by_the_best_reason_and_never_what_they_hold() -> None:
    rules = [Experience("x", "5g", "known(town)", KNOWN, "has a 5G phone")]
    seen = customer_view(["fibre"], rules, segment("a", 1, "tv"), associations(BASKETS))
    assert [(one.product, one.why) for one in seen] == [("5g", Why.EXPERIENCE), ("tv", Why.SEGMENT)]
    assert customer_view(["fibre"], [], None, associations(BASKETS))[0].why is Why.ASSOCIATION
    assert customer_view(["fibre", "tv", "5g"], rules, segment("a", 1, "tv"), associations(BASKETS)) == []
