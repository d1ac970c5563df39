"""Hours, holidays and caps of American states, at their edges to the second, as the rule files have them.

Lines ring 25 s and an agent may be waited for 2 s: a call must begin more than 27 s before an evening ends.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.facts import DialFacts
from compliance.holiday_calendar import holiday_on, is_calendar
from tests.unit.dial_facts import agreed, free, judged

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
WEDNESDAY, SATURDAY, SUNDAY = "2026-07-15", "2026-07-18", "2026-07-19"
STATES = [
    # number, zone, state, then from and to on a Wednesday, a Saturday, a Sunday
    ("+12055550123", CENTRAL, "US-AL", ("08-20", "08-20", "")),
    ("+12035550123", EASTERN, "US-CT", ("09-20", "09-20", "09-20")),
    ("+13055550123", EASTERN, "US-FL", ("08-20", "08-20", "08-20")),
    ("+15025550123", EASTERN, "US-KY", ("10-21", "10-21", "10-21")),
    ("+15045550123", CENTRAL, "US-LA", ("08-20", "08-20", "")),
    ("+16175550123", EASTERN, "US-MA", ("08-20", "08-20", "08-20")),
    ("+14105550123", EASTERN, "US-MD", ("08-20", "08-20", "08-20")),
    ("+13135550123", EASTERN, "US-MI", ("09-21", "09-21", "09-21")),
    ("+16125550123", CENTRAL, "US-MN", ("09-21", "09-21", "09-21")),
    ("+16015550123", CENTRAL, "US-MS", ("08-20", "08-20", "")),
    ("+15055550123", MOUNTAIN, "US-NM", ("09-21", "09-21", "09-21")),
    ("+17025550123", PACIFIC, "US-NV", ("09-20", "09-20", "09-20")),
    ("+14055550123", CENTRAL, "US-OK", ("08-20", "08-20", "08-20")),
    ("+12155550123", EASTERN, "US-PA", ("08-21", "08-21", "08-21")),
    ("+14015550123", EASTERN, "US-RI", ("09-18", "10-17", "")),
    ("+12145550123", CENTRAL, "US-TX", ("09-21", "09-21", "12-21")),
    ("+18015550123", MOUNTAIN, "US-UT", ("08-21", "08-21", "08-21")),
    ("+12065550123", PACIFIC, "US-WA", ("08-20", "08-20", "08-20")),
    # a state without rules of its own that we know: the federal ones
    ("+12125550123", EASTERN, "US-NY", ("08-21", "08-21", "08-21")),
]


def facts(number: str) -> DialFacts:
    return free(number, consents=agreed(datetime(2020, 1, 1, tzinfo=UTC)))


def moment(day: str, clock: str, zone: str) -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(("number", "zone", "area", "days"), STATES)
def test_a_states_hours_hold_to_the_second(number: str, zone: str, area: str, days: tuple[str, str, str]) -> None:
    known, second = facts(number), timedelta(seconds=1)
    assert known.place.areas == (area,)
    for day, hours in zip((WEDNESDAY, SATURDAY, SUNDAY), days, strict=True):
        if not hours:
            clocks = ("09:00:00", "12:00:00", "17:00:00")
            assert not any(judged(known, moment(day, clock, zone)).allowed for clock in clocks)
            continue
        first, over = (moment(day, f"{hour}:00:00", zone) for hour in hours.split("-"))
        assert not judged(known, first - second).allowed
        assert judged(known, first).allowed
        last = over - timedelta(seconds=28)
        assert judged(known, last).allowed
        assert not judged(known, last + second).allowed


@pytest.mark.parametrize(
    ("number", "day", "zone", "words"),
    [
        ("+12055550123", "2026-11-26", CENTRAL, "Thanksgiving"),
        ("+15045550123", "2026-12-25", CENTRAL, "Christmas"),
        ("+16015550123", "2026-07-03", CENTRAL, "Independence Day"),  # the Friday on which it is observed
        ("+12155550123", "2026-09-07", EASTERN, "Labor Day"),
        ("+14015550123", "2026-01-01", EASTERN, "New Year"),
        ("+18015550123", "2026-07-24", MOUNTAIN, "Pioneer Day"),
    ],
)
def test_where_a_state_wants_its_holidays_kept_nobody_is_called(number: str, day: str, zone: str, words: str) -> None:
    verdict = judged(facts(number), moment(day, "12:00:00", zone))
    assert not verdict.allowed
    assert any(failure.kind == "holidays" and words in failure.reason for failure in verdict.failures)
    assert verdict.earliest is not None
    assert verdict.earliest.astimezone(ZoneInfo(zone)).date() > date.fromisoformat(day)
    assert judged(facts(number), verdict.earliest).allowed


def test_another_states_holiday_is_none() -> None:
    assert judged(facts("+12145550123"), moment("2026-07-24", "12:00:00", CENTRAL)).allowed
    assert judged(facts("+12125550123"), moment("2026-11-26", "12:00:00", EASTERN)).allowed


def test_a_call_may_not_ring_on_into_a_holiday() -> None:
    eve = moment("2026-12-31", "23:59:50", "Asia/Tokyo")
    verdict = judged(facts("+81312345678"), eve)
    assert any(failure.reason == "a holiday: New Year's Day in JP" for failure in verdict.failures)


def test_a_number_whose_state_is_not_known_has_the_strictest_of_all() -> None:
    known = facts("+12125550123")
    unknown = replace(known, place=replace(known.place, areas=()))
    allowed = {
        (day, clock)
        for day in (WEDNESDAY, SATURDAY, SUNDAY, "2026-07-24")
        for clock in ("09:59:59", "10:00:00", "16:59:32", "17:59:32", "17:59:33")
        if judged(unknown, moment(day, clock, EASTERN)).allowed
    }
    assert allowed == {
        (WEDNESDAY, "10:00:00"),
        (WEDNESDAY, "16:59:32"),
        (WEDNESDAY, "17:59:32"),
        (SATURDAY, "10:00:00"),
        (SATURDAY, "16:59:32"),
    }


@pytest.mark.parametrize("number", ["+12035550123", "+17025550123", "+13055550123", "+14055550123", "+14105550123"])
def test_three_calls_a_day_to_one_person_are_enough_everywhere(number: str) -> None:
    noon = moment(WEDNESDAY, "12:00:00", PACIFIC)
    assert judged(replace(facts(number), contact_attempts=(noon,) * 2), noon).allowed
    assert not judged(replace(facts(number), contact_attempts=(noon,) * 3), noon).allowed


def test_where_no_holidays_are_known_of_a_country_nobody_is_called() -> None:
    known = facts("+442079460123")
    weekday = moment(WEDNESDAY, "11:00:00", "Europe/London")
    for region, words in (("ZZ", "known of ZZ"), (None, "a number of no known country")):
        verdict = judged(replace(known, place=replace(known.place, region=region)), weekday)
        assert not verdict.allowed
        assert words in verdict.words
        assert verdict.earliest is None


def test_a_holiday_anywhere_in_the_country_counts_where_the_part_is_not_known() -> None:
    corpus_christi = (date(2026, 6, 4) - date(1970, 1, 1)).days
    assert holiday_on("DE", corpus_christi) is None
    assert holiday_on("DE-BY", corpus_christi) == "Corpus Christi in DE-BY"
    assert "Corpus Christi" in str(holiday_on("DE+", corpus_christi))
    assert not judged(facts("+493012345678"), moment("2026-06-04", "11:00:00", "Europe/Berlin")).allowed
    assert judged(facts("+493012345678"), moment("2026-06-03", "11:00:00", "Europe/Berlin")).allowed


@pytest.mark.parametrize("name", ["", "us", "USA", "US-", "US-ZZ", "ZZ", "ZZ+", "US+AL", "+"])
def test_what_is_no_calendar_is_none(name: str) -> None:
    assert not is_calendar(name)
    with pytest.raises(ValueError, match=r"calendar|no public holidays"):
        holiday_on(name, 20_000)
