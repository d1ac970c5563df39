"""The rule files of the United States and their states, case by case as the law has it, and what all files have.

A state's hours are rows of a table of their own; test_compliance_jurisdictions.py says how cases are read.
"""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.abandonment import WindowKind
from compliance.rule_files import shipped_texts
from compliance.rulebook import DEFAULT
from compliance.zones import NumberPlace, place_of
from tests.unit.jurisdiction_cases import (
    CALLER_ID,
    CLOSED,
    CONSENT,
    CONTACT_CAP,
    DAY,
    DNC,
    HOLIDAY,
    HOUR,
    LISTED,
    NUMBER_CAP,
    REASSIGNED,
    REFUSED,
    RULES,
    SATURDAY,
    SECOND,
    SUNDAY,
    WEDNESDAY,
    AtCall,
    Case,
    Table,
    ago,
    all_cases,
    blocks,
    case,
    check,
    consented,
    copies,
    ended,
    unchanged,
    withdrawn,
)  # fmt: skip
from tests.unit.test_compliance_jurisdictions import COUNTRIES
from tests.unit.test_compliance_jurisdictions_europe import EUROPE

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
CLOCKS_ON, CLOCKS_BACK = "2026-03-08", "2026-11-01"  # Sundays on whose mornings they change
FREE: Mapping[str, Any] = {"listings": copies("US-DNC")}
WILLING: Mapping[str, Any] = {**FREE, "consents": consented()}


def back(age: timedelta) -> AtCall:
    return lambda now: now - age


def hours(day: str, spoken: str) -> tuple[Case, ...]:
    """A day's hours at their edges; "": closed all day."""
    if not spoken:
        return tuple(case(day, clock, CLOSED) for clock in ("09:00:00", "12:00:00", "17:00:00"))
    opens, closes = (datetime.fromisoformat(f"{day} {hour}:00:00") for hour in spoken.split("-"))
    edges = (opens - SECOND, opens, closes - timedelta(seconds=28), closes - timedelta(seconds=27))
    return tuple(
        case(day, f"{edge:%H:%M:%S}", want) for edge, want in zip(edges, (CLOSED, None, None, CLOSED), strict=True)
    )


def state(number: str, zone: str, week: tuple[str, str, str], *more: Case, usual: Mapping[str, Any] = FREE) -> Table:
    """`week`: hours of a Wednesday, a Saturday and a Sunday."""
    days = zip((WEDNESDAY, SATURDAY, SUNDAY), week, strict=True)
    return Table(number, zone, usual, (*(one for day, spoken in days for one in hours(day, spoken)), *more))


def off(*days: str) -> tuple[Case, ...]:
    return tuple(case(day, "12:00:00", HOLIDAY) for day in days)


CAPPED = (  # 3 in 24 h to one person, whatever number is used
    case(WEDNESDAY, "12:00:00", contact_attempts=ago(HOUR, 2 * HOUR)),
    case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(HOUR, 2 * HOUR, DAY - SECOND)),
    case(WEDNESDAY, "12:00:00", contact_attempts=ago(HOUR, 2 * HOUR, DAY)),
)
BY_SUBJECT = (
    case(
        WEDNESDAY,
        "12:00:00",
        contact_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR),
        number_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR),
        other_subjects=lambda now: frozenset(ago(2 * HOUR)(now)),
    ),
    case(
        WEDNESDAY,
        "12:00:00",
        NUMBER_CAP,  # one of another seller about the same subject counts
        contact_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR),
        number_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR),
        other_sellers=lambda now: frozenset(ago(2 * HOUR)(now)),
    ),
)
RECORDED: Mapping[str, Any] = {"prerecorded": True, "consents": consented()}
WRITTEN_CONSENT = (
    case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
    case(WEDNESDAY, "12:00:00", CONSENT, consents=consented(proof="")),
    case(WEDNESDAY, "12:00:00", consents=(), automated=False),
)
UNITED_STATES = {
    "US": state(  # New York, which has no file of its own
        "+12125550123",
        EASTERN,
        ("08-21", "08-21", "08-21"),
        case(CLOCKS_ON, "07:59:59", CLOSED),
        case(CLOCKS_ON, "08:00:00"),
        case(CLOCKS_BACK, "07:59:59", CLOSED),
        case(CLOCKS_BACK, "08:00:00"),
        case("2026-11-26", "12:00:00"),  # Thanksgiving Day: no federal rule
        case(WEDNESDAY, "10:59:59", CLOSED, contact_zone=PACIFIC),
        case(WEDNESDAY, "11:00:00", contact_zone=PACIFIC),
        case(WEDNESDAY, "12:00:00", LISTED, listings={}),
        case(WEDNESDAY, "12:00:00", LISTED, listings=copies("US-DNC", age=31 * DAY + SECOND)),
        case(WEDNESDAY, "12:00:00", listings=copies("US-DNC", age=31 * DAY)),
        case(WEDNESDAY, "12:00:00", LISTED, listings=copies("US-DNC", on="US-DNC")),
        case(WEDNESDAY, "12:00:00", listings=copies("US-DNC", on="US-DNC"), consents=consented()),
        case(WEDNESDAY, "12:00:00", listings=copies("US-DNC", on="US-DNC"), purchased_at=back(500 * DAY)),
        case(WEDNESDAY, "12:00:00", LISTED, listings=copies("US-DNC", on="US-DNC"), purchased_at=back(549 * DAY)),
        case(WEDNESDAY, "12:00:00", listings=copies("US-DNC", on="US-DNC"), inquired_at=back(80 * DAY)),
        case(WEDNESDAY, "12:00:00", LISTED, listings=copies("US-DNC", on="US-DNC"), inquired_at=back(92 * DAY)),
        case(WEDNESDAY, "12:00:00", DNC, on_dnc=True, purchased_at=back(DAY), consents=consented()),
        case(WEDNESDAY, "12:00:00", CONSENT, prerecorded=True),
        case(WEDNESDAY, "12:00:00", **RECORDED, reassignment=unchanged()),
        case(WEDNESDAY, "12:00:00", REASSIGNED, **RECORDED),
        case(WEDNESDAY, "12:00:00", REASSIGNED, **RECORDED, reassignment=unchanged(changed=True)),
        case(WEDNESDAY, "12:00:00", REASSIGNED, **RECORDED, reassignment=unchanged(31 * DAY + SECOND)),
        case(WEDNESDAY, "12:00:00", **RECORDED, reassignment=unchanged(31 * DAY)),
        case(WEDNESDAY, "12:00:00", REASSIGNED, **RECORDED, reassignment=unchanged(-SECOND)),
        case(WEDNESDAY, "12:00:00", REASSIGNED, **RECORDED, reassignment=unchanged(since=timedelta())),
        case(WEDNESDAY, "12:00:00", consents=consented(), reassignment=unchanged(changed=True)),  # a live agent's call
        case(WEDNESDAY, "12:00:00", CONSENT, consents=withdrawn),
        case(
            WEDNESDAY, "12:00:00", last_calls=ended(refused_at=DAY, abandoned_at=HOUR, machine_at=HOUR)
        ),  # no federal rule
        case(WEDNESDAY, "12:00:00", CALLER_ID, caller_id=""),
    ),
    "US-unknown": state(  # what suits every state of the list
        "+12125550123",
        EASTERN,
        ("10-18", "10-17", ""),
        *off("2026-07-24", "2026-11-26", "2026-12-25"),
        *WRITTEN_CONSENT,
        case(WEDNESDAY, "12:00:00", REFUSED, last_calls=ended(refused_at=365 * DAY - SECOND)),
        case(WEDNESDAY, "12:00:00", last_calls=ended(refused_at=365 * DAY)),
        case(WEDNESDAY, "12:00:00", NUMBER_CAP, number_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR)),
        case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR)),
        usual={**WILLING, "place": NumberPlace("US", (EASTERN,))},
    ),
    "US-AL": state("+12055550123", CENTRAL, ("08-20", "08-20", ""), *off("2026-04-27", "2026-11-26", "2026-12-25")),
    "US-CA": state(  # its own rule is on abandoned calls
        "+12135550123",
        PACIFIC,
        ("08-21", "08-21", "08-21"),
        case(CLOCKS_ON, "07:59:59", CLOSED),
        case(CLOCKS_ON, "08:00:00"),
        case("2026-11-26", "12:00:00"),
        case(WEDNESDAY, "12:00:00", CONSENT, prerecorded=True),
    ),
    "US-CT": state(
        "+12035550123",
        EASTERN,
        ("09-20", "09-20", "09-20"),
        *WRITTEN_CONSENT,
        case("2026-11-26", "12:00:00"),
        usual=WILLING,
    ),
    "US-FL": state(
        "+13055550123",
        EASTERN,
        ("08-20", "08-20", "08-20"),
        *CAPPED,
        *BY_SUBJECT,
        *WRITTEN_CONSENT,
        # a number of New York whose owner lives in Florida
        case(WEDNESDAY, "20:00:00", CLOSED, number="+12125550123", address=place_of("+13055550123")),
        case(WEDNESDAY, "12:00:00", CONSENT, number="+12125550123", address=place_of("+13055550123"), consents=()),
        usual=WILLING,
    ),
    "US-KY": state("+15025550123", EASTERN, ("10-21", "10-21", "10-21")),
    "US-LA": state("+15045550123", CENTRAL, ("08-20", "08-20", ""), *off("2026-02-17", "2026-11-26", "2026-12-25")),
    "US-MA": state("+16175550123", EASTERN, ("08-20", "08-20", "08-20")),
    "US-MD": state("+14105550123", EASTERN, ("08-20", "08-20", "08-20"), *CAPPED),
    "US-MI": state("+13135550123", EASTERN, ("09-21", "09-21", "09-21")),
    "US-MN": state("+16125550123", CENTRAL, ("09-21", "09-21", "09-21")),
    "US-MS": state("+16015550123", CENTRAL, ("08-20", "08-20", ""), *off("2026-07-03", "2026-11-26", "2026-12-25")),
    "US-NM": state("+15055550123", MOUNTAIN, ("09-21", "09-21", "09-21")),
    "US-NV": state("+17025550123", PACIFIC, ("09-20", "09-20", "09-20")),
    "US-OK": state("+14055550123", CENTRAL, ("08-20", "08-20", "08-20"), *CAPPED, *BY_SUBJECT),
    "US-PA": state("+12155550123", EASTERN, ("08-21", "08-21", "08-21"), *off("2026-09-07", "2026-12-25")),
    "US-RI": state("+14015550123", EASTERN, ("09-18", "10-17", ""), *off("2026-08-10", "2026-12-25")),
    "US-TX": state(
        "+12145550123",
        CENTRAL,
        ("09-21", "09-21", "12-21"),
        case(CLOCKS_ON, "11:59:59", CLOSED),
        case(CLOCKS_ON, "12:00:00"),
        case("2026-07-24", "12:00:00"),  # a holiday of Utah's
    ),
    "US-UT": state("+18015550123", MOUNTAIN, ("08-21", "08-21", "08-21"), *off("2026-07-24", "2026-12-25")),
    "US-WA": state(
        "+12065550123",
        PACIFIC,
        ("08-20", "08-20", "08-20"),
        case(WEDNESDAY, "12:00:00", REFUSED, last_calls=ended(refused_at=365 * DAY - SECOND)),
        case(WEDNESDAY, "12:00:00", last_calls=ended(refused_at=365 * DAY)),
    ),
}
WEEKS = {  # how many days of a week, from Monday, have calling hours; elsewhere all have
    **dict.fromkeys((DEFAULT, "FR", "ES", "JP"), 5),
    **dict.fromkeys(("AU", "DE", "IT", "US-AL", "US-LA", "US-MS", "US-RI", "US-unknown"), 6),
}
TABLES = {**COUNTRIES, **EUROPE, **UNITED_STATES}


@pytest.mark.parametrize(("table", "one"), all_cases(UNITED_STATES))
def test_an_american_state_is_called_as_its_law_has_it(table: Table, one: Case) -> None:
    check(table, one)


@pytest.mark.parametrize("name", [tomllib.loads(text)["jurisdiction"] for text in shipped_texts().values()])
def test_every_rule_file_has_ten_cases_on_numbers_of_its_own(name: str) -> None:
    table = TABLES[name]
    assert len(table.cases) >= 10
    place = table.usual.get("place", place_of(table.number))
    own = RULES.jurisdictions_of(place.region, place.areas) or (DEFAULT,)
    assert own[-1] == name
    assert {one.want is None for one in table.cases} == {True, False}


@pytest.mark.parametrize(("name", "table"), TABLES.items())
def test_a_week_has_the_laws_days(name: str, table: Table) -> None:
    days = {day: f"2026-07-{5 + day:02}" for day in range(1, 8)}
    for clock in ("12:30:00", "14:30:00"):
        open_days = [day for day, written in days.items() if CLOSED not in blocks(table, case(written, clock))]
        assert open_days == list(range(1, 1 + WEEKS.get(name, 7)))


@pytest.mark.parametrize(
    ("name", "cap_ratio", "window"),
    [
        ("US", 0.03, WindowKind.SUCCESSIVE_30_DAYS),
        ("US-CA", 0.03, None),
        ("GB", 0.03, WindowKind.DAY),
        ("CA", 0.05, WindowKind.MONTH),
        ("IT", 3 / 103, None),  # 3 to 100 that were connected
    ],
)
def test_abandoned_calls_have_the_laws_cap(name: str, cap_ratio: float, window: WindowKind | None) -> None:
    [rule] = RULES.abandonment[name]
    assert cap_ratio - 0.001 < rule.cap_ratio <= cap_ratio
    assert window in (None, rule.window)
