"""Which events a rule is about, and what a file of rules must not say."""

import pytest

from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import ContactId
from dialer.domain.trigger import Condition, ContactEvent, Fact, Sign, TriggerRule, Whom, fits, holds
from dialer.domain.trigger_rules import read_rules
from tests.contract.lead_work import NOW

GOOD = """
[[rules]]
id = "abroad"
event = "roaming"
facts = [{ name = "days", is = ">=", value = 2 }]
who = [{ name = "plan", is = "changed within days", value = 7 }]
campaign = "travel"
deadline_minutes = 30
score = 100
offer = "a week abroad"
once_in_days = 0.5
"""
STATIC = '[[rules]]\nid = "s"\ncampaign = "c"\ndeadline_minutes = 1\n'
WHO = 'who = [{ name = "a", is = "=", value = "b" }]\n'


def test_a_file_is_read_as_it_is_written() -> None:
    [rule] = read_rules(GOOD, "triggers.toml")
    assert rule == TriggerRule(
        "abroad", "travel", 30, "roaming", (Condition("days", Sign.AT_LEAST, 2),),
        (Condition("plan", Sign.CHANGED, 7),), 100, "a week abroad", 0.5,
    )  # fmt: skip
    assert not rule.static
    assert read_rules("", "empty.toml") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules = 1", "t.toml: rules: must be tables"),
        ("[[rules", "t.toml: is not TOML"),
        ("colour = 1", "t.toml: colour: is not known here"),
        ("[[rules]]\n", "t.toml: rule 1: id: is missing"),
        (STATIC + 'colour = "red"\n', "t.toml: rule s: colour: is not known here"),
        (STATIC.replace("= 1", '= "1"'), "t.toml: rule s: deadline_minutes: must be a number"),
        (STATIC.replace("= 1", "= 0"), "t.toml: rule s: deadline_minutes: must be above 0"),
        (STATIC.replace("= 1", "= nan"), "t.toml: rule s: deadline_minutes: must be a number"),
        (STATIC, "t.toml: rule s: who: must say for whom"),
        (STATIC + WHO, "t.toml: rule s: once_in_days: must be above 0"),
        (STATIC + 'facts = [{ name = "a", is = "=", value = 1 }]\n', "t.toml: rule s: facts: are an event's"),
        (STATIC + 'who = [{ name = "a", is = "like", value = 1 }]\n', "t.toml: rule s: who 1: is: must be one of"),
        (STATIC + 'who = [{ name = "a", is = ">", value = "b" }]\n', "t.toml: rule s: who 1: value: must be a number"),
        (STATIC + 'who = [{ name = "a" }]\n', "t.toml: rule s: who 1: must be like"),
        (GOOD.replace('">="', '"changed within days"'), "t.toml: rule abroad: facts 1: is: must be one of"),
        (GOOD + GOOD, "t.toml: rule abroad: id: is borne by two rules"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_rules(text, "t.toml")
    assert words in str(refused.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadInputs) as refused:
        read_rules(STATIC + "[[rules]]\n" + 'id = "b"\nscore = "high"\n', "t.toml")
    assert len(refused.value.faults) == 5


@pytest.mark.parametrize(
    ("sign", "value", "known", "expected"),
    [
        (Sign.EQUAL, "FR", "FR", True),
        (Sign.UNEQUAL, "FR", "DE", True),
        (Sign.UNEQUAL, "FR", None, False),
        (Sign.OVER, 100, 100, False),
        (Sign.OVER, 100, 100.5, True),
        (Sign.AT_LEAST, 100, 100, True),
        (Sign.UNDER, 3, 2, True),
        (Sign.AT_MOST, 3, 4, False),
        (Sign.EQUAL, 1, True, False),
        (Sign.EQUAL, True, True, True),
        (Sign.OVER, 1, "2", False),
        (Sign.CHANGED, 7, 7, False),
    ],
)
def test_a_condition_holds_for_what_is_known_and_of_its_kind(
    sign: Sign, value: Fact, known: Fact | None, expected: bool
) -> None:
    assert holds(Condition("x", sign, value), known) is expected


def test_a_rule_is_about_events_of_its_kind_whose_facts_all_fit() -> None:
    rule = TriggerRule(
        "r", "c", 30, "roaming", (Condition("days", Sign.AT_LEAST, 2), Condition("to", Sign.EQUAL, "FR"))
    )

    def event(kind: str, **facts: Fact) -> ContactEvent:
        return ContactEvent("e", kind, NOW, Whom(ContactId(1)), facts)

    assert fits(rule, event("roaming", days=2, to="FR"))
    assert not fits(rule, event("roaming", days=1, to="FR"))
    assert not fits(rule, event("roaming", days=2))
    assert not fits(rule, event("moved", days=2, to="FR"))
