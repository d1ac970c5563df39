"""What legal windows bear for calls that are dialed ahead of agents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.abandonment import AbandonmentWindow, Budget
from compliance.gate import judge
from tests.unit.dial_facts import RULES, free, fresh

NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)  # a Wednesday, noon in New York
[RULE] = (rule for rule in RULES.abandonment_on(20_000) if rule.id == "DEF-ABN-30D")


def window(live_answers: float, abandoned: float, *, cap: float = 0.03, minimum: int = 0) -> AbandonmentWindow:
    day = timedelta(days=1)
    return AbandonmentWindow(RULE, cap, NOON - day, NOON + 29 * day, minimum, live_answers, abandoned)


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        (Budget(()), "no legal window of abandoned calls is known"),
        (Budget((window(0, 0),)), ""),
        (Budget((window(100, 3),)), ""),
        (Budget((window(100, 3.5),)), "3.5 of 100 live answers abandoned in successive 30 days, 3% allowed"),
        (Budget((window(100, 4),), (133.4,)), ""),  # a quarter of what is to come is borrowed
        (Budget((window(100, 4),), (133.3,)), "4 of 100 live answers abandoned in successive 30 days, 3% allowed"),
        (Budget((window(100, 4),), (-1e9,)), "4 of 100 live answers abandoned in successive 30 days, 3% allowed"),
        (Budget((window(100, 0, cap=0.0),)), "no call may be abandoned"),
        (Budget((window(100, 9, minimum=101),)), ""),
        (
            Budget((window(1_000, 0), window(100, 4))),
            "4 of 100 live answers abandoned in successive 30 days, 3% allowed",
        ),
        (Budget((window(100, float("nan")),)), "nan of 100 live answers abandoned in successive 30 days, 3% allowed"),
    ],
)
def test_a_window_bears_its_cap_of_what_was_answered_and_surely_will_be(budget: Budget, spent: str) -> None:
    assert budget.spent == spent


def test_answers_to_come_are_told_of_each_window_or_of_none() -> None:
    with pytest.raises(ValueError, match="of each window, or of none"):
        Budget((window(1, 0), window(1, 0)), (3.0,))


def test_a_call_ahead_of_agents_is_asked_again_in_a_minute_when_the_budget_is_spent() -> None:
    facts = replace(free("+12125550123"), agent_idle=False, listings=fresh(NOON))
    for budget, why in ((None, "abandoned calls can't be counted now"), (Budget((window(100, 4),)), "4 of 100")):
        verdict = judge(replace(facts, budget=budget), RULES, NOON)
        assert verdict.reason == "abandonment budget"
        assert f"no agent is idle, and {why}" in verdict.words
        assert verdict.earliest == NOON + timedelta(minutes=1)
    for lifted in ({"agent_idle": True}, {"agent_guaranteed": True}, {"budget": Budget((window(100, 3),))}):
        assert judge(replace(facts, **lifted), RULES, NOON).allowed
