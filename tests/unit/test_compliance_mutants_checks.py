"""Checks whose edges lie between those of the other tests: caps, hours, holidays, and what a failure says of itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.checks import Failure, Moment, page_of
from compliance.facts import Consent, DialFacts, LastCalls, Listing
from compliance.figures import figure_of
from compliance.rulebook import Book, Kind, Rule
from compliance.zones import NumberPlace
from tests.unit.dial_facts import free

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)  # a Wednesday, noon in New York
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
FREE = free("+12125550123")
ALL_DAYS = [1, 2, 3, 4, 5, 6, 7]
LIST = {"list": "US-DNC", "max_age_days": 31}


def rule(kind: Kind, figure: object) -> Rule:
    fields: dict[str, Any] = {"id": "X-1", "source": "test", "mark": "D", "version": 3, "valid_from": NOW.date()}
    return Rule(**fields | {"valid_from": datetime(2020, 1, 1, tzinfo=UTC).date()} | figure_of(kind, figure), kind=kind)


def checked(
    kind: Kind,
    figure: object,
    facts: DialFacts = FREE,
    now: datetime = NOW,
    *,
    is_open: bool = False,
    region: str | None = "US",
) -> Failure | None:
    book = Book({region: (rule(kind, figure),)}, ())
    steps = page_of(book, (int(now.timestamp() // 86_400),)).steps
    failures = [check(one, facts, book, Moment(now, now.timestamp(), is_open)) for check, one in steps]
    return failures[0] if failures else None


def with_(**changes: Any) -> DialFacts:
    return replace(FREE, **changes)


def lasting_no(kind: Kind, reason: str) -> Failure:
    return Failure("X-1@3", kind, reason, True, None)


def test_a_failure_is_lasting_unless_it_says_otherwise() -> None:
    failure = Failure("X-1@3", Kind.CONSENT, "why")
    assert (failure.lasting, failure.not_before) == (True, None)


@pytest.mark.parametrize("kind", [Kind.NUMBER_ATTEMPT_CAP, Kind.CONTACT_ATTEMPT_CAP])
def test_a_cap_counts_attempts_younger_than_its_time(kind: Kind) -> None:
    own, other = "number_attempts", "contact_attempts"
    if kind is Kind.CONTACT_ATTEMPT_CAP:
        own, other = other, own
    whose = own.removesuffix("_attempts")

    def after(*ages: timedelta, figure: object = 3) -> Failure | None:
        past = tuple(sorted(NOW - age for age in ages))
        return checked(kind, figure, with_(**{own: past, other: ()}))

    assert after() is None
    assert after(HOUR, 2 * HOUR) is None
    assert after(HOUR, 2 * HOUR, DAY) is None
    assert after(HOUR, 2 * HOUR, DAY, DAY) is None
    reason = f"3 attempts on the {whose} in 24 h, 3 allowed"
    assert after(HOUR, 2 * HOUR, DAY - SECOND) == Failure("X-1@3", kind, reason, False, NOW + SECOND)
    assert after(HOUR, 2 * HOUR, 3 * HOUR, 2 * DAY) == Failure("X-1@3", kind, reason, False, NOW + 21 * HOUR)
    four = after(HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)
    assert four is not None
    assert (four.reason, four.not_before) == (reason.replace("3 attempts", "4 attempts"), NOW + 21 * HOUR)
    one = after(HOUR, figure=1)
    assert one is not None
    assert one.not_before == NOW + 23 * HOUR
    assert after(HOUR, HOUR, HOUR, HOUR, figure="none") is None
    unknown = with_(**{own: None, other: ()})
    assert checked(kind, 3, unknown) == lasting_no(kind, f"attempts on the {whose} are not known")
    assert checked(kind, "none", unknown) is None
    assert checked(kind, 3, with_(**{own: (), other: None})) is None


def test_a_cool_off_for_good_is_not_lifted_by_an_agent() -> None:
    last = LastCalls(refused_at=NOW - 9 * DAY)
    facts = replace(FREE, last_calls=last, agent_guaranteed=True)
    reason = "the contact refused on 2026-07-06; no call after that"
    assert checked(Kind.AFTER_REFUSAL, "no call after it", facts) == lasting_no(Kind.AFTER_REFUSAL, reason)
    assert checked(Kind.AFTER_REFUSAL, "no call after it", replace(FREE, last_calls=LastCalls())) is None


@pytest.mark.parametrize(
    ("kind", "name", "what"),
    [
        (Kind.AFTER_REFUSAL, "refused_at", "the contact refused"),
        (Kind.AFTER_ABANDONED, "abandoned_at", "a call was abandoned"),
        (Kind.AFTER_MACHINE, "machine_at", "a machine answered"),
    ],
)
def test_a_cool_off_is_over_in_the_very_second(kind: Kind, name: str, what: str) -> None:
    def after(age: timedelta, **changes: Any) -> Failure | None:
        return checked(kind, {"hours": 5}, replace(FREE, last_calls=LastCalls(**{name: NOW - age}), **changes))

    assert after(5 * HOUR) is None
    no = Failure("X-1@3", kind, f"{what}; 5 h must pass", False, NOW + SECOND)
    assert after(5 * HOUR - SECOND) == no
    assert after(5 * HOUR - SECOND, agent_guaranteed=True) == no
    unknown = replace(FREE, last_calls=None)
    assert checked(kind, {"hours": 5}, unknown) == lasting_no(kind, "not known how the last calls ended")
    assert checked(kind, "none", unknown) is None
    lifted = {"hours": 5, "unless": "agent guaranteed"}
    assert checked(kind, lifted, replace(unknown, agent_guaranteed=True)) is None


@pytest.mark.parametrize(("on_dnc", "words"), [(True, "on the do-not-call list"), (None, "not known whether it is on")])
def test_do_not_call_asks_for_a_plain_no(on_dnc: bool | None, words: str) -> None:
    failure = checked(Kind.DO_NOT_CALL, "never", replace(FREE, on_dnc=on_dnc))
    assert failure is not None
    assert failure.reason.startswith(words)
    assert checked(Kind.DO_NOT_CALL, "never", replace(FREE, on_dnc=False)) is None


@pytest.mark.parametrize(
    ("figure", "changes", "blocked"),
    [
        ({}, {"listings": {"US-DNC": Listing(NOW, True, NOW - SECOND)}}, True),
        ({"grace_days": 1}, {"listings": {"US-DNC": Listing(NOW, True, NOW)}}, False),
        ({"grace_days": 1}, {"listings": {"US-DNC": Listing(NOW, True, NOW - DAY)}}, True),
        ({"grace_days": 1}, {"listings": {"US-DNC": Listing(NOW, True)}}, True),
        ({}, {"consents": (Consent(NOW - DAY, True, "marketing", "form"),)}, True),
        ({"consent_lifts": True}, {"consents": (Consent(NOW - DAY, True, "marketing", "form"),)}, False),
        ({"consent_lifts": True}, {"consents": ()}, True),
        ({"consent_lifts": True}, {"consents": (Consent(NOW - DAY, True, "service", "form"),)}, True),
        ({}, {"purchased_at": NOW}, True),
        ({"purchase_days": 1}, {"purchased_at": NOW}, False),
        ({"purchase_days": 1}, {"purchased_at": NOW - DAY}, True),
        ({"purchase_days": 1}, {"inquired_at": NOW}, True),
        ({"inquiry_days": 1}, {"inquired_at": NOW}, False),
        ({"inquiry_days": 1}, {"inquired_at": NOW - DAY}, True),
        ({"inquiry_days": 1}, {"purchased_at": NOW}, True),
        ({"inquiry_days": 1}, {"inquired_at": NOW + SECOND}, True),
    ],
)
def test_each_exception_lifts_a_listing_alone_and_ends_on_its_day(
    figure: dict[str, Any], changes: dict[str, Any], blocked: bool
) -> None:
    facts = replace(FREE, **{"listings": {"US-DNC": Listing(NOW, True, NOW - 400 * DAY)}, **changes})
    failure = checked(Kind.NATIONAL_LIST, LIST | figure, facts)
    assert failure == (lasting_no(Kind.NATIONAL_LIST, "on the list US-DNC") if blocked else None)


@pytest.mark.parametrize(("age", "blocked"), [(timedelta(), False), (31 * DAY, False), (31 * DAY + SECOND, True)])
def test_a_copy_of_this_moment_is_young_enough(age: timedelta, blocked: bool) -> None:
    facts = replace(FREE, listings={"US-DNC": Listing(NOW - age, False)})
    assert (checked(Kind.NATIONAL_LIST, LIST, facts) is not None) == blocked
    assert checked(Kind.NATIONAL_LIST, LIST, replace(FREE, listings={"US-DNC": Listing(NOW + SECOND, False)}))


def hours(opens: str, closes: str, days: list[int] = ALL_DAYS) -> list[dict[str, Any]]:
    return [{"days": days, "from": opens, "to": closes}]


def test_hours_name_the_first_zone_in_which_they_are_closed() -> None:
    facts = replace(FREE, contact_zone="America/Los_Angeles")
    reason = "outside calling hours in America/Los_Angeles"
    assert checked(Kind.CALLING_HOURS, hours("10:00", "18:00"), facts) == Failure(
        "X-1@3", Kind.CALLING_HOURS, reason, False
    )
    assert checked(Kind.CALLING_HOURS, hours("13:00", "18:00"), facts) == Failure(
        "X-1@3", Kind.CALLING_HOURS, "outside calling hours in America/New_York", False
    )
    assert checked(Kind.CALLING_HOURS, hours("09:00", "18:00"), facts) is None
    assert checked(Kind.CALLING_HOURS, hours("13:00", "18:00"), facts, is_open=True) is None


def test_hours_must_last_for_the_whole_call() -> None:
    facts = replace(FREE, ring_seconds=25, wait_seconds=2)
    late = datetime(2026, 7, 15, 22, 0, tzinfo=UTC) - timedelta(seconds=27)  # 18:00 in New York is 22:00 UTC
    assert checked(Kind.CALLING_HOURS, hours("09:00", "18:00"), facts, late) is not None
    assert checked(Kind.CALLING_HOURS, hours("09:00", "18:00"), facts, late - SECOND) is None


def test_without_a_zone_neither_hours_nor_dates_are_known() -> None:
    nowhere = replace(FREE, place=NumberPlace("US", ()))
    reason = "no time zone is known for the number"
    assert checked(Kind.CALLING_HOURS, hours("00:00", "24:00"), nowhere) == lasting_no(Kind.CALLING_HOURS, reason)
    assert checked(Kind.HOLIDAYS, ["US"], nowhere) == lasting_no(Kind.HOLIDAYS, f"{reason}, so not its date")
    assert checked(Kind.HOLIDAYS, "none", nowhere) is None
    assert checked(Kind.CALLING_HOURS, hours("00:00", "24:00"), nowhere, is_open=True) is None
    assert checked(Kind.HOLIDAYS, ["US"], nowhere, is_open=True) is None


CHRISTMAS = datetime(2026, 12, 25, 5, tzinfo=UTC)
"""Midnight in New York."""


@pytest.mark.parametrize(
    ("now", "zone", "blocked"),
    [
        (CHRISTMAS, None, True),
        (CHRISTMAS - SECOND, None, True),  # it would ring on the holiday
        (CHRISTMAS - timedelta(seconds=28), None, False),
        (CHRISTMAS - timedelta(seconds=27), None, True),
        (CHRISTMAS + DAY - SECOND, None, True),
        (CHRISTMAS + DAY, None, False),
        (CHRISTMAS + DAY, "America/Los_Angeles", True),
        (CHRISTMAS - HOUR, "Europe/London", True),
        (CHRISTMAS - 6 * HOUR, "Europe/London", False),
    ],
)
def test_a_holiday_is_one_in_any_zone_that_the_call_may_ring_in(now: datetime, zone: str | None, blocked: bool) -> None:
    failure = checked(Kind.HOLIDAYS, ["US"], replace(FREE, contact_zone=zone), now)
    said = Failure("X-1@3", Kind.HOLIDAYS, "a holiday: Christmas Day in US", False)
    assert failure == (said if blocked else None)
    assert checked(Kind.HOLIDAYS, ["US"], replace(FREE, contact_zone=zone), now, is_open=True) is None
    assert checked(Kind.HOLIDAYS, "none", replace(FREE, contact_zone=zone), now) is None


def test_the_second_calendar_counts_as_the_first() -> None:
    boxing_day = datetime(2025, 12, 26, 17, tzinfo=UTC)
    assert checked(Kind.HOLIDAYS, ["US"], FREE, boxing_day) is None
    failure = checked(Kind.HOLIDAYS, ["US", "GB"], FREE, boxing_day)
    assert failure is not None
    assert "in GB" in failure.reason


def test_holidays_of_a_country_that_nobody_knows_block() -> None:
    facts = replace(FREE, place=NumberPlace("ZZ", ("UTC",)))
    failure = checked(Kind.HOLIDAYS, "own country", facts, region="ZZ")
    assert failure == lasting_no(Kind.HOLIDAYS, "no public holidays are known of ZZ")


def test_consent_is_looked_at_where_none_need_be_on_record_only_if_there_is_any() -> None:
    withdrawn = replace(FREE, consents=(Consent(NOW - DAY, False),))
    assert checked(Kind.CONSENT, "opt-out", withdrawn) == lasting_no(Kind.CONSENT, "consent was withdrawn")
    assert checked(Kind.CONSENT, "opt-out", replace(FREE, consents=())) is None
    other = replace(FREE, consents=(Consent(NOW - DAY, True, "service", "form"),))
    assert checked(Kind.CONSENT, "opt-out", other) is None
    reason = "no consent to calls for marketing is on record"
    assert checked(Kind.CONSENT, "opt-in", other) == lasting_no(Kind.CONSENT, reason)
    unknown = "not known whether consent was given or withdrawn"
    assert checked(Kind.CONSENT, "opt-out", replace(FREE, consents=None)) == lasting_no(Kind.CONSENT, unknown)


def test_of_several_withdrawals_the_last_one_counts() -> None:
    words = (
        Consent(NOW - 3 * DAY, False),
        Consent(NOW - 2 * DAY, True, "marketing", "form"),
        Consent(NOW - DAY, False),
    )
    for order in (words, words[::-1]):
        assert checked(Kind.CONSENT, "opt-in", replace(FREE, consents=order)) == lasting_no(
            Kind.CONSENT, "consent was withdrawn"
        )


def test_a_consent_expires_at_its_moment() -> None:
    def stands(expires: datetime | None, at: datetime = NOW - DAY) -> bool:
        facts = replace(FREE, consents=(Consent(at, True, "marketing", "form", expires),))
        return checked(Kind.CONSENT, "opt-in", facts) is None

    assert stands(None)
    assert stands(NOW + SECOND)
    assert not stands(NOW)
    assert stands(None, NOW)
    assert not stands(None, NOW + SECOND)


def test_a_caller_id_must_not_begin_with_what_is_denied_even_if_it_is_allowed() -> None:
    figure = {"allow": ["+33"], "deny": ["+336"]}
    denied = checked(Kind.CALLER_ID, figure, replace(FREE, caller_id="+33612345678"))
    assert denied == lasting_no(Kind.CALLER_ID, "+33612345678 may not be shown there")
    assert checked(Kind.CALLER_ID, figure, replace(FREE, caller_id="+33162000000")) is None
    assert checked(Kind.CALLER_ID, "none", replace(FREE, caller_id="")) is None


def test_a_caller_id_that_was_shown_too_often_blocks_until_one_is_free_and_not_for_good() -> None:
    free_at = NOW + 3 * HOUR
    waits = checked(Kind.CALLER_ID, "shown", replace(FREE, caller_id="", caller_id_free_at=free_at))
    reason = "every caller id for it was shown as often as it may be"
    assert waits == Failure("X-1@3", Kind.CALLER_ID, reason, False, free_at)
    assert checked(Kind.CALLER_ID, "shown", replace(FREE, caller_id_free_at=free_at)) is None
    unknown = checked(Kind.CALLER_ID, "shown", replace(FREE, caller_id=None, caller_id_free_at=None))
    assert unknown == lasting_no(Kind.CALLER_ID, "not known which number will be shown")
