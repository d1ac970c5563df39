"""Public holidays as the holidays package reckons them, movable ones too.

A calendar is a country ("DE"), a part of one ("DE-BY"), or a country with all its parts ("DE+"): what is a holiday
anywhere in it.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

import holidays

_CALENDAR = re.compile(r"(?P<country>[A-Z]{2})(-(?P<part>[A-Za-z0-9]{1,3})|(?P<all>\+))?")
_EPOCH = date(1970, 1, 1)


def everywhere(country: str) -> str:
    """The calendar of a country with all its parts."""
    return f"{country}+"


def is_calendar(name: str) -> bool:
    try:
        _members(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=16_384)
def holiday_on(calendar: str, day: int) -> str | None:
    """The holiday of a day, counted from 1970, with where it is one. ValueError: nothing is known of the calendar."""
    when = _EPOCH + timedelta(days=day)
    for place, member in _members(calendar):
        name = member.get(when)
        if name:
            return f"{name} in {place}"
    return None


@lru_cache(maxsize=512)
def _members(calendar: str) -> tuple[tuple[str, holidays.HolidayBase], ...]:
    found = _CALENDAR.fullmatch(calendar)
    if found is None:
        raise ValueError(f"{calendar!r} is no calendar, like US, US-AL or US+")
    country = found["country"]
    parts: list[str | None] = [found["part"]]
    if found["all"]:
        parts = [None, *holidays.list_supported_countries().get(country, [])]
    try:
        # the names' language would follow the machine's otherwise
        return tuple(
            (f"{country}-{part}" if part else country, holidays.country_holidays(country, part, language="en_US"))
            for part in parts
        )
    except NotImplementedError as error:  # what the package says of a country or part that it does not know
        raise ValueError(f"no public holidays are known of {calendar}") from error
