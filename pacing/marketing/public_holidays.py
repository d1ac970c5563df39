"""Public holidays of a country or of a part of it."""

import re
from datetime import date
from functools import lru_cache

import holidays

_REGION = re.compile(r"(?P<country>[A-Z]{2})(-(?P<part>.+))?")


@lru_cache(maxsize=256)
def _calendar(region: str) -> holidays.HolidayBase:
    found = _REGION.fullmatch(region)
    if found is None:
        raise ValueError(f"{region!r} is not a country such as DE, or a part of one such as DE-BY")
    try:
        # The names' language would follow the machine's otherwise.
        return holidays.country_holidays(found["country"], subdiv=found["part"], language="en_US")
    except NotImplementedError as error:  # what holidays says of a country or part that it does not know
        raise ValueError(f"{region!r}: no public holidays are known of it") from error


def is_region(region: str) -> bool:
    """Whether holidays are known of "DE" or of "DE-BY": ISO 3166 codes."""
    try:
        _calendar(region)
    except ValueError:
        return False
    return True


def public_holiday(region: str, day: date) -> str | None:
    """The holiday's name. ValueError: no such region. Movable ones are as the holidays package reckons them."""
    return _calendar(region).get(day)
