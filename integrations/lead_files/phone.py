"""Numbers as people write them, made E.164 by phonenumbers' rules.

Parsing a number in full takes some 35 us, a million of them half a minute. Most numbers in a list are plain digits
of an ordinary form, so those are matched against the country's own patterns (the ones `is_valid_number` uses),
compiled into one expression each, in 1 to 2 us. Whatever is not certain to come out the same is parsed in full.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, ValidationResult
from phonenumbers.phonemetadata import PhoneNumberDesc

from dialer.domain.errors import BadInput

_PLAIN = re.compile(r"\+?[0-9 ().-]+")
_PUNCTUATION = str.maketrans("", "", " ().-")
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE]\+?\d+")
_FLOAT = re.compile(r"(\d{7,15})\.0")
_CODE = re.compile(r"\+?0*([1-9]\d{0,3})")
_KINDS = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
"""The kinds of numbers, any of which makes a number valid."""

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "has no known country code",
    NumberParseException.NOT_A_NUMBER: "is not a phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "is too short for a phone number",
    NumberParseException.TOO_SHORT_NSN: "is too short for a phone number",
    NumberParseException.TOO_LONG: "is too long for a phone number",
}
_LENGTH_REASONS = {
    ValidationResult.TOO_SHORT: "is too short for a phone number",
    ValidationResult.TOO_LONG: "is too long for a phone number",
    ValidationResult.INVALID_LENGTH: "has the wrong number of digits for its country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}


class BadNumber(ValueError):
    """Why a text is no number that could be dialed, in words that follow "the value"."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What tells a country's valid national numbers, when nothing has to be stripped from them."""

    country_code: str
    national_prefix: re.Pattern[str] | None
    """Matches what might be stripped from the front: such a number is parsed in full."""
    zero_is_prefix: bool
    """The prefix is a plain "0", which goes if the rest has the country's general form."""
    general: re.Pattern[str]
    regions: tuple[tuple[re.Pattern[str] | None, re.Pattern[str]], ...]
    """Leading digits that claim a number for the region, if it has any, and its valid numbers."""

    def valid(self, national: str) -> bool:
        for leading, numbers in self.regions:
            if leading is None:
                if numbers.fullmatch(national):
                    return True
            elif leading.match(national):
                return numbers.fullmatch(national) is not None
        return False


class NumberReader:
    """Reads numbers written for one default region (ISO 3166, e.g. "US")."""

    def __init__(self, default_region: str) -> None:
        metadata = PhoneMetadata.metadata_for_region(default_region, None)
        if metadata is None:
            raise BadInput(f"{default_region!r} is not a region (two capital letters, e.g. US)", "default region")
        self._region = default_region
        self._code = str(metadata.country_code)
        self._international_prefix = re.compile(metadata.international_prefix or "(?!)")

    def e164(self, text: str, country_code: str = "") -> str:
        """The number in E.164 form, its extension left out. BadNumber says why it is none.

        `country_code` holds for a number without a plus; empty: the default region's rules do.
        """
        text = text.strip()
        if country_code and not text.startswith("+"):
            text = self._international(text, country_code)
        if _PLAIN.fullmatch(text) and not _FLOAT.fullmatch(text):
            fast = self._fast(text.translate(_PUNCTUATION))
            if fast is not None:
                return fast
        return self._parsed(text)

    @staticmethod
    def _international(text: str, country_code: str) -> str:
        code = _CODE.fullmatch(country_code.strip())
        if not code:
            raise BadNumber("has no known country code")
        return f"+{code[1]}{text}"

    def _fast(self, digits: str) -> str | None:
        if digits.startswith("+"):
            return _known_valid(digits[1:])
        plan = _plan(self._code)
        if plan is None or self._international_prefix.match(digits):
            return None
        if plan.zero_is_prefix and digits.startswith("0") and plan.general.fullmatch(digits[1:]):
            digits = digits[1:]
        elif digits.startswith(self._code):
            return None
        return _valid_national(plan, digits)

    def _parsed(self, text: str) -> str:
        if _SCIENTIFIC.fullmatch(text):
            raise BadNumber(
                "was shortened by a spreadsheet (scientific notation), its digits are lost: "
                "format the column as text and export the list again"
            )
        whole = _FLOAT.fullmatch(text)
        try:
            number = phonenumbers.parse(whole[1] if whole else text, self._region)
        except NumberParseException as error:
            raise BadNumber(_PARSE_REASONS[error.error_type]) from None
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
        length = phonenumbers.is_possible_number_with_reason(number)
        raise BadNumber(_LENGTH_REASONS.get(length, "is not a number that is in use in its country"))


def _known_valid(digits: str) -> str | None:
    for length in (1, 2, 3):
        plan = _plan(digits[:length])
        if plan is not None:
            return _valid_national(plan, digits[length:])
    return None


def _valid_national(plan: _Plan, national: str) -> str | None:
    if not national or national[0] == "0":
        return None
    if plan.national_prefix is not None and plan.national_prefix.match(national):
        return None
    return f"+{plan.country_code}{national}" if plan.valid(national) else None


@lru_cache(maxsize=2048)
def _plan(country_code: str) -> _Plan | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country_code or "0"), ())
    if not regions or "001" in regions:
        return None
    every = [PhoneMetadata.metadata_for_region(region, None) for region in regions]
    main = every[0]
    if main is None or country_code.startswith("0"):
        return None
    prefix = main.national_prefix_for_parsing
    return _Plan(
        country_code=country_code,
        national_prefix=re.compile(prefix) if prefix else None,
        zero_is_prefix=prefix == "0" and main.national_prefix_transform_rule is None,
        general=re.compile(_described(main.general_desc)),
        regions=tuple(
            (re.compile(one.leading_digits) if one.leading_digits else None, re.compile(_valid_numbers(one)))
            for one in every
            if one is not None
        ),
    )


def _valid_numbers(region: PhoneMetadata) -> str:
    kinds = "|".join(_described(getattr(region, kind)) for kind in _KINDS)
    return f"(?={_described(region.general_desc)})(?:{kinds})"


def _described(description: PhoneNumberDesc | None) -> str:
    if description is None or description.national_number_pattern is None:
        return "(?!)"
    lengths = "|".join(f"\\d{{{length}}}" for length in description.possible_length if length > 0)
    here = f"(?=(?:{lengths})\\Z)" if lengths else ""
    return f"(?:{here}(?:{description.national_number_pattern})\\Z)"
