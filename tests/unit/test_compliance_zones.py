from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.zones import NOWHERE, place_of


@pytest.mark.parametrize(
    ("e164", "region", "zones"),
    [
        ("+12025550123", "US", ("America/New_York",)),
        ("+14155550123", "US", ("America/Los_Angeles",)),
        ("+14165550123", "CA", ("America/Toronto",)),
        ("+17875550123", "PR", ("America/Puerto_Rico",)),
        ("+442079460123", "GB", ("Europe/London",)),
        ("+919812345678", "IN", ("Asia/Calcutta",)),
    ],
)
def test_a_number_is_placed_by_its_prefix(e164: str, region: str, zones: tuple[str, ...]) -> None:
    place = place_of(e164)
    assert (place.region, place.zones) == (region, zones)


@pytest.mark.parametrize(
    ("e164", "areas"),
    [
        ("+13055550123", ("US-FL",)),
        ("+12125550123", ("US-NY",)),
        ("+14155550123", ("US-CA",)),
        ("+12065550123", ("US-WA",)),
        ("+12025550123", ("US-DC",)),
        ("+14015550123", ("US-RI",)),
        ("+18005550123", ()),
        ("+17875550123", ()),
        ("+442079460123", ()),
    ],
)
def test_an_american_number_is_placed_in_its_state(e164: str, areas: tuple[str, ...]) -> None:
    assert place_of(e164).areas == areas


def test_every_american_area_code_that_has_a_place_has_a_state() -> None:
    places = [place_of(f"+1{code}5550123") for code in range(200, 1000)]
    assert all(place.areas for place in places if place.region == "US" and len(place.zones) == 1)
    assert len({area for place in places for area in place.areas}) == 51


def test_a_toll_free_number_may_be_in_every_zone_of_its_country_code_and_in_no_known_region() -> None:
    place = place_of("+18005550123")
    assert place.region is None
    assert {"America/New_York", "Pacific/Honolulu", "Pacific/Guam", "America/St_Johns"} <= set(place.zones)


def test_a_mobile_without_region_may_be_in_every_zone_of_its_country() -> None:
    place = place_of("+61491570006")
    assert place.region == "AU"
    assert {"Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe"} <= set(place.zones)


@pytest.mark.parametrize("e164", ["", "+", "12025550123", "+1", "+99999999", "+883510000000000", "+870773111632", "x"])
def test_a_number_that_says_nothing_is_nowhere(e164: str) -> None:
    assert place_of(e164) == NOWHERE


@given(st.integers(1, 999), st.integers(0, 10**9))
def test_every_zone_that_is_named_is_one_that_we_know(code: int, rest: int) -> None:
    assert set(place_of(f"+{code}{rest:09}").zones) <= available_timezones()
