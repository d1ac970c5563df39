from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.gate import DialFacts, judge
from compliance.rule_files import load_rules, shipped_rules, shipped_texts
from compliance.rulebook import Kind
from compliance.zones import NOWHERE, NumberPlace, place_of

RULES = shipped_rules()
NEW_YORK = place_of("+12025550123")
LONDON = place_of("+442079460123")
NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)  # a Wednesday, noon in New York
FREE = DialFacts(place=NEW_YORK, on_dnc=False, number_attempts=0, contact_attempts=0, ring_seconds=25)

ZONES = ("America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
PLACES = st.builds(
    NumberPlace,
    st.sampled_from(["US", "GB", None]),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(tuple),
    st.sampled_from([(), ("US-FL",), ("US-TX",), ("US-AL", "US-RI"), ("US-NY",)]),
)
MOMENTS = st.integers(0, 189_000_000).map(lambda passed: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=passed))
FACTS = st.builds(
    DialFacts,
    place=PLACES | st.just(NOWHERE),
    on_dnc=st.sampled_from([False, False, False, True, None]),
    number_attempts=st.none() | st.integers(0, 4),
    contact_attempts=st.none() | st.integers(0, 4),
    ring_seconds=st.floats(15, 120),
    wait_seconds=st.floats(0, 2),
    contact_zone=st.none() | st.sampled_from(ZONES),
)


def at(written: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


def test_a_number_that_nothing_stands_against_may_be_called() -> None:
    verdict = judge(FREE, RULES, NOON)
    assert verdict.allowed
    assert verdict.words == "allowed by DEF-DNC@1, DEF-CAP-NUMBER@1, DEF-CAP-CONTACT@1, US-HRS@1, US-HOL@1"
    assert verdict.rules == ("DEF-DNC@1", "DEF-CAP-NUMBER@1", "DEF-CAP-CONTACT@1", "US-HRS@1", "US-HOL@1")
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
        (LONDON, "2026-07-15 09:59:59", "Europe/London", False),
        (LONDON, "2026-07-15 10:00:00", "Europe/London", True),
        (LONDON, "2026-07-15 12:59:32", "Europe/London", True),
        (LONDON, "2026-07-15 12:59:33", "Europe/London", False),
        (LONDON, "2026-07-15 13:59:59", "Europe/London", False),
        (LONDON, "2026-07-15 14:00:00", "Europe/London", True),
        (LONDON, "2026-07-15 17:59:32", "Europe/London", True),
        (LONDON, "2026-07-15 17:59:33", "Europe/London", False),
        (LONDON, "2026-07-17 15:00:00", "Europe/London", True),
        (LONDON, "2026-07-18 15:00:00", "Europe/London", False),  # Saturday
        (LONDON, "2026-07-19 15:00:00", "Europe/London", False),  # Sunday
        (place_of("+97714123456"), "2026-07-15 10:00:00", "Asia/Kathmandu", True),
        (place_of("+97714123456"), "2026-07-15 09:59:59", "Asia/Kathmandu", False),
    ],
)
def test_calling_hours_hold_to_the_second(place: NumberPlace, local: str, zone: str, allowed: bool) -> None:
    verdict = judge(replace(FREE, place=place), RULES, at(local, zone))
    assert verdict.allowed is allowed
    if not allowed:
        assert verdict.reason == "calling hours"
        assert verdict.first_failure is not None
        assert verdict.first_failure.reason.startswith("outside calling hours in ")


def test_it_must_be_calling_time_in_the_contacts_own_zone_too() -> None:
    nine = at("2026-07-15 09:00:00")
    assert judge(FREE, RULES, nine).allowed
    verdict = judge(replace(FREE, contact_zone="America/Los_Angeles"), RULES, nine)
    assert not verdict.allowed
    assert verdict.earliest == at("2026-07-15 08:00:00", "America/Los_Angeles")
    assert verdict.words == "blocked: outside calling hours in America/Los_Angeles (US-HRS@1)"


def test_a_toll_free_number_is_judged_in_all_its_zones_by_the_default() -> None:
    verdict = judge(replace(FREE, place=place_of("+18005550123")), RULES, NOON)
    assert not verdict.allowed
    assert "DEF-HRS@1" in verdict.rules


def test_weekends_are_leapt_over() -> None:
    friday_night = at("2026-07-17 18:00:00", "Europe/London")
    verdict = judge(replace(FREE, place=LONDON), RULES, friday_night)
    assert verdict.earliest == at("2026-07-20 10:00:00", "Europe/London")


@pytest.mark.parametrize(("on_dnc", "words"), [(True, "on the do-not-call list"), (None, "not known whether")])
def test_do_not_call_blocks_for_good(on_dnc: bool | None, words: str) -> None:
    verdict = judge(replace(FREE, on_dnc=on_dnc), RULES, NOON)
    assert not verdict.allowed
    assert verdict.reason == "do-not-call"
    assert words in verdict.words
    assert verdict.earliest is None


@pytest.mark.parametrize(("attempts", "allowed"), [(0, True), (2, True), (3, False), (4, False)])
def test_three_attempts_in_a_day_are_enough(attempts: int, allowed: bool) -> None:
    assert judge(replace(FREE, number_attempts=attempts), RULES, NOON).allowed is allowed
    assert judge(replace(FREE, contact_attempts=attempts), RULES, NOON).allowed is allowed


def test_at_the_cap_the_number_is_free_again_24_hours_after_its_oldest_attempt() -> None:
    oldest = NOON - timedelta(hours=3)
    verdict = judge(replace(FREE, number_attempts=3, oldest_number_attempt=oldest), RULES, NOON)
    assert verdict.earliest == oldest + timedelta(hours=24)
    assert verdict.words == "blocked: 3 attempts on the number in 24 h, 3 allowed (DEF-CAP-NUMBER@1)"


@pytest.mark.parametrize(
    "facts",
    [
        replace(FREE, number_attempts=3),
        replace(FREE, number_attempts=4, oldest_number_attempt=NOON - timedelta(hours=3)),
        replace(FREE, contact_attempts=3, oldest_contact_attempt=NOON - timedelta(hours=25)),
    ],
    ids=["oldest not known", "over the cap", "oldest too old to count"],
)
def test_when_the_oldest_attempt_does_not_tell_a_day_must_pass(facts: DialFacts) -> None:
    assert judge(facts, RULES, NOON).earliest == NOON + timedelta(hours=24)


def test_a_cap_that_ends_at_night_waits_for_calling_hours() -> None:
    night = at("2026-07-14 20:30:00")
    verdict = judge(
        replace(FREE, contact_attempts=3, oldest_contact_attempt=night), RULES, night + timedelta(minutes=5)
    )
    assert verdict.earliest == at("2026-07-15 20:30:00")
    late = judge(replace(FREE, contact_attempts=3), RULES, at("2026-07-14 22:00:00"))
    assert late.earliest == at("2026-07-16 08:00:00")


def test_all_that_stands_against_it_is_named_in_the_order_of_checking() -> None:
    facts = replace(FREE, place=LONDON, on_dnc=True, number_attempts=5, contact_attempts=None)
    verdict = judge(facts, RULES, at("2026-12-25 03:00:00", "Europe/London"))
    assert [failure.kind for failure in verdict.failures] == list(Kind)
    assert verdict.first_failure is verdict.failures[0]
    assert verdict.reason == "do-not-call"


def test_an_unknown_zone_blocks() -> None:
    verdict = judge(replace(FREE, place=NOWHERE, contact_zone="America/New_York"), RULES, NOON)
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
        (replace(FREE, number_attempts=-1), "number attempt cap"),
        (replace(FREE, contact_attempts=3, oldest_contact_attempt=NOON.replace(tzinfo=None)), "contact attempt cap"),
    ],
)
def test_a_rule_that_cannot_be_judged_blocks_under_its_name(facts: DialFacts, kind: str) -> None:
    verdict = judge(facts, RULES, NOON)
    assert not verdict.allowed
    assert verdict.reason == kind
    assert f"{kind} could not be judged" in verdict.words
    assert verdict.earliest is None


def test_without_a_rule_in_force_nothing_is_allowed() -> None:
    verdict = judge(FREE, RULES, datetime(1990, 7, 15, 16, tzinfo=UTC))
    assert not verdict.allowed
    assert "no rule for do-not-call is in force" in verdict.words


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="UTC offset"):
        judge(FREE, RULES, NOON.replace(tzinfo=None))


def test_a_rule_starts_at_the_callees_midnight() -> None:
    texts = shipped_texts()
    texts["us.toml"] = texts["us.toml"].replace('"21:00"', '"24:00"').replace('"08:00"', '"00:00"')
    texts["us.toml"] = texts["us.toml"].replace("1995-12-31", "2026-07-16")
    rules = load_rules(texts)
    verdict = judge(FREE, rules, at("2026-07-15 19:00:00"))
    assert verdict.earliest == at("2026-07-16 00:00:00")
    assert judge(FREE, rules, at("2026-07-16 00:00:00")).allowed
    assert not judge(FREE, rules, at("2026-07-15 23:59:59")).allowed
    assert judge(FREE, rules, at("2026-07-16 23:59:45")).allowed  # on over midnight into another open day


def test_a_rule_on_holidays_holds_to_the_end_of_its_last_day_where_the_callee_is() -> None:
    texts = shipped_texts()
    texts["us-wa.toml"] += (
        '[[rules]]\nid = "US-WA-HOL"\nkind = "holidays"\nfigure = ["US-WA"]\nsource = "test"\nmark = "D"\n'
        "valid_from = 2020-01-01\nvalid_to = 2026-11-26\n"
    )
    facts = replace(FREE, place=place_of("+12065550123"))
    evening = at("2026-11-26 18:00:00", "America/Los_Angeles")  # Thanksgiving Day; the next day in UTC
    verdict = judge(facts, load_rules(texts), evening)
    assert not verdict.allowed
    assert "on the callee's date" in verdict.words
    assert verdict.earliest == at("2026-11-27 08:00:00", "America/Los_Angeles")
    assert judge(facts, RULES, evening).allowed


@given(FACTS, MOMENTS, st.data())
def test_taking_a_fact_away_never_turns_a_no_into_a_yes(facts: DialFacts, now: datetime, data: st.DataObject) -> None:
    assume(not judge(facts, RULES, now).allowed)
    names = [
        "place",
        "on_dnc",
        "number_attempts",
        "contact_attempts",
        "oldest_number_attempt",
        "oldest_contact_attempt",
    ]
    taken = data.draw(st.sets(st.sampled_from(names), min_size=1))
    unknown: dict[str, Any] = {name: NOWHERE if name == "place" else None for name in taken}
    assert not judge(replace(facts, **unknown), RULES, now).allowed


@given(FACTS, MOMENTS)
def test_not_knowing_the_part_or_the_country_never_turns_a_no_into_a_yes(facts: DialFacts, now: datetime) -> None:
    assume(not judge(facts, RULES, now).allowed)
    for less in (replace(facts.place, areas=()), replace(facts.place, region=None, areas=())):
        assert not judge(replace(facts, place=less), RULES, now).allowed


@given(FACTS, MOMENTS, st.sampled_from(["place", "on_dnc", "number_attempts", "contact_attempts"]))
def test_a_missing_fact_alone_blocks(facts: DialFacts, now: datetime, name: str) -> None:
    unknown: dict[str, Any] = {name: NOWHERE if name == "place" else None}
    assert not judge(replace(facts, **unknown), RULES, now).allowed


@given(FACTS, MOMENTS)
def test_a_verdict_is_in_one_line_and_names_its_rules(facts: DialFacts, now: datetime) -> None:
    verdict = judge(facts, RULES, now)
    assert verdict.words.isprintable()
    assert len(verdict.rules) >= len(Kind)
    assert verdict.allowed == (not verdict.failures)
    assert all(failure.rule in verdict.rules for failure in verdict.failures)


@given(PLACES, st.none() | st.sampled_from(ZONES), MOMENTS, st.floats(15, 120))
def test_at_the_earliest_time_it_is_allowed_and_a_second_before_it_is_not(
    place: NumberPlace, contact_zone: str | None, now: datetime, ring_seconds: float
) -> None:
    facts = replace(FREE, place=place, contact_zone=contact_zone, ring_seconds=ring_seconds)
    verdict = judge(facts, RULES, now)
    if verdict.earliest is None:
        assert not verdict.allowed
        return
    assert verdict.earliest >= now
    assert judge(facts, RULES, verdict.earliest).allowed
    if verdict.earliest > now:
        assert not judge(facts, RULES, verdict.earliest - timedelta(seconds=1)).allowed
        assert not judge(facts, RULES, verdict.earliest - timedelta(microseconds=1)).allowed


@given(
    MOMENTS,
    st.lists(st.floats(0, 86_400 * 2, exclude_min=True).map(lambda s: timedelta(seconds=s)), min_size=1, max_size=6),
)
def test_a_history_of_attempts_lets_the_next_one_through_at_the_earliest_time(
    now: datetime, ages: list[timedelta]
) -> None:
    history = sorted(now - age for age in ages)

    def facts_at(moment: datetime) -> DialFacts:
        counted = [at for at in history if moment - timedelta(hours=24) < at]
        return replace(
            FREE,
            number_attempts=len(counted),
            contact_attempts=len(counted),
            oldest_number_attempt=counted[0] if counted else None,
            oldest_contact_attempt=counted[0] if counted else None,
        )

    verdict = judge(facts_at(now), RULES, now)
    assert verdict.earliest is not None
    assert judge(facts_at(verdict.earliest), RULES, verdict.earliest).allowed
    counted = facts_at(now).number_attempts
    if now < verdict.earliest and (counted is None or counted <= 3):
        before = verdict.earliest - timedelta(microseconds=1)
        assert not judge(facts_at(before), RULES, before).allowed
