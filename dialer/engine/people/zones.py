"""In which time zones a person may be."""

from collections.abc import Sequence

from compliance.zones import address_of, place_of
from dialer.domain.phone import PhoneNumber


def zones_of(time_zone: str | None, region: str | None, numbers: Sequence[PhoneNumber]) -> tuple[str, ...]:
    """The contact's own zone; else those of the address; else those of the first number. Empty: not known."""
    if time_zone is not None:
        return (time_zone,)
    found = address_of(region).zones if region is not None else ()
    return found or (place_of(numbers[0].e164).zones if numbers else ())
