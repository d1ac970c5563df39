"""The rule files of European countries, case by case as the law has it (test_compliance_jurisdictions.py)."""

import pytest

from tests.unit.jurisdiction_cases import (
    ABANDONED,
    AGENT,
    CALLER_ID,
    CLOSED,
    CONSENT,
    CONTACT_CAP,
    DAY,
    DNC,
    HOLIDAY,
    HOUR,
    LISTED,
    MACHINE,
    NUMBER_CAP,
    REFUSED,
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
    withdrawn,
)  # fmt: skip

CLOCKS_ON, CLOCKS_BACK = "2026-03-30", "2026-10-26"  # Mondays after the clocks have changed
WEEK = tuple(11 * HOUR * place for place in range(1, 15))  # 14 attempts, no 3 of them in a day


def old_copy(old: str, new: str) -> AtCall:
    """Copies of two lists, of which one is a second older than 28 days."""
    return lambda now: {**copies(old, age=28 * DAY + SECOND)(now), **copies(new)(now)}


EUROPE = {
    "GB": Table(
        "+442079460123",
        "Europe/London",
        {"listings": copies("GB-TPS", "GB-CTPS")},
        (
            case(WEDNESDAY, "07:59:59", CLOSED),
            case(WEDNESDAY, "08:00:00"),
            case(WEDNESDAY, "20:59:32"),
            case(WEDNESDAY, "20:59:33", CLOSED),
            case(SUNDAY, "12:00:00"),
            case("2026-03-29", "07:59:59", CLOSED),  # the morning on which the clocks change
            case("2026-03-29", "08:00:00"),
            case("2026-12-25", "12:00:00", HOLIDAY),
            case("2026-08-31", "12:00:00", HOLIDAY),  # England's alone
            case(WEDNESDAY, "12:00:00", LISTED, listings={}),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("GB-TPS")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("GB-TPS", "GB-CTPS", on="GB-TPS", since=28 * DAY)),
            case(WEDNESDAY, "12:00:00", listings=copies("GB-TPS", "GB-CTPS", on="GB-TPS", since=28 * DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("GB-TPS", "GB-CTPS", on="GB-TPS")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("GB-TPS", "GB-CTPS", on="GB-CTPS", since=28 * DAY)),
            case(WEDNESDAY, "12:00:00", listings=copies("GB-TPS", "GB-CTPS", on="GB-TPS"), consents=consented()),
            case(WEDNESDAY, "12:00:00", listings=copies("GB-TPS", "GB-CTPS", on="GB-CTPS", since=28 * DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", listings=copies("GB-TPS", "GB-CTPS", on="GB-CTPS"), consents=consented()),
            case(WEDNESDAY, "12:00:00", LISTED, listings=old_copy("GB-TPS", "GB-CTPS")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=old_copy("GB-CTPS", "GB-TPS")),
            case(WEDNESDAY, "12:00:00", listings=copies("GB-TPS", "GB-CTPS", age=28 * DAY)),
            case(WEDNESDAY, "12:00:00", DNC, on_dnc=True, consents=consented()),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=withdrawn),
            case(WEDNESDAY, "12:00:00", CONSENT, prerecorded=True),
            case(WEDNESDAY, "12:00:00", prerecorded=True, consents=consented()),
            case(WEDNESDAY, "12:00:00", ABANDONED, last_calls=ended(abandoned_at=72 * HOUR - SECOND)),
            case(WEDNESDAY, "12:00:00", last_calls=ended(abandoned_at=72 * HOUR)),
            case(WEDNESDAY, "12:00:00", last_calls=ended(abandoned_at=HOUR), agent_guaranteed=True),
            case(WEDNESDAY, "12:00:00", MACHINE, last_calls=ended(machine_at=DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", last_calls=ended(machine_at=DAY)),
            case(WEDNESDAY, "12:00:00", last_calls=ended(machine_at=HOUR), agent_guaranteed=True),
            case(WEDNESDAY, "12:00:00", CALLER_ID, caller_id=""),
        ),
    ),
    "DE": Table(
        "+493012345678",
        "Europe/Berlin",
        {"consents": consented()},
        (
            case(WEDNESDAY, "07:59:59", CLOSED),
            case(WEDNESDAY, "08:00:00"),
            case(WEDNESDAY, "19:59:32"),
            case(WEDNESDAY, "19:59:33", CLOSED),
            case(SATURDAY, "08:59:59", CLOSED),
            case(SATURDAY, "09:00:00"),
            case(SATURDAY, "17:59:32"),
            case(SATURDAY, "17:59:33", CLOSED),
            case(SUNDAY, "12:00:00", CLOSED),
            case(CLOCKS_ON, "07:59:59", CLOSED),
            case(CLOCKS_ON, "08:00:00"),
            case("2026-10-03", "12:00:00", HOLIDAY),  # the day of unity, a Saturday
            case("2026-06-04", "12:00:00", HOLIDAY),  # Corpus Christi, in six of the parts
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=consented(proof="")),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=consented(purpose="survey")),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=consented(ago=10 * DAY, days=10)),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=withdrawn),
            case(WEDNESDAY, "12:00:00", NUMBER_CAP, number_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR)),
            case(WEDNESDAY, "12:00:00", number_attempts=ago(HOUR, 2 * HOUR, DAY)),
            case(WEDNESDAY, "12:00:00", contact_attempts=ago(HOUR, 2 * HOUR, DAY)),
            case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(HOUR, 2 * HOUR, 3 * HOUR)),
            case(WEDNESDAY, "12:00:00", NUMBER_CAP, number_attempts=ago(*WEEK, 7 * DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", number_attempts=ago(*WEEK, 7 * DAY)),
            case(WEDNESDAY, "12:00:00", CONTACT_CAP, contact_attempts=ago(*WEEK, 7 * DAY - SECOND)),
            case(WEDNESDAY, "12:00:00", contact_attempts=ago(*WEEK, 7 * DAY)),
        ),
    ),
    "FR": Table(
        "+33123456789",
        "Europe/Paris",
        {"listings": copies("FR-BLOCTEL"), "caller_id": "+33162000123"},
        (
            case(WEDNESDAY, "09:59:59", CLOSED),
            case(WEDNESDAY, "10:00:00"),
            case(WEDNESDAY, "12:59:32"),
            case(WEDNESDAY, "12:59:33", CLOSED),
            case(WEDNESDAY, "13:59:59", CLOSED),
            case(WEDNESDAY, "14:00:00"),
            case(WEDNESDAY, "19:59:32"),
            case(WEDNESDAY, "19:59:33", CLOSED),
            case(SATURDAY, "11:00:00", CLOSED),
            case(SUNDAY, "11:00:00", CLOSED),
            case(CLOCKS_ON, "09:59:59", CLOSED),
            case(CLOCKS_ON, "10:00:00"),
            case("2026-07-14", "11:00:00", HOLIDAY),
            case("2026-04-03", "11:00:00", HOLIDAY),  # Good Friday, in Alsace and Moselle
            case(WEDNESDAY, "11:00:00", LISTED, listings=copies("FR-BLOCTEL", on="FR-BLOCTEL")),
            case(WEDNESDAY, "11:00:00", LISTED, listings=copies("FR-BLOCTEL", age=15 * DAY + SECOND)),  # as in Italy
            case(WEDNESDAY, "11:00:00", listings=copies("FR-BLOCTEL", age=15 * DAY)),
            case(WEDNESDAY, "11:00:00", LISTED, listings=copies("FR-BLOCTEL", on="FR-BLOCTEL"), consents=consented()),
            case(WEDNESDAY, "11:00:00", CONSENT, prerecorded=True),
            case(WEDNESDAY, "11:00:00", CONSENT, consents=withdrawn),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=60 * DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", last_calls=ended(refused_at=60 * DAY)),
            case(WEDNESDAY, "11:00:00", REFUSED, last_calls=ended(refused_at=30 * DAY), consents=consented()),
            case(WEDNESDAY, "11:00:00", number_attempts=ago(DAY, 9 * DAY, 20 * DAY)),
            case(WEDNESDAY, "11:00:00", NUMBER_CAP, number_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY - SECOND)),
            case(WEDNESDAY, "11:00:00", number_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY)),
            case(WEDNESDAY, "11:00:00", CONTACT_CAP, contact_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY - SECOND)),
            case(
                WEDNESDAY,
                "11:00:00",
                contact_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY - SECOND),
                other_sellers=lambda now: frozenset(ago(9 * DAY)(now)),
            ),
            case(
                WEDNESDAY,
                "11:00:00",
                CONTACT_CAP,  # four are left without the other seller's
                contact_attempts=ago(DAY, 2 * DAY, 9 * DAY, 20 * DAY, 30 * DAY - SECOND),
                other_sellers=lambda now: frozenset(ago(9 * DAY)(now)),
            ),
            case(
                WEDNESDAY,
                "11:00:00",
                CONTACT_CAP,  # another subject of the same trader is no excuse
                contact_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY - SECOND),
                other_subjects=lambda now: frozenset(ago(9 * DAY)(now)),
            ),
            case(WEDNESDAY, "11:00:00", contact_attempts=ago(DAY, 9 * DAY, 20 * DAY, 30 * DAY)),
            case(WEDNESDAY, "11:00:00", CALLER_ID, caller_id="+33612345678"),
            case(WEDNESDAY, "11:00:00", CALLER_ID, caller_id="+33712345678"),
            case(WEDNESDAY, "11:00:00", CALLER_ID, caller_id="+33140000123"),
            # the last day of the list, and the first one on which consent is needed
            case("2026-08-10", "19:59:32"),
            case("2026-08-10", "11:00:00", LISTED, listings={}),
            case("2026-08-11", "10:00:00", CONSENT),
            case("2026-08-11", "10:00:00", listings={}, consents=consented()),
            case("2026-08-11", "09:59:59", CLOSED, consents=consented()),
            case("2026-09-16", "20:30:00", CLOSED, consents=consented()),
            case("2026-09-16", "11:00:00", CONSENT, purpose="service"),
            case("2026-09-16", "11:00:00", REFUSED, consents=consented(), last_calls=ended(refused_at=59 * DAY)),
            case("2026-09-16", "11:00:00", CALLER_ID, consents=consented(), caller_id="+33612345678"),
        ),
    ),
    "IT": Table(
        "+390612345678",
        "Europe/Rome",
        {"consents": consented(), "listings": copies("IT-RPO")},
        (
            case(WEDNESDAY, "09:59:59", CLOSED),  # 9 by the code, but not on the eve of a holiday
            case(WEDNESDAY, "10:00:00"),
            case(WEDNESDAY, "18:59:32"),
            case("2026-08-14", "09:30:00", CLOSED),  # the eve of Assumption Day
            case("2026-08-14", "18:59:33", CLOSED),
            case(SATURDAY, "09:59:59", CLOSED),
            case(SATURDAY, "10:00:00"),
            case(SATURDAY, "18:59:32"),
            case(SATURDAY, "18:59:33", CLOSED),
            case(SUNDAY, "12:00:00", CLOSED),
            case(CLOCKS_BACK, "09:59:59", CLOSED),
            case(CLOCKS_BACK, "10:00:00"),
            case("2026-06-02", "12:00:00", HOLIDAY),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("IT-RPO", on="IT-RPO")),
            case(WEDNESDAY, "12:00:00", LISTED, listings=copies("IT-RPO", age=15 * DAY + SECOND)),
            case(WEDNESDAY, "12:00:00", listings=copies("IT-RPO", age=15 * DAY)),
            case(WEDNESDAY, "12:00:00", LISTED, listings={}),
            case(WEDNESDAY, "12:00:00", ABANDONED, last_calls=ended(abandoned_at=5 * DAY - SECOND)),
            case(
                WEDNESDAY,
                "12:00:00",
                ABANDONED,
                last_calls=ended(abandoned_at=5 * DAY - SECOND),
                agent_guaranteed=True,
            ),
            case(WEDNESDAY, "12:00:00", last_calls=ended(abandoned_at=5 * DAY), agent_guaranteed=True),
            case(WEDNESDAY, "12:00:00", AGENT, last_calls=ended(abandoned_at=700 * DAY)),
            case(WEDNESDAY, "12:00:00", AGENT, last_calls=None),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
        ),
    ),
    "ES": Table(
        "+34912345678",
        "Europe/Madrid",
        {"consents": consented()},
        (
            case(WEDNESDAY, "08:59:59", CLOSED),
            case(WEDNESDAY, "09:00:00"),
            case(WEDNESDAY, "20:59:32"),
            case(WEDNESDAY, "20:59:33", CLOSED),
            case(SATURDAY, "12:00:00", CLOSED),
            case(SUNDAY, "12:00:00", CLOSED),
            case(CLOCKS_ON, "08:59:59", CLOSED),
            case(CLOCKS_ON, "09:00:00"),
            case(WEDNESDAY, "09:59:59", CLOSED, contact_zone="Atlantic/Canary"),
            case(WEDNESDAY, "10:00:00", contact_zone="Atlantic/Canary"),
            case("2026-10-12", "12:00:00", HOLIDAY),
            case("2026-07-28", "12:00:00", HOLIDAY),  # Cantabria's
            case(WEDNESDAY, "12:00:00", CONSENT, consents=()),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=consented(purpose="service")),
            case(WEDNESDAY, "12:00:00", CONSENT, consents=withdrawn),
        ),
    ),
}


@pytest.mark.parametrize(("table", "one"), all_cases(EUROPE))
def test_a_european_country_is_called_as_its_law_has_it(table: Table, one: Case) -> None:
    check(table, one)


@pytest.mark.parametrize("series", [162, 163, 270, 271, 377, 378, 424, 425, 568, 569, 948, 949, 937, 938, 939])
def test_in_france_the_numbers_made_for_it_may_be_shown(series: int) -> None:
    assert blocks(EUROPE["FR"], case(WEDNESDAY, "11:00:00", caller_id=f"+33{series}000123")) == []
