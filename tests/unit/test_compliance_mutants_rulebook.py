"""Which rules hold where and when, and what a verdict says besides yes and no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from compliance.abandonment import AbandonmentRule, WindowKind
from compliance.checks import Failure, page_of
from compliance.facts import DialFacts, LastCalls
from compliance.figures import figure_of
from compliance.gate import Verdict, judge
from compliance.rulebook import DEFAULT, OWN_COUNTRY, Kind, Rule, Rules
from compliance.zones import NumberPlace
from tests.unit.dial_facts import free

DAY = 86_400
NOON = datetime(2026, 7, 15, 16, tzinfo=UTC)  # a Wednesday, noon in New York
TODAY = int(NOON.timestamp() // DAY)
NEW_YORK = NumberPlace("US", ("America/New_York",), ("US-NY",))
LOOSE: dict[Kind, object] = {
    Kind.CONSENT: "opt-out",
    Kind.AGE: "none",
    Kind.REASSIGNED: "none",
    Kind.NATIONAL_LIST: "none",
    Kind.DO_NOT_CALL: "never",
    Kind.AFTER_REFUSAL: "none",
    Kind.AFTER_ABANDONED: "none",
    Kind.AFTER_MACHINE: "none",
    Kind.NUMBER_ATTEMPT_CAP: "none",
    Kind.CONTACT_ATTEMPT_CAP: "none",
    Kind.CALLING_HOURS: [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "24:00"}],
    Kind.HOLIDAYS: "none",
    Kind.CALLER_ID: "none",
    Kind.ABANDONMENT_BUDGET: "within",
    Kind.AGENT_GUARANTEED: "none",
}


def rule(name: str, kind: Kind, figure: object, **fields: Any) -> Rule:
    usual = {"id": name, "source": "test", "mark": "D", "version": 1, "valid_from": date(2020, 1, 1)}
    return Rule(**{**usual, **figure_of(kind, figure), **fields}, kind=kind)


def loose(**tighter: object) -> tuple[Rule, ...]:
    """One rule of each kind that nothing stands against, but for those named by kind."""
    figures = {**LOOSE, **{Kind[name]: figure for name, figure in tighter.items()}}
    return tuple(rule(f"DEF-{kind.name}", kind, figure) for kind, figure in figures.items())


def rules_of(*own: Rule, default: tuple[Rule, ...] = loose(), place: str = "US", **places: tuple[Rule, ...]) -> Rules:
    return Rules({DEFAULT: default, place: own, **{name.replace("_", "-"): held for name, held in places.items()}}, {})


def names(rules: Rules, kind: Kind, *, day: int = TODAY, place: NumberPlace = NEW_YORK, **more: Any) -> list[str]:
    book = rules.book(place, more.get("address"), more.get("purpose", "marketing"))
    return [one.id for one in book.in_force((day,))[kind]]


def verdict(rules: Rules, now: datetime = NOON, place: NumberPlace = NEW_YORK, **changes: Any) -> Verdict:
    return judge(facts(place, **changes), rules, now)


def facts(place: NumberPlace = NEW_YORK, **changes: Any) -> DialFacts:
    return replace(free(place), **changes)


def local(written: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


def hours(opens: str, closes: str, days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)) -> list[dict[str, Any]]:
    return [{"days": list(days), "from": opens, "to": closes}]


def test_where_nothing_stands_against_it_every_second_is_open_and_all_rules_are_named() -> None:
    rules = rules_of()
    for now in (NOON, local("2026-07-15 00:00:00"), local("2026-07-15 23:59:59"), local("2026-12-25 12:00:00")):
        told = verdict(rules, now)
        assert told == Verdict(True, tuple(f"DEF-{kind.name}@1" for kind in Kind), (), now)
        assert (told.first_failure, told.reason) == (None, "allowed")


def test_a_country_leaves_to_the_default_what_it_does_not_rule() -> None:
    rules = rules_of(rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00")))
    assert names(rules, Kind.CALLING_HOURS) == ["US-HRS"]
    assert names(rules, Kind.CONSENT) == ["DEF-CONSENT"]
    elsewhere = NumberPlace("GB", ("Europe/London",))
    assert names(rules, Kind.CALLING_HOURS, place=elsewhere) == ["DEF-CALLING_HOURS"]
    assert names(rules, Kind.CALLING_HOURS, address=elsewhere) == ["US-HRS", "DEF-CALLING_HOURS"]
    assert names(rules, Kind.CONSENT, address=elsewhere) == ["DEF-CONSENT"]


def test_parts_of_a_country_add_their_rules_and_an_unknown_part_its_own() -> None:
    part, unknown = (rule(name, Kind.CALLING_HOURS, hours("10:00", "12:00")) for name in ("US-NY-HRS", "US-U-HRS"))
    rules = rules_of(rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00")), US_NY=(part,), US_unknown=(unknown,))
    assert rules.jurisdictions_of("US", ("US-NY",)) == ("US", "US-NY")
    assert rules.jurisdictions_of("US") == ("US", "US-unknown")
    assert rules.jurisdictions_of("US", ("US-TX",)) == ("US",)
    assert rules.jurisdictions_of(None) == ()
    assert rules.jurisdictions_of(None, ("US-NY",)) == ()
    assert names(rules, Kind.CALLING_HOURS) == ["US-HRS", "US-NY-HRS"]
    assert names(rules, Kind.CALLING_HOURS, place=replace(NEW_YORK, areas=())) == ["US-HRS", "US-U-HRS"]
    texan = NumberPlace("US", ("America/Chicago",), ("US-TX",))
    assert names(rules, Kind.CALLING_HOURS, place=texan) == ["US-HRS"]
    assert names(rules, Kind.CALLING_HOURS, place=texan, address=NEW_YORK) == ["US-HRS", "US-NY-HRS"]
    assert names(rules, Kind.CALLING_HOURS, place=NEW_YORK, address=texan) == ["US-HRS", "US-NY-HRS"]


def test_a_rule_of_another_purpose_does_not_hold() -> None:
    only = rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00"), purposes=frozenset({"survey"}))
    rules = rules_of(only)
    assert names(rules, Kind.CALLING_HOURS, purpose="survey") == ["US-HRS"]
    assert names(rules, Kind.CALLING_HOURS, purpose="marketing") == ["DEF-CALLING_HOURS"]
    default = tuple(replace(one, purposes=frozenset({"survey"})) for one in loose())
    assert names(rules_of(default=default), Kind.CONSENT, purpose="marketing") == []


def test_a_rule_holds_from_its_first_day_to_its_last() -> None:
    first, last = date(2026, 7, 1), date(2026, 7, 31)
    rules = rules_of(rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00"), valid_from=first, valid_to=last))

    def held(day: date) -> list[str]:
        return names(rules, Kind.CALLING_HOURS, day=(day - date(1970, 1, 1)).days)

    one = timedelta(days=1)
    assert held(first) == held(last) == ["US-HRS"]
    assert held(first - one) == held(last + one) == ["DEF-CALLING_HOURS"]


def test_a_kind_is_missing_that_has_no_rule_on_one_of_the_days_that_a_call_touches() -> None:
    today = date(1970, 1, 1) + timedelta(days=TODAY)
    ends = tuple(replace(one, valid_to=today) if one.kind is Kind.HOLIDAYS else one for one in loose())
    book = rules_of(default=ends).book(NEW_YORK, None, "marketing")
    assert page_of(book, (TODAY,)).missing == ()
    for days in ((TODAY, TODAY + 1), (TODAY - 1, TODAY, TODAY + 1), (TODAY + 1,)):
        assert page_of(book, days).missing == (Kind.HOLIDAYS,)
    assert "DEF-HOLIDAYS@1" in page_of(book, (TODAY, TODAY + 1)).names


def test_rules_that_are_not_there_are_missed_by_name_in_the_order_of_checking() -> None:
    default = tuple(one for one in loose() if one.kind not in {Kind.HOLIDAYS, Kind.CONSENT})
    page = page_of(rules_of(default=default).book(NEW_YORK, None, "marketing"), (TODAY,))
    assert page.missing == (Kind.CONSENT, Kind.HOLIDAYS)
    assert len(page.names) == len(Kind) - 2
    told = verdict(rules_of(default=default), on_dnc=True)
    assert [(one.rule, one.kind) for one in told.failures] == [
        ("no rule", Kind.CONSENT),
        ("DEF-DO_NOT_CALL@1", Kind.DO_NOT_CALL),
        ("no rule", Kind.HOLIDAYS),
    ]
    assert told.failures[0].reason == "no rule for consent is in force"
    assert (told.allowed, told.earliest) == (False, None)


def test_hours_are_what_all_rules_leave_open() -> None:
    early, late = (
        rule(name, Kind.CALLING_HOURS, hours(opens, closes))
        for name, opens, closes in (("US-A", "09:00", "13:00"), ("US-B", "12:00", "18:00"))
    )
    rules = rules_of(early, late)
    for at, reason in (("11:59:59", "US-B@1"), ("13:00:00", "US-A@1"), ("12:59:33", "US-A@1")):
        told = verdict(rules, local(f"2026-07-15 {at}"))
        assert [one.rule for one in told.failures] == [reason]
    assert verdict(rules, local("2026-07-15 12:00:00")).allowed
    assert verdict(rules, local("2026-07-15 12:59:32")).allowed
    assert verdict(rules, local("2026-07-15 08:00:00")).earliest == local("2026-07-15 12:00:00")


@pytest.mark.parametrize(("day", "weekday"), [(f"2026-07-{13 + day}", day + 1) for day in range(7)])
def test_weekdays_are_those_of_the_calendar(day: str, weekday: int) -> None:
    rules = rules_of(rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00", (weekday,))))
    noon = local(f"{day} 12:00:00")
    assert verdict(rules, noon).allowed
    assert not verdict(rules, noon + timedelta(days=1)).allowed
    assert not verdict(rules, noon - timedelta(days=1)).allowed


def test_a_holiday_closes_the_whole_local_day_and_the_next_one_is_the_earliest() -> None:
    rules = rules_of(rule("US-HOL", Kind.HOLIDAYS, ["US"]))
    for at in ("2026-12-25 00:00:00", "2026-12-25 23:59:59"):
        told = verdict(rules, local(at))
        assert [one.rule for one in told.failures] == ["US-HOL@1"]
        assert told.earliest == local("2026-12-26 00:00:00")
    assert verdict(rules, local("2026-12-26 00:00:00")).allowed
    assert verdict(rules, local("2026-12-24 23:59:32")).allowed
    assert not verdict(rules, local("2026-12-24 23:59:33")).allowed


def test_the_calendar_of_a_country_of_its_own_is_that_of_all_its_parts() -> None:
    own = rule("DEF-HOL", Kind.HOLIDAYS, OWN_COUNTRY)
    default = (*(one for one in loose() if one.kind is not Kind.HOLIDAYS), own)
    rules = rules_of(default=default)
    book = rules.book(NEW_YORK, None, "marketing")
    assert book.calendars(own) == ("US+",)
    assert book.calendars(rule("X", Kind.HOLIDAYS, ["GB", "US-AL"])) == ("GB", "US-AL")
    both = rules.book(NEW_YORK, NumberPlace("GB", ("Europe/London",)), "marketing")
    assert both.calendars(own) == ("US+", "GB+")
    for region, words in ((None, "a number of no known country"), ("ZZ", "ZZ")):
        nowhere = rules.book(NumberPlace(region, ("UTC",)), None, "marketing")
        with pytest.raises(ValueError, match=f"no public holidays are known of {words}$"):
            nowhere.calendars(own)
        told = verdict(rules, place=NumberPlace(region, ("UTC",)))
        assert [one.kind for one in told.failures] == [Kind.HOLIDAYS]
        assert told.earliest is None


def test_without_a_rule_on_holidays_or_hours_no_day_is_open() -> None:
    for gone in (Kind.HOLIDAYS, Kind.CALLING_HOURS):
        rules = rules_of(default=tuple(one for one in loose() if one.kind is not gone))
        book = rules.book(NEW_YORK, None, "marketing")
        assert not book.hours.hold(("UTC",), NOON.timestamp(), 20)
        assert book.hours.next_open(("UTC",), NOON.timestamp(), 20) is None
        assert [one.kind for one in verdict(rules).failures] == [gone]


def test_hours_of_one_rule_hold_only_while_it_is_in_force() -> None:
    one = rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00"), valid_to=date(2026, 7, 15))
    book = rules_of(one).book(NEW_YORK, None, "marketing")
    held = book.hours_of(one)
    assert held.hold(("America/New_York",), NOON.timestamp(), 20)
    assert not held.hold(("America/New_York",), NOON.timestamp() + DAY, 20)


def test_a_rule_that_holds_on_the_callees_date_alone_blocks_under_its_name() -> None:
    ending = rule("US-HOL", Kind.HOLIDAYS, ["US"], valid_to=date(2026, 12, 25))
    rules = rules_of(ending)
    evening = local("2026-12-25 20:00:00")  # the 26th in UTC, when the rule is out of force
    told = verdict(rules, evening)
    assert told.failures == (Failure("US-HOL@1", Kind.HOLIDAYS, "a holiday: Christmas Day in US", False),)
    assert told.earliest == local("2026-12-26 00:00:00")


def test_the_earliest_time_is_when_the_last_of_all_is_over_and_it_is_open() -> None:
    rules = rules_of(
        rule("US-CAP", Kind.NUMBER_ATTEMPT_CAP, 1),
        rule("US-ABN", Kind.AFTER_ABANDONED, {"hours": 30}),
        rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "20:00")),
    )
    hour = timedelta(hours=1)
    told = verdict(rules, number_attempts=(NOON - hour,), last_calls=LastCalls(abandoned_at=NOON - 2 * hour))
    assert [one.rule for one in told.failures] == ["US-ABN@1", "US-CAP@1"]
    assert told.earliest == NOON + 28 * hour
    alone = verdict(rules, number_attempts=(NOON - hour,))
    assert alone.earliest == NOON + 23 * hour
    night = verdict(rules, now=local("2026-07-16 00:30:00"), number_attempts=(NOON - 2 * hour,))
    assert night.earliest == NOON + 22 * hour
    late = verdict(rules, now=local("2026-07-15 20:30:00"), number_attempts=(local("2026-07-14 22:00:00"),))
    assert late.earliest == local("2026-07-16 09:00:00")
    lasting = verdict(rules, number_attempts=(NOON - hour,), on_dnc=True)
    assert lasting.earliest is None
    never = verdict(rules_of(rule("US-HRS", Kind.CALLING_HOURS, hours("09:00", "09:01"))), ring_seconds=90)
    assert (never.allowed, never.earliest) == (False, None)


def test_a_verdict_in_words_names_each_reason_with_its_rule() -> None:
    told = verdict(rules_of(rule("US-CAP", Kind.NUMBER_ATTEMPT_CAP, 1)), number_attempts=(NOON,), on_dnc=True)
    assert told.words == (
        "blocked: on the do-not-call list (DEF-DO_NOT_CALL@1); 1 attempts on the number in 24 h, 1 allowed (US-CAP@1)"
    )
    assert (told.reason, told.first_failure) == ("do-not-call", told.failures[0])


def test_a_rule_that_breaks_blocks_under_its_name() -> None:
    told = verdict(rules_of(rule("US-CAP", Kind.NUMBER_ATTEMPT_CAP, 1)), number_attempts=("yesterday",))
    assert told.failures == (
        Failure("US-CAP@1", Kind.NUMBER_ATTEMPT_CAP, "number attempt cap could not be judged (TypeError)"),
    )
    assert told.failures[0].lasting


def test_abandonment_is_ruled_by_the_defaults_rules_in_force() -> None:
    usual: dict[str, Any] = {"source": "test", "mark": "D", "version": 1, "figure": "3%", "cap_ratio": 0.03}
    one = AbandonmentRule(**usual, id="A", window=WindowKind.DAY, valid_from=date(2026, 7, 15))
    other = AbandonmentRule(**usual, id="B", window=WindowKind.DAY, valid_from=date(2026, 7, 1))
    rules = Rules({DEFAULT: loose()}, {DEFAULT: (one,), "US": (other,)}, "digest")
    assert rules.abandonment_on(TODAY) == (one,)
    assert rules.abandonment_on(TODAY - 1) == ()
    assert Rules({DEFAULT: loose()}, {}).abandonment_on(TODAY) == ()
    assert rules.digest == "digest"
