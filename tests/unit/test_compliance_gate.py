from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.abandonment import AbandonmentWindow, Budget
from compliance.facts import Consent, DialFacts, LastCalls, Listing, Reassignment
from compliance.gate import judge
from compliance.hours import DAY
from compliance.rule_files import load_rules, shipped_texts
from compliance.rulebook import Kind
from compliance.zones import NOWHERE, NumberPlace, address_of, place_of
from tests.unit.dial_facts import LISTS, RULES, agreed, free, judged

NEW_YORK = place_of("+12125550123")
KATHMANDU = place_of("+97714123456")
"""Of a country without a rule file: the strict default's."""
NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)  # a Wednesday, noon in New York
FREE = free(NEW_YORK)
NEPALI = free(KATHMANDU, consents=agreed(NOON))

ZONES = ("America/New_York", "America/Los_Angeles", "Asia/Kathmandu", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
PLACES = st.builds(
    NumberPlace,
    st.sampled_from(["US", "GB", "FR", "DE", "JP", "NP", None]),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(tuple),
    st.sampled_from([(), ("US-FL",), ("US-TX",), ("US-AL", "US-RI"), ("US-NY",)]),
)
MOMENTS = st.integers(0, 189_000_000).map(lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=passed))
PAST = st.lists(MOMENTS, max_size=6).map(lambda found: tuple(sorted(found)))
MAYBE_ONCE = st.none() | MOMENTS
CONSENTS = st.builds(
    lambda at, given, purpose, proof, days: (
        Consent(at, True, purpose, proof, at + timedelta(days=days)) if given else Consent(at, False)
    ),
    MOMENTS,
    st.booleans(),
    st.sampled_from(["marketing", "service"]),
    st.sampled_from(["", "form 17"]),
    st.integers(1, 4_000),
)
OPEN_BUDGET = Budget(
    tuple(
        AbandonmentWindow(rule, rule.cap_ratio, NOON, NOON + timedelta(days=1), rule.minimum_answers, 5_000.0, 10.0)
        for rule in RULES.abandonment_on(int(NOON.timestamp() // DAY))
    )
)
FACTS = st.builds(
    DialFacts,
    place=PLACES | st.just(NOWHERE),
    purpose=st.sampled_from(["marketing", "marketing", "service", "raffle", ""]),
    ring_seconds=st.floats(15, 120),
    wait_seconds=st.floats(0, 2),
    consents=st.none() | st.lists(CONSENTS, max_size=3).map(tuple),
    listings=st.none()
    | st.dictionaries(st.sampled_from(LISTS), st.builds(Listing, MOMENTS, st.booleans(), MAYBE_ONCE), max_size=4),
    born_on=st.none() | st.lists(MOMENTS.map(datetime.date), max_size=2).map(tuple) | st.just((date(1980, 2, 29),)),
    on_dnc=st.sampled_from([False, False, False, True, None]),
    number_attempts=st.none() | PAST,
    contact_attempts=st.none() | PAST,
    last_calls=st.none() | st.builds(LastCalls, MAYBE_ONCE, MAYBE_ONCE, MAYBE_ONCE),
    caller_id=st.sampled_from([None, "", "+12025550100", "+33162000000", "+33612345678"]),
    automated=st.booleans(),
    prerecorded=st.booleans(),
    agent_guaranteed=st.booleans(),
    agent_idle=st.booleans(),
    budget=st.none() | st.just(Budget(())) | st.just(OPEN_BUDGET),
    other_sellers=st.frozensets(MOMENTS, max_size=3),
    other_subjects=st.frozensets(MOMENTS, max_size=3),
    reassignment=st.none()
    | st.builds(lambda at, since, changed: Reassignment(at, since.date(), changed), MOMENTS, MOMENTS, st.booleans()),
    purchased_at=MAYBE_ONCE,
    inquired_at=MAYBE_ONCE,
    contact_zone=st.none() | st.sampled_from(ZONES),
    address=st.none() | st.sampled_from([address_of("US-TX"), address_of("FR"), address_of("ZZ")]),
)
UNKNOWN: dict[str, Any] = {
    "place": NOWHERE,
    "consents": None,
    "listings": None,
    "born_on": None,
    "on_dnc": None,
    "number_attempts": None,
    "contact_attempts": None,
    "last_calls": None,
    "caller_id": None,
    "reassignment": None,
    "purchased_at": None,
    "inquired_at": None,
    "other_sellers": frozenset(),
    "other_subjects": frozenset(),
    "agent_idle": False,
    "budget": None,
    "purpose": "",
}
"""What each fact is when nobody knows it."""
NEED_NOT_BE_KNOWN = {
    *("purchased_at", "inquired_at", "last_calls", "reassignment"),
    *("other_sellers", "other_subjects", "budget"),
}
"""Facts that an idle agent's call to the United States does without."""


def at(written: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


def test_a_number_that_nothing_stands_against_may_be_called() -> None:
    verdict = judged(FREE, NOON)
    assert verdict.allowed
    told = " ".join(rule.removesuffix("@1") for rule in verdict.rules)
    assert told == (
        "US-CONS US-CONS-LIVE DEF-AGE US-RND US-DNC-1 DEF-DNC US-REF US-ABN-COOL US-AMD-COOL DEF-CAP-NUMBER"
        " DEF-CAP-CONTACT US-HRS US-HOL US-CLI DEF-BUDGET US-AGENT"
    )
    assert verdict.words == f"allowed by {', '.join(verdict.rules)}"
    assert verdict.first_failure is None
    assert verdict.reason == "allowed"
    assert verdict.earliest == NOON


@pytest.mark.parametrize(
    ("place", "local", "zone", "allowed"),
    [
        # United States: 8 to 21 on each day; the call of 25 s ringing and 2 s waiting must end before 21
        (NEW_YORK, "2026-07-15 07:59:59", "America/New_York", False),
        (NEW_YORK, "2026-07-15 08:00:00", "America/New_York", True),
        (NEW_YORK, "2026-07-15 20:59:32", "America/New_York", True),
        (NEW_YORK, "2026-07-15 20:59:33", "America/New_York", False),
        (NEW_YORK, "2026-07-19 12:00:00", "America/New_York", True),  # Sunday
        # on the mornings when the clocks change
        (NEW_YORK, "2026-03-08 07:59:59", "America/New_York", False),
        (NEW_YORK, "2026-03-08 08:00:00", "America/New_York", True),
        (NEW_YORK, "2026-11-01 07:59:59", "America/New_York", False),
        (NEW_YORK, "2026-11-01 08:00:00", "America/New_York", True),
        # the default: Monday to Friday, 10 to 13 and 14 to 18
        (KATHMANDU, "2026-07-15 09:59:59", "Asia/Kathmandu", False),
        (KATHMANDU, "2026-07-15 10:00:00", "Asia/Kathmandu", True),
        (KATHMANDU, "2026-07-15 12:59:32", "Asia/Kathmandu", True),
        (KATHMANDU, "2026-07-15 12:59:33", "Asia/Kathmandu", False),
        (KATHMANDU, "2026-07-15 13:59:59", "Asia/Kathmandu", False),
        (KATHMANDU, "2026-07-15 14:00:00", "Asia/Kathmandu", True),
        (KATHMANDU, "2026-07-15 17:59:32", "Asia/Kathmandu", True),
        (KATHMANDU, "2026-07-15 17:59:33", "Asia/Kathmandu", False),
        (KATHMANDU, "2026-07-17 15:00:00", "Asia/Kathmandu", True),
        (KATHMANDU, "2026-07-18 15:00:00", "Asia/Kathmandu", False),  # Saturday
        (KATHMANDU, "2026-07-19 15:00:00", "Asia/Kathmandu", False),  # Sunday
    ],
)
def test_calling_hours_hold_to_the_second(place: NumberPlace, local: str, zone: str, allowed: bool) -> None:
    moment = at(local, zone)
    verdict = judged(replace(FREE, place=place, consents=agreed(moment)), moment)
    assert verdict.allowed is allowed
    if not allowed:
        assert verdict.reason == "calling hours"
        assert verdict.first_failure is not None
        assert verdict.first_failure.reason.startswith("outside calling hours in ")


def test_it_must_be_calling_time_in_the_contacts_own_zone_too() -> None:
    nine = at("2026-07-15 09:00:00")
    assert judged(FREE, nine).allowed
    verdict = judged(replace(FREE, contact_zone="America/Los_Angeles"), nine)
    assert not verdict.allowed
    assert verdict.earliest == at("2026-07-15 08:00:00", "America/Los_Angeles")
    assert verdict.words == "blocked: outside calling hours in America/Los_Angeles (US-HRS@1)"


def test_a_toll_free_number_is_judged_in_all_its_zones_by_the_default() -> None:
    verdict = judged(replace(FREE, place=place_of("+18005550123")), NOON)
    assert not verdict.allowed
    assert "DEF-HRS@1" in verdict.rules


def test_weekends_are_leapt_over() -> None:
    friday_night = at("2026-07-17 18:00:00", "Asia/Kathmandu")
    verdict = judged(NEPALI, friday_night)
    assert verdict.earliest == at("2026-07-20 10:00:00", "Asia/Kathmandu")


@pytest.mark.parametrize(("on_dnc", "words"), [(True, "on the do-not-call list"), (None, "not known whether")])
def test_do_not_call_blocks_for_good(on_dnc: bool | None, words: str) -> None:
    verdict = judged(replace(FREE, on_dnc=on_dnc), NOON)
    assert not verdict.allowed
    assert verdict.reason == "do-not-call"
    assert words in verdict.words
    assert verdict.earliest is None


def tries(*hours_ago: float) -> tuple[datetime, ...]:
    return tuple(sorted(NOON - timedelta(hours=hours) for hours in hours_ago))


@pytest.mark.parametrize(("attempts", "allowed"), [(0, True), (2, True), (3, False), (4, False)])
def test_three_attempts_in_a_day_are_enough(attempts: int, allowed: bool) -> None:
    past = tries(*range(1, attempts + 1))
    assert judged(replace(FREE, number_attempts=past), NOON).allowed is allowed
    assert judged(replace(FREE, contact_attempts=past), NOON).allowed is allowed


@pytest.mark.parametrize(
    ("hours_ago", "free_after_hours"),
    [((1, 2, 3), 21), ((23.9, 2, 1), 0.1), ((24, 2, 1), 0), ((1, 2, 3, 4), 21), ((1, 2, 30, 40), 0)],
)
def test_a_number_is_free_again_when_enough_attempts_are_a_day_old(
    hours_ago: tuple[float, ...], free_after_hours: float
) -> None:
    verdict = judged(replace(FREE, number_attempts=tries(*hours_ago)), NOON)
    assert verdict.allowed == (free_after_hours == 0)
    assert verdict.earliest == NOON + timedelta(hours=free_after_hours)


def test_a_cap_names_its_figures() -> None:
    verdict = judged(replace(FREE, number_attempts=tries(1, 2, 3)), NOON)
    assert verdict.words == "blocked: 3 attempts on the number in 24 h, 3 allowed (DEF-CAP-NUMBER@1)"


def test_a_cap_that_ends_at_night_waits_for_calling_hours() -> None:
    night = at("2026-07-14 23:30:00")
    past = (night, night, night)
    verdict = judged(replace(FREE, contact_attempts=past), night + timedelta(hours=10))
    assert verdict.earliest == at("2026-07-16 08:00:00")


def test_all_that_stands_against_it_is_named_in_the_order_of_checking() -> None:
    known = {"place": NEW_YORK, "purpose": "marketing", "caller_id": "+33612345678"}
    facts = replace(FREE, **UNKNOWN | known, address=address_of("FR"), prerecorded=True)
    verdict = judge(facts, RULES, at("2026-07-14 03:00:00", "Europe/Paris"))  # a public holiday
    assert list(dict.fromkeys(failure.kind for failure in verdict.failures)) == list(Kind)
    assert verdict.first_failure is verdict.failures[0]
    assert verdict.reason == "consent"


def test_an_unknown_zone_blocks() -> None:
    verdict = judged(replace(FREE, place=NOWHERE, contact_zone="America/New_York"), NOON)
    assert not verdict.allowed
    assert "no time zone is known for the number" in verdict.words
    assert verdict.earliest is None


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(FREE, contact_zone="Mars/Olympus"), "calling hours"),
        (replace(FREE, contact_zone=""), "calling hours"),
        (replace(FREE, ring_seconds=float("nan")), "calling hours"),
        (replace(FREE, ring_seconds=-1), "calling hours"),
        (replace(FREE, number_attempts=(NOON.replace(tzinfo=None),) * 3), "number attempt cap"),
        (
            replace(
                FREE, consents=(Consent(NOON, True, "marketing", "form"), Consent(NOON.replace(tzinfo=None), False))
            ),
            "consent",
        ),
    ],
)
def test_a_rule_that_cannot_be_judged_blocks_under_its_name(facts: DialFacts, kind: str) -> None:
    verdict = judged(facts, NOON)
    assert not verdict.allowed
    assert verdict.reason == kind
    assert f"{kind} could not be judged" in verdict.words
    assert verdict.earliest is None


def test_without_a_rule_in_force_nothing_is_allowed() -> None:
    verdict = judged(FREE, datetime(1990, 7, 15, 16, tzinfo=UTC))
    assert not verdict.allowed
    assert "no rule for consent is in force" in verdict.words
    assert [failure.kind for failure in verdict.failures] == list(Kind)


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="UTC offset"):
        judged(FREE, NOON.replace(tzinfo=None))


def test_a_rule_for_some_purposes_leaves_the_others_to_the_default() -> None:
    texts = shipped_texts()
    texts["us.toml"] = texts["us.toml"].replace(
        'kind = "calling hours"', 'kind = "calling hours"\npurposes = ["marketing"]'
    )
    rules, evening = load_rules(texts), at("2026-07-15 20:00:00")
    assert judged(FREE, evening, rules).allowed
    service = judged(replace(FREE, purpose="service"), evening, rules)
    assert [failure.rule for failure in service.failures] == ["DEF-HRS@1"]


def test_the_rules_of_the_address_hold_beside_those_of_the_number() -> None:
    nine_at_night = at("2026-07-15 20:30:00")
    assert judged(FREE, nine_at_night).allowed
    floridian = replace(FREE, address=address_of("US-FL"))
    verdict = judged(floridian, nine_at_night)
    assert [failure.rule for failure in verdict.failures] == ["US-FL-CONS@1", "US-FL-HRS@1"]
    agreeing = replace(floridian, consents=agreed(NOON))
    # Florida's west is an hour behind, and its hours begin when they do there
    assert not judged(agreeing, at("2026-07-16 08:30:00")).allowed
    assert judged(agreeing, at("2026-07-16 09:00:00")).allowed


def test_an_address_in_a_country_without_rules_is_under_the_default_besides() -> None:
    facts = replace(FREE, address=address_of("NP"))
    verdict = judged(facts, NOON)
    assert {"DEF-CONS@1", "DEF-HRS@1", "US-HRS@1"} <= set(verdict.rules)
    assert not verdict.allowed


def test_an_address_whose_rules_are_loose_takes_nothing_from_the_numbers() -> None:
    indian = free("+911123456789", caller_id="+911401234567")
    noon = at("2026-07-15 12:00:00", "Asia/Kolkata")
    for address in (None, address_of("GB")):
        assert "DEF-CONS@1" in [one.rule for one in judged(replace(indian, address=address), noon).failures]


def test_a_number_may_ring_in_every_zone_of_its_area_code() -> None:
    panhandle = free("+18505550123", consents=agreed(NOON))
    assert set(panhandle.zones) == {"America/New_York", "America/Chicago"}
    assert not judged(panhandle, at("2026-07-16 08:30:00")).allowed
    assert judged(panhandle, at("2026-07-16 09:00:00")).allowed
    assert not judged(panhandle, at("2026-07-16 20:00:00")).allowed


def test_an_address_that_nobody_knows_blocks() -> None:
    facts = replace(FREE, address=address_of("ZZ"), consents=agreed(NOON))
    assert "no public holidays are known of ZZ" in judged(facts, at("2026-07-16 11:00:00")).words


def test_a_rule_starts_at_the_callees_midnight() -> None:
    texts = shipped_texts()
    texts["us.toml"] = texts["us.toml"].replace('"21:00"', '"24:00"').replace('"08:00"', '"00:00"')
    texts["us.toml"] = texts["us.toml"].replace("1995-12-31", "2026-07-16")
    texts["default.toml"] = texts["default.toml"].replace('"no call after it"', '"none"')
    rules = load_rules(texts)
    told = free(NEW_YORK, consents=agreed(at("2026-07-01 00:00:00")))
    verdict = judged(told, at("2026-07-15 19:00:00"), rules)
    assert verdict.earliest == at("2026-07-16 00:00:00")
    assert judged(told, at("2026-07-16 00:00:00"), rules).allowed
    assert not judged(told, at("2026-07-15 23:59:59"), rules).allowed
    assert judged(told, at("2026-07-16 23:59:45"), rules).allowed  # on over midnight into another open day


def test_a_rule_on_holidays_holds_to_the_end_of_its_last_day_where_the_callee_is() -> None:
    texts = shipped_texts()
    texts["us-wa.toml"] += (
        '[[rules]]\nid = "US-WA-HOL"\nkind = "holidays"\nfigure = ["US-WA"]\nsource = "test"\nmark = "D"\n'
        "valid_from = 2020-01-01\nvalid_to = 2026-11-26\n"
    )
    facts = replace(FREE, place=place_of("+12065550123"))
    evening = at("2026-11-26 18:00:00", "America/Los_Angeles")  # Thanksgiving Day; the next day in UTC
    verdict = judged(facts, evening, load_rules(texts))
    assert not verdict.allowed
    assert [failure.rule for failure in verdict.failures] == ["US-WA-HOL@1"]
    assert verdict.earliest == at("2026-11-27 08:00:00", "America/Los_Angeles")
    assert judged(facts, evening).allowed


def test_a_rule_that_begins_on_the_callees_date_holds_before_it_is_that_date_in_utc() -> None:
    texts = shipped_texts()
    texts["au.toml"] += (
        '[[rules]]\nid = "AU-NEW"\nkind = "caller id"\nfigure = { allow = ["+61"] }\nsource = "test"\nmark = "D"\n'
        "valid_from = 2026-07-16\n"
    )
    facts, rules = free("+61291234567", consents=agreed(datetime(2026, 7, 1, tzinfo=UTC))), load_rules(texts)
    last, first = at("2026-07-15 09:30:00", "Australia/Sydney"), at("2026-07-16 09:30:00", "Australia/Sydney")
    assert first.astimezone(UTC).day == 15
    assert judged(facts, last, rules).allowed
    assert [failure.rule for failure in judged(facts, first, rules).failures] == ["AU-NEW@1"]
    assert judged(replace(facts, caller_id="+61291230000"), first, rules).allowed


@given(FACTS, MOMENTS, st.data())
def test_taking_a_fact_away_never_turns_a_no_into_a_yes(facts: DialFacts, now: datetime, data: st.DataObject) -> None:
    assume(not judge(facts, RULES, now).allowed)
    taken = data.draw(st.sets(st.sampled_from(sorted(UNKNOWN)), min_size=1))
    assert not judge(replace(facts, **{name: UNKNOWN[name] for name in taken}), RULES, now).allowed


@given(FACTS, MOMENTS)
def test_not_knowing_the_part_or_the_country_never_turns_a_no_into_a_yes(facts: DialFacts, now: datetime) -> None:
    assume(not judge(facts, RULES, now).allowed)
    for less in (replace(facts.place, areas=()), replace(facts.place, region=None, areas=())):
        assert not judge(replace(facts, place=less), RULES, now).allowed


@given(FACTS, st.lists(CONSENTS, min_size=1, max_size=3), MOMENTS, st.data())
def test_a_word_of_consent_less_never_turns_a_no_into_a_yes(
    facts: DialFacts, words: list[Consent], now: datetime, data: st.DataObject
) -> None:
    known = replace(facts, consents=tuple(words))
    gone = data.draw(st.sampled_from(words))
    kept = tuple(one for one in words if one is not gone or not one.given)
    assert judge(known, RULES, now).allowed or not judge(replace(facts, consents=kept), RULES, now).allowed


@given(
    MOMENTS,
    st.sampled_from(sorted(UNKNOWN.keys() - NEED_NOT_BE_KNOWN)),
)
def test_a_missing_fact_alone_blocks(now: datetime, name: str) -> None:
    assert not judged(replace(FREE, **{name: UNKNOWN[name]}), now).allowed


def test_not_knowing_how_the_last_calls_ended_blocks_where_a_rule_asks() -> None:
    noon = at("2026-07-15 12:00:00", "Asia/Kathmandu")
    assert judged(NEPALI, noon + timedelta(days=7)).allowed
    assert not judged(replace(NEPALI, last_calls=None), noon + timedelta(days=7)).allowed


def test_not_knowing_whether_a_number_was_reassigned_blocks_a_recorded_message() -> None:
    asked = Reassignment(NOON, NOON.date(), False)
    facts = replace(FREE, consents=agreed(NOON), prerecorded=True, reassignment=asked)
    assert judged(facts, NOON).allowed
    verdict = judged(replace(facts, reassignment=None), NOON)
    assert [failure.rule for failure in verdict.failures] == ["US-RND@1"]
    assert verdict.reason == "reassigned number"
    assert verdict.earliest is None
    assert judged(replace(facts, reassignment=None, prerecorded=False), NOON).allowed


@given(FACTS, MOMENTS)
def test_a_verdict_is_in_one_line_and_names_its_rules(facts: DialFacts, now: datetime) -> None:
    verdict = judge(facts, RULES, now)
    assert verdict.words.isprintable()
    assert verdict.allowed == (not verdict.failures)
    assert all(failure.rule in {*verdict.rules, "no rule"} for failure in verdict.failures)
    kinds = [Kind(failure.kind) for failure in verdict.failures]
    assert kinds == sorted(kinds, key=list(Kind).index)


@given(PLACES, st.none() | st.sampled_from(ZONES), MOMENTS, st.floats(15, 120))
def test_at_the_earliest_time_it_is_allowed_and_a_second_before_it_is_not(
    place: NumberPlace, contact_zone: str | None, now: datetime, ring_seconds: float
) -> None:
    facts = free(
        place,
        contact_zone=contact_zone,
        ring_seconds=ring_seconds,
        consents=agreed(datetime(2023, 12, 31, tzinfo=UTC)),
        caller_id="+33162000000",
    )
    verdict = judged(facts, now)
    if verdict.earliest is None:
        assert not verdict.allowed
        return
    assert verdict.earliest >= now
    assert judged(facts, verdict.earliest).allowed
    if verdict.earliest > now:
        assert not judged(facts, verdict.earliest - timedelta(seconds=1)).allowed
        assert not judged(facts, verdict.earliest - timedelta(microseconds=1)).allowed


@given(
    MOMENTS,
    st.lists(st.floats(0, 86_400 * 2, exclude_min=True).map(lambda s: timedelta(seconds=s)), min_size=1, max_size=6),
)
def test_a_history_of_attempts_lets_the_next_one_through_at_the_earliest_time(
    now: datetime, ages: list[timedelta]
) -> None:
    past = tuple(sorted(now - age for age in ages))
    facts = replace(FREE, number_attempts=past, contact_attempts=past)
    verdict = judged(facts, now)
    assert verdict.earliest is not None
    assert judged(facts, verdict.earliest).allowed
    if now < verdict.earliest:
        assert not judged(facts, verdict.earliest - timedelta(microseconds=1)).allowed
