"""Where a number may be: its region and every time zone that it may ring in."""

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from compliance.areas import areas_of

_TIED_TO_A_REGION = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
)


@dataclass(frozen=True, slots=True)
class NumberPlace:
    region: str | None
    """ISO 3166-1 code; None: not known, or one of several (a toll-free number of a shared country code)."""
    zones: tuple[str, ...]
    """IANA names of all time zones the number may be in; empty: not known."""
    areas: tuple[str, ...] = ()
    """Parts of the region it may be in, like US-FL; empty: not known."""


NOWHERE = NumberPlace(None, ())


@lru_cache(maxsize=65_536)
def place_of(e164: str) -> NumberPlace:
    """Where a number may be; NOWHERE when its form or its prefix says nothing.

    A number that is tied to no place (toll-free, most mobiles outside North America) has all zones of its country.
    """
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return NOWHERE
    zones = timezone.time_zones_for_number(number)
    if timezone.UNKNOWN_TIMEZONE in zones:
        return NOWHERE
    region = _region(number)
    return NumberPlace(region, tuple(zones), areas_of(number, region))


def _region(number: phonenumbers.PhoneNumber) -> str | None:
    shared = len(phonenumbers.region_codes_for_country_code(number.country_code or 0)) > 1
    if shared and phonenumbers.number_type(number) not in _TIED_TO_A_REGION:
        return None
    return phonenumbers.region_code_for_number(number)
