"""What one set of rule files changes in another."""

from compliance.rule_files import load_rules, shipped_texts
from compliance.rule_rows import changes_of
from tests.unit.dial_facts import RULES


def changed(**edits: tuple[str, str]) -> list[dict[str, str]]:
    """What edits (file: old text, new text) change in the shipped rules."""
    texts = shipped_texts()
    for name, (old, new) in edits.items():
        assert texts[f"{name}.toml"].count(old) == 1, old
        texts[f"{name}.toml"] = texts[f"{name}.toml"].replace(old, new)
    return changes_of(RULES, load_rules(texts))


def test_the_same_files_change_nothing() -> None:
    assert changes_of(RULES, load_rules(shipped_texts())) == []


def test_another_comment_changes_no_rule() -> None:
    assert changed(default=("# with proof, and not expired", "# proven")) == []


def test_another_figure_is_told_with_the_one_before() -> None:
    [row] = changed(default=('figure = "opt-in"', 'figure = "opt-out"'))
    assert (row["change"], row["jurisdiction"], row["rule"]) == ("changed", "default", "DEF-CONS@1")
    assert (row["figure"], row["before"]) == ("opt-out", "opt-in")


def test_another_version_is_told_of_every_rule_of_its_file() -> None:
    rows = changed(jp=("version = 1", "version = 2"))
    assert [(row["rule"], row["before"]) for row in rows] == [("JP-REF@2", "JP-REF@1")]


def test_other_purposes_are_told() -> None:
    [row] = changed(default=('id = "DEF-HOL"', 'id = "DEF-HOL-NEW"'))[:1]
    assert row["change"] == "added"
    one = '["marketing", "survey"]'
    [row] = changed(**{"in": (f"purposes = {one}", 'purposes = ["survey"]')})
    assert row["before"] == "for marketing, survey"


def test_a_rule_under_another_id_is_one_added_and_one_gone() -> None:
    rows = changed(default=('id = "DEF-HOL"', 'id = "DEF-HOL-NEW"'))
    assert [(row["change"], row["rule"]) for row in rows] == [("added", "DEF-HOL-NEW@1"), ("gone", "DEF-HOL@1")]


def test_rules_on_abandoned_calls_are_compared_too() -> None:
    rows = changed(default=('window = "successive 30 days" }', 'window = "successive 30 days", minimum_answers = 50 }'))
    assert [(row["change"], row["rule"], row["kind"]) for row in rows] == [("changed", "DEF-ABN-30D@1", "abandonment")]
    assert rows[0]["before"] == "3% of live answers in successive 30 days"
