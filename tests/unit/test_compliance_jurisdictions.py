"""The rule files of countries outside of Europe, and the strict default, case by case as the law has it.

Each table names a number, and what is known of somebody who may be called there; a case changes some of it. Lines ring
25 s and an agent may be waited for 2 s: a call must begin more than 27 s before an evening ends.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from compliance.facts import Consent, DialFacts, LastCalls, Listing
from compliance.gate import judge
from compliance.rule_files import shipped_rules
from compliance.rulebook import DEFAULT, Kind
from compliance.zones import place_of

RULES = shipped_rules()
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3_600, 86_400))
WEDNESDAY, SATURDAY, SUNDAY = "2026-07-08", "2026-07-18", "2026-07-19"  # holidays nowhere on our list
CONSENT, LISTED, DNC = Kind.CONSENT, Kind.NATIONAL_LIST, Kind.DO_NOT_CALL
REFUSED, ABANDONED, MACHINE = Kind.AFTER_REFUSAL, Kind.AFTER_ABANDONED, Kind.AFTER_MACHINE
NUMBER_CAP, CONTACT_CAP = Kind.NUMBER_ATTEMPT_CAP, Kind.CONTACT_ATTEMPT_CAP
CLOSED, HOLIDAY, CALLER_ID = Kind.CALLING_HOURS, Kind.HOLIDAYS, Kind.CALLER_ID

AtCall = Callable[[datetime], Any]
"""A fact by the time of the call."""


class Case(NamedTuple):
    day: str
    clock: str
    """Local time in the table's zone."""
    want: Kind | None
    """What blocks, among others; None: nothing does."""
    changes: Mapping[str, Any]
    """To the facts, as values or as AtCall; `number` and `zone` stand for the table's own."""


class Table(NamedTuple):
    number: str
    zone: str
    usual: Mapping[str, Any]
    """Facts of somebody who may be called."""
    cases: tuple[Case, ...]


def case(day: str, clock: str, want: Kind | None = None, **changes: Any) -> Case:
    return Case(day, clock, want, changes)


def consented(ago: timedelta = DAY, purpose: str = "marketing", proof: str = "form 17", days: int = 700) -> AtCall:
    return lambda now: (Consent(now - ago, True, purpose, proof, now - ago + timedelta(days=days)),)


def withdrawn(now: datetime) -> tuple[Consent, ...]:
    return (*consented(2 * DAY)(now), Consent(now - DAY, given=False))


def copies(*names: str, age: timedelta = DAY, on: str = "", since: timedelta | None = None) -> AtCall:
    """Our copies of lists; the number is `on` one of them, for so long."""
    return lambda now: {name: Listing(now - age, name == on, None if since is None else now - since) for name in names}


def ago(*ages: timedelta) -> AtCall:
    return lambda now: tuple(sorted(now - age for age in ages))


def ended(**ages: timedelta) -> AtCall:
    """How calls ended before: `refused_at`, `abandoned_at` or `machine_at`, so long before this one."""
    return lambda now: LastCalls(**{name: now - age for name, age in ages.items()})


def facts_of(table: Table, one: Case) -> tuple[DialFacts, datetime]:
    facts = {
        "number": table.number,
        "zone": table.zone,
        "purpose": "marketing",
        "ring_seconds": 25,
        "consents": (),
        "listings": {},
        "on_dnc": False,
        "number_attempts": (),
        "contact_attempts": (),
        "last_calls": LastCalls(),
        "caller_id": "+442079460999",
        **table.usual,
        **one.changes,
    }
    zone = ZoneInfo(facts.pop("zone"))
    now = datetime.fromisoformat(f"{one.day} {one.clock}").replace(tzinfo=zone).astimezone(UTC)
    known = {name: value(now) if callable(value) else value for name, value in facts.items()}
    return DialFacts(**{"place": place_of(known.pop("number")), **known}), now


def blocks(table: Table, one: Case) -> list[Kind]:
    """The kinds of all rules that stand against a case's call."""
    facts, now = facts_of(table, one)
    verdict = judge(facts, RULES, now)
    assert verdict.allowed is not bool(verdict.failures)
    return [failure.kind for failure in verdict.failures]


def all_cases(tables: Mapping[str, Table]) -> list[Any]:
    """Every case of the tables, as parameters of a test."""
    return [
        pytest.param(table, one, id=f"{name} {place}: {one.day} {one.clock}")
        for name, table in tables.items()
        for place, one in enumerate(table.cases, 1)
    ]


def check(table: Table, one: Case) -> None:
    found = blocks(table, one)
    assert found == [] if one.want is None else one.want in found


COUNTRIES = {
    DEFAULT: Table(
        "+97714123456",
        "Asia/Kathmandu",
        {"consents": consented()},
        (
            case(WEDNESDAY, "09:59:59", CLOSED),
            case(WEDNESDAY, "10:00:00"),
            case(WEDNESDAY, "12:59:32"),
            case(WEDNESDAY, "12:59:33", CLOSED),
            case(WEDNESDAY, "13:59:59", CLOSED),
            case(WEDNESDAY, "14:00:00"),
            case(WEDNESDAY, "17:59:32"),
            case(WEDNESDAY, "17:59:33", CLOSED),
            case(SATURDAY, "11:00:00", CLOSED),
            case(SUNDAY, "11:00:00", CLOSED),
            case("2026-05-14", "11:00:00", HOLIDAY, number="+46812345678", zone="Europe/Stockholm"),  # Ascension Day
            case("2026-05-13", "11:00:00", number="+46812345678", zone="Europe/Stockholm"),
            case(WEDNESDAY, "11:00:00", HOLIDAY, number="+18005550123"),  # of no known country
            case(WEDNESDAY, "11:00:00", CONSENT, consents=()),
            case(WEDNESDAY, "11:00:00", CONSENT, consents=None),
            case(WEDNESDAY, "11:00:00", CONSENT, consents=consented(proof="")),
            case(WEDNESDAY, "11:00:00", CONSENT, consents=withdrawn),
            case(WEDNESDAY, "11:00:00", listings=None),
            case(WEDNESDAY, "11:00:00", DNC, on_dnc=True),
            case(WEDNESDAY, "11:00:00", DNC, on_dnc=None),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=3_600 * DAY)),
            case(WEDNESDAY, "11:00:00", ABANDONED, last_calls=ended(abandoned_at=5 * DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", last_calls=ended(abandoned_at=5 * DAY)),
            case(WEDNESDAY, "11:00:00", MACHINE, last_calls=ended(machine_at=DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", last_calls=ended(machine_at=DAY)),
            case(WEDNESDAY, "11:00:00", last_calls=ended(machine_at=DAY - SECOND), agent_guaranteed=True),
            case(WEDNESDAY, "11:00:00", NUMBER_CAP, number_attempts=ago(HOUR, 2 * HOUR, DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", number_attempts=ago(HOUR, 2 * HOUR, DAY)),
            case(WEDNESDAY, "11:00:00", CONTACT_CAP, contact_attempts=ago(HOUR, 2 * HOUR, DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", contact_attempts=ago(HOUR, 2 * HOUR, DAY)),
            case(WEDNESDAY, "11:00:00", CALLER_ID, caller_id=None),
        ),
    ),
    "CA": Table(
        "+14165550123",
        "America/Toronto",
        {"consents": consented(), "listings": copies("CA-NDNCL")},
        (
            case(WEDNESDAY, "08:59:59", CLOSED),
            case(WEDNESDAY, "09:00:00"),
            case(WEDNESDAY, "21:29:32"),
            case(WEDNESDAY, "21:29:33", CLOSED),
            case(SATURDAY, "09:59:59", CLOSED),
            case(SATURDAY, "10:00:00"),
            case(SATURDAY, "17:59:32"),
            case(SATURDAY, "17:59:33", CLOSED),
            case(SUNDAY, "17:59:32"),
            case(SUNDAY, "17:59:33", CLOSED),
            case("2026-03-08", "09:59:59", CLOSED),  # the morning on which the clocks change
            case("2026-03-08", "10:00:00"),
            case(WEDNESDAY, "11:59:59", CLOSED, contact_zone="America/Vancouver"),
            case(WEDNESDAY, "12:00:00", contact_zone="America/Vancouver"),
            case("2026-07-01", "12:00:00", HOLIDAY),  # Canada Day
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("CA-NDNCL", on="CA-NDNCL")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("CA-NDNCL", age=31 * DAY + SECOND)),
            case(WEDNESDAY, "12:00:00", listings=copies("CA-NDNCL", age=31 * DAY)),
            case(WEDNESDAY, "12:00:00", DNC, on_dnc=True),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
        ),
    ),
    "AU": Table(
        "+61212345678",
        "Australia/Sydney",
        {"consents": consented(), "listings": copies("AU-DNCR")},
        (
            case(WEDNESDAY, "08:59:59", CLOSED),
            case(WEDNESDAY, "09:00:00"),
            case(WEDNESDAY, "19:59:32"),
            case(WEDNESDAY, "19:59:33", CLOSED),
            case(SATURDAY, "08:59:59", CLOSED),
            case(SATURDAY, "09:00:00"),
            case(SATURDAY, "16:59:32"),
            case(SATURDAY, "16:59:33", CLOSED),
            case(SUNDAY, "12:00:00", CLOSED),
            case("2026-10-06", "08:59:59", CLOSED),  # the clocks have changed on Sunday, and Monday was a holiday
            case("2026-10-06", "09:00:00"),
            case(WEDNESDAY, "10:59:59", CLOSED, contact_zone="Australia/Perth"),
            case(WEDNESDAY, "11:00:00", contact_zone="Australia/Perth"),
            case("2026-01-26", "12:00:00", HOLIDAY),  # Australia Day
            case("2026-04-25", "12:00:00", HOLIDAY),  # Anzac Day, a Saturday
            case("2026-12-28", "12:00:00", HOLIDAY),  # in lieu of Boxing Day
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("AU-DNCR", on="AU-DNCR")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("AU-DNCR", age=30 * DAY + SECOND)),
            case(WEDNESDAY, "12:00:00", listings=copies("AU-DNCR", age=30 * DAY)),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
            case(WEDNESDAY, "12:00:00", CALLER_ID, caller_id=""),
        ),
    ),
    "IN": Table(
        "+919876543210",
        "Asia/Kolkata",
        {"consents": consented(), "listings": copies("IN-NCPR"), "caller_id": "+911401234567"},
        (
            case(WEDNESDAY, "09:59:59", CLOSED),
            case(WEDNESDAY, "10:00:00"),
            case(WEDNESDAY, "20:59:32"),
            case(WEDNESDAY, "20:59:33", CLOSED),
            case(SUNDAY, "12:00:00"),
            case("2026-01-26", "12:00:00", HOLIDAY),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("IN-NCPR", on="IN-NCPR")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("IN-NCPR", age=15 * DAY + SECOND)),  # as in Italy
            case(WEDNESDAY, "12:00:00", listings=copies("IN-NCPR", age=15 * DAY)),
            case(WEDNESDAY, "12:00:00", LISTED, listings={}),
            case(WEDNESDAY, "12:00:00", CALLER_ID, caller_id="+919876543210"),
            case(WEDNESDAY, "12:00:00", CALLER_ID, caller_id="+911600123456"),
            case(WEDNESDAY, "12:00:00", purpose="survey", consents=consented(purpose="survey")),
            case(WEDNESDAY, "12:00:00", CALLER_ID, purpose="service", consents=consented(purpose="service")),
            case(
                WEDNESDAY,
                "12:00:00",
                purpose="service",
                consents=consented(purpose="service"),
                caller_id="+911600123456",
            ),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
        ),
    ),
    "CN": Table(
        "+861012345678",
        "Asia/Shanghai",
        {"consents": consented()},
        (
            case(WEDNESDAY, "08:59:59", CLOSED),
            case(WEDNESDAY, "09:00:00"),
            case(WEDNESDAY, "20:59:32"),
            case(WEDNESDAY, "20:59:33", CLOSED),
            case(SUNDAY, "12:00:00"),
            case("2026-10-01", "12:00:00", HOLIDAY),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),  # silence is a refusal
            case(WEDNESDAY, "12:00:00", CONSENT, consents=withdrawn),
            case(WEDNESDAY, "12:00:00", REFUSED, last_calls=ended(refused_at=3_600 * DAY)),
            case(WEDNESDAY, "12:00:00", number_attempts=ago(HOUR, 2 * HOUR), contact_attempts=ago(HOUR, 2 * HOUR)),
            case(WEDNESDAY, "12:00:00", NUMBER_CAP, number_attempts=ago(HOUR, 2 * HOUR, DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(HOUR, 2 * HOUR, DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", NUMBER_CAP, number_attempts=ago(30 * MINUTE - SECOND)),
            case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(30 * MINUTE - SECOND)),
        ),
    ),
    "JP": Table(
        "+81312345678",
        "Asia/Tokyo",
        {"consents": consented()},
        (
            case(WEDNESDAY, "09:59:59", CLOSED),
            case(WEDNESDAY, "10:00:00"),
            case(WEDNESDAY, "12:59:33", CLOSED),
            case(WEDNESDAY, "17:59:32"),
            case(WEDNESDAY, "17:59:33", CLOSED),
            case(SATURDAY, "11:00:00", CLOSED),
            case("2026-07-20", "11:00:00", HOLIDAY),  # Marine Day
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=SECOND)),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=3_600 * DAY)),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=90 * DAY), agent_guaranteed=True),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=None),
            case(WEDNESDAY, "11:00:00", CONSENT, consents=()),
            case(WEDNESDAY, "11:00:00", NUMBER_CAP, number_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR)),
        ),
    ),
}


@pytest.mark.parametrize(("table", "one"), all_cases(COUNTRIES))
def test_a_country_is_called_as_its_law_has_it(table: Table, one: Case) -> None:
    check(table, one)
