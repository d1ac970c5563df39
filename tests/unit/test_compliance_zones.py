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
