"""Rules and forms of quality as files: each fault is named with its place."""

from pathlib import Path

import pytest

from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition
from dialer.engine.quality.files import load_quality

RULES = (
    'version = 1\n[[reviewers]]\nname = "quentin"\n[[strata]]\nname = "sales"\ndispositions = ["sale"]\nweight = 2.0\n'
)
FORMS = 'version = 1\n[[forms]]\nname = "a"\n[[forms.items]]\nid = "one"\nwords = "first"\n'


def test_what_is_shipped_is_right() -> None:
    plan = load_quality()
    assert (plan.rules.per_agent, list(plan.rules.stratum("sales").dispositions)) == (3, [Disposition.SALE])
    assert [form.name for form in plan.forms] == ["sales call"]
    assert {item.id for item in plan.forms[0].items if item.fatal} == {"truth", "consent", "respect"}
    assert plan.rules.reviewers == ()


def test_rules_and_forms_are_read_as_they_are_written(tmp_path: Path) -> None:
    rules, forms = tmp_path / "rules.toml", tmp_path / "forms.toml"
    rules.write_text(RULES)
    forms.write_text(FORMS)
    plan = load_quality(rules, forms)
    assert [one.name for one in plan.rules.reviewers] == ["quentin"]
    assert plan.rules.stratum("sales").weight == 2.0
    assert plan.forms[0].items[0].words == "first"
    rules.write_text(RULES.replace("2.0", "3.0"))
    assert load_quality(rules, forms).digest != plan.digest


@pytest.mark.parametrize(
    ("rules", "forms", "words"),
    [
        ("version = 2", FORMS, "rules.toml: version"),
        (RULES.replace("weight", "wieght"), FORMS, "rules.toml: strata.0.wieght"),
        (RULES.replace('"sale"', '"sail"'), FORMS, "rules.toml: strata.0.dispositions.0"),
        (RULES.replace('"sales"', '"complaints"'), FORMS, "strata.0.name: complaints is a stratum of its own already"),
        (RULES + "at_least_seconds = 9.0\nbelow_seconds = 9.0\n", FORMS, "below_seconds: must be above"),
        ('time_zone = "Mars"\n' + RULES, FORMS, "rules.toml: time_zone"),
        (RULES + '[[reviewers]]\nname = "quentin"\n', FORMS, "rules.toml: reviewers: quentin is there twice"),
        ("version =", FORMS, "rules.toml: is not TOML"),
        (RULES, FORMS + '[[forms.items]]\nid = "one"\nwords = "again"\n', "forms.0.items: one is there twice"),
        (RULES, FORMS + "most = 0\n", "forms.toml: forms.0.items.0.most"),
        (RULES, FORMS.replace('name = "a"', 'name = "a"\ncampaigns = ["b"]'), "must name no campaigns"),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path: Path, rules: str, forms: str, words: str) -> None:
    (tmp_path / "rules.toml").write_text(rules)
    (tmp_path / "forms.toml").write_text(forms)
    with pytest.raises(BadInput) as told:
        load_quality(tmp_path / "rules.toml", tmp_path / "forms.toml")
    assert words in str(told.value)
