from zoneinfo import available_timezones

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import geocoder, timezone

from compliance.zones import NOWHERE, place_of

NAMES = {
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AZ": "Arizona", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DC": "Washington D.C.", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
    "IA": "Iowa", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine", "MI": "Michigan", "MN": "Minnesota",
    "MO": "Missouri", "MS": "Mississippi", "MT": "Montana", "NC": "North Carolina", "ND": "North Dakota",
    "NE": "Nebraska", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NV": "Nevada",
    "NY": "New York", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia",
    "VT": "Vermont", "WA": "Washington State", "WI": "Wisconsin", "WV": "West Virginia", "WY": "Wyoming",
}  # fmt: skip


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


def test_area_codes_are_in_the_states_that_the_phonenumbers_package_says() -> None:
    states = set[str]()
    for code in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=code * 10_000_000 + 5_550_123)
        place = place_of(f"+1{number.national_number}")
        # "Florida", or "San Francisco, CA"
        told = geocoder.description_for_number(number, "en").rpartition(", ")[2] if place.region == "US" else ""
        assert len(place.areas) == (1 if told else 0), code
        states |= set(place.areas)
        if told:
            state = place.areas[0].removeprefix("US-")
            assert told in (state, NAMES[state]), code
    assert states == {f"US-{state}" for state in NAMES}


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


AREA_CODES = [str(code) for code in range(200, 1_000)]


@given(st.sampled_from(AREA_CODES), st.integers(2_000_000, 9_999_999))
def test_an_american_or_canadian_area_code_says_all_that_the_whole_number_would(area_code: str, rest: int) -> None:
    number = f"+1{area_code}{rest}"
    known = phonenumbers.parse(number)
    assume(phonenumbers.number_type(known) is phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    place = place_of(number)
    assert place.region == phonenumbers.region_code_for_number(known)
    assert set(timezone.time_zones_for_number(known)) <= set(place.zones)
