"""Several sources weighed into one value with its accuracy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.accuracy import MOST_TRUST, believed, merged, rating, weight
from dialer.domain.attributes import AttributeSpec, Said, Value, ValueType
from dialer.domain.contact import AttributeKind

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TOWN = AttributeSpec("town", AttributeKind.PERSONAL, ValueType.TEXT, "Town", half_life_days=100)
BORN = AttributeSpec("birth_date", AttributeKind.PERSONAL, ValueType.DATE, "Born")


def said(value: Value, trust: float = 0.8, days: float = 0.0, spec: AttributeSpec = TOWN, source: str = "crm") -> Said:
    return Said(spec, value, source, trust, NOW - timedelta(days=days))


def accuracy(*told: Said) -> float:
    return believed(told, NOW).accuracy


def test_one_source_alone_gives_its_own_weight() -> None:
    assert accuracy(said("Ely")) == pytest.approx(0.8)


def test_what_was_said_fades_by_half_lives_but_a_birth_date_does_not() -> None:
    assert weight(said("Ely", days=100), NOW) == pytest.approx(0.4)
    assert weight(said("Ely", days=200), NOW) == pytest.approx(0.2)
    assert weight(said("1984-05-17", days=9000, spec=BORN), NOW) == pytest.approx(0.8)
    assert weight(said("Ely", days=-5), NOW) == pytest.approx(0.8)


def test_agreement_raises_and_contradiction_lowers() -> None:
    assert accuracy(said("Ely"), said("ely", 0.5)) == pytest.approx(0.9)
    # by hand: .8 * .5 / (.8 * .5 + .5 * .2 + .2 * .5)
    against = believed([said("Ely"), said("York", 0.5)], NOW)
    assert (against.value, against.disputed) == ("Ely", True)
    assert against.accuracy == pytest.approx(0.4 / 0.6)


def test_two_agreeing_sources_outvote_a_better_one() -> None:
    assert believed([said("York", 0.85), said("Ely", 0.75), said("Ely", 0.7)], NOW).value == "Ely"


def test_a_fresh_word_outweighs_an_old_one_of_a_better_source() -> None:
    found = believed([said("York", 0.95, days=300), said("Ely", 0.5, source="agent")], NOW)
    assert (found.value, found.source) == ("Ely", "agent")


def test_of_two_equally_likely_the_latest_is_shown() -> None:
    assert believed([said("York", spec=BORN, days=2), said("Ely", spec=BORN, days=1)], NOW).value == "Ely"


def test_lists_agree_in_whatever_order_and_yes_is_no_number() -> None:
    assert not believed([said(("tea", "chess")), said(("Chess", "tea"))], NOW).disputed
    assert believed([said(True), said(1.0)], NOW).disputed


def test_sources_that_are_wholly_sure_and_contradict_each_other_still_leave_an_answer() -> None:
    assert accuracy(said("Ely", 1.0), said("York", 1.0)) == pytest.approx(0.495 / 0.9999, rel=0.01)


def test_attributes_come_by_kind_and_name_and_their_mean_rates_the_person() -> None:
    social = AttributeSpec("children", AttributeKind.SOCIAL, ValueType.YES_NO, "Children")
    known = merged([said(True, 0.4, spec=social), said("Ely"), said("1984-05-17", spec=BORN)], NOW)
    assert [one.spec.name for one in known] == ["birth_date", "town", "children"]
    assert rating(known) == pytest.approx((0.8 + 0.8 + 0.4) / 3)
    assert rating([]) is None


_told = st.builds(said, st.sampled_from(["Ely", "York", "Bath"]), st.floats(0.01, 1), st.floats(0, 2000))


@given(st.lists(_told, min_size=1, max_size=6), st.floats(0.01, 1))
def test_accuracy_is_a_share_and_another_who_agrees_never_lowers_it(told: list[Said], trust: float) -> None:
    found = believed(told, NOW)
    assert 0 <= found.accuracy <= MOST_TRUST or len(told) > 1
    assert found.accuracy <= 1
    more = believed([*told, said(found.value, trust)], NOW)
    assert more.value == found.value
    assert more.accuracy >= found.accuracy - 1e-9
