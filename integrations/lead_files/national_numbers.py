"""Which digits may be a number of a country, by phonenumbers' general pattern and lengths of it.

Laxer than phone.py, which asks whether a number is in use: a national list also holds numbers of ranges opened since
phonenumbers was released, and one that is refused would be one that may be called.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from dialer.domain.errors import BadInput

_CODE = re.compile(r"[1-9][0-9]{0,2}")
_LEAST_DIGITS = 7
_MOST_DIGITS = 15
"""Of E.164, the country code among them."""


class BadDigits(ValueError):
    """Why digits are no number, in words that follow "the number"."""


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """The numbers of one country code."""

    code: str
    prefix: str
    """The national prefix, which may stand before a number written without its country code; may be empty."""
    lengths: frozenset[int]
    """How many digits may follow the code."""
    pattern: str
    """Of what follows the code, up to what is no digit."""
    national: re.Pattern[str]
    """The same, compiled."""

    def international(self, digits: str) -> str:
        """All digits, from those after the code. BadDigits says why they are no number."""
        if self.national.fullmatch(digits):
            return self.code + digits
        if len(digits) < min(self.lengths):
            raise BadDigits("has too few digits")
        if len(digits) > max(self.lengths):
            raise BadDigits("has too many digits")
        if len(digits) not in self.lengths:
            raise BadDigits("has the wrong number of digits")
        raise BadDigits(f"is none that +{self.code} could have")

    def from_national(self, digits: str) -> str:
        """All digits, from a number written without its code, with or without the national prefix. BadDigits."""
        if self.prefix and digits.startswith(self.prefix):
            rest = digits[len(self.prefix) :]
            if self.national.fullmatch(rest):
                return self.code + rest
        return self.international(digits)


def is_region(region: str) -> bool:
    return phonenumbers.country_code_for_region(region) != 0


def plan_of_region(region: str) -> NumberPlan:
    """The plan of a region (ISO 3166, e.g. "US"). BadInput when there is none."""
    plan = _plan_of_code(str(phonenumbers.country_code_for_region(region)))
    if plan is None:
        raise BadInput(f"{region!r} is not a region (two capital letters, e.g. US)", "region")
    return plan


def plan_of_number(digits: str) -> NumberPlan | None:
    """The plan of the country code that they begin with."""
    return next((plan for length in (1, 2, 3) if (plan := _plan_of_code(digits[:length])) is not None), None)


def international(digits: str) -> str:
    """Digits that begin with a country code, as they are. BadDigits says why they are no number."""
    plan = plan_of_number(digits)
    if plan is None:
        raise BadDigits("has no known country code")
    return plan.international(digits[len(plan.code) :])


@lru_cache(maxsize=2048)
def _plan_of_code(code: str) -> NumberPlan | None:
    if not _CODE.fullmatch(code):
        return None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
    if not regions:
        return None
    everywhere = regions[0] == "001"
    data = (
        PhoneMetadata.metadata_for_nongeo_region(int(code), None)
        if everywhere
        else PhoneMetadata.metadata_for_region(regions[0], None)
    )
    described = None if data is None else data.general_desc
    if data is None or described is None or described.national_number_pattern is None:
        return None
    least, most = _LEAST_DIGITS - len(code), _MOST_DIGITS - len(code)
    lengths = frozenset(length for length in described.possible_length if least <= length <= most)
    widths = "|".join(rf"\d{{{length}}}" for length in sorted(lengths))
    pattern = rf"(?=(?:{widths})(?!\d))(?:{described.national_number_pattern})(?!\d)"
    return NumberPlan(code, data.national_prefix or "", lengths, pattern, re.compile(pattern, re.ASCII))
