"""The attribute catalogue and the churn guide: their files, and what they let through."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.domain.attributes import Stored
from dialer.domain.contact import AttributeKind
from dialer.domain.errors import BadInput, BadInputs
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.people.churn_guide import load_churn_guide

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CATALOGUE = load_catalogue()
ONE = """
version = 1
[sources]
crm = 0.9
[attributes.town]
kind = "personal"
type = "text"
label = "Town"
"""
GUIDE = """
version = 1
[grades.1]
words = "note"
[signs.moves]
reason = "moves"
reaction = "says so"
grade = 1
"""


def test_all_three_kinds_are_shipped() -> None:
    assert {one.kind for one in CATALOGUE.attributes.values()} == set(AttributeKind)


def test_values_are_read_by_their_types() -> None:
    values = {
        "town": "  New   York ",
        "birth_date": "1984-05-17",
        "children": False,
        "monthly_spend": 24,
        "interests": ["tea", "chess", "tea"],
        "value_tier": "gold",
    }
    told = CATALOGUE.read(values, "agent", NOW)
    assert {one.spec.name: one.value for one in told} == values | {
        "town": "New York",
        "monthly_spend": 24.0,
        "interests": ("tea", "chess"),
    }
    assert {(one.source, one.trust) for one in told} == {("agent", CATALOGUE.sources["agent"])}


def test_every_wrong_value_is_named_and_none_is_taken() -> None:
    wrong: dict[str, object] = {
        "town": 3,
        "children": "yes",
        "monthly_spend": True,
        "data_gb": float("nan"),
        "birth_date": "17.05.1984",
        "interests": ["tea", 3],
        "value_tier": "tin",
        "shoe_size": 43,
        "language": " ",
    }
    with pytest.raises(BadInputs) as refused:
        CATALOGUE.read(wrong | {"handset": "fine"}, "crm", NOW)
    assert [fault.place for fault in refused.value.faults] == [f"attributes.{name}" for name in wrong]
    assert {fault.reason for fault in refused.value.faults} >= {
        "must be true or false",
        "must be a number",
        "is not in the catalogue of attributes",
        "must be of bronze, silver, gold, platinum",
    }


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(BadInput, match="must be one of billing, crm"):
        CATALOGUE.read({"town": "Ely"}, "rumour", NOW)


def test_what_the_catalogue_no_longer_has_is_not_recalled() -> None:
    kept = Stored("town", "Ely", "crm", 0.8, NOW)
    for gone in (Stored("shoe_size", 43, "crm", 0.8, NOW), Stored("town", 3, "crm", 0.8, NOW)):
        assert [one.value for one in CATALOGUE.recall([kept, gone])] == ["Ely"]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("0.9", "1.9"), "sources.crm"),
        (('"personal"', '"odd"'), "attributes.town.kind"),
        (('"text"', '"colour"'), "attributes.town.type"),
        (("label", "lable"), "attributes.town.label"),
        (('"text"', '"number"\nchoices = ["a"]'), "attributes.town.choices"),
        (("version = 1", "version = 2"), "version"),
        (("[sources]", "[sources"), ""),
    ],
)
def test_a_catalogue_that_can_not_be_is_refused_with_its_place(
    tmp_path: Path, change: tuple[str, str], place: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(ONE)
    assert list(load_catalogue(file).attributes) == ["town"]
    file.write_text(ONE.replace(*change))
    with pytest.raises(BadInput, match=r"own\.toml") as refused:
        load_catalogue(file)
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [(("grade = 1", "grade = 2"), "signs.moves.grade"), (("words", "word"), "grades.1.words"), (("moves]", "]"), "")],
)
def test_a_guide_that_can_not_be_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str], place: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GUIDE)
    assert load_churn_guide(file).campaign_of(1) == ""
    file.write_text(GUIDE.replace(*change))
    with pytest.raises(BadInput, match=r"own\.toml") as refused:
        load_churn_guide(file)
    assert place in str(refused.value)


def test_the_shipped_guide_grades_signs_and_names_a_campaign_for_the_urgent() -> None:
    guide = load_churn_guide()
    assert guide.campaign_of(guide.signs["gives_notice"].grade) == "retention"
    assert guide.signs["gives_notice"].grade == max(guide.grades)
    with pytest.raises(BadInput):
        guide.sign("astrology", "sign")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't be read"):
        load_catalogue(tmp_path / "none.toml")
