"""Facts of a call that nothing stands against, to be made worse, and verdicts on them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from compliance.facts import Consent, DialFacts, LastCalls, Listing, Purpose
from compliance.gate import Verdict, judge
from compliance.rule_files import shipped_rules
from compliance.rulebook import Rules
from compliance.zones import NumberPlace, place_of

RULES = shipped_rules()
LISTS = sorted({rule.list_name for rules in RULES.jurisdictions.values() for rule in rules} - {""})


def fresh(now: datetime) -> dict[str, Listing]:
    """On no list, by copies of just now."""
    return {name: Listing(now, False) for name in LISTS}


def agreed(now: datetime) -> tuple[Consent, ...]:
    return (Consent(now, True, Purpose.MARKETING, "form 17"),)


def free(place: NumberPlace | str, **changes: Any) -> DialFacts:
    """Nothing stands against the call but, for want of copies, national lists; `judged` has them."""
    facts = DialFacts(
        place=place_of(place) if isinstance(place, str) else place,
        purpose=Purpose.MARKETING,
        ring_seconds=25,
        consents=(),
        listings={},
        born_on=(),
        on_dnc=False,
        number_attempts=(),
        contact_attempts=(),
        last_calls=LastCalls(),
        caller_id="+12025550100",
        agent_idle=True,
    )
    return replace(facts, **changes)


def judged(facts: DialFacts, now: datetime, rules: Rules = RULES) -> Verdict:
    """With fresh copies of every list that the facts do not tell of."""
    if facts.listings is None:
        return judge(facts, rules, now)
    return judge(replace(facts, listings=fresh(now) | dict(facts.listings)), rules, now)
