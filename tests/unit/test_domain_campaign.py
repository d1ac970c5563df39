from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.campaign import DEFAULT_RECYCLE, Campaign, CampaignPlan, next_due
from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId, ContactId, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.outcome import NOT_AN_ATTEMPT, Outcome
from dialer.domain.phone import PhoneNumber

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
NAN = float("nan")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "a\nb"),
        ("dial_level", 0.99),
        ("dial_level", 10.1),
        ("dial_level", NAN),
        ("ring_seconds", 14),
        ("ring_seconds", 121),
        ("agent_wait_seconds", 0.1),
        ("agent_wait_seconds", 2.01),
        ("agent_wait_seconds", NAN),
        ("abandon_cap", -0.001),
        ("abandon_cap", 0.0301),
        ("abandon_cap", NAN),
        ("wrap_up_seconds", -1),
        ("wrap_up_seconds", 3601),
        ("wrap_up_seconds", NAN),
        ("max_attempts", 0),
        ("max_attempts", 101),
        ("max_lines", 0),
        ("max_lines", 10_001),
        ("caller_id", "call me"),
        ("caller_id", "+"),
        ("caller_id", "++12025550123"),
        ("caller_id", "1202555012\u00b2"),
        ("caller_id", "1234567890123456"),
        ("caller_id", "12025550123\n"),
        ("message", "hello\r\nAction: Command"),
        ("message", "hello,loop"),
        ("message", "${SHELL(reboot)}"),
        ("information_message", "sorry|x"),
        ("opt_out_key", "99"),
        ("opt_out_key", "A"),
        ("opt_out_key", "9\n"),
        ("opt_out_key", "\u00b2"),
        ("recycle", {Outcome.BUSY: timedelta(seconds=-1)}),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        CampaignPlan(**{"name": "spring", field: value})
    assert caught.value.place == field
    assert caught.value.reason


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ring_seconds": 15},
        {"agent_wait_seconds": 2.0},
        {"abandon_cap": 0.0},
        {"abandon_cap": 0.03},
        {"opt_out_key": ""},
        {"opt_out_key": "*"},
        {"opt_out_key": "#"},
        {"caller_id": "+12025550123"},
        {"caller_id": "100"},
        {"message": "custom/hello-2&beep"},
        {"script": "Hello,\nthis is ..."},
        {"name": "Frühling 2026"},
    ],
)
def test_a_plan_at_its_limits_is_taken(fields: dict[str, Any]) -> None:
    CampaignPlan(**({"name": "spring"} | fields))


def test_a_plan_does_not_share_its_pauses_with_others() -> None:
    assert CampaignPlan("a").recycle is not CampaignPlan("b").recycle


def test_a_campaigns_queue_bears_its_id() -> None:
    assert Campaign(CampaignId(7), CampaignPlan("spring")).queue == "campaign-7"


@given(st.sampled_from(Outcome), st.integers(0, 10))
def test_a_lead_is_due_after_its_pause_until_its_attempts_are_used_up(outcome: Outcome, attempts: int) -> None:
    plan = CampaignPlan("spring", max_attempts=5)
    pause = DEFAULT_RECYCLE[outcome]
    used_up = attempts >= 5 and outcome not in NOT_AN_ATTEMPT
    expected = None if pause is None or used_up else NOW + pause
    assert next_due(plan, outcome, attempts, NOW) == expected


def test_an_outcome_without_a_pause_is_the_leads_last() -> None:
    plan = CampaignPlan("spring", recycle={Outcome.BUSY: timedelta(minutes=1), Outcome.REJECTED: None})
    assert next_due(plan, Outcome.BUSY, 1, NOW) == NOW + timedelta(minutes=1)
    assert next_due(plan, Outcome.REJECTED, 1, NOW) is None
    assert next_due(plan, Outcome.NO_ANSWER, 1, NOW) is None


def test_after_an_abandoned_call_three_days_pass() -> None:
    assert next_due(CampaignPlan("spring"), Outcome.ABANDONED, 1, NOW) == NOW + timedelta(hours=72)


@given(st.integers(0, 20), st.integers(0, 4))
def test_a_leads_numbers_take_turns(attempts: int, count: int) -> None:
    numbers = tuple(LeadNumber(NumberId(i), PhoneNumber(f"+1202555012{i}")) for i in range(count))
    lead = Lead(
        id=LeadId(1),
        campaign=CampaignId(1),
        contact=ContactId(1),
        numbers=numbers,
        score=0.0,
        attempts=attempts,
    )
    assert lead.number_to_dial() == (numbers[attempts % count] if count else None)
