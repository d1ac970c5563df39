"""Consent, reassigned numbers, lists, cool-offs and caller ids, kind by kind, at their edges."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Any

import pytest

from compliance.checks import Failure, Moment, page_of
from compliance.facts import Consent, DialFacts, LastCalls, Listing, Purpose, Reassignment
from compliance.figures import figure_of
from compliance.gate import judge
from compliance.rulebook import AgentWhen, Book, Kind, Rule, Rules
from tests.unit.dial_facts import RULES, free, fresh

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
FREE = free("+12125550123")
SECOND, DAY, YEAR = timedelta(seconds=1), timedelta(days=1), timedelta(days=365)


def rule(kind: Kind, figure: object) -> Rule:
    fields: dict[str, Any] = {"id": "X-1", "source": "test", "mark": "D", "version": 3, "valid_from": NOW.date()}
    return Rule(**fields | figure_of(kind, figure), kind=kind)


def checked(kind: Kind, figure: object, facts: DialFacts, *, is_open: bool = True) -> Failure | None:
    book = Book({facts.place.region: (rule(kind, figure),)}, ())
    failures = [
        check(one, facts, book, Moment(NOW, NOW.timestamp(), is_open))
        for check, one in page_of(book, (int(NOW.timestamp() // 86_400),)).steps
    ]
    return failures[0] if failures else None


def given(
    before: timedelta, purpose: str = "marketing", proof: str = "form", lasts: timedelta | None = None
) -> Consent:
    at = NOW - before
    return Consent(at, True, purpose, proof, None if lasts is None else at + lasts)


def withdrawn(before: timedelta) -> Consent:
    return Consent(NOW - before, False)


@pytest.mark.parametrize(
    ("consents", "stands"),
    [
        ([given(DAY)], True),
        ([given(timedelta())], True),
        ([given(-SECOND)], False),
        ([given(DAY, "service")], False),
        ([given(DAY, proof="")], False),
        ([given(DAY, lasts=DAY)], False),
        ([given(DAY, lasts=DAY + SECOND)], True),
        ([given(DAY), withdrawn(SECOND)], False),
        ([given(DAY), withdrawn(DAY)], False),
        ([withdrawn(DAY), given(SECOND)], True),
        ([withdrawn(DAY), given(SECOND, "service")], False),
        ([withdrawn(-DAY)], False),
        ([given(2 * DAY), given(YEAR, lasts=DAY)], True),
        ([], False),
    ],
)
def test_consent_stands_when_given_for_it_with_proof_not_expired_and_not_withdrawn(
    consents: list[Consent], stands: bool
) -> None:
    for order in (consents, consents[::-1]):
        failure = checked(Kind.CONSENT, "opt-in", replace(FREE, consents=tuple(order)))
        assert (failure is None) == stands


@pytest.mark.parametrize(
    ("mode", "automated", "prerecorded", "wanted"),
    [
        ("opt-in", False, False, True),
        ("opt-in if automated", True, False, True),
        ("opt-in if automated", False, True, True),
        ("opt-in if automated", False, False, False),
        ("opt-in if prerecorded", True, False, False),
        ("opt-in if prerecorded", False, True, True),
        ("opt-out", True, True, False),
    ],
)
def test_when_consent_must_be_on_record(mode: str, automated: bool, prerecorded: bool, wanted: bool) -> None:
    facts = replace(FREE, automated=automated, prerecorded=prerecorded)
    assert (checked(Kind.CONSENT, mode, facts) is not None) == wanted
    assert checked(Kind.CONSENT, mode, replace(facts, consents=(given(DAY),))) is None
    for blocked in (replace(facts, consents=(withdrawn(DAY),)), replace(facts, consents=None)):
        failure = checked(Kind.CONSENT, mode, blocked)
        assert failure is not None
        assert failure.lasting


@pytest.mark.parametrize("purpose", ["", "Marketing", "raffle"])
def test_a_purpose_that_nobody_knows_blocks_by_name(purpose: str) -> None:
    facts = replace(FREE, purpose=purpose, consents=(Consent(NOW, True, purpose, "form"),))
    failure = checked(Kind.CONSENT, "opt-out", facts)
    assert failure is not None
    assert failure.reason == f"{purpose!r} is no purpose that is known: {', '.join(Purpose)}"


ASK: dict[str, object] = {"max_age_days": 31}
AGREED = date(2026, 7, 14)
"""The day of `given(DAY)`."""


def answer(age: timedelta = SECOND, since: date = AGREED, *, changed: bool = False) -> Reassignment:
    return Reassignment(NOW - age, since, changed)


@pytest.mark.parametrize(
    ("reassignment", "reason"),
    [
        (answer(), None),
        (answer(timedelta()), None),
        (answer(31 * DAY), None),
        (answer(since=date(2020, 1, 1)), None),
        (None, "the reassigned numbers database was not asked about it, or knew nothing"),
        (answer(-SECOND), "the reassigned numbers database was asked at a time to come"),
        (answer(31 * DAY + SECOND), "the reassigned numbers database was asked on 2026-06-14, 31 days are allowed"),
        (answer(changed=True), "given up by whom it belonged to, since 2026-07-14: it may be another's"),
        (
            answer(since=AGREED + DAY),
            "asked about reassignment since 2026-07-15, and no consent that stands is of then or later",
        ),
    ],
)
def test_a_number_must_not_have_been_given_up_since_consent(reassignment: Reassignment | None, reason: str) -> None:
    failure = checked(Kind.REASSIGNED, ASK, replace(FREE, consents=(given(DAY),), reassignment=reassignment))
    assert (failure and failure.reason) == reason
    assert failure is None or failure.lasting


@pytest.mark.parametrize(
    ("consents", "covered"),
    [
        (None, False),
        ((), False),
        ((given(timedelta(hours=40)),), True),  # in the first moment of the day that was asked about
        ((given(timedelta(hours=40, seconds=1)),), False),
        ((given(YEAR), given(DAY)), True),
        ((given(YEAR),), False),
        ((given(-SECOND),), False),
        ((given(DAY, "service"),), False),
        ((given(DAY, proof=""),), False),
        ((given(DAY, lasts=DAY),), False),
        ((given(DAY, lasts=DAY + SECOND),), True),
        ((given(DAY), withdrawn(SECOND)), False),
        ((given(DAY), withdrawn(DAY)), False),
        ((withdrawn(YEAR), given(DAY)), True),
    ],
)
def test_the_database_must_have_been_asked_since_a_consent_that_stands(
    consents: tuple[Consent, ...] | None, covered: bool
) -> None:
    failure = checked(Kind.REASSIGNED, ASK, replace(FREE, consents=consents, reassignment=answer()))
    assert (failure is None) == covered


@pytest.mark.parametrize(
    ("calls", "automated", "prerecorded", "asked"),
    [
        ({}, False, False, True),
        ({"if": "automated"}, True, False, True),
        ({"if": "automated"}, False, True, True),
        ({"if": "automated"}, False, False, False),
        ({"if": "prerecorded"}, True, False, False),
        ({"if": "prerecorded"}, False, True, True),
    ],
)
def test_of_which_calls_the_database_must_have_been_asked(
    calls: dict[str, str], automated: bool, prerecorded: bool, asked: bool
) -> None:
    facts = replace(FREE, automated=automated, prerecorded=prerecorded)
    assert (checked(Kind.REASSIGNED, {**ASK, **calls}, facts) is not None) == asked
    assert checked(Kind.REASSIGNED, "none", facts) is None


LIST = {
    "list": "US-DNC",
    "max_age_days": 31,
    "grace_days": 28,
    "consent_lifts": True,
    "purchase_days": 540,
    "inquiry_days": 90,
}


OLD = "our copy of US-DNC is of"


def copy(age: timedelta = DAY, *, listed: bool = True, since: timedelta | None = YEAR) -> Mapping[str, Listing]:
    return {"US-DNC": Listing(NOW - age, listed, None if since is None else NOW - since)}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"listings": copy(listed=False)}, None),
        ({"listings": copy(31 * DAY, listed=False)}, None),
        (
            {"listings": copy(31 * DAY + SECOND, listed=False)},
            "our copy of US-DNC is of 2026-06-14, 31 days are allowed",
        ),
        ({"listings": copy(-SECOND, listed=False)}, "our copy of US-DNC is of a time to come"),
        ({"listings": {}}, "there is no copy of the list US-DNC"),
        ({"listings": None}, "there is no copy of the list US-DNC"),
        ({"listings": copy()}, "on the list US-DNC"),
        ({"listings": copy(since=None)}, "on the list US-DNC"),
        ({"listings": copy(since=28 * DAY)}, "on the list US-DNC"),
        ({"listings": copy(since=28 * DAY - SECOND)}, None),
        ({"listings": copy(), "consents": (given(DAY),)}, None),
        ({"listings": copy(), "consents": (given(DAY), withdrawn(SECOND))}, "on the list US-DNC"),
        ({"listings": copy(), "consents": None}, "on the list US-DNC"),
        ({"listings": copy(), "purchased_at": NOW - 540 * DAY + SECOND}, None),
        ({"listings": copy(), "purchased_at": NOW - 540 * DAY}, "on the list US-DNC"),
        ({"listings": copy(), "purchased_at": NOW + SECOND}, "on the list US-DNC"),
        ({"listings": copy(), "inquired_at": NOW - 90 * DAY + SECOND}, None),
        ({"listings": copy(), "inquired_at": NOW - 90 * DAY}, "on the list US-DNC"),
    ],
)
def test_a_national_list_blocks_by_a_copy_that_is_young_enough(changes: dict[str, Any], reason: str | None) -> None:
    failure = checked(Kind.NATIONAL_LIST, LIST, replace(FREE, **changes))
    assert (failure and failure.reason) == reason


def test_without_exceptions_a_listed_number_is_blocked_whatever_else_is_known() -> None:
    facts = replace(FREE, listings=copy(since=DAY), consents=(given(DAY),), purchased_at=NOW, inquired_at=NOW)
    assert checked(Kind.NATIONAL_LIST, {"list": "US-DNC", "max_age_days": 31}, facts) is not None
    assert checked(Kind.NATIONAL_LIST, "none", replace(facts, listings=None)) is None


COOL_OFFS = {
    Kind.AFTER_REFUSAL: "refused_at",
    Kind.AFTER_ABANDONED: "abandoned_at",
    Kind.AFTER_MACHINE: "machine_at",
}


@pytest.mark.parametrize("kind", COOL_OFFS)
def test_a_cool_off_ends_to_the_second_and_says_when(kind: Kind) -> None:
    def after(hours: float, figure: object, **changes: Any) -> Failure | None:
        last = LastCalls(**{COOL_OFFS[kind]: NOW - timedelta(hours=hours)})
        return checked(kind, figure, replace(FREE, last_calls=last, **changes))

    assert after(72, {"hours": 72}) is None
    failure = after(71, {"hours": 72})
    assert failure is not None
    assert (failure.lasting, failure.not_before) == (False, NOW + timedelta(hours=1))
    assert "72 h must pass" in failure.reason
    assert after(71, {"hours": 72}, agent_guaranteed=True) is not None
    assert after(71, {"hours": 72, "unless": "agent guaranteed"}, agent_guaranteed=True) is None
    assert after(71, {"hours": 72, "unless": "agent guaranteed"}) is not None
    for_good = after(24 * 3_650, "no call after it")
    assert for_good is not None
    assert for_good.lasting
    assert after(0, "none") is None


@pytest.mark.parametrize("kind", COOL_OFFS)
def test_a_cool_off_asks_of_its_own_kind_of_call_alone(kind: Kind) -> None:
    others = LastCalls(**{name: NOW for other, name in COOL_OFFS.items() if other is not kind})
    assert checked(kind, {"hours": 72}, replace(FREE, last_calls=others)) is None
    unknown = checked(kind, {"hours": 72}, replace(FREE, last_calls=None))
    assert unknown is not None
    assert unknown.reason == "not known how the last calls ended"


def test_attempts_are_counted_over_the_time_of_each_cap() -> None:
    def after(*days_ago: float) -> Failure | None:
        past = tuple(sorted(NOW - timedelta(days=days) for days in days_ago))
        return checked(Kind.CONTACT_ATTEMPT_CAP, {"attempts": 4, "days": 30}, replace(FREE, contact_attempts=past))

    assert after(1, 2, 29.9) is None
    assert after(1, 2, 30, 30) is None
    failure = after(1, 2, 20, 29, 31)
    assert failure is not None
    assert failure.reason == "4 attempts on the contact in 30 days, 4 allowed"
    assert failure.not_before == NOW + DAY
    five = after(1, 2, 20, 28, 29)
    assert five is not None
    assert five.not_before == NOW + 2 * DAY


@pytest.mark.parametrize(
    ("figure", "caller_id", "reason"),
    [
        ("shown", "+12025550100", None),
        ("shown", "", "no caller id is set"),
        ("shown", None, "not known which number will be shown"),
        ("none", None, None),
        ({"deny": ["+336", "+337"]}, "+33612345678", "+33612345678 may not be shown there"),
        ({"deny": ["+336", "+337"]}, "+33162000000", None),
        ({"allow": ["+33162", "+33163"]}, "+33163000000", None),
        ({"allow": ["+33162", "+33163"]}, "+33164000000", "+33164000000 does not begin as a caller id must there"),
        ({"allow": ["+33162"]}, "", "no caller id is set"),
    ],
)
def test_which_number_may_be_shown(figure: object, caller_id: str | None, reason: str | None) -> None:
    failure = checked(Kind.CALLER_ID, figure, replace(FREE, caller_id=caller_id))
    assert (failure and failure.reason) == reason


@pytest.mark.parametrize(
    ("kind", "figure", "reason"),
    [
        (Kind.CONSENT, "maybe", "must be one of opt-in,"),
        (Kind.CONSENT, "none", "must be one of opt-in,"),
        (Kind.REASSIGNED, "always", 'must be "none" or { max_age_days }, and may have if'),
        (Kind.REASSIGNED, {"if": "automated"}, 'must be "none" or { max_age_days }, and may have if'),
        (Kind.REASSIGNED, ASK | {"if": "by hand"}, 'must be "none" or { max_age_days }, and may have if'),
        (Kind.REASSIGNED, {"max_age_days": 0}, "max_age_days must be a whole number from 1 to 366"),
        (Kind.NATIONAL_LIST, "US-DNC", "must be a table of list, max_age_days,"),
        (Kind.NATIONAL_LIST, LIST | {"list": "dnc"}, "list must be a country and a name in capitals"),
        (Kind.NATIONAL_LIST, LIST | {"max_age_days": 0}, "max_age_days must be a whole number from 1 to 366"),
        (Kind.NATIONAL_LIST, LIST | {"max_age_days": 31.0}, "max_age_days must be a whole number"),
        (Kind.NATIONAL_LIST, LIST | {"consent_lifts": 1}, "consent_lifts must be true or false"),
        (Kind.NATIONAL_LIST, LIST | {"grace": 1}, "and no more"),
        (Kind.AFTER_REFUSAL, 72, 'must be "none", "no call after it" or'),
        (Kind.AFTER_REFUSAL, {"hours": 1, "days": 1}, 'must be "none", "no call after it" or'),
        (Kind.AFTER_REFUSAL, {"unless": "agent guaranteed"}, 'must be "none", "no call after it" or'),
        (Kind.AFTER_REFUSAL, {"hours": 1, "unless": "asked"}, 'must be "none", "no call after it" or'),
        (Kind.AFTER_REFUSAL, {"hours": 0}, "hours must be a whole number from 1"),
        (Kind.CONTACT_ATTEMPT_CAP, 0, "attempts must be a whole number from 1 to 100"),
        (Kind.CONTACT_ATTEMPT_CAP, True, 'must be "none", a number of attempts'),
        (Kind.CONTACT_ATTEMPT_CAP, {"attempts": 3}, 'must be "none", a number of attempts'),
        (Kind.CONTACT_ATTEMPT_CAP, {"attempts": 3, "days": 32}, "attempts are known for 31 days, not longer"),
        (Kind.CALLER_ID, {}, "allow or deny must name prefixes"),
        (Kind.CALLER_ID, {"allow": ["0162"]}, "allow must be a list of prefixes with a plus"),
        (Kind.CALLER_ID, {"allow": "+33"}, "allow must be a list of prefixes with a plus"),
        (Kind.CALLER_ID, "hidden", 'must be "none", "shown", or'),
        (Kind.DO_NOT_CALL, "none", 'must be "never"'),
        (Kind.CALLING_HOURS, "none", "must be a list of"),
    ],
)
def test_a_figure_that_can_not_be_is_refused_with_what_to_write(kind: Kind, figure: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        figure_of(kind, figure)


def test_figures_are_told_in_words() -> None:
    assert rule(Kind.AFTER_ABANDONED, {"hours": 72, "unless": "agent guaranteed"}).figure == (
        "72 h, unless an agent is guaranteed"
    )
    assert rule(Kind.AFTER_REFUSAL, "no call after it").hours == inf
    assert rule(Kind.REASSIGNED, ASK | {"if": "prerecorded"}).figure == (
        "not given up since consent, by an answer of at most 31 days; if prerecorded"
    )
    assert rule(Kind.NATIONAL_LIST, LIST).figure == (
        "not on US-DNC, by a copy of at most 31 days; listed for 28 days or more; consent goes before it; customers up"
        " to 540 days after a purchase; who inquired up to 90 days ago"
    )
    assert rule(Kind.CALLER_ID, {"allow": ["+33162"], "deny": ["+336"]}).figure == (
        "shown, beginning with +33162, not with +336"
    )


@pytest.mark.parametrize(
    ("born", "today", "grown"),
    [
        ("2008-07-15", "2026-07-16 11:59:59", True),
        ("2008-07-15", "2026-07-15 11:59:59", False),  # on the last island it is the 14th
        ("2008-07-15", "2026-07-15 12:00:00", True),
        ("2008-02-29", "2026-03-01 11:59:59", False),
        ("2008-02-29", "2026-03-01 12:00:00", True),
        ("9999-12-31", "2026-03-01 12:00:00", False),
    ],
)
def test_who_is_not_grown_up_in_every_zone_is_not_called(born: str, today: str, grown: bool) -> None:
    at = datetime.fromisoformat(today).replace(tzinfo=UTC)
    verdict = judge(replace(free("+12125550123"), born_on=(date.fromisoformat(born),)), RULES, at)
    assert ("age" not in {failure.kind for failure in verdict.failures}) is grown


def test_a_call_that_needs_a_kept_agent_always_is_dialed_for_none_who_is_only_idle() -> None:
    always = replace(next(r for r in RULES.jurisdictions["US"] if r.id == "US-AGENT"), figure="always")
    always = replace(always, agent_when=AgentWhen.ALWAYS)
    rules = Rules({**RULES.jurisdictions, "US": (*RULES.jurisdictions["US"], always)}, RULES.abandonment)
    facts = replace(free("+12125550123"), listings=fresh(NOW), last_calls=None)
    told = {one.kind: one.reason for one in judge(facts, rules, NOW).failures}
    assert told["agent guaranteed"] == "each call only with an agent kept for the call"
    kept = judge(replace(facts, agent_guaranteed=True), rules, NOW)
    assert "agent guaranteed" not in {failure.kind for failure in kept.failures}
