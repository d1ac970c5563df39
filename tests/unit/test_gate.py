"""The gate's own noes and how long its yes holds; what the law says is in test_compliance_gate.py."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.facts import LastCalls, Listing
from compliance.proof import Head, link
from compliance.rule_files import load_rules, shipped_texts
from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.ids import CampaignId, ContactId, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.phone import PhoneNumber
from dialer.engine.gate import IDLE, KEPT, MAY_CHANGE, NOBODY, Admitted, Gate
from dialer.ports import Blocked
from tests.unit.dial_facts import RULES

NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)  # in New York
BRITISH = {name: Listing(NOON, False) for name in ("GB-TPS", "GB-CTPS")}
NIGHT = datetime(2026, 7, 15, 3, tzinfo=UTC)
PLAN = CampaignPlan("autumn", caller_id="+12025550100", max_attempts=3)
NUMBER = LeadNumber(NumberId(1), PhoneNumber("+12125550123"), (), {"US-DNC": Listing(NOON, False)})
AUTUMN = CampaignId(9)
LEAD = Lead(LeadId(8), AUTUMN, ContactId(7), (NUMBER,), 0.0, 0, (), (), consents=(), last_calls=LastCalls())


def blocked(lead: Lead, now: datetime = NOON) -> Blocked:
    found = Gate(RULES).admit(lead, PLAN, now, IDLE)
    assert isinstance(found, Blocked)
    return found


@pytest.mark.parametrize(
    ("lead", "reason", "rule"),
    [
        (replace(LEAD, attempts=3), "attempt limit", "campaign"),
        (replace(LEAD, attempts=3, numbers=()), "attempt limit", "campaign"),
        (replace(LEAD, numbers=()), "no number", "lead"),
        (replace(LEAD, numbers=(), on_dnc=True), "do-not-call", "lead"),
    ],
)
def test_a_no_that_is_not_the_laws_is_a_verdict_with_its_record_too(lead: Lead, reason: str, rule: str) -> None:
    no = blocked(lead)
    assert (no.reason, no.until, reason in MAY_CHANGE) == (reason, None, reason != "no number")
    assert no.judged is not None
    told = json.loads(link(Head(), no.judged).record)
    assert (told["allowed"], told["failures"][0]["kind"], told["failures"][0]["rule"]) == (False, reason, rule)
    assert (told["rule_files"], told["contact"], told["lead"], told["campaign"]) == (RULES.digest, 7, 8, 9)
    assert told["rules"] == list(no.judged.verdict.rules) != []
    assert told["verdict"].startswith("blocked: ")


def test_the_laws_own_noes_stand_behind_the_campaigns_and_no_time_helps() -> None:
    no = blocked(replace(LEAD, attempts=4), NIGHT)
    assert no.judged is not None
    assert [one.kind for one in no.judged.verdict.failures] == ["attempt limit", "national list", "calling hours"]
    assert (no.until, no.judged.verdict.earliest) == (None, None)
    assert no.judged.verdict.failures[0].reason == "4 attempts on the lead, 3 allowed by the campaign"


def test_without_a_number_the_law_is_asked_of_what_is_not_known_and_says_no_itself() -> None:
    no = blocked(replace(LEAD, numbers=()))
    assert no.judged is not None
    assert (no.judged.facts.place.region, no.judged.facts.number_attempts, no.judged.facts.listings) == (
        None,
        None,
        None,
    )
    assert {"number attempt cap", "calling hours"} <= {one.kind for one in no.judged.verdict.failures[1:]}


def test_a_verdict_carries_the_digest_of_the_rules_that_it_was_given_by() -> None:
    texts = shipped_texts()
    gate, other = Gate(RULES), load_rules(texts | {"us.toml": texts["us.toml"] + "# seen anew\n"})
    first = gate.admit(LEAD, PLAN, NOON, IDLE)
    gate.rules = other
    second = gate.admit(LEAD, PLAN, NOON, IDLE)
    assert isinstance(first, Admitted)
    assert isinstance(second, Admitted)
    assert (first.judged.rule_files, second.judged.rule_files) == (RULES.digest, other.digest)
    assert first.judged.verdict == second.judged.verdict


def test_a_yes_holds_as_long_as_it_would_be_given_again_and_by_the_rules_that_gave_it() -> None:
    gate = Gate(RULES)
    admitted = gate.admit(LEAD, PLAN, NOON, IDLE)
    assert isinstance(admitted, Admitted)
    nine = NOON + timedelta(hours=9)
    assert gate.outdated(admitted.judged, nine - timedelta(seconds=40)) == ""
    assert gate.outdated(admitted.judged, nine - timedelta(seconds=20)) == "since the verdict: calling hours"
    assert gate.outdated(None, NOON) == "no verdict"
    texts = shipped_texts()
    gate.rules = load_rules(texts | {"us.toml": texts["us.toml"] + "# seen anew\n"})
    assert gate.outdated(admitted.judged, NOON) == "the rules have changed since the verdict"


NONE_ABROAD = """
jurisdiction = "NP"
title = "Nepal"
version = 1
[[rules]]
id = "NP-CLI"
kind = "caller id"
figure = "none"
source = "a test"
mark = "D"
valid_from = 2026-07-01
purposes = ["marketing"]
"""


def test_a_campaign_wants_a_caller_id_unless_a_rule_in_force_somewhere_lets_it_have_none() -> None:
    bare = Campaign(AUTUMN, replace(PLAN, caller_id=""))
    assert Gate(RULES).wants_caller_id(bare, NOON)
    assert not Gate(RULES).wants_caller_id(Campaign(AUTUMN, PLAN), NOON)
    abroad = Gate(load_rules(shipped_texts() | {"np.toml": NONE_ABROAD}))
    assert not abroad.wants_caller_id(bare, NOON)
    assert abroad.wants_caller_id(replace(bare, plan=replace(bare.plan, purpose="survey")), NOON)
    assert abroad.wants_caller_id(bare, NOON - timedelta(days=30))


def test_a_number_of_the_pool_that_is_its_own_or_any_campaigns_does_for_it() -> None:
    bare = Campaign(AUTUMN, replace(PLAN, caller_id=""))
    number = CallerId(PhoneNumber("+12125550177"), "US")
    for held, wants in (
        (number, False),
        (replace(number, campaign=AUTUMN), False),
        (replace(number, campaign=CampaignId(AUTUMN + 1)), True),
        (replace(number, resting=True), True),
    ):
        gate = Gate(RULES)
        gate.caller_ids.fill([CallerIdUse(held)])
        assert gate.wants_caller_id(bare, NOON) is wants


def test_a_number_of_the_pool_counts_as_shown_on_a_yes_alone() -> None:
    gate = Gate(RULES)
    gate.caller_ids.fill([CallerIdUse(CallerId(PhoneNumber("+12125550177"), daily_limit=1))])
    for _ in range(3):
        assert isinstance(gate.admit(LEAD, PLAN, NIGHT, IDLE), Blocked)
    admitted = gate.admit(LEAD, PLAN, NOON, IDLE)
    assert isinstance(admitted, Admitted)
    assert admitted.caller_id == "+12125550177"
    full = gate.admit(LEAD, PLAN, NOON, IDLE)
    assert isinstance(full, Blocked)
    assert (full.reason, full.until) == ("caller id", NOON + timedelta(hours=24))


def test_a_call_ahead_of_agents_needs_a_budget_and_nobody_is_taken_for_an_agent() -> None:
    verdict = Gate(RULES).admit(LEAD, PLAN, NOON)
    assert isinstance(verdict, Blocked)
    assert verdict.reason == "abandonment budget"
    assert not verdict.with_agent  # it is nothing of the lead's: any agent who gets idle will do
    assert isinstance(Gate(RULES).admit(LEAD, PLAN, NOON, KEPT), Admitted)


def test_a_lead_that_only_a_kept_agent_may_call_says_so() -> None:
    british = replace(LEAD, numbers=(replace(NUMBER, number=PhoneNumber("+442079460123"), listings=BRITISH),))
    hour_ago = NOON - timedelta(hours=1)
    abandoned = replace(british, last_calls=LastCalls(abandoned_at=hour_ago))
    gate = Gate(RULES)
    for taker in (NOBODY, IDLE):
        found = gate.admit(abandoned, PLAN, NOON, taker)
        assert isinstance(found, Blocked)
        assert found.reason == "cool-off after abandoned"
        assert found.with_agent is (taker is IDLE)
        assert found.until == NOON + timedelta(hours=71)
    assert isinstance(gate.admit(abandoned, PLAN, NOON, KEPT), Admitted)
    refused = replace(abandoned, last_calls=LastCalls(abandoned_at=hour_ago, refused_at=hour_ago))
    found = gate.admit(refused, PLAN, NOON, IDLE)
    assert isinstance(found, Blocked)
    assert not found.with_agent
