"""Numbers of a list come out as phonenumbers has them, by the short way and by the long."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from integrations.lead_files.phone import BadNumber, NumberReader

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def in_full(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read(text: str, region: str) -> str | None:
    try:
        return NumberReader(region).e164(text)
    except BadNumber:
        return None


@pytest.mark.parametrize("region", REGIONS)
def test_example_numbers_of_every_region_come_out_the_same(region: str) -> None:
    for kind in phonenumbers.PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        for form in (0, 1, 2):  # E.164, international, national
            text = phonenumbers.format_number(example, form)
            assert read(text, region) == in_full(text, region)
            assert read(text, "US") == in_full(text, "US")


@settings(max_examples=1500, deadline=None)
@given(
    region=st.sampled_from(["US", "CA", "GB", "DE", "CN", "IT", "RU", "KZ", "AU", "MX", "BR", "FR", "IN", "AR", "GG"]),
    text=st.from_regex(r"\+?(1|44|49|86|39|7|61|52|55|33|91|54)?[ 0-9().-]{6,13}", fullmatch=True),
)
def test_any_digits_come_out_the_same(region: str, text: str) -> None:
    assert read(text, region) == in_full(text, region)


@settings(max_examples=500, deadline=None)
@given(text=st.from_regex(r"\+?[2-9][0-9]{2}[2-9][0-9]{6}|1[2-9][0-9]{9}|0[1-9][0-9]{8,10}", fullmatch=True))
def test_likely_digits_come_out_the_same(text: str) -> None:
    for region in ("US", "GB", "DE", "CN", "JP"):
        assert read(text, region) == in_full(text, region)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(202) 555-0143", "US", "+12025550143"),
        ("1-202-555-0143 ext. 77", "US", "+12025550143"),
        ("2025550143.0", "US", "+12025550143"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("0171 2345678", "DE", "+491712345678"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
        ("２０２５５５０１４３", "US", "+12025550143"),
    ],
)
def test_usual_ways_of_writing(text: str, region: str, expected: str) -> None:
    assert NumberReader(region).e164(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.20256E+10", "scientific notation"),
        ("1,20256E+10", "scientific notation"),
        ("n/a", "is not a phone number"),
        ("555-0143", "lacks its area code"),
        ("202555014399999999", "too long"),
        ("+999 123456", "no known country code"),
        ("202-055-0143", "not a number that is in use"),
    ],
)
def test_what_is_no_number_is_told_why(text: str, reason: str) -> None:
    with pytest.raises(BadNumber, match=reason):
        NumberReader("US").e164(text)


def test_a_country_code_of_its_own_column_holds_for_numbers_without_a_plus() -> None:
    reader = NumberReader("US")
    assert reader.e164("2079460018", "44") == "+442079460018"
    assert reader.e164("02079460018", "0044") == "+442079460018"
    assert reader.e164("+12025550143", "44") == "+12025550143"
    with pytest.raises(BadNumber, match="country code"):
        reader.e164("2025550143", "abc")


def test_a_region_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="not a region"):
        NumberReader("XX")
